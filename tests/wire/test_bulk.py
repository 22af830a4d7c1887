"""Tests of writing plain data in bulk: what it takes, what it leaves to the walk."""

from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from math import inf, nan

import orjson
import pytest

from jetbridge.wire.bulk import encode_bulk
from jetbridge.wire.flight import encode_flight
from jetbridge.wire.model import UNDEFINED, Map

EMPTY: list[object] = []
MORNING = datetime(2024, 2, 29, 8, 30, tzinfo=UTC)


class Odd(Enum):
    NAN = nan
    TAG = "$1"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"id": 1, "name": "Ada"}, b'{"id":1,"name":"Ada"}'),
        ([{"at": MORNING}, {"at": None}], b'[{"at":"$D2024-02-29T08:30:00Z"},{"at":null}]'),
        ([{"at": MORNING.astimezone(timezone(timedelta(hours=2)))}], b'[{"at":"$D2024-02-29T08:30:00.000Z"}]'),
        ([{"price": "US$ 5", "at": MORNING}], b'[{"price":"US$ 5","at":"$D2024-02-29T08:30:00Z"}]'),
        ({"rows": [{"a": 1}], "total": 1, "at": MORNING}, None),
        (
            [{"at": MORNING, "b": 1}, {"b": MORNING + timedelta(1), "at": MORNING}],
            b'[{"at":"$D2024-02-29T08:30:00Z","b":1},{"b":"$D2024-03-01T08:30:00Z","at":"$D2024-02-29T08:30:00Z"}]',
        ),
        ([{"note": "[{}]"}], b'[{"note":"[{}]"}]'),
        ([[1, 2], [3]], b"[[1,2],[3]]"),
        ((1, (2,)), b"[1,[2]]"),
    ],
)
def test_takes_plain_data(value, text):
    """Objects, tables and nested plain data with dates are written in one go."""
    written = encode_bulk(value)

    assert written is not None
    if text is not None:
        assert text == written


@pytest.mark.parametrize(
    "value",
    [
        [{}] * 2,
        [[]] * 2,
        {"a": [{}] * 2},
        dict.fromkeys("ab", EMPTY),
        [{"a": value} for value in [{"b": 1}] * 2],
        [{"a": nan}],
        [{"a": inf}, {"a": None}],
        {"a": Odd.NAN},
        {"a": Odd.TAG},
        {"a": UNDEFINED},
        {"a": 2**53},
        {"a": "$1"},
        [{"at": MORNING, "a": "$D2024-02-29T08:30:00Z"}],
        [{"at": MORNING.replace(tzinfo=None)}],
        [{"a": Map({1: 2})}],
        {1: 2},
        {"a": "\ud800"},
    ],
)
def test_leaves_the_rest_to_the_walk(value):
    """What is shared, has a tag, or is another kind of value is not written in bulk."""
    assert None is encode_bulk(value)


def test_finds_a_row_that_only_its_table_refers_to_twice():
    """Two places in one list are two references, though nothing else holds the row."""
    assert b'0:[{"a":1},"$0:0"]\n' == encode_flight([{"a": 1}] * 2)


@pytest.mark.parametrize("wrap", [lambda value: value, lambda value: [value, (1,)]])
def test_writes_json_that_is_written_already(wrap):
    """An `orjson.Fragment` is its author's own JSON, by either way."""
    assert b'{"a":[1]}' in encode_flight(wrap({"a": orjson.Fragment(b"[1]")}))
