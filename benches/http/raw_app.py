"""The same by hand on bare ASGI, with JSON: what the least costs. Nothing guards it, and it has no limits."""

from typing import Any
from urllib.parse import parse_qsl

import orjson

from benches.http.table import create_by_hand, table_of

__all__ = ["app"]

_tables: dict[int, Any] = {}


def _call(body: bytes, _: bytes) -> object:
    user = orjson.loads(body)
    return {"success": True, "userId": create_by_hand(user.get("name"), user.get("email"))}


def _form(body: bytes, content_type: bytes) -> None:
    if content_type.startswith(b"multipart/form-data"):
        fields = {}
        for part in body.split(b"--" + content_type.partition(b"boundary=")[2])[1:-1]:
            head, _, value = part[2:-2].partition(b"\r\n\r\n")
            fields[head.partition(b'name="')[2].partition(b'"')[0].decode()] = value.decode()
    else:
        fields = dict(parse_qsl(body.decode()))
    create_by_hand(fields.get("name"), fields.get("email"))


def _rows(body: bytes, _: bytes) -> object:
    number = orjson.loads(body)
    table = _tables.get(number)
    if table is None:
        table = _tables[number] = table_of(number)
    return table


def _count(body: bytes, _: bytes) -> object:
    return len(orjson.loads(body))


_DOORS = {"/create": _call, "/form": _form, "/rows": _rows, "/count": _count, "/echo": _count}


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Each path is one of the doors; what is wrong is a 500 of the server's own."""
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    pieces = []
    more = True
    while more:
        message = await receive()
        pieces.append(message.get("body", b""))
        more = message.get("more_body", False)
    body = b"".join(pieces)
    content_type = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    door = _DOORS.get(scope["path"])
    result = b"" if door is None else door(body, content_type)
    if result is None:
        headers = [(b"location", b"/"), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    data = orjson.dumps(result) if door is not None else b"home"
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(data))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": data})
