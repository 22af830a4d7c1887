"""Flight decoding: the rows of a response in, Python values out, as React's production client reads them.

The inverse of `encode_flight`, for the test client, the differential tests and the fuzzers. `FlightDecoder.feed` takes
rows as they arrive; `close` gives the root with every promise and stream in it settled. Bytes from a stranger end in a
value or a `WireError`, in linear time. An error row where the root needs it is raised as `RemoteError`.
"""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal, NamedTuple, cast

from jetbridge.errors import WireError
from jetbridge.wire import tags
from jetbridge.wire.jsontext import MalformedError, decode_json_slowly
from jetbridge.wire.keyed import decode_map, decode_set
from jetbridge.wire.limits import DEFAULT_LIMITS, Limits
from jetbridge.wire.model import (
    UNDEFINED,
    AsyncItems,
    ClientReference,
    Element,
    FormData,
    Lazy,
    Promise,
    RemoteError,
    ServerReference,
    Symbol,
    TypedArray,
    Upload,
)
from jetbridge.wire.scalars import SAFE_INTEGER, canonical_decimal, decode_bigint, decode_date, widen_integer

__all__ = ["FlightDecoder", "decode_flight"]

Load = Callable[[ClientReference], Any]

_type_of: Final[Callable[[object], type[Any]]] = type


def decode_flight(data: bytes, *, limits: Limits = DEFAULT_LIMITS, load: Load | None = None) -> Any:
    """The root value of a whole response. `load` gives what a client module exports; without it references stay."""
    decoder = FlightDecoder(limits=limits, load=load)
    decoder.feed(data)
    return decoder.close()


class _MissingError(WireError):
    """A row that never came."""

    def __init__(self, row: int) -> None:
        super().__init__("connection closed before the row came", at=f"row {row:x}")


@dataclass(slots=True)
class _Row:
    """One row as it came, and once somebody needed it what it stands for."""

    kind: Literal["model", "value", "error", "module", "stream"]
    content: Any
    chunks: list["_Row"] = field(default_factory=list["_Row"])
    closed: bool = False
    state: Literal["raw", "building", "done", "failed"] = "raw"
    value: Any = None


class _Deferred(NamedTuple):
    """A reference into a row that is not finished: filled in when all are."""

    row: int
    steps: list[str]


_ROW_ID = re.compile(rb"[0-9a-f]{0,8}")
_LENGTH = re.compile(rb"[0-9a-f]{1,10}")
_STREAMS: Final[dict[str, Literal["stream", "bytes", "iterable", "iterator"]]] = {
    tags.ROW_STREAM: "stream",
    tags.ROW_BYTES: "bytes",
    tags.ROW_ASYNC_ITERABLE: "iterable",
    tags.ROW_ASYNC_ITERATOR: "iterator",
}
_WITH_LENGTH: Final = frozenset((tags.ROW_TEXT, tags.BYTES_CHUNK, *tags.BINARY_BY_LETTER))
_LETTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ#rx")


