"""One request as the doors need it: the ASGI scope in, the few things read from it out."""

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple
from urllib.parse import quote, unquote_plus

from starlette.requests import Request, cookie_parser
from starlette.routing import get_route_path  # pyright: ignore[reportPrivateImportUsage]  # of Starlette's own routers
from starlette.types import Message, Receive, Scope

from jetbridge.actions.outcome import Outcome
from jetbridge.context import Context
from jetbridge.render.flight import FlightStream
from jetbridge.render.suspended import Suspensions
from jetbridge.server.streaming import PageStream, ReactStream
from jetbridge.wire.model import Upload
from jetbridge.wire.protocol import CONTENT_TYPE, QUERY_ACTION, QUERY_WHOLE

__all__ = ["Headers", "Incoming", "Place", "Visit", "cookie_line", "cookies_of", "host_cookie", "place_of"]

_PLAIN_PATH: Final = re.compile(rb"/(?!/)[A-Za-z0-9/._~-]*")  # in which there is nothing to quote
_WRITTEN: Final = "!#$%&'()*+,/:;=?@[]\\^`{|}~"  # what stays as a browser wrote it
_FLIGHT: Final = CONTENT_TYPE.encode()
_SHORT: Final = 500  # characters of what is remembered of requests


class Incoming:
    """`receive` that knows whether the body's end has come by; after that a client can only leave.

    `server` is what the server has given. `body` is what has been read, for those who ask a request for it after us; a
    form whose files are on disk is empty to them.
    """

    ended: bool = False
    body: bytes | None = None

    def __init__(self, receive: Receive) -> None:
        self.server: Any = receive

    async def __call__(self) -> Message:
        return self.took(await self.server())

    def took(self, message: Message) -> Message:
        """The message, and a note where nothing of the body comes after it."""
        if not message.get("more_body", False):
            self.ended = True
        return message

    async def again(self) -> Message:
        """The body that was read, then what comes after it."""
        body, self.body = self.body, None
        return await self() if body is None else {"type": "http.request", "body": body, "more_body": False}


