"""Annotations: Python's types in, TypeScript's out, for what a client sends (input) and for what it gets (output).

What has a name of its own (classes, enums, aliases) is left to who asks: see `declarations`.
"""

import enum
import json
import re
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
from typing import Annotated, Any, Final, Literal, cast

import typing_extensions
from pydantic import Secret, SecretBytes, SecretStr, TypeAdapter

from jetbridge.errors import ControlFlow
from jetbridge.schema.describe import MISSING
from jetbridge.schema.keys import has_text_keys
from jetbridge.schema.shape import is_union
from jetbridge.typescript.records import Direction, is_record
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

__all__ = ["IDENTIFIER", "Refer", "write_literal", "write_type"]

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

Refer = Callable[[Any, Direction], str]

IDENTIFIER: Final = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)


def write_type(annotation: Any, way: Direction, refer: Refer) -> str:
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
    if is_union(one):
        for member in arguments:
            if not _is_control_flow(member):
                yield from _alternatives(member, way, refer)
        if all(_is_control_flow(member) for member in arguments):
            yield "void"
    elif origin is Literal:
        for value in arguments:
            yield write_literal(value)
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
        return write_type(arguments[index], way, refer) if index < len(arguments) else "unknown"

    if origin is tuple and arguments and not (len(arguments) == 2 and arguments[1] is Ellipsis):
        return f"[{', '.join(write_type(argument, way, refer) for argument in arguments if argument != ())}]"
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
        return f"Promise<{write_type(arguments[-1], way, refer) if arguments else 'unknown'}>"
    if origin is Callable or origin is types.FunctionType:
        return "(...args: unknown[]) => Promise<unknown>"
    return _class(one, cast("type", origin), way, refer) if isinstance(origin, type) else "unknown"


def _many(item: str) -> str:
    return f"{item}[]" if IDENTIFIER.fullmatch(item) else f"Array<{item}>"


def _mapping(arguments: Sequence[Any], inner: Callable[[int], str]) -> str:
    """An object where its keys are text, else a Map: JavaScript's objects have no other keys."""
    if not arguments:
        return "{ [key: string]: unknown }"
    if not has_text_keys(arguments[0]):
        return f"Map<{inner(0)}, {inner(1)}>"
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
        return write_type(arguments[0], way, refer) if way == "input" and arguments else "never"
    return _by_core_schema(one)


def _named_tuple(origin: Any, way: Direction, refer: Refer) -> str:
    hints = typing.get_type_hints(origin)
    if not hints:
        return "unknown[]"
    return f"[{', '.join(f'{name}: {write_type(hint, way, refer)}' for name, hint in hints.items())}]"


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


def write_literal(value: Any) -> str:
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
