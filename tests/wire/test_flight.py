"""`encode_flight`: what Python's objects become, what is refused and where, and values that come later."""

import enum
import uuid
from collections import deque
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any

import msgspec
import pydantic
import pytest

from jetbridge.errors import EncodeError, WireError
from jetbridge.wire.flight import ErrorDetail, FlightEncoder, encode_block, encode_error, encode_flight
from jetbridge.wire.model import (
    FRAGMENT,
    UNDEFINED,
    AsyncItems,
    BigInt,
    Element,
    Lazy,
    Map,
    Promise,
    ServerReference,
    Upload,
)
from jetbridge.wire.rows import FlightDecoder, decode_flight


@dataclass
class Point:
    x: int
    tags: list[str]


class Model(pydantic.BaseModel):
    first_name: str
    secret: str = pydantic.Field(default="s", exclude=True)
    when: datetime = datetime(2024, 1, 1, tzinfo=UTC)


class Row(msgspec.Struct):
    a: int
    b: str


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


NOON = datetime(2024, 2, 29, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "json"),
    [
        (Point(1, ["a"]), '{"x":1,"tags":["a"]}'),
        (Model(first_name="Ada"), '{"first_name":"Ada","when":"$D2024-01-01T00:00:00.000Z"}'),
        (Row(1, "b"), '{"a":1,"b":"b"}'),
        ([Colour.RED, Level.HIGH], '["red",3]'),
        (uuid.UUID(int=7), '"00000000-0000-0000-0000-000000000007"'),
        ([Decimal("1.10"), PurePosixPath("/a")], '["1.10","/a"]'),
        ([date(2024, 1, 2), time(3, 4)], '["2024-01-02","03:04:00"]'),
        ([timedelta(days=1, hours=2), timedelta(0), -timedelta(seconds=1.5)], '["P1DT2H","PT0S","-PT1.5S"]'),
        ((1, (2,)), "[1,[2]]"),
        ([range(2), deque([1]), {"k": 1}.keys()], '[[0,1],[1],["k"]]'),
        ([2**53, 2**53 + 1, BigInt(1)], '[9007199254740992,"$n9007199254740993","$n1"]'),
        (NOON, '"$D2024-02-29T12:00:00.123Z"'),
        (NOON.astimezone(timezone(timedelta(hours=2))), '"$D2024-02-29T12:00:00.123Z"'),
        ([UNDEFINED, float("nan"), -0.0], '["$undefined","$NaN","$-0"]'),
        (["$5", {"$k": 1}], '["$$5",{"$k":1}]'),
        ("\ud800", '"\\ud800"'),
        (Element(FRAGMENT, {"children": ["a"]}), '["a"]'),
        (Element("li", {"children": "x"}, "$k"), '["$","li","$$k",{"children":"x"}]'),
    ],
)
def test_writes_pythons_objects(value, json):
    """Objects of Python are the plain values they stand for, keys untouched."""
    assert f"0:{json}\n" == encode_flight(value).decode()


def test_takes_a_sync_generator_once():
    """A generator is consumed, even where the value must be walked twice."""
    shared = [1]

    rows = encode_flight({"g": (x for x in (1, 2)), "a": shared, "b": shared})

    assert {"g": [1, 2], "a": [1], "b": [1]} == decode_flight(rows)


CYCLE: list[Any] = [1]
CYCLE.append({"me": CYCLE})
DEEP: list[Any] = []
for _ in range(5000):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ({"a": [object()]}, "$.a[0]"),
        ([lambda: None], "$[0]"),
        (CYCLE, "$[1].me"),
        ({"a b": {1: 2}}, "$['a b']"),
        ([datetime(2024, 1, 1)], "$[0]"),
        (Map({"k": {"x": object()}}), "$[0][1].x"),
        ([Point(object(), [])], "$[0].x"),  # type: ignore[arg-type]
        (Element("p", {"children": [Element(object, {})]}), "$.props.children[0]"),
        (ServerReference("a", (object(),)), "$[0]"),
        (DEEP, "$"),
    ],
)
def test_names_the_place_of_what_cannot_be_sent(value, at):
    """What Flight has nothing for is an error that says where it stands."""
    with pytest.raises(EncodeError) as caught:
        encode_flight(value)

    assert at == caught.value.at


