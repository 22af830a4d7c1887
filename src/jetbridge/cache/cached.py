"""A function in, one whose results are kept for all visitors and processes out, until what they show has changed."""

import inspect
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import timedelta
from functools import cached_property, partial, wraps
from typing import Any, Final, NamedTuple, TypeVar, cast, overload

import msgspec

from jetbridge.cache.cache import LONGEST, Found, Wanted
from jetbridge.cache.entries import Made, ReadError
from jetbridge.cache.keys import digest_of, key_of
from jetbridge.cache.revalidate import Caching
from jetbridge.cache.values import Values, values_of
from jetbridge.cache.ways import run_now
from jetbridge.context import Context, enter, peek
from jetbridge.errors import DefinitionError

__all__ = ["cached", "seconds_of", "texts_of"]

F = TypeVar("F", bound=Callable[..., Any])
# By the number of parameters, so that those of a lambda are `Any` for a strict checker, and not unknown.
Tags = (
    Iterable[str]
    | Callable[[Any], Iterable[str]]
    | Callable[[Any, Any], Iterable[str]]
    | Callable[[Any, Any, Any], Iterable[str]]
    | Callable[[Any, Any, Any, Any], Iterable[str]]
)

_VALUE: Final = b"v"
_ERROR: Final = b"e"


@overload
def cached(function: F, /) -> F: ...
@overload
def cached(
    *,
    tags: Tags = (),
    ttl: float | timedelta | None = None,
    stale: float | timedelta = 0,
    errors: type[Exception] | tuple[type[Exception], ...] = (),
    name: str | None = None,
) -> Callable[[F], F]: ...
def cached(
    function: F | None = None,
    /,
    *,
    tags: Tags = (),
    ttl: float | timedelta | None = None,
    stale: float | timedelta = 0,
    errors: type[Exception] | tuple[type[Exception], ...] = (),
    name: str | None = None,
) -> F | Callable[[F], F]:
    """Keep what a function, sync or async, gives for each set of arguments, in the app's store.

    It is made anew when one of its `tags` is revalidated, or after `ttl` seconds (or a timedelta); for `stale` seconds
    more the old value is given while it is made anew. `tags` are texts, or a function that takes any of its arguments
    by their names, `lambda user_id: [f"user:{user_id}"]`, and in one more parameter, of another name, the result. What
    else it reads through @cached adds its tags. Errors of the kinds in `errors` are kept too. `name` stands for module
    and function in the key, for functions that another function makes.

    One process makes it at a time; others wait. The value is kept as the return annotation says, and every caller gets
    a copy. Called outside of requests and `app.context()` the function just runs.

    Raises DefinitionError: for a generator function, for `tags` of other parameters, with neither `tags` nor `ttl`; at
    a call for an argument that has no value to compare, and for a result that cannot be kept in full.
    """
    if function is None:
        return lambda function: _cached(function, _Options(tags, ttl, stale, errors, name))
    return _cached(function, _Options(tags, ttl, stale, errors, name))


class _Options(NamedTuple):
    tags: Tags
    ttl: float | timedelta | None
    stale: float | timedelta
    errors: type[Exception] | tuple[type[Exception], ...]
    name: str | None


def _cached(function: F, options: _Options) -> F:
    plan = _Plan(function, options)

    @wraps(function)
    async def keeping_async(*args: Any, **kwargs: Any) -> Any:
        context = peek()
        if context is None:
            return await cast("Awaitable[Any]", function(*args, **kwargs))
        call = _Call(plan, args, kwargs, context)
        try:
            if context.revalidated:  # what this action has changed is not committed yet: only it may see that
                found = call.found(await call.make_async())
            else:
                found = await call.cache.fetch(call.wanted(call.make_async), call.cache.awaiting)
        except _FailedError as failed:
            found = call.failed(failed)
        return call.come(found)

    @wraps(function)
    def keeping(*args: Any, **kwargs: Any) -> Any:
        context = peek()
        if context is None:
            return function(*args, **kwargs)
        call = _Call(plan, args, kwargs, context)
        try:
            if context.revalidated:
                found = call.found(call.make())
            else:
                found = run_now(call.cache.fetch(call.wanted(call.make), call.cache.blocking))
        except _FailedError as failed:
            found = call.failed(failed)
        return call.come(found)

    return cast("F", keeping_async if inspect.iscoroutinefunction(function) else keeping)


