"""What annotations become in TypeScript, in either direction."""

import dataclasses
import datetime as dt
import decimal
import enum
import pathlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, NotRequired, TypedDict, TypeVar

import msgspec
import pytest
import typing_extensions
from pydantic import BaseModel, EmailStr, Field, HttpUrl, RootModel, SecretStr, computed_field

from jetbridge import BigInt, FormData, Map, Upload
from jetbridge.errors import Redirect
from jetbridge.schema.describe import MISSING
from jetbridge.typescript.declarations import Declarations
from jetbridge.wire.model import Element

T = TypeVar("T")
UserId = NewType("UserId", int)
Json = typing_extensions.TypeAliasType("Json", str | list["Json"] | dict[str, "Json"])


class Color(enum.Enum):
    """What it looks like."""

    RED = "red"
    DARK = "dark red"


class DateKind(enum.StrEnum):
    BIRTH = "birth"


class Plain(BaseModel):
    name: str


class Person(BaseModel):
    """Somebody."""

    name: str = Field(description="In full")
    nick: str | None
    color: Color = Color.RED
    friend: "Person | None" = None
    kebab: int = Field(default=0, alias="kebab-case")

    @computed_field
    @property
    def length(self) -> int:
        return len(self.name)


class Page(BaseModel, Generic[T]):
    items: list[T]


@dataclasses.dataclass
class Box(Generic[T]):
    inside: T


class Partly(TypedDict):
    a: int
    b: NotRequired[str]


class Struct(msgspec.Struct, rename="camel"):
    first_name: str


class Tags(RootModel[list[str]]):
    pass


class Pair(NamedTuple):
    left: int
    right: str


def written(annotation, direction="output"):
    """The type, and the declarations that it needs."""
    types = Declarations()
    types.see(annotation, direction)
    types.close()
    return types.write(annotation, direction), ["\n".join(one.lines) for one in types.declared()]


@pytest.mark.parametrize(
    ("annotation", "sent", "given"),
    [
        (None, "null", "null"),
        (bool, "boolean", "boolean"),
        (int, "number", "number"),
        (float, "number", "number"),
        (str, "string", "string"),
        (bytes, "Uint8Array", "Uint8Array"),
        (dt.datetime, "Date", "Date"),
        (dt.date, "string", "string"),
        (dt.timedelta, "string | number", "string"),
        (decimal.Decimal, "string | number", "string"),
        (uuid.UUID, "string", "string"),
        (pathlib.Path, "string", "string"),
        (EmailStr, "string", "string"),
        (HttpUrl, "string", "string"),
        (SecretStr, "string", "never"),
        (Any, "unknown", "unknown"),
        (MISSING, "unknown", "unknown"),
        (UserId, "number", "number"),
        (Annotated[int, Field(gt=0)], "number", "number"),
        (Upload, "File | Blob", "Blob"),
        (FormData, "FormData", "FormData"),
        (BigInt, "bigint", "bigint"),
        (Literal["a", 1, True, None], '"a" | 1 | true | null', '"a" | 1 | true | null'),
        (str | None, "string | null", "string | null"),
        (None | int | str, "number | string | null", "number | string | null"),
        (list[int], "number[]", "number[]"),
        (list[int | None], "Array<number | null>", "Array<number | null>"),
        (Sequence[str], "string[]", "string[]"),
        (tuple[int, str], "[number, string]", "[number, string]"),
        (tuple[int, ...], "number[]", "number[]"),
        (Pair, "[left: number, right: string]", "[left: number, right: string]"),
        (set[str], "Set<string>", "Set<string>"),
        (dict, "{ [key: string]: unknown }", "{ [key: string]: unknown }"),
        (Mapping[str, int], "{ [key: string]: number }", "{ [key: string]: number }"),
        (dict[int, str], "Map<number, string>", "Map<number, string>"),
        (dict[Literal[1, 2], str], "Map<1 | 2, string>", "Map<1 | 2, string>"),
        (dict[str | None, str], "Map<string | null, string>", "Map<string | null, string>"),
        (dict[tuple[str, str], str], "Map<[string, string], string>", "Map<[string, string], string>"),
        (dict[bytes, str], "Map<Uint8Array, string>", "Map<Uint8Array, string>"),
        (dict[uuid.UUID, str], "{ [key: string]: string }", "{ [key: string]: string }"),
        (dict[decimal.Decimal, str], "{ [key: string]: string }", "{ [key: string]: string }"),
        (
            dict[Literal["phone number", 'a"Date'], str],
            "{ [key: string]: string }",
            "{ [key: string]: string }",
        ),
        (Map[str, int], "Map<string, number>", "Map<string, number>"),
        (AsyncIterator[int], "AsyncIterable<number>", "AsyncIterable<number>"),
        (Awaitable[int], "Promise<number>", "Promise<number>"),
        (str | Redirect, "string", "string"),
    ],
)
def test_plain_types(annotation, sent, given):
    """Each direction has the type that arrives in it."""
    assert (sent, given) == (written(annotation, "input")[0], written(annotation, "output")[0])


