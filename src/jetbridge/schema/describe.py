"""Describing: a function in, its parameters and where each comes from out.

`convert` reads the description to check a call; the TypeScript writer reads the same one. All that `inspect` and
`typing` have to say about a function is asked here, once, when it is registered.
"""

import inspect
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from types import FunctionType
from typing import Annotated, Any, Final, Literal

from msgspec import Struct

from jetbridge.errors import DefinitionError
from jetbridge.schema.depends import depends_in, inject
from jetbridge.schema.supply import PREVIOUS, Provide, is_request
from jetbridge.schema.written import written_annotations

__all__ = ["MISSING", "Missing", "Parameter", "Provider", "Signature", "describe", "place"]


class Missing:
    """The type of `MISSING`: no default, no annotation, no value."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()

Kind = Literal["wire", "previous", "request", "provide"]
Passing = Literal["positional", "either", "keyword", "rest", "others"]

PASSING: Final[Mapping[Any, Passing]] = {
    inspect.Parameter.POSITIONAL_ONLY: "positional",
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "either",
    inspect.Parameter.KEYWORD_ONLY: "keyword",
    inspect.Parameter.VAR_POSITIONAL: "rest",
    inspect.Parameter.VAR_KEYWORD: "others",
}


class Provider(Struct, frozen=True):
    """A function that supplies a value, with what it needs itself; `style` is how it is run."""

    function: Callable[..., Any]
    style: Literal["sync", "async", "generator", "async generator"]
    parameters: tuple["Parameter", ...]


class Parameter(Struct, frozen=True):
    """One parameter: `kind` says where its value comes from, `passing` how Python wants it.

    `annotation` keeps its `Annotated` metadata; it is MISSING where the author wrote none.
    """

    name: str
    annotation: Any
    kind: Kind
    passing: Passing
    default: Any = MISSING
    provider: Provider | None = None

    @property
    def required(self) -> bool:
        """Whether a call without it is an error."""
        return self.default is MISSING and self.passing not in {"rest", "others"}


class Signature(Struct, frozen=True, eq=False, dict=True, weakref=True):
    """What a function takes and gives; compared by identity, so that its converter can be kept beside it."""

    name: str
    place: str
    parameters: tuple[Parameter, ...]
    returns: Any = MISSING

    @cached_property
    def wire(self) -> tuple[Parameter, ...]:
        """The parameters that a client fills."""
        return tuple(p for p in self.parameters if p.kind == "wire")

    @cached_property
    def supplied(self) -> tuple[Parameter, ...]:
        """The parameters that the server fills."""
        return tuple(p for p in self.parameters if p.kind in {"request", "provide"})


def describe(function: Callable[..., Any], *, defaults: Mapping[str, Any] | None = None) -> Signature:
    """The signature of `function`. Raises DefinitionError, with file and line, where it cannot be an entry point.

    `defaults` overrides what the function object says: a nested action's defaults exist only once its outer function
    has run.
    """
    where = place(function)
    name = getattr(function, "__name__", "function")
    annotations = _annotations(function, where)
    parameters = tuple(_parameters(function, annotations, where, defaults or {}))
    _refuse_impossible(name, parameters, where)
    return Signature(name, where, parameters, annotations.get("return", MISSING))


def place(function: Callable[..., Any]) -> str:
    """`file:line` of a function, for messages."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code is not None else repr(function)


def _annotations(function: Callable[..., Any], where: str) -> dict[str, Any]:
    """Every annotation, evaluated; names the one of a parameter that cannot be.

    What a function gives may be written with names that only a type checker knows: then it says nothing here.
    """
    target = inspect.unwrap(function, stop=lambda f: hasattr(f, "__signature__"))
    try:
        return typing.get_type_hints(target, include_extras=True)
    except Exception as error:  # an annotation is code: it can raise anything
        reason = f"{type(error).__name__}: {error}"
    try:
        if isinstance(target, FunctionType) and "return" in (written := written_annotations(target)):
            bare = FunctionType(target.__code__, target.__globals__)
            bare.__annotations__ = {name: hint for name, hint in written.items() if name != "return"}
            return typing.get_type_hints(bare, include_extras=True)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
    raise DefinitionError(
        f"{where}: an annotation of {getattr(target, '__name__', target)}() cannot be evaluated ({reason}). "
        "Types of an action's parameters are read when the app starts: import them at module level, "
        "not under `if TYPE_CHECKING:`"
    )


