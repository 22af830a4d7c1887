"""What changes a fingerprint, and what does not."""

import dataclasses
import enum
import typing

import msgspec
import pytest
from pydantic import BaseModel, Field

from jetbridge.schema.describe import describe
from jetbridge.schema.fingerprint import LENGTH, fingerprint
from jetbridge.schema.supply import Provide

HEADER = """
from __future__ import annotations
import dataclasses, enum, typing, uuid
from typing import Annotated, Literal, NewType, Optional, TypedDict, Union
import typing_extensions
from pydantic import BaseModel, Field
from jetbridge.schema.supply import Provide
"""


def print_of(source):
    """The fingerprint of the function `f` in a module of this text."""
    namespace = {"__name__": __name__}
    exec(compile(HEADER + source, "made.py", "exec"), namespace)
    return fingerprint(describe(namespace["f"]))


SAME = {
    "its name for the page, body, docstring and result": (
        "async def f(a: int): pass",
        "async def f(a: int) -> str:\n  'new'\n  return 'x'",
    ),
    "a default's value": ("async def f(a: int = 1): pass", "async def f(a: int = 2): pass"),
    "constraints": ("async def f(a: int): pass", "async def f(a: Annotated[int, Field(gt=3)]): pass"),
    "what the server supplies": (
        "async def f(a: int): pass",
        "async def f(a: int, *, db: Annotated[object, Provide(dict)]): pass",
    ),
    "how a union is written": (
        "async def f(a: Optional[Union[int, str]]): pass",
        "async def f(a: str | None | int): pass",
    ),
    "the name of a model": (
        "class A(BaseModel):\n  x: int\nasync def f(a: A): pass",
        "class B(BaseModel):\n  x: int\nasync def f(a: B): pass",
    ),
    "a NewType": ("async def f(a: int): pass", "Id = NewType('Id', int)\nasync def f(a: Id): pass"),
}
OTHER = {
    "another name": ("async def f(a: int): pass", "async def f(b: int): pass"),
    "another type": ("async def f(a: int): pass", "async def f(a: str): pass"),
    "another order": ("async def f(a: int, b: int): pass", "async def f(b: int, a: int): pass"),
    "one more": ("async def f(a: int): pass", "async def f(a: int, b: int = 1): pass"),
    "no longer optional": ("async def f(a: int = 1): pass", "async def f(a: int): pass"),
    "by name only": ("async def f(a: int): pass", "async def f(*, a: int): pass"),
    "a member of what pydantic takes for a TypedDict": (
        "class A(typing_extensions.TypedDict):\n  x: int\nasync def f(a: A): pass",
        "class A(typing_extensions.TypedDict):\n  x: str\nasync def f(a: A): pass",
    ),
    "the items of a list": ("async def f(a: list[int]): pass", "async def f(a: list[str]): pass"),
    "one more literal": ("async def f(a: Literal['x']): pass", "async def f(a: Literal['x', 'y']): pass"),
    "a field of a model": (
        "class A(BaseModel):\n  x: int\nasync def f(a: A): pass",
        "class A(BaseModel):\n  x: int\n  y: int = 1\nasync def f(a: A): pass",
    ),
    "an alias of a field": (
        "class A(BaseModel):\n  x: int\nasync def f(a: A): pass",
        "class A(BaseModel):\n  x: int = Field(alias='y')\nasync def f(a: A): pass",
    ),
    "a field deep inside": (
        "class A(BaseModel):\n  x: int\nasync def f(a: dict[str, list[A]]): pass",
        "class A(BaseModel):\n  x: str\nasync def f(a: dict[str, list[A]]): pass",
    ),
    "a field of a dataclass": (
        "@dataclasses.dataclass\nclass A:\n  x: int\nasync def f(a: A): pass",
        "@dataclasses.dataclass\nclass A:\n  x: int = 1\nasync def f(a: A): pass",
    ),
    "a key of a TypedDict": (
        "class A(TypedDict):\n  x: int\nasync def f(a: A): pass",
        "class A(TypedDict, total=False):\n  x: int\nasync def f(a: A): pass",
    ),
    "a member of an enum": (
        "class A(enum.Enum):\n  X = 'x'\nasync def f(a: A): pass",
        "class A(enum.Enum):\n  X = 'y'\nasync def f(a: A): pass",
    ),
}


@pytest.mark.parametrize("change", SAME)
def test_what_is_not_sent_does_not_count(change):
    """A page from before such a change goes on working."""
    before, after = SAME[change]

    assert print_of(before) == print_of(after)


@pytest.mark.parametrize("change", OTHER)
def test_what_is_sent_counts(change):
    """A page from before such a change could send what means something else."""
    before, after = OTHER[change]

    assert print_of(before) != print_of(after)


class Tree(BaseModel):
    branches: list["Tree"] = []
    name: str = Field(validation_alias="label")


class Color(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Point:
    x: int
    color: Color = Color.RED


class Struct(msgspec.Struct):
    first: int
    second: str = ""


class Keys(typing.TypedDict):
    a: typing.NotRequired[int]


async def takes_all(
    tree: Tree, point: Point, struct: Struct, keys: Keys, *rest: int, db: typing.Annotated[int, Provide(int)] = 1
):
    pass


def test_a_fingerprint_does_not_depend_on_the_process():
    """Every worker and every release of Python has the same; kinds of types that contain themselves end."""
    found = fingerprint(describe(takes_all), ["user"])

    assert "lGDVzKxL" == found
    assert LENGTH == len(found)
    assert found != fingerprint(describe(takes_all), ["user", "db"])
