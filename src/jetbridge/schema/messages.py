"""Messages: what pydantic and msgspec say about a value in, a sentence for the person who typed it out.

One table by pydantic's error type; a type that is not in it keeps pydantic's own words. No message has the value in it.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from jetbridge.wire.model import MapPairs, SetItems

__all__ = ["MERGES", "REQUIRED", "message_of", "phrase", "struct_message"]

REQUIRED: Final = "This field is required"
MERGES: Final = (
    "JavaScript's 1 and true would become one here, and objects cannot be keys: annotate list[tuple[K, V]] for the "
    "entries of a Map, list[T] for the items of a Set"
)

# Text, or how to make it from pydantic's context.
MESSAGES: Final[Mapping[str, str]] = {
    "missing": REQUIRED,
    "missing_argument": REQUIRED,
    "none_required": "Leave this empty",
    "extra_forbidden": "There is no such field",
    "int_type": "Enter a whole number",
    "int_parsing": "Enter a whole number",
    "int_parsing_size": "This number is too large",
    "int_from_float": "Enter a whole number",
    "float_type": "Enter a number",
    "float_parsing": "Enter a number",
    "finite_number": "Enter a finite number",
    "decimal_type": "Enter a number",
    "decimal_parsing": "Enter a number",
    "decimal_max_places": "Use at most {decimal_places} decimal places",
    "decimal_max_digits": "Use at most {max_digits} digits",
    "decimal_whole_digits": "Use at most {whole_digits} digits before the decimal point",
    "bool_type": "Choose yes or no",
    "bool_parsing": "Choose yes or no",
    "string_type": "Enter text",
    "string_too_long": "Use at most {max_length} characters",
    "string_pattern_mismatch": "This does not have the right format",
    "bytes_type": "Expected bytes",
    "bytes_too_short": "Use at least {min_length} bytes",
    "bytes_too_long": "Use at most {max_length} bytes",
    "greater_than": "Must be more than {gt}",
    "greater_than_equal": "Must be at least {ge}",
    "less_than": "Must be less than {lt}",
    "less_than_equal": "Must be at most {le}",
    "multiple_of": "Must be a multiple of {multiple_of}",
    "enum": "Choose {expected}",
    "literal_error": "Choose {expected}",
    "date_type": "Enter a date as YYYY-MM-DD",
    "date_parsing": "Enter a date as YYYY-MM-DD",
    "date_from_datetime_parsing": "Enter a date as YYYY-MM-DD",
    "date_from_datetime_inexact": "Enter a date without a time",
    "date_past": "Enter a date in the past",
    "date_future": "Enter a date in the future",
    "datetime_type": "Enter a date and time",
    "datetime_parsing": "Enter a date and time",
    "datetime_from_date_parsing": "Enter a date and time",
    "datetime_past": "Enter a time in the past",
    "datetime_future": "Enter a time in the future",
    "timezone_aware": "Enter a time with its time zone",
    "timezone_naive": "Enter a time without a time zone",
    "time_type": "Enter a time as HH:MM",
    "time_parsing": "Enter a time as HH:MM",
    "time_delta_type": "Enter a duration",
    "time_delta_parsing": "Enter a duration",
    "uuid_type": "Enter a UUID",
    "uuid_parsing": "Enter a UUID",
    "url_type": "Enter a web address",
    "url_parsing": "Enter a web address",
    "url_scheme": "Enter a web address that starts with {expected_schemes}",
    "list_type": "Expected a list",
    "set_type": "Expected a list",
    "frozen_set_type": "Expected a list",
    "tuple_type": "Expected a list",
    "dict_type": "Expected an object",
    "model_type": "Expected an object",
    "model_attributes_type": "Expected an object",
    "dataclass_type": "Expected an object",
    "typed_dict_type": "Expected an object",
    "too_short": "Choose at least {min_length}",
    "too_long": "Choose at most {max_length}",
    "file_too_large": "Choose a file of at most {max_size}",
    "file_type": "Choose a file of this kind: {accepted}",
    "json_invalid": "This is not valid JSON",
}


def phrase(code: str) -> str:
    """What we say ourselves in a form."""
    return _PHRASES[code]


_PHRASES: Final[Mapping[str, str]] = {"yes": "Yes", "no": "No", "submit": "Submit"}


def _own_words(error: Mapping[str, Any]) -> str:
    """What the author's own validator raised, or an e-mail address that is none."""
    text = str(error["msg"])
    if text.startswith("value is not a valid email address"):
        return "Enter a valid e-mail address"
    return text.removeprefix("Value error, ").removeprefix("Assertion failed, ")


