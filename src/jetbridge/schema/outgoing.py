"""What may leave: the type that an action says it returns in, a function that takes off what is too much out.

A subclass's extra field, another class's or a dict's extra key stays at home, however deep it stands. Decided once, at
start: for a type in which nothing can be too much there is no function at all. pydantic does the same inside a model.
"""

import dataclasses
import typing
from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Coroutine,
    Generator,
    Iterable,
    Iterator,
    Mapping,
)
from typing import Any, NamedTuple, cast

import typing_extensions
from pydantic import BaseModel

from jetbridge.schema.keys import has_text_keys, inner_type
from jetbridge.schema.shape import is_union
from jetbridge.schema.written import written_annotations
from jetbridge.wire.model import Map, MapPairs
from jetbridge.wire.plain import key_text

__all__ = ["Compiler", "Keep"]

Keep = Callable[[Any], Any]
Fits = Callable[[Iterable[Any]], bool]


class _Member(NamedTuple):
    """One type of a union: what is an instance of it, what to keep, the names it has if it is a record, and whether
    its keys are text if it is a dict.
    """

    kind: type | None
    keep: Keep | None
    names: frozenset[str] | None = None
    has_text_keys: bool = True


class Compiler:
    """Functions for types, from those for what the types are made of.

    One gives of a value what its type has, or the value itself where that is all it has; None stands for a type of
    which no value can have more.
    """

    def __init__(self) -> None:
        self._known: dict[Any, Keep | None] = {}  # of records
        # Of those, whether none of many values has too much: a table is looked at in a fifth of the time.
        self._fits: dict[Keep, Fits] = {}
        self.has_maps = False  # whether a Map was met: a dict that is declared as one, or has other keys than text

    def keep_of(self, annotation: Any, given: Mapping[Any, Any]) -> Keep | None:
        """`given` are the types that stand for type variables."""
        return self._member(annotation, given).keep

    def _member(self, annotation: Any, given: Mapping[Any, Any]) -> _Member:
        annotation = inner_type(annotation, given)
        origin = typing.get_origin(annotation)
        arguments: tuple[Any, ...] = typing.get_args(annotation)
        if is_union(annotation):
            return _Member(None, self._union(arguments, given))
        kind: Any = annotation if origin is None else origin
        if not isinstance(kind, type):
            return _Member(None, None)
        names = _names(kind)
        if names is not None:
            return _Member(cast("type[Any]", kind), self._record(kind, arguments, names, given), frozenset(names))
        is_dict: bool = issubclass(kind, Mapping) and bool(arguments)
        is_text = not is_dict or has_text_keys(arguments[0], given)
        self.has_maps |= not is_text or (is_dict and issubclass(kind, Map))
        keep = self._container(cast("type[Any]", kind), arguments, given)
        return _Member(cast("type[Any]", kind), keep, None, is_text)

    def _container(self, kind: type[Any], arguments: tuple[Any, ...], given: Mapping[Any, Any]) -> Keep | None:
        if not arguments:
            return None
        if issubclass(kind, Mapping):
            return self.mapping(cast("type[Any]", kind), arguments, given)
        if issubclass(kind, AsyncIterable):
            keep = self.keep_of(arguments[0], given)
            return None if keep is None else lambda value: _Stream(value, keep)
        if issubclass(kind, Awaitable):
            keep = self.keep_of(arguments[-1], given)
            if keep is None:
                return None
            return lambda value: _waited(value, keep)
        if issubclass(kind, MapPairs):
            pair = [self.keep_of(one, given) for one in arguments]
            return (lambda value: _pairs(value, pair)) if any(pair) else None
        if issubclass(kind, tuple) and arguments[-1] is not Ellipsis:
            keeps = [self.keep_of(one, given) for one in arguments]
            return (lambda value: _places(value, keeps)) if any(keeps) else None
        if issubclass(kind, Iterable):
            keep = self.keep_of(arguments[0], given)
            if keep is None:
                return None
            fits = self._fits.get(keep)
            return lambda value: _items(value, keep, fits)
        return None

    def mapping(self, kind: type[Any], arguments: tuple[Any, ...], given: Mapping[Any, Any]) -> Keep | None:
        """The function for a dict, or something like it, with types of keys and values."""
        del kind
        keep = self.keep_of(arguments[-1], given)
        return None if keep is None else lambda value: _values(value, keep)

    def _record(
        self, kind: Any, arguments: tuple[Any, ...], names: Iterable[str], given: Mapping[Any, Any]
    ) -> Keep | None:
        key = (kind, arguments, tuple(given.items()))
        if key in self._known:
            return self._known[key]
        made: list[Keep] = []

        def keep_below(value: Any) -> Any:  # where a type contains itself
            return made[0](value)

        self._known[key] = keep_below
        variables: tuple[Any, ...] = getattr(kind, "__parameters__", ())
        inside = {**given, **dict(zip(variables, (inner_type(one, given) for one in arguments), strict=False))}
        keeps = {name: self.keep_of(hint, inside) for name, hint in _hints(kind, names).items()}
        deep = {name: keep for name, keep in keeps.items() if keep is not None}
        keep = self._known[key] = self.record(kind, tuple(names), deep)
        if keep is not None:
            made.append(keep)
        return keep

    def record(self, kind: Any, names: tuple[str, ...], deep: Mapping[str, Keep]) -> Keep | None:
        """The function for a class that names its members; `deep` has those of members that need one."""
        keep = _keep_record(kind, names, deep)
        fits = _fits_record(kind, names, deep)
        if fits is not None:
            self._fits[keep] = fits
        return keep

    def _union(self, arguments: tuple[Any, ...], given: Mapping[Any, Any]) -> Keep | None:
        types = _merged([inner_type(one, given) for one in arguments])
        members = [self._member(one, given) for one in types]
        if Any in types or object in types or not any(member.keep for member in members):
            return None

        def keep(value: Any) -> Any:
            found = _choose(value, members)
            return value if found is None or found.keep is None else found.keep(value)

        return keep


