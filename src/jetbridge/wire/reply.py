"""Reply decoding: the body of a call in, plain Python values out. And the inverse, for the test client and the fuzzers.

Reads what React's encodeReply writes and takes plain data only: promises, streams, temporary references, cycles and
references to what is not finished are refused by construction. A value is built into a fresh container in wire order,
and a reference walks those containers, so what is unfinished is simply not there to be found.
Pure: no I/O, no registry, no event loop; every size is bounded by `Limits`.
"""

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any, Final, cast

from jetbridge.errors import WireError
from jetbridge.wire import tags
from jetbridge.wire.jsontext import MalformedError, decode_json
from jetbridge.wire.keyed import decode_map, decode_set
from jetbridge.wire.limits import DEFAULT_LIMITS, Limits
from jetbridge.wire.model import UNDEFINED, FormData, ServerReference, TypedArray, Upload
from jetbridge.wire.plain_json import NOT_PLAIN_JSON, decode_plain
from jetbridge.wire.reply_encode import encode_reply
from jetbridge.wire.scalars import (
    SAFE_INTEGER,
    canonical_decimal,
    canonical_hex,
    decode_bigint,
    decode_date,
    widen_integer,
)

__all__ = ["decode_call", "decode_reference", "decode_reply", "decode_reply_slowly", "encode_reply"]

_type_of = cast("Callable[[object], type[Any]]", type)  # what type() gives is unknown to pyright

Knows = Callable[[str], bool]


class _RefusedError(Exception):
    """A refusal on its way up; each container it passes adds the key it happened under."""

    def __init__(self, message: str, *, budget: str | None = None, status: int = 400) -> None:
        self.message = message
        self.budget = budget
        self.status = status
        self.trail: list[str | int] = []


def decode_call(
    body: str | bytes | Sequence[tuple[str, str | Upload]],
    limits: Limits = DEFAULT_LIMITS,
    *,
    knows: Knows | None = None,
) -> list[Any]:
    """The arguments of one call: `decode_reply` of a body whose root is an array of at most `limits.arguments`."""
    arguments: Any = None if isinstance(body, str | bytes) else _lone_form(body, limits)
    if arguments is None:
        arguments = decode_reply(body, limits=limits, knows=knows)
    if _type_of(arguments) is not list:
        raise WireError("a call's body is an array of arguments")
    if len(arguments) > limits.arguments:
        raise WireError(f"more than {limits.arguments} arguments", budget="arguments")
    return arguments


_LONE_FORM: Final = '["$K1"]'
_FORM_ENTRY: Final = "_1_"
_FEW_PARTS: Final = 32


def _lone_form(parts: Sequence[tuple[str, str | Upload]], limits: Limits) -> list[FormData] | None:
    """The arguments of a call with a small form for the only one, as React sends most forms; else None.

    A fast path: the walk gives the same.
    """
    entries = [(name[3:], value) for name, value in parts if name.startswith(_FORM_ENTRY)]
    size = len(entries)
    if size > _FEW_PARTS or size >= min(limits.parts, limits.nodes) or limits.depth < 3 or not limits.arguments:
        return None
    if len(parts) != size + 1 or ("0", _LONE_FORM) not in parts:
        return None
    text = sum(len(value) for _, value in entries if isinstance(value, str))
    return None if text + len(_LONE_FORM) > limits.body_bytes else [FormData(entries)]


def decode_reply(
    body: str | bytes | Sequence[tuple[str, str | Upload]],
    *,
    limits: Limits = DEFAULT_LIMITS,
    prefix: str = "",
    knows: Knows | None = None,
) -> Any:
    """The root value of a reply: a plain text body, or the parts of a multipart one in any order.

    `prefix` stands before every part name (forms have `$ACTION_<n>:`). `knows` says which server references exist;
    an unknown one is refused. Without it any id is taken: look it up before use.
    """
    if isinstance(body, str | bytes):
        plain = decode_plain(body, limits)
        if plain is not NOT_PLAIN_JSON:
            return plain
    if isinstance(body, bytes):
        try:
            body = body.decode()
        except UnicodeDecodeError:
            raise WireError("the body is not UTF-8", at="body") from None
    return decode_reply_slowly(body, limits=limits, prefix=prefix, knows=knows)


