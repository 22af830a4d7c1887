"""Nodes around others: keyed fragments, Suspense, error boundaries."""

from collections.abc import Callable
from typing import Any, Final

from jetbridge.elements.node import HtmlElement, Lazy, Node, adopt
from jetbridge.elements.props import Key, key_text
from jetbridge.errors import DefinitionError
from jetbridge.wire.model import FRAGMENT, Element

__all__ = ["ErrorBoundary", "Fragment", "FragmentElement", "Suspense"]


class FragmentElement(HtmlElement):
    """Several children with one key and no element of their own: `Fragment(key=row.id)[h.dt[…], h.dd[…]]`."""

    def _settle(self, props: dict[str, Any]) -> dict[str, Any]:
        if props.keys() - {"children"}:
            raise DefinitionError("Fragment takes only key=; it has no element that could carry attributes")
        return props


Fragment: Final = FragmentElement.make(FRAGMENT)
"""Several children in the place of one: `Fragment(key=user.id)[h.dt[…], h.dd[…]]`."""


class _Boundary(Lazy):
    """What Suspense and ErrorBoundary share: a key, a fallback, and children given once."""

    __slots__ = ("children", "fallback", "key")

    def __init__(self, *, fallback: Any = None, key: Key = None) -> None:
        self.fallback: Any = fallback
        self.key = key_text(key)
        self.children: Any = None

    def _around(self, children: Any) -> Any:
        if self.children is not None:
            raise DefinitionError(f"{type(self).__name__} has children already; give them all at once, [first, second]")
        made = type(self)(fallback=self.fallback, key=self.key)
        made.children = adopt(children)[0]
        return made


class Suspense(_Boundary):
    """Shows `fallback` while its children wait: `Suspense(fallback="Loading…")[slow()]`."""

    __slots__ = ()

    def __init__(self, *, fallback: Node = None, key: Key = None) -> None:
        super().__init__(fallback=adopt(fallback)[0], key=key)

    def __getitem__(self, children: Node) -> "Suspense":
        """This boundary around `children`."""
        return self._around(children)


class ErrorBoundary(_Boundary):
    """Shows `fallback` in place of children that failed: `ErrorBoundary(fallback=h.p["Sorry"])[broken()]`.

    `fallback` is a node, or a function (a component, too) that gets the exception and gives a node.
    """

    __slots__ = ()

    def __init__(self, *, fallback: "Node | Callable[[Exception], Node]" = None, key: Key = None) -> None:
        super().__init__(fallback=fallback if _is_function(fallback) else adopt(fallback)[0], key=key)

    @property
    def chooses(self) -> bool:
        """Whether what it shows depends on the error, so that only the server can show it."""
        return _is_function(self.fallback)

    def shown_for(self, error: Exception) -> Any:
        """What stands in place of children that failed with `error`: a node or an awaitable of one."""
        return self.fallback(error) if self.chooses else self.fallback

    def __getitem__(self, children: Node) -> "ErrorBoundary":
        """This boundary around `children`."""
        return self._around(children)


def _is_function(fallback: object) -> bool:
    return callable(fallback) and not isinstance(fallback, Element | Lazy)  # an element is called for its attributes
