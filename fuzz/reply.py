"""Invariant: any body of a call is a value or a WireError, in linear work; and what was read can be written and read.

One text (`decode_plain`'s fast path and the walk must agree on it), or, with a \\x1f in it, parts as in `parts`.
"""

from contextlib import suppress
from typing import Any

from tests.conformance.values import mismatch

from fuzz.parts import decode_parts
from jetbridge.errors import WireError
from jetbridge.wire.reply import decode_reply, decode_reply_slowly, encode_reply

__all__ = ["check"]


def check(data: bytes) -> None:
    """Raise AssertionError, or whatever the decoder raised, where the invariant does not hold."""
    body = decode_parts(data) if b"\x1f" in data else data.decode("utf-8", "surrogateescape")
    value = _outcome(decode_reply, body)
    if isinstance(body, str):
        # Long enough for the fast path, which leaves short texts to the walk.
        fast, slow = _outcome(decode_reply, body + " " * 400), _outcome(decode_reply_slowly, body + " " * 400)
        assert mismatch(slow, fast) is None, "the fast path and the walk disagree"
    if value is not WireError:
        # It may be refused then: what was shared is counted anew, and depth is one more for what is outlined.
        with suppress(WireError):
            assert mismatch(value, decode_reply(encode_reply(value))) is None, "the value did not come back"


def _outcome(read: Any, body: Any) -> Any:
    try:
        return read(body)
    except WireError:
        return WireError
