"""The four quadrants held together: what one writes the other reads, fast paths equal the walk, noise ends cleanly."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jetbridge.errors import WireError
from jetbridge.wire.flight import FlightEncoder, encode_block, encode_flight
from jetbridge.wire.jsontext import MalformedError, decode_json, decode_json_slowly
from jetbridge.wire.limits import Limits
from jetbridge.wire.model import RemoteError, Upload
from jetbridge.wire.multipart import MultipartParser, PartData, PartHeader, parse_multipart, parse_urlencoded
from jetbridge.wire.plain_json import NOT_PLAIN_JSON, decode_plain
from jetbridge.wire.reply import decode_call, decode_reply, decode_reply_slowly, encode_reply
from jetbridge.wire.rows import FlightDecoder, decode_flight
from tests.conformance.values import mismatch
from tests.wire.strategies import TEMPTING, json_texts, odd_tables, plain_tables, replies, responses, tables

bounded = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def outcome(read, *arguments):
    """What `read` gives, or the kind of refusal: anything else it raises fails the test."""
    try:
        return read(*arguments)
    except (WireError, RemoteError) as error:
        return type(error)


@bounded
@given(replies)
def test_replies_come_back(value):
    """decode_reply(encode_reply(v)) is v, with what was one object still one object."""
    assert None is mismatch(value, decode_reply(encode_reply(value)))


@bounded
@given(responses)
def test_responses_come_back(value):
    """decode_flight(encode_flight(v)) is v, in promises too."""
    decoded = decode_flight(encode_flight([value]))

    assert None is mismatch([value], decoded)


@bounded
@given(responses)
def test_script_blocks_hold_the_same(value):
    """The rows of a data block cannot end their script, and hold the same value."""
    block = encode_block([value])

    assert "<" not in block.text
    if not block.encoding:
        assert None is mismatch([value], decode_flight(block.text.encode()))


@bounded
@given(json_texts)
def test_plain_json_is_read_as_the_walk_reads_it(text):
    """Whatever the fast path takes, it reads as the walk does; what it leaves is only slower."""
    fast = decode_plain(text, Limits())
    if fast is NOT_PLAIN_JSON:
        return

    assert None is mismatch(decode_reply_slowly(text), fast)


form_parts = st.lists(
    st.tuples(
        st.sampled_from(["0", "_1_a", "_1_b", "_1_", "_1_a", "_1_$k", "_2_a", "_1", "1", "_1_ä"]),
        st.one_of(st.sampled_from(['["$K1"]', '["$K1",1]', "1", "", "$k", "ä" * 20]), st.just(Upload(b"x", "f", ""))),
    ),
    max_size=6,
)
form_limits = st.sampled_from(
    [Limits(), Limits(parts=3), Limits(nodes=3), Limits(depth=1), Limits(depth=2), Limits(body_bytes=30)]
)


@settings(bounded, max_examples=1000)
@given(form_parts.map(lambda parts: [("0", '["$K1"]'), *parts]) | form_parts, form_limits)
def test_forms_are_read_as_the_walk_reads_them(parts, limits):
    """A call whose only argument is a form is read as the walk does, or refused alike."""

    def walk(parts):
        arguments = decode_reply_slowly(parts, limits=limits)
        return arguments if isinstance(arguments, list) else WireError

    assert None is mismatch(outcome(walk, parts), outcome(lambda parts: decode_call(parts, limits), parts))


@bounded
@given(plain_tables)
def test_tables_of_dates_are_read_as_the_walk_reads_them(rows):
    """Dates in columns arrive like dates anywhere."""
    text = encode_reply([rows])
    if not isinstance(text, str):
        return

    assert None is mismatch(decode_reply_slowly(text), decode_reply(text + " " * 500))


@bounded
@given(st.one_of(tables, plain_tables, odd_tables))
def test_tables_are_written_as_the_walk_writes_them(rows):
    """The bulk encoder's rows are read as the walk's are."""
    slow = decode_flight(FlightEncoder().encode_root_slowly(rows))

    assert None is mismatch(slow, decode_flight(encode_flight(rows)))


@bounded
@given(st.one_of(json_texts, st.text(max_size=20), st.sampled_from(["1e400", "-1e400", "-0", "7" * 400, "[" * 2000])))
def test_the_two_json_readers_agree(text):
    """orjson is only taken where the standard library would say the same."""

    def read(reader):
        try:
            return json.loads(json.dumps(reader(text)), parse_int=float)  # how large an int is, is the walk's business
        except MalformedError:
            return MalformedError

    assert None is mismatch(read(decode_json_slowly), read(decode_json))


tags = st.builds(
    lambda letter, number, path: f"${letter}{number:x}{path}",
    st.sampled_from(["", *"QWKBADnhi@TRrXxOoUSsLlGgMmV$"]),
    st.integers(0, 4),
    st.sampled_from(["", ":0", ":a", ":0:a", ":__class__", ":-1", ":length"]),
)
noise = st.recursive(
    st.one_of(tags, st.none(), st.integers(0, 3), st.sampled_from(TEMPTING)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "b", "id", "bound", "then"]), inner)
    ),
    max_leaves=8,
)
contents = st.one_of(noise.map(json.dumps), st.text(max_size=6), st.binary(max_size=8).map(Upload))
names = st.sampled_from(["0", "1", "2", "3", "4", "_1_a", "_2_", "S1", "00", "x", "_1", "10"])


@bounded
@given(st.lists(st.tuples(names, contents), max_size=8))
def test_noise_in_replies_ends_cleanly(parts):
    """Any parts whatever are a value or a WireError; the value is finite and holds only our own kinds of data."""
    value = outcome(decode_reply, parts)

    repr(value)


row_bytes = st.builds(
    lambda number, letter, body, end: f"{number:x}:{letter}{body}{end}".encode(),
    st.integers(0, 5),
    st.sampled_from(["", "", "", "I", "E", "H", "T3,", "o2,", "R", "X", "C", "D", "b1,"]),
    st.one_of(noise.map(json.dumps), st.text(max_size=5)),
    st.sampled_from(["\n", "\n", "\n", ""]),
)


@bounded
@given(st.lists(row_bytes, max_size=8), st.integers(1, 9))
def test_noise_in_rows_ends_cleanly(rows, size):
    """Any bytes whatever are a value, a WireError or the server's error; however they are cut, the same one."""
    data = b"".join(rows)

    def in_pieces():
        decoder = FlightDecoder()
        for at in range(0, len(data), size):
            decoder.feed(data[at : at + size])
        return decoder.close()

    whole, cut = outcome(decode_flight, data), outcome(in_pieces)

    assert repr(whole) == repr(cut)


