"""Form bodies: bytes of `multipart/form-data` or `application/x-www-form-urlencoded` in, entries in wire order out.

Takes what browsers write (the WHATWG algorithm) and refuses the rest, as undici does: no preamble, no epilogue, quoted
names, CRLF only, no transfer encodings. `parse_multipart` reads a whole body; `MultipartParser` reads one as it arrives
and hands files on in pieces. Both read headers by `decode_part_header`, and a test holds them together.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from msgspec import Struct

from jetbridge.errors import WireError
from jetbridge.wire.limits import DEFAULT_LIMITS, Limits
from jetbridge.wire.model import Upload

__all__ = [
    "Event",
    "MultipartParser",
    "Part",
    "PartData",
    "PartEnd",
    "PartHeader",
    "decode_boundary",
    "decode_part_header",
    "decode_text",
    "parse_multipart",
    "parse_urlencoded",
]

Part = tuple[str, str | Upload]

_CRLF: Final = b"\r\n"
_BLANK_LINE: Final = b"\r\n\r\n"
# RFC 2046's characters for a boundary; quoted or not, at most 70 of them.
_BOUNDARY = re.compile(
    r"multipart/form-data\s*;\s*(?:charset=\"?utf-8\"?\s*;\s*)?"
    r"boundary=(?:\"([\w'()+,./:=? -]{1,70})\"|([\w'()+,./:=?-]{1,70}))"
    r"\s*(?:;\s*charset=\"?utf-8\"?\s*)?",
    re.ASCII | re.IGNORECASE,
)
_PLAIN_TYPE: Final = "multipart/form-data; boundary="
_DISPOSITION = re.compile(r'form-data; ?name="([^"\r\n\0]*)"(?:; ?filename="([^"\r\n\0]*)")?', re.IGNORECASE)
_HEADER_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_IDENTITY = frozenset({"binary", "8bit", "7bit"})


class PartHeader(NamedTuple):
    """What a part's header lines say. `filename` is None for a text field."""

    name: str
    filename: str | None
    type: str


class PartData(Struct, frozen=True):
    """The next bytes of the part whose header came last."""

    data: bytes


class PartEnd(Struct, frozen=True):
    """The part whose header came last is complete."""


Event = PartHeader | PartData | PartEnd


def decode_boundary(content_type: str) -> bytes:
    """The delimiter of a multipart body, from its Content-Type, with the two dashes in front."""
    boundary = content_type.removeprefix(_PLAIN_TYPE)  # and nothing else in it, as browsers write it
    if (
        len(boundary) < len(content_type)
        and len(boundary) <= 70
        and boundary.isascii()
        and boundary.replace("-", "").isalnum()
    ):
        return f"--{boundary}".encode()
    found = _BOUNDARY.fullmatch(content_type.strip())
    if found is None:
        raise WireError("the Content-Type is not multipart/form-data with a boundary", at="content-type")
    return b"--" + (found[1] or found[2]).encode("ascii")


def _unescape(text: str) -> str:
    # Browsers escape these three and nothing else, so a literal %22 cannot be told apart.
    if "%" not in text:
        return text
    return re.sub(r"%(?:22|0[AaDd])", lambda found: {"22": '"', "0A": "\n", "0D": "\r"}[found[0][1:].upper()], text)


