"""Plain pydantic models: a model class in, the record that msgspec reads for it and what makes models of records out.

A model is plain if it is no more than its fields: no validators, no configuration, no aliases, nothing private, no
constructor of its own. To check its fields is then all that pydantic would do, and what pydantic keeps about an
instance is set here as pydantic sets it. `schema.bulk` decides which fields it reads; a property test compares.
"""

from collections import deque
from collections.abc import Callable, Mapping
from itertools import chain, repeat
from typing import Any, Final, cast

import typing_extensions
from msgspec import Struct
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

__all__ = ["PlainModel", "plain_model"]

_HARMLESS: Final = frozenset({"title", "frozen"})  # of a model's configuration
_CONSTANT: Final = frozenset({int, float, bool, str, type(None)})


class PlainModel(Struct, frozen=True):
    """`fields` are the annotations by name, `record` a TypedDict of them, `build` gives models for a list of those."""

    fields: Mapping[str, Any]
    record: Any
    build: Callable[[list[dict[str, Any]]], list[Any]]


def plain_model(model: Any) -> PlainModel | None:
    """How instances of `model` are made of checked records, or None for what is no plain model."""
    if not (isinstance(model, type) and issubclass(model, BaseModel) and _is_plain(model)):
        return None
    fields: dict[str, Any] = {}
    hints: dict[str, Any] = {}
    defaults: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if field.alias is not None or field.validation_alias is not None or field.metadata or field.discriminator:
            return None
        fields[name] = hint = cast("Any", field.annotation)
        if field.default is not PydanticUndefined:
            if type(field.default) not in _CONSTANT or field.validate_default:
                return None
            defaults[name] = field.default
            hint = typing_extensions.NotRequired[hint]
        elif field.default_factory is not None:
            return None
        hints[name] = hint
    make: Any = typing_extensions.TypedDict
    return PlainModel(fields, make(model.__name__, hints), _builder(model, tuple(fields), defaults))


def _is_plain(model: type[BaseModel]) -> bool:
    schema = cast("dict[str, Any]", model.__dict__.get("__pydantic_core_schema__") or {})
    inner = schema.get("schema", {})
    return (
        model.__pydantic_complete__
        and schema.get("type") == "model"
        and inner.get("type") == "model-fields"
        and not any(schema.get(name) for name in ("post_init", "custom_init", "root_model", "strict"))
        and not any(inner.get(name) for name in ("extra_behavior", "extras_schema", "strict"))
        and not any(getattr(model.__pydantic_decorators__, kind) for kind in _VALIDATORS)
        and model.model_config.keys() <= _HARMLESS
        and not model.__private_attributes__
        and model.__new__ is object.__new__
    )


_VALIDATORS: Final = ("field_validators", "model_validators", "root_validators", "validators")


def _putter(name: str) -> Callable[[Any, Any], None]:
    """What sets a slot of pydantic's own, past what a frozen model or a `__setattr__` of its own would say."""
    return BaseModel.__dict__[name].__set__


_put_fields = _putter("__dict__")
_put_extra = _putter("__pydantic_extra__")
_put_given = _putter("__pydantic_fields_set__")
_put_private = _putter("__pydantic_private__")
_new = cast("Callable[[Any], Any]", object.__new__)
_run = deque[Any](maxlen=0).extend  # a loop without Python in it


def _builder(
    model: type[BaseModel], names: tuple[str, ...], defaults: Mapping[str, Any]
) -> Callable[[list[dict[str, Any]]], list[Any]]:
    all_names, ordered = frozenset(names), list(names)

    def build(records: list[dict[str, Any]]) -> list[Any]:
        number = len(records)
        # No record has a name twice, so as many names in this order are all of them in each record.
        if list(chain.from_iterable(records)) == ordered * number:
            given: list[set[str]] = list(map(set, repeat(all_names, number)))
        else:  # the order of the class shows in `model_dump` and repr, whatever the order in the call was
            given = [set(record) for record in records]
            records = [{n: record[n] if n in record else defaults[n] for n in names} for record in records]
        models: list[Any] = list(map(_new, repeat(model, number)))
        _run(map(_put_fields, models, records))
        _run(map(_put_extra, models, repeat(None)))
        _run(map(_put_given, models, given))
        _run(map(_put_private, models, repeat(None)))
        return models

    return build
