"""What is declared is what is sent and taken: React reads a result, TypeScript checks it against the declaration."""

import base64
import dataclasses
import datetime as dt
import decimal
import enum
import subprocess
import uuid
from pathlib import Path
from typing import Any, Generic, Literal, NamedTuple, NewType, TypedDict, TypeVar

import msgspec
import pytest
import typing_extensions
from pydantic import BaseModel, RootModel, computed_field

from jetbridge import Map
from jetbridge.schema.maps import compile_result
from jetbridge.schema.validate import compile_validator
from jetbridge.typescript.declarations import Declarations
from jetbridge.wire.flight import encode_flight
from jetbridge.wire.multipart import parse_multipart
from jetbridge.wire.reply import decode_call
from tests.differential.peer import node

ROOT = Path(__file__).parents[2]
T = TypeVar("T")
Id = NewType("Id", int)
Grades = typing_extensions.TypeAliasType("Grades", dict[int, "str | None"])
DAY = dt.date(2026, 1, 2)
NOON = dt.datetime(2026, 1, 2, 12, tzinfo=dt.UTC)
UUID = uuid.UUID(int=7)


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Number(enum.Enum):
    ONE = 1


class Color(enum.Enum):
    RED = "red"


class Word(enum.StrEnum):
    A = "a"


@dataclasses.dataclass(frozen=True)
class Point:
    x: int
    y: int


class Place(NamedTuple):
    row: int
    column: int


class Grading(BaseModel):
    grades: dict[int, str]
    none: dict[int, str] | None = None
    texts: dict[str, int] = {}


class Nested(BaseModel):
    gradings: list[Grading]
    by_number: dict[int, Grading] = {}
    next: "Nested | None" = None


class Counted(BaseModel):
    total: int

    @computed_field
    @property
    def by_digit(self) -> dict[int, str]:
        return {self.total: "total"}


class Open(BaseModel, extra="allow"):
    grades: dict[int, int]


class Rooted(RootModel[dict[int, str]]):
    pass


class Generic_(BaseModel, Generic[T]):
    found: dict[T, str]


@dataclasses.dataclass
class Box(Generic[T]):
    inside: T


class Keyed(TypedDict):
    grades: dict[int, str]


class Row(msgspec.Struct):
    grades: dict[int, str]