def decode_part_header(block: bytes, *, at: str, limits: Limits = DEFAULT_LIMITS) -> PartHeader:
    """What the header lines of one part say (without the blank line that ends them)."""
    if len(block) > limits.header_bytes:
        raise WireError("headers too long", at=at, status=413, budget="header_bytes")
    try:
        text = block.decode("utf-8")
    except UnicodeDecodeError:
        raise WireError("headers are not UTF-8", at=at) from None
    disposition: str | None = None
    content_type = ""
    for line in text.split("\r\n"):
        name, colon, value = line.partition(":")
        if not colon or not _HEADER_NAME.fullmatch(name.encode()):
            raise WireError("malformed header line", at=at)
        match name.lower():
            case "content-disposition":
                if disposition is not None:
                    raise WireError("two Content-Disposition headers", at=at)
                disposition = value.strip(" \t")
            case "content-type":
                content_type = value.strip(" \t")
            case "content-transfer-encoding":
                # React refuses base64 too; browsers send none.
                if value.strip().lower() not in _IDENTITY:
                    raise WireError("transfer encodings are not taken", at=at)
            case _:
                pass
    found = None if disposition is None else _DISPOSITION.fullmatch(disposition)
    if found is None:
        raise WireError('Content-Disposition must be form-data with a quoted name, and filename="…" for a file', at=at)
    name, filename = found[1], found[2]
    if "\n" in content_type or "\r" in content_type or "\0" in content_type:
        raise WireError("malformed Content-Type", at=at)
    name = _unescape(name)
    if filename is not None:
        filename = _unescape(filename)
    if len(name) > limits.name_chars or (filename is not None and len(filename) > limits.name_chars):
        raise WireError("name too long", at=at, status=413, budget="name_chars")
    return PartHeader(name, filename, content_type)


class _Budget:
    """What the parts of one body have used up so far."""

    __slots__ = ("_files", "_limits", "_parts", "_room_files", "_room_text")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._parts = 0
        self._files = 0
        self._room_text = limits.body_bytes
        self._room_files = limits.file_bytes

    def begin(self, header: PartHeader) -> None:
        """Count one more part."""
        self._parts += 1
        if self._parts > self._limits.parts:
            raise WireError(f"more than {self._limits.parts} parts", at="body", status=413, budget="parts")
        if header.filename is not None:
            self._files += 1
            if self._files > self._limits.files:
                raise WireError(f"more than {self._limits.files} files", at="body", status=413, budget="files")

    def spend(self, header: PartHeader, size: int) -> None:
        """Count `size` more bytes of the part."""
        if header.filename is None:
            self._room_text -= size
            if self._room_text < 0:
                raise WireError("too much text", at=_place(header), status=413, budget="body_bytes")
        else:
            self._room_files -= size
            if self._room_files < 0:
                raise WireError("files too large", at=_place(header), status=413, budget="file_bytes")


def _place(header: PartHeader) -> str:
    return f"part {header.name[:40]!r}"


