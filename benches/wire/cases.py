"""The cases: what Jetbridge, React and the usual libraries are all asked to do, on the same data."""

import base64
import json
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypedDict

import msgspec
import orjson
from pydantic import BaseModel, TypeAdapter

from benches.wire.measure import Case, Contender, call
from benches.wire.pages import build, fasthtml_page, htpy_page, jinja_page
from benches.wire.react import React
from jetbridge.render.html import print_html
from jetbridge.schema.bulk import decode_checked
from jetbridge.schema.convert import converter_of
from jetbridge.schema.describe import describe
from jetbridge.wire.flight import encode_flight
from jetbridge.wire.limits import DEFAULT_LIMITS
from jetbridge.wire.model import FormData, Upload
from jetbridge.wire.multipart import parse_multipart
from jetbridge.wire.reply import decode_call
from jetbridge.wire.reply_encode import encode_reply
from jetbridge.wire.rows import decode_flight

__all__ = ["cases"]

SMALL = {"id": 7, "name": "Ada Lovelace", "active": True}
START = datetime(2024, 2, 29, 12, 30, 45, 678000, UTC)
ROWS: list[dict[str, Any]] = [
    {
        "id": index,
        "name": f"Name {index}",
        "email": f"user{index}@example.com",
        "city": ("Zürich", "Lyon", "O'Fallon", "Bath & Wells")[index % 4],
        "note": f"a <b>note</b> on {index}" if index % 10 == 0 else f"a note on {index}",
        "price": index + 0.25,
    }
    for index in range(1000)
]
DATED: list[dict[str, Any]] = [
    {
        "id": index,
        "name": f"Name {index}",
        "email": f"user{index}@example.com",
        "active": index % 3 == 0,
        "price": index + 0.25,
        "created": START + timedelta(minutes=index),
    }
    for index in range(1000)
]
UNDATED: list[dict[str, Any]] = [{**row, "created": row["id"]} for row in DATED]
LONG = "0123456789 abcdefghijklmnopqrstuvwxyz ÄÖÜ.\n" * 23_000
BYTES = bytes(range(256)) * 4096


class Small(BaseModel):
    """The small object as a pydantic model."""

    id: int
    name: str
    active: bool


class RowDict(TypedDict):
    """A row as a TypedDict."""

    id: int
    name: str
    email: str
    active: bool
    price: float
    created: datetime


@dataclass
class RowData:
    """A row as a dataclass."""

    id: int
    name: str
    email: str
    active: bool
    price: float
    created: datetime


class RowModel(BaseModel):
    """A row as a pydantic model."""

    id: int
    name: str
    email: str
    active: bool
    price: float
    created: datetime


class RowStruct(msgspec.Struct):
    """A row as a msgspec Struct."""

    id: int
    name: str
    email: str
    active: bool
    price: float
    created: datetime


class UndatedStruct(msgspec.Struct):
    """A row without dates as a msgspec Struct."""

    id: int
    name: str
    email: str
    active: bool
    price: float
    created: int


class Action:
    """An action whose one parameter is annotated so, as far as its server reads and checks what it is called with."""

    def __init__(self, annotation: Any) -> None:
        async def action(value: Any) -> None: ...

        action.__annotations__["value"] = annotation
        self.signature = describe(action)
        self.converter = converter_of(self.signature)

    def read(self, body: bytes) -> Any:
        """From the text of a call to checked arguments."""
        arguments = decode_checked(self.signature, body, DEFAULT_LIMITS)
        return self.check(decode_call(body) if arguments is None else arguments)

    def check(self, arguments: list[Any]) -> Any:
        """From plain arguments to checked ones."""
        return self.converter.convert(arguments)


def cases(react: React) -> Iterator[Case]:
    """Every case, in the order of the table."""
    yield from _encoding(react)
    yield from _decoding(react)
    yield from _forms(react)
    yield from _inverses(react)
    yield from _pages(react)


# -- results: a value to bytes -----------------------------------------------------------------------------------------


def _base64(value: Any) -> str:
    return base64.b64encode(value).decode()


def _encoding(react: React) -> Iterator[Case]:
    values: dict[str, tuple[Any, float | None, float | None]] = {
        "3-field object": (SMALL, None, None),
        "1,000 x 6 rows with dates": (DATED, 0.35, None),
        "1,000 x 6 rows without dates": (UNDATED, None, 2.5),
        "1 MB string": (LONG, None, None),
        "1 MB of bytes": (BYTES, None, None),
    }
    for name, (value, most_react, most_orjson) in values.items():
        react.give_value(name, value)
        default = datetime.isoformat if name.endswith("with dates") else _base64
        yield Case(
            f"encode {name}",
            call(partial(encode_flight, value)),
            (
                Contender("React renderToPipeableStream", partial(react.time, "encode", name), most_react),
                Contender("json.dumps", call(lambda v=value, d=default: json.dumps(v, default=d).encode())),
                Contender("orjson.dumps", call(partial(orjson.dumps, value, default)), most_orjson),
                Contender("msgspec.json.encode", call(partial(msgspec.json.encode, value))),
            ),
        )


# -- arguments: a body to checked values -------------------------------------------------------------------------------


