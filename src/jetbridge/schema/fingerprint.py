"""Fingerprints: a signature in, a short text out that changes when what a client must send changes.

A page that was rendered before a deploy carries the old one, so that its call is refused before the new function gets
arguments that meant something else. Names of types and modules do not count, nor do defaults: they are not sent.
"""

import dataclasses
import enum
import typing
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Annotated, Any, Final, Literal, cast

import typing_extensions

from jetbridge.schema.describe import MISSING, Parameter, Signature
from jetbridge.schema.shape import is_union
from jetbridge.schema.written import written_annotations
from jetbridge.wire.protocol import REFERENCE_FINGERPRINT

__all__ = ["LENGTH", "fingerprint"]

# 48 bits: no one gains by finding two signatures with one fingerprint.
LENGTH: Final = REFERENCE_FINGERPRINT


def fingerprint(signature: Signature, variables: Iterable[str] = ()) -> str:
    """The fingerprint of what a client fills, in `LENGTH` characters; `variables` are those a page seals besides."""
    parts = [_parameter(one) for one in signature.parameters if one.kind in {"wire", "previous"}]
    text = "\n".join([*parts, *(f"={name}" for name in sorted(variables))])
    return urlsafe_b64encode(sha256(text.encode()).digest()).decode()[:LENGTH]


def _parameter(parameter: Parameter) -> str:
    passing = "" if parameter.passing in {"positional", "either"} else parameter.passing
    kind = "" if parameter.kind == "previous" else _word(parameter.annotation, ())
    return f"{parameter.kind} {passing} {parameter.name}{'' if parameter.required else '?'}:{kind}"


def _word(annotation: Any, above: tuple[Any, ...]) -> str:
    """A type as one word; `above` are the classes it is written in, for those that contain themselves."""
    if annotation is MISSING or annotation is Any:
        return "any"
    if annotation is None or annotation is type(None):
        return "null"
    value = getattr(annotation, "__value__", None)  # type X = …
    if value is not None:
        return _named(annotation, above, lambda inner: _word(value, inner))
    origin = typing.get_origin(annotation)
    arguments: tuple[Any, ...] = typing.get_args(annotation)
    if origin is Annotated:
        return _word(arguments[0], above)
    if origin is Literal:
        return f"literal{sorted(map(repr, arguments))}"
    if is_union(annotation):
        return "|".join(sorted(_word(one, above) for one in arguments))
    supertype = getattr(annotation, "__supertype__", None)  # NewType
    if supertype is not None:
        return _word(supertype, above)
    found: Any = annotation if origin is None else origin
    if not isinstance(found, type):
        return str(getattr(found, "__name__", found))
    kind = cast("type[Any]", found)
    if issubclass(kind, enum.Enum):
        return f"enum{sorted(repr(member.value) for member in kind)}"
    inside = ",".join("…" if one is Ellipsis else _word(one, above) for one in arguments)
    outside = _class(annotation, kind, above)
    return f"{outside}[{inside}]" if inside else outside


def _class(annotation: Any, kind: type[Any], above: tuple[Any, ...]) -> str:
    members = _members(kind)
    if members is None:
        return kind.__name__
    return _named(
        annotation,
        above,
        lambda inner: "{" + ",".join(sorted(f"{name}:{_word(one, inner)}" for name, one in members.items())) + "}",
    )


def _named(annotation: Any, above: tuple[Any, ...], write: typing.Callable[[tuple[Any, ...]], str]) -> str:
    """What `write` says of a type; within itself, how far up it stands."""
    if annotation in above:
        return f"^{len(above) - above.index(annotation)}"
    return write((*above, annotation))


def _members(kind: Any) -> dict[str, Any] | None:
    """The members of a class that is written as an object, by the name a client sends; None for any other class."""
    models: Any = getattr(kind, "model_fields", None)
    if isinstance(models, Mapping):
        return dict(_of_model(cast("Mapping[str, Any]", models)))
    if typing_extensions.is_typeddict(kind):
        needed: frozenset[str] = kind.__required_keys__
        return {name if name in needed else f"{name}?": hint for name, hint in _hints(kind).items()}
    if dataclasses.is_dataclass(kind):
        return dict(_of_dataclass(kind))
    names: Any = getattr(kind, "__struct_fields__", None)  # msgspec
    if isinstance(names, tuple):
        hints = _hints(kind)
        sent: tuple[str, ...] = kind.__struct_encode_fields__
        defaults: tuple[Any, ...] = kind.__struct_defaults__
        first = len(sent) - len(defaults)
        own = cast("tuple[str, ...]", names)
        return {f"{sent[at]}{'?' if at >= first else ''}": hints.get(name) for at, name in enumerate(own)}
    return None


def _of_model(fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, field in fields.items():
        sent = field.validation_alias or field.alias or name
        yield f"{sent}{'' if field.is_required() else '?'}", field.annotation


def _of_dataclass(kind: Any) -> Iterator[tuple[str, Any]]:
    hints = _hints(kind)
    for field in dataclasses.fields(kind):
        if field.init:
            has_default = field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
            yield f"{field.name}{'?' if has_default else ''}", hints.get(field.name, field.type)


def _hints(kind: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(kind)
    except Exception:  # an annotation is code: it can raise anything
        return written_annotations(kind)
