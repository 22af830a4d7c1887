"""Messages: what pydantic and msgspec say about a value in, a code and a sentence for the person who typed it out.

The sentence comes from the catalog of the running request (`catalogs`); a code that no catalog has keeps pydantic's own
words. No message has the value in it.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, cast

from jetbridge.context import peek
from jetbridge.schema.catalogs import ENGLISH
from jetbridge.wire.model import MapPairs, SetItems

__all__ = ["MERGES", "Message", "message", "message_of", "struct_message"]

MERGES: Final = (
    "JavaScript's 1 and true would become one here, and objects cannot be keys: annotate list[tuple[K, V]] for the "
    "entries of a Map, list[T] for the items of a Set"
)


class Message(NamedTuple):
    """One sentence, and the code by which a program or a translation knows it."""

    code: str
    text: str


def message(code: str, values: Mapping[str, Any] | None = None, instead: str = "") -> Message:
    """The sentence for `code` in the language of the running request; `instead` where there is none."""
    context = peek()
    catalog = ENGLISH if context is None or context.app is None else context.app.languages.catalog(context)
    text = catalog.get(code) or ENGLISH.get(code)
    if text is None:
        return Message(code, instead)
    try:
        return Message(code, text.format_map(values or {}))
    except (LookupError, ValueError, AttributeError):  # a catalog of the app's with a name that the code has not
        return Message(code, instead or text)


# Types of pydantic's that say the same to a person.
_SAME: Final[Mapping[str, str]] = {
    "missing_argument": "missing",
    "set_type": "list_type",
    "frozen_set_type": "list_type",
    "tuple_type": "list_type",
    "model_type": "dict_type",
    "model_attributes_type": "dict_type",
    "dataclass_type": "dict_type",
    "typed_dict_type": "dict_type",
    "union_tag_not_found": "missing",
}


def message_of(error: Mapping[str, Any]) -> Message:
    """Code and sentence for one entry of pydantic's `errors()`."""
    kind = str(error["type"])
    values = cast("Mapping[str, Any]", error.get("ctx") or {})
    said = str(error["msg"])
    if isinstance(error.get("input"), (MapPairs, SetItems)) and kind.endswith("_type"):
        return Message(kind, MERGES)
    if kind in {"value_error", "assertion_error"}:  # the author's own validator, or an e-mail address that is none
        if said.startswith("value is not a valid email address"):
            return message("email")
        return Message(kind, said.removeprefix("Value error, ").removeprefix("Assertion failed, "))
    if kind == "is_instance_of" and values.get("class") == "Upload":
        return message("file_missing")
    if (unheard := re.search(_UNHEARD, str(values.get("error", "")))) is not None:
        return message("no_such_date" if unheard[1] else "no_such_time")
    if kind == "string_too_short" and values.get("min_length") == 1:
        return message("missing")
    return message(_SAME.get(kind, kind), values, said)


# What pydantic says of a date or time of the right form: the 30th of February, 25 o'clock.
_UNHEARD: Final = r"^(?:(day|month|year)|hour|minute|second) value is outside expected range"

# msgspec has no codes; its texts are few. `Expected `int`, got `str`` and the like. Patterns are compiled, and kept, by
# `re` when somebody makes a mistake: a start does without.
_STRUCT: Final = (
    ("missing required field", "missing"),
    ("unknown field", "extra_forbidden"),
    ("Expected `str` of length >= 1(?!\\d)", "missing"),
    (r"Expected `str` of length >= (?P<min_length>\d+)", "string_too_short"),
    (r"Expected `str` of length <= (?P<max_length>\d+)", "string_too_long"),
    ("Expected `str` matching regex", "string_pattern_mismatch"),
    (r"Expected `array` of length >= (?P<min_length>\d+)", "too_short"),
    (r"Expected `array` of length <= (?P<max_length>\d+)", "too_long"),
    (r"Expected `(?:int|float)` >= (?P<ge>\S+)", "greater_than_equal"),
    (r"Expected `(?:int|float)` <= (?P<le>\S+)", "less_than_equal"),
    (r"Expected `(?:int|float)` > (?P<gt>\S+)", "greater_than"),
    (r"Expected `(?:int|float)` < (?P<lt>\S+)", "less_than"),
    (r"Expected `(?:int|float)` that's a multiple of (?P<multiple_of>\S+)", "multiple_of"),
    (r"Expected `int(?: \| null)?`", "int_type"),
    (r"Expected `(?:float|decimal)(?: \| null)?`|Invalid decimal", "float_type"),
    ("Expected `bool", "bool_type"),
    (r"Expected `str(?: \| null)?`", "string_type"),
    ("Expected `datetime|Invalid RFC3339 encoded datetime", "datetime_type"),
    ("Expected `date|Invalid RFC3339 encoded date", "date_type"),
    ("Expected `time|Invalid RFC3339 encoded time", "time_type"),
    ("Expected `(?:duration|timedelta)|Invalid ISO8601 duration", "time_delta_type"),
    ("Expected `uuid|Invalid UUID", "uuid_type"),
    ("Expected `Upload", "file_missing"),
    ("Expected `object|Expected `[A-Z]", "dict_type"),
    ("Expected `array", "list_type"),
    ("Invalid enum value", "union_tag_invalid"),
)


def struct_message(text: str) -> Message:
    """Code and sentence for what msgspec says."""
    for pattern, code in _STRUCT:
        found = re.search(pattern, text)
        if found is not None:
            return message(code, found.groupdict())
    return message("not_valid")
