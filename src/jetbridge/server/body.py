"""Reading a request's body: ASGI messages in, bounded bytes out."""

import asyncio
from collections.abc import Mapping

from starlette.types import Receive

from jetbridge.errors import WireError

__all__ = ["ClientGone", "read_body"]


class ClientGone(Exception):  # noqa: N818  # no error: nobody is left to tell
    """The client closed the connection before its body was complete."""


async def read_body(receive: Receive, headers: Mapping[str, str], *, limit: int, seconds: float) -> bytes:
    """The whole body, at most `limit` bytes, read within `seconds`.

    Raises WireError with status 413 over the limit (from Content-Length alone where it is sent, so that nothing is
    read), 400 for a Content-Length that is no number, 408 when the time is over; ClientGone when the client has left.
    """
    declared = headers.get("content-length")
    if declared is not None:
        if not (declared.isascii() and declared.isdigit()):
            raise WireError("Content-Length is not a number", at="header content-length")
        if int(declared[:20]) > limit:
            raise _too_large(limit)
    try:
        async with asyncio.timeout(seconds):
            return await _collect(receive, limit)
    except TimeoutError:
        raise WireError(f"the body did not arrive within {seconds:g} s", at="body", status=408, budget="read_seconds")


async def _collect(receive: Receive, limit: int) -> bytes:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):  # nearly every call arrives in one message
        if len(body) > limit:
            raise _too_large(limit)
        return body
    pieces = [body]
    size = len(body)
    while size <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        piece: bytes = message.get("body", b"")
        size += len(piece)
        pieces.append(piece)
        if not message.get("more_body", False) and size <= limit:
            return b"".join(pieces)
    raise _too_large(limit)


def _too_large(limit: int) -> WireError:
    return WireError(f"the body is larger than {limit} bytes", at="body", status=413, budget="body_bytes")
