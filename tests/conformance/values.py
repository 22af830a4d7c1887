"""The vectors' value notation (vectors/README.md) into our values, and a comparison as strict as the notation is.

`read` builds what a vector expects, with shared objects shared; `mismatch` compares it with what our code gave. What
the notation tells apart and Python does not (an iterator from its list, a blob from a file) is in `_ALIKE` below.
"""

import base64
import json
import math
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jetbridge.wire.model import (
    FRAGMENT,
    UNDEFINED,
    AsyncItems,
    BigInt,
    ClientReference,
    Element,
    FormData,
    Lazy,
    MapPairs,
    Promise,
    RemoteError,
    ServerReference,
    SetItems,
    Symbol,
    TypedArray,
    Upload,
)
from jetbridge.wire.scalars import SAFE_INTEGER, decode_date

BUNDLED = Path(__file__).parents[2] / "vectors"
VECTORS = Path(os.environ.get("VECTORS_DIR") or BUNDLED)
STREAMS = {"asyncIterable": "iterable", "asyncIterator": "iterator", "stream": "stream", "byteStream": "bytes"}


def load(file: str) -> list[dict[str, Any]]:
    """The vectors of one file, none where the directory does not have it."""
    path = VECTORS / file
    return json.loads(path.read_text())["vectors"] if path.exists() else []


class UnrepresentableError(Exception):
    """A value that Python has nothing for, or that our code refuses on purpose."""


class ThrownError(Exception):
    """A server component that throws where its output would be the root."""

    def __init__(self, digest: str) -> None:
        self.digest = digest


def nodes(node: Any) -> list[dict[str, Any]]:
    """Every notation node in `node`, itself included."""
    found: list[dict[str, Any]] = []
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            if "t" in here:
                found.append(here)
            waiting.extend(here.values())
        elif isinstance(here, list):
            waiting.extend(here)
    return found


def kinds(node: Any) -> set[str]:
    """The kinds of node that stand in `node`."""
    return {here["t"] for here in nodes(node)}


def has_cycle(node: Any, above: frozenset[str] = frozenset()) -> bool:
    """Whether some value in `node` contains itself."""
    if isinstance(node, list):
        return any(has_cycle(item, above) for item in node)
    if not isinstance(node, dict):
        return False
    if node.get("t") == "same":
        return node["id"] in above
    if "id" in node:
        above |= {node["id"]}
    return any(has_cycle(item, above) for item in node.values())


def text_of(node: Any) -> str:
    """The string a notation node stands for, lone surrogates included."""
    if isinstance(node, str):
        return node
    match node["t"]:
        case "rep":
            return node["s"] * node["n"] + node.get("end", "")
        case "str16":
            units = b"".join(unit.to_bytes(2, "little") for unit in node["units"])
            return units.decode("utf-16-le", "surrogatepass")
        case "concat":
            return "".join(text_of(part) for part in node["parts"])
    raise AssertionError(node)


def has_lone_surrogate(node: Any) -> bool:
    """Whether some string in `node` cannot be written as UTF-8."""
    texts = [text_of(here) for here in nodes(node) if here["t"] in {"str16", "concat", "rep"}]
    return any(any("\ud800" <= char <= "\udfff" for char in text) for text in texts)


def has_foreign_date(node: Any) -> bool:
    """Whether some date in `node` is one that Python has no datetime for."""
    return any(here["v"] is not None and decode_date(here["v"]) is None for here in nodes(node) if here["t"] == "date")


_CONSTANTS = {
    "undefined": UNDEFINED,
    "nan": math.nan,
    "inf": math.inf,
    "-inf": -math.inf,
    "-0": -0.0,
}


def read(node: Any) -> Any:
    """The value a notation node stands for, as our decoders give it."""
    return _Reader(node).value(node)