CASES: list[tuple[Any, Any]] = [
    (dict[int, str], {1: "a", 2: "b"}),
    (dict[int, str], {}),
    (dict[str, str], {}),
    (dict[str, int], {"a": 1}),
    (dict[Id, str], {1: "a"}),
    (dict[float, str], {1.5: "a"}),
    (dict[bool, str], {True: "a"}),
    (dict[Level, str], {Level.HIGH: "a"}),
    (dict[Number, str], {Number.ONE: "a"}),
    (dict[Color, int], {Color.RED: 1}),
    (dict[Word, int], {Word.A: 1}),
    (dict[Literal[1, 2], str], {1: "a"}),
    (dict[Literal["a", "b"], str], {"a": "b"}),
    (dict[uuid.UUID, str], {UUID: "a"}),
    (dict[dt.date, str], {DAY: "a"}),
    (dict[dt.datetime, str], {NOON: "a"}),
    (dict[decimal.Decimal, str], {decimal.Decimal("1.50"): "a"}),
    (dict[int | str, str], {1: "c"}),
    (dict[int | str, str], {"a": "b"}),
    (dict[int | None, str], {None: "b"}),
    (dict[str | None, str], {None: "b"}),
    (dict[tuple[int, int], str], {(1, 2): "a", (3, 4): "b"}),
    (dict[tuple[str, tuple[str, int]], str], {("a", ("b", 1)): "c"}),
    (dict[int, dict[int, list[dict[int, str]]]], {1: {2: [{3: "a"}, {}]}}),
    (dict[str, dict[int, str]], {"a": {1: "b"}}),
    (Map[str, int], {"a": 1}),
    (Map[str, int], Map({"a": 1})),
    (list[dict[int, str]], [{1: "a"}, {}]),
    (tuple[dict[int, str], dict[str, int], int], ({1: "a"}, {"a": 1}, 3)),
    (dict[int, str] | None, {1: "a"}),
    (dict[int, str] | None, None),
    (dict[int, str] | dict[str, int], {1: "a"}),
    (dict[int, str] | dict[str, int], {"a": 1}),
    (dict[int, str] | list[int] | str, {1: "a"}),
    (Keyed | dict[int, str], {"grades": {1: "a"}}),
    (Keyed | dict[int, str], {1: "a"}),
    (Grades, {1: None}),
    (Grading, Grading(grades={1: "a"})),
    (Grading, Grading(grades={}, none={2: "b"}, texts={"a": 1})),
    (Nested, Nested(gradings=[Grading(grades={1: "a"})], by_number={2: Grading(grades={})}, next=Nested(gradings=[]))),
    (Open, Open(grades={1: 2}, more="kept")),
    (Rooted, Rooted({1: "a"})),
    (list[Rooted], [Rooted({})]),
    (Generic_[int], Generic_[int](found={1: "a"})),
    (Generic_[str], Generic_[str](found={"a": "b"})),
    (Box[dict[int, str]], Box({1: "a"})),
    (Keyed, {"grades": {1: "a"}}),
    (list[Keyed], [{"grades": {}}, {"grades": {2: "b"}}]),
    (Row, Row({1: "a"})),
    (list[Row], [Row({})]),
    (dict[int, Row], {1: Row({2: "b"})}),
]
ONLY_RESULTS: list[tuple[Any, Any]] = [
    (Counted, Counted(total=3)),  # a computed field is not sent
    (dict[Point, str], {Point(1, 2): "a"}),  # objects cannot be keys in Python
    (dict[Place, str], {Place(1, 2): "a"}),  # pydantic has other ideas of how a NamedTuple is written
    (dict[bytes, str], {b"a": "b"}),
]


@pytest.fixture(scope="module")
def told(react):
    """Of each case the rows as React tells them: an expression, and the body of a call with it."""

    def tell(annotation, value):
        convert = compile_result(annotation)
        rows = encode_flight(value if convert is None else convert(value))
        return react.ask("retell", rows=base64.b64encode(rows).decode())

    return [(annotation, value, tell(annotation, value)) for annotation, value in CASES + ONLY_RESULTS]


@pytest.mark.parametrize("compiler", ["typescript", "typescript5"])
def test_declared(told, tmp_path, compiler):
    """What React makes of a result is of the type that is declared for it, and an argument of that type as well."""
    types = Declarations()
    ways = [(one, way, "written") for one in told for way in ("output", "input")][: 2 * len(CASES)]
    ways += [(one, "output", "written") for one in told[len(CASES) :]]
    for (annotation, _, _), way, _ in ways:
        types.see(annotation, way)
    types.close()
    lines = [line for one in types.declared() for line in one.lines]
    lines += [
        f"export const value{number}: {types.write(annotation, way)} = {said['written']}; // {annotation}"
        for number, ((annotation, _, said), way, _) in enumerate(ways)
    ]
    source = tmp_path / "declared.ts"
    source.write_text("\n".join(lines))
    tsc = ROOT / "js/node_modules" / compiler / "bin/tsc"
    flags = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "es2022", "--ignoreConfig"]
    flags = flags if compiler == "typescript" else flags[:-1]
    done = subprocess.run([node(), tsc, *flags, source], capture_output=True, text=True, timeout=120, check=False)

    assert "" == done.stdout


def test_taken(told):
    """Sent back by React's client, a result is the argument that it was."""
    expected, taken = [], []
    for annotation, value, said in told[: len(CASES)]:
        if "text" in said:
            (argument,) = decode_call(said["text"])
        else:
            entries = parse_multipart(said["contentType"], base64.b64decode(said["b64"]))
            (argument,) = decode_call(entries)
        check = compile_validator(annotation, where="here").flight
        expected.append((annotation, value))
        taken.append((annotation, check(argument)))

    assert expected == taken
