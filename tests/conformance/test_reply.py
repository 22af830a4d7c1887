"""`decode_reply` on everything React's encodeReply wrote, and `encode_reply` back."""

import base64
from typing import Any

import pytest

from jetbridge.errors import WireError
from jetbridge.wire.model import Upload
from jetbridge.wire.reply import decode_reply, encode_reply
from tests.conformance.deviations import deviation
from tests.conformance.values import kinds, load, mismatch, read

VECTORS = load("reply.json")


def body_of(encoded: dict[str, Any]) -> str | list[tuple[str, str | Upload]]:
    """The body a vector writes down, as the multipart parser would give it."""
    if "text" in encoded:
        return encoded["text"]
    return [(name, value if isinstance(value, str) else Upload(*file_of(value))) for name, value in encoded["formData"]]


def file_of(value: dict[str, str]) -> tuple[bytes, str, str]:
    """Bytes, name and type of a file part."""
    return base64.b64decode(value["b64"]), value["filename"], value["type"]


@pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["name"]) for vector in VECTORS])
def test_decodes_what_react_encodes(vector):
    """A reply becomes the value React's server makes of it, or is refused where that is decided."""
    body = body_of(vector["encoded"])
    if "error" in vector or deviation("reply", vector) or vector.get("lenient"):
        with pytest.raises(WireError):
            decode_reply(body)
        return

    # `wanted` is what React should have read where it is wrong itself.
    expected = read(vector.get("wanted", vector["decoded"]))

    assert None is mismatch(expected, decode_reply(body))


PLAIN = [
    vector
    for vector in VECTORS
    if "error" not in vector and not deviation("reply", vector) and "lazy" not in kinds(vector["value"])
]


@pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["name"]) for vector in PLAIN])
def test_encodes_what_decodes_again(vector):
    """Our own encoding of a value decodes to what React's did, sharing included."""
    if vector.get("lenient"):
        pytest.skip("a value React itself does not read back")
    value = read(vector["value"])

    decoded = decode_reply(encode_reply(value))

    assert None is mismatch(read(vector.get("wanted", vector["decoded"])), decoded)