class _Reader:
    """One vector's value; labels name objects within it."""

    def __init__(self, root: Any) -> None:
        self.root = root
        self.labels: dict[str, Any] = {}

    def value(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self.value(item) for item in node]
        if not isinstance(node, dict):
            # JSON's integers are JavaScript's numbers here
            return float(node) if type(node) is int and abs(node) > SAFE_INTEGER else node
        kind = node["t"]
        if kind == "same":
            return self.labels[node["id"]]
        if kind in _CONSTANTS:
            return _CONSTANTS[kind]
        if kind in {"rep", "str16", "concat"}:
            return text_of(node)
        return getattr(self, "read_" + kind)(node)

    def label(self, node: dict[str, Any], value: Any) -> Any:
        if "id" in node:
            self.labels[node["id"]] = value
        return value

    def read_bigint(self, node: Any) -> Any:
        return BigInt(int(node["v"]))

    def read_date(self, node: Any) -> Any:
        if node["v"] is None:
            return None  # an invalid date travels as null
        date = decode_date(node["v"])
        if date is None:
            raise UnrepresentableError("a year that Python has no datetime for")
        return self.label(node, date)

    def read_array(self, node: Any) -> Any:
        items = self.label(node, [])
        items.extend(self.value(item) for item in node["items"])
        return items

    def read_object(self, node: Any) -> Any:
        members = self.label(node, {})
        for key, item in node["entries"]:
            members[text_of(key)] = self.value(item)
        return members

    def read_map(self, node: Any) -> Any:
        entries: MapPairs[Any, Any] = self.label(node, MapPairs())
        entries.extend((self.value(key), self.value(item)) for key, item in node["entries"])
        return entries

    def read_set(self, node: Any) -> Any:
        items: SetItems[Any] = self.label(node, SetItems())
        items.extend(self.value(item) for item in node["items"])
        return items

    def read_formdata(self, node: Any) -> Any:
        return self.label(node, FormData([(text_of(key), self.value(item)) for key, item in node["entries"]]))

    def read_blob(self, node: Any) -> Any:
        return self.label(node, Upload(base64.b64decode(node["b64"]), "blob", node["type"]))

    def read_file(self, node: Any) -> Any:
        return self.label(node, Upload(base64.b64decode(node["b64"]), node["name"], node["type"]))

    def read_typed(self, node: Any) -> Any:
        data = base64.b64decode(node["b64"])
        return self.label(node, data if node["kind"] == "Uint8Array" else TypedArray(data, node["kind"]))

    def read_symbol(self, node: Any) -> Any:
        return Symbol(node["key"])

    def read_error(self, node: Any) -> Any:
        return RemoteError(node.get("digest"), message=node.get("message", ""))

    def read_iterable(self, node: Any) -> Any:
        return self.read_array(node)

    read_iterator = read_iterable

    def read_promise(self, node: Any) -> Any:
        promise = self.label(node, Promise("fulfilled"))
        promise.value = self.value(node["v"])
        return promise

    def read_rejected(self, node: Any) -> Any:
        return self.label(node, Promise("rejected", error=RemoteError(node.get("digest", ""))))

    def read_lazy(self, node: Any) -> Any:
        return Lazy("fulfilled", self.value(node["v"]))

    def read_lazyRejected(self, node: Any) -> Any:
        return Lazy("rejected", error=RemoteError(node.get("digest", "")))

    def _stream(self, node: Any) -> Any:
        items = AsyncItems(STREAMS[node["t"]], [self.value(item) for item in node.get("items", ())])
        items.items.extend(base64.b64decode(chunk) for chunk in node.get("chunks", ()))
        items.returned = self.value(node["ret"]) if "ret" in node else UNDEFINED
        items.error = RemoteError(None) if "error" in node else None
        return items

    read_asyncIterable = read_asyncIterator = read_stream = read_byteStream = _stream

    def read_serverRef(self, node: Any) -> Any:
        bound = tuple(self.value(item) for item in node["bound"]) if "bound" in node else None
        return self.label(node, ServerReference(node["ref"], bound))

    def read_clientRef(self, node: Any) -> Any:
        module, _, export = node["ref"].rpartition("#")
        chunks = node.get("chunks", [])
        pairs = tuple(zip(chunks[::2], chunks[1::2], strict=True))
        return self.label(node, ClientReference(module, export, pairs, node.get("async", False)))

    def read_element(self, node: Any) -> Any:
        kind = node["type"]
        if isinstance(kind, dict) and kind["t"] == "component":
            return self.rendered(node, [])
        key = node.get("key", UNDEFINED)
        element = self.label(node, Element(self.value(kind), {}, key))
        element.props = {name: self.value(item) for name, item in node["props"]}
        return element

    def rendered(self, node: dict[str, Any], keys: list[str]) -> Any:
        """What a server component comes to: its output in its place, with its key before the output's own."""
        component = node["type"]
        if node["key"] is not None:
            keys = [*keys, node["key"]]
        for hook in component.get("hooks", ()):
            if hook["kind"] != "throw":
                raise UnrepresentableError("hooks")
            if node is self.root:
                raise ThrownError(hook.get("digest", ""))
            return Lazy("rejected", error=RemoteError(hook.get("digest", "")))
        if "asyncReject" in component:
            return Lazy("rejected", error=RemoteError(component["asyncReject"].get("digest", "")))
        output = component["render"]
        is_element = isinstance(output, dict) and output.get("t") == "element"
        if is_element and isinstance(output["type"], dict) and output["type"]["t"] == "component":
            value = self.rendered(output, keys)
        elif is_element and output["key"] is not None:
            value = self.value({**output, "key": ",".join([*keys, output["key"]])})
            value = value if keys else [value]
        elif is_element:
            value = self.value({**output, "key": ",".join(keys) if keys else None})
        else:
            value = self.value(output)
            if keys and isinstance(value, list):
                value = Element(FRAGMENT, {"children": value}, ",".join(keys))
        return Lazy("fulfilled", value) if component.get("asyncResult") else value

    def read_fn(self, node: Any) -> Any:
        return lambda: None

    def read_opaque(self, node: Any) -> Any:
        return object()


