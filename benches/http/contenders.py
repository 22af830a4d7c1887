"""The contenders: how each is started, and what is asked of it for each job."""

import http.client
import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

import orjson
from tests.differential.peer import node

from benches.http.jetbridge_app import app, count, create_user, echo, rows
from benches.http.load import MARK
from benches.http.table import table_of
from jetbridge.wire.model import FormData
from jetbridge.wire.protocol import (
    CLIENT_VERSION,
    CONTENT_TYPE,
    FIELD_KEY,
    FIELD_TOKEN,
    HEADER_CLIENT,
    HEADER_KEY,
    HEADER_TAGS,
    HEADER_TOKEN,
)
from jetbridge.wire.reply_encode import encode_reply

__all__ = ["CONTENDERS", "Ask", "Contender", "next_contender"]

HERE = Path(__file__).parent
_USER = {"name": "Ada Lovelace", "email": "ada@example.com"}
_BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
_PORT = "PORT"  # in a command, for the port
# What Chromium sends along; everyone gets the same.
_BROWSER = {
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537",
    "accept-encoding": "gzip, deflate, br, zstd",
    "accept-language": "en-GB,en;q=0.9",
    "sec-fetch-dest": "empty",
    "sec-fetch-mode": "cors",
    "sec-fetch-site": "same-origin",
}
_JSON = {"content-type": "application/json", "accept": "application/json"}
_FLIGHT = {"content-type": "text/plain;charset=UTF-8", "accept": CONTENT_TYPE}
_DOCUMENT = {"accept": "text/html,application/xhtml+xml"}
_MULTIPART = {"content-type": f"multipart/form-data; boundary={_BOUNDARY}"}
_URLENCODED = {"content-type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Ask:
    """One request, always a POST, the status its answer has, and what stands in that."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int = 200
    holds: bytes = b""

    def raw(self, port: int) -> bytes:
        """The request as it goes over the wire."""
        origin = f"http://127.0.0.1:{port}"
        headers = {"host": f"127.0.0.1:{port}", "origin": origin, "referer": f"{origin}/", **_BROWSER, **self.headers}
        headers["content-length"] = str(len(self.body))
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST {self.path} HTTP/1.1\r\n{lines}\r\n".encode() + self.body


Asks = Callable[[int, str, int], Ask | None]


@dataclass(frozen=True)
class Contender:
    """One server. `ask` gives the request for a job, at this port and of this size; None where it has no such job."""

    name: str
    command: tuple[str, ...]
    ask: Asks
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    directory: Path | None = None

    def command_at(self, port: int) -> list[str]:
        """The command that starts it at `port`."""
        return [str(port) if part == _PORT else part for part in self.command]


# -- by JSON -----------------------------------------------------------------------------------------------------------


def _ask_json(port: int, job: str, size: int) -> Ask | None:  # the others need the port
    match job:
        case "call" | "submit":
            return Ask("/create", _JSON, orjson.dumps(_USER), holds=b'"userId":')
        case "multipart" | "urlencoded":
            return Ask("/form", {**_DOCUMENT, **_FORM_TYPE[job]}, _form(job, _USER), 303)
        case "rows":
            return Ask("/rows", _JSON, b"%d" % size, holds=b'"name":"Name %d"' % (size - 1))
        case "count":
            return Ask("/count", _JSON, orjson.dumps(table_of(size)), holds=b"%d" % size)
        case "echo":
            return Ask("/echo", _JSON, orjson.dumps("x" * size), holds=b"%d" % size)
        case _:
            return None


_FORM_TYPE = {"multipart": _MULTIPART, "urlencoded": _URLENCODED}


def _form(job: str, fields: Mapping[str, str]) -> bytes:
    if job == "urlencoded":
        return "&".join(f"{name.replace('$', '%24')}={value.replace(' ', '+').replace('@', '%40')}"
                        for name, value in fields.items()).encode()  # fmt: skip
    parts = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return f"{''.join(parts)}--{_BOUNDARY}--\r\n".encode()


def _only(*jobs: str) -> Asks:
    return lambda port, job, size: _ask_json(port, job, size) if job in jobs else None


# -- by Flight ---------------------------------------------------------------------------------------------------------


def _reply(*arguments: object) -> bytes:
    text = encode_reply([*arguments])
    assert isinstance(text, str)
    return text.encode()


def _arguments(job: str, size: int) -> bytes:
    """The body of a call."""
    return {
        "call": lambda: _reply(_USER),
        "rows": lambda: _reply(size),
        "count": lambda: _reply(table_of(size)),
        "echo": lambda: _reply("x" * size),
    }[job]()


def _holds(job: str, size: int) -> bytes:
    return {"call": b'"userId":', "submit": b'"userId":', "rows": b'"name":"Name %d"' % (size - 1)}.get(
        job, b"%d" % size
    )


def _submitted() -> bytes:
    """What React's encodeReply makes of a form."""
    entries = encode_reply([FormData(list(_USER.items()))])
    return _form("multipart", {name: value for name, value in entries if isinstance(value, str)})


def _ask_react(port: int, job: str, size: int) -> Ask | None:
    if job not in ("call", "rows", "count", "echo"):
        return None
    path = "/create" if job == "call" else f"/{job}"
    return Ask(path, _FLIGHT, _arguments(job, size), holds=_holds(job, size))


_ACTIONS = {"call": create_user, "submit": create_user, "rows": rows, "count": count, "echo": echo}


def _ask_jetbridge(port: int, job: str, size: int) -> Ask | None:
    """As our own client and the printed form do: with token, visitor's cookie, and a key that is new each time."""
    app.start()
    page, cookie = _load_page(port)
    token = _attribute(page, rf'name="{re.escape(FIELD_TOKEN)}"[^>]*value="([^"]+)"')
    if job in _FORM_TYPE:
        ours = {FIELD_TOKEN: token, FIELD_KEY: MARK}
        path = "/" + unescape(_attribute(page, r'<form[^>]*action="([^"]+)"')).lstrip("/")
        return Ask(path, {**_DOCUMENT, **_FORM_TYPE[job], "cookie": cookie}, _form(job, {**ours, **_USER}), 303)
    headers = {HEADER_TOKEN: token, HEADER_KEY: MARK, HEADER_CLIENT: CLIENT_VERSION, HEADER_TAGS: "", "cookie": cookie}
    path = f"/?_action={app.references.reference(_ACTIONS[job]).id}"
    if job == "submit":
        return Ask(path, {**_FLIGHT, **_MULTIPART, **headers}, _submitted(), holds=_holds(job, size))
    return Ask(path, {**_FLIGHT, **headers}, _arguments(job, size), holds=_holds(job, size))


def _load_page(port: int) -> tuple[str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/")
    answer = connection.getresponse()
    cookies = [value.partition(";")[0] for value in answer.headers.get_all("set-cookie", [])]
    page = answer.read().decode()
    connection.close()
    return page, "; ".join(cookies)


def _attribute(page: str, pattern: str) -> str:
    found = re.search(pattern, page)
    if found is None:
        raise RuntimeError(f"nothing like {pattern} in the page:\n{page}")
    return found[1]


_UVICORN = (sys.executable, "-m", "uvicorn", "--log-level", "warning", "--no-access-log", "--port", _PORT)

OURS = Contender(
    "jetbridge",
    (str(Path(sys.executable).with_name("jetbridge")), "run", "--port", _PORT, "benches.http.jetbridge_app:app"),
    _ask_jetbridge,
)
CONTENDERS: tuple[Contender, ...] = (
    OURS,
    Contender("raw ASGI", (*_UVICORN, "benches.http.raw_app:app"), _ask_json),
    Contender(  # ours writes a line for each request, too
        "raw ASGI, access log",
        (sys.executable, "-m", "uvicorn", "--port", _PORT, "benches.http.raw_app:app"),
        _only("call", "multipart"),
    ),
    Contender(
        "Starlette",
        (*_UVICORN, "benches.http.starlette_app:app"),
        _only("call", "submit", "multipart", "urlencoded"),
    ),
    Contender("FastAPI", (*_UVICORN, "benches.http.fastapi_app:app"), _ask_json),
    Contender(
        "React on Node",
        (node(), "--conditions=react-server", str(HERE / "react.mjs"), _PORT),
        _ask_react,
        {"NODE_ENV": "production"},
    ),
)


# -- Next.js -----------------------------------------------------------------------------------------------------------


def next_contender(directory: Path) -> Contender:
    """Next.js, from a directory where `benches/next` was installed and built."""
    manifest = json.loads((directory / ".next/server/server-reference-manifest.json").read_text())
    ids = {entry["exportedName"]: identity for identity, entry in manifest["node"].items()}
    names = {"call": "createUser", "submit": "submitUser", "rows": "rows", "count": "count"}

    def ask(_: int, job: str, size: int) -> Ask | None:
        if job == "multipart":
            field = {f"$ACTION_ID_{ids['createUserByForm']}": ""}
            return Ask("/", {**_DOCUMENT, **_MULTIPART}, _form(job, {**field, **_USER}), 303)
        if job not in names:
            return None
        headers = {**_FLIGHT, "next-action": ids[names[job]]}
        if job == "submit":
            return Ask("/", {**headers, **_MULTIPART}, _submitted(), holds=_holds(job, size))
        return Ask("/", headers, _arguments(job, size), holds=_holds(job, size))

    return Contender(
        "Next.js",
        (node(), "node_modules/next/dist/bin/next", "start", "--hostname", "127.0.0.1", "--port", _PORT),
        ask,
        {"NODE_ENV": "production", "NEXT_TELEMETRY_DISABLED": "1"},
        directory,
    )