class _Plan:
    """What is known of a function before it is called."""

    def __init__(self, function: Callable[..., Any], options: _Options) -> None:
        if not callable(function):  # pyright: ignore[reportUnnecessaryComparison]
            raise DefinitionError(f"@cached({function!r}): give it by name, @cached(ttl=…) or @cached(tags=…)")
        self.function = function
        name = function.__qualname__
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise DefinitionError(f"@cached takes a function that returns a value, and {name}() yields")
        if options.ttl is None and not callable(options.tags) and not options.tags:
            raise DefinitionError(
                f"@cached on {name}(): say for how long with ttl=, in seconds, or with tags= what it depends on"
            )
        self.ttl = LONGEST if options.ttl is None else seconds_of(options.ttl, f"@cached(ttl=…) on {name}()")
        self.stale = seconds_of(options.stale, f"@cached(stale=…) on {name}()") if options.stale else 0.0
        self.errors = options.errors if isinstance(options.errors, tuple) else (options.errors,)
        for kind in self.errors:
            if not (isinstance(kind, type) and issubclass(kind, Exception)):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise DefinitionError(
                    f"@cached(errors=…) on {name}() holds {kind!r}: it takes a class of errors, or a tuple"
                )
        self._name = f"{_module_of(function)}.{name}" if options.name is None else options.name
        self._signature = inspect.signature(function)
        self._tags, self._takes, self._result = _tags_of(options.tags, self._signature, name)

    @cached_property
    def values(self) -> Values:
        """Asked at the first call, when what its annotations name is there."""
        return values_of(self.function)

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> inspect.BoundArguments:
        """The arguments of a call, with defaults."""
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return bound

    def key(self, bound: inspect.BoundArguments) -> str:
        """Where the store has what the function gives for these arguments."""
        try:
            return f"cache:{digest_of(self._name, key_of(bound))}"
        except DefinitionError as error:
            raise DefinitionError(f"{self.function.__qualname__}(), which is under @cached: {error}") from None

    def tags_before(self, bound: inspect.BoundArguments) -> tuple[str, ...]:
        """What it depends on, as far as the arguments tell."""
        return () if self._result is not None else self._ask_tags(bound, {})

    def tags_after(self, bound: inspect.BoundArguments, result: Any) -> tuple[str, ...]:
        """What its result tells."""
        return () if self._result is None else self._ask_tags(bound, {self._result: result})

    def _ask_tags(self, bound: inspect.BoundArguments, more: Mapping[str, Any]) -> tuple[str, ...]:
        if not callable(self._tags):
            return self._tags
        given = cast("Callable[..., Iterable[str]]", self._tags)(
            **{name: bound.arguments[name] for name in self._takes}, **more
        )
        return texts_of(given, f"tags= of {self.function.__qualname__}()")


class _Raised(NamedTuple):
    """In place of a result: the error that the function raised."""

    error: Exception


class _FailedError(Exception):
    """A cached function raised what is not kept; `tags` are those of what it had read by then."""

    def __init__(self, error: Exception, tags: frozenset[str]) -> None:
        super().__init__(error)
        self.error, self.tags = error, tags


