"""Reading a request's body: ASGI messages in, bounded bytes out, or the entries of a large form (`uploads`)."""

import asyncio
import types
from collections.abc import AsyncGenerator, Awaitable, Coroutine, Generator, MutableMapping
from contextlib import aclosing, suppress
from types import CoroutineType
from typing import Any, Final, cast

from msgspec import Struct
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jetbridge.errors import WireError
from jetbridge.server.uploads import read_uploads
from jetbridge.server.visit import Headers, Incoming
from jetbridge.wire.limits import Limits
from jetbridge.wire.multipart import Part

__all__ = ["Body", "ClientGone", "Resumed", "Unread", "ask", "read_body"]

_SLOWEST: Final = 64 * 1024  # bytes a second; slower than a bad phone line


class ClientGone(Exception):  # noqa: N818  # no error: nobody is left to tell
    """The client closed the connection before its body was complete."""


Body = bytes | list[Part]  # as it was sent, or the entries of a form whose files are on disk


async def read_body(receive: Incoming, headers: Headers, limit: int, limits: Limits) -> Body:
    """The whole body, at most `limit` bytes; a multipart one that may exceed `limits.body_bytes` as its entries.

    Must be complete within `limits.read_seconds`, and a second more for each 64 KiB that it may have. Raises WireError
    with status 413 over the limit (from Content-Length alone where it is sent, so that nothing is read), 400 for a
    Content-Length that is no number, 408 when the time is over; ClientGone when the client has left.
    """
    declared = headers.raw.get(b"content-length")
    if declared is None:
        size = limit
    elif not declared.isdigit():
        raise WireError("Content-Length is not a number", at="header content-length")
    elif (size := int(declared[:20])) > limit:
        raise _too_large(limit)
    first = ask(receive.server)
    if not isinstance(first, Resumed):
        message = receive.took(first)
        if size <= limits.body_bytes and receive.ended and message["type"] == "http.request":
            body: bytes = message.get("body", b"")
            if len(body) > limit:
                raise _too_large(limit)
            return body  # nearly every call is there already, and needs no clock
    content_type = headers.get("content-type", "") if size > limits.body_bytes else ""
    try:
        async with asyncio.timeout(limits.read_seconds + size / _SLOWEST):
            if isinstance(first, Resumed):
                first = receive.took(await first())
            pieces = _pieces(first, receive, limit)
            if content_type.startswith("multipart/form-data"):
                async with aclosing(pieces):
                    return await read_uploads(pieces, content_type, limit=limit, limits=limits)
            return b"".join([piece async for piece in pieces])
    except TimeoutError:
        raise WireError("the body did not arrive in time", at="body", status=408, budget="read_seconds")


def ask(receive: Receive) -> "Message | Resumed":
    """The message that a server gives at once; else its `receive`, which is not to be asked again for this one."""
    given: Any = receive()
    if type(given) is not CoroutineType:
        return Resumed(receive, given)  # pyright: ignore[reportUnknownArgumentType]  # some servers' future
    asking = cast("Coroutine[Any, Any, Message]", given)
    try:
        waits_for = asking.send(None)
    except StopIteration as done:
        return done.value
    return Resumed(receive, _rest(asking, waits_for))


@types.coroutine
def _rest(coroutine: Coroutine[Any, Any, Message], waits_for: Any) -> Generator[Any, Any, Message]:
    """What a coroutine gives that has run to its first wait (PEP 380 has what `yield from` would do here)."""
    try:
        while True:
            try:
                sent = yield waits_for
            except BaseException as thrown:
                waits_for = coroutine.throw(thrown)
            else:
                waits_for = coroutine.send(sent)
    except StopIteration as done:
        return done.value


class Resumed(Struct):
    """`receive`, which was asked already: what it gave, or will give, comes first."""

    receive: Receive
    first: MutableMapping[str, Any] | Awaitable[Message] | Generator[Any, Any, Message] | None

    async def __call__(self) -> Message:
        first, self.first = self.first, None
        if first is None:
            return await self.receive()
        return first if isinstance(first, MutableMapping) else await cast("Awaitable[Message]", first)


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


class Unread(Struct, frozen=True):
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
