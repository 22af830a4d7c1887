# pyright: reportPrivateUsage=false
# (the tables at the end name methods of FlightEncoder)
"""Flight encoding: Python values in, the rows that React's client reads out. `decode_flight` in `rows` is the inverse.

`encode_flight` writes a whole value; `FlightEncoder` writes one whose awaitables and async iterables come later and
leaves the waiting to its driver. What the client must have before it is mentioned (text, bytes, modules) is written
before. Pure: no I/O, no event loop.
"""

from base64 import b64encode
from collections.abc import AsyncIterable, Awaitable, Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from math import isfinite
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, Final, Literal, NamedTuple, cast

from msgspec import Struct

from jetbridge.errors import EncodeError
from jetbridge.wire import tags
from jetbridge.wire.bulk import encode_bulk
from jetbridge.wire.jsontext import encode_json
from jetbridge.wire.model import (
    FRAGMENT,
    UNDEFINED,
    AsyncItems,
    BigInt,
    ClientReference,
    Element,
    FormData,
    Lazy,
    Map,
    MapPairs,
    Promise,
    RemoteError,
    ServerReference,
    SetItems,
    Symbol,
    TypedArray,
    Undefined,
    Upload,
)
from jetbridge.wire.plain import NOT_PLAIN, key_text, to_plain
from jetbridge.wire.scalars import SAFE_INTEGER, encode_date

__all__ = [
    "ErrorDetail",
    "FlightBlock",
    "FlightEncoder",
    "Pending",
    "encode_block",
    "encode_error",
    "encode_flight",
    "encode_plain",
    "encode_plain_member",
]

_type_of = cast("Callable[[object], type[Any]]", type)  # what type() gives is unknown to pyright

Replace = Mapping[type, Callable[[Any], Any]]
PendingKind = Literal["promise", "iterable"]


class Pending(Struct, frozen=True):
    """A row that is announced and still to come: `resolve` or `reject` a promise, `chunk` and `close` an iterable."""

    id: int
    kind: PendingKind
    source: Any


class ErrorDetail(Struct, frozen=True):
    """What development shows of an error beyond its digest. `stack` holds (function, file, line, column)."""

    name: str
    message: str
    stack: tuple[tuple[str, str, int, int], ...] = ()


class FlightBlock(NamedTuple):
    """Rows fit to stand inside a `<script>` data block; `encoding` is `base64` or empty, for `data-encoding`."""

    text: str
    encoding: str


# Where a value stands: the place above, the key it has there, and whether a row begins here (the key is its id then:
# a path begins there, a search for cycles goes on above). A plain tuple, because every container makes one.
_Place = tuple["_Place | None", "str | int", bool]
_NOWHERE: _Place = (None, 0, True)
_LEVELS: Final = 50  # of elements in one row, where they are nested deeper than the walk goes
_CHUNK: Final = -1  # the row of what a stream carries: the stream's own id names the stream


class _AgainError(Exception):
    """Places must be known after all: the value is written again from the start, keeping track of them."""


def encode_flight(value: Any, *, html_safe: bool = False, replace: Replace | None = None) -> bytes:
    """All rows for a value with nothing pending in it. Raises EncodeError, with the path, for what cannot be sent.

    `html_safe` rows may stand inside a `<script>` data block: only JSON, with `<` and line separators escaped. Bytes
    and files have no such form (EncodeError); `encode_block` then takes base64. `replace` says, by exact class, what
    to write instead of a caller's own kind of node.
    """
    plain = None if html_safe else encode_bulk(value)
    if plain is not None:
        return b"0:%b\n" % plain
    encoder = FlightEncoder(html_safe=html_safe, replace=replace)
    rows = encoder.encode_root_slowly(value)
    if encoder.pending:
        place = encoder.places[next(iter(encoder.pending))]
        raise EncodeError("an awaitable or async iterable needs the streaming encoder", at=_at(place))
    return rows


