"""Plain data in bulk: the JSON of a value that is plain data and dates throughout, by orjson; None otherwise.

A fast path, right only because it first proves that the walk in `flight` would come to the same value: plain containers
and scalars only, no container in two places, no integer beyond 2^53, no NaN, no string that begins with `$` but dates.
Whatever is in doubt is left to the walk. A property test holds the two together.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import chain
from math import isfinite
from types import NoneType
from typing import Any, Final, NamedTuple, cast

from jetbridge.wire.scalars import encode_date

try:
    import orjson
except ImportError:  # pragma: no cover - then the walk writes everything
    orjson = None

__all__ = ["encode_bulk"]

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII).fullmatch  # nothing that JSON escapes
_LEVELS: Final = 64
_CONTAINERS: Final = frozenset({dict, list, tuple})
_PLAIN: Final = _CONTAINERS | {str, int, bool, NoneType, float, datetime}

_type_of = cast("Callable[[object], type[Any]]", type)  # what type() gives is unknown to pyright


def encode_bulk(value: Any) -> bytes | None:
    """The JSON of `value`, or None if it is not plainly the same as what the walk would write."""
    if orjson is None or _type_of(value) not in _CONTAINERS:
        return None
    survey = _survey(value)
    if survey is None:
        return None
    kinds = survey.kinds
    text = _encode_columns(value, survey) if survey.dates else None
    if text is None:
        text = _encode_dates(value)
    # orjson writes NaN and infinities as null.
    if text is None or (float in kinds and b"null" in text and (NoneType not in kinds or not _all_finite(survey))):
        return None
    return text


def _encode_dates(value: Any) -> bytes | None:
    if orjson is None:
        return None
    dates = 0

    def write_date(date: Any) -> str:
        nonlocal dates
        dates += 1
        text = encode_date(date)
        if text is None:
            raise TypeError
        return "$D" + text

    try:
        text = orjson.dumps(value, write_date, orjson.OPT_STRICT_INTEGER | orjson.OPT_PASSTHROUGH_DATETIME)
    except (TypeError, ValueError):
        return None  # a key that is no str, a large integer, a lone surrogate, a date without a zone
    # Looking for one byte is memchr and nearly free, for two it is not; a key or a quote in a string before `$` is
    # counted too, which only costs a needless walk.
    if b"$" in text and text.count(b"$") != dates and text.count(b'"$') != dates:
        return None
    return text


def _encode_columns(value: Any, survey: "_Survey") -> bytes | None:
    """The JSON where each date stands under a key that holds only dates: orjson writes them, a replacement marks them.

    What is finer than milliseconds stays; `new Date` cuts it.
    """
    columns = {
        key for dicts in survey.dicts for key, item in dicts[0].items() if type(item) is datetime and _NAME(str(key))
    }
    found = 0
    for column in columns:
        dates = [item[column] for dicts in survey.dicts for item in dicts if column in item]
        if not all(type(date) is datetime and date.tzinfo is UTC for date in dates):
            return None
        found += len(dates)
    if found != survey.dates:
        return None
    try:
        text = orjson.dumps(value, None, orjson.OPT_STRICT_INTEGER | orjson.OPT_UTC_Z) if orjson is not None else b"$"
    except (TypeError, ValueError):
        return None
    if b"$" in text:
        return None
    # Inside a JSON string every quote has a backslash before it, so this can only be a member's name and its date.
    for column in columns:
        text = text.replace(f'"{column}":"'.encode(), f'"{column}":"$D'.encode())
    return text


def _children(dicts: list[Any], sequences: list[Any]) -> Iterable[Any]:
    values = chain.from_iterable(map(dict[Any, Any].values, dicts)) if dicts else ()
    return chain(values, chain.from_iterable(sequences)) if sequences else values


class _Survey(NamedTuple):
    """What stands in a plain value: its types, how many dates, and its containers level by level."""

    kinds: set[type[Any]]
    dates: int
    dicts: list[list[Any]]
    sequences: list[list[Any]]


def _survey(value: Any) -> _Survey | None:
    """Every type in `value`, level by level; None if one is not plain, or some container stands in two places."""
    level = [value]
    places = 0
    dates = 0
    objects: set[int] = set()
    kinds: set[type[Any]] = set()
    all_dicts: list[list[Any]] = []
    all_sequences: list[list[Any]] = []
    for _ in range(_LEVELS):
        places += len(level)
        objects.update(map(id, level))
        if len(objects) != places:
            return None
        dicts: list[Any] = [item for item in level if type(item) is dict]
        sequences = [item for item in level if type(item) is not dict] if len(dicts) < len(level) else []
        if dicts:
            all_dicts.append(dicts)
        all_sequences.append(sequences)
        found = set(map(_type_of, _children(dicts, sequences)))
        kinds |= found
        if datetime in found:
            dates += list(map(_type_of, _children(dicts, sequences))).count(datetime)
        if not found <= _PLAIN:
            return None
        if not found & _CONTAINERS:
            return _Survey(kinds, dates, all_dicts, all_sequences)
        level = [item for item in _children(dicts, sequences) if type(item) in _CONTAINERS]
    return None


def _all_finite(survey: _Survey) -> bool:
    children = chain(*(_children(dicts, []) for dicts in survey.dicts), *map(chain.from_iterable, survey.sequences))
    return all(map(isfinite, [child for child in children if type(child) is float]))
