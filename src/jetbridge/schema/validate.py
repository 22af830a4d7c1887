"""Validators: an annotation in, a pair of functions that check one value out: one for Flight, one for forms.

Flight keeps numbers, booleans, text, bytes and dates apart, so there they are checked strictly; it has nothing for
UUID, Decimal, Enum or Path, which are read from text. A form has only text, so everything is read from it.
pydantic does this, msgspec for what contains a Struct.
"""

import re
import sys
import typing
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
import typing_extensions
from msgspec import Struct
from pydantic import ConfigDict, TypeAdapter
from pydantic_core import PydanticCustomError, SchemaValidator, ValidationError, core_schema

from jetbridge.errors import DefinitionError
from jetbridge.schema.describe import MISSING
from jetbridge.schema.facets import facets_of
from jetbridge.schema.marks import file_problem
from jetbridge.schema.members import is_required, is_struct
from jetbridge.schema.messages import MERGES, Message, message, message_of, struct_message
from jetbridge.schema.shape import Shape, is_number, shape_of
from jetbridge.wire.model import MapPairs, SetItems, Upload

__all__ = ["Invalid", "Problem", "Validator", "adapter_of", "compile_validator", "problems_of"]

Check = Callable[[Any], Any]
Location = tuple[str | int, ...]


class Problem(Struct, frozen=True):
    """One thing that is wrong: where in the value, and what to say about it.

    `unknown` is a field that no one declared; `own` are the words of the author's own validator.
    """

    location: Location
    message: Message
    unknown: bool = False
    own: bool = False


class Invalid(Exception):  # noqa: N818 - it never leaves this part
    """A value that a validator refuses, with all problems at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__()
        self.problems = problems


class Validator(Struct, frozen=True):
    """The checks of one annotation; each returns the converted value or raises pydantic's error or `Invalid`.

    `flight` is None where any value will do.
    """

    flight: Check | None
    form: Check | None
    shape: Shape


# Above this many problems in one call the rest is not listed: a list of 100,000 wrong items is one mistake.
MAX_PROBLEMS: Final = 100


def compile_validator(annotation: Any, *, where: str) -> Validator:
    """The validator of `annotation`. Raises DefinitionError where neither pydantic nor msgspec can check it."""
    if annotation is MISSING or annotation is Any or annotation is object:
        return Validator(None, None, Shape())
    try:
        if _has_struct(annotation):
            return _compile_struct(annotation)
        adapter = adapter_of(annotation)
        schema = adapter.core_schema
        # Without this a model inside the schema is checked by its own validator, which is not strict.
        strict = SchemaValidator(_strictly(schema), _use_prebuilt=False)  # pyright: ignore[reportCallIssue]
        return Validator(strict.validate_python, adapter.validator.validate_python, shape_of(annotation))
    except (DefinitionError, RecursionError):
        raise
    except Exception as error:  # pydantic and user hooks raise many kinds; the place is what helps
        reason = str(error).partition("\n")[0]
    raise DefinitionError(
        f"{where}: the type {_name(annotation)} cannot be read from a call or a form ({reason}). Use a pydantic model, "
        "dataclass, TypedDict, msgspec Struct or plain types, or let the server supply it: "
        "Annotated[…, Provide(function)]"
    )


def adapter_of(annotation: Any, config: ConfigDict | None = None) -> TypeAdapter[Any]:
    """pydantic's reader and writer of `annotation`. Raises what it raises where there is none."""
    return TypeAdapter[Any](_modern(annotation), config=config)


def problems_of(error: ValidationError | Invalid) -> Sequence[Problem]:
    """What a validator found, as sentences with places."""
    if isinstance(error, Invalid):
        return error.problems[:MAX_PROBLEMS]
    return [
        Problem(
            detail["loc"],
            message_of(detail),
            unknown=detail["type"] == "extra_forbidden",
            own=detail["type"] in {"value_error", "assertion_error"},
        )
        for detail in error.errors(include_url=False)[:MAX_PROBLEMS]
    ]


def _name(annotation: Any) -> str:
    return annotation.__qualname__ if isinstance(annotation, type) else str(annotation)


# --- pydantic

STRICT: Final = frozenset({"int", "float", "bool", "str", "bytes", "datetime", "list"})
# Keys of a core schema that hold a schema, a list of schemas, or (for fields and choices) a dict of them.
NAMED: Final = frozenset({"fields", "choices"})
OPAQUE: Final = frozenset(
    {"metadata", "serialization", "cls", "default", "default_factory", "expected", "members", "function", "config"}
)


