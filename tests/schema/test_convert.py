"""Conversion of calls: values that Flight kept apart are told apart, and every error comes back with its path."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import typing
import uuid
from typing import Annotated, Any, Literal

import msgspec
import pytest
import typing_extensions
from pydantic import BaseModel, EmailStr, Field

from jetbridge.errors import ActionError, DefinitionError
from jetbridge.schema.convert import Arguments, convert
from jetbridge.schema.describe import describe
from jetbridge.schema.supply import Previous
from jetbridge.wire.model import UNDEFINED, BigInt, FormData, Map, MapPairs, SetItems, Upload

NOW = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
ID = uuid.UUID("12345678-1234-5678-1234-567812345678")


class Color(enum.Enum):
    RED = "red"


class NewUser(BaseModel):
    name: Annotated[str, Field(min_length=1)]
    email: EmailStr
    age: int | None = None


ADA = NewUser(name="Ada", email="ada@b.co")


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0


class Pair(typing.TypedDict):
    left: int
    right: typing.NotRequired[int]


class Both(typing_extensions.TypedDict):
    left: int


class Line(BaseModel):
    start: Point
    pair: Both
    color: Color = Color.RED


class Item(msgspec.Struct, rename="camel"):
    unit_price: Annotated[int, msgspec.Meta(ge=1)]
    name: str = "thing"


class Basket(msgspec.Struct):
    items: list[Item]
    note: str


async def two(a: str, n: int = 3, *, loud: bool = False): ...
async def one_user(user: NewUser): ...
async def user_and_note(user: NewUser, note: str): ...
async def rest(a: int, *tags: str): ...
async def others(a: int, **more: int): ...
async def only_by_position(a: int, b: int = 2, c: int = 3, /, d: int = 4): ...
async def nothing(): ...
async def untyped(a): ...
async def state(previous: Previous[int | None], form: NewUser): ...


def call(function, *values, **options):
    """What the function gets, or the field errors."""
    try:
        return convert(describe(function), values, **options)
    except ActionError as error:
        return error.field_errors or error.message


def taking(annotation):
    """A function with one parameter `v` of this type."""

    async def function(v): ...

    function.__annotations__ = {"v": annotation}
    return function


@pytest.mark.parametrize(
    ("function", "values", "expected"),
    [
        (two, ["x"], Arguments((), {"a": "x"})),
        (two, ["x", 4], Arguments((), {"a": "x", "n": 4})),
        (two, ["x", UNDEFINED], Arguments((), {"a": "x"})),
        (two, ["x", 4, {"loud": True}], Arguments((), {"a": "x", "n": 4, "loud": True})),
        (two, ["x", 4, UNDEFINED], Arguments((), {"a": "x", "n": 4})),
        (rest, [1, "b", "c"], Arguments((1, "b", "c"), {})),
        (others, [1, {"b": 2}], Arguments((), {"a": 1, "b": 2})),
        (only_by_position, [1, UNDEFINED, 5], Arguments((1, 2, 5), {})),
        (only_by_position, [1, UNDEFINED, UNDEFINED, 9], Arguments((1,), {"d": 9})),
        (nothing, [], Arguments((), {})),
        (untyped, [[1, {"a": NOW}]], Arguments((), {"a": [1, {"a": NOW}]})),
        (state, [None, {"name": "Ada", "email": "ada@b.co"}], Arguments((), {"previous": None, "form": ADA})),
    ],
)  # fmt: skip
def test_values_go_where_python_wants_them(function, values, expected):
    """Missing and undefined values leave the default; an object after the last one fills keyword-only parameters."""
    assert expected == call(function, *values)


@pytest.mark.parametrize(
    ("annotation", "value", "expected"),
    [
        (int, 3, 3),
        (int, BigInt(2**70), 2**70),
        (float, 3, 3.0),
        (bool, True, True),
        (str, "x", "x"),
        (bytes, b"x", b"x"),
        (dt.datetime, NOW, NOW),
        (dt.date, "2026-05-01", dt.date(2026, 5, 1)),
        (uuid.UUID, str(ID), ID),
        (decimal.Decimal, "1.50", decimal.Decimal("1.50")),
        (Color, "red", Color.RED),
        (Literal["a", 2], 2, 2),
        (int | None, None, None),
        (int | str, "3", "3"),
        (tuple[int, str], [1, "a"], (1, "a")),
        (set[int], {1, 2}, {1, 2}),
        (set[int], [1, 2, 1], {1, 2}),
        (list[Point], [{"x": 1}], [Point(1)]),
        (Pair, {"left": 1}, {"left": 1}),
        (list[Pair], [{"left": 1, "right": 2}], [{"left": 1, "right": 2}]),
        (Pair | None, {"left": 1}, {"left": 1}),
        (Line, {"start": {"x": 1}, "pair": {"left": 1}}, Line(start=Point(1), pair={"left": 1})),
        (dict[str, int], Map({"a": 1}), {"a": 1}),
        (Map[str, int], Map({"a": 1}), Map({"a": 1})),
        (list[tuple[Any, int]], MapPairs([(1, 2), (True, 3)]), [(1, 2), (True, 3)]),
        (dict[tuple[int, int], str], MapPairs([([1, 2], "a"), ([3, 4], "b")]), {(1, 2): "a", (3, 4): "b"}),
        (Item, {"unitPrice": 3}, Item(3)),
        (list[Item] | None, [{"unitPrice": 3}], [Item(3)]),
        (Any, {"a": [1]}, {"a": [1]}),
        (object, 1, 1),
        (FormData | None, None, None),
    ],
)
def test_reads_what_the_annotation_asks_for(annotation, value, expected):
    """What Flight has no word for is read from text; all else keeps its type."""
    result = call(taking(annotation), value)

    assert Arguments((), {"v": expected}) == result
    assert type(expected) is type(result.kwargs["v"])


@pytest.mark.parametrize(
    ("annotation", "value", "errors"),
    [
        (int, "12", {"v": "Enter a whole number"}),
        (int, True, {"v": "Enter a whole number"}),
        (int, 2.0**60, {"v": "Enter a whole number"}),
        (float, "1.5", {"v": "Enter a number"}),
        (bool, "on", {"v": "Choose yes or no"}),
        (bool, 1, {"v": "Choose yes or no"}),
        (str, 1, {"v": "Enter text"}),
        (str, None, {"v": "Enter text"}),
        (dt.datetime, "2026-05-01T00:00:00Z", {"v": "Enter a date and time"}),
        (dt.date, "2026-02-30", {"v": "There is no such date"}),
        (dt.date, "2026-13-01", {"v": "There is no such date"}),
        (dt.time, "25:00", {"v": "There is no such time"}),
        (dt.date, "soon", {"v": "Enter a date as YYYY-MM-DD"}),
        (uuid.UUID, "x", {"v": "Enter a UUID"}),
        (Color, "blue", {"v": "Choose 'red'"}),
        (Literal["a", "b"], "c", {"v": "Choose 'a' or 'b'"}),
        (list[int], {1, 2}, {"v": "Expected a list"}),
        (list[int], [1, "2", "3"], {"v[1]": "Enter a whole number", "v[2]": "Enter a whole number"}),
        (list[int | None], [1, "2"], {"v[1]": "Enter a whole number"}),
        (Upload, "x", {"v": "Choose a file"}),
        (NewUser, None, {"v": "Expected an object"}),
        (NewUser, {"name": "", "email": "x", "age": "3"}, {
            "name": "This field is required", "email": "Enter a valid e-mail address", "age": "Enter a whole number"}),
        (Line, {"start": {"x": "1"}, "pair": {"left": "2"}}, {
            "start.x": "Enter a whole number", "pair.left": "Enter a whole number"}),
        (list[Line], [{"start": {"x": 1}}], {"v[0].pair": "This field is required"}),
        (dict[str, int], {"a": 1, "b": "2"}, {"b": "Enter a whole number"}),
        (Basket, {"items": [{"unitPrice": 0}, {"name": 1}]}, {
            "items[0].unitPrice": "Must be at least 1", "items[1].unitPrice": "This field is required",
            "items[1].name": "Enter text", "note": "This field is required"}),
        (Item, {"unitPrice": "3"}, {"unitPrice": "Enter a whole number"}),
    ],
)  # fmt: skip
def test_reports_every_error_with_its_path(annotation, value, errors):
    """All errors at once, under the path a form's field would have, and never with the value in the text."""
    assert errors == call(taking(annotation), value)


