"""Constraints: the facets of a field in, the tag and the attributes that hold a browser to the same out.

HTML section 4.10.5. Where the two cannot say the same the attribute is left out, for a browser must not refuse what the
server takes. The exceptions are those of the types themselves: a browser's idea of an e-mail address is narrower.
"""

import datetime as dt
import enum
import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from pydantic import (
    AnyUrl,
    AwareDatetime,
    EmailStr,
    FutureDate,
    FutureDatetime,
    HttpUrl,
    NaiveDatetime,
    PastDate,
    PastDatetime,
)
from pydantic.networks import AnyHttpUrl

from jetbridge.actions.state import SENSITIVE
from jetbridge.schema.facets import Facets, Limits
from jetbridge.schema.members import Member
from jetbridge.schema.pattern import browser_pattern
from jetbridge.schema.shape import SECRETS, Shape
from jetbridge.wire.model import Upload

__all__ = ["autocomplete_of", "constraints_of", "text_of"]

Attributes = dict[str, Any]
_LONG: Final = 256  # characters; a text that may be longer gets several lines
_TEXTUAL: Final = frozenset({"text", "search", "url", "tel", "email", "password"})
_PASSWORD: Final = re.compile(r"passw|passphrase|passcode|pwd", re.IGNORECASE)


def constraints_of(facets: Facets, member: Member, shape: Shape, *, multiple: bool = False) -> tuple[str, Attributes]:
    """The tag of a field's control, and its attributes apart from what it is called and holds."""
    kind = _kind_of(facets, member, shape, multiple=multiple)
    if kind == "radio":  # one by one they are in `choices`; as a whole a group is chosen from like a select
        kind = "select"
    attributes: Attributes = {} if kind in _TAGS else {"type": kind}
    if _is_required(facets, member, shape, kind, multiple=multiple):
        attributes["required"] = True
    if multiple and kind in {"select", "file", "email"}:
        attributes["multiple"] = True
    if kind in _LIMITED:
        attributes |= _LIMITED[kind](facets)
    if kind in _TEXTUAL or kind == "textarea":
        attributes |= _text_limits(facets, kind)
    return (kind if kind in _TAGS else "input"), attributes


_TAGS: Final = frozenset({"select", "textarea"})


# -- which control -----------------------------------------------------------------------------------------------------


def _kind_of(facets: Facets, member: Member, shape: Shape, *, multiple: bool) -> str:
    if facets.control is not None and facets.control.kind is not None:
        return facets.control.kind
    if facets.choices:
        is_consent = not multiple and [choice.value for choice in facets.choices] == [True] and not shape.optional
        return "checkbox" if is_consent else "select"
    kind = facets.type
    if kind is bool:
        return "select" if shape.optional else "checkbox"
    if kind in _TYPES:
        return _TYPES[kind]
    if isinstance(kind, type):
        for base, control in _BASES:
            if issubclass(kind, base):
                return control
    if kind is str or kind is None or shape.kind == "text":
        if _PASSWORD.search(member.wire):
            return "password"
        long = facets.limits.max_length is not None and facets.limits.max_length >= _LONG
        return "textarea" if long and facets.limits.pattern is None else "text"
    return "text"


# What pydantic has instead of a class of Python's; some of them are none while types are checked.
_TYPES: Final[Mapping[Any, str]] = {
    EmailStr: "email",
    NaiveDatetime: "datetime-local",
    PastDatetime: "datetime-local",
    FutureDatetime: "datetime-local",
    AwareDatetime: "text",  # no input of HTML knows time zones
    PastDate: "date",
    FutureDate: "date",
}
_BASES: Final[Sequence[tuple[Any, str]]] = (
    (enum.Enum, "select"),
    (int, "number"),
    (float, "number"),
    (Decimal, "number"),
    (dt.datetime, "datetime-local"),
    (dt.date, "date"),
    (dt.time, "time"),
    (Upload, "file"),
    (SECRETS, "password"),
    (AnyUrl, "url"),
    (AnyHttpUrl, "url"),
)


# -- must it be filled -------------------------------------------------------------------------------------------------