def _merged(types: list[Any]) -> list[Any]:
    """The types of a union, lists of one thing and lists of another as lists of either: their class is the same."""
    merged: dict[Any, Any] = {}
    for one in types:
        origin, arguments = typing.get_origin(one), typing.get_args(one)
        is_several = isinstance(origin, type) and issubclass(origin, Iterable) and not issubclass(origin, Mapping)
        if not is_several or len(arguments) != 1:
            merged[len(merged)] = one
        elif origin in merged:
            merged[origin] = cast("Any", origin)[typing.Union[typing.get_args(merged[origin])[0], arguments[0]]]  # noqa: UP007
        else:
            merged[origin] = one
    return list(merged.values())


# --- records: models, dataclasses, TypedDicts, Structs, attrs


def _names(kind: Any) -> tuple[str, ...] | None:
    """The names of what a class says its instances have; None for a class that says nothing of the kind."""
    if kind is BaseModel:
        return None  # any model
    fields: Any = getattr(kind, "model_fields", None)
    if isinstance(fields, Mapping):
        computed = cast("Mapping[str, Any]", getattr(kind, "model_computed_fields", {}))
        return (*cast("Mapping[str, Any]", fields), *computed)
    if typing_extensions.is_typeddict(kind):
        return tuple(written_annotations(kind))
    if dataclasses.is_dataclass(kind):
        return tuple(field.name for field in dataclasses.fields(kind))
    names: Any = getattr(kind, "__struct_fields__", None)  # msgspec
    if isinstance(names, tuple):
        return cast("tuple[str, ...]", names)
    attributes: Any = getattr(kind, "__attrs_attrs__", None)
    return None if attributes is None else tuple(attribute.name for attribute in attributes)


def _hints(kind: Any, names: Iterable[str]) -> dict[str, Any]:
    fields: Any = getattr(kind, "model_fields", None)
    if isinstance(fields, Mapping):  # pydantic has put the types in for its type variables
        models = cast("Mapping[str, Any]", fields)
        computed: Mapping[str, Any] = getattr(kind, "model_computed_fields", {})
        return {name: models[name].annotation if name in models else computed[name].return_type for name in names}
    try:
        hints = typing.get_type_hints(kind, include_extras=True)
    except Exception:  # an annotation is code: it can raise anything
        return {}
    return {name: hints[name] for name in names if name in hints}


def _keep_record(kind: Any, names: tuple[str, ...], deep: Mapping[str, Keep]) -> Keep:
    is_model = hasattr(kind, "__pydantic_serializer__") and issubclass(kind, BaseModel)
    is_dict = typing_extensions.is_typeddict(kind)
    known = frozenset(names)

    def keep(value: Any) -> Any:
        if type(value) is kind:
            return value if is_model or not deep else _unless_same(value, _attributes(value, names, deep), deep)
        if isinstance(value, Mapping):
            told = cast("Mapping[Any, Any]", value)
            if is_dict and not deep and told.keys() <= known:
                return told
            return {key: deep[key](one) if key in deep else one for key, one in told.items() if key in known}
        if is_model and isinstance(value, kind):
            # pydantic's own dump by the declared class, for its serializers and what it excludes.
            return kind.__pydantic_serializer__.to_python(value, mode="python", by_alias=False, warnings=False)
        if _names(type(value)) is None:
            return value  # no record: the encoder knows what to say
        return _attributes(value, names, deep)

    return keep


def _fits_record(kind: Any, names: Iterable[str], deep: Mapping[str, Keep]) -> Fits | None:
    """What says of many values, in loops without Python in them, that `_keep_record` leaves them all as they are.

    It may say no where they are.
    """
    if typing_extensions.is_typeddict(kind):
        known = frozenset(names)
        return None if deep else lambda values: set(map(type, values)) == {dict} and set().union(*values) <= known
    if deep and not issubclass(kind, BaseModel):
        return None
    return lambda values: set(map(type, values)) == {kind}


