"""`decode_reply` on malformed, hostile and old-format bodies: a clean outcome, always, and soon."""

import base64
import time
from typing import Any

import pytest

from jetbridge.errors import WireError
from jetbridge.wire.limits import Limits
from jetbridge.wire.model import Upload
from jetbridge.wire.reply import decode_reply
from tests.conformance.deviations import deviation
from tests.conformance.values import BUNDLED, load, mismatch, nodes, read

VECTORS = load("reply-hostile.json")

# The generator's server knew these functions; vectors mention others to have them refused.
KNOWN = {"actions#save", "actions#drop", "plain-id"} | {
    node["ref"]
    for vector in [*VECTORS, *load("reply.json")]
    for node in nodes([vector.get("react", {}).get("decoded"), vector.get("decoded")])
    if node["t"] == "serverRef"
}

# The reader of the body bounds its bytes; here the decoder's own budgets are what is tested.
LIMITS = Limits(body_bytes=64 * 1024 * 1024)

SECONDS = 20  # of CPU: what hangs takes more, what is merely slow does not


def content(value: Any) -> str | Upload:
    """The content of one part: text, repeated text, or a file."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(text * times for text, times in value)
    return Upload(base64.b64decode(value["b64"]), value["filename"], value["type"])


def body_of(wire: dict[str, Any]) -> str | list[tuple[str, str | Upload]]:
    """The body a vector writes down."""
    for form in ("text", "textRep"):
        if form in wire:
            return str(content(wire[form]))
    parts = wire["formData"] if "formData" in wire else wire["formDataRep"]
    return [(name, content(value)) for name, value in parts]


@pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["name"]) for vector in VECTORS])
def test_ends_cleanly(vector):
    """A hostile reply is refused with a WireError, or read as React reads it where that is harmless; in little time."""
    body = body_of(vector["wire"])
    started = time.process_time()
    try:
        outcome: Any = decode_reply(body, limits=LIMITS, knows=KNOWN.__contains__)
    except WireError as error:
        outcome = error
    elapsed = time.process_time() - started

    assert elapsed < SECONDS
    listed = deviation("reply-hostile", vector)
    if vector["expect"] == "error" or listed:
        assert isinstance(outcome, WireError), "must be refused"
    elif vector["expect"] == "same":
        assert not isinstance(outcome, WireError), outcome
    if not isinstance(outcome, WireError) and vector["expect"] != "safe" and "decoded" in vector["react"]:
        assert None is mismatch(read(vector["react"]["decoded"]), outcome)


def test_bundled_vectors_are_there():
    """The vectors stand in the repository, whatever VECTORS_DIR says."""
    assert (BUNDLED / "reply-hostile.json").exists()
