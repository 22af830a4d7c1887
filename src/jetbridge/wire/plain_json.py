"""Replies that are plain JSON, with dates at most: read in one go, or left to the walk.

A fast path, right only because it first proves that the walk in `reply` would give the very value that the JSON reader
gives: no tag but dates, each of them found, no escape that could hide one, no `__proto__`, no integer beyond 2^53, few
enough values, shallow enough.
Whatever is in doubt is left to the walk. A property test holds the two together.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from operator import itemgetter
from typing import Any, Final, cast

import orjson

from jetbridge.wire.limits import Limits
from jetbridge.wire.scalars import decode_date
from jetbridge.wire.search import count_byte

__all__ = ["NOT_PLAIN_JSON", "decode_plain", "untag_dates"]

_type_of = cast("Callable[[object], type[Any]]", type)  # what type() gives is unknown to pyright

NOT_PLAIN_JSON: Final = object()

_DIGITS: Final = b"0123456789"
_SHAPE: Final = bytes(ord("0") if byte in _DIGITS else byte for byte in range(256))  # every digit is a 0
_ALL_BUT_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")
_LONG_NUMBER: Final = b"0" * 16  # 2^53 has sixteen digits
# Single bytes are asked for as numbers: for bytes CPython first tries whether they are one, with an exception.
_BACKSLASH, _DOLLAR, _UNDERSCORE, _NEWLINE, _RETURN, _TAB = b"\\$_\n\r\t"
_LONG_INTEGER: Final = re.compile(rb"(?:^|[\[,:\s-])0{16}")  # neither a fraction nor in a word
_LEVELS: Final = 8
_DATE_SHAPE: Final = b"$D0000-00-00T00:00:00.000Z,"


def decode_plain(text: str | bytes, limits: Limits) -> Any:
    """The value of `text` if it is plain JSON within the limits, otherwise NOT_PLAIN_JSON: the walk will say why."""
    data = text if isinstance(text, bytes) and _is_small(text, limits) else _encode_modest(text, limits)[0]
    if data is None:
        return NOT_PLAIN_JSON
    try:
        value = orjson.loads(data)
    except ValueError:
        return NOT_PLAIN_JSON
    if _DOLLAR not in data:
        return value
    tags = count_byte(data, b"$")
    # Every tag is a date: when as many were read as there are tags, none was overlooked.
    box = [value]
    dates = _decode_dates(box)
    return box[0] if dates == tags or dates == data.count(b'"$') else NOT_PLAIN_JSON


_SMALL: Final = 400


def _is_small(data: bytes, limits: Limits) -> bool:
    """Whether there is so little of `data` that a few counts tell what `_encode_modest` finds out of all others."""
    return (
        len(data) <= _SMALL <= limits.body_bytes
        and _BACKSLASH not in data
        and _UNDERSCORE not in data
        and data.translate(_SHAPE).find(_LONG_NUMBER) < 0
        and data.count(b"[") + data.count(b"{") <= _LEVELS <= limits.depth
        and limits.nodes >= _SMALL <= limits.expanded_nodes
    )


def untag_dates(text: str | bytes, keys: Iterable[str], limits: Limits) -> bytes | None:
    """The JSON of `text` with plain dates for tags, if those are under `keys` and all text under `keys` is such tags.

    None for what is not plain JSON within the limits. A key is made of letters and underscores.
    """
    data, shape = _encode_modest(text, limits)
    if data is None:
        return None
    if _NEWLINE in data or _RETURN in data or _TAB in data:
        return None
    for key in keys:
        name = f'"{key}":"'.encode()
        # JSON.stringify writes no spaces; behind one, text that is no tag would be taken for a date.
        if name[:-2] + b" " in data or name[:-1] + b" " in data:
            return None
        # Inside a JSON string every quote has a backslash before it, so this can only be a member's name and its text.
        if shape.count(name + _DATE_SHAPE[:-1] + b'"') != data.count(name):
            return None
        # Spaces before the text for the tag: what keeps its length is replaced in place.
        data = data.replace(name + b"$D", name[:-1] + b'  "')
    return None if _DOLLAR in data else data


def _encode_modest(text: str | bytes, limits: Limits) -> tuple[bytes | None, bytes]:
    """The bytes of `text`, and the same with every digit a 0; None if it has what the walk must look at.

    That is an escape or name that could hide something, an integer beyond 2^53, too many values, too many levels. What
    is no UTF-8 is left to the reader of the JSON.
    """
    try:
        data = text.encode() if isinstance(text, str) else text
    except UnicodeEncodeError:
        return None, b""
    # One byte is found by memchr; the longer searches only run where their first byte is there.
    if (
        len(data) > limits.body_bytes
        or (_BACKSLASH in data and b"\\u" in data)
        or (_UNDERSCORE in data and b"__proto__" in data)
    ):
        return None, b""
    shape = data.translate(_SHAPE)
    if _LONG_NUMBER in shape:
        # Fractions go first, by a search in C: the pattern, which looks at each byte, then rarely runs.
        whole = shape.replace(b"." + _LONG_NUMBER, b"")
        if _LONG_NUMBER in whole and _LONG_INTEGER.search(whole):
            return None, b""
    brackets = shape.translate(None, _ALL_BUT_BRACKETS)
    # Every value but the root follows a comma or an opening bracket; those in strings only make this an overestimate.
    # Two characters are the least that a value takes, so most texts need not be counted.
    most = limits.nodes if limits.nodes < limits.expanded_nodes else limits.expanded_nodes
    if len(data) > 2 * most and len(brackets) + shape.count(b",") > most:
        return None, b""
    return (data, shape) if _is_shallow(brackets, limits.depth) else (None, b"")


def _is_shallow(brackets: bytes, depth: int) -> bool:
    """Whether the brackets close within a few levels: each round takes one or two of them away."""
    if len(brackets) <= min(2 * _LEVELS, depth):
        return True  # too few to be deep; whether they close is for the reader to say
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
                if date is not None:
                    container[key] = date  # the key is there already, so the iteration goes on undisturbed
                    found += 1
    return found


def _decode_columns(rows: list[Any]) -> int:
    columns = [key for key, item in rows[0].items() if type(item) is str and item[:2] == "$D"]
    return sum(_decode_column(rows, column) for column in columns)


def _decode_column(rows: list[Any], column: str) -> int:
    try:
        texts = list(map(itemgetter(column), rows))
        joined = ",".join(texts)
    except (LookupError, TypeError):  # something else between the dates, or nothing
        return _decode_dates_of(rows, column)
    # The form that `decode_date` asks for, of all at once.
    if joined.encode().translate(_SHAPE) + b"," != _DATE_SHAPE * len(texts) or "T24" in joined:
        return 0
    try:
        dates = list(map(datetime.fromisoformat, joined[2:].split(",$D")))
    except ValueError:
        return 0
    for row, date in zip(rows, dates, strict=True):
        row[column] = date
    return len(dates)


def _decode_dates_of(rows: list[Any], column: str) -> int:
    found = 0
    for row in rows:
        item = cast("dict[str, Any]", row).get(column) if type(row) is dict else None
        date = decode_date(item[2:]) if type(item) is str and item[:2] == "$D" else None
        if date is not None:
            row[column] = date
            found += 1
    return found
