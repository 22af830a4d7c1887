"""Records in bulk: the text of a call in, its one argument out, read and checked in one go; None otherwise.

A fast path for tables, right only because it is taken where msgspec is known to accept what the walk in `wire.reply`
and the validator would, with the same result: records of plain fields, dates only under keys that hold nothing else.
What msgspec refuses is left to them too, so there is one source of messages. A property test holds the two together.
"""

import dataclasses
import re
import typing
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from weakref import WeakKeyDictionary

import msgspec
import typing_extensions
from msgspec import Struct, field

from jetbridge.schema.describe import MISSING, Signature
from jetbridge.schema.members import is_struct
from jetbridge.schema.plain_models import plain_model
from jetbridge.schema.shape import is_union
from jetbridge.wire.limits import Limits
from jetbridge.wire.plain_json import untag_dates

__all__ = ["WORTH_A_LOOK", "Checked", "decode_checked"]


class Checked:
    """A value that was checked while it was read."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class _Reader(Struct, frozen=True):
    decoder: msgspec.json.Decoder[tuple[Any]]
    dates: frozenset[str]
    build: Callable[[Any], Any] | None  # of what was read, what the annotation says


WORTH_A_LOOK: Final = 400  # bytes; of less, the usual way makes as short work


def decode_checked(signature: Signature, body: str | bytes, limits: Limits) -> list[Checked] | None:
    """The one argument in `body`, or None where the usual way has to look at it."""
    if signature not in _readers:
        _readers[signature] = _make_reader(signature)
    reader = _readers[signature]
    data = None if reader is None else untag_dates(body, reader.dates, limits)
    if reader is None or data is None:
        return None
    try:
        value = reader.decoder.decode(data)[0]
        return [Checked(value if reader.build is None else reader.build(value))]
    except (msgspec.MsgspecError, RecursionError):
        return None


_readers: WeakKeyDictionary[Signature, _Reader | None] = WeakKeyDictionary()


def _make_reader(signature: Signature) -> _Reader | None:
    wire = [parameter for parameter in signature.parameters if parameter.kind in {"wire", "previous"}]
    if len(wire) != 1 or wire[0].kind != "wire" or wire[0].passing not in {"positional", "either"}:
        return None
    annotation = wire[0].annotation
    names = _Names()
    item = typing.get_args(annotation)
    model = plain_model(item[0]) if typing.get_origin(annotation) is list and item else None
    if annotation is MISSING:
        return None
    if model is None:
        build = None
        known = _is_plain(annotation, names, ())
    else:
        annotation, build = list[model.record], model.build
        known = _are_plain(model.fields, names, (item[0],))
    if not known or names.dates & names.others:
        return None
    try:
        return _Reader(msgspec.json.Decoder(tuple[annotation]), frozenset(names.dates), build)
    except TypeError:
        return None


# -- which annotations -------------------------------------------------------------------------------------------------


class _Names(Struct):
    """The keys under which dates stand, and all others."""

    dates: set[str] = field(default_factory=set[str])
    others: set[str] = field(default_factory=set[str])


_LEAVES: Final = frozenset({int, float, bool, str, type(None)})
_KEY: Final = re.compile("[A-Za-z_]+")


def _is_plain(annotation: Any, names: _Names, above: tuple[Any, ...]) -> bool:
    """Whether values of `annotation` are read alike by either way; its keys are added to `names`."""
    if annotation in _LEAVES:
        return True
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is list and len(arguments) == 1:
        return _is_plain(arguments[0], names, above)
    if is_union(annotation):
        return len(arguments) == 2 and type(None) in arguments and all(_is_plain(a, names, above) for a in arguments)
    fields = _fields(annotation) if isinstance(annotation, type) and annotation not in above else None
    return fields is not None and _are_plain(fields, names, (*above, annotation))


def _are_plain(fields: Mapping[str, Any], names: _Names, above: tuple[Any, ...]) -> bool:
    """`_is_plain` for all fields of a record."""
    for key, hint in fields.items():
        if hint is datetime or hint in (datetime | None, None | datetime):
            if not _KEY.fullmatch(key):
                return False
            names.dates.add(key)
            continue
        names.others.add(key)
        if not _is_plain(hint, names, above):
            return False
    return True


def _fields(record: type) -> Mapping[str, Any] | None:
    """The annotations of a record by key, or None for a class that means more than its fields."""
    if hasattr(record, "__post_init__"):
        return None
    if is_struct(record):
        return _struct_fields(record)
    if any(hasattr(record, name) for name in _PYDANTIC):
        return None
    if typing_extensions.is_typeddict(record):
        hints = typing_extensions.get_type_hints(record, include_extras=True)
        return hints if hints.keys() == getattr(record, "__required_keys__", None) else None
    return _dataclass_fields(record) if dataclasses.is_dataclass(record) else None


_PYDANTIC: Final = ("__pydantic_config__", "__pydantic_fields__", "__get_pydantic_core_schema__")


def _struct_fields(record: Any) -> Mapping[str, Any] | None:
    # Both ways are msgspec's, so constraints and defaults mean the same.
    if record.__struct_config__.tag is not None or record.__struct_config__.array_like:
        return None
    hints = typing.get_type_hints(record)
    return {
        key: hints[name] for name, key in zip(record.__struct_fields__, record.__struct_encode_fields__, strict=True)
    }


def _dataclass_fields(record: Any) -> Mapping[str, Any] | None:
    fields = dataclasses.fields(record)
    if (
        not record.__dataclass_params__.init
        or record.__new__ is not object.__new__
        or len(fields) != len(record.__dataclass_fields__)
    ):
        return None
    if not all(one.init and (one.default is dataclasses.MISSING or type(one.default) in _LEAVES) for one in fields):
        return None
    hints = typing.get_type_hints(record, include_extras=True)
    return {one.name: hints[one.name] for one in fields}
