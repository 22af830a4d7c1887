"""Values for a whole subtree: `Theme("dark")[…]` in, what `Theme.get()` gives in every component below out.

React's context in Python's idiom. Each subtree is rendered in a copy of Python's own context variables, so components
that wait at the same time never see each other's values.
"""

from contextvars import ContextVar
from typing import Any, Generic, TypeVar

from jetbridge.elements.node import Lazy, Node, adopt
from jetbridge.elements.props import Key, key_text
from jetbridge.errors import DefinitionError

__all__ = ["ComponentContext", "Provided", "create_context"]

T = TypeVar("T")


class ComponentContext(Generic[T]):
    """What `create_context` gives: call it with a value for a subtree, `get()` in a component below."""

    def __init__(self, default: T) -> None:
        self._value = ContextVar("a context of components", default=default)

    def __call__(self, value: T, *, key: Key = None) -> "Provided":
        """A node that gives `value` to all components among its children: `Theme("dark")[page()]`."""
        return Provided(self._value, value, key_text(key))

    def get(self) -> T:
        """The value of the nearest such node around the running component, else the default."""
        return self._value.get()


class Provided(Lazy):
    """A subtree and the value that its components get. It has no element of its own."""

    __slots__ = ("children", "key", "value", "variable")

    def __init__(self, variable: ContextVar[Any], value: Any, key: str | None) -> None:
        self.variable = variable
        self.value = value
        self.key = key
        self.children: Any = None

    def __getitem__(self, children: Node) -> "Provided":
        """This value for `children`."""
        if self.children is not None:
            raise DefinitionError("this context has children already; give them all at once, [first, second]")
        made = Provided(self.variable, self.value, self.key)
        made.children = adopt(children)[0]
        return made


def create_context(default: T) -> ComponentContext[T]:
    """A value that components find without being handed it: `Theme = create_context("light")`, at module level.

    `Theme("dark")[…]` gives another one to a subtree, `Theme.get()` reads it in a component.
    """
    return ComponentContext(default)
