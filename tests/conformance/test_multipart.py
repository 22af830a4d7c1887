"""The multipart parsers on bodies that browsers and Node wrote, and on some they never would."""

import base64
from typing import Any

import pytest

from jetbridge.errors import WireError
from jetbridge.wire.model import Upload
from jetbridge.wire.multipart import MultipartParser, Part, PartData, PartHeader, parse_multipart
from tests.conformance.deviations import deviation
from tests.conformance.values import load, mismatch, read

VECTORS = load("multipart.json")


def parse_in_pieces(content_type: str, body: bytes, size: int) -> list[Part]:
    """The entries of a body that arrives `size` bytes at a time."""
    parser = MultipartParser(content_type)
    events = [event for at in range(0, len(body), size) for event in parser.feed(body[at : at + size])]
    parser.close()
    parts: list[Part] = []
    header: PartHeader | None = None
    data: list[bytes] = []
    for event in events:
        if isinstance(event, PartHeader):
            header, data = event, []
        elif isinstance(event, PartData):
            data.append(event.data)
        elif header is not None:
            whole = b"".join(data)
            is_text = header.filename is None
            file_type = header.type or "application/octet-stream"
            parts.append((header.name, whole.decode() if is_text else Upload(whole, header.filename or "", file_type)))
    return parts


PARSERS: list[Any] = [
    pytest.param(parse_multipart, id="whole"),
    pytest.param(lambda content_type, body: parse_in_pieces(content_type, body, 1), id="byte by byte"),
    pytest.param(lambda content_type, body: parse_in_pieces(content_type, body, 37), id="in pieces"),
]


@pytest.mark.parametrize("parse", PARSERS)
@pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["name"]) for vector in VECTORS])
def test_parses_what_browsers_write(vector, parse):
    """A body becomes its entries in order, however it arrives; what no browser writes is refused."""
    body = vector["body"]
    data = body["text"].encode() if "text" in body else base64.b64decode(body["b64"])
    if vector.get("error") or deviation("multipart", vector):
        with pytest.raises(WireError):
            parse(vector["contentType"], data)
        return

    expected = [[name, read(value)] for name, value in vector["parsed"]]

    assert None is mismatch(expected, [list(part) for part in parse(vector["contentType"], data)])