@pytest.mark.parametrize(
    ("annotation", "direction", "name", "declared"),
    [
        (Color, "input", "Color", ['/** What it looks like. */\nexport type Color = "red" | "dark red";']),
        (Plain, "output", "Plain", ["export interface Plain {\n  name: string;\n}"]),
        (list[Plain], "input", "Plain[]", ["export interface Plain {\n  name: string;\n}"]),
        (Page[int], "output", "PageInt", ["export interface PageInt {\n  items: number[];\n}"]),
        (Box[int], "input", "BoxInt", ["export interface BoxInt {\n  inside: number;\n}"]),
        (Partly, "input", "Partly", ["export interface Partly {\n  a: number;\n  b?: string;\n}"]),
        (Struct, "input", "Struct", ["export interface Struct {\n  firstName: string;\n}"]),
        (Struct, "output", "Struct", ["export interface Struct {\n  first_name: string;\n}"]),
        (Tags, "output", "Tags", ["export type Tags = string[];"]),
        (Json, "input", "Json", ["export type Json = string | Json[] | { [key: string]: Json };"]),
    ],
)  # fmt: skip
def test_named_types(annotation, direction, name, declared):
    """A class is an interface, an enum or alias a type, under its own name."""
    assert (name, declared) == written(annotation, direction)


def test_keys_of_a_class_whose_name_holds_a_type():
    """They are text all the same, so that the dict is an object."""
    assert "{ [key: string]: string }" == written(dict[DateKind, str], "output")[0]


def test_a_page_in_a_result():
    """What React renders is what React calls it."""
    assert "ReactNode" == written(list[Element] | Element)[0]


def test_a_model_in_both_directions():
    """What has a default may be left out when it is sent, and is there when it comes back; so there are two."""
    types = Declarations()
    types.see(Person, "input")
    types.see(Person, "output")
    types.close()
    sent, _, given = ["\n".join(one.lines) for one in types.declared()]

    assert ("PersonInput", "Person") == (types.write(Person, "input"), types.write(Person, "output"))
    assert [
        "/** Somebody. */",
        "export interface PersonInput {",
        "  /** In full */",
        "  name: string;",
        "  nick: string | null;",
        "  color?: Color;",
        "  friend?: PersonInput | null;",
        '  "kebab-case"?: number;',
        "}",
    ] == sent.splitlines()
    assert [
        "/** Somebody. */",
        "export interface Person {",
        "  /** In full */",
        "  name: string;",
        "  nick: string | null;",
        "  color: Color;",
        "  friend: Person | null;",
        "  kebab: number;",
        "  length: number;",
        "}",
    ] == given.splitlines()


def test_names_are_unique():
    """Two classes of one name, and one called like a type of JavaScript's, get names that no other has."""

    class Date(BaseModel):
        day: int

    other = type("Plain", (BaseModel,), {"__annotations__": {"text": str}, "__module__": "shop.forms"})
    types = Declarations()
    for annotation in (Plain, other, Date):
        types.see(annotation, "output")
    types.close()

    assert ["Plain", "FormsPlain", "Test_annotationsDate"] == [one.name for one in types.declared()]
