"""Arguments of a call in, one hashable key out: equal for calls that mean the same, different for all others.

`digest_of` makes a text of a key that is the same in every process. Values keep their types (`1`, `1.0` and `True` are
three keys). What has no value of its own to compare, such as a request or a session, is refused.
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from hashlib import blake2b
from inspect import BoundArguments
from pathlib import PurePath
from typing import Any, Final, cast
from uuid import UUID

from pydantic import BaseModel

from jetbridge.errors import DefinitionError

__all__ = ["digest_of", "key_of"]

_MOST_NESTED: Final = 64
# repr tells apart what compares equal: 0.0 and -0.0, Decimal 1 and 1.0, the same instant in two time zones.
_BY_REPR: Final = (float, Decimal, datetime, time)
_AS_THEY_ARE: Final = (type(None), bool, int, str, bytes, date, timedelta, UUID)


def key_of(bound: BoundArguments) -> Hashable:
    """The key of the arguments of one call, defaults applied. DefinitionError names the argument that has none."""
    return tuple((name, _key(value, name, 0)) for name, value in bound.arguments.items())


def _key(value: Any, at: str, depth: int) -> Hashable:
    kind = cast("type[Any]", type(value))
    if depth > _MOST_NESTED:
        raise DefinitionError(
            f"{at} is nested more than {_MOST_NESTED} deep, or in itself, and cannot be part of a key"
        )
    if kind in _AS_THEY_ARE or isinstance(value, (Enum, PurePath)):
        return (kind, value)
    if kind in _BY_REPR:
        return (kind, repr(value))
    if kind in (list, tuple):
        return (kind, tuple(_key(item, f"{at}[{index}]", depth + 1) for index, item in enumerate(value)))
    if kind in (set, frozenset):
        return (kind, frozenset(_key(item, f"{at}[…]", depth + 1) for item in value))
    if kind is dict:
        return (kind, _pairs(value, at, depth))
    if is_dataclass(kind):
        members = {field.name: getattr(value, field.name) for field in fields(value)}
        return (kind, _pairs(members, at, depth))
    if isinstance(value, BaseModel):
        return (kind, _pairs(value.__dict__ | (value.model_extra or {}), at, depth))
    raise DefinitionError(
        f"{at} is of type {kind.__qualname__}, which cannot be part of a key: two of them cannot be compared by value. "
        "Pass what the function needs of it, such as an id"
    )


def _pairs(members: Mapping[Any, Any], at: str, depth: int) -> Hashable:
    return frozenset(
        (_key(name, f"{at}[…]", depth + 1), _key(item, f"{at}[{name!r}]", depth + 1)) for name, item in members.items()
    )


def digest_of(name: str, key: Hashable) -> str:
    """A text for what is called `name` with a `key` of `key_of`: 32 hexadecimal digits, in every process the same."""
    return blake2b("\0".join((name, *_words(key))).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _words(key: Any) -> Iterator[str]:
    """Texts without a zero character of their own, each nesting in brackets; of a set in an order of their own."""
    if isinstance(key, tuple):
        yield "("
        for item in cast("tuple[Any, ...]", key):
            yield from _words(item)
        yield ")"
    elif isinstance(key, frozenset):
        yield "{"
        yield from sorted("\1".join(_words(item)) for item in cast("frozenset[Any]", key))
        yield "}"
    elif isinstance(key, type):
        yield f"{key.__module__}.{key.__qualname__}"
    elif isinstance(key, Enum):
        yield str(key.name or key.value)
    else:
        yield repr(key)
