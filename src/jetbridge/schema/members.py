"""Members: a record class in, its fields by the names they have on the wire out.

Records are pydantic models, dataclasses, TypedDicts and msgspec Structs; this is the one place that tells them apart.
"""

import dataclasses
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple, cast

import msgspec
import typing_extensions
from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo

from jetbridge.wire.model import Element

__all__ = ["Member", "is_required", "is_struct", "members_of"]


class Member(NamedTuple):
    """One field: `name` is what Python calls it, `wire` its name in forms and objects, `also` further names there.

    `annotation` keeps its metadata. `default` makes its default; None where it has none.
    """

    name: str
    wire: str
    also: tuple[str, ...]
    annotation: Any
    required: bool
    default: Callable[[], Any] | None = None


def is_struct(annotation: Any) -> bool:
    """Whether `annotation` is a msgspec Struct class of the author's; elements are no client's to send."""
    return (
        isinstance(annotation, type) and issubclass(annotation, msgspec.Struct) and not issubclass(annotation, Element)
    )


def members_of(annotation: Any, origin: Any) -> list[Member] | None:
    """The fields of a record class, `annotation` perhaps with its arguments; None where `origin` is no record."""
    if not isinstance(cast("object", origin), type):
        return None
    if issubclass(origin, BaseModel):
        model: Any = annotation if isinstance(annotation, type) else origin
        return [
            _model_member(name, info, model.model_config)
            for name, info in model.model_fields.items()
            if _aliases(name, info.validation_alias, model.model_config)
        ]
    if is_struct(origin):
        return _struct_members(origin)
    if typing_extensions.is_typeddict(origin):
        hints = typing_extensions.get_type_hints(origin, include_extras=True)
        return [Member(name, name, (), hint, is_required(origin, name, hint)) for name, hint in hints.items()]
    if dataclasses.is_dataclass(origin):
        hints = typing.get_type_hints(origin, include_extras=True)
        return [_dataclass_member(field, hints[field.name]) for field in dataclasses.fields(origin) if field.init]
    return None


def is_required(record: Any, name: str, hint: Any) -> bool:
    """Whether a TypedDict's key must be there. Its own `__required_keys__` misses marks in annotations kept as text."""
    origin = typing.get_origin(hint)
    if origin in {typing_extensions.Required, typing_extensions.NotRequired}:
        return origin is typing_extensions.Required
    return name in record.__required_keys__


def _model_member(name: str, info: FieldInfo, config: Mapping[str, Any]) -> Member:
    wire, *also = _aliases(name, info.validation_alias, config)
    annotation: Any = info.annotation
    # The whole FieldInfo: its title and description stand beside the constraints in its metadata.
    annotated: Any = Annotated[annotation, info]
    default = None if info.is_required() else lambda: info.get_default(call_default_factory=True, validated_data={})
    return Member(name, wire, tuple(also), annotated, info.is_required(), default)


def _aliases(name: str, alias: Any, config: Mapping[str, Any]) -> list[str]:
    """The names under which pydantic looks for a field."""
    by_name = [name] if config.get("populate_by_name") or config.get("validate_by_name") else []
    if alias is None:
        return [name]
    if isinstance(alias, str):
        return [alias, *by_name]
    if isinstance(alias, AliasChoices):
        return [*(choice for choice in alias.choices if isinstance(choice, str)), *by_name]
    return by_name


def _struct_members(struct: Any) -> list[Member]:
    hints = typing.get_type_hints(struct, include_extras=True)
    return [
        Member(one.name, one.encode_name, (), hints[one.name], one.required, _default_of(one, msgspec.NODEFAULT))
        for one in msgspec.structs.fields(struct)
    ]


def _dataclass_member(field: Any, hint: Any) -> Member:
    default = _default_of(field, dataclasses.MISSING)
    return Member(field.name, field.name, (), hint, default is None, default)


def _default_of(field: Any, none: Any) -> Callable[[], Any] | None:
    """What makes the default of a field of a dataclass or Struct, which say `none` where there is none."""
    if field.default_factory is not none:
        return field.default_factory
    default = field.default
    if isinstance(default, FieldInfo):  # `x: int = pydantic.Field(ge=1)` in a dataclass
        return None if default.is_required() else lambda: default.get_default(call_default_factory=True)
    return None if default is none else lambda: default