def encode_block(value: Any, *, replace: Replace | None = None) -> FlightBlock:
    """The rows for a data block in a page: as text where possible, in base64 if the value holds bytes or files."""
    try:
        return FlightBlock(encode_flight(value, html_safe=True, replace=replace).decode(), "")
    except NeedsBinaryError:
        return _in_base64(encode_flight(value, replace=replace))


def _in_base64(rows: bytes) -> FlightBlock:
    return FlightBlock(b64encode(rows).decode(), "base64")


def encode_error(row: int, digest: str, detail: ErrorDetail | None = None) -> bytes:
    """The row that makes `row` an error: only its digest, or with `detail` the form that development clients need.

    A production client reads both. Never give `detail` in production.
    """
    error: dict[str, Any] = {"digest": digest}
    if detail is not None:
        error |= _error_detail(detail) | {"owner": None}
    return b"%x:E%b\n" % (row, encode_json(error))


def _error_detail(detail: ErrorDetail) -> dict[str, Any]:
    stack = [[function, file, line, column, line, column, False] for function, file, line, column in detail.stack]
    return {"name": detail.name, "message": detail.message, "stack": stack, "env": "Server"}


def encode_plain(value: Any) -> bytes | None:
    """Row 0 of a value that is plain data throughout, so that it is all there is; else None."""
    text = encode_bulk(value)
    return None if text is None else b"0:%b\n" % text


def encode_plain_member(name: str, value: Any) -> bytes | None:
    """As `encode_plain` of an object with this one member, whose `name` is a word."""
    text = encode_bulk(value)
    return None if text is None else b"".join((b'0:{"', name.encode(), b'":', text, b"}\n"))


class _TooDeepError(EncodeError):
    """Nested deeper than the walk goes, unless it cuts elements into rows."""


class NeedsBinaryError(EncodeError):
    """Bytes or files in rows that must be text."""


