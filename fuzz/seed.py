"""The corpus: `python -m fuzz.seed` writes what the vectors hold, a handful for each target, as the targets read it.

Files are named by their contents, so that a second run changes nothing. What once failed is named `found-…` and stays.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote_plus

from tests.conformance.test_reply_hostile import body_of
from tests.conformance.values import load

from fuzz.parts import encode_parts

HERE = Path(__file__).parent
LARGEST = 1500  # bytes; larger ones only slow the fuzzer down
MOST = 80  # for one target

FIELDS = [
    [("name", "a"), ("address.street", "b"), ("address.lift", "on"), ("items[0].qty", "1"), ("items[0].tags", "x")],
    [("name", "a"), ("items[2].qty", "1"), ("items[7].below[0].qty", "2"), ("items[7].tags[]", "x")],
    [("prices.a", "1.5"), ("prices.b", "x"), ("born", "2024-02-29"), ("level", "low"), ("matrix[0][1]", "3")],
    [("__class__", "a"), ("address.__class__", "b"), ("items[999999999].qty", "1"), ("items[-1].qty", "1")],
    [("either", "1"), ("either.street", "x"), ("$token", "t"), ("$ACTION_ID_a", ""), ("agree", "on"), ("agree", "")],
]
BODIES = ["a=1&b=2", "a=&=b&&", "a+b=%20%2B", "%C3%A9=%E6%97%A5", "a=%ff", "a=%", "a=%4", "a;b=c", "a=b=c"]


def bytes_of(written: dict[str, str]) -> bytes:
    """What a vector writes as text or in base64."""
    return base64.b64decode(written["b64"]) if "b64" in written else written["text"].encode()


def replies() -> Iterator[bytes]:
    """Bodies of calls, honest and hostile."""
    bodies = [vector["encoded"] for vector in load("reply.json") if "encoded" in vector]
    for wire in [*bodies, *(vector["wire"] for vector in load("reply-hostile.json"))]:
        body = body_of(wire)
        yield body.encode("utf-8", "replace") if isinstance(body, str) else encode_parts(body)


def multiparts() -> Iterator[bytes]:
    """Form bodies with the targets' boundary."""
    for vector in load("multipart.json"):
        data = bytes_of(vector["body"])
        boundary = vector["contentType"].partition("boundary=")[2].strip('"').encode()
        yield b"\x07" + (data.replace(boundary, b"XX") if boundary else data)


def responses() -> Iterator[bytes]:
    """Rows, React's and those it refuses."""
    for vector in [*load("response.json"), *load("response-accept.json")]:
        yield b"\x07" + bytes_of(vector.get("bytes") or {"text": vector["rows"]})


def spread(seeds: Iterable[bytes]) -> list[bytes]:
    """At most `MOST` of the small ones, from all over."""
    small = sorted({seed for seed in seeds if len(seed) <= LARGEST})
    return small[:: max(1, -(-len(small) // MOST))]


SEEDS = {
    "reply": replies,
    "multipart": multiparts,
    "rows": responses,
    "urlencoded": lambda: [body.encode() for body in BODIES] + [quote_plus(json.dumps(FIELDS[0])).encode()],
    "fields": lambda: [encode_parts(entries) for entries in FIELDS],
}

if __name__ == "__main__":
    for target, seeds in SEEDS.items():
        directory = HERE / "corpus" / target
        directory.mkdir(parents=True, exist_ok=True)
        for seed in spread(seeds()):
            (directory / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