@pytest.mark.parametrize("value", [MapPairs([(1, 2), (True, 3)]), SetItems([1, True])])
@pytest.mark.parametrize("annotation", [dict[Any, int], Any, set[Any]])
def test_refuses_what_python_would_merge(annotation, value):
    """Keys 1 and true are two in JavaScript and one in Python: the error says so, and what to annotate."""
    assert "list[tuple[K, V]]" in call(taking(annotation), value)["v"]


@pytest.mark.parametrize("pairs", [[([1, 1], "a"), ([1, True], "b")], [({"x": 1}, "a")]])
def test_refuses_keys_that_no_tuple_tells_apart(pairs):
    """Arrays are tuples where they are keys, as long as Python tells them apart as JavaScript does."""
    assert "list[tuple[K, V]]" in call(taking(dict[tuple[int, int], str]), MapPairs(pairs))["v"]


@pytest.mark.parametrize(
    ("function", "values", "message"),
    [
        (nothing, [1], "nothing takes no arguments, and 1 were given"),
        (one_user, [{}, {}], "one_user takes 1 argument, and 2 were given"),
        (two, ["x", 4, {"quiet": True}], "two takes 2 arguments, and 3 were given"),
        (two, [], {"a": "This field is required"}),
        (rest, [1, "b", 3], {"tags[1]": "Enter text"}),
        (others, [1, {"b": "x"}], {"b": "Enter a whole number"}),
        (user_and_note, [{"name": "A", "email": "a@b.co"}, 3], {"note": "Enter text"}),
        (user_and_note, [{"name": 1, "email": "a@b.co"}, "x"], {"user.name": "Enter text"}),
    ],
)
def test_says_what_is_wrong_with_the_call(function, values, message):
    """A wrong number of values names both numbers; with several parameters a path begins with the parameter."""
    assert message == call(function, *values)


