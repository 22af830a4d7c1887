"""What the rows of a response stand for: each row's value, made once, when something first needs it.

The second half of Flight decoding; `rows` takes the bytes apart. Values are plain containers, elements are data, and
promises, lazies and streams come settled. A reference into a row that is not finished is filled in at the end.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Final, Literal, NamedTuple, cast

from msgspec import Struct, field

from jetbridge.errors import WireError
from jetbridge.wire import tags
from jetbridge.wire.jsontext import MalformedError, decode_json_slowly
from jetbridge.wire.keyed import decode_map, decode_set
from jetbridge.wire.limits import Limits
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
    Upload,
)
from jetbridge.wire.scalars import SAFE_INTEGER, canonical_decimal, decode_bigint, decode_date, widen_integer

__all__ = ["Load", "Mean", "Reviver", "Row", "parse_json", "parse_row_id"]

Load = Callable[[ClientReference], Any]
Mean = Callable[[RemoteError], Exception]

_type_of = cast("Callable[[object], type[Any]]", type)  # what type() gives is unknown to pyright
_ROW_ID = re.compile(r"[0-9a-f]{1,8}")


class _MissingError(WireError):
    """A row that never came."""

    def __init__(self, row: int) -> None:
        super().__init__("connection closed before the row came", at=f"row {row:x}")


class Row(Struct):
    """One row as it came, and once somebody needed it what it stands for."""

    kind: Literal["model", "value", "error", "module", "stream"]
    content: Any
    returned: str = ""
    chunks: list["Row"] = field(default_factory=list["Row"])
    closed: bool = False
    state: Literal["raw", "building", "done", "failed"] = "raw"
    value: Any = None


class _Deferred(NamedTuple):
    """A reference into a row that is not finished: filled in when all are."""

    row: int
    steps: list[str]


class Reviver:
    """From rows to values: each row once, when something first needs it."""

    def __init__(self, rows: dict[int, Row], limits: Limits, load: Load | None, mean: Mean | None) -> None:
        self._rows = rows
        self._limits = limits
        self._load = load
        self._mean = mean
        self._room = limits.nodes
        self._outlining = 0
        self._promises: dict[int, Promise] = {}
        self._lazies: dict[int, Lazy] = {}
        self._references: dict[int, ServerReference] = {}
        # What is settled after the root: promises and lazies by row, and streams.
        self._unsettled: deque[tuple[Promise | Lazy, int]] = deque()
        self._open: deque[tuple[AsyncItems, Row]] = deque()
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
        _adopt(self._promises.values())
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
            target.error = self._meant(error)
            target.status = "rejected"

    def _fill(self, items: AsyncItems, row: Row) -> None:
        try:
            for chunk in row.chunks:
                items.items.append(chunk.content if chunk.kind == "value" else self._chunk(chunk))
            if not row.closed:
                items.error = RemoteError(None, message="Connection closed.")
            if row.returned:
                items.returned = self._chunk(Row("model", row.returned))
        except (_MissingError, RemoteError) as error:
            items.error = self._meant(error)

    def _meant(self, error: _MissingError | RemoteError) -> Exception:
        """What a promise or stream fails with whose row did, or never came."""
        if not isinstance(error, RemoteError):
            return RemoteError(None, message="Connection closed.")
        return error if self._mean is None else self._mean(error)

    def _chunk(self, row: Row) -> Any:
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

    def _build(self, row: Row, at: str) -> Any:
        match row.kind:
            case "value":
                return row.content
            case "error":
                raise row.content
            case "module":
                return self._load(row.content) if self._load is not None else row.content
            case "stream":
                items = AsyncItems(row.content, [])
                self._open.append((items, row))
                return items
            case "model":
                return self._value(parse_json(row.content, at), row)

    # JSON values.

    def _value(self, raw: Any, row: Row | None = None) -> Any:
        """The value of JSON that stands alone: a row, a chunk, an element's type."""
        box: list[Any] = [None]
        self._put(box, 0, raw, row)
        return box[0]

    def _put(self, container: Any, key: Any, raw: Any, row: Row | None = None) -> None:
        """Put the value of `raw` into its place: there before it is filled, since what is in it may refer to it."""
        kind = _type_of(raw)
        if kind is str:
            container[key] = self._tag(raw) if raw[:1] == "$" else raw
        elif kind is list:
            if raw and raw[0] == tags.ELEMENT:
                self._put_element(container, key, raw, row)
                return
            items: list[Any] = []
            container[key] = items
            if row is not None:
                row.value = items
            self._fill_items(raw, items)
        elif kind is dict:
            members: dict[str, Any] = {}
            container[key] = members
            if row is not None:
                row.value = members
            self._fill_members(raw, members)
        elif kind is int and not -SAFE_INTEGER <= raw <= SAFE_INTEGER:
            container[key] = widen_integer(raw)
        else:
            container[key] = raw

    def _fill_items(self, raw: list[Any], out: list[Any]) -> None:
        for index, item in enumerate(raw):
            out.append(None)
            self._put(out, index, item)
            if type(out[index]) is _Deferred:
                self._defer(out, index)

    def _fill_members(self, raw: dict[str, Any], out: dict[str, Any]) -> None:
        for key, item in raw.items():
            self._put(out, key, item)
            value = out[key]
            if type(value) is _Deferred:
                self._defer(out, key)
            elif value is UNDEFINED or key == "__proto__":
                del out[key]
            elif key == "then" and type(value) is ServerReference:
                out[key] = None

    def _defer(self, container: Any, key: Any) -> None:
        deferred: _Deferred = container[key]
        if self._outlining:
            raise WireError("a Map, Set or form that refers to what is not finished", at=f"row {deferred.row:x}")
        container[key] = None
        self._fixups.append((container, key, deferred))

    def _put_element(self, container: Any, key: Any, raw: list[Any], row: Row | None) -> None:
        if len(raw) < 4 or type(raw[3]) is not dict:
            raise WireError("an element without props")
        props: dict[str, Any] = {}
        element = container[key] = Element(None, props)
        if row is not None:
            row.value = element
        try:
            element.type, element.key = self._value(raw[1]), self._value(raw[2])
            self._fill_members(cast("dict[str, Any]", raw[3]), props)
        except (_MissingError, RemoteError) as error:
            # React renders such an element as one that throws, so that the rest of the tree survives.
            container[key] = Lazy("rejected", error=self._meant(error))
            return
        if isinstance(element.type, _Deferred) or isinstance(element.key, _Deferred):
            raise WireError("an element whose type or key is not finished")

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
                return self._lazy(parse_row_id(text[2:], "rows"))
            case tags.PROMISE:
                return self._promise(parse_row_id(text[2:], "rows"))
            case tags.SERVER_REFERENCE:
                return self._server_reference(parse_row_id(text[2:], "rows"))
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
                return Lazy("rejected", error=self._meant(error))
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
        meta = parse_json(row.content, at) if row.kind == "model" else None
        members = cast("dict[str, Any]", meta) if type(meta) is dict else {}
        name, bound = members.get(tags.ID_KEY), members.get(tags.BOUND_KEY)
        if type(name) is not str or (name.startswith("$") and not name.startswith("$$")):
            raise WireError("malformed server reference", at=at)
        name = name[1:] if name.startswith("$$") else name
        if type(bound) is str and bound.startswith("$@"):
            bound = self._row(parse_row_id(bound[2:], at))
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
        lists = [cast("list[Any]", entry) for entry in items if type(entry) is list]
        entries: list[tuple[Any, Any]] = [(entry[0], entry[1]) for entry in lists if len(entry) > 1]
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
        number = parse_row_id(head, "rows")
        row = self._rows.get(number)
        deferred = _Deferred(number, steps)
        if row is not None and row.state == "building":
            if row.value is None:
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
            found = _member(value, step)
            if found is _NOTHING:
                raise WireError("a reference to what is not there", at=f"row {path.row:x}")
            value = found
        return value


