"""Annotations: Python's types in, TypeScript's out, for what a client sends (input) and for what it gets (output).

One `Declarations` holds what one file declares: each class, enum and alias once, under a name that no other has. Where
a class reads differently in the two directions (a default makes a member optional to send, and never to get) the
input's has `Input` after its name.
"""

import dataclasses
import enum
import json
import re
import sys
import types
import typing
from collections import deque
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Coroutine,
    Generator,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
    MutableSequence,
    MutableSet,
    Sequence,
    Set,
)  # fmt: skip
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Annotated, Any, Final, Literal, cast

import typing_extensions
from pydantic import RootModel, Secret, SecretBytes, SecretStr, TypeAdapter

from jetbridge.errors import ControlFlow
from jetbridge.schema.describe import MISSING
from jetbridge.typescript.records import Direction, Member, is_open, is_record, members, summary
from jetbridge.wire.model import (
    BigInt,
    Element,
    FormData,
    Map,
    MapPairs,
    SetItems,
    TypedArray,
    Undefined,
    Upload,
)  # fmt: skip
from jetbridge.wire.plain import AS_TEXT

__all__ = ["Declarations", "as_key", "jsdoc"]

NODE: Final = "ReactNode"

# What one class is in either direction; the first that a class derives from counts, so bool stands before int.
PLAIN: Final[Mapping[type, tuple[str, str]]] = {
    type(None): ("null", "null"),
    bool: ("boolean", "boolean"),
    BigInt: ("bigint", "bigint"),
    int: ("number", "number"),
    float: ("number", "number"),
    str: ("string", "string"),
    TypedArray: ("ArrayBufferView | ArrayBuffer", "ArrayBufferView | ArrayBuffer"),
    bytes: ("Uint8Array", "Uint8Array"),
    bytearray: ("Uint8Array", "Uint8Array"),
    datetime: ("Date", "Date"),
    date: ("string", "string"),
    time: ("string", "string"),
    timedelta: ("string | number", "string"),
    Upload: ("File | Blob", "Blob"),  # on its way back a File's name is lost
    FormData: ("FormData", "FormData"),
    Undefined: ("undefined", "undefined"),
    SecretStr: ("string", "never"),
    SecretBytes: ("Uint8Array", "never"),
    Element: ("never", NODE),
    **dict.fromkeys(AS_TEXT, ("string", "string")),
    Decimal: ("string | number", "string"),
}
LISTS: Final = frozenset({list, deque, Sequence, MutableSequence, Collection, Iterable, Iterator, Generator})
SETS: Final = frozenset({set, frozenset, Set, MutableSet, SetItems})
MAPPINGS: Final = frozenset({dict, Mapping, MutableMapping})
ASYNC: Final = frozenset({AsyncIterator, AsyncIterable, AsyncGenerator})
UNIONS: Final = frozenset({typing.Union, types.UnionType})
UNKNOWN: Final = frozenset({Any, object})
WORDS: Final[Mapping[Any, str]] = {
    None: "null",
    typing.Never: "never",
    typing.NoReturn: "never",
    typing.LiteralString: "string",
}
AWAITABLE: Final = frozenset({Awaitable, Coroutine})
MARKS: Final = frozenset({
    typing_extensions.Required, typing_extensions.NotRequired, typing_extensions.ReadOnly, Final, typing.ClassVar,
})  # fmt: skip

# Core schemas of pydantic whose values stand for themselves; all others (url, uuid, decimal…) are text.
SCALARS: Final = {"int": "number", "float": "number", "bool": "boolean", "datetime": "Date", "bytes": "Uint8Array"}

DIRECTIONS: Final[tuple[Direction, Direction]] = ("input", "output")
Refer = Callable[[Any, Direction], str]

IDENTIFIER: Final = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)
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


@dataclasses.dataclass(frozen=True, slots=True)
class Declaration:
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
                    _write(inner, way, note)
            return ""

        _write(annotation, direction, note)

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
        return _write(annotation, direction, lambda named, way: self._names[named, way])

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
            [(m.name, m.required, _write(m.annotation, way, note)) for m in _shape(named, way)] for way in DIRECTIONS
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


# --- types


def _write(annotation: Any, way: Direction, refer: Refer) -> str:
    """One annotation as a type; `refer` gives what stands for a named one."""
    # null last, as people write it; what nobody can send or get is no choice.
    found = list(dict.fromkeys(_alternatives(annotation, way, refer)))
    if NODE in found:
        return NODE  # which takes all that stands beside it
    chosen = [text for text in found if text not in {"null", "never"}] + [text for text in found if text == "null"]
    return " | ".join(chosen) or "never"


