"""The registry: modules in, every action by id and by function out.

Filled when the app starts and read-only from then on, so that every worker knows the same actions, whether it has
rendered a page that shows them or not.
"""

import functools
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from jetbridge.actions.check import Check, describe_check
from jetbridge.actions.define import (
    Options,
    find_actions,
    is_asynchronous,
    is_coroutine,
    module_policy,
    options_of,
    refuse_no_policy,
)
from jetbridge.actions.directive import Problem, has_directive, refuse_stripped
from jetbridge.actions.ids import action_id, alias_id, module_name
from jetbridge.actions.nested import Nested, find_nested
from jetbridge.errors import DefinitionError
from jetbridge.schema.convert import Converter, converter_of
from jetbridge.schema.describe import Signature, describe, place
from jetbridge.schema.fingerprint import fingerprint
from jetbridge.schema.maps import compile_result
from jetbridge.schema.outgoing import Keep

__all__ = ["STATES", "Action", "Registry"]

STATES: Final = "state:"  # what the tags begin with by which pages depend on the outcomes of actions


class Action(Struct, frozen=True, eq=False):
    """One function that browsers can call. `nested` is set for one defined inside another function.

    `options.allow` is its policy, be it its own, its module's or the app's.
    """

    id: str
    name: str
    function: Callable[..., Any]
    module: str
    qualname: str
    file: str
    line: int
    signature: Signature
    converter: Converter
    options: Options
    tag: str  # under which pages depend on its outcomes
    is_direct: bool  # a coroutine function that takes nothing from the server, and has no check
    can_be_stopped: bool  # by cancelling its task: a thread cannot be stopped, only left alone
    nested: Nested | None = None
    check: Check | None = None
    keep: Keep | None = None  # what it says it returns, of what it does; None where that is never less
    fingerprint: str = ""  # of what a client must send; it travels with each reference


class Registry:
    """Every action of an app. `app` is the `__name__` the app was made with; ids are relative to its package.

    `allow` is the policy of actions that have none, and whose modules have none.
    """

    def __init__(self, app: str = "", allow: Callable[..., Any] | None = None) -> None:
        refuse_stripped()
        self.app = app
        self.allow = allow
        self.package = _package_of(app)
        self._by_id: dict[str, Action] = {}
        self._by_alias: dict[str, Action] = {}
        self._by_function: dict[Any, Action] = {}

    # --- filling

    def scan(self) -> None:
        """Add every loaded module of the app's package. Raises DefinitionError with all mistakes found in them."""
        problems: list[Problem] = []
        for module in self.modules():
            problems += self._add(module)
        _refuse(problems)

    def modules(self) -> list[ModuleType]:
        """The loaded modules of the app's package."""
        return list(_modules_of(self.app, self.package))

    def add_module(self, module: ModuleType | str) -> None:
        """Add the actions of one module, or of one to import. Raises DefinitionError with all its mistakes."""
        _refuse(self._add(import_module(module) if isinstance(module, str) else module))

    def _add(self, module: ModuleType) -> list[Problem]:
        refuse_no_policy(module_policy(module), f"{module.__name__}.__allow__")
        found, problems = find_actions(module)
        for one in found:
            self._register(one.function, module, one.qualname, one.options, None)
        for function in _functions_of(module):
            nested, more = find_nested(function)
            problems += more
            for inner in nested:
                self._register(inner.template, module, inner.code.co_qualname, Options(), inner)
        return problems

    def _register(
        self, function: Callable[..., Any], module: ModuleType, qualname: str, options: Options, nested: Nested | None
    ) -> None:
        code = inspect.unwrap(function).__code__
        key = code if nested is not None else function
        name = qualname.rpartition(".")[2]
        identity = action_id(name, module.__name__, qualname, self.package)
        other = self._by_id.get(identity)
        if other is not None:
            if (other.file, other.line) != (code.co_filename, code.co_firstlineno):
                raise DefinitionError(
                    f"{place(function)}: {qualname} has the same id as the one in {other.signature.place}"
                )
            self._by_function[key] = other  # the module was added again, or runs as __main__ as well
            return
        signature = describe(function, defaults=nested.defaults if nested is not None else None)
        if options.allow is None:
            options = replace(options, allow=module_policy(module) or self.allow)
        check = describe_check(options.check, signature) if options.check is not None else None
        action = Action(
            id=identity,
            name=name,
            function=function,
            module=module_name(module.__name__),
            qualname=qualname,
            file=code.co_filename,
            line=code.co_firstlineno,
            signature=signature,
            converter=converter_of(signature),  # now, so that a type no call could fill is an error at start
            options=options,
            tag=f"{STATES}{identity}",
            is_direct=is_coroutine(function) and not signature.supplied and check is None,
            can_be_stopped=is_coroutine(function) or is_asynchronous(function),
            nested=nested,
            check=check,
            keep=compile_result(signature.returns),
            fingerprint=fingerprint(signature, nested.variables if nested is not None else ()),
        )
        self._refuse_shared(identity, action, self._by_alias)
        self._by_id[identity] = self._by_function[key] = action
        for alias in options.aliases:
            self._alias(alias_id(alias, module.__name__, self.package), action)

    def _alias(self, identity: str, action: Action) -> None:
        self._refuse_shared(identity, action, self._by_id)
        self._refuse_shared(identity, action, self._by_alias)
        self._by_alias[identity] = action

    def _refuse_shared(self, identity: str, action: Action, among: Mapping[str, Action]) -> None:
        """An id is one action's, be it its own or an alias: else a page would call what its author did not mean."""
        other = among.get(identity)
        if other is not None and other is not action:
            raise DefinitionError(
                f"{action.signature.place}: {action.qualname} and {other.qualname} ({other.signature.place}) share "
                f"the id {identity}: take it out of one's aliases"
            )

    def refuse_unguarded(self) -> None:
        """Raise DefinitionError that lists every action without a policy."""
        _refuse(
            [
                Problem(
                    action.signature.place, f"{action.qualname}() has no policy, and the app is strict: give it one"
                )
                for action in self
                if action.options.allow is None
            ],
            "@action(allow=…), `__allow__ = …` in its module, or App(allow=…). What everyone may call says "
            "`allow=public` (from jetbridge import public)",
        )

    # --- reading

    def get(self, identity: str) -> Action | None:
        """The action with this id, now or formerly."""
        return self._by_id.get(identity) or self._by_alias.get(identity)

    def of(self, function: Any) -> Action:
        """The action of a function or `functools.partial`. Raises DefinitionError that says why it is none."""
        while isinstance(function, functools.partial):
            function = function.func
        action = self.find(function)
        if action is None:
            raise DefinitionError(_why_not(function))
        return action

    def find(self, function: Any) -> Action | None:
        """The action of a plain function, or None."""
        try:
            return self._by_function.get(function) or self._by_function.get(getattr(function, "__code__", None))
        except TypeError:  # not hashable, so no function
            return None

    def __iter__(self) -> Iterator[Action]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, identity: object) -> bool:
        return identity in self._by_id