class FlightEncoder:
    """The rows of one response, written as its values become known.

    `encode_root` first; then, for each entry of `pending` in any order: `resolve` or `reject` a promise, `chunk` and
    `close` (or `reject`) an iterable. Each returns bytes to send at once and may add to `pending`. Values handed in
    are kept until the encoder is dropped, since later rows refer to them; chunks are not. `dropped` are the sources in
    values that could not be encoded: nobody will wait for them.
    """

    def __init__(
        self,
        *,
        html_safe: bool = False,
        describe_error: Callable[[BaseException], ErrorDetail] | None = None,
        replace: Replace | None = None,
    ) -> None:
        self.pending: dict[int, Pending] = {}
        self.places: dict[int, _Place] = {}
        self.dropped: list[Any] = []
        self._html_safe = html_safe
        self._describe_error = describe_error
        self._writers = _with(replace) if replace else _WRITERS
        self._ids = count(1)
        self._rows: list[bytes] = []
        self._written: dict[int, _Place] = {}
        self._kept: list[Any] = []
        self._sources: list[Any] = []
        self._counts: dict[int, int] = {}  # items so far, of each stream
        self._row: tuple[int, str] | None = None  # what is being written: a row that came later, and where in it
        self._above: dict[int, tuple[int, str] | None] = {}  # where each pending row was announced
        self._modules: dict[ClientReference, int] = {}
        self._functions: dict[int, int] = {}
        self._announced: dict[int, int] = {}
        self._consumed: dict[int, Any] = {}
        self._level = 0  # of elements, in what is being written; counted where they are cut
        self._cuts: list[tuple[int, Element, _Place | None]] = []  # elements that get a row of their own

    def encode_root(self, value: Any) -> bytes:
        """Row 0 and every row it needs."""
        plain = None if self._html_safe else encode_plain(value)
        return plain if plain is not None else self.encode_root_slowly(value)

    def encode_root_slowly(self, value: Any) -> bytes:
        """`encode_root` by the walk alone, which is always right."""
        self._kept.append(value)
        # First without keeping track of places: they are only needed for values that appear twice, for errors and for
        # what is pending, and remembering them all is half the price of a page.
        try:
            self._whole(lambda: self._write_value(0, b"", value, None))
        except _AgainError:
            self._ids = count(1)
            self._whole(lambda: self._write_value(0, b"", value, _NOWHERE))
        return self._flush()

    def resolve(self, row: int, value: Any) -> bytes:
        """The value of a pending promise. After EncodeError it is still pending."""
        self._kept.append(value)
        self._whole(lambda: self._write_value(row, b"", value, (None, row, True)), row)
        del self.pending[row]
        return self._flush()

    def block(self, write: Callable[[], bytes]) -> FlightBlock:
        """What `write` gives, a method of this encoder, for a data block; the encoder is one with `html_safe`."""
        try:
            return FlightBlock(write().decode(), "")
        except NeedsBinaryError:
            self._html_safe = False
            try:
                return _in_base64(write())
            finally:
                self._html_safe = True

    def reject(self, row: int, digest: str, detail: ErrorDetail | None = None) -> bytes:
        """The failure of a pending promise, or of a pending iterable midway."""
        del self.pending[row]
        return encode_error(row, digest, detail)

    def chunk(self, row: int, value: Any) -> bytes:
        """One more item of a pending iterable. After EncodeError it is as if it had not come."""
        step = f"[{self._counts[row]}]"
        self._whole(lambda: self._write_chunk(row, value, (None, _CHUNK, True), "iterable"), row, step)
        self._counts[row] += 1
        return self._flush()

    def close(self, row: int, returned: Any = UNDEFINED) -> bytes:
        """The regular end of a pending iterable."""
        self._whole(lambda: self._write_close(row, returned, (None, _CHUNK, True)), row)
        del self.pending[row]
        return self._flush()

    def _flush(self) -> bytes:
        rows = b"".join(self._rows)
        self._rows.clear()
        return rows

    def _whole(self, write: Callable[[], None], row: int = 0, step: str = "") -> None:
        """Write all of it or nothing, and where elements are nested too deeply, in several rows."""
        dropped = len(self.dropped)
        try:
            with self._whole_or_nothing(row, step):
                write()
        except _TooDeepError:
            if self._writers[Element] is FlightEncoder._cut:
                raise
            self._writers = {**self._writers, **dict.fromkeys(self._element_classes(), FlightEncoder._cut)}
            del self.dropped[dropped:]  # they are written after all
            with self._whole_or_nothing(row, step):
                write()

    @contextmanager
    def _whole_or_nothing(self, row: int = 0, step: str = "") -> Generator[None]:
        """Nothing that failed leaves a trace: no later row may refer to rows that are never sent.

        Paths in EncodeError begin at the root, which has a place for `row`; `step` is where in it.
        """
        known = self._written, self._modules, self._functions, self._announced, self.places, self._above, self.pending
        sizes = [len(table) for table in known]
        self._row = (row, step) if row else None
        try:
            yield
        except BaseException as error:
            self._rows.clear()
            self._cuts.clear()
            self._level = 0
            self.dropped += [pending.source for pending in list(self.pending.values())[sizes[-1] :]]
            for table, size in zip(known, sizes, strict=True):
                while len(table) > size:
                    table.popitem()  # what was added last
            above = f"{self._path_to(row)}{step}" if row else "$"
            if isinstance(error, RecursionError):
                raise _TooDeepError("nested too deeply", at=above) from None
            if row and isinstance(error, EncodeError):
                raise EncodeError(error.message, at=above + error.at[1:]) from None
            raise

    def _path_to(self, row: int) -> str:
        """Where a row that came later stands, seen from the root."""
        at, above = _at(self.places[row]), self._above[row]
        return at if above is None else f"{self._path_to(above[0])}{above[1]}{at[1:]}"

    def _write_value(self, row: int, letter: bytes, value: Any, place: _Place | None) -> None:
        """The row of `value`, after those of the elements in it that get their own."""
        first = len(self._cuts)
        tree = self._value(value, place)
        level = self._level
        while len(self._cuts) > first:
            inner, element, there = self._cuts.pop()
            self._level = 0
            self._write_json(inner, b"", self._element(element, there))
        self._level = level
        self._write_json(row, letter, tree)

    def _write_json(self, row: int, letter: bytes, tree: Any) -> None:
        text = encode_json(tree)
        if self._html_safe:
            text = _escape_for_script(text)
        self._rows.append(b"%x:%b%b\n" % (row, letter, text))

    # From a value to the JSON that stands for it.

    def _value(self, value: Any, place: _Place | None) -> Any:
        write = self._writers.get(_type_of(value))
        return write(self, value, place) if write is not None else self._other(value, place)

    def _same(self, value: Any, _: _Place | None) -> Any:
        return value

    def _undefined(self, _: Any, __: _Place | None) -> Any:
        return tags.UNDEFINED_TAG

    def _string(self, value: str, _: _Place | None = None) -> str:
        if len(value) >= tags.TEXT_ROW_UNITS and not self._html_safe:
            row = next(self._ids)
            self._rows += _text_row(row, value)
            return f"${row:x}"
        return "$" + value if value[:1] == "$" else value

    def _integer(self, value: int, _: _Place | None) -> Any:
        return value if -SAFE_INTEGER <= value <= SAFE_INTEGER else self._bigint(value)

    def _float(self, value: float, _: _Place | None = None) -> Any:
        if isfinite(value):
            return value if value or str(value) == "0.0" else tags.MINUS_ZERO
        if value != value:
            return tags.NAN
        return tags.INFINITY if value > 0 else tags.MINUS_INFINITY

    def _bigint(self, value: int, _: _Place | None = None) -> Any:
        return f"${tags.BIGINT}{_digits(value)}"

    def _date(self, value: datetime, place: _Place | None) -> Any:
        text = encode_date(value)
        if text is None:
            message = "a datetime without a time zone is not an instant; give it one, such as datetime.now(UTC)"
            raise EncodeError(message, at=_at(place))
        return f"${tags.DATE}{text}"

    def _symbol(self, value: Symbol, _: _Place | None) -> Any:
        return f"${tags.SYMBOL}{value.key}"

    def _array(self, value: list[Any] | tuple[Any, ...], place: _Place | None) -> Any:
        if (reference := self._reference(value, place)) is not None:
            return reference
        return self._items(value, place)

    def _items(self, value: list[Any] | tuple[Any, ...], place: _Place | None) -> list[Any]:
        out: list[Any] = []
        append = out.append
        writers = self._writers
        for item in value:
            kind = _type_of(item)
            if kind is str:
                if item[:1] == "$" or len(item) >= tags.TEXT_ROW_UNITS:
                    item = self._string(item)
            elif kind is int:
                if not -SAFE_INTEGER <= item <= SAFE_INTEGER:
                    item = self._bigint(item)
            elif kind is float:
                if item - item != 0.0 or item == 0.0:
                    item = self._float(item)
            elif kind is not bool and item is not None:
                write = writers.get(kind)
                below = None if place is None else (place, len(out), False)
                item = write(self, item, below) if write is not None else self._other(item, below)
            append(item)
        return out

    def _object(self, value: dict[str, Any], place: _Place | None) -> Any:
        if (reference := self._reference(value, place)) is not None:
            return reference
        return self._members(value, place)

    def _members(self, value: Mapping[str, Any], place: _Place | None) -> dict[str, Any]:
        out: dict[str, Any] = {}
        writers = self._writers
        for key, item in value.items():
            kind = _type_of(item)
            if kind is str:
                if item[:1] == "$" or len(item) >= tags.TEXT_ROW_UNITS:
                    item = self._string(item)
            elif kind is int:
                if not -SAFE_INTEGER <= item <= SAFE_INTEGER:
                    item = self._bigint(item)
            elif kind is float:
                if item - item != 0.0 or item == 0.0:
                    item = self._float(item)
            elif kind is not bool and item is not None:
                write = writers.get(kind)
                below = None if place is None else (place, key, False)
                item = write(self, item, below) if write is not None else self._other(item, below)
            if type(key) is not str:
                key = _object_key(key, value, out, place)
            out[key] = item
        return out

    def _element(self, value: Element, place: _Place | None) -> Any:
        kind = value.type
        if value.key is None and kind == FRAGMENT:
            # React's server does the same: such a fragment is its children.
            return self._value(value.props.get("children", UNDEFINED), place)
        if type(kind) is str:
            name = kind
        elif type(kind) is ClientReference:
            name = f"${tags.LAZY}{self._module(kind):x}"
        elif type(kind) is Symbol:
            name = f"${tags.SYMBOL}{kind.key}"
        else:
            raise EncodeError("an element whose type is not resolved: call resolve before printing", at=_at(place))
        key = value.key
        if key is not None:
            key = "$" + key if key[:1] == "$" else key
        return [tags.ELEMENT, name, key, self._members(value.props, None if place is None else (place, "props", False))]

    def _cut(self, value: Element, place: _Place | None) -> Any:
        """An element, or where many levels are open, the reference to a row of its own."""
        if self._level < _LEVELS:
            self._level += 1
            tree = self._element(value, place)
            self._level -= 1
            return tree
        row = next(self._ids)
        self._cuts.append((row, value, None if place is None else (place, row, True)))
        return f"${tags.LAZY}{row:x}"

    def _element_classes(self) -> list[type]:
        return [kind for kind, write in self._writers.items() if write is FlightEncoder._element]

    def _reference(self, value: Any, place: _Place | None) -> str | None:
        """The reference to `value` if it was written before; None if it is to be written now, here."""
        if place is None:
            if id(value) in self._written:
                raise _AgainError
            self._written[id(value)] = _NOWHERE
            return None
        known = self._written.get(id(value))
        if known is not None:
            if (reference := self._repeated(known, place)) is not None:
                return reference
            del self._written[id(value)]  # so that it comes last, should this fail
        self._written[id(value)] = place
        return None

    def _repeated(self, known: _Place, place: _Place) -> str | None:
        """The reference to a value already written at `known`, or None if no reference can name that place."""
        above: _Place | None = place
        while above is not None:
            if above is known:
                raise EncodeError("a cycle: the value contains itself", at=_at(place))
            above = above[0]
        keys: list[str] = []
        above, key, is_row = known
        while above is not None and not is_row:
            keys.append(str(key))
            above, key, is_row = above
        # A colon ends a step, and clients drop members named `__proto__` before they walk.
        if key == _CHUNK or any(":" in name or name == "__proto__" for name in keys):
            return None
        return ":".join([f"${key:x}", *reversed(keys)])

    # Values that have rows of their own.

    def _outlined(self, tag: str, tree: Any) -> str:
        row = next(self._ids)
        self._write_json(row, b"", tree)
        return f"${tag}{row:x}"

    def _map(self, value: Map[Any, Any] | MapPairs[Any, Any], place: _Place | None) -> Any:
        if (reference := self._reference(value, place)) is not None:
            return reference
        row = next(self._ids)
        entries = list(value.items()) if isinstance(value, Map) else list(value)
        return self._outlined_at(row, tags.MAP, [list(entry) for entry in entries], place)

    def _set(self, value: set[Any] | frozenset[Any] | SetItems[Any], place: _Place | None) -> Any:
        if (reference := self._reference(value, place)) is not None:
            return reference
        return self._outlined_at(next(self._ids), tags.SET, list(value), place)

    def _outlined_at(self, row: int, tag: str, items: list[Any], place: _Place | None) -> str:
        inner = None if place is None else (place, row, True)
        self._kept.append(items)  # made here, and named by their ids like all others
        self._write_json(row, b"", self._items(items, inner))
        return f"${tag}{row:x}"

    def _form_data(self, value: FormData, place: _Place | None) -> Any:
        if (reference := self._reference(value, place)) is not None:
            return reference
        return self._outlined_at(next(self._ids), tags.FORM_DATA, [list(entry) for entry in value], place)

    def _binary_row(self, kind: str, data: bytes, place: _Place | None) -> int:
        if self._html_safe:
            raise NeedsBinaryError("bytes cannot stand in a text block; encode_block takes base64", at=_at(place))
        row = next(self._ids)
        self._rows.append(b"%x:%b%x," % (row, tags.BINARY[kind].letter.encode(), len(data)))
        self._rows.append(data)
        return row

    def _bytes(self, value: bytes | bytearray | memoryview, place: _Place | None) -> Any:
        if (reference := self._reference(value, place)) is not None:
            return reference
        kind = value.kind if isinstance(value, TypedArray) else "Uint8Array"
        return f"${self._binary_row(kind, bytes(value), place):x}"

    def _upload(self, value: Upload, place: _Place | None) -> Any:
        if (reference := self._reference(value, place)) is not None:
            return reference
        data = value.read_now()
        pieces = [f"${self._binary_row('Uint8Array', data, place):x}"] if data else []
        return self._outlined(tags.BLOB, [self._short(value.type), *pieces])

    def _short(self, value: str) -> str:
        return "$" + value if value[:1] == "$" else value

    def _server_reference(self, value: ServerReference, place: _Place | None) -> Any:
        row = self._functions.get(id(value))
        if row is None:
            row = self._functions[id(value)] = next(self._ids)
            self._sources.append(value)
            bound = None
            if value.bound is not None:
                # A promise, though it is ready: React's server drops a bound array that comes back inline.
                bound = self._outlined_at(next(self._ids), tags.PROMISE, list(value.bound), place)
            self._write_json(row, b"", {tags.ID_KEY: self._short(value.id), tags.BOUND_KEY: bound})
        return f"${tags.SERVER_REFERENCE}{row:x}"

    def _module(self, value: ClientReference) -> int:
        row = self._modules.get(value)
        if row is None:
            row = self._modules[value] = next(self._ids)
            chunks = [self._short(text) for pair in value.chunks for text in pair]
            imported: list[Any] = [self._short(value.module), chunks, self._short(value.export)]
            self._write_json(row, tags.ROW_IMPORT.encode(), [*imported, 1] if value.is_async else imported)
        return row

    def _client_reference(self, value: ClientReference, _: _Place | None) -> Any:
        return f"${self._module(value):x}"

    def _error(self, value: BaseException, _: _Place | None) -> Any:
        if self._describe_error is None:
            return f"${tags.ERROR_VALUE}"
        return self._outlined(tags.ERROR_VALUE, _error_detail(self._describe_error(value)))

    def _failure(self, row: int, error: Exception | None) -> bytes:
        detail = self._describe_error(error) if self._describe_error is not None and error is not None else None
        return encode_error(row, (isinstance(error, RemoteError) and error.digest) or "", detail)

    # Values that come later, or came before and keep their form.

    def _announce(self, kind: PendingKind, source: Any, place: _Place | None) -> int:
        row = self._announced.get(id(source))
        if row is None:
            row = self._announced[id(source)] = next(self._ids)
            if place is None:
                raise _AgainError
            self._sources.append(source)
            self.pending[row] = Pending(row, kind, source)
            self.places[row] = place
            self._above[row] = self._row
            if kind == "iterable":
                self._counts[row] = 0
                self._rows.append(b"%x:X\n" % row)
        return row

    def _promise(self, value: Promise, place: _Place | None) -> Any:
        return f"${tags.PROMISE}{self._settled(value, place):x}"

    def _lazy(self, value: Lazy, place: _Place | None) -> Any:
        if value.status == "pending":
            return f"${tags.LAZY}{self._announce('promise', value.value, place):x}"
        return f"${tags.LAZY}{self._settled(value, place):x}"

    def _settled(self, value: Promise | Lazy, place: _Place | None) -> int:
        row = self._announced.get(id(value))
        if row is None:
            row = self._announced[id(value)] = next(self._ids)
            self._sources.append(value)
            if value.status == "rejected":
                self._rows.append(self._failure(row, value.error))
            else:
                self._write_json(row, b"", self._value(value.value, None if place is None else (place, row, True)))
        return row

    def _async_items(self, value: AsyncItems, place: _Place | None) -> Any:
        row = self._announced.get(id(value))
        if row is None:
            row = self._announced[id(value)] = next(self._ids)
            self._sources.append(value)
            self._rows.append(b"%x:%b\n" % (row, _STREAM_LETTERS[value.kind]))
            for index, item in enumerate(value.items):
                below = None if place is None else ((place, index, False), _CHUNK, True)
                self._write_chunk(row, item, below, value.kind)
            if value.error is not None:
                self._rows.append(self._failure(row, value.error))
            else:
                self._write_close(row, value.returned, None if place is None else (place, _CHUNK, True))
        return f"${row:x}"

    def _write_chunk(self, row: int, item: Any, place: _Place | None, kind: str) -> None:
        if kind == "bytes":
            if self._html_safe:
                raise NeedsBinaryError("bytes cannot stand in a text block; encode_block takes base64", at=_at(place))
            self._rows.append(b"%x:%b%x,%b" % (row, tags.BYTES_CHUNK.encode(), len(item), item))
        elif type(item) is str and not self._html_safe:
            self._rows += _text_row(row, item)
        else:
            self._write_apart(row, b"", item, place)

    def _write_close(self, row: int, returned: Any, place: _Place | None) -> None:
        if returned is UNDEFINED:
            self._rows.append(b"%x:C\n" % row)
        else:
            self._write_apart(row, tags.ROW_CLOSE.encode(), returned, place)

    def _write_apart(self, row: int, letter: bytes, value: Any, place: _Place | None) -> None:
        """Write what a stream carries. It is not kept, so nothing later may refer into it."""
        before = self._written, self._consumed, self._kept
        self._written, self._consumed, self._kept = {}, {}, []  # nor is what was made for it kept
        try:
            self._write_value(row, letter, value, place)
        finally:
            self._written, self._consumed, self._kept = before

    def _other(self, value: Any, place: _Place | None) -> Any:
        """Values whose class is not in the table: subclasses, models, awaitables, and what cannot be sent."""
        for base, write in _BASES:
            if isinstance(value, base):
                if base is Element:
                    write = self._writers[_type_of(value)] = self._writers[Element]  # few classes, many elements
                return write(self, value, place)
        if isinstance(value, Awaitable):
            return f"${tags.PROMISE}{self._announce('promise', value, place):x}"
        if isinstance(value, AsyncIterable):
            return f"${self._announce('iterable', cast('Any', value), place):x}"
        plain = self._consumed.get(id(value))
        if plain is None:
            plain = to_plain(value)
            if isinstance(value, Iterator):
                self._consumed[id(cast("object", value))] = plain  # it gives its items once
        if plain is NOT_PLAIN:
            raise EncodeError(_why_not(value), at=_at(place))
        if not isinstance(plain, list | dict | set):
            return self._value(plain, place)
        # Named by the value it came from; kept, so that no later object gets its id.
        if (reference := self._reference(value, place)) is not None:
            return reference
        self._kept.append(plain)
        return self._value(cast("Any", plain), place)


