"""The straight way by sockets, where bodies and answers go past the messages: byte by byte as the long way."""

import asyncio
import logging
import re
from contextlib import AsyncExitStack
from types import SimpleNamespace

import pytest

from jetbridge.cli.serving import Connection, Exchange
from tests.server.asgi import CALL, SAME_ORIGIN, ask, url_of
from tests.server.sockets import eventually, serving
from tests.server.straight import DOORS, RANDOM, TOKEN, changes, ends, forget_taker, gates, gives, made, one, ran, waits

CALLED = (changes, ends, gives, one, waits)
DATE = re.compile(r"(?<=\ndate: )[^\r]+")


@pytest.fixture
async def two(monkeypatch, terminal):
    """What clients of the straight way and of the long one see, with what ran; and how many answers were whole."""
    whole = []
    answer_whole = Exchange.answer_whole

    def watched(exchange, status, head, body):
        whole.append(answer_whole(exchange, status, head, body))
        return whole[-1]

    monkeypatch.setattr(Exchange, "answer_whole", watched)
    async with AsyncExitStack() as stack:
        servers = []
        for tasks in ("shared", ""):
            monkeypatch.setenv("JETBRIDGE_TASKS", tasks)
            app = made(trusted_proxies=["127.0.0.1"])
            options = {"http": Connection, "proxy_headers": False, "access_log": False, "log_config": None}
            servers.append(await stack.enter_async_context(serving(app, timeout_keep_alive=1, **options)))
            for called in CALLED:  # what takes the straight way is known from before
                await ask(app, "POST", url_of(app, called), {**CALL, **SAME_ORIGIN, TOKEN: "another's"})

        async def both(client):
            found = []
            whole.clear()
            logging.getLogger("jetbridge").handlers[:] = [terminal]  # pytest has added some of its own
            logging.getLogger("uvicorn.access").handlers[:] = []
            forget_taker()
            for server in servers:
                ran.clear()
                gates[""] = asyncio.Event()
                seen = await client(server)
                found.append((seen, [RANDOM.sub("0", one) for one in ran]))
            return (*found, whole.count(True))

        yield both


def request(app, door, called, given, *, key="k", headers=(), version="1.1"):
    """One as bytes; a header that is None is left out."""
    own, body = DOORS[door](SimpleNamespace(app=app), given, key)
    size = {"host": "test", "cookie": "jetbridge-visitor=me", "content-length": str(len(body))}
    sent = {**own, **SAME_ORIGIN, **size, **dict(headers)}
    lines = [f"{name}: {value}" for name, value in sent.items() if value is not None]
    return "\r\n".join([f"POST {url_of(app, called)} HTTP/{version}", *lines, "", ""]).encode() + body


async def talk(server, answers, *pieces):
    """The answers on one connection to pieces that are sent apart, and whether it stays open."""
    async with asyncio.timeout(30), await server.connect() as connection:
        reader = connection.reader
        for piece in pieces:
            await connection.send(piece)
            await asyncio.sleep(0.02)
        found = []
        for _ in range(answers):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            size = re.search(r"content-length: (\d+)", head)
            body = (await reader.readexactly(int(size[1]))).decode() if size else ""
            known = RANDOM.sub("0", body)
            if known != body:  # what is made up is not always as long
                head = head.replace(size[0], "content-length: 0")
            found.append(RANDOM.sub("0", DATE.sub("", head)) + known)
        try:
            async with asyncio.timeout(0.05):
                is_open = await reader.read(1) != b""
        except TimeoutError:
            is_open = True
    return found, is_open


HTTPS = {"x-forwarded-proto": "https", "cookie": "__Host-jetbridge-visitor=me"}
# Headers, the HTTP version, and whether the answer is written in one go
REQUESTS = {
    "plain": ({}, "1.1", True),
    "https": (HTTPS, "1.1", True),
    "the last": ({"connection": "close"}, "1.1", False),
    "HTTP/1.0": ({}, "1.0", False),
    "from elsewhere": ({"sec-fetch-site": "cross-site"}, "1.1", False),
}