def test_refuses_a_type_that_cannot_be_checked():
    """A type from which no value can be made is an error when the function is registered, with what to do."""

    class Database:
        pass

    with pytest.raises(DefinitionError, match="Provide") as caught:
        convert(describe(taking(Database)), [1])

    assert "Database" in str(caught.value)


@pytest.mark.parametrize(
    ("values", "bound", "keywords", "expected"),
    [
        (["7", "x"], 1, {}, {"a": 7, "b": "x", "c": 0}),
        (["x"], 0, {"a": 7}, {"a": 7, "b": "x", "c": 0}),
        ([7, "x", 1], 1, {"c": 2}, "bound takes 2 arguments, and 3 were given"),
        ([7, FormData([("b", "x"), ("a", "9"), ("c", "1")])], 1, {}, {"a": 7, "b": "x", "c": 1}),
        ([FormData([("b", "x"), ("a", "9")])], 0, {"a": 7}, {"a": 7, "b": "x"}),
    ],
)
def test_what_the_server_bound_cannot_be_replaced(values, bound, keywords, expected):
    """Bound values come first or by name, are read leniently, and win over a field of the same name."""

    async def bound_(a: int, b: str, c: int = 0): ...

    bound_.__name__ = "bound"
    result = call(bound_, *values, bound=bound, keywords=keywords)
    if isinstance(expected, dict):
        expected = Arguments((), expected)
        if "c" not in result.kwargs:
            expected.kwargs.pop("c", None)

    assert expected == result


def test_a_bound_value_that_does_not_fit_is_the_applications_error():
    """No visitor can do anything about it, so it is no field error."""

    async def rename(user_id: int, name: str): ...

    with pytest.raises(DefinitionError, match="bound to 'user_id'"):
        convert(describe(rename), ["x", "y"], bound=1)


def test_the_number_of_errors_is_bounded():
    """A list of wrong items is one mistake: the answer does not grow with it."""
    errors = call(taking(list[int]), ["x"] * 10_000)

    assert 100 == len(errors)