def _instance(error: Mapping[str, Any]) -> str:
    wanted = error.get("ctx", {}).get("class", "")
    return "Choose a file" if wanted == "Upload" else f"Expected {wanted}"


def _too_short(error: Mapping[str, Any]) -> str:
    least = error["ctx"]["min_length"]
    return REQUIRED if least == 1 else f"Use at least {least} characters"


SPECIAL: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "value_error": _own_words,
    "assertion_error": _own_words,
    "is_instance_of": _instance,
    "string_too_short": _too_short,
}


def message_of(error: Mapping[str, Any]) -> str:
    """The sentence for one entry of pydantic's `errors()`."""
    if isinstance(error.get("input"), (MapPairs, SetItems)) and str(error["type"]).endswith("_type"):
        return MERGES
    special = SPECIAL.get(error["type"])
    if special is not None:
        return special(error)
    text = MESSAGES.get(error["type"])
    return text.format_map(error.get("ctx") or {}) if text is not None else str(error["msg"])


# msgspec has no codes; its texts are few. `Expected `int`, got `str`` and the like.
STRUCT: Final = (
    (re.compile(r"missing required field"), REQUIRED),
    (re.compile(r"unknown field"), "There is no such field"),
    (re.compile(r"Expected `str` of length >= 1$"), REQUIRED),
    (re.compile(r"Expected `str` of length >= (\d+)"), r"Use at least \1 characters"),
    (re.compile(r"Expected `str` of length <= (\d+)"), r"Use at most \1 characters"),
    (re.compile(r"Expected `str` matching regex"), "This does not have the right format"),
    (re.compile(r"Expected `array` of length >= (\d+)"), r"Choose at least \1"),
    (re.compile(r"Expected `array` of length <= (\d+)"), r"Choose at most \1"),
    (re.compile(r"Expected `(?:int|float)` >= (\S+)"), r"Must be at least \1"),
    (re.compile(r"Expected `(?:int|float)` <= (\S+)"), r"Must be at most \1"),
    (re.compile(r"Expected `(?:int|float)` > (\S+)"), r"Must be more than \1"),
    (re.compile(r"Expected `(?:int|float)` < (\S+)"), r"Must be less than \1"),
    (re.compile(r"Expected `int(?: \| null)?`"), "Enter a whole number"),
    (re.compile(r"Expected `(?:float|decimal)(?: \| null)?`|Invalid decimal"), "Enter a number"),
    (re.compile(r"Expected `bool"), "Choose yes or no"),
    (re.compile(r"Expected `str(?: \| null)?`"), "Enter text"),
    (re.compile(r"Expected `object|Expected `[A-Z]"), "Expected an object"),
    (re.compile(r"Expected `array"), "Expected a list"),
    (re.compile(r"Invalid RFC3339.*date"), "Enter a date as YYYY-MM-DD"),
    (re.compile(r"Invalid UUID"), "Enter a UUID"),
    (re.compile(r"Invalid enum value"), "Choose one of the options"),
)


def struct_message(text: str) -> str:
    """The sentence for what msgspec says; its own words where they are not known."""
    for pattern, sentence in STRUCT:
        found = pattern.search(text)
        if found is not None:
            return found.expand(sentence)
    return "This value is not valid"
