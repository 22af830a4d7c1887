"""uvicorn as the commands use it: a server that, told to end, still answers whoever has connected by then.

uvicorn's own closes idle connections at once, and with its socket those that wait to be accepted. A request that is on
its way by one of them is lost then: its sender sees the connection reset.
"""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import lru_cache
from typing import Any, Final, cast

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http import httptools_impl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.supervisors import Multiprocess, multiprocess
from uvicorn.supervisors.multiprocess import Process

__all__ = ["Connection", "Server", "Workers"]


class Connection(HttpToolsProtocol):
    """uvicorn's, which writes head and body at once, and listens a little longer when the server ends: one more
    request is answered, as the last.
    """

    patience = 0.5  # seconds: what a request may need from another continent
    _outgoing: "_Outgoing"
    _idle_since: float | None = None  # by the loop's clock

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Called by the loop."""
        super().connection_made(transport)
        self._outgoing = _Outgoing(transport, _letting_go(self.loop))
        self.transport = cast("asyncio.Transport", self._outgoing)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the loop."""
        super().connection_lost(exc)
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()

    # uvicorn arms a timer after each answer and cancels it for the next request. Here one runs on, and looks when it is
    # due for how long there was no request.

    def on_response_complete(self) -> None:
        """Called when an answer was sent."""
        is_idle = not self.pipeline
        if is_idle and self.timeout_keep_alive_task is not None and not self.transport.is_closing():
            self.server_state.total_requests += 1
            self.flow.resume_reading()
        else:
            super().on_response_complete()
        if is_idle:
            self._idle_since = self.loop.time()

    def _unset_keepalive_if_required(self) -> None:
        self._idle_since = None

    def timeout_keep_alive_handler(self) -> None:
        """Called by the timer."""
        self.timeout_keep_alive_task = None
        if self._idle_since is None:
            return  # the answer to what has come since arms it again
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self.timeout_keep_alive_task = self.loop.call_later(left, self.timeout_keep_alive_handler)
        else:
            super().timeout_keep_alive_handler()

    def handle_websocket_upgrade(self) -> None:
        """Called after the request for one: another protocol takes the transport over."""
        self._outgoing.let_go()
        self.transport = self._outgoing.transport
        super().handle_websocket_upgrade()

    def shutdown(self) -> None:
        """Called once by the server, when it takes no new connections any more."""
        cycle: Any = self.cycle  # None before the first request, whatever its type says
        if cycle is None or cycle.response_complete:
            self.app = _closing(self.app)
            self.loop.call_later(self.patience, super().shutdown)
        else:
            super().shutdown()


def _closing(app: ASGIApp) -> ASGIApp:
    """An answer of it tells the client that there will be no other, and uvicorn to close the connection after it."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_last(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
            await send(message)

        await app(scope, receive, send_last)

    return answer


class Exchange(RequestResponseCycle):
    """uvicorn's request and its answer, which can also be had and given in one go and not as messages."""

    def whole_body(self) -> bytes | None:
        """The body, if it is there; `take_body` says that it is not to be received any more."""
        if self.more_body or self.disconnected or self.waiting_for_100_continue or self.response_complete:
            return None
        return bytes(self.body)

    def take_body(self) -> None:
        """As if it had been received."""
        self.flow.resume_reading()
        self.message_event.clear()
        self.body = bytearray()

    def answer_whole(self, status: int, head: bytes, body: bytes) -> bool:
        """Write what the two messages of an answer to anything but HEAD would; False where only they can.

        `head` are the lines of the header fields with their ends, Content-Length among them. To look at each, and to
        lead two messages through coroutines, is a third of what uvicorn does for a request.
        """
        outgoing: Any = self.transport
        if (
            type(outgoing) is not _Outgoing
            or self.response_started
            or self.disconnected
            or self.access_log
            or not self.keep_alive
            or self.flow.write_paused
        ):
            return False
        self.response_started = self.response_complete = True
        self.waiting_for_100_continue = False
        if not outgoing.is_closing():  # nobody may be there any more: uvicorn knows that of the newest request alone
            outgoing.write_whole(b"".join((STATUS_LINE[status], _common.lines_of(self), head, b"\r\n", body)))
        self.message_event.set()
        self.on_response()
        return True


httptools_impl.RequestResponseCycle = Exchange  # uvicorn has no other place to say it


