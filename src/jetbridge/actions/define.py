"""Defining: modules and functions in, which of them are actions out, and what looks like a mistake.

The directive is the first line of a docstring, `use server`. `@action` says the same in Python's own idiom and carries
options. Neither changes the function. `registry` collects what this finds; `nested` looks inside functions.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final, Literal, TypeVar, get_args, overload

from msgspec import Struct

from jetbridge.actions.directive import DIRECTIVE, Problem, has_directive, near_miss, stray_directives
from jetbridge.actions.rate import Rate, rate_of
from jetbridge.errors import DefinitionError

__all__ = [
    "Found",
    "Options",
    "action",
    "find_actions",
    "is_action",
    "is_asynchronous",
    "is_coroutine",
    "module_policy",
    "options_of",
    "refuse_no_policy",
]

MARK: Final = "__jetbridge_action__"
POLICY: Final = "__allow__"  # what a module calls the policy of all that is in it

F = TypeVar("F", bound=Callable[..., Any])
Mode = Literal["parallel", "latest"]


class Options(Struct, frozen=True):
    """What `@action(…)` says; None leaves it to the app."""

    allow: Callable[..., Any] | None = None
    max_bytes: int | None = None
    timeout: float | None = None
    aliases: tuple[str, ...] = ()
    max_files: int | None = None
    rate: Rate | None = None
    cancel_on_disconnect: bool = False
    mode: Mode = "parallel"
    check: Callable[..., Any] | None = None


class Found(Struct, frozen=True):
    """A function that is an action, under the qualified name that makes up its id."""

    function: Callable[..., Any]
    qualname: str
    options: Options


@overload
def action(function: F, /) -> F: ...
@overload
def action(
    *,
    allow: Callable[..., Any] | None = None,
    max_bytes: int | None = None,
    max_files: int | None = None,
    rate: str | None = None,
    rate_by: Callable[[Any], Any] | None = None,
    timeout: float | None = None,
    cancel_on_disconnect: bool = False,
    mode: Mode = "parallel",
    aliases: Iterable[str] = (),
    check: Callable[..., Any] | None = None,
) -> Callable[[F], F]: ...
def action(
    function: Any = None,
    /,
    *,
    allow: Callable[..., Any] | None = None,
    max_bytes: int | None = None,
    max_files: int | None = None,
    rate: str | None = None,
    rate_by: Callable[[Any], Any] | None = None,
    timeout: float | None = None,
    cancel_on_disconnect: bool = False,
    mode: Mode = "parallel",
    aliases: Iterable[str] = (),
    check: Callable[..., Any] | None = None,
) -> Any:
    """Make a module-level function an action that browsers can call; it stays the plain function it was.

    `allow` is asked with the request before the body is read; `max_bytes` bounds the body, `max_files` the files in
    it, `rate` (`"10/minute"`) the calls of one visitor, or of whoever `rate_by` says a request is from; `timeout` the
    run in seconds. `cancel_on_disconnect` ends it when the client goes away, `mode="latest"` when the same page calls
    it again. `check` takes arguments of the action by name, once they are parsed, and returns field errors or raises
    ActionError. `aliases` are former names (`old_name`, `old.module.old_name`, or an id) that keep working. A sync
    function runs in a thread pool.
    """
    if function is not None:
        return _marked(function, Options())
    refuse_no_policy(allow, "@action(allow=…)")
    if max_bytes is not None and (isinstance(max_bytes, bool) or max_bytes <= 0):
        raise DefinitionError("@action(max_bytes=…) takes a number of bytes above 0")
    if max_files is not None and (isinstance(max_files, bool) or max_files < 0):
        raise DefinitionError("@action(max_files=…) takes a number of files, 0 or more")
    if mode not in get_args(Mode):
        raise DefinitionError(f'@action(mode=…) is "parallel" or "latest", not {mode!r}')
    if timeout is not None and timeout <= 0:
        raise DefinitionError("@action(timeout=…) takes a number of seconds above 0")
    if isinstance(aliases, str):
        raise DefinitionError(f"@action(aliases=…) takes a list: aliases=[{aliases!r}]")
    if check is not None and not callable(check):
        raise DefinitionError("@action(check=…) takes a function of the action's arguments")
    options = Options(
        allow, max_bytes, timeout, tuple(aliases), max_files, rate_of(rate, rate_by), cancel_on_disconnect, mode, check
    )

    def mark(decorated: Any) -> Any:
        return _marked(decorated, options)

    return mark


def refuse_no_policy(allow: Any, what: str) -> None:
    """Raise DefinitionError, beginning with `what`, for something that cannot be asked about a request."""
    if allow is None:
        return
    with suppress(ValueError):  # written in C, without a signature
        try:
            inspect.signature(allow).bind(None)
        except TypeError:
            raise DefinitionError(f"{what} takes a function of the request, which says whether it may go on") from None


def module_policy(module: ModuleType | None) -> Callable[..., Any] | None:
    """The policy that a module has for its actions and pages, `__allow__`."""
    return vars(module).get(POLICY) if module is not None else None


def _marked(function: Any, options: Options) -> Any:
    place, name = _place(function), getattr(function, "__qualname__", repr(function))
    if not isinstance(function, FunctionType):
        raise DefinitionError(f"{place}: @action stands on a function, and {name} is a {_kind(function)}")
    if function.__name__ == "<lambda>":
        raise DefinitionError(f"{place}: @action needs a function with a name: write `async def`")
    if "<locals>" in name:
        raise DefinitionError(
            f'{place}: @action cannot stand on {name}, which is nested in a function. Write "use server" as the first '
            "line of its docstring instead, or move it to the module"
        )
    if "." in name:
        raise DefinitionError(f"{place}: @action cannot stand on the method {name}: move it out of the class")
    if inspect.isgeneratorfunction(function):
        raise DefinitionError(f"{place}: {name} is a generator; to send values as they are made write `async def`")
    setattr(function, MARK, options)
    return function


def options_of(function: Any) -> Options | None:
    """The options of a function under `@action`, or None."""
    found = getattr(function, MARK, None)
    return found if isinstance(found, Options) else None


def is_coroutine(function: Any) -> bool:
    """Whether calling `function` gives a coroutine, by its own code and not that of what it wraps."""
    code = getattr(function, "__code__", None)
    return isinstance(code, CodeType) and bool(code.co_flags & inspect.CO_COROUTINE)


def is_asynchronous(function: Any) -> bool:
    """Whether it is an async generator function, or a function that wraps a coroutine function."""
    code = getattr(function, "__code__", None)
    own = code.co_flags if isinstance(code, CodeType) else 0
    return bool(own & inspect.CO_ASYNC_GENERATOR) or inspect.iscoroutinefunction(inspect.unwrap(function))


def is_action(function: Any) -> bool:
    """Whether a function says of itself that it is an action; one in a `use server` module need not."""
    return options_of(function) is not None or has_directive(getattr(function, "__doc__", None))


def find_actions(module: ModuleType) -> tuple[list[Found], list[Problem]]:
    """The actions of a module, and what looks like a mistake in it."""
    found: dict[int, Found] = {}
    problems: list[Problem] = []
    open_names = _exposed_names(module, problems) if has_directive(module.__doc__) else frozenset[str]()
    miss = near_miss(module.__doc__)
    if miss is not None:
        problems.append(Problem(f"{module.__file__}:1", miss))
    problems += stray_directives(module)
    for name, value in list(vars(module).items()):
        if not isinstance(value, FunctionType | type):
            continue
        if value.__module__ != module.__name__:
            if name in open_names and isinstance(value, FunctionType):
                problems += _lost_wrapper(module, name, value)
        elif isinstance(value, FunctionType):
            one = _function(name, value, name in open_names, problems)
            if one is not None:
                found.setdefault(id(value), one)
        else:
            problems += _misplaced(value)
    return list(found.values()), problems


def _exposed_names(module: ModuleType, problems: list[Problem]) -> frozenset[str]:
    """The names a `use server` module exposes: those in `__all__`, else the public ones."""
    listed: Any = getattr(module, "__all__", None)
    if listed is None:
        return frozenset(name for name in vars(module) if not name.startswith("_"))
    problems += [
        Problem(f"{module.__file__}:1", f"__all__ names {name!r}, which the module does not have")
        for name in listed
        if not hasattr(module, name)
    ]
    return frozenset(listed)


def _function(name: str, function: FunctionType, exposed: bool, problems: list[Problem]) -> Found | None:
    """`function` as an action, or None where nothing says that it is one."""
    options = options_of(function)
    own = inspect.unwrap(function)
    qualname = name if "<locals>" in function.__qualname__ else function.__qualname__
    if options is not None:
        return Found(function, qualname, options)
    asynchronous = inspect.iscoroutinefunction(own) or inspect.isasyncgenfunction(own)
    if has_directive(function.__doc__):
        if asynchronous:
            return Found(function, qualname, Options())
        what = "a generator" if inspect.isgeneratorfunction(own) else "a sync function"
        problems.append(
            Problem(
                _place(own), f'{name}() has "{DIRECTIVE}" and is {what}: write `async def`, or mark it with @action'
            )
        )
        return None
    miss = near_miss(function.__doc__)
    if miss is not None:
        problems.append(Problem(_place(own), miss))
    if exposed and asynchronous:
        if "<locals>" in own.__qualname__:
            problems.append(Problem(_place(own), f"{name}() is wrapped by a decorator without functools.wraps"))
            return None
        return Found(function, qualname, Options())
    return None


def _lost_wrapper(module: ModuleType, name: str, value: FunctionType) -> Iterator[Problem]:
    """A function of this module that a decorator from elsewhere hid: it would silently be no action."""
    for cell in value.__closure__ or ():
        try:
            inner = cell.cell_contents
        except ValueError:  # a cell that is not filled yet
            continue
        if inspect.iscoroutinefunction(inner) and inner.__module__ == module.__name__ and inner.__name__ == name:
            yield Problem(_place(inner), f"the decorator of {name}() hides it: it must use functools.wraps")


def _misplaced(cls: type) -> Iterator[Problem]:
    """A directive on a class or a method."""
    own_doc = vars(cls).get("__doc__")
    if isinstance(own_doc, str) and (has_directive(own_doc) or near_miss(own_doc)):
        yield Problem(_class_place(cls), f'the class {cls.__name__} has "{DIRECTIVE}": actions are functions')
    for name, member in vars(cls).items():
        function = getattr(member, "__func__", member)
        if isinstance(function, FunctionType) and has_directive(function.__doc__):
            yield Problem(
                _place(function), f"{cls.__name__}.{name} is a method: write a function in the module and call it there"
            )


def _kind(value: Any) -> str:
    return "class" if isinstance(value, type) else type(value).__name__


def _place(value: Any) -> str:
    code = getattr(value, "__code__", None)
    if isinstance(code, CodeType):
        return f"{code.co_filename}:{code.co_firstlineno}"
    return _class_place(value) if isinstance(value, type) else "?"


def _class_place(cls: type) -> str:
    try:
        file, line = inspect.getsourcefile(cls), inspect.getsourcelines(cls)[1]
    except (OSError, TypeError):
        return cls.__module__
    return f"{file}:{line}"
