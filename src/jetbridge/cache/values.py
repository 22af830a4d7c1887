"""What a cached function gives, as bytes and back: by its return annotation, in full or not at all.

JSON, written and read by pydantic, and by msgspec for what contains a Struct. What comes back is compared with what was
there: a value that JSON and the annotation cannot carry is an error that names the place in it.
"""

import math
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from typing import Any, Final, cast

import msgspec
from msgspec import Struct
from pydantic import BaseModel, ConfigDict
from pydantic.errors import PydanticUserError

from jetbridge.cache.entries import ReadError
from jetbridge.errors import DefinitionError
from jetbridge.schema.validate import adapter_of

__all__ = ["Values", "values_of"]

_IN_FULL: Final = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64", ser_json_inf_nan="constants")


class Values(Struct, frozen=True):
    """Writes and reads what a function of this `name` gives."""

    name: str
    annotation: Any
    write: Callable[[Any], bytes]
    read: Callable[[bytes], Any]

    def encode(self, value: Any) -> bytes:
        """`value` as bytes. Raises DefinitionError for one that would not come back as it is."""
        try:
            data = self.write(value)
        except (ValueError, TypeError, RecursionError) as error:  # pydantic's and msgspec's are of these kinds
            raise self._refused("$", str(error).partition("\n")[0]) from None
        try:
            back = self.read(data)
        except ValueError as error:
            raise self._refused("$", " ".join(str(error).split())) from None
        for at, one, other in _differences(value, back, "$"):
            told = f"{one!r:.80} would come back as {other!r:.80}" if type(one) is type(other) else None
            raise self._refused(at, told or f"{_name(type(one))} would come back as {_name(type(other))}")
        return data

    def decode(self, data: bytes) -> Any:
        """What `encode` was given. Raises ReadError for what it never wrote."""
        try:
            return self.read(data)
        except ValueError as error:
            raise ReadError(str(error)) from None

    def _refused(self, at: str, why: str) -> DefinitionError:
        annotated = "" if self.annotation is Any else f" its annotation is {_name(self.annotation)}."
        return DefinitionError(
            f"{self.name}(), which is under @cached, gave what cannot be kept, at {at}: {why}.{annotated} Annotate "
            "what it returns, `-> list[User]` say, with plain types, dataclasses, TypedDicts, models or Structs"
        )


def values_of(function: Callable[..., Any]) -> Values:
    """By the return annotation of `function`. Raises DefinitionError for one that nobody can read or write."""
    name = function.__qualname__
    try:
        annotation = typing.get_type_hints(function, include_extras=True).get("return", Any)
    except NameError as error:
        raise DefinitionError(
            f"{name}(), which is under @cached: its annotations name {error.name!r}, which is unknown"
        )
    try:
        adapter = _adapter(annotation)
    except PydanticUserError:
        try:
            return Values(name, annotation, msgspec.json.encode, msgspec.json.Decoder(annotation).decode)
        except TypeError as error:
            raise DefinitionError(
                f"{name}() is under @cached, and the type {_name(annotation)} that it returns cannot be kept: {error}. "
                "Return plain types, dataclasses, TypedDicts, pydantic models or msgspec Structs"
            ) from None

    def write(value: Any) -> bytes:
        return adapter.dump_json(value, by_alias=True, round_trip=True, warnings="error")

    return Values(name, annotation, write, adapter.validate_json)


def _adapter(annotation: Any) -> Any:
    try:
        return adapter_of(annotation, _IN_FULL)
    except PydanticUserError:  # a model has its own config
        return adapter_of(annotation)


def _name(annotation: Any) -> str:
    return annotation.__qualname__ if isinstance(annotation, type) else str(annotation)


def _differences(one: Any, other: Any, at: str) -> Iterator[tuple[str, Any, Any]]:
    """Where the two differ, and how; nan is nan."""
    if type(one) is type(other):
        if one == other:
            return
        if type(one) is float and math.isnan(one) and math.isnan(other):
            return
        members, others = _members(one), _members(other)
        if members is not None and others is not None and members.keys() == others.keys():
            for step, value in members.items():
                yield from _differences(value, others[step], f"{at}{step}")
            return
    yield at, one, other


def _members(value: Any) -> Mapping[str, Any] | None:
    if isinstance(value, Mapping):
        return {f"[{key!r}]": item for key, item in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray)):
        return {f"[{index}]": item for index, item in enumerate(cast("Sequence[Any]", value))}
    if isinstance(value, Set):
        return None
    if is_dataclass(value):
        return {f".{field.name}": getattr(value, field.name) for field in fields(value)}
    if isinstance(value, BaseModel):
        return {f".{name}": item for name, item in value.__dict__.items()}
    if isinstance(value, msgspec.Struct):
        return {f".{name}": getattr(value, name) for name in value.__struct_fields__}
    return None
