"""Every budget of the wire: exceeding one is a WireError that names it and the place, in linear time."""

import time
from contextlib import suppress
from dataclasses import replace

import pytest

from jetbridge.errors import WireError
from jetbridge.wire.limits import Limits
from jetbridge.wire.model import Upload
from jetbridge.wire.multipart import MultipartParser, parse_multipart, parse_urlencoded
from jetbridge.wire.reply import decode_call, decode_reply
from jetbridge.wire.rows import decode_flight

SMALL = Limits(
    body_bytes=4000,
    file_bytes=100,
    parts=20,
    files=2,
    header_bytes=200,
    name_chars=50,
    nodes=100,
    expanded_nodes=200,
    depth=5,
    digits=10,
    bound=3,
    arguments=3,
    rows=5,
)
TYPE = "multipart/form-data; boundary=XX"


def form(*parts):
    """A multipart body of (header lines, content)."""
    return b"".join(b"--XX\r\n" + header + b"\r\n\r\n" + content + b"\r\n" for header, content in parts) + b"--XX--\r\n"


FIELD = b'Content-Disposition: form-data; name="a"'
FILE = FIELD + b'; filename="f"'


def doubled(levels):
    """Parts of which each holds the next one twice."""
    parts = [(str(i), f'["${i + 1:x}","${i + 1:x}"]') for i in range(levels)]
    return [*parts, (str(levels), "[1]")]


CASES = [
    ("body_bytes", decode_reply, ('"' + "x" * 5000 + '"',)),
    ("parts", decode_reply, ([(str(i), "1") for i in range(30)],)),
    ("nodes", decode_reply, (str(list(range(150))),)),
    ("expanded_nodes", decode_reply, (doubled(10),)),
    ("expanded_nodes", decode_reply, ('[["' + "x" * 2000 + '"],' + ",".join(['"$0:0"'] * 60) + "]",)),
    ("depth", decode_reply, ("[" * 6 + "]" * 6,)),
    ("depth", decode_reply, ([("0", '[[["$1"]]]'), ("1", "[[[]]]")],)),
    ("depth", decode_reply, ([("1", "[[[[[]]]]]"), ("0", '["$1",["$1"]]')],)),
    ("digits", decode_reply, ('"$n' + "1" * 11 + '"',)),
    ("bound", decode_reply, ([("0", '"$h1"'), ("1", '{"id":"a","bound":"$@2"}'), ("2", "[1,2,3,4]")],)),
    ("arguments", decode_call, ("[1,2,3,4]",)),
]


@pytest.mark.parametrize(("budget", "decode", "arguments"), CASES)
def test_replies_stay_in_budget(budget, decode, arguments):
    """A reply over a budget is refused with the budget's name."""
    limits = replace(SMALL, depth=64) if budget == "expanded_nodes" else SMALL
    with pytest.raises(WireError) as caught:
        decode(*arguments, limits=limits)

    assert budget == caught.value.budget


def feed(content_type, body, limits):
    """The streaming parser on a whole body."""
    parser = MultipartParser(content_type, limits)
    parser.feed(body)
    parser.close()


@pytest.mark.parametrize("parse", [parse_multipart, feed])
@pytest.mark.parametrize(
    ("budget", "body"),
    [
        ("parts", form(*[(FIELD, b"1")] * 30)),
        ("files", form(*[(FILE, b"1")] * 3)),
        ("body_bytes", form((FIELD, b"x" * 5000))),
        ("file_bytes", form((FILE, b"x" * 60), (FILE, b"x" * 60))),
        ("header_bytes", form((FIELD + b"\r\nX: " + b"y" * 300, b"1"))),
        ("name_chars", form((FIELD.replace(b"a", b"n" * 60)[:100] + b'"', b"1"))),
    ],
)
def test_forms_stay_in_budget(parse, budget, body):
    """A form over a budget is refused with 413 and the budget's name, before it is whole."""
    if budget == "name_chars":
        body = form((b'Content-Disposition: form-data; name="' + b"n" * 60 + b'"', b"1"))
    with pytest.raises(WireError) as caught:
        parse(TYPE, body, SMALL)

    assert (budget, 413) == (caught.value.budget, caught.value.status)


