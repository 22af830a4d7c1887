"""Answers: status, headers and body in, ASGI messages out. Headers every answer carries are written here."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from urllib.parse import quote

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from jetbridge.wire.protocol import CONTENT_TYPE, HEADER_REASON

__all__ = ["COMMON", "Answer", "Streamed", "empty", "flight", "flight_stream", "html", "moved", "plain"]

# What every answer has: no guessing of types, and no address of ours in the log of another site. `same-origin` and not
# `no-referrer`, which makes a form's Origin `null`.
COMMON: tuple[tuple[str, str], ...] = (
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
)
# Same URL, two representations. `no-store` and not `no-cache`: Back and Forward would take a stored page unasked, and
# show a visitor data from before their own write (RFC 9111 section 4.2.4 lets them).
_PRIVATE: tuple[tuple[str, str], ...] = (("cache-control", "private, no-store"), ("vary", "accept"))


@dataclass(slots=True)
class Answer:
    """One complete answer; an ASGI application itself. `headers` are (lower-case name, value) pairs."""

    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # ASGI's signature
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in (*COMMON, *self.headers)]
        headers.append((b"content-length", b"%d" % len(self.body)))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else self.body})


@dataclass(slots=True)
class Streamed:
    """An answer whose body becomes known while it is sent; `rest` is closed when the client goes away."""

    status: int
    first: bytes
    rest: AsyncGenerator[bytes]
    headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = StreamingResponse(self._body(), self.status)
        response.raw_headers = [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in (*COMMON, *self.headers)
        ]
        async with aclosing(self.rest):
            await response(scope, receive, send)

    async def _body(self) -> AsyncGenerator[bytes]:
        yield self.first
        async for rows in self.rest:
            yield rows


def html(body: bytes, *, status: int = 200, csp: str | None = None) -> Answer:
    """A page as an HTML document; `csp` is its Content-Security-Policy."""
    headers = [("content-type", "text/html; charset=utf-8"), *_PRIVATE]
    if csp is not None:
        headers.append(("content-security-policy", csp))
    return Answer(status, body, headers)


def flight(rows: bytes, *, status: int = 200, reason: str | None = None) -> Answer:
    """Flight rows; `reason` is the machine-readable cause of a refusal."""
    headers = [("content-type", CONTENT_TYPE), *_PRIVATE]
    if reason is not None:
        headers.append((HEADER_REASON, reason))
    return Answer(status, rows, headers)


def flight_stream(first: bytes, rest: AsyncGenerator[bytes], *, status: int) -> Streamed:
    """Flight rows that go on arriving. Proxies are told not to collect them first."""
    return Streamed(status, first, rest, [("content-type", CONTENT_TYPE), *_PRIVATE, ("x-accel-buffering", "no")])


def plain(text: str, *, status: int, reason: str | None = None) -> Answer:
    """A sentence, for those who are neither a browser's page nor our client."""
    headers = [("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store")]
    if reason is not None:
        headers.append((HEADER_REASON, reason))
    return Answer(status, (text + "\n").encode(), headers)


def moved(location: str, *, status: int = 303) -> Answer:
    """Go to `location` with GET (RFC 9110 section 15.4.4)."""
    return Answer(status, b"", [("location", _in_ascii(location)), ("cache-control", "no-store")])


def _in_ascii(location: str) -> str:
    """`location` as a header can hold it; what is percent-encoded already stays as it is."""
    return quote(location, safe="!#$%&'()*+,/:;=?@[]~", errors="replace")


def empty(status: int) -> Answer:
    """No body."""
    return Answer(status)
