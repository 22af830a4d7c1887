"""Entries of a JavaScript Map or Set into the Python container that keeps them apart.

JavaScript tells 1, "1", true and two equal objects apart; a Python dict merges 1, 1.0 and True and cannot hold a list.
Where a `Map` or set would lose something the entries stay in order, as `MapPairs` or `SetItems`.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from jetbridge.wire.model import BigInt, Map, MapPairs, SetItems, Undefined

__all__ = ["decode_map", "decode_set"]

_type_of = cast("Callable[[object], type[Any]]", type)  # what type() gives is unknown to pyright

# A hash of an int is its value modulo this: larger BigInts can be chosen to collide, which makes a dict quadratic.
_HASH_MODULUS = 2**61 - 1


def _identity(key: Any) -> object:
    """What SameValueZero compares: equal for two keys exactly when JavaScript takes them for one."""
    kind = _type_of(key)
    if kind is str:
        return key
    if kind is bool or key is None or kind is Undefined:
        return (kind, key)
    if kind is int or kind is float:
        return (float, "NaN" if key != key else key)
    if kind is BigInt:
        return (BigInt, str(key))  # text hashes with a random seed
    return (object, id(key))


def _is_safe_to_hash(key: Any) -> bool:
    kind = _type_of(key)
    if kind is BigInt:
        return -_HASH_MODULUS < key < _HASH_MODULUS
    return kind in _PLAIN_KEYS or key is None


_PLAIN_KEYS = frozenset({str, int, float, bool, datetime, bytes, Undefined})


def decode_map(entries: list[tuple[Any, Any]]) -> Map[Any, Any] | MapPairs[Any, Any]:
    """The Map with these entries; of equal keys the last value at the first one's place, as in JavaScript."""
    if all(type(key) is str for key, _ in entries):
        return Map(entries)
    last: dict[object, tuple[Any, Any]] = {}
    for key, value in entries:
        same = _identity(key)
        last[same] = (last[same][0] if same in last else key, value)
    kept = list(last.values())
    if all(_is_safe_to_hash(key) for key, _ in kept):
        merged = Map(kept)
        if len(merged) == len(kept):
            return merged
    return MapPairs(kept)


def decode_set(items: list[Any]) -> set[Any] | SetItems[Any]:
    """The Set of these items, in order of first appearance where a Python set would lose one."""
    first: dict[object, Any] = {}
    for item in items:
        first.setdefault(_identity(item), item)
    kept = list(first.values())
    if all(_is_safe_to_hash(item) for item in kept):
        merged = set(kept)
        if len(merged) == len(kept):
            return merged
    return SetItems(kept)