class Headers(Mapping[str, str]):
    """The headers of a request by lower-case name, decoded when asked for: browsers send many that nobody reads.

    Repeated ones are joined with a comma (RFC 9110 section 5.3), cookies with `;`.

    `raw` has them as they came, for what each request is asked.
    """

    __slots__ = ("raw",)

    def __init__(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        if not isinstance(pairs, list):
            pairs = list(pairs)
        raw = dict(pairs)
        if len(raw) < len(pairs):
            raw.clear()
            for name, value in pairs:
                raw[name] = value if name not in raw else _JOINTS.get(name, b", ").join((raw[name], value))
        self.raw = raw

    def __getitem__(self, name: str) -> str:
        return self.raw[name.encode("latin-1")].decode("latin-1")

    def get(self, name: str, default: Any = None) -> Any:
        value = self.raw.get(name.encode("latin-1"))
        return default if value is None else value.decode("latin-1")

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.encode("latin-1") in self.raw

    def __iter__(self) -> Iterator[str]:
        return (name.decode("latin-1") for name in self.raw)

    def __len__(self) -> int:
        return len(self.raw)


_JOINTS: Final = {b"cookie": b"; "}


class Visit:
    """`path` is without root_path, `query` without our own members, `action` the reference named there or None.

    `address` is path and query of the page as the client wrote them, with root_path and without our members.
    `app` is for the `context` of what runs. `is_whole`: the query asks for the page in one piece. `wants_flight`: React
    asks (our client says so in Accept), and not a browser that wants a document.
    """

    # What most requests leave as it is stands here, for each of them makes one of these.
    uploads: Sequence[Upload] = ()  # to close when all is over
    visitor: str | None = None  # who they are from this answer on, where that is new
    ran: tuple[str, Outcome] | None = None  # the action and what it came to, for the log
    is_first: bool = False  # whether it has begun the run of an action, and is no repeat of a submit
    run: asyncio.Task[Any] | None = None  # of the action, where that has a task of its own and this visit began it
    named: str | None = None  # the action that it named, for the log
    arguments: str | None = None  # what it sent, where the app logs that
    shown: str | None = None  # the same, which development has its panel show
    bytes_in: int | None = None  # of its body
    bytes_kept: int = 0  # of a result that its answer does not hold, but the next page
    sets: Sequence[str] = ()  # Set-Cookie values for the answer
    stream: FlightStream | PageStream | ReactStream | None = None  # what its answer waits for, to close at the end
    late: Suspensions | None = None  # what its page still waits for, to close as well
    marks: dict[str, float] | None = None  # phases, and when each ended by `perf_counter`; where somebody wants them
    _cookies: Mapping[str, str] | None = None

    def __init__(self, scope: Scope, receive: Receive, app: Any = None) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.scheme: str = scope.get("scheme", "http")
        self.receive = incoming = Incoming(receive)
        # The context can make the request as Starlette has it, whose body can be read again. It does not know the
        # visit, or each visit were a cycle that waits for the collector.
        self.context = Context(app, partial(Request, scope, incoming.again))
        self.headers = headers = Headers(scope["headers"])
        self.wants_flight = headers.raw.get(b"accept", b"").startswith(_FLIGHT)
        self.path, self.query, self.action, self.is_whole, self.address = place_of(scope)

    def said(self, text: str, **values: Any) -> str:
        """One of our sentences, or any other text, as its visitor is told it."""
        return self.context.app.languages.said(self.context, text, values)

    @property
    def root(self) -> str:
        """The path below which the application is mounted, without a slash at its end."""
        return self.scope.get("root_path", "").rstrip("/")

    @property
    def is_https(self) -> bool:
        return self.scheme == "https"

    def cookie(self, name: str) -> str | None:
        """The value of a cookie, or None."""
        cookies = self._cookies
        if cookies is None:
            cookies = self._cookies = cookies_of(self.headers.raw)
        return cookies.get(name)

    def set_cookie(self, name: str, value: str, *, max_age: int, path: str = "/") -> None:
        """Set a cookie that scripts cannot read; `max_age` in seconds, 0 removes it."""
        self.sets = (*self.sets, cookie_line(name, value, max_age=max_age, path=path, scheme=self.scheme))


def cookie_line(name: str, value: str, *, max_age: int, path: str, scheme: str) -> str:
    """The value of a Set-Cookie header; see `Visit.set_cookie`."""
    secure = "; Secure" if scheme == "https" else ""
    return f"{name}={value}; Path={path}; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}"


def cookies_of(raw: Mapping[bytes, bytes]) -> Mapping[str, str]:
    """The cookies in these headers."""
    header = raw.get(b"cookie", b"")
    return (_cookies_of if len(header) < _SHORT else _cookies_of.__wrapped__)(header)


@lru_cache(maxsize=1000)  # a visitor sends the same ones again and again
def _cookies_of(raw: bytes) -> Mapping[str, str]:
    """As Starlette reads them. Nearly all are plain pairs, for which no quotes need be undone."""
    header = raw.decode("latin-1")
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


@lru_cache(maxsize=16)
def host_cookie(scheme: str, name: str) -> str:
    """`name` with the prefix that keeps other hosts of the domain from setting it, which needs https.

    RFC 6265bis section 4.1.3.2.
    """
    return f"__Host-{name}" if scheme == "https" else name


class Place(NamedTuple):
    """What the path and query of a request say; see `Visit`."""

    path: str
    query: str
    action: str | None
    is_whole: bool
    address: str


def place_of(scope: Scope) -> Place:
    """Where the request of this scope goes."""
    path, query = scope["path"], scope["query_string"]
    place = _place if len(path) + len(query) < _SHORT else _place.__wrapped__
    return place(scope.get("root_path", ""), path, scope.get("raw_path"), query)


@lru_cache(maxsize=1000)  # the same few places are asked for again and again
def _place(root_path: str, path: str, raw_path: bytes | None, query_string: bytes) -> Place:
    query = query_string.decode("latin-1")
    own: dict[str, str] = {}
    if QUERY_ACTION in query or QUERY_WHOLE in query:
        query, own = _without_own(query)
    written = _written_path(root_path.rstrip("/"), path, raw_path)
    address = f"{written}?{query}" if query else written
    route = get_route_path({"path": path, "root_path": root_path}) or "/"
    return Place(route, query, own.get(QUERY_ACTION), QUERY_WHOLE in own, address)


def _written_path(root: str, path: str, raw: bytes | None) -> str:
    """The path in the address bar. Never one that a browser takes for another host, as it does `//host`, `/\\host`."""
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
