"""A real server in the test's own loop, and a client that does with its socket what it likes."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import uvicorn

from jetbridge.wire.reply_encode import encode_reply
from tests.server.asgi import CALL, SAME_ORIGIN, url_of

__all__ = ["Connection", "Server", "eventually", "serving"]


@dataclass
class Server:
    """An application that listens at `port`; `stop` is what SIGTERM does."""

    app: object
    uvicorn: uvicorn.Server
    running: asyncio.Task

    @property
    def port(self):
        return self.uvicorn.servers[0].sockets[0].getsockname()[1]

    async def stop(self):
        self.uvicorn.should_exit = True
        await self.running

    async def connect(self):
        """A connection on which nothing was sent."""
        return Connection(*await asyncio.open_connection("127.0.0.1", self.port))

    async def post(self, action, body=None, **headers):
        """A connection on which `action` has been called; without a body, as React calls it without arguments."""
        connection = await self.connect()
        body = encode_reply([]).encode() if body is None else body
        given = {**CALL, **SAME_ORIGIN, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if "transfer-encoding" not in given:
            given.setdefault("content-length", str(len(body)))
        lines = [f"POST {url_of(self.app, action)} HTTP/1.1", "host: testserver"]
        lines += [f"{name}: {value}" for name, value in given.items()]
        await connection.send("\r\n".join([*lines, "", ""]).encode() + body)
        return connection


@dataclass
class Connection:
    """One exchange over a socket."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    status: int = 0
    headers: dict = field(default_factory=dict)

    async def send(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def head(self):
        """Read status and headers."""
        async with asyncio.timeout(30):
            first, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
        self.status = int(first.split(" ")[1])
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return self

    async def piece(self):
        """The next chunk as the server sent it; empty at the end."""
        if not self.status:
            await self.head()
        async with asyncio.timeout(30):
            if "content-length" in self.headers:
                return await self.reader.readexactly(int(self.headers.pop("content-length")))
            if "transfer-encoding" not in self.headers:
                return b""
            size = int(await self.reader.readline(), 16)
            return (await self.reader.readexactly(size + 2))[:-2]

    async def rest(self):
        """All that is still to come."""
        pieces = []
        while piece := await self.piece():
            pieces.append(piece)
        return b"".join(pieces)

    def leave(self):
        """Close as a browser does whose tab is gone."""
        self.writer.transport.abort()

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        self.writer.close()
        await asyncio.wait([asyncio.ensure_future(self.writer.wait_closed())])


@asynccontextmanager
async def serving(app, **options):
    """`app` behind uvicorn; `options` are uvicorn's."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", **options))
    running = asyncio.ensure_future(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.005)
    try:
        yield Server(app, server, running)
    finally:
        server.should_exit = True
        await running


async def eventually(condition, seconds=30):
    """Wait until `condition()`; TimeoutError when it does not come."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  # it may be anything
            await asyncio.sleep(0.005)
