"""`jetbridge request`: one request in, the application's answer out, in this process and without a socket.

The application is started and stopped as by a server (ASGI's lifespan), so what it opens at start is there.
"""

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit

import click
from starlette.types import ASGIApp, Message, Scope

__all__ = ["Answered", "Asked", "ask", "describe_answer", "encode_fields", "print_answer"]

_REDIRECTS: Final = 10
_STATE: Final = "state"


class Asked:
    """A request: its method, path with query, headers in lower case, and body. `origin` is `http://localhost`."""

    def __init__(self, method: str, path: str, headers: Sequence[tuple[str, str]], body: bytes, origin: str) -> None:
        self.method = method.upper()
        self.path = path
        self.headers = [(name.lower(), value) for name, value in headers]
        self.body = body
        self.origin = origin

    def scope(self, cookies: dict[str, str], state: dict[str, Any]) -> Scope:
        """The request as ASGI has it, from this machine."""
        parts, server = urlsplit(self.path), urlsplit(self.origin)
        https = server.scheme == "https"
        port = server.port or (443 if https else 80)
        given = {name for name, _ in self.headers}
        headers = list(self.headers)
        headers += [("host", server.netloc)] if "host" not in given else []
        headers += [("cookie", "; ".join(f"{name}={value}" for name, value in cookies.items()))] if cookies else []
        headers += [("content-length", str(len(self.body)))] if self.body and "content-length" not in given else []
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": self.method,
            "scheme": server.scheme,
            "path": unquote(parts.path),
            "raw_path": quote(parts.path, safe="/%:@!$&'()*+,;=~-._").encode("ascii"),
            "query_string": quote(parts.query, safe="/%:@!$&'()*+,;=~-._?").encode("ascii"),
            "root_path": "",
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
            "client": ("127.0.0.1", 50000),
            "server": (server.hostname or "localhost", port),
            _STATE: dict(state),
        }


class Answered:
    """An answer: its status, headers as they were sent, and body."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[str, str]] = []
        self.body = bytearray()

    def header(self, name: str) -> str | None:
        """The first value under `name`, in lower case."""
        return next((value for known, value in self.headers if known == name), None)


async def ask(app: ASGIApp, asked: Asked, cookies: dict[str, str], *, follow: bool) -> Answered:
    """What `app` answers; with `follow` to redirects too, with the cookies that it set. `cookies` take those up."""
    async with _started(app) as state:
        answered = await _send(app, asked, cookies, state)
        for _ in range(_REDIRECTS if follow else 0):
            location = answered.header("location")
            if location is None or not 300 <= answered.status < 400:
                break
            target = urlsplit(urljoin(f"{asked.origin}{asked.path}", location))
            if f"{target.scheme}://{target.netloc}" != asked.origin:
                break  # another server's, which is not here to answer
            path = target.path + (f"?{target.query}" if target.query else "")
            keeps = answered.status in (307, 308) or asked.method in ("GET", "HEAD")
            dropped = () if keeps else ("content-type", "content-length")
            headers = [pair for pair in asked.headers if pair[0] not in dropped]
            asked = Asked(asked.method if keeps else "GET", path, headers, asked.body if keeps else b"", asked.origin)
            answered = await _send(app, asked, cookies, state)
    return answered


async def _send(app: ASGIApp, asked: Asked, cookies: dict[str, str], state: dict[str, Any]) -> Answered:
    answered, waiting = Answered(), [asked.body]
    ended = asyncio.Event()

    async def receive() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answered.status = message["status"]
            answered.headers = [
                (name.decode("latin-1"), value.decode("latin-1")) for name, value in message.get("headers", ())
            ]
        elif message["type"] == "http.response.body":
            answered.body += message.get("body", b"")
            if not message.get("more_body", False):
                ended.set()

    await app(asked.scope(cookies, state), receive, send)
    _keep(cookies, answered)
    return answered


def _keep(cookies: dict[str, str], answered: Answered) -> None:
    for name, value in answered.headers:
        if name == "set-cookie":
            try:
                jar = SimpleCookie(value)
            except CookieError:
                continue
            for key, morsel in jar.items():
                if morsel["max-age"] == "0":
                    cookies.pop(key, None)
                else:
                    cookies[key] = morsel.value


@asynccontextmanager
async def _started(app: ASGIApp) -> AsyncGenerator[dict[str, Any]]:
    """The application between start and end; what its start put into the state. One without lifespan is as it is."""
    state: dict[str, Any] = {}
    said: asyncio.Queue[Message] = asyncio.Queue()
    heard: asyncio.Queue[Message] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, _STATE: state}
    task = asyncio.ensure_future(app(scope, said.get, heard.put))
    await said.put({"type": "lifespan.startup"})
    answer = await _next(heard, task)
    if answer is not None and answer["type"] == "lifespan.startup.failed":
        await asyncio.gather(task, return_exceptions=True)
        raise click.ClickException(answer.get("message") or "the application did not start")
    try:
        yield state
    finally:
        if answer is not None:
            await said.put({"type": "lifespan.shutdown"})
            await _next(heard, task)
        await asyncio.gather(task, return_exceptions=True)


async def _next(heard: "asyncio.Queue[Message]", task: "asyncio.Future[None]") -> Message | None:
    """What the application says next; None once it has ended, which one without a lifespan does at once."""
    told = asyncio.ensure_future(heard.get())
    await asyncio.wait({told, task}, return_when=asyncio.FIRST_COMPLETED)
    if told.done():
        return told.result()
    told.cancel()
    return None


def encode_fields(fields: Sequence[tuple[str, str]]) -> bytes:
    """Names and values as a form sends them (application/x-www-form-urlencoded)."""
    return urlencode(list(fields)).encode("ascii")


def describe_answer(answered: Answered) -> dict[str, Any]:
    """An answer as data; a body that is no text is in base64 under `body_base64`."""
    about: dict[str, Any] = {"status": answered.status, "headers": answered.headers}
    try:
        return {**about, "body": answered.body.decode("utf-8")}
    except UnicodeDecodeError:
        return {**about, "body_base64": base64.b64encode(answered.body).decode("ascii")}


def print_answer(answered: Answered, *, as_json: bool, only_body: bool) -> None:
    """Write an answer to stdout: status, headers, an empty line, the body as it is."""
    if as_json:
        click.echo(json.dumps(describe_answer(answered), indent=2))
        return
    if not only_body:
        lines = [f"{answered.status} {_phrase(answered.status)}".rstrip()]
        lines += [f"{name}: {value}" for name, value in answered.headers]
        click.echo("\n".join(lines) + "\n")
    click.echo(bytes(answered.body), nl=bool(answered.body) and not answered.body.endswith(b"\n"))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