def _is_required(facets: Facets, member: Member, shape: Shape, kind: str, *, multiple: bool) -> bool:
    """Whether the server refuses the field when nothing is entered."""
    if multiple:
        return (facets.limits.min_length or 0) > 0 and not shape.optional
    if shape.optional:
        return False
    if kind == "checkbox":
        return bool(facets.choices) and member.required
    if kind in {"range", "color", "hidden"}:  # they always have a value, or nobody sees what is missing
        return False
    if shape.kind != "text" or facets.choices:
        return member.required
    # An empty text is a text: it is sent, and takes no default's place.
    pattern = facets.limits.pattern
    return (facets.limits.min_length or 0) > 0 or (pattern is not None and not _matches_nothing(pattern))


def _matches_nothing(pattern: str) -> bool:
    try:
        return re.search(pattern, "") is not None
    except re.error:
        return True


# -- limits ------------------------------------------------------------------------------------------------------------


def _text_limits(facets: Facets, kind: str) -> Attributes:
    limits = facets.limits
    attributes: Attributes = {}
    if (limits.min_length or 0) > 1:
        attributes["minLength"] = limits.min_length
    if limits.max_length is not None:
        attributes["maxLength"] = limits.max_length
    pattern = browser_pattern(limits.pattern) if limits.pattern is not None and kind in _TEXTUAL else None
    if pattern is not None:
        attributes["pattern"] = pattern
    elif kind == "email":  # a browser takes ada@localhost
        attributes["pattern"] = r"[^@]+@[^@]+\.[^@]+"
    elif isinstance(facets.type, type) and issubclass(facets.type, (HttpUrl, AnyHttpUrl)):
        attributes["pattern"] = "https?://.+"
    return attributes


def _number(facets: Facets) -> Attributes:
    kind, limits = facets.type, facets.limits
    if isinstance(kind, type) and issubclass(kind, int):
        return _integer(limits)
    places = limits.decimal_places
    step = _decimal(limits.multiple_of)
    if step is None and places is not None:
        step = Decimal(1).scaleb(-places)
    least, most = _bounds(limits, step)
    if limits.max_digits is not None:
        largest = Decimal(10) ** (limits.max_digits - (places or 0)) - Decimal(1).scaleb(-(places or 0))
        most = largest if most is None else min(most, largest)
        least = -largest if least is None else max(least, -largest)
    return {**_between(least, most), "step": "any" if step is None else _plain(step)}


def _integer(limits: Limits) -> Attributes:
    step = _decimal(limits.multiple_of)
    if step is None or step != step.to_integral_value():
        step = Decimal(1)  # of steps that are no whole numbers the server says which
    return {**_between(*_bounds(limits, step)), "step": _plain(step)}


