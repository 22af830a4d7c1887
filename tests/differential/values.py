"""Random values in the vectors' notation: what a client can send, and what only a server can.

A seed decides everything. Labelled objects come back as `same` nodes once they are finished, so nothing is cyclic.
"""

import base64
import random
import string
from collections.abc import Iterator
from typing import Any

from jetbridge.wire.tags import BINARY
from tests.conformance.values import kinds

__all__ = ["ValueSource"]

TEXTS = (
    "", " ", "$", "$$", "$1", "$0:a", "$undefined", "$D2024-01-01T00:00:00.000Z", "$Infinity", "$h1",
    "$Sx", "a", "0", "-1", "__proto__", "constructor", "then", "toString", "length", "key", "é", "日本語",
    "👩‍👩‍👧", "\u2028\u2029", "\0\x01\x1f\x7f", "<b>&\"'", "</script>", "\r\n", "line\nline", "\\", '"',
    "%22", "\ufeff", "1e400", "null", "[]", "{}", "a b",
)  # fmt: skip
NUMBERS = (
    0, 1, -1, 7, 255, 2**31, -(2**31), 2**53 - 1, -(2**53), 2**53, 2**60, 0.5, -0.25, 1e21, 1e-7, 1e300,
    5e-324, 1.1, 123456789.125, 1e16, 0.1 + 0.2, 1.7976931348623157e308, 9007199254740993,
    100000000000000000000,
)  # fmt: skip
DATES = (
    "1970-01-01T00:00:00.000Z", "2024-02-29T12:34:56.789Z", "0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z",
    "1969-12-31T23:59:59.999Z", "0099-06-01T00:00:00.001Z",
)  # fmt: skip
FOREIGN_DATES = ("0000-01-01T00:00:00.000Z", "-000001-01-01T00:00:00.000Z", "+275760-09-13T00:00:00.000Z")
TYPES = ("", "text/plain", "image/png", "application/json", "text/plain;charset=utf-8")
# Half a surrogate pair in each way it can stand.
HALVES = ([0xD800], [0x61, 0xDC00], [0xDC00, 0xD800], [0xD83D, 0x62])