def _alternatives(annotation: Any, way: Direction, refer: Refer) -> Iterator[str]:
    """The members of the union that is written for an annotation; one, for most."""
    one = _bare(annotation)
    origin, arguments = typing.get_origin(one), typing.get_args(one)
    if origin in UNIONS:
        for member in arguments:
            if not _is_control_flow(member):
                yield from _alternatives(member, way, refer)
        if all(_is_control_flow(member) for member in arguments):
            yield "void"
    elif origin is Literal:
        for value in arguments:
            yield _literal(value)
    elif isinstance(one, typing.TypeVar):
        yield from _alternatives(one.__bound__ or Any, way, refer)
    elif isinstance(origin or one, typing_extensions.TypeAliasType):
        yield refer(one, way)
    elif one is MISSING or one in UNKNOWN:
        yield "unknown"
    elif one in WORDS:
        yield WORDS[one]
    elif origin is None and isinstance(one, type) and (known := _plain(one)) is not None:
        yield from known[0 if way == "input" else 1].split(" | ")
    else:
        yield _generic(one, origin or one, arguments, way, refer)


def _plain(cls: type) -> tuple[str, str] | None:
    if issubclass(cls, enum.Enum) and cls is not Undefined:
        return None
    return next((PLAIN[base] for base in cls.__mro__ if base in PLAIN), None)


def _bare(annotation: Any) -> Any:
    """`annotation` without what says nothing about its shape."""
    while True:
        origin = typing.get_origin(annotation)
        if origin is Annotated or origin in MARKS:
            annotation = typing.get_args(annotation)[0]
        elif hasattr(annotation, "__supertype__"):
            annotation = annotation.__supertype__
        else:
            return annotation


def _is_control_flow(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, ControlFlow)


def _generic(one: Any, origin: Any, arguments: Sequence[Any], way: Direction, refer: Refer) -> str:
    def inner(index: int) -> str:
        return _write(arguments[index], way, refer) if index < len(arguments) else "unknown"

    if origin is tuple and arguments and not (len(arguments) == 2 and arguments[1] is Ellipsis):
        return f"[{', '.join(_write(argument, way, refer) for argument in arguments if argument != ())}]"
    if origin is tuple or origin in LISTS:
        return _many(inner(0))
    if origin in SETS:
        return f"Set<{inner(0)}>"
    if origin in {Map, MapPairs}:
        return f"Map<{inner(0)}, {inner(1)}>"
    if origin in MAPPINGS or (isinstance(origin, type) and issubclass(origin, dict) and not is_record(origin)):
        return _mapping(arguments, inner)
    if origin in ASYNC:
        return f"AsyncIterable<{inner(0)}>"
    if origin in AWAITABLE:
        return f"Promise<{_write(arguments[-1], way, refer) if arguments else 'unknown'}>"
    if origin is Callable or origin is types.FunctionType:
        return "(...args: unknown[]) => Promise<unknown>"
    return _class(one, cast("type", origin), way, refer) if isinstance(origin, type) else "unknown"


def _many(item: str) -> str:
    return f"{item}[]" if IDENTIFIER.fullmatch(item) else f"Array<{item}>"


def _mapping(arguments: Sequence[Any], inner: Callable[[int], str]) -> str:
    """An object where its keys are text, else a Map: JavaScript's objects have no other keys."""
    if not arguments:
        return "{ [key: string]: unknown }"
    key = inner(0)
    if "number" in key or "bigint" in key or "boolean" in key or "Date" in key:
        return f"Map<{key}, {inner(1)}>"
    return f"{{ [key: string]: {inner(1)} }}"


def _class(one: Any, origin: type, way: Direction, refer: Refer) -> str:
    if issubclass(origin, ControlFlow):
        return "void"
    if is_record(origin) and not issubclass(origin, Element):
        return refer(one, way)
    if issubclass(origin, enum.Enum) and origin is not Undefined:
        return refer(one, way)
    if issubclass(origin, tuple):
        return _named_tuple(origin, way, refer)
    if issubclass(origin, Secret):
        arguments = typing.get_args(one)
        return _write(arguments[0], way, refer) if way == "input" and arguments else "never"
    return _by_core_schema(one)


def _named_tuple(origin: Any, way: Direction, refer: Refer) -> str:
    hints = typing.get_type_hints(origin)
    if not hints:
        return "unknown[]"
    return f"[{', '.join(f'{name}: {_write(hint, way, refer)}' for name, hint in hints.items())}]"


def _by_core_schema(annotation: Any) -> str:
    """What pydantic reads a class of somebody else's from: an EmailStr from text, a custom number from a number."""
    try:
        schema: Any = TypeAdapter(annotation).core_schema
    except Exception:  # a class that only ever is a result, or hooks that raise; either way nothing is known of it
        return "unknown"
    for _ in range(20):
        for key in ("schema", "python_schema", "lax_schema"):
            if isinstance(schema.get(key), dict):
                schema = schema[key]
                break
        else:
            break
    kind = schema.get("type")
    return "unknown" if kind in {"any", "is-instance", "custom-error", "union"} else SCALARS.get(kind, "string")


def _enum(named: Any) -> str:
    return " | ".join(dict.fromkeys(_literal(member) for member in named)) or "never"


def _literal(value: Any) -> str:
    value = value.value if isinstance(value, enum.Enum) else value
    if value is None:
        return "null"
    if isinstance(value, str):
        return json.dumps(str(value), ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return json.dumps(value)
    return "unknown"
