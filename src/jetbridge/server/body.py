"""Reading a request's body: ASGI messages in, bounded bytes out, or the entries of a large form (`uploads`)."""

import asyncio
import types
from collections.abc import AsyncGenerator, Awaitable, Coroutine, Generator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any, Final, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jetbridge.errors import WireError
from jetbridge.server.uploads import read_uploads
from jetbridge.server.visit import Incoming
from jetbridge.wire.limits import Limits
from jetbridge.wire.multipart import Part

__all__ = ["Body", "ClientGone", "Unread", "read_already", "read_body"]

_SLOWEST: Final = 64 * 1024  # bytes a second; slower than a bad phone line


class ClientGone(Exception):  # noqa: N818  # no error: nobody is left to tell
    """The client closed the connection before its body was complete."""


Body = bytes | list[Part]  # as it was sent, or the entries of a form whose files are on disk


async def read_body(receive: Receive, headers: Mapping[str, str], *, limit: int, limits: Limits) -> Body:
    """The whole body, at most `limit` bytes; a multipart one that may exceed `limits.body_bytes` as its entries.

    Must be complete within `limits.read_seconds`, and a second more for each 64 KiB that it may have. Raises WireError
    with status 413 over the limit (from Content-Length alone where it is sent, so that nothing is read), 400 for a
    Content-Length that is no number, 408 when the time is over; ClientGone when the client has left.
    """
    size = _declared_size(headers, limit)
    content_type = headers.get("content-type", "")
    is_large = size > limits.body_bytes and content_type.startswith("multipart/form-data")
    begun = _Begun(receive())
    if begun.message is not None and _is_whole(begun.message) and not is_large:
        return _checked(begun.message, limit)  # nearly every call is there already, and needs no clock
    try:
        async with asyncio.timeout(limits.read_seconds + size / _SLOWEST):
            pieces = _pieces(begun.message or await begun.rest(), receive, limit)
            if is_large:
                async with aclosing(pieces):
                    return await read_uploads(pieces, content_type, limit=limit, limits=limits)
            return b"".join([piece async for piece in pieces])
    except TimeoutError:
        raise WireError("the body did not arrive in time", at="body", status=408, budget="read_seconds")


def _declared_size(headers: Mapping[str, str], limit: int) -> int:
    """The size that Content-Length says, or else the most that is allowed."""
    declared = headers.get("content-length")
    if declared is None:
        return limit
    if not (declared.isascii() and declared.isdigit()):
        raise WireError("Content-Length is not a number", at="header content-length")
    size = int(declared[:20])
    if size > limit:
        raise _too_large(limit)
    return size


class _Begun:
    """A `receive()` that has run to its first wait: `message` is there unless it waits; then `rest` gives it."""

    __slots__ = ("_coroutine", "_waits_for", "message")

    def __init__(self, receiving: Awaitable[Message]) -> None:
        self._coroutine = cast("Coroutine[Any, Any, Message]", receiving)
        self.message: Message | None = None
        try:
            self._waits_for = self._coroutine.send(None)
        except StopIteration as done:
            self.message = done.value

    @types.coroutine
    def rest(self) -> Generator[Any, Any, Message]:
        """Wait as the coroutine does (PEP 380 has what `yield from` would do here)."""
        try:
            while True:
                try:
                    sent = yield self._waits_for
                except BaseException as thrown:
                    self._waits_for = self._coroutine.throw(thrown)
                else:
                    self._waits_for = self._coroutine.send(sent)
        except StopIteration as done:
            return done.value


def _is_whole(message: Message) -> bool:
    return message["type"] == "http.request" and not message.get("more_body", False)


def _checked(message: Message, limit: int) -> bytes:
    body: bytes = message.get("body", b"")
    if len(body) > limit:
        raise _too_large(limit)
    return body


async def _pieces(message: Message, receive: Receive, limit: int) -> AsyncGenerator[bytes]:
    size = 0
    more = True
    while more:
        if message["type"] == "http.disconnect":
            raise ClientGone
        piece: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
        yield piece
        if more:
            message = await receive()


def read_already(body: Body, receive: Receive) -> Receive:
    """`receive` for those who ask a request for its body after us; a form whose files are on disk is empty to them."""
    waiting = [body if isinstance(body, bytes) else b""]

    async def again() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return again


@dataclass(frozen=True, slots=True)
class Unread:
    """An answer to a request whose body is not wanted: it is sent first, then what arrives for a while is thrown away.

    Closing at once would make TCP reset the connection, and a client that is still sending would never see the answer
    (RFC 9112 section 9.6).
    """

    answer: ASGIApp
    incoming: Incoming
    seconds: float = 10.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def last(message: Message) -> None:
            if message["type"] == "http.response.start" and scope.get("http_version", "1.1").startswith("1"):
                message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
            if message["type"] != "http.response.body" or message.get("more_body", False):
                await send(message)
                return
            await send({**message, "more_body": True})
            with suppress(TimeoutError):
                async with asyncio.timeout(self.seconds):
                    while not self.incoming.ended:
                        await self.incoming()
            await send({"type": "http.response.body"})

        waits = any(name == b"expect" for name, _ in scope["headers"])  # such a client has sent nothing yet
        await self.answer(scope, receive, send if waits or self.incoming.ended else last)


def _too_large(limit: int) -> WireError:
    return WireError(f"the body is larger than {limit} bytes", at="body", status=413, budget="body_bytes")