def decode_reference(
    body: Sequence[tuple[str, str | Upload]], *, prefix: str, limits: Limits = DEFAULT_LIMITS
) -> ServerReference:
    """The reference, with what is bound to it, that the hidden fields of a form hold (wire-protocol B2)."""
    decoder = _Decoder(body, prefix, limits, None)
    try:
        return decoder.read_reference(0, 0)
    except _RefusedError as refused:
        raise WireError(
            refused.message, at=_path(refused.trail), status=refused.status, budget=refused.budget
        ) from None


def decode_reply_slowly(
    body: str | Sequence[tuple[str, str | Upload]],
    *,
    limits: Limits = DEFAULT_LIMITS,
    prefix: str = "",
    knows: Knows | None = None,
) -> Any:
    """`decode_reply` by the walk alone, which is always right."""
    parts = [(prefix + "0", body)] if isinstance(body, str) else body
    decoder = _Decoder(parts, prefix, limits, knows)
    try:
        return decoder.root()
    except _RefusedError as refused:
        raise WireError(
            refused.message, at=_path(refused.trail), status=refused.status, budget=refused.budget
        ) from None


def _path(trail: list[str | int]) -> str:
    steps = [f"[{key}]" if isinstance(key, int) else _member(key) for key in reversed(trail[-100:])]
    return "$" + "".join(steps)


def _member(key: str) -> str:
    return f".{key}" if key.isidentifier() and len(key) <= 40 else f"[{key[:40]!r}]"


