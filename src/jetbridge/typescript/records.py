"""Records: a class with named members in, the members that a client sends or gets out.

What is sent goes by the names that validation looks for, and may leave out what has a default. What comes back goes by
Python's names and is whole; see `wire/plain.py`.
"""

import dataclasses
import inspect
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

import typing_extensions
from pydantic import AliasChoices, BaseModel

from jetbridge.schema.members import is_required, is_struct, members_of

__all__ = ["Direction", "Member", "is_open", "is_record", "members", "summary", "without_type_variables"]

Direction = Literal["input", "output"]


class Member(NamedTuple):
    """One member of an object. Not `required` is for one that may be absent."""

    name: str
    annotation: Any
    required: bool
    doc: str = ""


def is_record(annotation: Any) -> bool:
    """Whether values of `annotation` are objects with named members."""
    origin: Any = typing.get_origin(annotation) or annotation
    if not isinstance(origin, type):
        return False
    cls: Any = origin
    return bool(
        issubclass(cls, BaseModel)
        or is_struct(cls)
        or typing_extensions.is_typeddict(cls)
        or dataclasses.is_dataclass(cls)
        or hasattr(cls, "__attrs_attrs__")
    )


def is_open(annotation: Any) -> bool:
    """Whether an object may have members that its class does not name."""
    origin: Any = typing.get_origin(annotation) or annotation
    return isinstance(origin, type) and issubclass(origin, BaseModel) and origin.model_config.get("extra") == "allow"


def members(annotation: Any, direction: Direction) -> list[Member]:
    """The members of a record, with the type variables of a generic one filled in."""
    origin: Any = typing.get_origin(annotation) or annotation
    filled = dict(zip(getattr(origin, "__parameters__", ()), typing.get_args(annotation), strict=False))
    found = _sent(annotation, origin) if direction == "input" else _given(annotation, origin)
    return [member._replace(annotation=without_type_variables(member.annotation, filled)) for member in found]


def without_type_variables(annotation: Any, filled: Mapping[Any, Any]) -> Any:
    """`annotation` with each type variable replaced by what `filled` has for it."""
    if isinstance(annotation, typing.TypeVar):
        return filled.get(annotation, annotation.__bound__ or Any)
    variables = getattr(annotation, "__parameters__", ())
    if not variables or isinstance(annotation, type):
        return annotation
    return annotation[tuple(without_type_variables(variable, filled) for variable in variables)]


def summary(documented: Any) -> str:
    """A docstring that its author wrote; dataclasses and enums make up some of their own."""
    text = vars(documented).get("__doc__") if isinstance(documented, type) else getattr(documented, "__doc__", None)
    name = getattr(documented, "__name__", "")
    if not isinstance(text, str) or text.startswith(f"{name}(") or text == "An enumeration.":
        return ""
    return inspect.cleandoc(text)


def _sent(annotation: Any, origin: Any) -> Iterator[Member]:
    if issubclass(origin, BaseModel):
        model: Any = annotation if isinstance(annotation, type) else origin
        for name, info in model.model_fields.items():
            yield Member(
                _looked_for(name, info.validation_alias), info.annotation, info.is_required(), info.description or ""
            )
        return
    for member in members_of(annotation, origin) or ():
        for name in (member.wire, *member.also):
            yield Member(name, member.annotation, member.required)


def _looked_for(name: str, alias: Any) -> str:
    """The first name under which pydantic looks for a field."""
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
    return next((choice for choice in choices if isinstance(choice, str)), name)


def _given(annotation: Any, origin: Any) -> Iterator[Member]:
    if issubclass(origin, BaseModel):
        model: Any = annotation if isinstance(annotation, type) else origin
        for name, info in model.model_fields.items():
            if not info.exclude:
                yield Member(name, info.annotation, True, info.description or "")
        for name, computed in model.model_computed_fields.items():
            yield Member(name, computed.return_type, True, computed.description or "")
        return
    hints = typing_extensions.get_type_hints(origin, include_extras=True)
    for name in _attributes(origin) or hints:
        required = not typing_extensions.is_typeddict(origin) or is_required(origin, name, hints[name])
        yield Member(name, hints.get(name, Any), required)


def _attributes(origin: Any) -> tuple[str, ...]:
    if dataclasses.is_dataclass(origin):
        return tuple(field.name for field in dataclasses.fields(origin))
    if is_struct(origin):
        return origin.__struct_fields__
    return tuple(attribute.name for attribute in getattr(origin, "__attrs_attrs__", ()))
