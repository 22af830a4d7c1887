"""Invariant: any rows are a value, a WireError or the error the rows tell, in linear work, however they are cut.

The first byte says how long the pieces are; the rest is what a server sent.
"""

from typing import Any

from tests.conformance.values import mismatch

from jetbridge.errors import WireError
from jetbridge.wire.model import RemoteError
from jetbridge.wire.rows import FlightDecoder, decode_flight

__all__ = ["check"]


def check(data: bytes) -> None:
    """Raise AssertionError, or whatever the decoder raised, where the invariant does not hold."""
    size, rows = (data[0] if data else 0) + 1, data[1:]
    whole, cut = _outcome(_at_once, rows, size), _outcome(_in_pieces, rows, size)
    if isinstance(whole, type) or isinstance(cut, type):
        assert whole is cut, "it depends on how the rows are cut"
        return
    try:
        found = mismatch(whole, cut)
    except RecursionError:  # rows may hold themselves, as React's do; comparing such is not what is tested
        return
    assert found is None, "it depends on how the rows are cut"


def _outcome(read: Any, rows: bytes, size: int) -> Any:
    try:
        return read(rows, size)
    except (WireError, RemoteError) as error:
        return type(error)


def _at_once(rows: bytes, _: int) -> Any:
    return decode_flight(rows)


def _in_pieces(rows: bytes, size: int) -> Any:
    decoder = FlightDecoder()
    for start in range(0, len(rows), size):
        decoder.feed(rows[start : start + size])
    return decoder.close()
