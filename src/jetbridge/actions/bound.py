"""Bound values: what the server gives away sealed, as bytes and back.

These bytes are read by their writer only, so they keep what Flight has no word for: tuples, UUIDs, decimals, dates,
keys that are not text. A value whose kind would not survive is refused where it is bound.
"""

import dataclasses
import datetime as dt
import decimal
import enum
import json
import pathlib
import uuid
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from jetbridge.errors import DefinitionError
from jetbridge.wire.model import UNDEFINED, BigInt, Map, Undefined

__all__ = ["decode_bound", "encode_bound"]

DEEPEST: Final = 32
LARGEST: Final = 65_536  # bytes; it is sent to the browser and back with every submit

# type -> (letter, to JSON, from JSON); containers and numbers with a JSON form of their own are below.
KINDS: Final[Mapping[type, tuple[str, Callable[[Any], Any], Callable[[Any], Any]]]] = {
    bytes: ("b", lambda v: b64encode(v).decode(), b64decode),
    BigInt: ("n", str, lambda t: BigInt(int(t))),
    dt.datetime: ("t", lambda v: v.isoformat(), dt.datetime.fromisoformat),
    dt.date: ("d", lambda v: v.isoformat(), dt.date.fromisoformat),
    dt.time: ("c", lambda v: v.isoformat(), dt.time.fromisoformat),
    dt.timedelta: ("p", lambda v: [v.days, v.seconds, v.microseconds], lambda t: dt.timedelta(*t)),
    decimal.Decimal: ("e", str, decimal.Decimal),
    uuid.UUID: ("u", str, uuid.UUID),
    Undefined: ("x", lambda _: 0, lambda _: UNDEFINED),
}
READERS: Final = {letter: read for letter, _, read in KINDS.values()}


def encode_bound(value: Any, *, what: str, exact: bool) -> Any:
    """`value` as JSON data. Raises DefinitionError, beginning with `what`, for a value that would not survive.

    With `exact`, its type has to come back as it was; without, an annotation will make it again, so that a model or
    an enum's member may travel as its data.
    """
    return _encode(value, what, exact, 0)


def _encode(value: Any, what: str, exact: bool, depth: int) -> Any:
    kind = cast("Any", type(value))
    if value is None or kind is str or kind is bool or kind is int or kind is float:
        return value
    if depth > DEEPEST:
        raise DefinitionError(f"{what} is nested too deeply, or contains itself")
    if kind is list:
        return ["l", [_encode(item, what, exact, depth + 1) for item in value]]
    if kind is tuple:
        return ["a", [_encode(item, what, exact, depth + 1) for item in value]]
    if kind is dict or kind is Map:
        pairs = [[_encode(k, what, exact, depth + 1), _encode(v, what, exact, depth + 1)] for k, v in value.items()]
        return ["o" if kind is dict else "m", pairs]
    if kind is set or kind is frozenset:
        # In the order of their text: the same set gives the same bytes in every process.
        items = sorted((_encode(item, what, exact, depth + 1) for item in value), key=json.dumps)
        return ["s" if kind is set else "f", items]
    row = KINDS.get(kind)
    if row is not None:
        return [row[0], row[1](value)]
    if not exact:
        plain = _plain(value)
        if plain is not value:
            return _encode(plain, what, exact, depth + 1)
    raise DefinitionError(
        f"{what} is a {kind.__module__}.{kind.__qualname__}, which cannot be sealed into a page: bind plain data such "
        "as its id, or let the server supply it: Annotated[…, Provide(function)]"
    )


def _plain(value: Any) -> Any:
    """The data of a value that its annotation will make again; the value itself where there is no such data."""
    kind = cast("Any", type(value))
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, pathlib.PurePath):
        return str(value)
    if dataclasses.is_dataclass(kind):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(kind) if field.init}
    if isinstance(getattr(kind, "model_fields", None), Mapping):  # a pydantic model
        return value.model_dump(by_alias=True)
    if isinstance(getattr(kind, "__struct_fields__", None), tuple):
        names = zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True)
        return {wire: getattr(value, name) for wire, name in names}
    plain_kinds: tuple[Any, ...] = (str, int, dict, list)
    plain = next((plain for plain in plain_kinds if isinstance(value, plain)), None)
    return value if plain is None else plain(value)


def decode_bound(value: Any) -> Any:
    """The value that `encode_bound` made `value` of. It was sealed, so its form is trusted."""
    if type(value) is not list:
        return value
    letter, data = cast("list[Any]", value)
    match letter:
        case "l":
            return [decode_bound(item) for item in data]
        case "a":
            return tuple(decode_bound(item) for item in data)
        case "o":
            return {decode_bound(key): decode_bound(item) for key, item in data}
        case "m":
            return Map({decode_bound(key): decode_bound(item) for key, item in data})
        case "s":
            return {decode_bound(item) for item in data}
        case "f":
            return frozenset(decode_bound(item) for item in data)
        case _:
            return READERS[letter](data)
