"""The advisories against React's decoder (wire-protocol E2), each in the shape it was published in, and what it needs.

Memory is measured, not time: what is refused must not have been built first.
"""

import gc
import tracemalloc
from functools import partial

import pytest

from jetbridge.errors import EncodeError, WireError
from jetbridge.wire.flight import encode_flight
from jetbridge.wire.limits import Limits
from jetbridge.wire.model import ServerReference, Upload
from jetbridge.wire.multipart import MultipartParser, parse_multipart, parse_urlencoded
from jetbridge.wire.reply import decode_reply
from jetbridge.wire.rows import decode_flight

FAKE_CHUNK = (
    '{"then":"$1:__proto__:then","status":"resolved_model","reason":-1,"value":"{\\"then\\":\\"$B1337\\"}",'
    '"_response":{"_prefix":"process.exit()//","_formData":{"get":"$1:constructor:constructor"}}}'
)


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([("0", FAKE_CHUNK), ("1", '"$@0"')], id="the published exploit"),
        pytest.param([("0", '"$1:__proto__:then"'), ("1", "{}")], id="a path to a prototype"),
        pytest.param([("0", '"$1:constructor:constructor"'), ("1", "{}")], id="a path to Function"),
        pytest.param([("0", '"$1:__class__:__mro__"'), ("1", "[]")], id="a path to a class"),
        pytest.param([("0", '"$1:keys"'), ("1", "{}")], id="a path to a method"),
        pytest.param([("0", '"$1:__init__:__globals__"'), ("1", '"$K2"')], id="a path through a form"),
        pytest.param([("0", '"$1:read_now"'), ("1", Upload(b"x"))], id="a path into a file"),
    ],
)
def test_55182_paths_lead_to_members_only(parts):
    """CVE-2025-55182: a path walks what the wire itself brought, never an attribute, a prototype or a class."""
    with pytest.raises(WireError):
        decode_reply(parts)


def test_55182_what_looks_like_a_promise_is_data():
    """CVE-2025-55182: members named `then`, `status` or `_response` mean nothing here."""
    value = {"then": "x", "status": "resolved_model", "_response": {"_prefix": "x"}, "value": "{}"}

    assert value == decode_reply('{"then":"x","status":"resolved_model","_response":{"_prefix":"x"},"value":"{}"}')


@pytest.mark.parametrize(
    "name", ["constructor", "__proto__", "toString", "hasOwnProperty", "__class__", "save.__code__"]
)
def test_55182_references_are_looked_up_by_exact_name(name):
    """CVE-2025-55182: what an object inherits is not in the table of actions."""
    parts = [("1", f'{{"id":"{name}","bound":null}}'), ("0", '["$h1"]')]
    with pytest.raises(WireError) as caught:
        decode_reply(parts, knows={"save": 1}.__contains__)

    assert "$[0]" == caught.value.at


@pytest.mark.parametrize(
    "parts",
    [
        [("0", '"$@0"')],
        [("0", '"$@1"'), ("1", '"$@2"'), ("2", '"$@1"')],
        [(str(number), f'"$@{number + 1:x}"') for number in range(900)],
    ],
)
def test_55184_promises_are_refused(parts):
    """CVE-2025-55184, 2025-67779: promises that resolve to each other do not exist where there are none."""
    with pytest.raises(WireError, match="promise"):
        decode_reply(parts)


def test_55183_references_say_nothing_as_text():
    """CVE-2025-55183: neither the id nor a bound value appears where a reference becomes text."""
    reference = decode_reply([("1", '{"id":"save","bound":"$@2"}'), ("2", '["secret"]'), ("0", '"$h1"')])

    assert ServerReference("save", ("secret",)) == reference
    assert ["<server reference>"] * 3 == [str(reference), repr(reference), f"{reference}"]


def test_55183_functions_are_not_written():
    """CVE-2025-55183: a function in a value is an error, which shows the path and not the source."""
    with pytest.raises(EncodeError) as caught:
        encode_flight({"a": [lambda: "secret"]})

    assert "$.a[0]" == caught.value.at
    assert "secret" not in str(caught.value)


def peak_of(read, *arguments):
    """The most bytes that were allocated at once while `read` refused its arguments, and its refusal."""
    gc.collect()
    tracemalloc.start()
    try:
        with pytest.raises(WireError) as caught:
            read(*arguments)
        return tracemalloc.get_traced_memory()[1], caught.value
    finally:
        tracemalloc.stop()


def doubled(levels, wrap):
    """Parts each of which holds the next one twice: 2 to the power of `levels` values in all."""
    parts = [(str(number), wrap(f'"${number + 1:x}"')) for number in range(levels)]
    return [*parts, (str(levels), "[1]")]