def decode_text(data: bytes, header: PartHeader) -> str:
    """The text of a field whose bytes are whole; it is UTF-8 always (WHATWG)."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise WireError("text is not UTF-8", at=_place(header)) from None


def parse_multipart(content_type: str, body: bytes, limits: Limits = DEFAULT_LIMITS) -> list[Part]:
    """The entries of a whole multipart body, in its order. Raises WireError for what no browser writes."""
    delimiter = decode_boundary(content_type)
    if not body.startswith(delimiter):
        raise WireError("the body does not begin with its boundary", at="body")
    # The first delimiter has no line break before it; every piece now begins right after a delimiter.
    pieces = body[len(delimiter) :].split(_CRLF + delimiter, limits.parts + 1)
    if len(pieces) > limits.parts + 1:
        raise WireError(f"more than {limits.parts} parts", at="body", status=413, budget="parts")
    if pieces.pop() not in _CLOSING:
        raise WireError("the body does not end with its closing boundary", at="body")
    # A body no longer than its text may be cannot hold too much text, and its parts are counted.
    if pieces and len(body) <= limits.body_bytes:
        texts = _plain_texts(pieces, min(limits.name_chars, limits.header_bytes, _LONGEST_PLAIN))
        if texts is not None:
            return texts
    budget = _Budget(limits)
    return [_decode_part(piece, index, budget, limits) for index, piece in enumerate(pieces)]


def _plain_texts(pieces: list[bytes], longest: int) -> list[Part] | None:
    """The entries, if all are texts with headers as browsers write them, of at most `longest` bytes.

    Those need no regular expressions, and most forms have nothing else.
    """
    entries: list[Part] = []
    known = _plain_names
    try:
        for piece in pieces:
            head, blank, text = piece.partition(_BLANK_LINE)
            if not blank or len(head) > longest:
                return None
            name = known.get(head)
            if name is None:
                name = _plain_name(head)
                if name is None:
                    return None
            entries.append((name, text.decode()))
    except UnicodeDecodeError:
        return None  # the other way says where
    return entries


def _text_of(data: bytes, name: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise WireError("text is not UTF-8", at=f"part {name[:40]!r}") from None


_CLOSING: Final = (b"--\r\n", b"--")
_PLAIN_START: Final = b'\r\nContent-Disposition: form-data; name="'
_LONGEST_PLAIN: Final = 200  # bytes of a header that is remembered
_SPECIAL: Final = b'"%\r\n\0'  # what a name in quotes cannot have as it is


_plain_names: Final[dict[bytes, str]] = {}  # by header; forms have the same few again and again
_NAMES: Final = 1000


def _plain_name(header: bytes) -> str | None:
    """The name of a text field, where nothing else is in the header, nor anything unusual in the name."""
    quoted = header.removeprefix(_PLAIN_START)
    if len(quoted) == len(header) or not quoted.endswith(b'"'):
        return None
    name = quoted[:-1]
    if len(name.translate(None, _SPECIAL)) < len(name):
        return None
    if len(_plain_names) >= _NAMES:
        _plain_names.clear()
    _plain_names[header] = found = name.decode()
    return found


def _decode_part(piece: bytes, index: int, budget: _Budget, limits: Limits) -> Part:
    end = piece.find(_BLANK_LINE)
    if end < 2 or not piece.startswith(_CRLF):
        raise WireError("malformed part", at=f"part {index}")
    header = decode_part_header(piece[2:end], at=f"part {index}", limits=limits)
    data = piece[end + 4 :]
    budget.begin(header)
    budget.spend(header, len(data))
    if header.filename is None:
        return header.name, _text_of(data, header.name)
    return header.name, Upload(data, header.filename, header.type or "application/octet-stream")


class MultipartParser:
    """A multipart body as it arrives: `feed` gives events, `close` insists that the body was complete.

    Events are PartHeader, then PartData (files in pieces, text whole), then PartEnd. Keeps no more than one text field
    or one delimiter's length of bytes.
    """

    def __init__(self, content_type: str, limits: Limits = DEFAULT_LIMITS) -> None:
        self._delimiter = decode_boundary(content_type)
        self._separator = _CRLF + self._delimiter
        self._limits = limits
        self._budget = _Budget(limits)
        # A line break before the first delimiter makes it look like all others.
        self._buffer = bytearray(_CRLF)
        self._step: Callable[[list[Event]], bool] = self._read_first
        self._header: PartHeader | None = None
        self._searched = 0
        self._text: list[bytes] = []

    def feed(self, data: bytes) -> list[Event]:
        """The events that these further bytes complete."""
        self._buffer += data
        events: list[Event] = []
        while self._step(events):
            pass
        return events

    def close(self) -> None:
        """Insist that the closing boundary has come and nothing after it."""
        rest = bytes(self._buffer)
        if self._step != self._read_end or (rest and rest != _CRLF):
            raise WireError("the body does not end with its closing boundary", at="body")

    # Each step adds what it found to `events` and says whether the next step may go on with what is buffered.

    def _read_first(self, _: list[Event]) -> bool:
        known = min(len(self._buffer), len(self._separator))
        if not self._separator.startswith(self._buffer[:known]):
            raise WireError("the body does not begin with its boundary", at="body")
        if known < len(self._separator):
            return False
        del self._buffer[:known]
        self._step = self._read_delimiter_end
        return True

    def _read_delimiter_end(self, _: list[Event]) -> bool:
        if len(self._buffer) < 2:
            return False
        ending = bytes(self._buffer[:2])
        if ending == b"--":
            self._step = self._read_end
        elif ending == _CRLF:
            # The line break stays: without header lines the blank line would begin with it.
            self._step = self._read_header
            self._searched = 0
            return True
        else:
            raise WireError("malformed boundary", at="body")
        del self._buffer[:2]
        return True

    def _read_header(self, events: list[Event]) -> bool:
        end = self._buffer.find(_BLANK_LINE, self._searched)
        if end < 0:
            if len(self._buffer) > self._limits.header_bytes + len(_BLANK_LINE):
                raise WireError("headers too long", at="body", status=413, budget="header_bytes")
            self._searched = max(0, len(self._buffer) - 3)
            return False
        self._header = decode_part_header(bytes(self._buffer[2:end]), at="body", limits=self._limits)
        self._budget.begin(self._header)
        events.append(self._header)
        # The blank line's own break stays: a delimiter right after it would share it (as none that a browser writes).
        del self._buffer[: end + 2]
        self._step = self._read_break
        return True

    def _read_break(self, _: list[Event]) -> bool:
        known = min(len(self._buffer), len(self._separator))
        if self._separator.startswith(self._buffer[:known]):
            if known == len(self._separator):
                raise WireError("malformed part", at="body")
            return False
        del self._buffer[:2]
        self._step = self._read_body
        return True

    def _read_body(self, events: list[Event]) -> bool:
        header = self._header
        if header is None:
            return False
        end = self._buffer.find(self._separator)
        # Without a delimiter in sight, its beginning may still be the end of what is buffered.
        ready = end if end >= 0 else len(self._buffer) - len(self._separator) + 1
        if ready > 0:
            data = bytes(self._buffer[:ready])
            del self._buffer[:ready]
            self._budget.spend(header, len(data))
            if header.filename is None:
                self._text.append(data)
            else:
                events.append(PartData(data))
        if end < 0:
            return False
        del self._buffer[: len(self._separator)]
        if header.filename is None:
            events.append(PartData(b"".join(self._text)))
            self._text.clear()
        events.append(PartEnd())
        self._step = self._read_delimiter_end
        return True

    def _read_end(self, _: list[Event]) -> bool:
        if len(self._buffer) > 2:
            raise WireError("bytes after the closing boundary", at="body")
        return False


def parse_urlencoded(body: bytes, limits: Limits = DEFAULT_LIMITS) -> list[tuple[str, str]]:
    """The entries of an urlencoded body, in its order, as the WHATWG URL standard reads them; text must be UTF-8."""
    if len(body) > limits.body_bytes:
        raise WireError("body too large", at="body", status=413, budget="body_bytes")
    pieces = body.split(b"&", limits.parts)
    if len(pieces) > limits.parts:
        raise WireError(f"more than {limits.parts} fields", at="body", status=413, budget="parts")
    entries: list[tuple[str, str]] = []
    for index, piece in enumerate(pieces):
        if not piece:
            continue
        name, _, value = piece.partition(b"=")
        try:
            entry = (_unquote(name), _unquote(value))
        except UnicodeDecodeError:
            raise WireError("text is not UTF-8", at=f"field {index}") from None
        if len(entry[0]) > limits.name_chars:
            raise WireError("name too long", at=f"field {index}", status=413, budget="name_chars")
        entries.append(entry)
    return entries


_ESCAPED: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
_BYTES: Final = [bytes((number,)) for number in range(256)]


def _unescaped(found: re.Match[bytes]) -> bytes:
    return _BYTES[int(found[1], 16)]


def _unquote(data: bytes) -> str:
    if ord("+") in data:
        data = data.replace(b"+", b" ")
    if ord("%") in data:
        # unquote_to_bytes makes an object for each `%`, 150 bytes for one byte of the body.
        data = _ESCAPED.sub(_unescaped, data)
    return data.decode("utf-8")