@pytest.mark.parametrize(
    ("budget", "body"),
    [("parts", b"a=1&" * 30), ("name_chars", b"n" * 60 + b"=1"), ("body_bytes", b"a=" + b"x" * 5000)],
)
def test_urlencoded_forms_stay_in_budget(budget, body):
    """The same for the other form encoding."""
    with pytest.raises(WireError) as caught:
        parse_urlencoded(body, SMALL)

    assert budget == caught.value.budget


def test_responses_stay_in_budget():
    """The test client reads a bounded number of rows."""
    with pytest.raises(WireError) as caught:
        decode_flight(b"".join(b"%x:1\n" % row for row in range(9)), limits=SMALL)

    assert "rows" == caught.value.budget


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ('[{"price":"$nx"}]', "$[0].price"),
        ('{"a b":["$D"]}', "$['a b'][0]"),
        ([("0", '[{"m":"$Q1"}]'), ("1", '[["k","$T"]]')], "$[0].m[0][1]"),
        ([("0", "[1")], "$"),
    ],
)
def test_errors_name_the_place_and_not_the_value(body, at):
    """What is refused is named by its path from the root, through parts."""
    with pytest.raises(WireError) as caught:
        decode_reply(body)

    assert at == caught.value.at


N = 20_000
HASH = 2**61 - 1
HANGS = 20  # seconds of CPU: what hangs takes more, what is merely slow does not
HOSTILE = {
    "equal hashes in a Map": [("0", '"$Q1"'), ("1", "[" + ",".join(f'["$n{HASH * i}",1]' for i in range(N)) + "]")],
    "equal hashes in a Set": [("0", '"$W1"'), ("1", "[" + ",".join(f'"$n{HASH * i}"' for i in range(N)) + "]")],
    "one form, many times": [("0", "[" + ",".join(['"$K1"'] * N) + "]"), *[("_1_a", "b")] * 900],
    "long paths": "[[" * 20 + "]]" * 19 + "," + ",".join(['"$0' + ":0" * 5000 + '"'] * 90) + "]]",
    "a path of colons": '[1,"$0' + ":" * 900_000 + '"]',
    "one blob, many times": [("1", Upload(b"x" * 1000)), ("0", "[" + ",".join(['"$B1"'] * N) + "]")],
    "many keys": "{" + ",".join(f'"{i}":1' for i in range(N)) + "}",
    "backslashes": '"' + "\\\\" * 450_000 + '\\u0041"',
    "surrogates": '"' + "\\ud800" * 150_000 + '"',
    "half a number": "1" * 900_000,
    "brackets in strings": '["' + "[" * 900_000 + '"]',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_replies_cost_little(name):
    """A body within its limits is read or refused, whatever it holds: it does not hang."""
    started = time.process_time()
    with suppress(WireError):
        decode_reply(HOSTILE[name])
    elapsed = time.process_time() - started

    assert elapsed < HANGS


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\r\n--X" * 150_000, id="almost delimiters"),
        pytest.param(form(*[(FIELD, b"1")] * 900), id="many parts"),
        pytest.param(b"--XX\r\n" + b"A: b\r\n" * 100_000, id="headers without end"),
    ],
)
@pytest.mark.parametrize("parse", [parse_multipart, feed])
def test_hostile_forms_cost_little(parse, body):
    """The same for form bodies."""
    started = time.process_time()
    with suppress(WireError):
        parse(TYPE, body, Limits())
    elapsed = time.process_time() - started

    assert elapsed < HANGS


def test_many_maps_from_one_row_are_bounded():
    """A response may use one list for many Maps; what is made of it is counted."""
    rows = b"1:[" + b",".join(b"[%d,1]" % i for i in range(2000)) + b"]\n0:[" + b",".join([b'"$Q1"'] * 2000) + b"]\n"
    with pytest.raises(WireError) as caught:
        decode_flight(rows)

    assert "nodes" == caught.value.budget


def test_decoding_has_a_deadline():
    """Whatever the other budgets have not foreseen ends here, with its name and its place."""
    with pytest.raises(WireError) as caught:
        decode_reply('[["$n1"],["a"]]', limits=Limits(decode_seconds=-1.0))

    assert "decode_seconds" == caught.value.budget