def _at(place: _Place | None) -> str:
    if place is None:
        raise _AgainError  # to find out where
    steps: list[str] = []
    step: _Place | None = place
    while step is not None:
        step, key, is_row = step
        if not is_row:
            steps.append(f"[{key}]" if isinstance(key, int) else f".{key}" if key.isidentifier() else f"[{key!r}]")
    return "$" + "".join(reversed(steps))


def _object_key(key: Any, members: Mapping[Any, Any], out: Mapping[str, Any], place: _Place | None) -> str:
    text = key_text(key)
    if text is None:
        message = f"keys of an object are text, not {type(key).__name__}; write Map(…) to keep them, or make them text"
        raise EncodeError(message, at=_at(place))
    if not isinstance(key, str) and (text in members or text in out):
        raise EncodeError(f"two keys of an object are the text {text!r}", at=_at(place))
    return text


def _digits(value: int) -> str:
    try:
        return str(int(value))
    except ValueError:
        raise EncodeError("an int of thousands of digits") from None


def _why_not(value: Any) -> str:
    kind = type(value).__name__
    if isinstance(value, FunctionType | MethodType | BuiltinFunctionType):
        return "a function cannot be sent; an action can, once resolve has turned it into a reference"
    return f"{kind} cannot be sent: return a dict, a dataclass or a model"


