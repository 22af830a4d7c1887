"""What uvicorn's connections write under `jetbridge run`, read byte by byte from real sockets, by both event loops."""

import asyncio
import socket
import struct
import threading
import time
from contextlib import closing, contextmanager

import pytest
import uvicorn

from jetbridge.cli.serving import Connection

LARGE = b"x" * 5_000_000
BODIES = {"/": b"hello", "/large": LARGE, "/looks-like-a-head": b"HTTP/1.1 200 OK\r\n\r\n"}


class Application:
    """Answers as its paths say. What waits goes on once `gate` is open."""

    def __init__(self):
        self.gate = threading.Event()

    async def __call__(self, scope, receive, send):
        path = scope["path"]
        if path in BODIES:
            await start(send, content_length=len(BODIES[path]))
            await send({"type": "http.response.body", "body": BODIES[path]})
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.send", "text": (await receive())["text"]})
        else:
            await getattr(self, path[1:].replace("-", "_"))(receive, send)

    async def empty(self, _, send):
        await start(send, 204)
        await send({"type": "http.response.body"})

    async def unchanged(self, _, send):
        await start(send, 304)
        await send({"type": "http.response.body"})

    async def in_pieces(self, _, send):
        await start(send)
        for piece in (b"one", memoryview(b"two"), b"three"):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body"})

    async def views(self, _, send):
        await start(send, content_length=38)
        for _ in range(2):
            await send(
                {"type": "http.response.body", "body": memoryview(b"HTTP/1.1 200 OK\r\n\r\n"), "more_body": True}
            )
        await send({"type": "http.response.body"})

    async def head_first(self, _, send):
        await start(send, content_length=5)
        await self.opened()
        await send({"type": "http.response.body", "body": b"later"})

    async def events(self, _, send):
        await start(send)
        for number in range(3):
            await send({"type": "http.response.body", "body": b"event %d" % number, "more_body": True})
            await self.opened()
        await send({"type": "http.response.body"})

    async def opened(self):
        while not self.gate.is_set():  # noqa: ASYNC110  # it is opened by another thread
            await asyncio.sleep(0.001)
        self.gate.clear()

    async def upload(self, receive, send):
        body = b""
        more = True
        while more:
            message = await receive()
            body += message["body"]
            more = message["more_body"]
        await start(send, content_length=len(body))
        await send({"type": "http.response.body", "body": body})

    async def fails(self, receive, send):
        raise RuntimeError("at once")

    async def fails_after_the_head(self, _, send):
        await start(send, content_length=5)
        raise RuntimeError("too late")


async def start(send, status=200, *, content_length=None):
    headers = [] if content_length is None else [(b"content-length", b"%d" % content_length)]
    await send({"type": "http.response.start", "status": status, "headers": headers})


@contextmanager
def _serving(loop):
    application = Application()
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        application, http=Connection, loop=loop, lifespan="off", log_level="critical", date_header=False,
        server_header=False,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    port = listening.getsockname()[1]
    thread.start()
    try:
        yield application, server, port
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module", params=["uvloop", "asyncio"])
def served(request):
    """The application, its server and the port."""
    with _serving(request.param) as served:
        yield served


@pytest.fixture
def connection(served):
    with closing(socket.create_connection(("127.0.0.1", served[2]), 10)) as connection:
        yield connection


def ask(path, method="GET", *lines):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "host: test", *lines, "", ""]).encode()


def read(connection, ending):
    """What arrives until it ends so."""
    got = b""
    while not got.endswith(ending):
        piece = connection.recv(65536)
        assert piece, got
        got += piece
    return got


def read_all(connection):
    got = b""
    while piece := connection.recv(65536):
        got += piece
    return got


def packets(connection):
    """How many with data have arrived; on this machine's own network each is a write of the other side."""
    information = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 160)
    return struct.unpack_from("I", information, 152)[0]  # tcpi_data_segs_in, linux/tcp.h


def head(status="200 OK", *lines):
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode()


CHUNKED = "transfer-encoding: chunked"
TEXT = "content-type: text/plain; charset=utf-8"
CLOSE = "connection: close"
ANSWERS = {
    "a body": (ask("/"), head("200 OK", "content-length: 5") + b"hello"),
    "the last": (ask("/", "GET", CLOSE), head("200 OK", "content-length: 5", CLOSE) + b"hello"),
    "no body": (ask("/", "HEAD"), head("200 OK", "content-length: 5")),
    "204": (ask("/empty"), head("204 No Content")),
    "304": (ask("/unchanged"), head("304 Not Modified")),
    "a failure": (
        ask("/fails"),
        head("500 Internal Server Error", TEXT, "content-length: 21", CLOSE) + b"Internal Server Error",
    ),
    "no HTTP": (
        b"nonsense\r\n\r\n",
        head("400 Bad Request", TEXT, "content-length: 30", CLOSE) + b"Invalid HTTP request received.",
    ),
}