class _Decoder:
    """One reply: its parts grouped by what they are, and what has been made of them."""

    __slots__ = (
        "building",
        "consumed",
        "deadline",
        "done",
        "expanded",
        "files",
        "forms",
        "knows",
        "limits",
        "measured",
        "models",
        "nodes",
        "open",
        "references",
    )

    def __init__(
        self, parts: Sequence[tuple[str, str | Upload]], prefix: str, limits: Limits, knows: Knows | None
    ) -> None:
        self.limits = limits
        self.knows = knows
        self.models: dict[int, str] = {}
        self.files: dict[int, Upload] = {}
        self.forms: dict[int, list[tuple[str, str | Upload]]] = {}
        # Part number -> its finished value, and -> the container being filled.
        self.done: dict[int, Any] = {}
        self.building: dict[int, Any] = {}
        # The containers being filled, outermost first: a reference to one of them would be a cycle.
        self.open: list[Any] = []
        # Lists already made into a Map, Set or iterator, and files into typed arrays: once each (CVE-2026-23869).
        self.consumed: set[tuple[str, int]] = set()
        self.references: dict[int, ServerReference] = {}
        self.measured: dict[int, tuple[int, int]] = {}
        self.nodes = 0
        self.deadline = monotonic() + limits.decode_seconds
        self.expanded = 0
        self.group(parts, prefix)

    def group(self, parts: Sequence[tuple[str, str | Upload]], prefix: str) -> None:
        # Grouped once, whatever refers to them later: scanning again per reference is quadratic (CVE-2026-23870).
        limits = self.limits
        if len(parts) > limits.parts:
            raise WireError(f"more than {limits.parts} parts", at="body", status=413, budget="parts")
        room = limits.body_bytes
        for full_name, content in parts:
            if type(content) is str:
                room -= len(content)
            if not full_name.startswith(prefix):
                continue
            name = full_name[len(prefix) :]
            if name.startswith("_"):
                digits, underscore, entry = name[1:].partition("_")
                number = canonical_decimal(digits)
                if number is not None and underscore:
                    self.forms.setdefault(number, []).append((entry, content))
                continue
            number = canonical_decimal(name)
            if number is None:
                continue
            if isinstance(content, str):
                self.models[number] = content
            else:
                self.files[number] = content
        if room < 0:
            raise WireError("too much text", at="body", status=413, budget="body_bytes")

    def root(self) -> Any:
        """The value of part 0."""
        return self.model(0, 0)

    # A model part, an array, an object: each registers its container, then fills it.

    def model(self, number: int, depth: int) -> Any:
        text = self.models.get(number)
        if text is None:
            raise _RefusedError(f"there is no part {number}")
        try:
            raw = decode_json(text)
        except MalformedError as malformed:
            raise _RefusedError(f"part {number} is {malformed}") from None
        kind = _type_of(raw)
        if kind is list:
            value: Any = []
            self.building[number] = value
            self.array(raw, depth, value)
        elif kind is dict:
            value = {}
            self.building[number] = value
            self.object(raw, depth, value)
        else:
            self.building[number] = None
            if kind is str:
                # A level of its own: parts that only name each other are no containers, and would recurse unbounded.
                self.enter(1, depth)
                value = self.tag(raw, depth + 1) if raw[:1] == "$" else raw
            else:
                value = widen_integer(raw) if kind is int and not -SAFE_INTEGER <= raw <= SAFE_INTEGER else raw
        del self.building[number]
        self.done[number] = value
        return value

    def enter(self, size: int, depth: int) -> None:
        self.nodes += size
        if self.nodes > self.limits.nodes:
            raise _RefusedError(f"more than {self.limits.nodes} values", budget="nodes")
        if monotonic() > self.deadline:
            raise _RefusedError(f"more than {self.limits.decode_seconds:g} s of decoding", budget="decode_seconds")
        if depth >= self.limits.depth:
            raise _RefusedError(f"nested deeper than {self.limits.depth}", budget="depth")

    def array(self, raw: list[Any], depth: int, out: list[Any]) -> list[Any]:
        self.enter(len(raw), depth)
        self.open.append(out)
        append = out.append
        place = 0
        try:
            for place, item in enumerate(raw):  # noqa: B007 - where it failed
                kind = _type_of(item)
                if kind is str:
                    if item[:1] == "$":
                        item = self.tag(item, depth + 1)
                elif kind is dict:
                    # There before it is filled: its later members may refer to its earlier ones.
                    child: dict[str, Any] = {}
                    append(child)
                    self.object(item, depth + 1, child)
                    continue
                elif kind is list:
                    children: list[Any] = []
                    append(children)
                    self.array(item, depth + 1, children)
                    continue
                elif kind is int and not -SAFE_INTEGER <= item <= SAFE_INTEGER:
                    item = widen_integer(item)
                append(item)
        except _RefusedError as refused:
            refused.trail.append(place)
            raise
        self.open.pop()
        return out

    def object(self, raw: dict[str, Any], depth: int, out: dict[str, Any]) -> dict[str, Any]:
        self.enter(len(raw), depth)
        self.open.append(out)
        key = ""
        try:
            for key, item in raw.items():
                kind = _type_of(item)
                if kind is str:
                    if item[:1] == "$":
                        item = self.tag(item, depth + 1)
                        if item is UNDEFINED:
                            continue
                        if key == "then" and type(item) is ServerReference:
                            item = None  # as React: nothing the wire made may look like a promise
                elif kind is dict:
                    child: dict[str, Any] = {}
                    out[key] = child
                    self.object(item, depth + 1, child)
                    continue
                elif kind is list:
                    children: list[Any] = []
                    out[key] = children
                    self.array(item, depth + 1, children)
                    continue
                elif kind is int and not -SAFE_INTEGER <= item <= SAFE_INTEGER:
                    item = widen_integer(item)
                out[key] = item
        except _RefusedError as refused:
            refused.trail.append(key)
            raise
        out.pop("__proto__", None)
        self.open.pop()
        return out

    # A string that begins with `$`.

    def tag(self, text: str, depth: int) -> Any:
        letter = text[1:2]
        if letter == "$":
            return text[1:]
        if letter == "D":
            date = decode_date(text[2:])
            if date is None:
                raise _RefusedError("not a date that toISOString writes between the years 1 and 9999")
            return date
        if text == tags.UNDEFINED_TAG:
            return UNDEFINED
        if text in tags.SPECIAL:
            return tags.SPECIAL[text]
        read = _READERS.get(letter)
        if read is not None:
            return read(self, text, depth)
        if letter in _HEX_DIGITS:
            return self.reference(text, depth)
        if letter in tags.REFUSED_IN_REPLY:
            raise _RefusedError(f"{tags.REFUSED_IN_REPLY[letter]} is not taken: plain data only")
        raise _RefusedError("unknown tag")

    def bigint(self, text: str, _: int) -> Any:
        limit = self.limits.digits
        if len(text) - 2 > limit:
            raise _RefusedError(f"BigInt of more than {limit} characters", budget="digits")
        value = decode_bigint(text[2:], limit=limit)
        if value is None:
            raise _RefusedError("not the digits of a BigInt")
        return value

    def number(self, text: str, start: int = 2) -> int:
        number = canonical_hex(text[start:])
        if number is None:
            raise _RefusedError("malformed part id")
        return number

    def reference(self, text: str, depth: int) -> Any:
        head, *steps = text.split(":")
        number = self.number(head, 1)
        if number in self.done:
            value = self.done[number]
        elif number in self.building:
            value = self.building[number]
            if value is None:
                raise _RefusedError("a cycle: the value would contain itself")
        else:
            value = self.model(number, depth)
            if not steps:
                return value
        for step in steps:
            value = _step_into(value, step)
        if any(value is container for container in self.open):
            raise _RefusedError("a cycle: the value would contain itself")
        self.charge(value, depth)
        return value

    def outlined(self, text: str, depth: int) -> list[Any]:
        number = self.number(text)
        if number in self.building:
            raise _RefusedError("a cycle: the value would contain itself")
        if ("list", number) in self.consumed:
            raise _RefusedError(f"part {number} was already made into a Map, Set or iterator")
        self.consumed.add(("list", number))
        if number in self.done:
            value = self.done[number]
            self.charge(value, depth)
        else:
            value = self.model(number, depth)
        if type(value) is not list:
            raise _RefusedError(f"part {number} is not an array")
        return cast("list[Any]", value)

    def map(self, text: str, depth: int) -> Any:
        entries = self.outlined(text, depth)
        if not all(type(entry) is list and len(cast("list[Any]", entry)) == 2 for entry in entries):
            raise _RefusedError("an entry of a Map is an array of key and value")
        return decode_map(cast("list[tuple[Any, Any]]", entries))

    def set(self, text: str, depth: int) -> Any:
        return decode_set(self.outlined(text, depth))

    def iterator(self, text: str, depth: int) -> Any:
        return list(self.outlined(text, depth))

    def form_data(self, text: str, depth: int) -> Any:
        entries = self.forms.get(self.number(text), [])
        self.enter(len(entries), depth)
        return FormData(entries)

    def file(self, number: int) -> Upload:
        file = self.files.get(number)
        if file is None:
            raise _RefusedError(f"there is no file part {number}")
        return file

    def blob(self, text: str, _: int) -> Any:
        return self.file(self.number(text))

    def binary(self, text: str, _: int) -> Any:
        binary = tags.BINARY_BY_LETTER[text[1]]
        number = self.number(text)
        if ("file", number) in self.consumed:
            raise _RefusedError(f"part {number} was already made into a typed array")
        self.consumed.add(("file", number))
        data = self.file(number).read_now()
        if len(data) % binary.unit:
            raise _RefusedError(f"the bytes of a {binary.kind} come in multiples of {binary.unit}")
        return data if binary.kind == "Uint8Array" else TypedArray(data, binary.kind)

    def server_reference(self, text: str, depth: int) -> Any:
        number = self.number(text)
        known = self.references.get(number)
        if known is None:
            known = self.references[number] = self.read_reference(number, depth)
        elif known.bound:
            self.charge(known, depth)
        return known

    def read_reference(self, number: int, depth: int) -> ServerReference:
        try:
            raw = decode_json(self.models.get(number, ""))
        except MalformedError:
            raw = None
        # No other members: React once let a client fill its internal ones here.
        meta = cast("dict[str, Any]", raw) if type(raw) is dict else {}
        if not meta or not meta.keys() <= {tags.ID_KEY, tags.BOUND_KEY}:
            raise _RefusedError(f"part {number} is not a server reference")
        self.enter(len(meta), depth)
        name, bound = meta.get(tags.ID_KEY), meta.get(tags.BOUND_KEY)
        if type(name) is str and name.startswith("$$"):
            name = name[1:]
        elif type(name) is not str or name.startswith("$"):
            raise _RefusedError("the id of a server reference is text")
        if self.knows is not None and not self.knows(name):
            raise _RefusedError("unknown server reference")
        if bound is None:
            return ServerReference(name)
        if type(bound) is not str or not bound.startswith("$@"):
            raise _RefusedError("bound arguments come as a promise of an array")
        return ServerReference(name, self.read_bound(bound, depth))

    def read_bound(self, text: str, depth: int) -> tuple[Any, ...]:
        number = self.number(text)
        if number in self.building:
            raise _RefusedError("a cycle: the value would contain itself")
        if number in self.done:
            values = self.done[number]
            self.charge(values, depth)
        else:
            values = self.model(number, depth + 1)
        if type(values) is not list:
            raise _RefusedError(f"part {number} is not an array of bound arguments")
        bound = cast("list[Any]", values)
        if len(bound) > self.limits.bound:
            raise _RefusedError(f"more than {self.limits.bound} bound arguments", budget="bound")
        return tuple(bound)

    # What a value costs once more, where it is referred to again.

    def charge(self, value: Any, depth: int) -> None:
        size, height = self.measure(value)
        self.expanded += size
        if self.nodes + self.expanded > self.limits.expanded_nodes:
            raise _RefusedError(
                f"more than {self.limits.expanded_nodes} values after expansion", budget="expanded_nodes"
            )
        if depth + height > self.limits.depth:
            raise _RefusedError(f"nested deeper than {self.limits.depth}", budget="depth")

    def measure(self, value: Any) -> tuple[int, int]:
        """How many values `value` holds when written out, and how deep; containers are finished, so this is kept."""
        if isinstance(value, str | bytes):
            return 1 + len(value) // _CHARACTERS_PER_NODE, 0
        children = _children(value)
        if children is None:
            return 1, 0
        known = self.measured.get(id(value))
        if known is None:
            measures = [self.measure(child) for child in children]
            known = (1 + sum(size for size, _ in measures), 1 + max((height for _, height in measures), default=0))
            self.measured[id(value)] = known
        return known


