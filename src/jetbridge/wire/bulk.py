"""Plain data in bulk: the JSON of a value that is plain data and dates throughout, by orjson; None otherwise.

A fast path, right only because it first proves that the walk in `flight` would come to the same value: plain containers
and scalars only, no container in two places, no integer beyond 2^53, no NaN, no string that begins with `$` but dates.
orjson itself refuses what is not plain. That all containers are known, and known to be distinct, is what is left to
prove: for objects and tables from the brackets in the text, for all else by a survey of every value.
Whatever is in doubt is left to the walk. A property test holds the two together.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from math import isfinite
from operator import itemgetter
from sys import getrefcount
from types import NoneType
from typing import Any, Final, cast

import msgspec
import orjson

from jetbridge.wire.scalars import encode_date
from jetbridge.wire.search import count_byte

__all__ = ["encode_bulk", "encode_scalars"]

_LEVELS: Final = 64
_CONTAINERS: Final = frozenset({dict, list, tuple})
_PLAIN: Final = _CONTAINERS | {str, int, bool, NoneType, float, datetime}
_OPTIONS: Final = (
    orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)

_type_of = cast("Callable[[object], type[Any]]", type)  # what type() gives is unknown to pyright


def encode_bulk(value: Any) -> bytes | None:
    """The JSON of `value`, or None if it is not plainly the same as what the walk would write."""
    text = _encode_small(value)
    if text is not None:
        return text
    if _type_of(value) is dict or _type_of(value) is list:
        text = _encode_table(value)
        if text is not None:
            return text
    elif _type_of(value) is not tuple:
        return None
    return _encode_surveyed(value)


def _dump(value: Any, dates: list[Any], *, in_order: bool = False) -> bytes | None:
    """The JSON of `value`, in which `dates` are all the dates; None if it has anything that is not plain.

    `in_order`: none of them can come before one that is earlier in `dates`.
    """
    try:
        text = orjson.dumps(value, _tag_of(dates, in_order) if dates else None, _OPTIONS)
    except (TypeError, ValueError, LookupError):
        return None  # a key that is no str, a large integer, half a surrogate pair, a date without a zone, any object
    # Looking for one byte is memchr and nearly free, for two it is not; a key or a quote in a string before `$` is
    # counted too, which only costs a needless walk.
    if _DOLLAR in text and count_byte(text, b"$") != len(dates) and text.count(b'"$') != len(dates):
        return None
    return text


def encode_scalars(values: list[list[Any]]) -> bytes | None:
    """The JSON of lists of text, numbers, booleans and None, for a caller who knows that there is nothing else; None if
    some text needs a tag.
    """
    return _dump(values, [])


_DOLLAR: Final = ord("$")  # as a number: for bytes CPython first tries whether they are one, with an exception
_FEW: Final = 64
_SCALARS: Final = frozenset({str, int, bool, NoneType})
_FLOATING: Final = _SCALARS | _CONTAINERS | {float}


def _encode_small(value: Any) -> bytes | None:
    """The JSON of a few values without dates: what most actions return, looked at one by one."""
    kind = _type_of(value)
    if kind not in _CONTAINERS:
        return _dump(value, []) if kind in _SCALARS else None
    if len(value) <= _FEW and set(map(_type_of, value.values() if kind is dict else value)) <= _SCALARS:
        return _dump(value, [])
    containers = [value]
    size = 0
    for one in containers:  # which grows meanwhile
        members: Any = one.values() if _type_of(one) is dict else one
        size += len(members)
        if size > _FEW:
            return None
        kinds = set(map(_type_of, members))
        if kinds <= _SCALARS:
            continue
        if not kinds <= _FLOATING or (float in kinds and not _are_finite(members)):
            return None
        if kinds & _CONTAINERS:
            containers += [item for item in members if _type_of(item) in _CONTAINERS]
    if len(set(map(id, containers))) < len(containers):
        return None
    return _dump(value, [])


def _tag_of(dates: list[Any], in_order: bool) -> Callable[[Any], str]:
    tags = _tags_of(dates)
    # When there are no tags left, `next` gives back what it was asked for, and orjson gives up.
    return partial(next, iter(tags)) if in_order else dict(zip(dates, tags, strict=True)).__getitem__


def _tags_of(dates: list[Any]) -> list[str]:
    """The tag of each date. What is finer than milliseconds stays; `new Date` cuts it."""
    if [date.tzinfo for date in dates].count(UTC) == len(dates):
        return f"$D{msgspec.json.encode(dates).decode()[2:-2]}".replace('","', '","$D').split('","')
    texts = map(encode_date, dates)
    return ["$D" + text for text in cast("Iterable[str]", texts)]  # TypeError for a date without a zone


# -- objects and tables ------------------------------------------------------------------------------------------------


def _encode_table(value: Any) -> bytes | None:
    """The JSON of an object, a list of objects, or an object of such lists, with nothing below."""
    is_object = _type_of(value) is dict
    members: list[Any] = list(value.values()) if is_object else []
    lists: list[Any] = _only(list, members) if is_object else [value]
    items: list[Any] = lists[0] if len(lists) == 1 else [*chain.from_iterable(lists)]
    rows = items if set(map(_type_of, items)) == _ROWS else _only(dict, items)
    dates = _only(datetime, members)
    columns = [key for key, item in rows[0].items() if _type_of(item) is datetime] if rows else []
    in_order = len(columns) == 1 and not dates
    dates += _dates_in(rows, columns)
    text = _dump(value, dates, in_order=in_order)
    # As many brackets as we know containers: then there is none that we do not know, and no string has a bracket.
    if (
        text is None
        or count_byte(text, b"{") != len(rows) + is_object
        or not _has_lists(text, len(lists))
        or not (_are_distinct(rows) and _are_distinct(lists))
    ):
        return None
    # orjson writes NaN and infinities as null.
    if b"null" in text:
        values = [*members, *items, *chain.from_iterable(map(dict[Any, Any].values, rows))]
        if not (set(map(_type_of, values)) <= _PLAIN and _are_finite(values)):
            return None
    return text


_ROWS: Final = {dict}


def _has_lists(text: bytes, number: int) -> bool:
    """Whether so many brackets open in `text`; to find the next is quicker than to count them to the end."""
    if number > _FEW_LISTS:
        return count_byte(text, b"[") == number
    at = -1
    for _ in range(number):
        at = text.find(b"[", at + 1)
        if at < 0:
            return False
    return text.find(b"[", at + 1) < 0


_FEW_LISTS: Final = 4


def _dates_in(rows: list[Any], columns: list[Any]) -> list[Any]:
    """The dates in `columns`, those where the first row has one."""
    dates: list[Any] = []
    for column in columns:
        try:
            dates += map(itemgetter(column), rows)
        except LookupError:
            return []  # a survey will find them
    return dates if set(map(_type_of, dates)) == _DATES else _only(datetime, dates)


_DATES: Final = {datetime}


def _only(kind: type, items: list[Any]) -> list[Any]:
    return [item for item in items if _type_of(item) is kind]


def _are_distinct(items: list[Any]) -> bool:
    if len(items) < 2:
        return True
    # What only one list refers to stands nowhere else; to count references is three times quicker than to compare ids.
    return set(map(getrefcount, items)) == _ONCE or len(set(map(id, items))) == len(items)


_ALONE: Final[list[object]] = [object()]
_ONCE: Final = set(map(getrefcount, _ALONE))


def _are_finite(values: list[Any]) -> bool:
    return all(map(isfinite, _only(float, values)))


# -- everything else ---------------------------------------------------------------------------------------------------


def _encode_surveyed(value: Any) -> bytes | None:
    """The JSON of a value of any shape, once every value in it was looked at."""
    values = _survey(value)
    if values is None:
        return None
    text = _dump(value, _only(datetime, values))
    return None if text is None or (b"null" in text and not _are_finite(values)) else text


def _survey(value: Any) -> list[Any] | None:
    """Every value in `value`, level by level; None if one is not plain, or some container stands in two places."""
    level: list[Any] = [value]
    values: list[Any] = []
    places = 0
    objects: set[int] = set()
    for _ in range(_LEVELS):
        kinds = set(map(_type_of, level))
        if not kinds <= _PLAIN:
            return None
        values += level
        if not kinds & _CONTAINERS:
            return values
        containers = [item for item in level if _type_of(item) in _CONTAINERS]
        places += len(containers)
        objects.update(map(id, containers))
        if len(objects) != places:
            return None
        dicts = _only(dict, containers)
        sequences = [item for item in containers if _type_of(item) is not dict] if len(dicts) < len(containers) else []
        level = [*chain.from_iterable(map(dict[Any, Any].values, dicts)), *chain.from_iterable(sequences)]
    return None