def _strictly(schema: Any) -> Any:
    """A copy of a core schema in which what Flight tells apart is told apart; the author's own `strict` stands."""
    if isinstance(schema, list):
        return [_strictly(item) for item in typing.cast("list[Any]", schema)]
    if isinstance(schema, tuple):  # a choice with its label
        return tuple(_strictly(item) for item in typing.cast("tuple[Any, ...]", schema))
    if not isinstance(schema, dict):
        return schema
    whole = typing.cast("dict[str, Any]", schema)
    copy: dict[str, Any] = {}
    for key, value in whole.items():
        if key in NAMED and isinstance(value, dict):
            copy[key] = {name: _strictly(inner) for name, inner in typing.cast("dict[str, Any]", value).items()}
        else:
            copy[key] = value if key in OPAQUE else _strictly(value)
    kind = whole.get("type")
    if kind in STRICT:
        copy.setdefault("strict", True)
    elif kind == "decimal":
        return core_schema.no_info_before_validator_function(_number, typing.cast("Any", copy))
    elif kind in {"set", "frozenset"} and "ref" not in whole:
        return core_schema.no_info_before_validator_function(_unmerged, typing.cast("Any", copy))
    elif kind == "dict" and "ref" not in whole and _has_tuples(whole.get("keys_schema")):
        return core_schema.no_info_before_validator_function(_with_tuples, typing.cast("Any", copy))
    return copy


def _has_tuples(schema: Any) -> bool:
    """Whether keys of the schema are tuples, or some of them."""
    if isinstance(schema, dict):
        whole = typing.cast("dict[str, Any]", schema)
        return whole.get("type") == "tuple" or any(map(_has_tuples, whole.values()))
    return isinstance(schema, list | tuple) and any(map(_has_tuples, typing.cast("list[Any]", schema)))


def _with_tuples(value: Any) -> Any:
    """The dict of a Map that came as pairs because its keys are arrays; as it was, if a dict would merge some."""
    if not isinstance(value, MapPairs):
        return value
    pairs = typing.cast("MapPairs[Any, Any]", value)
    try:
        made = {_as_tuple(key): one for key, one in pairs}
    except TypeError:  # an object among the keys
        return pairs
    return made if len(made) == len(pairs) else pairs


def _as_tuple(key: Any) -> Any:
    return tuple(map(_as_tuple, typing.cast("list[Any]", key))) if isinstance(key, list) else key


def _number(value: Any) -> Any:
    if isinstance(value, str) and not is_number(value):
        raise PydanticCustomError("decimal_parsing", "Input should be a valid decimal")
    return value


def _unmerged(value: Any) -> Any:
    """Refuse for a set what is a list only because a set would merge its items."""
    if isinstance(value, (MapPairs, SetItems)):
        raise ValueError(MERGES)  # noqa: TRY004 - what pydantic reports as a problem of the value
    return value


def _modern(annotation: Any) -> Any:
    """`annotation` with typing's TypedDicts as typing_extensions', the only ones pydantic reads before Python 3.12."""
    if sys.version_info >= (3, 12):
        return annotation
    if typing.is_typeddict(annotation) and type(annotation).__module__ == "typing":
        return _rebuilt(annotation)
    arguments = typing.get_args(annotation)
    if not arguments or typing.get_origin(annotation) is typing.Literal:
        return annotation
    modern = tuple(_modern(argument) for argument in arguments)
    if all(new is old for new, old in zip(modern, arguments, strict=True)):
        return annotation
    origin = typing.get_origin(annotation)
    if typing.get_origin(annotation) is typing.Annotated:
        annotated: Any = typing.Annotated
        return annotated[modern]
    if hasattr(annotation, "copy_with"):
        return annotation.copy_with(modern)
    return typing.Union[modern] if not hasattr(origin, "__class_getitem__") else origin[modern]  # noqa: UP007


def _rebuilt(record: Any) -> Any:
    hints = typing_extensions.get_type_hints(record, include_extras=True)
    required, optional = typing_extensions.Required, typing_extensions.NotRequired
    fields = {
        name: (required if is_required(record, name, hint) else optional)[_modern(_unwrapped(hint))]
        for name, hint in hints.items()
    }
    make: Any = typing_extensions.TypedDict
    return make(record.__name__, fields)


