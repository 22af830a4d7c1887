"""Shapes: an annotation in, what a form can put there out.

A form's entries are flat text. The shape says where a name like `items[0].qty` may lead, which fields are lists,
checkboxes or files, and which paths of an error are paths of the data. Conversion itself is pydantic's or msgspec's.
"""

import datetime as dt
import enum
import re
import types
import typing
from collections.abc import Callable, Collection, Iterable, Mapping, MutableMapping, MutableSequence, Sequence, Set
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

import typing_extensions
from msgspec import Struct, field
from msgspec.structs import replace
from pydantic import RootModel, Secret, SecretBytes, SecretStr

from jetbridge.schema.describe import MISSING
from jetbridge.schema.members import members_of
from jetbridge.wire.model import FormData, Map, MapPairs, SetItems, Upload

__all__ = ["LISTS", "SECRETS", "Shape", "bare", "choice_text", "is_number", "is_union", "shape_of"]

Kind = Literal["text", "flag", "leaf", "upload", "list", "record", "mapping", "any", "form"]

LISTS: Final = frozenset(
    {list, set, frozenset, tuple, Sequence, MutableSequence, Collection, Iterable, Set, SetItems, MapPairs}
)
MAPPINGS: Final = frozenset({dict, Mapping, MutableMapping, Map})
SECRETS: Final = (SecretStr, SecretBytes, Secret)


class Shape(Struct, eq=False):
    """What may stand at one place. `fields` are a record's, by wire name; `item` is a list's or mapping's.

    Compared by identity: the shape of a model that contains itself contains itself.
    """

    kind: Kind = "any"
    optional: bool = False  # None may stand there
    required: bool = True  # as a field of its record: no default
    secret: bool = False  # never shown again
    read: Callable[[str], Any] | None = None  # a form's text as what the validators know; None where they know texts
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
    annotation, optional, _ = bare(annotation)
    shape = _union(annotation, known) if is_union(annotation) else _plain(annotation, known)
    return replace(shape, optional=True) if optional and not shape.optional else shape


def is_union(annotation: Any) -> bool:
    """Whether it is a union of either spelling."""
    return typing.get_origin(annotation) in {typing.Union, types.UnionType}


def bare(annotation: Any) -> tuple[Any, bool, list[Any]]:
    """`annotation` without Annotated, Required, NewType, aliases and None; whether None was there; the metadata.

    Metadata comes in the order in which it counts: the outermost and last word first.
    """
    optional = False
    metadata: list[Any] = []
    while True:
        origin = typing.get_origin(annotation)
        if origin is Annotated:
            annotation, *marks = typing.get_args(annotation)
            metadata += reversed(marks)
        elif origin in {
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
        elif is_union(annotation) and type(None) in typing.get_args(annotation):
            members = [member for member in typing.get_args(annotation) if member is not type(None)]
            annotation = typing.Union[tuple(members)]  # noqa: UP007 - built from a list
            optional = True
        else:
            return annotation, optional, metadata


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
            name: replace(shape, read=_any_of([record.fields[name] for record in records]))
            if name in shared
            else replace(shape, required=False)
            for name, shape in fields.items()
        }
        return Shape("record", optional, fields=loose)
    for kind in ("list", "mapping", "upload", "text"):
        found = next((member for member in members if member.kind == kind), None)
        if found is not None:
            return replace(found, optional=optional)
    if all(member.kind in {"leaf", "flag"} for member in members):
        return Shape("leaf", optional, read=_any_of([member for member in members if member.kind == "leaf"]))
    return Shape("any", optional)


def _any_of(shapes: Sequence[Shape]) -> Callable[[str], Any] | None:
    """The first of several readings of a text that knows it."""
    reads = list(dict.fromkeys(shape.read for shape in shapes if shape.read is not None))
    if len(reads) < 2:
        return reads[0] if reads else None

    def read(text: str) -> Any:
        values = (one(text) for one in reads)
        return next((value for value in values if value is not text), text)

    return read


def _plain(annotation: Any, known: dict[Any, Shape]) -> Shape:
    origin = typing.get_origin(annotation) or annotation
    if origin is Literal:
        return _literal(typing.get_args(annotation))
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


def _literal(values: tuple[Any, ...]) -> Shape:
    optional = None in values
    others = [value for value in values if value is not None]
    if all(isinstance(value, bool) for value in others):
        return Shape("flag", optional, read=lambda text: flag if (flag := _flag(text)) in others else text)
    return Shape("text" if "" in others else "leaf", optional, read=_choosing(others))


def _choosing(values: Iterable[Any]) -> Callable[[str], Any] | None:
    """How the text of a choice becomes its value; validators look up the text itself, so texts need no help."""
    by_text = {choice_text(value): value for value in values}
    if all(isinstance(value, str) for value in by_text.values()):
        return None
    return lambda text: by_text.get(text, text)


def choice_text(value: Any) -> str:
    """What stands in a form for a value of a Literal or Enum."""
    return str(value).lower() if isinstance(value, bool) else str(value)


# What checkboxes and selects post for a bool. msgspec reads fewer of these words than pydantic, hence one list here.
_FLAGS: Final = {
    "on": True, "true": True, "1": True, "yes": True, "y": True, "t": True,
    "off": False, "false": False, "0": False, "no": False, "n": False, "f": False,
}  # fmt: skip


def _flag(text: str) -> Any:
    return _FLAGS.get(text.lower(), text)


_HUGE: Final = re.compile(r"[+-]?[0-9.]+[eE][+-]?[0-9]{4,}")
_NO_NUMBER: Final = "no number"


def is_number(text: str) -> bool:
    """Whether `text` may be a number as browsers and JavaScript write it, and none that fills the memory.

    Python also reads "1_0" and Arabic digits, and Decimal an exponent of eighteen digits, which int() would write out.
    """
    return text.isascii() and "_" not in text and _HUGE.fullmatch(text.strip()) is None


def _number(text: str) -> str:
    return text if is_number(text) else _NO_NUMBER


_MINUTES: Final = re.compile(r"(?:\d{4}-\d\d-\d\dT)?\d\d:\d\d")


def _with_seconds(text: str) -> str:
    """What browsers leave out where there are none, and msgspec wants (HTML section 2.3.5.5)."""
    return f"{text}:00" if _MINUTES.fullmatch(text) else text


def _class(annotation: Any, origin: type, known: dict[Any, Shape]) -> Shape:
    if issubclass(origin, bool):
        return Shape("flag", read=_flag)
    if issubclass(origin, Upload):
        return Shape("upload")
    if issubclass(origin, FormData):
        return Shape("form")
    if issubclass(origin, SECRETS):
        return Shape("leaf", secret=True)
    if issubclass(origin, enum.Enum):
        return Shape("leaf", read=_choosing(member.value for member in origin))
    if issubclass(origin, str):
        return Shape("text")
    if issubclass(origin, (int, float, Decimal)):
        return Shape("leaf", read=_number)
    if issubclass(origin, (dt.datetime, dt.time)):
        return Shape("leaf", read=_with_seconds)
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
            record.fields[name] = shape if member.required else replace(shape, required=False)
    return record
