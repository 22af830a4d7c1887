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
from typing import Annotated, Any, Final, NamedTuple, TypeVar, cast

import typing_extensions
from pydantic import BaseModel

from jetbridge.schema.describe import MISSING
from jetbridge.schema.shape import is_union
from jetbridge.schema.written import written_annotations
from jetbridge.wire.model import Map

__all__ = ["Keep", "compile_keep"]

Keep = Callable[[Any], Any]
Fits = Callable[[Iterable[Any]], bool]
_WRAPPERS: Final = {"Required", "NotRequired", "ReadOnly", "Final", "ClassVar"}


def compile_keep(annotation: Any) -> Keep | None:
    """The function that gives of a value what its type has, or the value itself where that is all it has.

    None where no value of the type can have more.
    """
    return _Compiler().keep_of(annotation, {})


class _Member(NamedTuple):
    """One type of a union: what is an instance of it, what to keep, and the names it has if it is a record."""

    kind: type | None
    keep: Keep | None
    names: frozenset[str] | None


class _Compiler:
    def __init__(self) -> None:
        self._known: dict[Any, Keep] = {}  # of records
        # Of those, whether none of many values has too much: a table is looked at in a fifth of the time.
        self._fits: dict[Keep, Fits] = {}

    def keep_of(self, annotation: Any, given: Mapping[Any, Any]) -> Keep | None:
        """`given` are the types that stand for type variables."""
        return self._member(annotation, given).keep

    def _member(self, annotation: Any, given: Mapping[Any, Any]) -> _Member:
        annotation = _bare(annotation, given)
        origin = typing.get_origin(annotation)
        arguments: tuple[Any, ...] = typing.get_args(annotation)
        if is_union(annotation):
            return _Member(None, self._union(arguments, given), None)
        kind: Any = annotation if origin is None else origin
        if not isinstance(kind, type):
            return _Member(None, None, None)
        names = _names(kind)
        if names is not None:
            return _Member(cast("type[Any]", kind), self._record(kind, arguments, names, given), frozenset(names))
        return _Member(cast("type[Any]", kind), self._container(kind, arguments, given), None)

    def _container(self, kind: type[Any], arguments: tuple[Any, ...], given: Mapping[Any, Any]) -> Keep | None:
        if not arguments:
            return None
        if issubclass(kind, Mapping):
            keep = self.keep_of(arguments[-1], given)
            return None if keep is None else lambda value: _values(value, keep)
        if issubclass(kind, AsyncIterable):
            keep = self.keep_of(arguments[0], given)
            return None if keep is None else lambda value: _Stream(value, keep)
        if issubclass(kind, Awaitable):
            keep = self.keep_of(arguments[-1], given)
            if keep is None:
                return None
            return lambda value: _waited(value, keep)
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
        inside = {**given, **dict(zip(variables, (_bare(one, given) for one in arguments), strict=False))}
        keeps = {name: self.keep_of(hint, inside) for name, hint in _hints(kind, names).items()}
        deep = {name: keep for name, keep in keeps.items() if keep is not None}
        made.append(_keep_record(kind, tuple(names), deep))
        self._known[key] = made[0]
        fits = _fits_record(kind, names, deep)
        if fits is not None:
            self._fits[made[0]] = fits
        return made[0]

    def _union(self, arguments: tuple[Any, ...], given: Mapping[Any, Any]) -> Keep | None:
        bare = [_bare(one, given) for one in arguments]
        members = [self._member(one, given) for one in bare]
        if Any in bare or object in bare or not any(member.keep for member in members):
            return None

        def keep(value: Any) -> Any:
            found = _choose(value, members)
            return value if found is None or found.keep is None else found.keep(value)

        return keep


def _bare(annotation: Any, given: Mapping[Any, Any]) -> Any:
    """The type that matters of `annotation`: no metadata, no name of its own."""
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
        return {name: models[name].annotation for name in names if name in models}
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
    by_kind = {member.kind: member for member in members if member.kind is not None}
    for kind in type(value).__mro__:
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
