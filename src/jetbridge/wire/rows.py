"""Flight decoding: the rows of a response in, Python values out, as React's production client reads them.

The inverse of `encode_flight`, for the test client, the differential tests and the fuzzers. `FlightDecoder.feed` takes
rows as they arrive; `close` gives the root with every promise and stream in it settled. Bytes from a stranger end in a
value or a `WireError`, in linear time. An error row where the root needs it is raised as `RemoteError`.
"""

import re
from typing import Any, Final, Literal, cast

from jetbridge.errors import WireError
from jetbridge.wire import tags
from jetbridge.wire.limits import DEFAULT_LIMITS, Limits
from jetbridge.wire.model import ClientReference, RemoteError, TypedArray
from jetbridge.wire.revive import Load, Mean, Reviver, Row, parse_json, parse_row_id

__all__ = ["FlightDecoder", "decode_flight"]


def decode_flight(
    data: bytes, *, limits: Limits = DEFAULT_LIMITS, load: Load | None = None, mean: Mean | None = None
) -> Any:
    """The root value of a whole response. `load` gives what a client module exports; without it references stay.

    `mean` gives the exception that a row's error stands for.
    """
    decoder = FlightDecoder(limits=limits, load=load, mean=mean)
    decoder.feed(data)
    return decoder.close()


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

    def __init__(self, *, limits: Limits = DEFAULT_LIMITS, load: Load | None = None, mean: Mean | None = None) -> None:
        self._limits = limits
        self._buffer = bytearray()
        self._searched = 0
        self._count = 0
        self._rows: dict[int, Row] = {}
        self._reviver = Reviver(self._rows, limits, load, mean)

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
        self._add(row, Row("value", value))
        return end

    def _take(self, row: int, letter: str, text: str) -> None:
        if letter == tags.ROW_HINT:
            return
        if letter in tags.ROW_DEBUG:
            raise WireError("debug rows are for development clients", at=f"row {row:x}")
        if letter in _STREAMS:
            self._add(row, Row("stream", _STREAMS[letter]))
        elif letter == tags.ROW_CLOSE:
            stream = self._rows.get(row)
            if stream is not None and stream.kind == "stream" and not stream.closed:
                stream.closed = True
                stream.returned = text
        elif letter == tags.ROW_ERROR:
            self._add(row, Row("error", _decode_error(text, row)))
        elif letter == tags.ROW_IMPORT:
            self._add(row, Row("module", self._decode_import(text, row)))
        else:
            self._add(row, Row("model", text))  # unknown letters too, as React has it

    def _add(self, row: int, content: Row) -> None:
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
        meta = parse_json(text, at)
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
            row = self._rows.get(parse_row_id(raw[1:], at))
            if row is not None and row.kind in {"value", "model"}:
                content = row.content if row.kind == "value" else parse_json(row.content, at)
                if type(content) is str and not (row.kind == "model" and content.startswith("$")):
                    return content
                if type(content) is str and content.startswith("$$"):
                    return content[1:]
        raise WireError("a module's name must have come before it", at=at)


def _decode_error(text: str, row: int) -> RemoteError:
    detail = parse_json(text, f"row {row:x}")
    members = cast("dict[str, Any]", detail) if type(detail) is dict else {}
    digest, message, name = members.get("digest"), members.get("message"), members.get("name")
    return RemoteError(
        digest if type(digest) is str else None,
        message=message if type(message) is str else "",
        name=name if type(name) is str else "Error",
    )
