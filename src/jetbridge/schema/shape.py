"""Shapes: an annotation in, what a form can put there out.

A form's entries are flat text. The shape says where a name like `items[0].qty` may lead, which fields are lists,
checkboxes or files, and which paths of an error are paths of the data. Conversion itself is pydantic's or msgspec's.
"""

import dataclasses
import enum
import types
import typing
from collections.abc import Collection, Iterable, Mapping, MutableMapping, MutableSequence, Sequence, Set
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

import typing_extensions
from pydantic import RootModel, Secret, SecretBytes, SecretStr

from jetbridge.schema.describe import MISSING
from jetbridge.schema.members import members_of
from jetbridge.wire.model import FormData, Map, MapPairs, SetItems, Upload

__all__ = ["LISTS", "SECRETS", "Shape", "shape_of"]

Kind = Literal["text", "flag", "leaf", "upload", "list", "record", "mapping", "any", "form"]

LISTS: Final = frozenset(
    {list, set, frozenset, tuple, Sequence, MutableSequence, Collection, Iterable, Set, SetItems, MapPairs}
)
MAPPINGS: Final = frozenset({dict, Mapping, MutableMapping, Map})
SECRETS: Final = (SecretStr, SecretBytes, Secret)


@dataclass(slots=True, eq=False)
class Shape:
    """What may stand at one place. `fields` are a record's, by wire name; `item` is a list's or mapping's.

    Compared by identity: the shape of a model that contains itself contains itself.
    """

    kind: Kind = "any"
    optional: bool = False  # None may stand there
    required: bool = True  # as a field of its record: no default
    secret: bool = False  # never shown again
    item: "Shape | None" = None
    fields: "dict[str, Shape]" = field(default_factory=dict[str, "Shape"])

    @property
    def takes_form(self) -> bool:
        """Whether a lone parameter of this shape is filled by the whole form, not by the field of its name."""
        return self.kind in {"record", "mapping", "any", "form"}


def shape_of(annotation: Any, known: dict[Any, Shape] | None = None) -> Shape:
    """The shape of `annotation`; `known` holds the records being described, for those that contain themselves."""
    known = {} if known is None else known
    if annotation is MISSING:
        return Shape()
    annotation, optional = _bare(annotation)
    shape = _union(annotation, known) if _is_union(annotation) else _plain(annotation, known)
    return dataclasses.replace(shape, optional=True) if optional and not shape.optional else shape


def _is_union(annotation: Any) -> bool:
    return typing.get_origin(annotation) in {typing.Union, types.UnionType}


def _bare(annotation: Any) -> tuple[Any, bool]:
    """`annotation` without Annotated, Required, NewType, aliases and None; and whether None was there."""
    optional = False
    while True:
        origin = typing.get_origin(annotation)
        if origin is Annotated or origin in {
            typing_extensions.Required,
            typing_extensions.NotRequired,
            typing_extensions.ReadOnly,
            typing.Final,
        }:
            annotation = typing.get_args(annotation)[0]
        elif hasattr(annotation, "__supertype__"):
            annotation = annotation.__supertype__
        elif isinstance(annotation, typing_extensions.TypeAliasType):
            annotation = annotation.__value__
        elif isinstance(origin, typing_extensions.TypeAliasType):
            annotation = origin.__value__[typing.get_args(annotation)]
        elif _is_union(annotation) and type(None) in typing.get_args(annotation):
            members = [member for member in typing.get_args(annotation) if member is not type(None)]
            annotation = typing.Union[tuple(members)]  # noqa: UP007 - built from a list
            optional = True
        else:
            return annotation, optional


def _union(annotation: Any, known: dict[Any, Shape]) -> Shape:
    """One shape for all members: records are laid over each other, then lists, then text."""
    members = [shape_of(member, known) for member in typing.get_args(annotation)]
    optional = any(member.optional for member in members)
    records = [member for member in members if member.kind == "record"]
    if records:
        fields = {name: shape for record in reversed(records) for name, shape in record.fields.items()}
        # A field of one member only may be missing: the other members have no such field.
        shared = set[str].intersection(*(set(record.fields) for record in records))
        loose = {
            name: shape if name in shared else dataclasses.replace(shape, required=False)
            for name, shape in fields.items()
        }
        return Shape("record", optional, fields=loose)
    for kind in ("list", "mapping", "upload", "text"):
        found = next((member for member in members if member.kind == kind), None)
        if found is not None:
            return dataclasses.replace(found, optional=optional)
    return Shape("leaf" if all(member.kind in {"leaf", "flag"} for member in members) else "any", optional)


def _plain(annotation: Any, known: dict[Any, Shape]) -> Shape:
    origin = typing.get_origin(annotation) or annotation
    if origin is Literal:
        return Shape("text" if "" in typing.get_args(annotation) else "leaf")
    if origin in LISTS:
        arguments = typing.get_args(annotation)
        same = len(arguments) == 1 or (len(arguments) == 2 and arguments[1] is Ellipsis)
        return Shape("list", item=shape_of(arguments[0], known) if same else Shape())
    if origin in MAPPINGS:
        arguments = typing.get_args(annotation)
        return Shape("mapping", item=shape_of(arguments[1], known) if len(arguments) == 2 else Shape())
    if not isinstance(origin, type):
        return Shape()
    return _class(annotation, origin, known)


def _class(annotation: Any, origin: type, known: dict[Any, Shape]) -> Shape:
    if issubclass(origin, bool):
        return Shape("flag")
    if issubclass(origin, Upload):
        return Shape("upload")
    if issubclass(origin, FormData):
        return Shape("form")
    if issubclass(origin, SECRETS):
        return Shape("leaf", secret=True)
    if issubclass(origin, str) and not issubclass(origin, enum.Enum):
        return Shape("text")
    if issubclass(origin, RootModel):
        return shape_of(typing.cast("Any", origin).model_fields["root"].annotation, known)
    members = members_of(annotation, origin)
    if members is None:
        return Shape("any" if origin is object else "leaf")
    if annotation in known:
        return known[annotation]
    record = known[annotation] = Shape("record")
    for member in members:
        shape = shape_of(member.annotation, known)
        # A copy shares `fields`, so one of a record that is still being described is completed with it.
        for name in (member.wire, *member.also):
            record.fields[name] = shape if member.required else dataclasses.replace(shape, required=False)
    return record
