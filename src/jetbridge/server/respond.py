"""Answers: status, headers and body in, ASGI messages out. Headers every answer carries are written here."""

import asyncio
import re
from collections.abc import AsyncIterable, Iterable
from contextlib import suppress
from typing import Final
from urllib.parse import quote

from msgspec import Struct, field
from starlette.types import Receive, Scope, Send

from jetbridge.wire.protocol import CONTENT_TYPE, HEADER_REASON

__all__ = [
    "COMMON",
    "Answer",
    "Streamed",
    "empty",
    "flight",
    "flight_head",
    "flight_stream",
    "html",
    "html_stream",
    "in_ascii",
    "moved",
    "moved_head",
    "pairs_of",
    "plain",
]

# What every answer has: no guessing of types, and no address of ours in the log of another site. `same-origin` and not
# `no-referrer`, which makes a form's Origin `null`.
COMMON: tuple[tuple[str, str], ...] = (
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
)
# Same URL, two representations. `no-store` and not `no-cache`: Back and Forward would take a stored page unasked, and
# show a visitor data from before their own write (RFC 9111 section 4.2.4 lets them).
_PRIVATE: tuple[tuple[str, str], ...] = (("cache-control", "private, no-store"), ("vary", "accept"))


_FLIGHT: Final = [("content-type", CONTENT_TYPE), *_PRIVATE]
_NOT_KEPT: Final = ("cache-control", "no-store")


def _encoded(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def _lines(*headers: tuple[str, str]) -> str:
    return "".join([f"{name}: {value}\r\n" for name, value in headers])


_COMMON: Final = _encoded(COMMON)
_FLIGHT_LINES: Final = _lines(*COMMON, *_FLIGHT)
_COMMON_LINES: Final = _lines(*COMMON)
_NOT_KEPT_LINE: Final = _lines(_NOT_KEPT)


def flight_head(size: int) -> bytes:
    """The fields of `flight` rows of so many bytes, as the lines that HTTP/1.1 has of them."""
    return f"{_FLIGHT_LINES}content-length: {size}\r\n".encode("latin-1")


def moved_head(location: str, cookie: str) -> bytes:
    """The fields of `moved` with this Set-Cookie, as `flight_head` has them."""
    moved = f"{_COMMON_LINES}location: {in_ascii(location)}\r\n{_NOT_KEPT_LINE}"
    return f"{moved}set-cookie: {cookie}\r\ncontent-length: 0\r\n".encode("latin-1")


def pairs_of(head: bytes) -> list[tuple[bytes, bytes]]:
    """The same as ASGI has them."""
    pairs: list[tuple[bytes, bytes]] = []
    for line in head.splitlines():
        name, _, value = line.partition(b": ")
        pairs.append((name, value))
    return pairs


class Answer(Struct):
    """One complete answer; an ASGI application itself. `headers` are (lower-case name, value) pairs."""

    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # ASGI's signature
        body = self.body
        headers = [*_COMMON, *_encoded(self.headers), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": body if scope["method"] != "HEAD" else b""})


class Streamed(Struct):
    """An answer whose body becomes known while it is sent. When the client goes away no more of `rest` is asked for.

    Starlette's own leaves it to some servers to say at the next piece that the client has gone. There may be none for
    hours.
    """

    status: int
    first: bytes
    rest: AsyncIterable[bytes]
    headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # ASGI's signature
        leaving = asyncio.create_task(_wait_until_gone(receive))
        sending = asyncio.create_task(self._send(send, leaving))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sending.cancel()
            leaving.cancel()
            await asyncio.wait((sending, leaving))
        if not sending.cancelled():
            sending.result()

    async def _send(self, send: Send, leaving: asyncio.Task[None]) -> None:
        headers = [*_COMMON, *_encoded(self.headers)]
        with suppress(OSError):  # how a server may say that the client has gone (ASGI 2.4)
            await send({"type": "http.response.start", "status": self.status, "headers": headers})
            await send({"type": "http.response.body", "body": self.first, "more_body": True})
            if leaving.done():  # long ago: the rest need not even begin
                return
            async for piece in self.rest:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def html(body: bytes, *, status: int = 200, csp: str | None = None) -> Answer:
    """A page as an HTML document; `csp` is its Content-Security-Policy."""
    return Answer(status, body, _html_headers(csp))


def html_stream(first: bytes, rest: AsyncIterable[bytes], *, status: int, csp: str | None) -> Streamed:
    """A page as an HTML document that goes on arriving. Proxies are told not to collect it first."""
    return Streamed(status, first, rest, [*_html_headers(csp), ("x-accel-buffering", "no")])


def _html_headers(csp: str | None) -> list[tuple[str, str]]:
    headers = [("content-type", "text/html; charset=utf-8"), *_PRIVATE]
    if csp is not None:
        headers.append(("content-security-policy", csp))
    return headers


def flight(rows: bytes, *, status: int = 200, reason: str | None = None) -> Answer:
    """Flight rows; `reason` is the machine-readable cause of a refusal."""
    headers = [*_FLIGHT]
    if reason is not None:
        headers.append((HEADER_REASON, reason))
    return Answer(status, rows, headers)


def flight_stream(first: bytes, rest: AsyncIterable[bytes], *, status: int) -> Streamed:
    """Flight rows that go on arriving. Proxies are told not to collect them first."""
    return Streamed(status, first, rest, [("content-type", CONTENT_TYPE), *_PRIVATE, ("x-accel-buffering", "no")])


def plain(text: str, *, status: int, reason: str | None = None) -> Answer:
    """A sentence, for those who are neither a browser's page nor our client."""
    headers = [("content-type", "text/plain; charset=utf-8"), _NOT_KEPT]
    if reason is not None:
        headers.append((HEADER_REASON, reason))
    return Answer(status, (text + "\n").encode(), headers)


def moved(location: str, *, status: int = 303) -> Answer:
    """Go to `location` with GET (RFC 9110 section 15.4.4)."""
    return Answer(status, b"", [("location", in_ascii(location)), _NOT_KEPT])


_PLAIN_LOCATION: Final = re.compile(r"[A-Za-z0-9/_.?=&-]*")


def in_ascii(location: str) -> str:
    """`location` as a header can hold it; what is percent-encoded already stays as it is."""
    if _PLAIN_LOCATION.fullmatch(location):  # which most are, and in which there is nothing to quote
        return location
    return quote(location, safe="!#$%&'()*+,/:;=?@[]~", errors="replace")


def empty(status: int) -> Answer:
    """No body."""
    return Answer(status)
