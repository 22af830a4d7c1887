"""One request as the doors need it: the ASGI scope in, the few things read from it out."""

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Final, cast
from urllib.parse import quote, unquote_plus

from starlette.requests import Request, cookie_parser
from starlette.routing import get_route_path  # pyright: ignore[reportPrivateImportUsage]  # of Starlette's own routers
from starlette.types import Message, Receive, Scope

from jetbridge.actions.outcome import Outcome
from jetbridge.context import Context
from jetbridge.render.flight import FlightStream
from jetbridge.render.suspended import Suspensions
from jetbridge.server.streaming import PageStream
from jetbridge.wire.model import Upload
from jetbridge.wire.protocol import CONTENT_TYPE, QUERY_ACTION, QUERY_WHOLE

__all__ = ["Incoming", "Visit", "begin", "host_cookie"]

_PLAIN_PATH: Final = re.compile(rb"/(?!/)[A-Za-z0-9/._~-]*")  # in which there is nothing to quote
_WRITTEN: Final = "!#$%&'()*+,/:;=?@[]\\^`{|}~"  # what stays as a browser wrote it


class Incoming:
    """`receive` that knows whether the body's end has come by; after that a client can only leave."""

    __slots__ = ("_receive", "ended")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.ended = False

    async def __call__(self) -> Message:
        message = await self._receive()
        if not message.get("more_body", False):
            self.ended = True
        return message


class Headers(Mapping[str, str]):
    """The headers of a request by lower-case name, decoded when asked for: browsers send many that nobody reads.

    Repeated ones are joined with a comma (RFC 9110 section 5.3), cookies with `;`.
    """

    __slots__ = ("_raw",)

    def __init__(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        pairs = list(pairs)
        raw = dict(pairs)
        if len(raw) < len(pairs):
            raw.clear()
            for name, value in pairs:
                raw[name] = value if name not in raw else _JOINTS.get(name, b", ").join((raw[name], value))
        self._raw = raw

    def __getitem__(self, name: str) -> str:
        return self._raw[name.encode("latin-1")].decode("latin-1")

    def get(self, name: str, default: Any = None) -> Any:
        value = self._raw.get(name.encode("latin-1"))
        return default if value is None else value.decode("latin-1")

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.encode("latin-1") in self._raw

    def __iter__(self) -> Iterator[str]:
        return (name.decode("latin-1") for name in self._raw)

    def __len__(self) -> int:
        return len(self._raw)


_JOINTS: Final = {b"cookie": b"; "}
_new_list = cast("Callable[[], list[Any]]", list)  # see `context`


@dataclass(slots=True)
class Visit:
    """`path` is without root_path, `query` without our own members, `action` the reference named there or None.

    `is_whole`: the query asks for the page in one piece.
    """

    scope: Scope
    receive: Incoming
    headers: "Headers"
    path: str
    query: str
    action: str | None
    is_whole: bool
    context: Context
    sets: list[str] = field(default_factory=_new_list)  # Set-Cookie values for the answer
    uploads: list[Upload] = field(default_factory=_new_list)  # to close when all is over
    visitor: str | None = None  # who they are from this answer on, where that is new
    ran: tuple[str, Outcome] | None = None  # the action and what it came to, for the log
    run: asyncio.Task[Any] | None = None  # of the action, where this visit began one
    once: str | None = None  # what its submit is known by
    named: str | None = None  # the action that it named, for the log
    arguments: str | None = None  # what it sent, where the app logs that
    bytes_in: int | None = None  # of its body
    marks: list[tuple[str, float]] = field(default_factory=_new_list)  # phases, and when each ended
    stream: FlightStream | PageStream | None = None  # what its answer still waits for, to close when all is over
    late: Suspensions | None = None  # what its page still waits for, to close as well
    _cookies: dict[str, str] | None = None

    def mark(self, phase: str) -> None:
        """What has passed since the last mark was this phase."""
        self.marks.append((phase, perf_counter()))

    @property
    def method(self) -> str:
        return self.scope["method"]

    @property
    def wants_flight(self) -> bool:
        """Whether React asks (our client says so in Accept), and not a browser that wants a document."""
        return self.headers.get("accept", "").startswith(CONTENT_TYPE)

    @property
    def address(self) -> str:
        """Path and query of the page as the client wrote them, with root_path and without `_action`."""
        path = _written_path(self.scope)
        return f"{path}?{self.query}" if self.query else path

    @property
    def is_https(self) -> bool:
        return self.scope.get("scheme") == "https"

    def cookie(self, name: str) -> str | None:
        """The value of a cookie, or None."""
        if self._cookies is None:
            self._cookies = _cookies_of(self.headers.get("cookie", ""))
        return self._cookies.get(name)

    def set_cookie(self, name: str, value: str, *, max_age: int, path: str = "/") -> None:
        """Set a cookie that scripts cannot read; `max_age` in seconds, 0 removes it."""
        secure = "; Secure" if self.is_https else ""
        self.sets.append(f"{name}={value}; Path={path}; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}")


def _cookies_of(header: str) -> dict[str, str]:
    """As Starlette reads them. Nearly all are plain pairs, for which no quotes need be undone."""
    if '"' in header or not header:
        return cookie_parser(header)
    cookies: dict[str, str] = {}
    for pair in header.split(";"):
        name, equals, value = pair.partition("=")
        if not equals:
            name, value = "", name
        name, value = name.strip(), value.strip()
        if name or value:
            cookies[name] = value
    return cookies


def host_cookie(scope: Scope, name: str) -> str:
    """`name` with the prefix that keeps other hosts of the domain from setting it, which needs https.

    RFC 6265bis section 4.1.3.2.
    """
    return f"__Host-{name}" if scope.get("scheme") == "https" else name


def begin(scope: Scope, receive: Receive, context: Context) -> Visit:
    """Read what every door needs."""
    query = scope["query_string"].decode("latin-1")
    own: dict[str, str] = {}
    if QUERY_ACTION in query or QUERY_WHOLE in query:
        query, own = _without_own(query)
    incoming = Incoming(receive)
    context.request = Request(scope, incoming)
    path = get_route_path(scope) or "/"
    headers = Headers(scope["headers"])
    return Visit(scope, incoming, headers, path, query, own.get(QUERY_ACTION), QUERY_WHOLE in own, context)


def _written_path(scope: Scope) -> str:
    """The path in the address bar. Never one that a browser takes for another host, as it does `//host`, `/\\host`."""
    root = scope.get("root_path", "").rstrip("/")
    path: str = scope["path"]
    raw: bytes | None = scope.get("raw_path")
    if not root and raw is not None and _PLAIN_PATH.fullmatch(raw):
        return raw.decode("ascii")
    written = quote(path) if raw is None else quote(raw.partition(b"?")[0].decode("latin-1"), safe=_WRITTEN)
    if root and path != root and not path.startswith(f"{root}/"):  # a proxy has taken it off
        written = quote(root) + written
    return "/" + written.lstrip("/\\")


def _without_own(query: str) -> tuple[str, dict[str, str]]:
    """The query without our members, all others as they were written; and ours, the last of each name."""
    kept: list[str] = []
    own: dict[str, str] = {}
    for member in query.split("&"):
        name, _, value = member.partition("=")
        if name in (QUERY_ACTION, QUERY_WHOLE):
            own[name] = unquote_plus(value) if "%" in value or "+" in value else value
        elif member:
            kept.append(member)
    return "&".join(kept), own