def _unwrapped(hint: Any) -> Any:
    marks = {typing_extensions.Required, typing_extensions.NotRequired}
    return typing.get_args(hint)[0] if typing.get_origin(hint) in marks else hint


# --- msgspec


def _has_struct(annotation: Any) -> bool:
    return is_struct(typing.get_origin(annotation) or annotation) or any(
        _has_struct(argument) for argument in typing.get_args(annotation)
    )


def _compile_struct(annotation: Any) -> Validator:
    msgspec.convert({}, dict[str, annotation])  # raises here, at start, what msgspec cannot convert
    shape = shape_of(annotation)
    takes_files = _has_file(annotation, set())

    def check(value: Any, strict: bool) -> Any:
        try:
            converted = msgspec.convert(value, annotation, strict=strict)
        except msgspec.ValidationError:
            raise Invalid(list(_struct_problems(value, annotation, strict, ()))) from None
        wrong = list(_file_problems(converted, annotation, ())) if takes_files else []
        if wrong:
            raise Invalid(wrong)
        return converted

    return Validator(lambda value: check(value, True), lambda value: check(value, False), shape)


def _has_file(annotation: Any, seen: set[Any]) -> bool:
    """Whether a `File` stands anywhere in it: msgspec leaves marks that are not its own to us."""
    facets = facets_of(annotation)
    if facets.file is not None or (facets.item is not MISSING and _has_file(facets.item, seen)):
        return True
    if not facets.members or facets.type in seen:
        return False
    seen.add(facets.type)
    return any(_has_file(member.annotation, seen) for member in facets.members)


def _file_problems(value: Any, annotation: Any, at: Location) -> typing.Iterator[Problem]:
    facets = facets_of(annotation)
    uploads = typing.cast("Sequence[Any]", value) if isinstance(value, (list, tuple)) else (value,)
    for upload in uploads if facets.file is not None else ():
        problem = file_problem(facets.file, upload) if facets.file and isinstance(upload, Upload) else None
        if problem is not None:
            yield Problem(at, message(*problem))
    if facets.item is not MISSING:
        for index, one in enumerate(uploads):
            yield from _file_problems(one, facets.item, (*at, index))
    for member in facets.members if value is not None else ():
        yield from _file_problems(
            getattr(typing.cast("Any", value), member.name, None), member.annotation, (*at, member.wire)
        )


def _struct_problems(value: Any, annotation: Any, strict: bool, at: Location) -> typing.Iterator[Problem]:
    """Every problem: msgspec stops at the first, so each field and item is asked for itself."""
    if is_struct(annotation) and isinstance(value, dict):
        yield from _field_problems(typing.cast("dict[str, Any]", value), annotation, strict, at)
        return
    item = typing.get_args(annotation)
    if typing.get_origin(annotation) is list and isinstance(value, list):
        for index, one in enumerate(typing.cast("list[Any]", value)):
            yield from _struct_problems(one, item[0], strict, (*at, index))
        return
    members = [member for member in item if member is not type(None)]
    if value is not None and len(members) == 1 and type(None) in item:
        yield from _struct_problems(value, members[0], strict, at)
        return
    try:
        msgspec.convert(value, annotation, strict=strict)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$")
        yield Problem((*at, *_struct_path(path)), struct_message(text))


def _field_problems(value: dict[str, Any], struct: Any, strict: bool, at: Location) -> typing.Iterator[Problem]:
    hints = typing.get_type_hints(struct, include_extras=True)
    missing = len(struct.__struct_fields__) - len(struct.__struct_defaults__)
    names = dict(zip(struct.__struct_encode_fields__, struct.__struct_fields__, strict=True))
    for index, (wire, name) in enumerate(names.items()):
        if wire in value:
            yield from _struct_problems(value[wire], hints[name], strict, (*at, wire))
        elif index < missing:
            yield Problem((*at, wire), struct_message("missing required field"))
    if struct.__struct_config__.forbid_unknown_fields:
        for name in value.keys() - names.keys():
            yield Problem((*at, name), struct_message("unknown field"), unknown=True)


STEP: Final = re.compile(r"\.([^.\[\]`]+)|\[(\d+)\]")


def _struct_path(path: str) -> Location:
    return tuple(name or int(index) for name, index in STEP.findall(path))