class _Call:
    """One call of a cached function."""

    def __init__(self, plan: _Plan, args: tuple[Any, ...], kwargs: dict[str, Any], context: Context) -> None:
        self._plan = plan
        self._args, self._kwargs = args, kwargs
        self._bound = plan.bind(args, kwargs)
        self._context = context
        self.cache = cast("Caching", context.app).cache

    def wanted(self, make: Callable[[str], Any]) -> Wanted:
        """What it asks of the cache."""
        plan, key = self._plan, self._plan.key(self._bound)
        if key in self._context.inside:
            name = plan.function.__qualname__
            raise DefinitionError(f"{name}(), under @cached, calls itself with the arguments that it was called with")
        tags, route = plan.tags_before(self._bound), self._context.route
        return Wanted(key, tags, plan.ttl, plan.stale, partial(make, key), self.read, route)

    async def make_async(self, key: str = "") -> Made:
        """Run the function, which is async."""
        with enter(self._inner(key)) as inner:
            try:
                return self._made(await cast("Awaitable[Any]", self._plan.function(*self._args, **self._kwargs)), inner)
            except Exception as error:
                return self._failed(error, inner)

    def make(self, key: str = "") -> Made:
        """Run the function, which is sync."""
        with enter(self._inner(key)) as inner:
            try:
                return self._made(self._plan.function(*self._args, **self._kwargs), inner)
            except Exception as error:
                return self._failed(error, inner)

    def found(self, made: Made) -> Found:
        """What was made for this caller alone."""
        return Found(self.read(made.data), made.tags)

    def failed(self, failed: _FailedError) -> Found:
        """What raised an error: whoever catches it has read that there was one, so it depends on the same."""
        return Found(_Raised(failed.error), failed.tags)

    def come(self, found: Found) -> Any:
        """What the caller gets; whatever the caller is making depends on it."""
        self._context.depends |= found.tags
        if isinstance(found.value, _Raised):
            raise found.value.error
        return found.value

    def read(self, data: bytes) -> Any:
        """What was made, from bytes. Raises ReadError for those of another version of the function."""
        plan = self._plan
        return plan.values.decode(data[1:]) if data[:1] == _VALUE else _Raised(_decode_error(data[1:], plan.errors))

    def _inner(self, key: str) -> Context:
        outer = self._context
        inner = Context(app=outer.app, phase="cached")
        inner.revalidated, inner.route, inner.inside = outer.revalidated, outer.route, (*outer.inside, key)
        return inner

    def _made(self, value: Any, inner: Context) -> Made:
        plan = self._plan
        data = _VALUE + plan.values.encode(value)
        return Made(
            data, frozenset((*plan.tags_before(self._bound), *plan.tags_after(self._bound, value), *inner.depends))
        )

    def _failed(self, error: Exception, inner: Context) -> Made:
        plan = self._plan
        tags = frozenset((*plan.tags_before(self._bound), *inner.depends))
        data = _encode_error(error, plan.errors)
        if data is None:
            raise _FailedError(error, tags) from error
        return Made(data, tags)


def _encode_error(error: Exception, kept: tuple[type[Exception], ...]) -> bytes | None:
    """An error as bytes; None for one of a subclass, or with something in it that JSON does not carry."""
    try:
        index = kept.index(type(error))
        state = [index, list(error.args), error.__dict__]
        data = msgspec.json.encode(state)
    except (ValueError, TypeError):
        return None
    return _ERROR + data if msgspec.json.decode(data) == state else None


def _decode_error(data: bytes, kept: tuple[type[Exception], ...]) -> Exception:
    try:
        index, args, state = cast("tuple[int, list[Any], dict[str, Any]]", msgspec.json.decode(data))
        kind = kept[index]
    except (ValueError, IndexError) as error:
        raise ReadError(str(error)) from None
    made = cast("Exception", cast("Any", kind).__new__(kind, *args))
    made.args = tuple(args)
    made.__dict__.update(state)
    return made


def _module_of(function: Callable[..., Any]) -> str:
    """The module's name, also where the module is the program."""
    if function.__module__ != "__main__":
        return function.__module__
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return "__main__" if spec is None else spec.name


def seconds_of(given: float | timedelta, where: str) -> float:
    """A time in seconds, above 0."""
    seconds: Any = given.total_seconds() if isinstance(given, timedelta) else given
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= LONGEST:
        raise DefinitionError(f"{where} takes seconds above 0, at most 30 days, or a timedelta; not {given!r}")
    return float(seconds)


def texts_of(given: Any, where: str) -> tuple[str, ...]:
    """Tags that were given, one or several. Raises DefinitionError for what is no tag."""
    if not isinstance(given, Iterable):
        raise DefinitionError(f"{where} takes texts, one or several; not {given!r}")
    tags = (given,) if isinstance(given, str) else tuple(cast("Iterable[Any]", given))
    for tag in tags:
        if not isinstance(tag, str) or not tag:
            raise DefinitionError(f"{where} holds {tag!r}: a tag is a text")
    return tags


def _tags_of(tags: Tags, signature: inspect.Signature, name: str) -> tuple[Any, frozenset[str], str | None]:
    """The tags, or what asks for them; then which arguments that takes, and under which name the result, if it does."""
    if not callable(tags):
        return texts_of(tags, f"@cached(tags=…) on {name}()"), frozenset(), None
    takes = set(inspect.signature(tags).parameters)
    others = takes - set(signature.parameters)
    if len(others) > 1:
        raise DefinitionError(
            f"@cached(tags=…) on {name}(): the function takes {', '.join(sorted(others))}, and {name}() has no such "
            "parameters. It takes those by their names, and at most one more, which gets the result"
        )
    return tags, frozenset(takes - others), next(iter(others), None)
