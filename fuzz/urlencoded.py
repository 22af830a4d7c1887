"""Invariant: any urlencoded body is entries or a WireError, in linear work; the entries are what the URL Standard says.

The algorithm of https://url.spec.whatwg.org/#urlencoded-parsing stands below in its plainest form; what is no UTF-8 is
refused where the standard replaces it.
"""

from urllib.parse import unquote_to_bytes

from jetbridge.errors import WireError
from jetbridge.wire.multipart import parse_urlencoded

__all__ = ["check"]


def check(data: bytes) -> None:
    """Raise AssertionError, or whatever the parser raised, where the invariant does not hold."""
    try:
        entries = parse_urlencoded(data)
    except WireError:
        return
    pairs = [piece.partition(b"=") for piece in data.split(b"&") if piece]

    assert [(_decode(name), _decode(value)) for name, _, value in pairs] == entries, "not what the standard says"


def _decode(text: bytes) -> str:
    return unquote_to_bytes(text.replace(b"+", b" ")).decode()