def _decoding(react: React) -> Iterator[Case]:
    annotations: list[tuple[str, Any, Any, float | None]] = [
        ("3-field object, pydantic model", [SMALL], Small, None),
        ("1,000 x 6 rows with dates, not checked", [DATED], object, None),
        ("1,000 x 6 rows with dates, Struct", [DATED], list[RowStruct], 1.0),
        ("1,000 x 6 rows with dates, TypedDict", [DATED], list[RowDict], 1.0),
        ("1,000 x 6 rows with dates, dataclass", [DATED], list[RowData], 1.0),
        ("1,000 x 6 rows with dates, pydantic model", [DATED], list[RowModel], 1.0),
        ("1,000 x 6 rows without dates, Struct", [UNDATED], list[UndatedStruct], None),
        ("1 MB string", [LONG], str, None),
    ]
    for name, arguments, annotation, most in annotations:
        body = encode_reply(arguments)
        assert isinstance(body, str)
        data = body.encode()
        react.give_body(name, data)
        action = Action(annotation)
        plain = json.dumps(arguments, default=datetime.isoformat).encode()
        yield Case(
            f"decode {name}",
            call(partial(action.read, data)),
            (
                Contender("React decodeReply (checks nothing)", partial(react.time, "decode", name), most),
                Contender("json.loads", call(partial(json.loads, plain))),
                Contender("orjson.loads", call(partial(orjson.loads, plain))),
                _typed(annotation, plain),
            ),
        )
    content_type, body = _multipart(encode_reply([BYTES]))
    react.give_body("bytes", body, content_type)
    check = Action(bytes).check
    yield Case(
        "decode 1 MB of bytes",
        call(lambda: check(decode_call(parse_multipart(content_type, body)))),
        (Contender("React decodeReply of Node's formData()", partial(react.time, "decodeForm", "bytes")),),
    )


def _typed(annotation: Any, plain: bytes) -> Contender:
    """The reader of plain JSON that checks as it reads: pydantic's for its models, msgspec's for the rest."""
    model = typing.get_args(annotation)[0] if typing.get_args(annotation) else annotation
    if isinstance(model, type) and issubclass(model, BaseModel):
        adapter = TypeAdapter[Any](tuple[annotation])
        return Contender("pydantic validate_json", call(partial(adapter.validate_json, plain)))
    decoder = msgspec.json.Decoder(tuple[annotation])
    return Contender("msgspec.json.decode, typed", call(partial(decoder.decode, plain)))


_BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"


def _multipart(entries: Any) -> tuple[str, bytes]:
    """`entries` as a browser writes them."""
    body = b""
    for name, value in entries:
        header = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
        if isinstance(value, Upload):
            header += f'; filename="blob"\r\nContent-Type: {value.type}'
            body += header.encode() + b"\r\n\r\n" + value.read_now() + b"\r\n"
        else:
            body += header.encode() + b"\r\n\r\n" + value.encode() + b"\r\n"
    return f"multipart/form-data; boundary={_BOUNDARY}", body + f"--{_BOUNDARY}--\r\n".encode()


class Person(BaseModel):
    """What a form of two fields says."""

    name: str
    age: int


def _forms(react: React) -> Iterator[Case]:
    content_type, body = _multipart(encode_reply([FormData([("name", "Ada Lovelace"), ("age", "36")])]))
    react.give_body("called form", body, content_type)
    check = Action(Person).check
    yield Case(
        "decode a two-field form, called by React",
        call(lambda: check(decode_call(parse_multipart(content_type, body)))),
        (Contender("React decodeReply of Node's formData()", partial(react.time, "decodeForm", "called form")),),
    )
    _, plain = _multipart([("name", "Ada Lovelace"), ("age", "36")])
    react.give_body("plain form", plain, content_type)
    yield Case(
        "decode a two-field form, without JavaScript",
        call(lambda: check([FormData(parse_multipart(content_type, plain))])),
        (Contender("Node's formData() alone", partial(react.time, "readForm", "plain form")),),
    )


# -- what the test client does -----------------------------------------------------------------------------------------


def _inverses(react: React) -> Iterator[Case]:
    react.give_value("dated call", [DATED])
    yield Case(
        "encode a reply: 1,000 x 6 rows with dates",
        call(lambda: encode_reply([DATED])),
        (Contender("React encodeReply", partial(react.time, "encodeReply", "dated call")),),
    )
    rows = encode_flight(DATED)
    react.give_body("dated rows", rows)
    yield Case(
        "decode a response: 1,000 x 6 rows with dates",
        call(partial(decode_flight, rows)),
        (Contender("React's client", partial(react.time, "decodeFlight", "dated rows")),),
    )


# -- pages -------------------------------------------------------------------------------------------------------------


def _pages(react: React) -> Iterator[Case]:
    react.give_value("page rows", ROWS)

    def page(rows: list[dict[str, Any]]) -> str:
        return print_html(build(rows)).text()

    assert page(ROWS).replace("&#x27;", "&#39;") == jinja_page(ROWS)
    yield Case(
        "HTML table 1,000 x 6, build and print",
        call(partial(page, ROWS)),
        (
            Contender("Jinja2, autoescape", call(partial(jinja_page, ROWS)), 1.0),
            Contender("htpy", call(partial(htpy_page, ROWS)), 0.15),
            Contender("FastHTML", call(partial(fasthtml_page, ROWS)), 0.06),
            Contender("React renderToString", partial(react.time, "html", "page rows")),
        ),
    )
    built = build(ROWS)
    yield Case(
        "HTML table 1,000 x 6, print only",
        call(lambda: print_html(built)),
        (Contender("Jinja2, autoescape", call(partial(jinja_page, ROWS))),),
    )
    yield Case(
        "HTML table 1,000 x 6, build only",
        call(partial(build, ROWS)),
        (Contender("Jinja2, autoescape", call(partial(jinja_page, ROWS))),),
    )
    yield Case(
        "Flight of the table 1,000 x 6, build and encode",
        call(lambda: encode_flight(build(ROWS))),
        (Contender("React renderToPipeableStream", partial(react.time, "elements", "page rows")),),
    )
