"""Arguments as keys: equal where they mean the same, different where they do not, refused where nobody can say."""

import inspect
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from itertools import combinations
from uuid import UUID

import pytest
from pydantic import BaseModel
from starlette.requests import Request

from jetbridge.cache.keys import key_of
from jetbridge.errors import DefinitionError


class Color(Enum):
    RED = 1


@dataclass
class Point:
    x: int
    y: int


class Place(BaseModel):
    x: int
    y: int


def key(value):
    return key_of(inspect.signature(lambda value: value).bind(value))


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DIFFERENT = [
    None, True, 1, 1.0, Decimal("1"), Decimal("1.0"), "1", b"1", 0.0, -0.0, Color.RED,
    [1], (1,), {1}, frozenset({1}), {1: None}, [[1]], [1, 1], {"a": 1}, {"a": 1.0},
    NOON, NOON.astimezone(timezone(timedelta(hours=2))), date(2026, 1, 1), UUID(int=1), timedelta(1),
    Point(1, 2), Place(x=1, y=2), {"x": 1, "y": 2}, Point(2, 1),
]  # fmt: skip


def test_what_differs_has_another_key():
    """No two of these values share a key, even those that Python calls equal."""
    shared = [(one, other) for one, other in combinations(DIFFERENT, 2) if key(one) == key(other)]

    assert [] == shared


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": [2]}, {"b": [2], "a": 1}),
        ({1, 2, 3}, {3, 2, 1}),
        (Point(1, 2), Point(1, 2)),
        (Place(x=1, y=2), Place(y=2, x=1)),
        (float("nan"), float("nan")),
    ],
)
def test_what_is_equal_has_one_key(one, other):
    """The order of a dict or set does not count, nor which object it is; a key can be hashed."""
    assert key(one) == key(other)
    assert hash(key(one)) == hash(key(other))


ENDLESS = []
ENDLESS.append(ENDLESS)


@pytest.mark.parametrize(
    ("value", "at"),
    [
        (Request({"type": "http", "headers": []}), "value is of type Request"),
        ({"a": [object()]}, r"value\['a'\]\[0\] is of type object"),
        (ENDLESS, "nested more than"),
    ],
)
def test_refuses_what_has_no_value(value, at):
    """What cannot be compared by value is an error that names where it stands."""
    with pytest.raises(DefinitionError, match=at):
        key(value)
