"""What leaves is what the return type has, at any depth; where nothing can leak nothing is done."""

import dataclasses
import typing
from collections.abc import AsyncIterator, Awaitable, Generator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, NewType, TypedDict, TypeVar

import msgspec
import pytest
import typing_extensions
from pydantic import BaseModel, Field, SecretStr

from jetbridge.schema.maps import compile_result
from jetbridge.schema.outgoing import Compiler
from jetbridge.wire.flight import encode_flight
from jetbridge.wire.model import Map, MapPairs
from jetbridge.wire.rows import decode_flight

T = TypeVar("T")
LEAK = "leaked"


class User(BaseModel):
    name: str = "Ada"


class Account(User):
    password: str = LEAK


class Admin(User):
    level: int = 3


class Team(BaseModel):
    lead: User
    members: list[User] = []


class Paged(BaseModel, Generic[T]):
    items: list[T]


@dataclasses.dataclass
class Point:
    x: int = 1


@dataclasses.dataclass
class Deep(Point):
    password: str = LEAK


@dataclasses.dataclass
class Box(Generic[T]):
    inside: T


@dataclasses.dataclass
class Node:
    user: User
    next: "Node | None" = None


class Row(msgspec.Struct):
    name: str = "Ada"


class WideRow(Row):
    password: str = LEAK


class Keys(TypedDict):
    name: str


class Wide(Keys):
    user: User


class OldKeys(typing_extensions.TypedDict):  # as pydantic wants them before Python 3.12
    name: str


class Unrelated(BaseModel):
    name: str = "Ada"
    password: str = LEAK


UserId = NewType("UserId", str)
NAME = {"name": "Ada"}

CASES = [
    (User, Account(), NAME),
    (User, Account(name="Bob"), {"name": "Bob"}),
    (User, {"name": "Ada", "password": LEAK}, NAME),
    (User, Unrelated(), NAME),
    (User, WideRow(), NAME),
    (Annotated[User, Field(description="x")], Account(), NAME),
    (User | None, Account(), NAME),
    (User | None, None, None),
    (typing.Optional[User], Account(), NAME),  # noqa: UP045
    (list[User], [User(), Account()], [NAME, NAME]),
    (Sequence[User], (Account(),), [NAME]),
    (set[UserId], {"a"}, {"a"}),
    (tuple[int, User], (1, Account()), [1, NAME]),
    (tuple[User, ...], (Account(), User()), [NAME, NAME]),
    (dict[str, User], {"a": Account()}, {"a": NAME}),
    (Mapping[str, list[User]], {"a": [Account()]}, {"a": [NAME]}),
    (Team, Team(lead=Account(), members=[Account()]), {"lead": NAME, "members": [NAME]}),
    (Paged[User], Paged[User](items=[Account()]), {"items": [NAME]}),
    (Paged[User], Paged(items=[Account()]), {"items": [NAME]}),
    (list[Paged[User]], [Paged(items=[Account()])], [{"items": [NAME]}]),
    (Point, Deep(), {"x": 1}),
    (list[Point], [Deep(), Point(2)], [{"x": 1}, {"x": 2}]),
    (Box[User], Box(Account()), {"inside": NAME}),
    (Box[list[Point]], Box([Deep()]), {"inside": [{"x": 1}]}),
    (Box[int], Box(1), {"inside": 1}),
    (Node, Node(User(), Node(Account())), {"user": NAME, "next": {"user": NAME, "next": None}}),
    (Row, WideRow(), NAME),
    (Keys, {"name": "Ada", "password": LEAK}, NAME),
    (Wide, {"name": "Ada", "user": Account(), "password": LEAK}, {"name": "Ada", "user": NAME}),
    (User | Admin, Admin(), {"name": "Ada", "level": 3}),
    (User | Admin, Account(), NAME),
    (Admin | User, {"name": "Ada", "password": LEAK}, NAME),
    (Literal["none"] | User, "none", "none"),
    (Literal["none"] | User, Account(), NAME),
    (User | Point, Deep(), {"x": 1}),
    (int | list[User], [Account()], [NAME]),
    (list[Keys], [{"name": "Ada"}, {"name": "Ada", "password": LEAK}], [NAME, NAME]),
    (list[Keys], [{"name": "Ada"}, Account()], [NAME, NAME]),
    (list[Point], [Point(), Deep()], [{"x": 1}, {"x": 1}]),
    (Iterator[User], iter([Account(), User()]), [NAME, NAME]),
    (Generator[Point, None, None], (one for one in [Deep()]), [{"x": 1}]),
    (Iterable[list[Keys]], map(list, [[{"name": "Ada", "password": LEAK}]]), [[NAME]]),
    (OldKeys, {"name": "Ada", "password": LEAK}, NAME),
    (list[OldKeys | Point], [{"name": "Ada", "password": LEAK}, Deep()], [NAME, {"x": 1}]),
    (Keys | list[User] | None, {"name": "Ada", "password": LEAK}, NAME),
]