class FlightDecoder:
    """The rows of one response as they arrive."""

    def __init__(self, *, limits: Limits = DEFAULT_LIMITS, load: Load | None = None) -> None:
        self._limits = limits
        self._load = load
        self._buffer = bytearray()
        self._searched = 0
        self._count = 0
        self._rows: dict[int, _Row] = {}
        self._reviver = _Reviver(self._rows, limits, load)

    def feed(self, data: bytes) -> None:
        """Take further bytes, cut anywhere."""
        self._buffer += data
        start = 0
        while (end := self._read_row(start)) is not None:
            start = end
            self._searched = end
        del self._buffer[:start]
        self._searched -= start

    def close(self) -> Any:
        """The root value, everything in it settled; what did not come by now is missing."""
        try:
            return self._reviver.root()
        except RecursionError:
            raise WireError("nested too deeply") from None

    def _read_row(self, start: int) -> int | None:
        """Read the row at `start`; where the next one begins, or None if this one is not complete."""
        buffer = self._buffer
        colon = buffer.find(b":", start, start + 10)
        if colon < 0:
            if len(buffer) - start >= 10:
                raise WireError("malformed row id", at="rows")
            return None
        if not _ROW_ID.fullmatch(buffer, start, colon):
            raise WireError("malformed row id", at="rows")
        if colon + 1 >= len(buffer):
            return None
        row = int(buffer[start:colon] or b"0", 16)
        letter = chr(buffer[colon + 1])
        if letter in _WITH_LENGTH:
            return self._read_counted(row, letter, colon + 2)
        end = buffer.find(b"\n", max(colon, self._searched))
        if end < 0:
            self._searched = len(buffer)
            return None
        first = colon + 1
        if letter in _LETTERS:
            first += 1
        else:
            letter = ""
        try:
            text = buffer[first:end].decode("utf-8")
        except UnicodeDecodeError:
            raise WireError("not UTF-8", at=f"row {row:x}") from None
        self._take(row, letter, text)
        return end + 1

    def _read_counted(self, row: int, letter: str, start: int) -> int | None:
        comma = self._buffer.find(b",", start, start + 12)
        if comma < 0:
            if len(self._buffer) - start >= 12:
                raise WireError("malformed length", at=f"row {row:x}")
            return None
        if not _LENGTH.fullmatch(self._buffer, start, comma):
            raise WireError("malformed length", at=f"row {row:x}")
        end = comma + 1 + int(self._buffer[start:comma], 16)
        if end > len(self._buffer):
            return None
        data = bytes(self._buffer[comma + 1 : end])
        if letter == tags.ROW_TEXT:
            try:
                value: Any = data.decode("utf-8")
            except UnicodeDecodeError:
                raise WireError("not UTF-8", at=f"row {row:x}") from None
        elif letter == tags.BYTES_CHUNK:
            value = data
        else:
            binary = tags.BINARY_BY_LETTER[letter]
            data = data[: len(data) - len(data) % binary.unit]
            value = data if binary.kind == "Uint8Array" else TypedArray(data, binary.kind)
        if row == 0 and 0 not in self._rows:
            raise WireError("the root cannot be text or bytes: React's client would wait for ever", at="row 0")
        self._add(row, _Row("value", value))
        return end

    def _take(self, row: int, letter: str, text: str) -> None:
        if letter == tags.ROW_HINT:
            return
        if letter in tags.ROW_DEBUG:
            raise WireError("debug rows are for development clients", at=f"row {row:x}")
        if letter in _STREAMS:
            self._add(row, _Row("stream", _STREAMS[letter]))
        elif letter == tags.ROW_CLOSE:
            stream = self._rows.get(row)
            if stream is not None and stream.kind == "stream" and not stream.closed:
                stream.closed = True
                stream.content = (stream.content, text)
        elif letter == tags.ROW_ERROR:
            self._add(row, _Row("error", _decode_error(text, row)))
        elif letter == tags.ROW_IMPORT:
            self._add(row, _Row("module", self._decode_import(text, row)))
        else:
            self._add(row, _Row("model", text))  # unknown letters too, as React has it

    def _add(self, row: int, content: _Row) -> None:
        self._count += 1
        if self._count > self._limits.rows:
            raise WireError(f"more than {self._limits.rows} rows", at="rows", budget="rows")
        known = self._rows.get(row)
        if known is None:
            self._rows[row] = content
        elif known.kind == "stream" and not known.closed:
            known.chunks.append(content)
            known.closed = content.kind == "error"
        # Anything else came twice: the first one counts.

    def _decode_import(self, text: str, row: int) -> ClientReference:
        at = f"row {row:x}"
        meta = _parse(text, at)
        if type(meta) is not list or not 3 <= len(cast("list[Any]", meta)) <= 4:
            raise WireError("malformed module", at=at)
        module, chunks, export, *flag = cast("list[Any]", meta)
        if type(chunks) is not list or len(cast("list[Any]", chunks)) % 2:
            raise WireError("malformed module", at=at)
        names = [self._import_string(name, at) for name in cast("list[Any]", chunks)]
        return ClientReference(
            self._import_string(module, at),
            self._import_string(export, at),
            tuple(zip(names[::2], names[1::2], strict=True)),
            flag == [1],
        )

    def _import_string(self, raw: Any, at: str) -> str:
        """A string of an import row, which may stand in an earlier row of its own."""
        if type(raw) is str:
            if raw.startswith("$$"):
                return raw[1:]
            if not raw.startswith("$"):
                return raw
            row = self._rows.get(_row_id(raw[1:], at))
            if row is not None and row.kind in {"value", "model"}:
                content = row.content if row.kind == "value" else _parse(row.content, at)
                if type(content) is str and not (row.kind == "model" and content.startswith("$")):
                    return content
                if type(content) is str and content.startswith("$$"):
                    return content[1:]
        raise WireError("a module's name must have come before it", at=at)


