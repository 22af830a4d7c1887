"""uvicorn as the commands use it: a server that, told to end, still answers whoever has connected by then.

uvicorn's own closes idle connections at once, and with its socket those that wait to be accepted. A request that is on
its way by one of them is lost then: its sender sees the connection reset.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.supervisors import Multiprocess

__all__ = ["Connection", "Server", "Workers"]


class Connection(HttpToolsProtocol):
    """uvicorn's, which listens a little longer when the server ends: one more request is answered, as the last."""

    patience = 0.5  # seconds: what a request may need from another continent
    _is_ending = False

    def shutdown(self) -> None:
        """Called once by the server, when it takes no new connections any more."""
        self._is_ending = True
        cycle: Any = self.cycle  # None before the first request, whatever its type says
        if cycle is None or cycle.response_complete:
            self.loop.call_later(self.patience, super().shutdown)
        else:
            super().shutdown()

    def on_headers_complete(self) -> None:
        """Called by the parser. The answer tells the client that there will be no other."""
        before = self.cycle
        super().on_headers_complete()
        if self._is_ending and self.cycle is not before:
            self.cycle.keep_alive = False


class Server(uvicorn.Server):
    """uvicorn's, which accepts who has come before it closes the door."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Called when the server is to end."""
        waiting = [accepted for listening in sockets or [] for accepted in _waiting(listening)]
        for server in self.servers:
            server.close()
        loop = asyncio.get_running_loop()
        for accepted in waiting:
            await loop.connect_accepted_socket(self._connection, accepted)
        await super().shutdown(sockets)

    def _connection(self) -> asyncio.Protocol:
        make: Any = self.config.http_protocol_class
        return make(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)


def _waiting(listening: socket.socket) -> Iterator[socket.socket]:
    with suppress(OSError):  # nobody waits any more
        while True:
            yield listening.accept()[0]


class Workers(Multiprocess):
    """uvicorn's processes. Once they end, the socket refuses who comes, and does not let them wait for nobody."""

    def terminate_all(self) -> None:
        """Called when all are to end."""
        for listening in self.sockets:
            listening.close()
        super().terminate_all()
