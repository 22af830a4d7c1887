"""Components: functions that give nodes, called lazily by `render/resolve`, so that boundaries can catch them."""

import functools
import inspect
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Generic, NamedTuple, ParamSpec, overload

from jetbridge.actions.places import Place
from jetbridge.context import peek
from jetbridge.elements.node import Lazy, Node, adopt
from jetbridge.elements.props import Key, key_text
from jetbridge.errors import DefinitionError

__all__ = ["Component", "ComponentElement", "Owner", "blame", "component", "owner_of"]

P = ParamSpec("P")

_GIVEN_LATER: Final = frozenset({"children"})


class ComponentElement(Lazy):
    """One use of a component: the function with its arguments, not called yet.

    `kwargs` holds the children under `children`; `args` is empty unless the function has positional-only parameters.
    `place` is where it was written, file and line, which development alone keeps.
    """

    __slots__ = ("args", "component", "key", "kwargs", "place")

    def __init__(
        self,
        component: "Component[...]",
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        key: str | None,
        place: tuple[str, int] | None = None,
    ) -> None:
        self.component = component
        self.args = args
        self.kwargs = kwargs
        self.key = key
        self.place = place

    @property
    def function(self) -> Callable[..., Any]:
        """The function under `@component`."""
        return self.component.function

    def call(self) -> Any:
        """Run the function: its node, or an awaitable of one."""
        return self.component.function(*self.args, **self.kwargs)

    def __getitem__(self, children: Node) -> "ComponentElement":
        """This use of the component with `children` as its parameter of that name."""
        name = self.component.name
        if not self.component.takes_children:
            raise DefinitionError(f"{name}() takes no children; declare them: def {name}(…, children: Node = None)")
        if "children" in self.kwargs:
            raise DefinitionError(f"{name}() has children already; give them once")
        adopted, _ = adopt(children)
        return ComponentElement(self.component, self.args, {**self.kwargs, "children": adopted}, self.key, self.place)

    def __repr__(self) -> str:
        return f"<{self.component.name}() not resolved yet>"


class Component(Generic[P]):
    """What `@component` makes of a function: calling it gives a node. `function` is the function itself."""

    def __init__(self, function: Callable[P, Any]) -> None:
        self.function: Callable[..., Any] = function
        functools.update_wrapper(self, function)
        self.name: str = getattr(function, "__name__", type(function).__name__)
        self._signature = inspect.signature(function)
        parameters = self._signature.parameters
        if "key" in parameters:
            raise DefinitionError(f"@component {self.name}: `key` tells siblings apart and is never passed on")
        kinds = {parameter.kind for parameter in parameters.values()}
        self._open = inspect.Parameter.VAR_KEYWORD in kinds
        self._names = frozenset(parameters)
        self._required = frozenset(
            name
            for name, parameter in parameters.items()
            if parameter.default is parameter.empty and parameter.kind in _BY_NAME
        )
        self._by_position = bool(kinds & _BY_POSITION_ONLY)
        self.takes_children = "children" in parameters or self._open

    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> ComponentElement: ...
    @overload
    def __call__(self, *args: Any, key: Key, **kwargs: Any) -> ComponentElement: ...
    def __call__(self, *args: Any, key: Key = None, **kwargs: Any) -> ComponentElement:
        """A node that will call the function with these arguments. Wrong ones fail here, where they were written."""
        if args or self._by_position or not self._fits(kwargs):
            args, kwargs = self._bind(args, kwargs)
        if "children" in kwargs:
            kwargs["children"] = adopt(kwargs["children"])[0]
        context = peek()
        place = _caller() if context is not None and context.app is not None and context.app.development else None
        return ComponentElement(self, args, kwargs, key_text(key), place)

    def _fits(self, kwargs: dict[str, Any]) -> bool:
        given = kwargs.keys()
        return (self._open or given <= self._names) and self._required - given <= _GIVEN_LATER

    def _bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        missing_children = "children" in self._required and "children" not in kwargs
        try:
            bound = self._signature.bind_partial(*args, **kwargs)
            if self._required - bound.arguments.keys() - (_GIVEN_LATER if missing_children else frozenset()):
                self._signature.bind(*args, **kwargs)  # says which argument is missing
        except TypeError as wrong:
            raise DefinitionError(f"{self.name}(): {wrong}") from None
        if self._by_position:
            return bound.args, bound.kwargs
        named = {name: value for name, value in bound.arguments.items() if name in self._names}
        for name, parameter in self._signature.parameters.items():
            if parameter.kind is inspect.Parameter.VAR_KEYWORD:
                named |= named.pop(name, {})
        return (), named

    def __repr__(self) -> str:
        return f"<component {self.name}>"


_BY_NAME: Final = frozenset({inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY})
_BY_POSITION_ONLY: Final = frozenset({inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL})


def component(function: Callable[P, Any]) -> Component[P]:
    """Make `function` (sync or async) a component: `@component def card(title: str, children: Node = None)`.

    `card(title="x", key=1)[…]` is then a node; the function runs when the page is rendered.
    """
    if inspect.isclass(function) or not callable(function):
        raise DefinitionError("@component goes on a function that returns nodes")
    return Component(function)


def _caller() -> tuple[str, int]:
    frame = sys._getframe(2)  # pyright: ignore[reportPrivateUsage]  # of what inspect.stack() reads, all else is slow
    return frame.f_code.co_filename, frame.f_lineno


# --- which component rendered which


class Owner(NamedTuple):
    """A component that is being rendered, the one that rendered it, if not the page did, and its place in the page."""

    element: ComponentElement
    outer: "Owner | None"
    place: Place


def blame(error: BaseException, owner: Owner | None) -> None:
    """Note on `error` which component it came from. The first note, of the innermost component, stays."""
    if owner is not None and not hasattr(error, _OWNER):
        with suppress(AttributeError, TypeError):  # an exception class may keep attributes out
            setattr(error, _OWNER, owner)


def owner_of(error: BaseException) -> Owner | None:
    """The component that `error` came from."""
    return getattr(error, _OWNER, None)


_OWNER: Final = "_jetbridge_owner"