_HEX_DIGITS: Final = frozenset("0123456789abcdef")
_CHARACTERS_PER_NODE: Final = 100

_READERS: Final[dict[str, Callable[[_Decoder, str, int], Any]]] = {
    tags.BIGINT: _Decoder.bigint,
    tags.MAP: _Decoder.map,
    tags.SET: _Decoder.set,
    tags.ITERATOR: _Decoder.iterator,
    tags.FORM_DATA: _Decoder.form_data,
    tags.BLOB: _Decoder.blob,
    tags.SERVER_REFERENCE: _Decoder.server_reference,
    **dict.fromkeys(tags.BINARY_BY_LETTER, _Decoder.binary),
}


def _step_into(value: Any, step: str) -> Any:
    # Members of plain containers and nothing else: no attributes, no negative index (CVE-2025-55182).
    if type(value) is dict:
        members = cast("dict[str, Any]", value)
        if step in members:
            return members[step]
    elif type(value) is list:
        items = cast("list[Any]", value)
        index = canonical_decimal(step)
        if index is not None and index < len(items):
            return items[index]
    raise _RefusedError("a reference to what is not there yet, or never")


def _children(value: Any) -> list[Any] | None:
    if isinstance(value, dict):
        members = cast("dict[Any, Any]", value)
        return [*members.keys(), *members.values()]
    if isinstance(value, list | set):
        items: list[Any] = []
        for item in cast("list[Any]", value):
            # MapPairs hold their entries as tuples or lists
            items.extend(cast("tuple[Any, ...]", item)) if type(item) is tuple else items.append(item)
        return items
    if isinstance(value, ServerReference):
        return list(value.bound or ())
    if isinstance(value, FormData):
        return [item for entry in value for item in entry]
    return None