class _Reviver:
    """From rows to values: each row once, when something first needs it."""

    def __init__(self, rows: dict[int, _Row], limits: Limits, load: Load | None) -> None:
        self._rows = rows
        self._limits = limits
        self._load = load
        self._room = limits.nodes
        self._outlining = 0
        self._promises: dict[int, Promise] = {}
        self._lazies: dict[int, Lazy] = {}
        self._references: dict[int, ServerReference] = {}
        # What is settled after the root: promises and lazies by row, and streams.
        self._unsettled: deque[tuple[Promise | Lazy, int]] = deque()
        self._open: deque[tuple[AsyncItems, _Row]] = deque()
        self._fixups: list[tuple[Any, Any, _Deferred]] = []

    def root(self) -> Any:
        """Row 0 with everything in it, a promised root awaited."""
        if 0 not in self._rows:
            raise _MissingError(0)
        root = self._row(0)
        while self._unsettled or self._open:
            if self._unsettled:
                self._settle(*self._unsettled.popleft())
            else:
                self._fill(*self._open.popleft())
        for container, key, deferred in self._fixups:
            container[key] = self._walk(self._row(deferred.row), deferred)
        for promise in self._promises.values():
            _adopt(promise)
        if isinstance(root, Promise):
            if root.status == "rejected":
                raise root.error or WireError("a promise that rejects")
            return root.value
        return root

    def _settle(self, target: Promise | Lazy, row: int) -> None:
        try:
            target.value = self._row(row)
            target.status = "fulfilled"
        except (_MissingError, RemoteError) as error:
            target.error = _as_remote(error)
            target.status = "rejected"

    def _fill(self, items: AsyncItems, row: _Row) -> None:
        try:
            for chunk in row.chunks:
                if chunk.kind == "error":
                    raise chunk.content
                items.items.append(self._chunk(chunk))
            if not row.closed:
                raise RemoteError(None, message="Connection closed.")
            text = row.content[1] if type(row.content) is tuple else ""
            if text:
                items.returned = self._whole(_Row("model", text))
        except (_MissingError, RemoteError) as error:
            items.error = _as_remote(error)

    def _chunk(self, chunk: _Row) -> Any:
        return chunk.content if chunk.kind == "value" else self._whole(chunk)

    def _whole(self, row: _Row) -> Any:
        value = self._build(row, "stream")
        if type(value) is _Deferred:
            raise WireError("a chunk that refers to what is not finished", at="stream")
        return value

    # Rows.

    def _row(self, number: int) -> Any:
        row = self._rows.get(number)
        if row is None:
            raise _MissingError(number)
        match row.state:
            case "done":
                return row.value
            case "failed":
                raise row.value
            case "building":
                raise WireError("a cycle of rows", at=f"row {number:x}")
            case "raw":
                pass
        row.state = "building"
        try:
            value = self._build(row, f"row {number:x}")
            if type(value) is _Deferred:
                raise WireError("a cycle of rows", at=f"row {number:x}")
        except (_MissingError, RemoteError) as error:
            row.state, row.value = "failed", error
            raise
        row.state, row.value = "done", value
        return value

    def _build(self, row: _Row, at: str) -> Any:
        match row.kind:
            case "value":
                return row.content
            case "error":
                raise row.content
            case "module":
                return self._load(row.content) if self._load is not None else row.content
            case "stream":
                kind = row.content[0] if type(row.content) is tuple else row.content
                items = AsyncItems(cast("Any", kind), [])
                self._open.append((items, row))
                return items
            case "model":
                return self._value(_parse(row.content, at), row)

    # JSON values.

    def _value(self, raw: Any, row: _Row | None = None) -> Any:
        kind = _type_of(raw)
        if kind is str:
            return self._tag(raw) if raw[:1] == "$" else raw
        if kind is list:
            if raw and raw[0] == tags.ELEMENT:
                return self._element(raw)
            out: list[Any] = []
            if row is not None:
                row.value = out
            return self._items(raw, out)
        if kind is dict:
            members: dict[str, Any] = {}
            if row is not None:
                row.value = members
            return self._members(raw, members)
        if kind is int and not -SAFE_INTEGER <= raw <= SAFE_INTEGER:
            return widen_integer(raw)
        return raw

    def _items(self, raw: list[Any], out: list[Any]) -> list[Any]:
        for item in raw:
            value = self._value(item)
            if type(value) is _Deferred:
                self._defer(out, len(out), value)
                value = None
            out.append(value)
        return out

    def _members(self, raw: dict[str, Any], out: dict[str, Any]) -> dict[str, Any]:
        for key, item in raw.items():
            value = self._value(item)
            if type(value) is _Deferred:
                self._defer(out, key, value)
                value = None
            elif value is UNDEFINED or key == "__proto__":
                continue
            elif key == "then" and type(value) is ServerReference:
                value = None
            out[key] = value
        return out

    def _defer(self, container: Any, key: Any, deferred: _Deferred) -> None:
        if self._outlining:
            raise WireError("a Map, Set or form that refers to what is not finished", at=f"row {deferred.row:x}")
        self._fixups.append((container, key, deferred))

    def _element(self, raw: list[Any]) -> Any:
        if len(raw) < 4 or type(raw[3]) is not dict:
            raise WireError("an element without props")
        try:
            kind, key = self._value(raw[1]), self._value(raw[2])
            props = self._members(cast("dict[str, Any]", raw[3]), {})
        except (_MissingError, RemoteError) as error:
            # React renders such an element as one that throws, so that the rest of the tree survives.
            return Lazy("rejected", error=_as_remote(error))
        if type(kind) is _Deferred or type(key) is _Deferred:
            raise WireError("an element whose type or key is not finished")
        return Element(kind, props, key)

    # A string that begins with `$`.

    def _tag(self, text: str) -> Any:
        letter = text[1:2]
        if letter == "$":
            return text[1:]
        if text == tags.ELEMENT:
            return Symbol("react.transitional.element")
        if text == tags.UNDEFINED_TAG:
            return UNDEFINED
        if text in tags.SPECIAL:
            return tags.SPECIAL[text]
        match letter:
            case tags.DATE:
                return _decode_date(text[2:])
            case tags.BIGINT:
                return self._bigint(text[2:])
            case tags.SYMBOL:
                return Symbol(text[2:])
            case tags.LAZY:
                return self._lazy(_row_id(text[2:], "rows"))
            case tags.PROMISE:
                return self._promise(_row_id(text[2:], "rows"))
            case tags.SERVER_REFERENCE:
                return self._server_reference(_row_id(text[2:], "rows"))
            case tags.MAP | tags.SET | tags.FORM_DATA | tags.ITERATOR:
                return self._outlined(letter, text[2:])
            case tags.BLOB:
                return self._blob(text[2:])
            case tags.ERROR_VALUE:
                return self._error(text[2:])
            case "T":
                raise WireError("temporary references are not taken", at="rows")
            case _:
                return self._reference(text[1:])

    def _bigint(self, digits: str) -> Any:
        value = decode_bigint(digits, limit=4000)
        if value is None:
            raise WireError("not the digits of a BigInt", at="rows")
        return value

    def _promise(self, row: int) -> Promise:
        promise = self._promises.get(row)
        if promise is None:
            promise = self._promises[row] = Promise("pending")
            self._unsettled.append((promise, row))
        return promise

    def _lazy(self, row: int) -> Any:
        known = self._rows.get(row)
        if known is not None and known.kind == "module":
            try:
                return self._row(row)
            except RemoteError as error:
                return Lazy("rejected", error=error)
        lazy = self._lazies.get(row)
        if lazy is None:
            lazy = self._lazies[row] = Lazy("pending")
            self._unsettled.append((lazy, row))
        return lazy

    def _server_reference(self, number: int) -> ServerReference:
        known = self._references.get(number)
        if known is not None:
            return known
        at = f"row {number:x}"
        row = self._rows.get(number)
        if row is None:
            raise _MissingError(number)
        meta = _parse(row.content, at) if row.kind == "model" else None
        members = cast("dict[str, Any]", meta) if type(meta) is dict else {}
        name, bound = members.get(tags.ID_KEY), members.get(tags.BOUND_KEY)
        if type(name) is not str or (name.startswith("$") and not name.startswith("$$")):
            raise WireError("malformed server reference", at=at)
        name = name[1:] if name.startswith("$$") else name
        if type(bound) is str and bound.startswith("$@"):
            bound = self._row(_row_id(bound[2:], at))
        elif bound is not None:
            bound = self._value(bound)
        if bound is not None and type(bound) is not list:
            raise WireError("malformed bound arguments", at=at)
        reference = ServerReference(name, None if bound is None else tuple(cast("list[Any]", bound)))
        self._references[number] = reference
        return reference

    def _outlined(self, tag: str, text: str) -> Any:
        self._outlining += 1
        try:
            value = self._reference(text)
        finally:
            self._outlining -= 1
        if type(value) is not list:
            raise WireError("a Map, Set, form or iterator is made of an array", at="rows")
        items = cast("list[Any]", value)
        # A list may be used again and again, so what is made of it is what counts.
        self._spend(len(items))
        if tag == tags.ITERATOR:
            return list(items)
        if tag == tags.SET:
            return decode_set(items)
        entries = [(entry[0], entry[1]) for entry in items if type(entry) is list and len(cast("list[Any]", entry)) > 1]
        if len(entries) != len(items):
            raise WireError("an entry is an array of key and value", at="rows")
        if tag == tags.MAP:
            return decode_map(entries)
        if not all(type(name) is str and isinstance(content, str | Upload) for name, content in entries):
            raise WireError("an entry of a form is a name with text or a file", at="rows")
        return FormData(entries)

    def _spend(self, size: int) -> None:
        self._room -= size
        if self._room < 0:
            raise WireError(f"more than {self._limits.nodes} entries", at="rows", budget="nodes")

    def _blob(self, text: str) -> Upload:
        value = self._reference(text)
        pieces = cast("list[Any]", value) if type(value) is list else []
        if not pieces or type(pieces[0]) is not str or not all(isinstance(piece, bytes) for piece in pieces[1:]):
            raise WireError("malformed blob", at="rows")
        data = pieces[1] if len(pieces) == 2 else b"".join(pieces[1:])
        self._spend(len(pieces) + (len(data) // 100 if len(pieces) > 2 else 0))
        return Upload(bytes(data), "blob", pieces[0])

    def _error(self, text: str) -> RemoteError:
        if not text:
            return RemoteError(None)
        detail = self._reference(text)
        members = cast("dict[str, Any]", detail) if type(detail) is dict else {}
        name, message = members.get("name"), members.get("message")
        return RemoteError(
            None, message=message if type(message) is str else "", name=name if type(name) is str else "Error"
        )

    def _reference(self, text: str) -> Any:
        head, *steps = text.split(":")
        number = _row_id(head, "rows")
        row = self._rows.get(number)
        deferred = _Deferred(number, steps)
        if row is not None and row.state == "building":
            if not steps or row.value is None:
                return deferred
            try:
                return self._walk(row.value, deferred)
            except WireError:
                return deferred
        value = self._row(number)
        return self._walk(value, deferred) if steps else value

    def _walk(self, value: Any, path: _Deferred) -> Any:
        """The own member of `value` that the steps lead to; elements are walked by type, key and props."""
        for step in path.steps:
            if type(value) is dict and step in value:
                value = cast("dict[str, Any]", value)[step]
                continue
            if type(value) is list:
                items = cast("list[Any]", value)
                index = canonical_decimal(step)
                if index is not None and index < len(items):
                    value = items[index]
                    continue
            if type(value) is Element and step in _ELEMENT_STEPS:
                value = value.type if step == "type" else value.key if step == "key" else value.props
                continue
            raise WireError("a reference to what is not there", at=f"row {path.row:x}")
        return value


_ELEMENT_STEPS: Final = frozenset({"type", "key", "props"})


def _parse(text: str, at: str) -> Any:
    try:
        # React writes half a surrogate pair where JavaScript had one; the test client shows it as it is.
        return decode_json_slowly(text, lone_surrogates=True)
    except MalformedError as malformed:
        raise WireError(f"the row is {malformed}", at=at) from None


def _row_id(text: str, at: str) -> int:
    if not _ROW_ID.fullmatch(text.encode("utf-8", "replace")) or not text:
        raise WireError("malformed row reference", at=at)
    return int(text, 16)


def _decode_error(text: str, row: int) -> RemoteError:
    detail = _parse(text, f"row {row:x}")
    members = cast("dict[str, Any]", detail) if type(detail) is dict else {}
    digest, message, name = members.get("digest"), members.get("message"), members.get("name")
    return RemoteError(
        digest if type(digest) is str else None,
        message=message if type(message) is str else "",
        name=name if type(name) is str else "Error",
    )


def _decode_date(text: str) -> datetime:
    date = decode_date(text)
    if date is not None:
        return date
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        raise WireError("a date Python has no datetime for", at="rows") from None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)


def _as_remote(error: WireError | RemoteError) -> RemoteError:
    return error if isinstance(error, RemoteError) else RemoteError(None, message="Connection closed.")


def _adopt(promise: Promise) -> None:
    """A promise of a promise is what the inner one comes to, as in JavaScript."""
    seen = {id(promise)}
    inner = promise.value
    while isinstance(inner, Promise) and id(inner) not in seen:
        seen.add(id(inner))
        promise.status, promise.error, promise.value = inner.status, inner.error, inner.value
        inner = inner.value
    if isinstance(promise.value, Promise):
        raise WireError("promises that wait for each other", at="rows")