def test_keeps_what_is_shared():
    """A list or dict in two places is one object for the client too, wherever it stands."""
    shared = {"x": 1}

    value = decode_flight(encode_flight({"a": shared, "m": Map({"k": [shared]}), "p": Promise("fulfilled", shared)}))

    assert value["a"] is value["m"]["k"][0]
    assert value["a"] is value["p"].value


def test_names_nothing_below_a_member_that_clients_drop():
    """Clients drop members named `__proto__` before they walk, so what is shared with one is written again."""
    shared = [1]

    assert [{}, [1]] == decode_flight(encode_flight([{"__proto__": shared}, shared]))


def test_escapes_half_a_surrogate_pair_and_nothing_else():
    """As JSON.stringify does; clients know letters beyond ASCII as they are."""
    assert b'0:{"\xc5\x82":"\\ud800b","\xf0\x9f\x98\x80":"\\\\"}\n' == encode_flight({"ł": "\ud800b", "😀": "\\"})


def test_never_names_an_object_by_the_id_of_a_dead_one():
    """Lists made while writing do not lend their ids to values that come later."""
    value = {f"k{i}": Map({i: [i]}) for i in range(200)} | {f"l{i}": (x for x in [[i]]) for i in range(200)}

    decoded = decode_flight(encode_flight(value))

    assert [[[i, [i]]] for i in range(200)] == [[list(e) for e in decoded[f"k{i}"].items()] for i in range(200)]
    assert [[[i]] for i in range(200)] == [decoded[f"l{i}"] for i in range(200)]


@pytest.mark.parametrize("text", ["</script>", "<!--<script>", "\u2028\u2029", "x" * 3000 + "</script >"])
def test_stays_inside_a_script_block(text):
    """Rows for a data block have no `<` and no line separator, and no raw text rows."""
    block = encode_block({text: [text]})

    assert "" == block.encoding
    assert not {"<", "\u2028", "\u2029"} & set(block.text)
    assert {text: [text]} == decode_flight(block.text.encode())


def test_takes_base64_for_bytes_in_a_block():
    """Bytes and files have no text form, so the block says that it is base64."""
    assert "base64" == encode_block([b"\0<"]).encoding


def test_writes_what_a_replaced_class_stands_for():
    """A caller's own nodes are written as what it says, at their place."""

    class Node:
        inner = Element("b", {})

    rows = encode_flight([Node()], replace={Node: lambda node: node.inner})

    assert b'0:[["$","b",null,{}]]\n' == rows


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (encode_error(0, "d"), '0:E{"digest":"d"}\n'),
        (
            encode_error(3, "d", ErrorDetail("ValueError", "boom", (("f", "a.py", 1, 2),))),
            '3:E{"digest":"d","name":"ValueError","message":"boom",'
            '"stack":[["f","a.py",1,2,1,2,false]],"env":"Server","owner":null}\n',
        ),
    ],
)
def test_writes_error_rows(row, text):
    """Production shows a digest; development the form that both client builds read."""
    assert text == row.decode()


class Later:
    """An awaitable that nobody awaits."""

    def __await__(self):
        yield


class Items:
    """An async iterable that nobody iterates."""

    def __aiter__(self):
        return self

    async def __anext__(self):
        raise StopAsyncIteration


def test_streams_what_comes_later():
    """Promises and iterables are announced, then filled in any order, and new ones may appear in their values."""
    encoder = FlightEncoder()
    later, items = Later(), Items()
    decoder = FlightDecoder()
    decoder.feed(encoder.encode_root({"p": later, "again": later, "items": items}))
    rows = {pending.source: pending.id for pending in encoder.pending.values()}

    inner = Later()
    decoder.feed(encoder.chunk(rows[items], "x" * 2000))
    decoder.feed(encoder.resolve(rows[later], ["done", inner, b"b"]))
    decoder.feed(encoder.chunk(rows[items], {"n": 1}))
    decoder.feed(encoder.close(rows[items], "end"))
    (pending,) = encoder.pending.values()
    decoder.feed(encoder.reject(pending.id, "digest"))
    root = decoder.close()

    assert inner is pending.source
    assert root["p"] is root["again"]
    assert ["done", b"b"] == root["p"].value[::2]
    assert "digest" == root["p"].value[1].error.digest
    assert (["x" * 2000, {"n": 1}], "end") == (root["items"].items, root["items"].returned)
    assert {} == encoder.pending