@pytest.mark.parametrize("name", REQUESTS)
async def test_requests(two, name):
    """Whatever the client asks of the connection, it reads the same bytes."""
    headers, version, is_whole = REQUESTS[name]

    async def client(server):
        found = []
        for door in DOORS:
            given = ["Ada"] if door == "call" else [("name", "Ada")]
            sent = request(server.app, door, one, given, key=door, headers=headers, version=version)
            found.append(await talk(server, 1, sent))
        return found

    straight, long, whole = await two(client)

    assert long == straight
    assert is_whole * len(DOORS) == whole


SEVERAL = {
    "one after another": lambda requests: requests,
    "pipelined": lambda requests: [b"".join(requests)],
    "head and body apart": lambda requests: [
        piece for one in requests for piece in (one[: one.index(b"\r\n\r\n") + 4], one[one.index(b"\r\n\r\n") + 4 :])
    ],
    "in small pieces": lambda requests: [b"".join(requests)[at : at + 50] for at in range(0, len(requests[0]), 50)],
}


@pytest.mark.parametrize("how", SEVERAL)
async def test_several_on_a_connection(two, how):
    """Several requests on one connection are answered in their order, however they arrive."""

    async def client(server):
        calls = [request(server.app, "call", one, [f"number {n}"], key=f"{n}") for n in range(3)]
        form = request(server.app, "form", one, [("name", "Ada")], key="form")
        failing = request(server.app, "call", ends, ["error"], key="e")
        several = [calls[0], form, failing, *calls[1:]] if how != "in small pieces" else calls[:1]
        return await talk(server, len(several), *SEVERAL[how](several))

    straight, long, whole = await two(client)

    assert long == straight
    assert how == "in small pieces" or {"one after another": 4, "pipelined": 4, "head and body apart": 0}[how] == whole


async def test_a_body_in_chunks(two):
    """A body without Content-Length is read as one with it."""

    async def client(server):
        sent = request(
            server.app, "call", one, ["Ada"], headers={"content-length": None, "transfer-encoding": "chunked"}
        )
        return await talk(server, 1, sent.removesuffix(b'["Ada"]') + b'7\r\n["Ada"]\r\n0\r\n\r\n')

    straight, long, whole = await two(client)

    assert (long, 1) == (straight, whole)


async def test_a_client_that_waits_to_be_told(two):
    """100 Continue comes first."""

    async def client(server):
        sent = request(server.app, "call", one, ["Ada"], headers={"expect": "100-continue"})
        return await talk(server, 2, sent.removesuffix(b'["Ada"]'), b'["Ada"]')

    straight, long, _ = await two(client)

    assert long == straight
    assert straight[0][0][0].startswith("HTTP/1.1 100 ")


@pytest.mark.parametrize("what", ["request", "stream", "cookie", "after", "session"])
async def test_what_an_action_asks_of_its_request(two, what):
    """An action can read the body of its request, and what it does to the answer is there."""

    async def client(server):
        return await talk(server, 1, request(server.app, "call", changes, [what]))

    straight, long, _ = await two(client)

    assert long == straight


async def test_a_client_that_leaves(two):
    """An action whose client has gone runs on; who asks again is told what came of it."""

    async def client(server):
        sent = request(server.app, "call", waits, ["Ada"])
        async with await server.connect() as connection:
            await connection.send(sent)
            await eventually(lambda: len(ran) == 1)
            connection.leave()
        await asyncio.sleep(0.05)
        gates[""].set()
        await eventually(lambda: len(ran) == 2)
        return await talk(server, 1, sent)

    straight, long, _ = await two(client)

    assert long == straight


async def test_how_long_an_idle_connection_stays_open(two):
    """It is closed some time after its last answer, and not while an action runs."""

    async def client(server):
        loop, seen = asyncio.get_running_loop(), []
        async with asyncio.timeout(30), await server.connect() as connection:
            reader = connection.reader
            for called, key in ((one, "a"), (waits, "b"), (one, "c")):
                await connection.send(request(server.app, "call", called, ["Ada"], key=key))
                loop.call_later(1.5, gates[""].set)
                seen.append(await reader.readuntil(b"\r\n\r\n"))
                await reader.readexactly(int(re.search(rb"content-length: (\d+)", seen[-1])[1]))
                await asyncio.sleep(0.4)
            answered = loop.time()
            assert b"" == await reader.read()
        return len(seen), loop.time() - answered > 0.5

    straight, long, _ = await two(client)

    assert (3, True) == straight[0] == long[0]