def _refuse(problems: list[Problem], hint: str | None = None) -> None:
    if problems:
        raise DefinitionError("\n".join([*map(str, problems), *([hint] if hint is not None else [])]))


def _package_of(app: str) -> str:
    """The package of the module `app`; empty for a script or a module that is in none."""
    if app == "__main__":
        spec = getattr(sys.modules.get("__main__"), "__spec__", None)
        return spec.parent or "" if spec is not None else ""
    module = sys.modules.get(app)
    if module is not None:
        return module.__package__ or ""
    return app.rpartition(".")[0]


def _modules_of(app: str, package: str) -> Iterator[ModuleType]:
    """The loaded modules of the app: those of its package, or without one those in its directory."""
    main = sys.modules.get(app)
    if main is not None:
        yield main
    file = getattr(main, "__file__", None)
    directory = None if package or not file else Path(file).resolve().parent
    for name, module in sys.modules.copy().items():  # while a list is made the collector may run what imports
        if module is main or not isinstance(module, ModuleType):  # pyright: ignore[reportUnnecessaryIsInstance] - people put other things there
            continue
        if (package and (name == package or name.startswith(f"{package}."))) or (
            directory is not None and _is_below(getattr(module, "__file__", None), directory)
        ):
            yield module


def _is_below(file: Any, directory: Path) -> bool:
    """Whether a module's file belongs to the script in `directory`, and not to a library installed there."""
    if not isinstance(file, str):
        return False
    path = Path(file).resolve()
    return path.is_relative_to(directory) and not {"site-packages", "dist-packages"} & set(path.parts)


def _functions_of(module: ModuleType) -> Iterator[FunctionType]:
    """Each function written in a module, also below decorators, in classes, and in what a decorator made of it."""
    seen: set[int] = set()
    waiting: list[Any] = list(vars(module).values())
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, FunctionType):
            if value.__module__ == module.__name__:
                yield value
            waiting += [cell.cell_contents for cell in value.__closure__ or () if _is_filled(cell)]
            waiting.append(value.__dict__.get("__wrapped__"))
        elif isinstance(value, type):
            if value.__module__ == module.__name__:
                waiting += vars(value).values()
        elif not isinstance(value, ModuleType):
            waiting += [inner for name in WRAPPED if isinstance(inner := _own(value, name), FunctionType)]


# Where a component, a page, a static method, a property or a cached function keeps what it was made of.
WRAPPED: Final = ("__wrapped__", "__func__", "function", "func", "fget", "fset")


def _own(value: Any, name: str) -> Any:
    """An attribute that an object really has: people's `__getattr__` may do anything."""
    try:
        return object.__getattribute__(value, name)
    except Exception:  # a property may raise anything too
        return None


def _is_filled(cell: Any) -> bool:
    try:
        return isinstance(cell.cell_contents, FunctionType)
    except ValueError:
        return False


def _why_not(function: Any) -> str:
    name = getattr(function, "__qualname__", None)
    if not isinstance(function, FunctionType) or name is None:
        return f"an action is a function, not {type(function).__name__}"
    where = f"{place(function)}: {name} is not an action of this app"
    if name.endswith("<lambda>"):
        return f"{where}: a lambda cannot be called by a browser; write an `async def`"
    module = sys.modules.get(function.__module__)
    marked = options_of(function) is not None or has_directive(function.__doc__)
    if marked or (module is not None and has_directive(module.__doc__) and inspect.iscoroutinefunction(function)):
        return (
            f"{where}: its module {function.__module__} was imported after the app started, or is outside its package, "
            f"or leaves it out of `__all__`; name the module: App(__name__, actions=[{function.__module__!r}])"
        )
    if "<locals>" in name:
        return f'{where}: write "use server" as the first line of its docstring'
    if inspect.iscoroutinefunction(function):
        return f'{where}: write "use server" as the first line of its docstring, or of its module\'s'
    return f"{where}: mark the sync function with @action, or write `async def`"