MANY = 90_000
LIST = "[" + ",".join(["1"] * 40_000) + "]"
PAIRS = "[" + ",".join(["[1,2]"] * 20_000) + "]"
MIB = 1024 * 1024
BOUND = ",".join(["1"] * 1001)
CASES = {
    "digits": (decode_reply, '"$n' + "9" * 900_000 + '"'),  # CVE-2026-23864: quadratic conversion
    "bound": (decode_reply, [("0", '"$h1"'), ("1", '{"id":"a","bound":"$@2"}'), ("2", f"[{BOUND}]")]),
    "arrays in arrays": (decode_reply, doubled(60, lambda below: f"[{below},{below}]")),  # CVE-2026-23864
    "objects in objects": (decode_reply, doubled(60, lambda below: f'{{"a":{below},"b":{below}}}')),
    "maps in maps": (decode_reply, doubled(60, lambda below: f"[[1,{below}],[2,{below}]]")),
    "one long text often": (decode_reply, [("1", f'["{"x" * 500_000}"]'), ("0", '["$1","$1:0"' + ',"$1"' * 900 + "]")]),
    "text as a file": (decode_reply, [("0", '"$B1"'), ("1", '"x"')]),  # CVE-2026-23864
    "one list, many Maps": (decode_reply, [("1", PAIRS), ("0", "[" + ",".join(['"$Q1"'] * MANY) + "]")]),  # 23869
    "one list, many Sets": (decode_reply, [("1", LIST), ("0", "[" + ",".join(['"$W1"'] * MANY) + "]")]),
    "one list, many iterators": (decode_reply, [("1", LIST), ("0", "[" + ",".join(['"$i1"'] * MANY) + "]")]),
    "a Map of itself": (decode_reply, [("0", '"$Q1"'), ("1", '[["a","$Q1"]]')]),
    "many forms": (  # CVE-2026-23870: every `$K` scanned all parts
        decode_reply,
        [("0", "[" + ",".join(['"$K1"'] * MANY) + "]"), *[("_1_a", "b")] * 990],
    ),
    "a stream's name": (decode_reply, [("0", '["$R1","$1"]'), ("S1", "1"), ("1", "[]")]),  # shared a namespace
    "one array, many typed": (decode_reply, [("1", Upload(b"x" * 500_000)), ("0", '["$o1"' + ',"$o1"' * MANY + "]")]),
    "deep": (decode_reply, "[" * 500_000),
    "parts that name each other": (decode_reply, [(str(n), f'"${n + 1:x}"') for n in range(990)]),
    "many keys": (decode_reply, "{" + ",".join(f'"{number}":0' for number in range(110_000)) + "}"),
    "many rows": (
        partial(decode_flight, limits=Limits(rows=5000)),
        b"".join(b"%x:1\n" % number for number in range(5001)),
    ),
    "many fields": (parse_urlencoded, b"a=1&" * 250_000),
    "many parts": (
        parse_multipart,
        "multipart/form-data; boundary=X",
        b'--X\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 15_000 + b"--X--\r\n",
    ),
    "long headers": (
        parse_multipart,
        "multipart/form-data; boundary=X",
        b'--X\r\nContent-Disposition: form-data; name="' + b"a" * 900_000 + b'"\r\n\r\n1\r\n--X--\r\n',
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bombs_are_refused_before_they_are_built(name):
    """CVE-2026-23864, 23869, 23870 and their kin: a body of a megabyte never costs more than a few dozen."""
    peak, refusal = peak_of(*CASES[name])

    assert peak < 48 * MIB
    assert refusal.at


@pytest.mark.parametrize("value", [b"%" * 900_000, b"%41" * 300_000, b"%4" * 450_000])
def test_percent_signs_cost_what_others_do(value):
    """An urlencoded field of nothing but percent signs is read in a few times its size."""
    gc.collect()
    tracemalloc.start()
    try:
        parse_urlencoded(b"a=" + value)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 48 * MIB


def test_a_part_is_not_collected_before_it_is_refused():
    """Fed a megabyte at a time, the parser of bodies holds no more than it was allowed."""
    limits = Limits(file_bytes=64 * 1024)

    def feed():
        parser = MultipartParser("multipart/form-data; boundary=X", limits)
        parser.feed(b'--X\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n')
        for _ in range(100):
            parser.feed(b"x" * 10_000)

    peak, refusal = peak_of(feed)

    assert ("file_bytes", 413) == (refusal.budget, refusal.status)
    assert peak < MIB


@pytest.mark.parametrize("factor", [1, 4])
def test_honest_bodies_cost_in_proportion(factor):
    """Four times the rows take four times the memory, within a constant."""
    text = (
        "[[" + ",".join('{"id":1,"name":"Ada","at":"$D2024-01-01T00:00:00.000Z"}' for _ in range(1000 * factor)) + "]]"
    )
    gc.collect()
    tracemalloc.start()
    try:
        decode_reply(text)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 20 * len(text)