# Comparison.


def mismatch(expected: Any, actual: Any) -> str | None:
    """Where and how `actual` differs from `expected`, or None. Values, their kinds, and what is the same object."""
    return _Comparison().differ(expected, actual, "$")


# Elements are not among them: React compares them by type, key and props, and ours are written wherever they stand.
_SHARED = (list, dict, MapPairs, SetItems, FormData, Upload, TypedArray, Promise)


def _settled(value: Any) -> Any:
    while isinstance(value, Lazy) and value.status == "fulfilled":
        value = value.value
    return value


def _set_key(item: Any) -> object:
    is_number = isinstance(item, int | float) and not isinstance(item, bool | BigInt)
    return ("number", item if item == item else "NaN") if is_number else (type(item), repr(item))


class _Comparison:
    def __init__(self) -> None:
        self.partners: dict[int, Any] = {}
        self.kept: list[Any] = []

    def differ(self, expected: Any, actual: Any, at: str) -> str | None:
        # A lazy that has loaded is what it loaded: where React puts one is its own business.
        expected, actual = _settled(expected), _settled(actual)
        if isinstance(expected, _SHARED):
            if id(expected) in self.partners:
                return None if self.partners[id(expected)] is actual else f"{at}: not the same object as before"
            self.partners[id(expected)] = actual
            self.kept.append(expected)
        compare = _COMPARISONS.get(type(expected))
        if compare is not None:
            return compare(self, expected, actual, at)
        if isinstance(expected, bool) or isinstance(actual, bool):
            return None if expected is actual else f"{at}: expected {expected!r}, got {actual!r}"
        if isinstance(expected, int | float) and isinstance(actual, int | float) and not isinstance(actual, BigInt):
            same = (math.isnan(expected) and math.isnan(actual)) or (
                expected == actual and math.copysign(1, expected) == math.copysign(1, actual)
            )
            return None if same else f"{at}: expected {expected!r}, got {actual!r}"
        return None if type(expected) is type(actual) and expected == actual else f"{at}: {expected!r} != {actual!r}"

    def items(self, expected: Any, actual: Any, at: str) -> str | None:
        if len(expected) != len(actual):
            return f"{at}: expected {len(expected)} items, got {len(actual)}"
        for index, (left, right) in enumerate(zip(expected, actual, strict=True)):
            if found := self.differ(left, right, f"{at}[{index}]"):
                return found
        return None

    def bigint(self, expected: Any, actual: Any, at: str) -> str | None:
        return None if type(actual) is BigInt and int(expected) == int(actual) else f"{at}: {expected!r} != {actual!r}"

    def date(self, expected: Any, actual: Any, at: str) -> str | None:
        same = type(actual) is datetime and actual.tzinfo is UTC and expected == actual
        return None if same else f"{at}: {expected!r} != {actual!r}"

    def array(self, expected: Any, actual: Any, at: str) -> str | None:
        return self.items(expected, actual, at) if type(actual) is list else f"{at}: expected a list, got {actual!r}"

    def object(self, expected: Any, actual: Any, at: str) -> str | None:
        if type(actual) is not dict or sorted(expected) != sorted(actual):
            return f"{at}: expected an object with {sorted(expected)}, got {actual!r}"
        for key, value in expected.items():
            if found := self.differ(value, actual[key], f"{at}.{key}"):
                return found
        return None

    def map(self, expected: Any, actual: Any, at: str) -> str | None:
        if type(actual).__name__ not in {"Map", "MapPairs"}:
            return f"{at}: expected a Map, got {actual!r}"
        entries = list(actual.items()) if isinstance(actual, dict) else list(actual)
        return self.items([list(entry) for entry in expected], [list(entry) for entry in entries], at)

    def set(self, expected: Any, actual: Any, at: str) -> str | None:
        if isinstance(actual, SetItems):
            return self.items(expected, actual, at)
        # A Python set has no order; it is only used where nothing merges, so equality says it all.
        if not isinstance(actual, set) or len(actual) != len(expected):
            return f"{at}: expected a Set, got {actual!r}"
        by_key = {_set_key(item): item for item in actual}
        return self.items(expected, [by_key.get(_set_key(item)) for item in expected], at)

    def form(self, expected: Any, actual: Any, at: str) -> str | None:
        if type(actual) is not FormData:
            return f"{at}: expected FormData, got {actual!r}"
        return self.items([list(entry) for entry in expected], [list(entry) for entry in actual], at)

    def upload(self, expected: Any, actual: Any, at: str) -> str | None:
        if not isinstance(actual, Upload):
            return f"{at}: expected a file, got {actual!r}"
        left = (expected.name, expected.type, expected.read_now())
        right = (actual.name, actual.type, actual.read_now())
        return None if left == right else f"{at}: {left} != {right}"

    def element(self, expected: Any, actual: Any, at: str) -> str | None:
        if not isinstance(actual, Element):
            return f"{at}: expected an element, got {actual!r}"
        return (
            self.differ(expected.type, actual.type, f"{at}.type")
            or self.differ(expected.key, actual.key, f"{at}.key")
            or self.differ(dict(expected.props), dict(actual.props), f"{at}.props")
        )

    def server(self, expected: Any, actual: Any, at: str) -> str | None:
        if type(actual) is not ServerReference or expected.id != actual.id:
            return f"{at}: expected a server reference, got {actual!r}"
        # An empty bound list and none are the same.
        return self.items(list(expected.bound or ()), list(actual.bound or ()), f"{at}.bound")

    def client(self, expected: Any, actual: Any, at: str) -> str | None:
        same = isinstance(actual, ClientReference) and (expected.module, expected.export) == (
            actual.module,
            actual.export,
        )
        return None if same else f"{at}: {expected!r} != {actual!r}"

    def outcome(self, expected: Any, actual: Any, at: str) -> str | None:
        if type(expected) is not type(actual) or expected.status != actual.status:
            return f"{at}: expected {expected!r}, got {actual!r}"
        if expected.status == "rejected":
            # A vector without a digest says only that it failed.
            digests = {expected.error.digest, actual.error.digest}
            return None if "" in digests or len(digests) == 1 else f"{at}: digests {digests}"
        return self.differ(expected.value, actual.value, f"{at}.value")

    def error(self, expected: Any, actual: Any, at: str) -> str | None:
        same = isinstance(actual, RemoteError) and expected.digest == actual.digest
        return None if same else f"{at}: {expected!r} != {actual!r}"

    def stream(self, expected: Any, actual: Any, at: str) -> str | None:
        kinds = {"stream", "bytes"} if expected.kind in {"stream", "bytes"} else {expected.kind}
        if not isinstance(actual, AsyncItems) or actual.kind not in kinds:
            return f"{at}: expected {expected!r}, got {actual!r}"
        if (expected.error is None) != (actual.error is None):
            return f"{at}: error {expected.error!r} != {actual.error!r}"
        return self.items(expected.items, actual.items, at) or self.differ(expected.returned, actual.returned, at)


_COMPARISONS: dict[type, Any] = {
    BigInt: _Comparison.bigint,
    datetime: _Comparison.date,
    list: _Comparison.array,
    dict: _Comparison.object,
    MapPairs: _Comparison.map,
    SetItems: _Comparison.set,
    FormData: _Comparison.form,
    Upload: _Comparison.upload,
    Element: _Comparison.element,
    ServerReference: _Comparison.server,
    ClientReference: _Comparison.client,
    Promise: _Comparison.outcome,
    Lazy: _Comparison.outcome,
    RemoteError: _Comparison.error,
    AsyncItems: _Comparison.stream,
}
