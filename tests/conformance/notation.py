"""The vectors' value notation (vectors/README.md): a JSON node in, our value out, and back.

What Python has no value for becomes one of the small classes below, so that a test or a deviation can name it.
"""

import base64
import json
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from jetbridge.wire.model import (
    UNDEFINED,
    BigInt,
    ClientReference,
    Element,
    FormData,
    Map,
    MapPairs,
    ServerReference,
    SetItems,
    Symbol,
    TypedArray,
    Upload,
)

VECTORS = Path(os.environ.get("VECTORS_DIR") or Path(__file__).parents[2] / "vectors")


def read_vectors(file: str) -> list[dict[str, Any]]:
    """The vectors of `file`, or none where the directory does not have it."""
    path = VECTORS / file
    return json.loads(path.read_text(encoding="utf-8"))["vectors"] if path.exists() else []


@dataclass
class Foreign:
    """A JavaScript value outside Python's: `kind` is its name in the notation, `node` the whole node."""

    kind: str
    node: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class ComponentType:
    """A function component of the vectors: calls its hooks, then renders."""

    name: str
    hooks: list[dict[str, Any]]
    render: Any


def to_python(node: Any, labels: dict[str, Any] | None = None) -> Any:
    """Our value for a notation node."""
    return _Reader({} if labels is None else labels).read(node)


def _bytes(node: dict[str, Any]) -> bytes:
    return base64.b64decode(node["b64"])


def _text_of_units(units: list[int]) -> str:
    """Pairs of surrogates become one character; single ones stay, as in JavaScript."""
    data = b"".join(unit.to_bytes(2, "little") for unit in units)
    return data.decode("utf-16-le", "surrogatepass")


class _Reader:
    def __init__(self, labels: dict[str, Any]) -> None:
        self.labels = labels

    def read(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self.read(item) for item in node]
        if not isinstance(node, dict):
            return node
        read = getattr(self, f"read_{node['t'].replace('-', 'minus_')}", None)
        if read is None:
            return Foreign(node["t"], node)
        value = read(node)
        if "id" in node and node["t"] != "same":
            self.labels[node["id"]] = value
        return value

    def read_undefined(self, node: Any) -> Any:
        return UNDEFINED

    def read_nan(self, node: Any) -> Any:
        return float("nan")

    def read_inf(self, node: Any) -> Any:
        return float("inf")

    def read_minus_inf(self, node: Any) -> Any:
        return float("-inf")

    def read_minus_0(self, node: Any) -> Any:
        return -0.0

    def read_bigint(self, node: Any) -> Any:
        return BigInt(node["v"])

    def read_rep(self, node: Any) -> Any:
        return node["s"] * node["n"] + node.get("end", "")

    def read_str16(self, node: Any) -> Any:
        return _text_of_units(node["units"])

    def read_concat(self, node: Any) -> Any:
        return "".join(self.read(part) for part in node["parts"])

    def read_date(self, node: Any) -> Any:
        if node["v"] is None:
            return None
        try:
            return datetime.fromisoformat(node["v"])
        except ValueError:
            return Foreign("date", node)  # outside Python's years

    def read_array(self, node: Any) -> Any:
        made: list[Any] = []
        if "id" in node:
            self.labels[node["id"]] = made
        made += [self.read(item) for item in node["items"]]
        return made

    def read_object(self, node: Any) -> Any:
        made: dict[str, Any] = {}
        if "id" in node:
            self.labels[node["id"]] = made
        for key, value in node["entries"]:
            made[key] = self.read(value)
        return made

    def read_map(self, node: Any) -> Any:
        pairs = [(self.read(key), self.read(value)) for key, value in node["entries"]]
        try:
            made = Map(pairs)
        except TypeError:
            return MapPairs(pairs)
        return made if len(made) == len(pairs) else MapPairs(pairs)

    def read_set(self, node: Any) -> Any:
        items = [self.read(item) for item in node["items"]]
        try:
            made = set(items)
        except TypeError:
            return SetItems(items)
        return made if len(made) == len(items) else SetItems(items)

    def read_formdata(self, node: Any) -> Any:
        return FormData([(key, self.read(value)) for key, value in node["entries"]])

    def read_blob(self, node: Any) -> Any:
        return Upload(_bytes(node), "blob", node["type"])

    def read_file(self, node: Any) -> Any:
        return Upload(_bytes(node), node["name"], node["type"])

    def read_typed(self, node: Any) -> Any:
        return _bytes(node) if node["kind"] == "Uint8Array" else TypedArray(_bytes(node), node["kind"])

    def read_symbol(self, node: Any) -> Any:
        return Symbol(node["key"])

    def read_serverRef(self, node: Any) -> Any:
        bound = node.get("bound")
        return ServerReference(node["ref"], None if bound is None else tuple(self.read(bound)))

    def read_clientRef(self, node: Any) -> Any:
        module, _, export = node["ref"].partition("#")
        return ClientReference(module, export, is_async=bool(node.get("async")))

    def read_iterable(self, node: Any) -> Any:
        return [self.read(item) for item in node["items"]]

    def read_component(self, node: Any) -> Any:
        return ComponentType(node["name"], node.get("hooks", []), node.get("render"))

    def read_element(self, node: Any) -> Any:
        return Element(self.read(node["type"]), {name: self.read(value) for name, value in node["props"]}, node["key"])

    def read_fn(self, node: Any) -> Any:
        return lambda *arguments: None

    def read_same(self, node: Any) -> Any:
        return self.labels[node["id"]]