def _bounds(limits: Limits, step: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
    """The least and the largest value; a browser counts its steps from the least, so that is one of them."""
    least, most = _decimal(limits.ge), _decimal(limits.le)
    above, below = _decimal(limits.gt), _decimal(limits.lt)
    if above is not None:
        above = above if step is None else _floor(above, step) + step
        least = above if least is None else max(least, above)
    if below is not None:
        below = below if step is None else _ceiling(below, step) - step
        most = below if most is None else min(most, below)
    if step is not None:
        least = None if least is None else _ceiling(least, step)
        most = None if most is None else _floor(most, step)
    return least, most


def _floor(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).to_integral_value(rounding="ROUND_FLOOR") * step


def _ceiling(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).to_integral_value(rounding="ROUND_CEILING") * step


def _decimal(value: Any) -> Decimal | None:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return Decimal(str(value))


def _between(least: Decimal | None, most: Decimal | None) -> Attributes:
    attributes: Attributes = {}
    if least is not None:
        attributes["min"] = _plain(least)
    if most is not None:
        attributes["max"] = _plain(most)
    return attributes


def _plain(value: Decimal) -> int | str:
    """An int where it is one, else its digits: a float could not say 0.1."""
    return int(value) if value == value.to_integral_value() else format(value.normalize(), "f")


def _date(facets: Facets) -> Attributes:
    today = dt.date.today()  # noqa: DTZ011  # as pydantic has it
    limits, day = facets.limits, dt.timedelta(days=1)
    least = [_day(limits.ge), None if limits.gt is None else _day(limits.gt, day)]
    most = [_day(limits.le), None if limits.lt is None else _day(limits.lt, -day)]
    if facets.type is PastDate:
        most.append(today - day)
    if facets.type is FutureDate:
        least.append(today + day)
    return _extremes([one for one in least if one is not None], [one for one in most if one is not None])


def _day(value: Any, shift: dt.timedelta = dt.timedelta()) -> dt.date | None:  # never changed
    return value + shift if isinstance(value, dt.date) and not isinstance(value, dt.datetime) else None


def _clock(facets: Facets) -> Attributes:
    """Limits of a date with a time, or of a time. Excluded ends are left to the server: there is no next instant."""
    limits = facets.limits
    least = [one for one in (limits.ge, limits.gt) if _is_naive(one)]
    most = [one for one in (limits.le, limits.lt) if _is_naive(one)]
    return {**_extremes(least, most), "step": "any"}


def _is_naive(value: Any) -> bool:
    return isinstance(value, dt.datetime | dt.time) and value.tzinfo is None


def _extremes(least: Sequence[Any], most: Sequence[Any]) -> Attributes:
    attributes: Attributes = {}
    if least:
        attributes["min"] = text_of(max(least))
    if most:
        attributes["max"] = text_of(min(most))
    return attributes


def _file(facets: Facets) -> Attributes:
    return {"accept": ",".join(facets.file.accept)} if facets.file is not None and facets.file.accept else {}


_LIMITED: Final[Mapping[str, Callable[[Facets], Attributes]]] = {
    "number": _number,
    "range": _number,
    "date": _date,
    "datetime-local": _clock,
    "time": _clock,
    "file": _file,
}


# -- values and hints --------------------------------------------------------------------------------------------------


def text_of(value: Any) -> str:
    """A value as a form holds it."""
    match value:
        case enum.Enum():
            return text_of(value.value)
        case bool():
            return "true" if value else "false"
        case dt.datetime() | dt.time():
            whole = value.second == 0 and value.microsecond == 0
            return value.isoformat(timespec="minutes" if whole else "auto")
        case dt.date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)


# What a browser may fill in, by what fields are usually called (HTML section 4.10.18.7).
_HINTS: Final[Mapping[str, str]] = {
    "email": "email", "mail": "email", "email_address": "email",
    "username": "username", "user_name": "username", "login": "username",
    "given_name": "given-name", "first_name": "given-name", "firstname": "given-name",
    "family_name": "family-name", "last_name": "family-name", "lastname": "family-name", "surname": "family-name",
    "full_name": "name", "fullname": "name", "nickname": "nickname",
    "phone": "tel", "tel": "tel", "telephone": "tel", "phone_number": "tel", "mobile": "tel",
    "organization": "organization", "organisation": "organization", "company": "organization",
    "street_address": "street-address", "address_line1": "address-line1", "address_line2": "address-line2",
    "street": "address-line1", "city": "address-level2", "town": "address-level2", "country": "country-name",
    "zip": "postal-code", "zip_code": "postal-code", "zipcode": "postal-code", "postcode": "postal-code",
    "postal_code": "postal-code", "birthday": "bday", "birthdate": "bday", "birth_date": "bday",
    "date_of_birth": "bday", "born": "bday", "otp": "one-time-code", "one_time_code": "one-time-code",
}  # fmt: skip
_FILLED: Final = frozenset({"text", "search", "url", "tel", "email", "date", "password", None})


def autocomplete_of(name: str, attributes: Mapping[str, Any], siblings: Sequence[str]) -> str | None:
    """The `autocomplete` of a field called `name` among `siblings`, or None where nothing is sure."""
    kind = attributes.get("type")
    if kind not in _FILLED:
        return None
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").lower()
    if kind == "password":
        chosen = len([one for one in siblings if SENSITIVE.search(one)]) > 1 or "minLength" in attributes
        return "new-password" if chosen or "new" in plain else "current-password"
    if plain == "name":  # of a person, where there is an address as well
        return "name" if any(_HINTS.get(one.lower()) in {"email", "tel"} for one in siblings) else None
    return "email" if kind == "email" and plain not in _HINTS else _HINTS.get(plain)