def compile_keep(annotation):
    return Compiler().keep_of(annotation, {})


@pytest.mark.parametrize(("annotation", "value", "expected"), CASES, ids=[str(i) for i, _ in enumerate(CASES)])
def test_only_what_the_type_has(annotation, value, expected):
    """What is sent has the members of the declared type and no others."""
    keep = compile_keep(annotation)
    sent = decode_flight(encode_flight(value if keep is None else keep(value)))

    assert expected == sent


@pytest.mark.parametrize(
    "annotation",
    [
        None, int, str, bytes, datetime, Any, object, dict, list, dict[str, int], dict[str, Any], list[str], UserId,
        Literal["a"], int | None, tuple[int, ...], AsyncIterator[str], Awaitable[int], BaseModel, T, list[T],
        User | Any, Annotated[int, Field(gt=1)], SecretStr, "written as text", typing.Callable[[int], User],
    ],
)  # fmt: skip
def test_nothing_is_done_where_nothing_can_leak(annotation):
    """A plain type costs nothing when an action runs."""
    assert compile_keep(annotation) is None


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (User, User()),
        (list[User], [User(), User()]),
        (Team, Team(lead=User())),
        (Node, Node(User())),
        (dict[str, Point], {"a": Point()}),
        (Keys, {"name": "Ada"}),
        (list[Keys], [{"name": "Ada"}, {}]),
        (list[Keys], []),
        (list[Point], (Point(), Point())),
        (User | None, User()),
    ],
)
def test_what_fits_stays_the_object_it_is(annotation, value):
    """So that its own serializers run, and nothing is copied."""
    assert compile_keep(annotation)(value) is value


async def test_streams():
    """Each item of an async iterable and the result of an awaitable, whether anyone waits for it or not."""

    async def users():
        yield Account()
        yield User()

    async def user():
        return Account()

    stream, later, dropped = compile_keep(AsyncIterator[User]), compile_keep(Awaitable[User]), user()
    kept = [dict(one) async for one in stream(users())]
    compile_keep(Awaitable[User])(dropped).close()

    assert [NAME, NAME] == kept
    assert NAME == await later(user())


async def test_a_stream_is_closed_below():
    """Who stops reading stops the generator that the action returned."""
    ended = []

    async def users():
        try:
            while True:
                yield Account()
        finally:
            ended.append(True)

    iterator = aiter(compile_keep(AsyncIterator[User])(users()))
    await anext(iterator)
    await iterator.aclose()

    assert [True] == ended


@pytest.mark.parametrize(
    ("annotation", "value", "expected"),
    [
        (dict[int, User], {1: Account()}, Map({1: {"name": "Ada"}})),
        (Map[str, User], Map({"a": Account()}), Map({"a": {"name": "Ada"}})),
        (Map[str, int], {"a": 1}, Map({"a": 1})),
        (MapPairs[str, User], MapPairs([("a", Account())]), Map({"a": {"name": "Ada"}})),
        (dict[Literal["a"], User] | dict[int, int], {"a": Account()}, {"a": {"name": "Ada"}}),
        (
            dict[int, int] | Wide,
            {"name": "Ada", "user": Account(), "more": 1},
            {"name": "Ada", "user": {"name": "Ada"}},
        ),
    ],
)
def test_maps(annotation, value, expected):
    """A dict whose keys are no text is a Map, and what stands in it has only what its type has."""
    sent = decode_flight(encode_flight(compile_result(annotation)(value)))

    assert (expected, type(expected)) == (sent, type(sent))


@pytest.mark.parametrize("annotation", [dict[str, int], list[dict[str, Any]], Point, Node, Any, int | None])
def test_nothing_more_is_done_where_there_is_no_map(annotation):
    """A type without a Map costs what it did."""
    assert (compile_keep(annotation) is None) == (compile_result(annotation) is None)


@pytest.mark.parametrize("value", [[User()], [Point()], [Point(), User()], []])
def test_lists_of_one_thing_or_another(value):
    """Each item has what its own type has."""
    kept = compile_keep(list[User] | list[Point])([Deep() if type(one) is Point else Account() for one in value])

    assert decode_flight(encode_flight(value)) == decode_flight(encode_flight(kept))
