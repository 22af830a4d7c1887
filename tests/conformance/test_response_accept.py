"""`decode_flight` on rows written by hand: what React's production client takes, and what it refuses."""

from typing import Any

import pytest

from jetbridge.errors import WireError
from jetbridge.wire.model import UNDEFINED, ClientReference, RemoteError
from jetbridge.wire.rows import FlightDecoder
from tests.conformance.deviations import deviation
from tests.conformance.values import load, mismatch, nodes, read

VECTORS = load("response-accept.json")


def loader(expected: Any) -> Any:
    """Client modules that export what the vector says they do; the generator's unknown modules fail to load."""
    known = {node["ref"] for node in nodes(expected) if node["t"] == "clientRef"}
    has_failed = any(node["t"] == "lazyRejected" for node in nodes(expected))

    def load_module(reference: ClientReference) -> Any:
        if f"{reference.module}#{reference.export}" in known:
            return reference
        if has_failed:
            raise RemoteError(None, message="unknown module")
        return {"__esModule": True} if reference.export in {"*", ""} else UNDEFINED

    return load_module


@pytest.mark.parametrize("size", [pytest.param(1 << 20, id="whole"), pytest.param(1, id="byte by byte")])
@pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["name"]) for vector in VECTORS])
def test_reads_rows_as_reacts_client_does(vector, size):
    """Rows are accepted or refused as by the production client, and nothing waits for ever."""
    outcome = vector["production"]
    rows = vector["rows"].encode()
    decoder = FlightDecoder(load=loader(outcome.get("decoded")))

    def decode() -> Any:
        for at in range(0, len(rows), size):
            decoder.feed(rows[at : at + size])
        return decoder.close()

    if "decoded" not in outcome or deviation("response-accept", vector):
        with pytest.raises((WireError, RemoteError)) as caught:
            decode()
        if isinstance(outcome.get("error"), dict):
            assert outcome["error"]["digest"] == getattr(caught.value, "digest", None)
        return
    decoded = decode()

    # Where the client's answer depends on how the bytes were cut, ours is one of its answers.
    found = mismatch(read(outcome["decoded"]), decoded)
    if found and "decoded" in outcome.get("oneByteAtATime", {}):
        found = mismatch(read(outcome["oneByteAtATime"]["decoded"]), decoded)
    assert None is found