def _attributes(value: Any, names: Iterable[str], deep: Mapping[str, Keep]) -> dict[str, Any]:
    found = {name: getattr(value, name) for name in names if hasattr(value, name)}
    return {name: deep[name](one) if name in deep else one for name, one in found.items()}


def _unless_same(value: Any, kept: dict[str, Any], deep: Iterable[str]) -> Any:
    return value if all(kept.get(name) is getattr(value, name, None) for name in deep) else kept


def _choose(value: Any, members: Iterable[_Member]) -> _Member | None:
    """The member of a union that a value is of: by its class, the nearest first, else by the names it has."""
    if isinstance(value, Mapping) and not all(member.has_text_keys for member in members):
        return _choose_by_keys(cast("Mapping[Any, Any]", value), members)
    by_kind = {member.kind: member for member in members if member.kind is not None}
    for kind in type(cast("object", value)).__mro__:
        if kind in by_kind:
            return by_kind[kind]
    records = [member for member in by_kind.values() if member.names is not None]
    others = [member for member in by_kind.values() if member.names is None and member.kind is not None]
    for member in others:
        if isinstance(value, cast("type[Any]", member.kind)):
            return member
    if isinstance(value, Mapping):
        told = cast("Mapping[Any, Any]", value).keys()
    elif (own := _names(type(value))) is not None:
        told = dict.fromkeys(own).keys()
    else:
        return None
    fitting = (member for member in records if told <= cast("frozenset[str]", member.names))
    nearest = max(records, key=lambda member: len(told & cast("frozenset[str]", member.names)), default=None)
    return next(fitting, nearest)


def _choose_by_keys(value: Mapping[Any, Any], members: Iterable[_Member]) -> _Member | None:
    """The same for a dict, where one of the members is a dict whose keys are no text."""
    is_text = all(key_text(key) is not None for key in value)
    dicts = [one for one in members if one.kind is not None and one.names is None and issubclass(one.kind, Mapping)]
    fitting = [one for one in dicts if one.has_text_keys == is_text]
    records = [one for one in members if one.names is not None] if value and is_text else []
    nearest = max(records, key=lambda one: len(value.keys() & cast("frozenset[str]", one.names)), default=None)
    if nearest is not None and (not fitting or value.keys() <= cast("frozenset[str]", nearest.names)):
        return nearest
    return (fitting or dicts)[0]


# --- containers


def _items(values: Any, keep: Keep, fits: Fits | None) -> Any:
    if isinstance(values, Iterator):
        return map(keep, cast("Iterator[Any]", values))  # a generator, which can be read once only
    if not isinstance(values, Collection) or isinstance(values, str | bytes | Mapping):
        return cast("Any", values)
    several = cast("Collection[Any]", values)
    if fits is not None and fits(several):
        return several
    kept = [keep(one) for one in several]
    return several if all(a is b for a, b in zip(several, kept, strict=True)) else kept


def _places(values: Any, keeps: list[Keep | None]) -> Any:
    if not isinstance(values, tuple | list):
        return values
    several = cast("Collection[Any]", values)
    return [one if keep is None else keep(one) for one, keep in zip(several, keeps, strict=False)]


def _pairs(values: Any, keeps: list[Keep | None]) -> Any:
    if not isinstance(values, MapPairs):
        return values
    return MapPairs([tuple(_places(pair, keeps)) for pair in cast("MapPairs[Any, Any]", values)])


def _values(value: Any, keep: Keep) -> Any:
    if not isinstance(value, Mapping):
        return value
    told = cast("Mapping[Any, Any]", value)
    kept = {key: keep(one) for key, one in told.items()}
    if all(kept[key] is one for key, one in told.items()):
        return told
    return Map(kept) if isinstance(told, Map) else kept


class _Stream:
    """An async iterable whose items are kept from; it ends as the one below it does."""

    def __init__(self, source: Any, keep: Keep) -> None:
        self._source = source
        self._keep = keep

    async def __aiter__(self) -> AsyncIterator[Any]:
        try:
            async for item in self._source:
                yield self._keep(item)
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """Close what is below."""
        close = getattr(self._source, "aclose", None)
        if close is not None:
            await close()


def _waited(source: Any, keep: Keep) -> Awaitable[Any]:
    return (
        _Later(cast("Coroutine[Any, Any, Any]", source), keep)
        if isinstance(source, Coroutine)
        else _later(source, keep)
    )


async def _later(source: Awaitable[Any], keep: Keep) -> Any:
    return keep(await source)


class _Later(Coroutine[Any, Any, Any]):
    """A coroutine whose result is kept from. Nobody may wait for it; then closing it closes the one below."""

    def __init__(self, source: Coroutine[Any, Any, Any], keep: Keep) -> None:
        self._source = source
        self._keep = keep

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._keep((yield from self._source.__await__()))

    def send(self, value: Any) -> Any:
        return self._source.send(value)

    def throw(self, *raised: Any) -> Any:
        return self._source.throw(*raised)

    def close(self) -> None:
        self._source.close()
