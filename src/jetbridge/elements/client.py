"""Client components: an export of a `.tsx` file in, a node that React renders out.

`render/resolve` turns the actions and nodes among its props into what the wire knows. Which file of a build holds the
component is the server's to say.
"""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from jetbridge.elements.node import Lazy, Node, adopt
from jetbridge.elements.props import Key, key_text
from jetbridge.errors import DefinitionError

__all__ = ["ClientComponent", "ClientElement", "client_component", "components_in"]


class ClientElement(Lazy):
    """One use of a client component: its props, with `children` among them."""

    __slots__ = ("component", "key", "props")

    def __init__(self, component: "ClientComponent", props: Mapping[str, Any], key: str | None) -> None:
        self.component = component
        self.props = props
        self.key = key

    def __getitem__(self, children: Node) -> "ClientElement":
        """This component around `children`, which the server renders."""
        if "children" in self.props:
            raise DefinitionError(f"{self.component.export}() has children already; give them all at once")
        return ClientElement(self.component, {**self.props, "children": adopt(children)[0]}, self.key)

    def __repr__(self) -> str:
        return f"<{self.component.export}() of {self.component.source.name}>"


class ClientComponent:
    """What `client_component` gives: `source` is the file, `export` the name under which it exports the component."""

    def __init__(self, source: Path, export: str) -> None:
        self.source = source
        self.export = export

    def __call__(self, *, key: Key = None, **props: Any) -> ClientElement:
        """A node with these props, under their names in TypeScript: data, nodes, and actions as functions."""
        if "children" in props:
            props["children"] = adopt(props["children"])[0]
        return ClientElement(self, props, key_text(key))

    def __repr__(self) -> str:
        return f"<client component {self.export} of {self.source}>"


def client_component(path: str, export: str = "default") -> ClientComponent:
    """A React component for pages: `Counter = client_component("./Counter.tsx", "Counter")`, at module level.

    `path` is relative to the file in which this stands. Raises DefinitionError where `export` is not a name. That the
    file exports it is seen when the front end is built.
    """
    if not export.isidentifier():
        raise DefinitionError(f"client_component({path!r}, {export!r}): {export!r} is not the name of an export")
    written = Path(sys._getframe(1).f_code.co_filename)  # pyright: ignore[reportPrivateUsage]  # as in component.py
    return ClientComponent((written.parent / path).resolve(), export)


def components_in(modules: Iterable[ModuleType]) -> set[ClientComponent]:
    """The client components that stand at the top of these modules."""
    return {value for module in modules for value in vars(module).values() if isinstance(value, ClientComponent)}
