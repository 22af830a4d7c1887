"""The vectors' element trees as `resolve` would leave them: components run, failed boundaries left to the client.

Below, what `deviations.py` asks about such trees; all of it reads the notation, never the names of vectors.
"""

from collections.abc import Callable, Iterator
from typing import Any

from jetbridge.render.attributes import attribute
from jetbridge.render.nodes import ClientRendered
from jetbridge.wire.model import SUSPENSE, Element, ServerReference
from tests.conformance.values import nodes, read


class _Thrown(Exception):
    def __init__(self, digest: str | None) -> None:
        self.digest = digest


def read_tree(node: Any) -> Any:
    """The resolved tree for a notation node."""
    if isinstance(node, list):
        return [read_tree(item) for item in node]
    if isinstance(node, dict) and node["t"] == "rebind":
        base = read(node["base"])
        return ServerReference(base.id, (*(base.bound or ()), *map(read, node["args"])))
    if not isinstance(node, dict) or node["t"] != "element":
        return read(node)
    if isinstance(node["type"], dict) and node["type"]["t"] == "component":
        return _run(node["type"])
    element = Element(read(node["type"]), {}, node["key"])
    try:
        element.props = {name: read_tree(value) for name, value in node["props"]}
    except _Thrown as thrown:
        if element.type != SUSPENSE:
            raise
        return ClientRendered(read_tree(dict(node["props"]).get("fallback")), thrown.digest)
    return element


def _run(component: dict[str, Any]) -> Any:
    for hook in component["hooks"]:
        assert hook["kind"] == "throw", "deviations.py covers the other hooks"
        raise _Thrown(hook.get("digest"))
    return read_tree(component["render"])


# What a tree holds.


def has_hooks(tree: Any) -> bool:
    """Whether a component calls a hook; throwing is the one thing that `resolve` knows too."""
    return any(hook["kind"] != "throw" for here in nodes(tree) for hook in here.get("hooks", ()))


def elements(tree: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Each element's type and props, as notation."""
    for here in nodes(tree):
        if here["t"] == "element":
            yield here["type"], dict(here["props"])


def has_prop(tree: Any, is_meant: Callable[[str, str, Any], bool]) -> bool:
    """Whether some tag's prop is meant: asked with tag, name and value."""
    return any(
        is_meant(tag, name, value)
        for tag, props in elements(tree)
        if isinstance(tag, str)
        for name, value in props.items()
    )


_WRITTEN = {"undefined", "nan", "inf", "-inf", "-0", "bigint", "rep", "str16", "concat", "symbol", "fn", "serverRef"}
_STRUCTURED = {"children", "style", "dangerouslySetInnerHTML", "ref", "key"}


def is_object_as_text(tag: str, name: str, value: Any) -> bool:
    """Whether React writes `[object Object]` or the like: a value that is neither text, number, bool nor function."""
    structured = isinstance(value, list) or (isinstance(value, dict) and value["t"] not in _WRITTEN)
    if not structured or name in _STRUCTURED or (tag == "select" and name in ("value", "defaultValue")):
        return False
    # A custom element's objects are dropped by both; an attribute that is just there asks only whether it is true.
    return "-" not in tag and bool(attribute(name, "x")) and not attribute(name, "x").endswith('=""')


def is_action(*kinds: str) -> Callable[[str, str, Any], bool]:
    """Whether a form's or button's action is a node of one of these kinds."""
    return lambda tag, name, value: (
        isinstance(value, dict)
        and value["t"] in kinds
        and (tag, name) in {("form", "action"), ("button", "formAction"), ("input", "formAction")}
    )


def separates_by_title(tree: Any) -> bool:
    """Whether a title that moves to the head stands between a text and another text, or what moves there as well."""
    return any(_title_between(_flat(props.get("children"))) for _, props in elements(tree)) or _title_between(
        _flat(tree)
    )


def _flat(children: Any) -> list[str]:
    """What each child is that leaves a trace (text, title, head, other), through lists, fragments and components."""
    if isinstance(children, list):
        return [kind for child in children for kind in _flat(child)]
    if children is None or children == "" or isinstance(children, bool):
        return []
    if not isinstance(children, dict) or children["t"] in {"rep", "str16", "concat", "bigint", "nan", "-0", "inf"}:
        return ["text"]
    if children["t"] != "element":
        return []
    tag, props = children["type"], dict(children["props"])
    if isinstance(tag, dict) and tag["t"] == "component":
        return _flat(tag["render"])
    if isinstance(tag, dict) and tag.get("key") in _LEAVE_NO_TRACE:
        return _flat(props.get("children"))
    if isinstance(tag, dict) and tag.get("key") == "react.activity" and props.get("mode") == "hidden":
        return []
    if tag in ("link", "meta", "script", "style"):  # which of them move is all the same here
        return ["head"]
    return ["title" if tag == "title" and props.get("itemProp") is None else "other"]


_LEAVE_NO_TRACE = {"react.fragment", "react.profiler", "react.strict_mode"}


def _title_between(kinds: list[str]) -> bool:
    """`text title …` and then `text`, or `head`, which writes the separator that React has forgotten with the title."""
    state = ""
    for kind in kinds:
        if kind in {"text", "head"} and state == "title":
            return True
        if kind != "title":
            state = kind
        elif state == "text":
            state = "title"
    return False


_HTML_MOVES = {("table", "tr"), ("p", "div"), ("p", "p"), ("p", "ul"), ("p", "table"), ("tr", "tr"), ("table", "td")}


def is_moved_by_parser(tree: Any) -> bool:
    """Whether a browser's parser puts a child of this tree elsewhere, whatever the HTML that was written."""
    return any(
        (tag, here["type"]) in _HTML_MOVES
        for tag, props in elements(tree)
        for here in nodes(props.get("children"))[:1]
        if isinstance(tag, str) and here["t"] == "element" and isinstance(here["type"], str)
    )