class ValueSource:
    """One random value after another; `value(depth)` is the next. Labels are unique within one source."""

    def __init__(self, seed: object, *, from_server: bool = False, colons: bool = False) -> None:
        self.random = random.Random(str(seed))
        self.from_server = from_server
        self.colons = colons
        self._labels = 0
        self._finished: list[str] = []
        self._scalars = [
            self.constant, self.number, self.number, self.integer, self.text, self.text, self.text, self.date,
            self.bigint, self.long_text,
        ]  # fmt: skip
        self._containers = [
            self.array, self.array, self.object, self.object, self.object, self.rows, self.map, self.set,
            self.form_data, self.file, self.typed, self.same, self.same, self.server_reference,
        ]  # fmt: skip
        if from_server:
            self._scalars += [self.symbol, self.half]
            self._containers += [self.element, self.element, self.promise]

    def value(self, depth: int) -> Any:
        """A value of at most `depth` levels."""
        choices = self._scalars if depth <= 0 or self.random.random() < 0.4 else self._containers
        return self.random.choice(choices)(depth - 1)

    def values(self, depth: int, most: int = 4) -> list[Any]:
        return [self.value(depth) for _ in range(self.random.randint(0, most))]

    # Scalars.

    def constant(self, _: int) -> Any:
        return self.random.choice(
            [None, True, False, *({"t": kind} for kind in ("undefined", "nan", "inf", "-inf", "-0"))]
        )

    def number(self, _: int) -> Any:
        if self.random.random() < 0.5:
            return self.random.choice(NUMBERS)
        return self.random.uniform(-1, 1) * 10 ** self.random.randint(-30, 30)

    def integer(self, _: int) -> Any:
        return self.random.randint(-(2 ** self.random.randint(1, 53)), 2 ** self.random.randint(1, 53))

    def text(self, _: int = 0) -> str:
        if self.random.random() < 0.5:
            return self.random.choice(TEXTS)
        letters = string.printable + "äß$$$€ł中文😀\U0001d4b3"
        return "".join(self.random.choices(letters, k=self.random.randint(0, 20)))

    def long_text(self, _: int = 0) -> Any:
        unit = self.random.choice(["a", "$", "é", "😀", "\n", "日本", '"', "</script>"])
        return {"t": "rep", "s": unit, "n": self.random.choice([300, 511, 512, 1023, 1024, 3000])}

    def half(self, _: int = 0) -> Any:
        """A string with half a surrogate pair; a client that sends one is refused."""
        return {"t": "str16", "units": self.random.choice(HALVES)}

    def date(self, _: int) -> Any:
        if self.random.random() < 0.1:
            return {"t": "date", "v": None}
        if self.random.random() < 0.4:
            return {"t": "date", "v": self.random.choice(DATES)}
        year, month, day = self.random.randint(1, 9999), self.random.randint(1, 12), self.random.randint(1, 28)
        clock = [self.random.randint(0, most) for most in (23, 59, 59, 999)]
        return {"t": "date", "v": "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z".format(year, month, day, *clock)}

    def foreign_date(self) -> Any:
        """A date that Python has no datetime for; a client that sends one is refused."""
        return {"t": "date", "v": self.random.choice(FOREIGN_DATES)}

    def bigint(self, _: int) -> Any:
        digits = self.random.choice([1, 5, 17, 20, 100, 290])
        return {"t": "bigint", "v": str(self.random.randint(-(10**digits), 10**digits))}

    def symbol(self, _: int) -> Any:
        return {"t": "symbol", "key": self.random.choice(["react.suspense", "a", "Ünicode"])}

    # Containers.

    def keys(self, least: int) -> list[str]:
        # A key with a colon ends all sharing below. Node 24's JSON.parse takes keys such as "\f" or '"' for "\\" once
        # it has seen that in an object of the same shape.
        texts = (self.text() for _ in range(self.random.randint(least, 5)))
        keys = dict.fromkeys(text if self.colons else text.replace(":", ";") for text in texts)
        return [key for key in keys if key != "\\"]

    def unique(self, depth: int) -> Iterator[Any]:
        """Keys of a Map or items of a Set, none of which becomes another's equal on the way."""
        found: set[str] = set()
        for _ in range(self.random.randint(0, 4)):
            item = self.value(depth)
            kind = item.get("t") if isinstance(item, dict) else None
            if kind == "same" or (kind == "date" and item["v"] is None):  # invalid dates arrive as null
                item, kind = "", None
            name = repr(item.get("ref", item)) if kind else repr(item)
            if name not in found:
                found.add(name)
                yield item

    def labelled(self, node: dict[str, Any]) -> dict[str, Any]:
        """`node`, finished; one in three may be referred to from now on."""
        # React's client may read null for a Map that is shared and itself refers to what surrounds it (19.3.1: rows
        # as its own server writes them), so such are not drawn.
        is_late = node["t"] in {"map", "set"} and "same" in kinds(node)
        if self.random.random() < 0.35 and not is_late:
            self._labels += 1
            node["id"] = f"o{self._labels}"
            self._finished.append(node["id"])
        return node

    def same(self, depth: int) -> Any:
        if not self._finished:
            return self.array(depth)
        return {"t": "same", "id": self.random.choice(self._finished)}

    def array(self, depth: int) -> Any:
        return self.labelled({"t": "array", "items": self.values(depth)})

    def object(self, depth: int) -> Any:
        # A function under `then` would make the object a promise that never settles; and what stands under `__proto__`
        # is lost, so React refers to nothing when it refers to that.
        entries = [[key, self.value(0 if key in {"then", "__proto__"} else depth)] for key in self.keys(0)]
        return self.labelled({"t": "object", "entries": entries})

    def rows(self, depth: int) -> Any:
        """A table, as actions return them: many objects with the same keys, each column of one kind but for slips."""
        columns = {key: self.random.choice(self._scalars) for key in self.keys(1)}
        rows = [
            {
                "t": "object",
                "entries": [
                    [key, self.value(0) if self.random.random() < 0.02 else make(0)] for key, make in columns.items()
                ],
            }
            for _ in range(self.random.choice([2, 9, 30]))
        ]
        return self.labelled({"t": "array", "items": rows})

    def map(self, depth: int) -> Any:
        return self.labelled({"t": "map", "entries": [[key, self.value(depth)] for key in self.unique(depth - 1)]})

    def set(self, depth: int) -> Any:
        return self.labelled({"t": "set", "items": list(self.unique(depth))})

    def form_data(self, _: int) -> Any:
        entries = [
            # A NUL in a name is refused: what reads the name next may end there.
            [self.text().replace("\0", ""), self.text() if self.random.random() < 0.7 else self.file(0, shared=False)]
            for _ in range(self.random.randint(0, 4))
        ]
        return self.labelled({"t": "formdata", "entries": entries})

    def file(self, _: int, *, shared: bool = True) -> Any:
        node = {"t": "blob", "type": self.random.choice(TYPES), "b64": self.bytes(1)}
        if self.random.random() < 0.5:
            node |= {"t": "file", "name": self.text().replace("\0", "") or "f"}
        return self.labelled(node) if shared else node

    def typed(self, _: int) -> Any:
        kind = self.random.choice([*BINARY, "Uint8Array"])
        return self.labelled({"t": "typed", "kind": kind, "b64": self.bytes(BINARY[kind].unit)})

    def bytes(self, unit: int) -> str:
        return base64.b64encode(self.random.randbytes(unit * self.random.choice([0, 1, 2, 7, 300]))).decode()

    def server_reference(self, _: int) -> Any:
        return self.labelled({"t": "serverRef", "ref": self.random.choice(["a#b", "save-1234.mac", "$x", "ünï#c"])})

    # What only a server sends.

    def element(self, depth: int) -> Any:
        props = {name: self.value(depth) for name in self.random.sample(["title", "data-x", "style", "children"], 2)}
        kind = self.random.choice(["div", "li", "my-tag", {"t": "clientRef", "ref": "badge#Badge"}])
        key = self.random.choice([None, None, "k", "$k", "a,b"])
        return {"t": "element", "type": kind, "key": key, "props": [list(prop) for prop in props.items()]}

    def promise(self, depth: int) -> Any:
        # In an array: JavaScript's promises of promises are what the inner one comes to.
        return {"t": "promise", "v": {"t": "array", "items": [self.value(depth)]}}
