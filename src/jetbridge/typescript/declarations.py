"""Declarations: the annotations of one file in, the named types that it declares out.

Each class, enum and alias is declared once, under a name that no other has. Where a class reads differently in the two
directions (a default makes a member optional to send, and never to get) the input's has `Input` after its name.
"""

import json
import re
import sys
import types
import typing
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any, Final

from msgspec import Struct
from pydantic import RootModel

from jetbridge.typescript.annotations import IDENTIFIER, write_literal, write_type
from jetbridge.typescript.records import Direction, Member, is_open, is_record, members, summary

__all__ = ["Declarations", "as_key", "jsdoc"]

DIRECTIONS: Final[tuple[Direction, Direction]] = ("input", "output")

# Names that the declarations themselves use: a class of that name gets another one.
RESERVED: Final = frozenset(
    [
        "Array",
        "ArrayBuffer",
        "ArrayBufferView",
        "AsyncIterable",
        "Blob",
        "Date",
        "File",
        "FormData",
        "Map",
        "Promise",
        "ReactNode",
        "Record",
        "ServerAction",
        "Set",
        "Uint8Array",
        "any",
        "bigint",
        "boolean",
        "never",
        "null",
        "number",
        "object",
        "string",
        "symbol",
        "undefined",
        "unknown",
        "void",
    ]
)


def jsdoc(text: str, indent: str = "") -> list[str]:
    """The lines of a comment that editors show; none for no text."""
    lines = [line.rstrip().replace("*/", "*\\/") for line in text.strip().splitlines()]
    if not lines:
        return []
    if len(lines) == 1:
        return [f"{indent}/** {lines[0]} */"]
    return [f"{indent}/**", *(f"{indent} * {line}".rstrip() for line in lines), f"{indent} */"]


def as_key(name: str) -> str:
    """A member's name as an object type has it."""
    return name if IDENTIFIER.fullmatch(name) else json.dumps(name, ensure_ascii=False)


class Declaration(Struct, frozen=True):
    """One named type of the file, with the class that go-to-definition opens."""

    name: str
    lines: tuple[str, ...]
    source: Any


class Declarations:
    """The named types of one file. Ask for all types first, with `see`; then they have their names."""

    def __init__(self) -> None:
        self._seen: dict[tuple[Any, Direction], None] = {}
        self._names: dict[tuple[Any, Direction], str] = {}

    # --- first all that will be written

    def see(self, annotation: Any, direction: Direction) -> None:
        """Note a type and the named ones inside it."""

        def note(named: Any, way: Direction) -> str:
            if (named, way) not in self._seen:
                self._seen[named, way] = None
                for inner in _inside(named, way):
                    write_type(inner, way, note)
            return ""

        write_type(annotation, direction, note)

    def close(self) -> None:
        """Give names to all that was seen: in its order, so that the same input has the same ones."""
        taken: set[str] = set(RESERVED)
        plain: dict[Any, str] = {}
        for named, _ in self._seen:
            if named not in plain:
                plain[named] = _free(named, taken)
        two_sided = _differing([named for named, _ in self._seen])
        for named, way in self._seen:
            name = plain[named]
            if way == "input" and named in two_sided and (named, "output") in self._seen:
                name = _next_free([f"{name}Input"], taken)
            self._names[named, way] = name

    # --- then what is written

    def write(self, annotation: Any, direction: Direction) -> str:
        """The type as it stands in this file."""
        return write_type(annotation, direction, lambda named, way: self._names[named, way])

    def declared(self) -> list[Declaration]:
        """Every named type once, in the order in which they were seen."""
        done: dict[str, Declaration] = {}
        for named, way in self._seen:
            name = self._names[named, way]
            if name not in done:
                done[name] = Declaration(name, tuple(self._declaration(name, named, way)), named)
        return list(done.values())

    def _declaration(self, name: str, named: Any, way: Direction) -> Iterable[str]:
        origin = typing.get_origin(named) or named
        if not _is_object(named):
            yield from jsdoc(summary(origin) if isinstance(origin, type) else "")
            inner = _inside(named, way)
            text = _enum(named) if not inner else self.write(inner[0], way)
            yield f"export type {name} = {text};"
            return
        yield from jsdoc(summary(origin))
        yield f"export interface {name} {{"
        for member in members(named, way):
            yield from jsdoc(member.doc, "  ")
            yield f"  {as_key(member.name)}{'' if member.required else '?'}: {self.write(member.annotation, way)};"
        if is_open(named):
            yield "  [key: string]: unknown;"
        yield "}"


# --- named types


def _is_object(named: Any) -> bool:
    return is_record(named) and not _is_root(named)


def _is_root(named: Any) -> bool:
    return isinstance(named, type) and issubclass(named, RootModel)


def _inside(named: Any, way: Direction) -> list[Any]:
    return [member.annotation for member in _shape(named, way)]


def _shape(named: Any, way: Direction) -> list[Member]:
    """The members of a named type; an alias is taken for one with a single member, an enum has none."""
    if _is_root(named):
        return [Member("", named.model_fields["root"].annotation, True)]
    if is_record(named):
        return members(named, way)
    if isinstance(named, type):
        return []
    alias: Any = typing.get_origin(named) or named
    # One that contains itself may say so in quotes.
    names = vars(sys.modules.get(alias.__module__, types))
    said = SimpleNamespace(__annotations__={"": alias.__value__})
    value = typing.get_type_hints(said, names, include_extras=True)[""]
    return [Member("", value[typing.get_args(named)] if named is not alias else value, True)]


def _differing(all_named: Iterable[Any]) -> set[Any]:
    """The named types that read differently in the two directions: themselves, or by one inside them."""
    inside: dict[Any, set[Any]] = {}
    found: set[Any] = set()
    for named in all_named:
        inside[named] = set()

        def note(inner: Any, _: Direction, into: set[Any] = inside[named]) -> str:
            into.add(inner)
            return f"#{id(inner)}"

        sides = [
            [(one.name, one.required, write_type(one.annotation, way, note)) for one in _shape(named, way)]
            for way in DIRECTIONS
        ]
        if sides[0] != sides[1]:
            found.add(named)
    while more := {named for named, inner in inside.items() if named not in found and inner & found}:
        found |= more
    return found


def _free(named: Any, taken: set[str]) -> str:
    """A name for a class that no other one in the file has: its own, with its module's before it, or numbered."""
    text = _spelled(named)
    module = str(getattr(named, "__module__", "")).rpartition(".")[2]
    return _next_free([text, _capital(module) + text], taken)


def _next_free(wishes: list[str], taken: set[str]) -> str:
    numbered = (f"{wishes[-1]}{number}" for number in range(2, len(taken) + 3))
    name = next(wish for wish in (*wishes, *numbered) if wish not in taken)
    taken.add(name)
    return name


def _spelled(annotation: Any) -> str:
    """A class's name as an identifier, with the arguments of a generic one: `Page[User]` is `PageUser`."""
    arguments = typing.get_args(annotation)
    origin = typing.get_origin(annotation) or annotation
    name = getattr(origin, "__name__", None) or re.sub(r"\W+", " ", str(origin)).title()
    words = [name, *(_spelled(argument) for argument in arguments)] if arguments else re.split(r"\W+", name)
    text = "".join(_capital(word) for word in words if word)
    return text if IDENTIFIER.fullmatch(text) else f"Type{re.sub(r'[^A-Za-z0-9_]', '_', text)}"


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def _enum(named: Any) -> str:
    return " | ".join(dict.fromkeys(write_literal(member) for member in named)) or "never"