BOUNDARY = "----WebKitFormBoundary0123456789"
headers = st.sampled_from(
    [
        'Content-Disposition: form-data; name="a"',
        'Content-Disposition: form-data; name="f"; filename="x.png"\r\nContent-Type: image/png',
        'content-disposition: form-data; name="%22"',
        'Content-Disposition: form-data; name=""',
        "Content-Disposition: form-data",
        "X: y",
        "",
    ]
)
pieces = st.builds(lambda header, body: header.encode() + b"\r\n\r\n" + body, headers, st.binary(max_size=12))


@bounded
@given(st.lists(pieces, max_size=4), st.binary(max_size=3), st.integers(1, 40), st.booleans())
def test_the_two_multipart_parsers_agree(parts, noise_after, size, is_complete):
    """A body is the same entries, or refused, whether it comes at once or in pieces of any size."""
    delimiter = b"--" + BOUNDARY.encode()
    body = b"".join(delimiter + b"\r\n" + part + b"\r\n" for part in parts)
    body += delimiter + b"--\r\n" if is_complete else noise_after
    content_type = f"multipart/form-data; boundary={BOUNDARY}"

    def in_pieces():
        parser = MultipartParser(content_type)
        events = [event for at in range(0, len(body), size) for event in parser.feed(body[at : at + size])]
        parser.close()
        entries = []
        for event in events:
            if isinstance(event, PartHeader):
                entries.append([event.name, b"", event.filename])
            elif isinstance(event, PartData):
                entries[-1][1] += event.data
        for _, data, filename in entries:
            if filename is None:
                try:
                    data.decode()
                except UnicodeDecodeError:
                    raise WireError("text is not UTF-8") from None
        return [(name, data) for name, data, _ in entries]

    def at_once():
        entries = parse_multipart(content_type, body)
        return [(name, value.encode() if isinstance(value, str) else value.read_now()) for name, value in entries]

    assert outcome(at_once) == outcome(in_pieces)


@bounded
@given(st.binary(max_size=40))
def test_noise_in_urlencoded_bodies_ends_cleanly(body):
    """Any bytes whatever are entries or a WireError."""
    entries = outcome(parse_urlencoded, body)

    assert entries is WireError or isinstance(entries, list)