def _text_row(row: int, text: str) -> tuple[bytes, bytes]:
    try:
        data = text.encode()
    except UnicodeEncodeError:
        # As TextEncoder does: half a surrogate pair becomes U+FFFD.
        data = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()
    return b"%x:T%x," % (row, len(data)), data


def _escape_for_script(text: bytes) -> bytes:
    # `<` stands only inside JSON strings, where the escape means the same; so `</script` and `<!--` cannot appear.
    if b"<" in text:
        text = text.replace(b"<", b"\\u003c")
    if b"\xe2\x80" in text:
        text = text.replace(b"\xe2\x80\xa8", b"\\u2028").replace(b"\xe2\x80\xa9", b"\\u2029")
    return text


_STREAM_LETTERS: Final = {
    "stream": tags.ROW_STREAM.encode(),
    "bytes": tags.ROW_BYTES.encode(),
    "iterable": tags.ROW_ASYNC_ITERABLE.encode(),
    "iterator": tags.ROW_ASYNC_ITERATOR.encode(),
}

_Writer = Callable[[FlightEncoder, Any, _Place | None], Any]

_WRITERS: Final[dict[type, _Writer]] = {
    str: FlightEncoder._string,
    int: FlightEncoder._integer,
    bool: FlightEncoder._same,
    type(None): FlightEncoder._same,
    float: FlightEncoder._float,
    Undefined: FlightEncoder._undefined,
    BigInt: FlightEncoder._bigint,
    datetime: FlightEncoder._date,
    dict: FlightEncoder._object,
    list: FlightEncoder._array,
    tuple: FlightEncoder._array,
    Element: FlightEncoder._element,
    Symbol: FlightEncoder._symbol,
    Map: FlightEncoder._map,
    MapPairs: FlightEncoder._map,
    set: FlightEncoder._set,
    frozenset: FlightEncoder._set,
    SetItems: FlightEncoder._set,
    FormData: FlightEncoder._form_data,
    Upload: FlightEncoder._upload,
    bytes: FlightEncoder._bytes,
    bytearray: FlightEncoder._bytes,
    memoryview: FlightEncoder._bytes,
    TypedArray: FlightEncoder._bytes,
    ServerReference: FlightEncoder._server_reference,
    ClientReference: FlightEncoder._client_reference,
    AsyncItems: FlightEncoder._async_items,
    Promise: FlightEncoder._promise,
    Lazy: FlightEncoder._lazy,
    RemoteError: FlightEncoder._error,
}


def _with(replace: Replace) -> dict[type, _Writer]:
    def replacing(by: Callable[[Any], Any]) -> _Writer:
        return lambda encoder, value, place: encoder._value(by(value), place)

    return {**_WRITERS, **{kind: replacing(by) for kind, by in replace.items()}}


# Subclasses of these are written as their base; the order matters where one is a subclass of another.
_BASES: Final[tuple[tuple[type, _Writer], ...]] = (
    *((base, _WRITERS[base]) for base in (Element, BigInt, datetime, Map, MapPairs, SetItems)),
    *((base, _WRITERS[base]) for base in (TypedArray, bytes, FormData, Upload)),
    (BaseException, FlightEncoder._error),
)
