"""Keys: the type of a dict's keys in, whether they are text on the wire out.

Where they are, the dict is an object in JavaScript, which has no other keys; else it is a Map. What is declared and
what is sent go by this.
"""

import enum
import typing
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final, Literal, TypeVar, cast

from jetbridge.schema.describe import MISSING
from jetbridge.schema.shape import is_union
from jetbridge.wire.plain import AS_TEXT

__all__ = ["has_text_keys", "inner_type"]

_WRAPPERS: Final = {"Required", "NotRequired", "ReadOnly", "Final", "ClassVar"}
_TEXT: Final = (str, date, time, timedelta, *AS_TEXT)
_NO_TEXT: Final = (datetime, type(None), int, float, complex, bytes, tuple, frozenset)
_RECORDS: Final = ("model_fields", "__dataclass_fields__", "__struct_fields__", "__attrs_attrs__")


def has_text_keys(key: Any, given: Mapping[Any, Any] = {}) -> bool:  # never changed
    """Whether keys of the type `key` are text; those of which nothing is known are taken for it."""
    one = inner_type(key, given)
    if is_union(one):
        return all(has_text_keys(member, given) for member in typing.get_args(one))
    origin: Any = typing.get_origin(one) or one
    if origin is Literal:
        return all(isinstance(_value(value), str) for value in typing.get_args(one))
    if one is None:
        return False
    if not isinstance(origin, type):
        return True
    kind = cast("type[Any]", origin)
    if issubclass(kind, enum.Enum):
        return all(isinstance(member.value, str) for member in kind)
    if issubclass(kind, _NO_TEXT):
        return False
    return issubclass(kind, _TEXT) or not any(hasattr(kind, name) for name in _RECORDS)


def _value(literal: Any) -> Any:
    return literal.value if isinstance(literal, enum.Enum) else literal


def inner_type(annotation: Any, given: Mapping[Any, Any]) -> Any:
    """The type that matters of `annotation`: no metadata, no name of its own; `given` stands for type variables."""
    while True:
        if isinstance(annotation, TypeVar):
            known = given.get(annotation, annotation.__bound__)
            if known is None or known is annotation:
                return Any
            annotation = known
        elif typing.get_origin(annotation) is Annotated or _form(annotation) in _WRAPPERS:
            annotation = typing.get_args(annotation)[0]
        elif hasattr(annotation, "__supertype__"):  # NewType
            annotation = annotation.__supertype__
        elif not isinstance(annotation, type) and hasattr(annotation, "__value__"):  # type X = …
            annotation = annotation.__value__
        else:
            return Any if annotation is MISSING else annotation


def _form(annotation: Any) -> str:
    return str(getattr(typing.get_origin(annotation), "_name", ""))
