"""The vectors' element trees as `resolve` would leave them: components run, failed boundaries left to the client."""

from typing import Any

from jetbridge.render.nodes import ClientRendered
from jetbridge.wire.model import SUSPENSE, Element
from tests.conformance.notation import read


class _Thrown(Exception):  # noqa: N818 - not an error of ours
    def __init__(self, digest: str | None) -> None:
        self.digest = digest


def read_tree(node: Any) -> Any:
    """The resolved tree for a notation node."""
    if isinstance(node, list):
        return [read_tree(item) for item in node]
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
