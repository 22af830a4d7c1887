"""Replies that are plain JSON, with dates at most: read in one go, or left to the walk.

A fast path, right only because it first proves that the walk in `reply` would give the very value that the JSON reader
gives: no tag but dates, each of them found, no escape that could hide one, no `__proto__`, no integer beyond 2^53, few
enough values, shallow enough.
Whatever is in doubt is left to the walk. A property test holds the two together.
"""

from collections.abc import Callable
from typing import Any, Final, cast

from jetbridge.wire.jsontext import MalformedError, decode_json
from jetbridge.wire.limits import Limits
from jetbridge.wire.scalars import decode_date

__all__ = ["NOT_PLAIN_JSON", "decode_plain"]

_type_of = cast("Callable[[object], type[Any]]", type)  # what type() gives is unknown to pyright

NOT_PLAIN_JSON: Final = object()

# Keeps brackets, commas and what separates the numbers of a date, makes every digit a 0, drops the rest: what is left
# shows size, depth and long numbers.
_KEPT: Final = b"[]{},:-"
_DIGITS: Final = b"0123456789"
_SHAPE: Final = bytes(ord("0") if byte in _DIGITS else byte for byte in range(256))
_DROPPED: Final = bytes(byte for byte in range(256) if byte not in _KEPT + _DIGITS)
_LONG_NUMBER: Final = b"0" * 16  # 2^53 has sixteen digits
_LEVELS: Final = 8


def decode_plain(text: str, limits: Limits) -> Any:
    """The value of `text` if it is plain JSON within the limits, otherwise NOT_PLAIN_JSON: the walk will say why."""
    # One byte is found by memchr; the longer searches only run where their first byte is there.
    if len(text) > limits.body_bytes or ("\\" in text and "\\u" in text) or ("_" in text and "__proto__" in text):
        return NOT_PLAIN_JSON
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return NOT_PLAIN_JSON
    shape = data.translate(_SHAPE, _DROPPED)
    if _LONG_NUMBER in shape:
        return NOT_PLAIN_JSON
    shape = shape.translate(None, b"0:-")
    # Every value but the root follows a comma or an opening bracket; those in strings only make this an overestimate.
    if len(shape) > min(limits.nodes, limits.expanded_nodes) or not _is_shallow(shape, limits.depth):
        return NOT_PLAIN_JSON
    dates = 0
    if "$" in text:
        dates = text.count('"$')
        if dates != text.count('"$D'):
            return NOT_PLAIN_JSON
    try:
        value = decode_json(text)
    except MalformedError:
        return NOT_PLAIN_JSON
    # Every tag is a date: when as many were read as there are tags, none was overlooked.
    if dates:
        box = [value]
        return box[0] if _decode_dates(box) == dates else NOT_PLAIN_JSON
    return value


def _is_shallow(shape: bytes, depth: int) -> bool:
    """Whether the brackets close within a few levels: each round takes one or two of them away."""
    brackets = shape.translate(None, b",")
    for _ in range(min(_LEVELS, depth // 2)):
        if not brackets:
            return True
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
    return not brackets


_TABLE_ROWS: Final = 8


def _decode_dates(root: list[Any]) -> int:
    """Put dates where their tags stand in `root`, looking at columns only where it is a table; how many there were."""
    found = 0
    waiting: list[Any] = [root]
    while waiting:
        container = waiting.pop()
        if type(container) is list:
            items = cast("list[Any]", container)
            if len(items) >= _TABLE_ROWS and type(items[0]) is dict:
                found += _decode_columns(items)
                continue
            members: Any = enumerate(items)
        else:
            members = container.items()
        for key, item in members:
            kind = _type_of(item)
            if kind is dict or kind is list:
                waiting.append(item)
            elif kind is str and item[:2] == "$D":
                date = decode_date(item[2:])
                if date is None:
                    return -1
                container[key] = date  # the key is there already, so the iteration goes on undisturbed
                found += 1
    return found


def _decode_columns(rows: list[Any]) -> int:
    found = 0
    columns = [key for key, item in rows[0].items() if type(item) is str and item[:2] == "$D"]
    for column in columns:
        for row in rows:
            if type(row) is dict:
                item = cast("dict[str, Any]", row).get(column)
                if type(item) is str and item[:2] == "$D":
                    date = decode_date(item[2:])
                    if date is not None:
                        row[column] = date
                        found += 1
    return found