@pytest.mark.skipif(not hasattr(socket, "TCP_INFO"), reason="only Linux counts packets")
@pytest.mark.parametrize("case", ANSWERS)
def test_an_answer_is_one_write(connection, case):
    """Head and body of an answer arrive together, as many times as the connection is used."""
    asked, answer = ANSWERS[case]
    times = 1 if b"connection: close" in answer else 3
    arrived = []
    for _ in range(times):
        connection.sendall(asked)
        arrived.append((read(connection, answer), packets(connection)))

    assert [(answer, number) for number in range(1, times + 1)] == arrived


WHOLE = {
    "pieces": (
        ask("/in-pieces"),
        head("200 OK", CHUNKED) + b"3\r\none\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n",
    ),
    "a body that looks like a head": (ask("/looks-like-a-head"), head("200 OK", "content-length: 19") + head()),
    "views that look like heads": (ask("/views"), head("200 OK", "content-length: 38") + head() + head()),
    "pipelined": (
        ask("/") + ask("/", "HEAD") + ask("/empty") + ask("/"),
        ANSWERS["a body"][1] + ANSWERS["no body"][1] + ANSWERS["204"][1] + ANSWERS["a body"][1],
    ),
}


@pytest.mark.parametrize("case", WHOLE)
def test_nothing_is_lost_or_changes_places(connection, case):
    """Whatever is written after a head or before the next arrives, in its order."""
    asked, answer = WHOLE[case]
    connection.sendall(asked)

    assert answer == read(connection, answer)


def test_a_head_does_not_wait_for_a_late_body(served, connection):
    """The head of an answer whose body is not there yet arrives before it."""
    connection.sendall(ask("/head-first"))
    early = read(connection, b"\r\n\r\n")
    served[0].gate.set()

    assert (head("200 OK", "content-length: 5"), b"later") == (early, read(connection, b"later"))


def test_events_arrive_each_by_itself(served, connection):
    """Each piece of a stream arrives before the next is sent."""
    connection.sendall(ask("/events"))
    early = []
    for number in range(3):
        early.append(read(connection, b"event %d\r\n" % number))
        served[0].gate.set()

    assert [head("200 OK", CHUNKED) + b"7\r\nevent 0\r\n", b"7\r\nevent 1\r\n", b"7\r\nevent 2\r\n"] == early
    assert b"0\r\n\r\n" == read(connection, b"0\r\n\r\n")


def test_a_client_that_waits_to_be_told(connection):
    """100 Continue arrives before the body is sent."""
    connection.sendall(ask("/upload", "POST", "content-length: 3", "expect: 100-continue"))
    told = read(connection, b"\r\n\r\n")
    connection.sendall(b"abc")

    assert (head("100 Continue"), head("200 OK", "content-length: 3") + b"abc") == (told, read(connection, b"abc"))


def test_a_head_without_the_body_it_declares(connection):
    """Where an application fails after the head, the head arrives and the connection ends."""
    connection.sendall(ask("/fails-after-the-head"))

    assert head("200 OK", "content-length: 5") == read_all(connection)


def test_a_client_that_reads_slowly(served, connection):
    """A body larger than what the system takes at once arrives whole, though the connection is closed after it."""
    connection.sendall(ask("/large", "GET", CLOSE))
    time.sleep(0.2)

    assert LARGE == read_all(connection).partition(b"\r\n\r\n")[2]


def test_a_websocket(connection):
    """Another protocol takes the connection over."""
    key = "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA=="
    connection.sendall(
        ask("/socket", "GET", "connection: upgrade", "upgrade: websocket", key, "sec-websocket-version: 13")
    )
    answer = read(connection, b"\r\n\r\n")
    connection.sendall(b"\x81\x85\0\0\0\0hello")  # a masked frame of text

    assert b"HTTP/1.1 101 Switching Protocols" == answer.partition(b"\r\n")[0]
    assert b"\x81\x05hello" == read(connection, b"hello")


def is_open(port):
    try:
        socket.create_connection(("127.0.0.1", port), 10).close()
    except ConnectionRefusedError:
        return False
    except ConnectionResetError:  # closed just now
        pass
    return True


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_the_last_request_of_a_server_that_ends(loop):
    """A connection that is idle when the server ends is answered once more, told so, and closed."""
    with _serving(loop) as (_, server, port), closing(socket.create_connection(("127.0.0.1", port), 10)) as connection:
        connection.sendall(ask("/"))
        first = read(connection, b"hello")
        server.should_exit = True
        while is_open(port):
            pass
        connection.sendall(ask("/"))
        last = read_all(connection)

    assert (ANSWERS["a body"][1], ANSWERS["the last"][1]) == (first, last)
