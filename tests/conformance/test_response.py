"""Flight rows: React's own read by our decoder, and ours for the same value read back to the same."""

import base64
from typing import Any

import pytest

from jetbridge.errors import EncodeError, WireError
from jetbridge.wire.flight import encode_error, encode_flight
from jetbridge.wire.model import ClientReference, RemoteError
from jetbridge.wire.rows import decode_flight
from tests.conformance.deviations import deviation
from tests.conformance.values import ThrownError, has_foreign_date, load, mismatch, read

VECTORS = load("response.json")
CASES = [pytest.param(vector, id=vector["name"]) for vector in VECTORS]


def load_module(reference: ClientReference) -> Any:
    """What the generator's client modules export: everything they were asked for, and a namespace object."""
    return {"__esModule": True} if reference.export == "*" else reference


def check(vector: dict[str, Any], rows: bytes) -> None:
    """Our client reads `rows` as React's client read its own."""
    if "decodeError" in vector:
        with pytest.raises(RemoteError) as caught:
            decode_flight(rows, load=load_module)
        assert vector["decodeError"]["digest"] == caught.value.digest
        return
    decoded = decode_flight(rows, load=load_module)

    assert None is mismatch(read(vector["decoded"]), decoded)


@pytest.mark.parametrize("vector", CASES)
def test_decodes_what_react_writes(vector):
    """React's rows become the value React's client reads."""
    written = vector["bytes"]
    rows = written["text"].encode() if "text" in written else base64.b64decode(written["b64"])
    if has_foreign_date(vector["model"]):
        with pytest.raises(WireError):
            decode_flight(rows)
        return

    check(vector, rows)


@pytest.mark.parametrize("vector", CASES)
def test_encodes_so_that_a_client_reads_the_same(vector):
    """The rows we write for a value are read as those that React writes for it."""
    listed = deviation("response", vector)
    if listed and listed.outcome == "skipped":
        pytest.skip(listed.reason)
    if has_foreign_date(vector["model"]):
        pytest.skip("there is no such datetime to encode")
    try:
        value = read(vector["model"])
    except ThrownError as thrown:
        rows = encode_error(0, thrown.digest)
    else:
        if listed:
            with pytest.raises(EncodeError):
                encode_flight(value)
            return
        rows = encode_flight(value)

    check(vector, rows)
