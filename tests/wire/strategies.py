"""Random values of the wire: what replies carry, what responses carry, and JSON that tempts the fast paths."""

import json
from datetime import UTC, date, datetime
from enum import Enum
from math import nan
from uuid import UUID

from hypothesis import strategies as st

from jetbridge.wire.model import (
    UNDEFINED,
    BigInt,
    ClientReference,
    Element,
    FormData,
    Map,
    MapPairs,
    Promise,
    RemoteError,
    ServerReference,
    SetItems,
    Symbol,
    TypedArray,
    Upload,
)
from jetbridge.wire.tags import BINARY

TEMPTING = ["$", "$$", "$1", "$D2024-02-29T12:00:00.000Z", '"$', '\\"$D', "__proto__", "then", "a:b", "0", "", "[{]}"]

texts = st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), st.sampled_from(TEMPTING))
numbers = st.one_of(
    st.integers(-(2**53), 2**53),
    st.floats(),
    st.sampled_from([0.0, -0.0, 1e21, 1e-7, 5e-324, 1.7976931348623157e308, 123456789.125]),
)
dates = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)).map(
    lambda date: date.replace(microsecond=date.microsecond // 1000 * 1000, fold=0)
)
bigints = st.integers(-(10**290), 10**290).map(BigInt)
binary = st.one_of(
    st.binary(max_size=16),
    st.builds(
        lambda kind, data: TypedArray(data * BINARY[kind].unit, kind),
        st.sampled_from([kind for kind in BINARY if kind != "Uint8Array"]),
        st.binary(max_size=4),
    ),
)
media_types = st.sampled_from(["", "text/plain", "image/png", "$x/y"])
uploads = st.builds(Upload, st.binary(max_size=16), texts, media_types)
blobs = st.builds(Upload, st.binary(max_size=16), st.just("blob"), media_types)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts, dates, bigints)
# A key with a colon could not be told from a path, so nothing under it is ever referred to: sharing ends there.
# `__proto__` is dropped and a function under `then` becomes null, as in React.
keys = texts.map(lambda key: key.replace(":", ";").strip("_").replace("then", "than"))


def _containers(inner, files):
    return st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(keys, inner.map(lambda value: None if value is UNDEFINED else value), max_size=4),
        st.lists(st.tuples(scalars, inner), max_size=3, unique_by=lambda entry: _same_value(entry[0])).map(MapPairs),
        st.lists(inner, max_size=3).map(lambda items: SetItems(_without_equals(items))),
        st.lists(st.tuples(texts, st.one_of(texts, files)), max_size=3).map(FormData),
        # The very same object in several places.
        inner.flatmap(lambda value: st.just([value, {"again": value}] if isinstance(value, list | dict) else [value])),
    )


_SAME_BY_VALUE = (bool, type(None), str, int, float, datetime, bytes, Symbol, ClientReference)


def _same_value(item):
    """What is equal for two values exactly when JavaScript takes them for one key."""
    if not isinstance(item, int | float) or isinstance(item, bool):
        return type(item).__name__, repr(item)
    if isinstance(item, BigInt) or (isinstance(item, int) and abs(item) > 2**53):
        return "bigint", str(int(item))
    return "number", float(item) if item == item else "nan"


def _without_equals(items):
    seen, kept = set(), []
    for item in items:
        if item is UNDEFINED or isinstance(item, _SAME_BY_VALUE):
            same = _same_value(item)
            if same in seen:
                continue
            seen.add(same)
        kept.append(item)
    return kept


references = st.builds(
    ServerReference,
    st.text("abc#./$", min_size=1, max_size=8),
    st.one_of(st.none(), st.lists(scalars, max_size=3).map(tuple)),
)

replies = st.recursive(
    st.one_of(scalars, st.just(UNDEFINED), binary, uploads, references),
    lambda inner: _containers(inner, uploads),
    max_leaves=12,
)

modules = st.builds(
    ClientReference,
    texts,
    texts,
    st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
    st.booleans(),
)
symbols = st.builds(Symbol, st.sampled_from(["react.suspense", "react.activity", "foo"]))


def _nodes(inner):
    element = st.builds(
        Element,
        st.one_of(st.sampled_from(["div", "li", "my-tag"]), symbols, modules),
        st.dictionaries(st.sampled_from(["children", "title", "data-x", "style"]), inner, max_size=3),
        st.one_of(st.none(), texts),
    )
    promise = st.one_of(
        inner.map(lambda value: Promise("fulfilled", [value])),
        st.builds(lambda digest: Promise("rejected", error=RemoteError(digest)), st.text("abc", min_size=1)),
    )
    return st.one_of(element, promise, _containers(inner, blobs))