def test_refers_to_nothing_in_a_chunk():
    """What a stream carries has no name, so what is shared in it is written again: `$1` is the stream itself."""
    shared = [1]
    items = AsyncItems("iterable", [[shared, shared]], returned=[shared, shared])

    assert b'1:X\n1:[[1],[1]]\n1:C[[1],[1]]\n0:["$1"]\n' == encode_flight([items])
    encoder = FlightEncoder()
    encoder.encode_root(_count())
    assert b"1:[[1],[1]]\n" == encoder.chunk(1, [shared, shared])
    assert b"1:C[[1],[1]]\n" == encoder.close(1, [shared, shared])


async def _count():
    yield 1


def test_refuses_a_chunk_whole():
    """A chunk that cannot be sent leaves nothing behind; the stream can still be rejected."""
    encoder = FlightEncoder()
    encoder.encode_root(Items())
    (row,) = encoder.pending
    with pytest.raises(EncodeError):
        encoder.chunk(row, ["x" * 2000, object()])

    assert f'{row:x}:E{{"digest":"d"}}\n'.encode() == encoder.reject(row, "d")


def test_insists_on_the_streaming_encoder():
    """One answer for all cannot wait: an awaitable left in a value is an error with its place."""
    with pytest.raises(EncodeError) as caught:
        encode_flight({"a": [Later()]})

    assert "$.a[0]" == caught.value.at


def test_keys_that_stand_for_a_text():
    """An object has them as that text."""
    identity = uuid.UUID(int=7)

    assert {str(identity): 1, "2026-01-02": 2, "1.50": 3} == decode_flight(
        encode_flight({identity: 1, date(2026, 1, 2): 2, Decimal("1.50"): 3})
    )


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({1: "a"}, "not int"),
        ({datetime(2026, 1, 2, tzinfo=UTC): "a"}, "not datetime"),
        ({date(2026, 1, 2): "a", "2026-01-02": "b"}, "two keys"),
        ({"2026-01-02": "b", date(2026, 1, 2): "a"}, "two keys"),
        ({date(2026, 1, 2): "a", PurePosixPath("2026-01-02"): "b"}, "two keys"),
    ],
)
def test_keys_that_no_object_has(value, told):
    """They are an error, and so are two that would become one."""
    with pytest.raises(EncodeError, match=told) as caught:
        encode_flight([value])

    assert "$[0]" == caught.value.at


def test_sends_files_by_type_and_bytes():
    """A file's name does not travel in this direction."""
    upload = decode_flight(encode_flight([Upload(b"abc", "x.txt", "text/plain")]))[0]

    assert ("blob", "text/plain", b"abc") == (upload.name, upload.type, upload.read_now())


@pytest.mark.parametrize("kind", ["@", "L"])
def test_long_chains_are_read_in_one_walk(kind):
    """Promises that come to promises, tens of thousands of them, all come to what the last one holds."""
    number = 50_000
    rows = b"".join(b'%x:"$%b%x"\n' % (row, kind.encode(), row + 1) for row in range(1, number))
    root = decode_flight(b'0:["$%b1"]\n' % kind.encode() + rows + b"%x:7\n" % number)[0]
    while kind == "L" and isinstance(root, Lazy):
        root = root.value

    assert 7 == (root.value if isinstance(root, Promise) else root)


def test_promises_that_wait_for_each_other_are_refused():
    """A circle of promises never comes to anything."""
    with pytest.raises(WireError, match="wait for each other"):
        decode_flight(b'0:["$@1"]\n1:"$@2"\n2:"$@1"\n')