def _parameters(
    function: Callable[..., Any], annotations: Mapping[str, Any], where: str, defaults: Mapping[str, Any]
) -> Iterator[Parameter]:
    written = inspect.signature(function).parameters.values()
    injected = _injected(written, annotations)
    for parameter in written:
        annotation = annotations.get(parameter.name, MISSING)
        default = MISSING if parameter.default is inspect.Parameter.empty else parameter.default
        default = defaults.get(parameter.name, default)
        if parameter.name in injected:
            yield Parameter(
                parameter.name, annotation, "provide", PASSING[parameter.kind], MISSING, injected[parameter.name]
            )
            continue
        kind, provider = _kind(annotation, where)
        yield Parameter(parameter.name, annotation, kind, PASSING[parameter.kind], default, provider)


def _injected(written: Iterable[inspect.Parameter], annotations: Mapping[str, Any]) -> dict[str, Provider]:
    """A provider for each parameter that FastAPI injects: one generator gives all of them, once for a call."""
    found = {
        one.name: (annotations.get(one.name, Any), one.default)
        for one in written
        if depends_in(annotations.get(one.name), one.default)
    }
    if not found:
        return {}
    request = Parameter("request", MISSING, "request", "keyword")
    values = Parameter(
        "values", MISSING, "provide", "keyword", MISSING, Provider(inject(found), "async generator", (request,))
    )

    return {name: Provider(_picking(name), "sync", (values,)) for name in found}


def _picking(name: str) -> Callable[..., Any]:
    def pick(values: dict[str, Any]) -> Any:
        return values[name]

    return pick


def _kind(annotation: Any, where: str) -> tuple[Kind, Provider | None]:
    if is_request(annotation):
        return "request", None
    if typing.get_origin(annotation) is not Annotated:
        return "wire", None
    base, *metadata = typing.get_args(annotation)
    for mark in metadata:
        if isinstance(mark, Provide):
            return "provide", _provider(mark.function, where)
        if mark is Provide:
            raise DefinitionError(f"{where}: Provide takes the function that gives the value: Provide(current_user)")
        if mark is PREVIOUS:
            return "previous", None
    return ("request" if is_request(base) else "wire"), None


def _provider(function: Callable[..., Any], where: str) -> Provider:
    """How to run a Provide function. Its own parameters must be supplied too, or have defaults."""
    if not callable(function):
        raise DefinitionError(f"{where}: Provide takes a function, not {function!r}")
    target = function if isinstance(function, FunctionType) or inspect.ismethod(function) else None
    parameters = tuple(_parameters(function, _annotations(target, where), where, {})) if target else ()
    for parameter in parameters:
        if parameter.kind not in {"request", "provide"} and parameter.required:
            raise DefinitionError(
                f"{place(function)}: {parameter.name!r} of the provider {function.__name__}() is not supplied: "
                "annotate it as Request or Annotated[…, Provide(…)], or give it a default"
            )
    supplied = tuple(p for p in parameters if p.kind in {"request", "provide"})
    if inspect.isasyncgenfunction(function):
        return Provider(function, "async generator", supplied)
    if inspect.isgeneratorfunction(function):
        return Provider(function, "generator", supplied)
    return Provider(function, "async" if inspect.iscoroutinefunction(function) else "sync", supplied)


def _refuse_impossible(name: str, parameters: tuple[Parameter, ...], where: str) -> None:
    """Refuse what a call could never fill: a supplied parameter is always passed by its name."""
    rest = any(p.passing == "rest" for p in parameters)
    filled_by_clients = 0
    for parameter in parameters:
        if parameter.kind in {"request", "provide"}:
            if parameter.passing not in {"either", "keyword"} or (rest and parameter.passing == "either"):
                raise DefinitionError(
                    f"{where}: the server passes {parameter.name!r} of {name}() by name: "
                    "put it after `*` (or after `*args`), and before no `/`"
                )
            continue
        if parameter.kind == "previous" and filled_by_clients:
            raise DefinitionError(f"{where}: Previous[…] is the first parameter of {name}(), as useActionState has it")
        filled_by_clients += 1