class _Common:
    """The fields that uvicorn gives every answer, as lines; it makes a new list of them each second, for the date."""

    def __init__(self) -> None:
        self._headers: list[tuple[bytes, bytes]] = []
        self._lines = b""

    def lines_of(self, exchange: Exchange) -> bytes:
        headers = exchange.default_headers
        if headers is not self._headers:
            self._headers, self._lines = headers, b"".join([b"%b: %b\r\n" % pair for pair in headers])
        return self._lines


_common: Final = _Common()


class _Outgoing:
    """What uvicorn writes to, and of a transport what it asks for else: a head waits for the body and goes with it.

    It waits no longer than the turn of the loop, so no client waits for the head of a stream or for 100 Continue. What
    comes after it never waits. uvicorn writes them apart, and uvloop sends each at once: two system calls, two packets.
    """

    __slots__ = ("_let_go_later", "_write", "head", "is_closing", "transport")

    def __init__(self, transport: asyncio.Transport, let_go_later: "Callable[[_Outgoing], None]") -> None:
        self.transport = transport
        self.is_closing = transport.is_closing
        self.head: bytes | None = None
        self._write = transport.write
        self._let_go_later = let_go_later

    def write(self, data: bytes) -> None:
        head = self.head
        if head is not None:
            self.head = None
            if len(data) > _COPIED:
                self.transport.writelines((head, data))
            else:
                self._write(head + data)
        elif data[:5] == b"HTTP/":  # a body that looks so may wait, too
            self.head = bytes(data)
            self._let_go_later(self)
        else:
            self._write(data)

    def write_whole(self, data: bytes) -> None:
        """`data` is a head and all that goes with it."""
        if self.head is not None:
            self.let_go()
        self._write(data)

    def let_go(self) -> None:
        head, self.head = self.head, None
        if head is not None and not self.is_closing():
            self._write(head)

    def close(self) -> None:
        self.let_go()
        self.transport.close()


_COPIED = 16 * 1024  # bytes: to copy as many costs less than to tell the system of two pieces


@lru_cache(maxsize=1)  # a process has one loop; a second one would only share less
def _letting_go(loop: asyncio.AbstractEventLoop) -> Callable[[_Outgoing], None]:
    """For all connections of a loop, so that it is called once in a turn and not for each answer."""
    waiting: list[_Outgoing] = []

    def let_go() -> None:
        due = waiting.copy()
        waiting.clear()  # first: whatever happens, the next turn begins anew
        for outgoing in due:
            if outgoing.head is not None:
                outgoing.let_go()

    def let_go_later(outgoing: _Outgoing) -> None:
        if not waiting:
            loop.call_soon(let_go)
        waiting.append(outgoing)

    return let_go_later


class Server(uvicorn.Server):
    """uvicorn's, which accepts who has come before it closes the door."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Called when the server is to end."""
        doors = [listening.dup() for listening in sockets or []]
        for server in self.servers:  # before the last look: who comes between that and the close is reset
            server.close()
        waiting = [accepted for door in doors for accepted in _waiting(door)]
        loop = asyncio.get_running_loop()
        for accepted in waiting:
            await loop.connect_accepted_socket(self._connection, accepted)
        await super().shutdown(sockets)

    def _connection(self) -> asyncio.Protocol:
        make: Any = self.config.http_protocol_class
        return make(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)


def _waiting(door: socket.socket) -> Iterator[socket.socket]:
    with closing(door), suppress(OSError):  # nobody waits any more
        while True:
            yield door.accept()[0]


class Worker(Process):
    """One of uvicorn's processes, with our server."""

    @property
    def server(self) -> uvicorn.Server:
        """Made in the process itself."""
        if self._server is None:
            self._server = Server(self.config)
        return self._server


class Workers(Multiprocess):
    """uvicorn's processes. Once they end, the socket refuses who comes, and does not let them wait for nobody."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket]) -> None:
        multiprocess.Process = Worker  # uvicorn has no other place to say it
        super().__init__(config, sockets)
        self.should_exit = _Exit(self.signal_queue)

    def terminate_all(self) -> None:
        """Called when all are to end."""
        for listening in self.sockets:
            listening.close()
        super().terminate_all()


class _Exit(threading.Event):
    """Is set as soon as a signal asks for it: uvicorn takes signals up only once it has replaced all processes."""

    def __init__(self, signals: list[int]) -> None:
        super().__init__()
        self._signals = signals

    def is_set(self) -> bool:
        return super().is_set() or not _ENDING.isdisjoint(self._signals)


_ENDING = frozenset({signal.SIGINT, signal.SIGTERM})
