"""Requests as a server makes them: headers, body messages and all; for tests in which each of these matters."""

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from jetbridge.testing import Client
from jetbridge.wire.protocol import CONTENT_TYPE
from jetbridge.wire.reply_encode import encode_reply
from jetbridge.wire.rows import decode_flight

SAME_ORIGIN = {"sec-fetch-site": "same-origin"}
CALL = {"accept": CONTENT_TYPE, "content-type": "text/plain;charset=UTF-8"}
FORM = {"accept": "text/html", "content-type": "application/x-www-form-urlencoded"}
GONE = {"type": "http.disconnect"}


@dataclass
class Exchange:
    """What was sent, and how often the application asked for the body before its answer began and in all."""

    status: int = 0
    headers: list = field(default_factory=list)
    body: bytes = b""
    complete: bool = False
    received_before: int = 0
    received: int = 0

    def header(self, name):
        return ", ".join(value for key, value in self.headers if key == name) or None

    @property
    def text(self):
        return self.body.decode()

    @property
    def told(self):
        """The root of a Flight answer."""
        return decode_flight(self.body)


def chunk(body=b"", more=False):
    return {"type": "http.request", "body": body, "more_body": more}


async def ask(app, method="GET", target="/", headers=None, messages=(), **scope):
    """One exchange. After `messages` nothing more comes, as from a client that waits."""
    path, _, query = target.partition("?")
    given = {"host": "testserver", **(headers or {})}
    exchange = Exchange()
    waiting = list(messages)

    async def receive():
        exchange.received += 1
        if not exchange.status:
            exchange.received_before += 1
        if not waiting:
            await asyncio.Event().wait()
        message = waiting.pop(0)
        return await message() if callable(message) else message

    async def send(message):
        if message["type"] == "http.response.start":
            exchange.status = message["status"]
            exchange.headers = [(name.decode(), value.decode("latin-1")) for name, value in message["headers"]]
        else:
            exchange.body += message.get("body", b"")
            exchange.complete = not message.get("more_body", False)

    whole = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in given.items()],
        "server": ("testserver", 80),
        "client": ("127.0.0.1", 5000),
        **scope,
    }
    await app(whole, receive, send)
    return exchange


@asynccontextmanager
async def started(app):
    """`app` between the start and the end that a server tells it of (ASGI's lifespan)."""
    messages = asyncio.Queue()
    is_up = asyncio.Event()

    async def send(message):
        is_up.set()

    lifespan = asyncio.create_task(app({"type": "lifespan"}, messages.get, send))
    await messages.put({"type": "lifespan.startup"})
    await is_up.wait()
    yield
    await messages.put({"type": "lifespan.shutdown"})
    await asyncio.wait_for(lifespan, 30)


def url_of(app, action, path="/"):
    app.start()
    return f"{path}?_action={app.references.reference(action).id}"


async def post(app, action, headers, body=b"[]", path="/"):
    """One POST of an action with a body in one piece, unless `body` is a list of messages."""
    messages = body if isinstance(body, list) else [chunk(body)]
    return await ask(app, "POST", url_of(app, action, path), headers, messages)


def reply(*arguments):
    body = encode_reply(list(arguments))
    assert isinstance(body, str)
    return body.encode()


def visit(app, **options):
    return Client(app, **options)


async def run_lifespan(app):
    """What a server is told when it starts `app` and ends it."""
    sent = []
    messages = asyncio.Queue()
    for kind in ("startup", "shutdown"):
        await messages.put({"type": f"lifespan.{kind}"})

    async def send(message):
        sent.append(message)

    with suppress(Exception):  # whose text has been sent
        await app({"type": "lifespan", "asgi": {"version": "3.0"}}, messages.get, send)
    return sent