responses = st.recursive(
    st.one_of(scalars, binary, blobs, references, symbols, modules, texts.map(lambda text: text * 400)),
    _nodes,
    max_leaves=12,
)

# JSON a client could write by hand, with everything in it that a fast path must not overlook.
json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.sampled_from([2**53, 2**53 + 1, -(2**53) - 1]),
        st.floats(allow_nan=False, allow_infinity=False),
        texts,
        st.sampled_from(["$D2024-02-29T12:00:00.000Z", "$D2024-02-30T12:00:00.000Z", "$n12", "$undefined", "$0:0"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(texts, inner, max_size=5),
        st.builds(
            lambda row, size: [dict(row) for _ in range(size)], st.dictionaries(texts, inner), st.integers(8, 12)
        ),
    ),
    max_leaves=20,
)
date_tags = st.one_of(
    dates.map(lambda date: "$D" + date.isoformat(timespec="milliseconds").replace("+00:00", "Z")),
    st.sampled_from(
        [
            "$D2024-02-29T24:00:00.000Z",
            "$D2024-02-30T12:00:00.000Z",
            "$D2024-02-29 12:00:00.000Z",
            "$D2024-02-29T12:00:00.000Z,$D2024-02-29T12:00:00.000Z",
            "$D2024-02-29T12:00:00,000Z",
            "$D\u0662024-02-29T12:00:00.00Z",
            "$$D",
            "",
            None,
        ]
    ),
)
# Nearly all of a column alike, and some of what makes it another one.
date_columns = st.builds(
    lambda tags, odd, at: [{"id": index, "when": tag} for index, tag in enumerate([*tags[:at], *odd, *tags[at:]])],
    st.lists(date_tags.filter(lambda tag: tag is not None and len(tag) == 26), min_size=8, max_size=12),
    st.lists(date_tags, max_size=1),
    st.integers(0, 12),
)
json_texts = st.builds(
    lambda value, ascii_only, padding: json.dumps(value, ensure_ascii=ascii_only) + " " * padding,
    st.one_of(json_values, date_columns, st.lists(date_columns, max_size=2)),
    st.booleans(),
    st.sampled_from([0, 500]),
)

# Rows of a table, as actions return them: columns of one kind with some exceptions.
cells = st.one_of(
    st.integers(-5, 5), st.floats(), st.none(), st.booleans(), texts, dates, st.sampled_from([2**53, 2**60])
)
tables = st.lists(st.fixed_dictionaries({"id": st.integers(0, 99), "when": dates, "x": cells, "$k": texts}), max_size=6)
plain_tables = st.lists(st.fixed_dictionaries({"id": st.integers(0, 99), "when": dates, "x": cells}), max_size=10)


class Grade(Enum):
    """Enums that compiled JSON writers take apart by themselves."""

    TEXT = "$1"
    LARGE = 2**60
    NAN = nan
    NESTED = {"a": [1]}  # noqa: RUF012 - a value that is a container is the point


odd_cells = st.one_of(
    cells, st.sampled_from([*Grade, UNDEFINED, UUID(int=7), [], {}, (1, 2), Map({"a": 1}), date(2024, 2, 29)])
)


def _shared(rows, times, where):
    """One row, or one table, in several places."""
    if where == "rows":
        return rows + rows[:times]
    if where == "tables":
        return {"a": rows, "b": rows[:times], "c": rows if times else None}
    if where == "below":
        return [{**row, "x": rows[0]} for row in rows]
    return {"rows": rows, "at": rows[0]["when"] if rows else None, "total": times}


SAME = [1]
odd_tables = st.builds(
    _shared,
    st.one_of(
        st.lists(st.fixed_dictionaries({"when": dates, "x": st.sampled_from([1, "a", True])}), min_size=1, max_size=3),
        st.lists(st.fixed_dictionaries({"when": st.just(1), "x": st.sampled_from([1, "a", SAME])}), max_size=3),
        st.lists(st.fixed_dictionaries({"when": st.one_of(dates, odd_cells), "x": odd_cells}), max_size=3),
    ),
    st.integers(0, 1),
    st.sampled_from(["rows", "tables", "below", "object"]),
)
