"""Invariant: any multipart body is entries or a WireError, in linear work, the same at once and in pieces.

The first byte says how long the pieces are; the rest is the body, with the boundary XX.
"""

from contextlib import suppress

from jetbridge.errors import WireError
from jetbridge.wire.multipart import (
    MultipartParser,
    PartData,
    PartHeader,
    decode_boundary,
    decode_text,
    parse_multipart,
)

__all__ = ["check"]

TYPE = "multipart/form-data; boundary=XX"

Entries = list[tuple[str, str | None, bytes]]


def check(data: bytes) -> None:
    """Raise AssertionError, or whatever the parsers raised, where the invariant does not hold."""
    size, body = (data[0] if data else 0) + 1, data[1:]
    assert _at_once(body) == _in_pieces(body, size), "the two parsers disagree"
    with suppress(WireError):
        decode_boundary(body.decode("latin-1"))


def _at_once(body: bytes) -> Entries | None:
    try:
        entries = parse_multipart(TYPE, body)
    except WireError:
        return None
    return [
        (name, None, value.encode()) if isinstance(value, str) else (name, value.name, value.read_now())
        for name, value in entries
    ]


def _in_pieces(body: bytes, size: int) -> Entries | None:
    parser = MultipartParser(TYPE)
    parts: list[tuple[PartHeader, list[bytes]]] = []
    try:
        for start in range(0, len(body), size):
            for event in parser.feed(body[start : start + size]):
                if isinstance(event, PartHeader):
                    parts.append((event, []))
                elif isinstance(event, PartData):
                    parts[-1][1].append(event.data)
        parser.close()
        entries = [(header, b"".join(pieces)) for header, pieces in parts]
        for header, content in entries:
            if header.filename is None:
                decode_text(content, header)
    except WireError:
        return None
    return [(header.name, header.filename, content) for header, content in entries]