_NOTHING: Final = object()


def _member(value: Any, step: str) -> Any:
    if type(value) is dict:
        return cast("dict[str, Any]", value).get(step, _NOTHING)
    if type(value) is list:
        items = cast("list[Any]", value)
        index = canonical_decimal(step)
        return items[index] if index is not None and index < len(items) else _NOTHING
    if type(value) is Element and step in {"type", "key", "props"}:
        return value.type if step == "type" else value.key if step == "key" else value.props
    return _NOTHING


def parse_json(text: str, at: str) -> Any:
    """The JSON of the row at `at`."""
    try:
        # React writes half a surrogate pair where JavaScript had one; the test client shows it as it is.
        return decode_json_slowly(text, lone_surrogates=True)
    except MalformedError as malformed:
        raise WireError(f"the row is {malformed}", at=at) from None


def parse_row_id(text: str, at: str) -> int:
    """The row that a tag names."""
    if not _ROW_ID.fullmatch(text):
        raise WireError("malformed row reference", at=at)
    return int(text, 16)


def _decode_date(text: str) -> datetime:
    date = decode_date(text)
    if date is not None:
        return date
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        raise WireError("a date Python has no datetime for", at="rows") from None
    # A Date has milliseconds, and `new Date` cuts what is finer.
    date = date.replace(microsecond=date.microsecond // 1000 * 1000)
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)


def _adopt(promises: Iterable[Promise]) -> None:
    """A promise of a promise is what the inner one comes to, as in JavaScript."""
    for promise in promises:
        # All on the way get their value at once: to walk on from each of them would be quadratic.
        way: dict[int, Promise] = {}
        inner = promise
        while isinstance(inner.value, Promise):
            if id(inner) in way:
                raise WireError("promises that wait for each other", at="rows")
            way[id(inner)] = inner
            inner = inner.value
        for outer in way.values():
            outer.status, outer.error, outer.value = inner.status, inner.error, inner.value
