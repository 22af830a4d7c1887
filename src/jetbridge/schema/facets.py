"""Facets: an annotation in, what a form control can know of its values out.

Limits, choices and words, from pydantic's, annotated-types' and msgspec's metadata alike. `shape` says where a name may
lead, this says what may stand there; to check it stays the validators' part.
"""

import enum
import typing
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

import msgspec
from annotated_types import GroupedMetadata
from msgspec import Struct, field
from pydantic import RootModel
from pydantic.fields import FieldInfo

from jetbridge.schema.describe import MISSING
from jetbridge.schema.marks import Control, File
from jetbridge.schema.members import Member, members_of
from jetbridge.schema.shape import LISTS, bare, choice_text, is_union

__all__ = ["Choice", "Facets", "Limits", "facets_of"]


class Choice(typing.NamedTuple):
    """One value to choose: its text in a form, the value itself, and words for it."""

    text: str
    value: Any
    label: str


class Limits(Struct):
    """What a value must keep to; None where nothing is said. `pattern` is searched for, as pydantic and msgspec do."""

    ge: Any = None
    gt: Any = None
    le: Any = None
    lt: Any = None
    multiple_of: Any = None
    min_length: int | None = None
    max_length: int | None = None
    max_digits: int | None = None
    decimal_places: int | None = None
    pattern: str | None = None


class Facets(Struct):
    """What is known of one place. `type` is the bare Python type, None where it is a union of several.

    Exactly one of `choices`, `item` (of a list) and `members` (of a record) is set, or none for a plain value.
    """

    type: Any = None
    optional: bool = False
    limits: Limits = field(default_factory=Limits)
    choices: tuple[Choice, ...] = ()
    item: Any = MISSING
    members: tuple[Member, ...] = ()
    title: str | None = None
    description: str | None = None
    file: File | None = None
    control: Control | None = None


_LIMITS: Final = Limits.__struct_fields__


def facets_of(annotation: Any) -> Facets:
    """The facets of an annotation, of whatever depth of Annotated, Optional and aliases."""
    facets = Facets()
    inside, facets.optional, metadata = bare(annotation)
    for mark in metadata:
        _note(mark, facets)
    if inside is MISSING or inside is Any:
        return facets
    if is_union(inside):
        _union(inside, facets)
        return facets
    facets.type = inside
    origin = typing.get_origin(inside) or inside
    if origin is Literal:
        facets.choices = tuple(_choice(value) for value in typing.get_args(inside) if value is not None)
        facets.optional = facets.optional or None in typing.get_args(inside)
    elif isinstance(origin, type) and issubclass(origin, enum.Enum):
        facets.choices = tuple(_choice(member) for member in origin)
    elif origin in LISTS:
        arguments = typing.get_args(inside)
        same = len(arguments) == 1 or (len(arguments) == 2 and arguments[1] is Ellipsis)
        facets.item = arguments[0] if same else Any
    elif isinstance(origin, type) and issubclass(origin, RootModel):
        root: FieldInfo = typing.cast("Any", origin).model_fields["root"]
        inner = facets_of(typing.cast("Any", Annotated)[root.annotation, root])
        facets.type, facets.choices, facets.item, facets.members = inner.type, inner.choices, inner.item, inner.members
        _lay_over(facets.limits, inner.limits)
    else:
        facets.members = tuple(members_of(inside, origin) or ())
    return facets


def _note(mark: Any, facets: Facets) -> None:
    """Add what one piece of metadata says; what is said already stands."""
    match mark:
        case FieldInfo():
            facets.title = facets.title or mark.title
            facets.description = facets.description or mark.description
            for one in mark.metadata:
                _note(one, facets)
        case msgspec.Meta():
            facets.title = facets.title or mark.title
            facets.description = facets.description or mark.description
            _note_limits(mark, facets.limits)
        case File():
            facets.file = facets.file or mark
        case Control():
            facets.control = facets.control or mark
        case GroupedMetadata():
            for one in typing.cast("Iterator[Any]", iter(mark)):
                _note(one, facets)
            _note_limits(mark, facets.limits)
        case _:
            _note_limits(mark, facets.limits)


def _note_limits(mark: Any, limits: Limits) -> None:
    # Ge, MaxLen, pydantic's general metadata and msgspec's Meta all name their limits by the same words.
    for name in _LIMITS:
        value = getattr(mark, name, None)
        if value is not None and getattr(limits, name) is None and not callable(value):
            setattr(limits, name, getattr(value, "pattern", value))


def _lay_over(limits: Limits, inner: Limits) -> None:
    for name in _LIMITS:
        if getattr(limits, name) is None:
            setattr(limits, name, getattr(inner, name))


def _union(annotation: Any, facets: Facets) -> None:
    """What the members of a union have in common, or all of their choices, or all of their fields."""
    members = [facets_of(member) for member in typing.get_args(annotation)]
    facets.optional = facets.optional or any(member.optional for member in members)
    if all(member.choices for member in members):
        facets.choices = tuple({choice.text: choice for member in members for choice in member.choices}.values())
    records = [member for member in members if member.members]
    if records:
        facets.members = tuple(_merged(records))
    listing = next((member for member in members if member.item is not MISSING), None)
    if listing is not None and not records:
        facets.item = listing.item
    kinds = {member.type for member in members}
    if len(kinds) == 1:
        facets.type = kinds.pop()


def _merged(records: list[Facets]) -> Iterator[Member]:
    """The fields of all members of a union, each once; the tag that tells the members apart offers all its values."""
    by_wire: dict[str, list[Member]] = {}
    for record in records:
        for member in record.members:
            by_wire.setdefault(member.wire, []).append(member)
    for same in by_wire.values():
        first = same[0]
        annotation = first.annotation
        for other in same[1:]:
            annotation = annotation if annotation == other.annotation else annotation | other.annotation
        required = len(same) == len(records) and all(member.required for member in same)
        yield first._replace(annotation=annotation, required=required)


def _choice(value: Any) -> Choice:
    """A member of an Enum, or a value of a Literal."""
    if isinstance(value, enum.Enum):
        label = value.name.replace("_", " ")
        return Choice(choice_text(value.value), value, label.capitalize() if label.isupper() else label)
    return Choice(choice_text(value), value, str(value).replace("_", " ") if isinstance(value, str) else str(value))
