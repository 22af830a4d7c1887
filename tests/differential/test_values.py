"""Random values between React's client and our codecs, in both directions, compared in Node."""

import base64

import pytest

from jetbridge.errors import WireError
from jetbridge.wire.flight import encode_flight
from jetbridge.wire.multipart import parse_multipart
from jetbridge.wire.reply import decode_reply
from tests.conformance.deviations import deviation
from tests.conformance.values import read
from tests.differential.cases import cases
from tests.differential.values import ValueSource


def drawn(seed, **options):
    """One random value, as the only argument of a call."""
    source = ValueSource(seed, **options)
    return {"t": "array", "items": [source.value(source.random.randint(0, 5))]}


def sent_by(peer, value):
    """What our decoder makes of the body that React's client sends for `value`."""
    body = peer.ask("encode", value=value)
    if "text" in body:
        return decode_reply(body["text"])
    return decode_reply(parse_multipart(body["contentType"], base64.b64decode(body["b64"])))


def difference(peer, value, rows, **how):
    """How `rows`, read by React's client, differ from `value`."""
    return peer.ask("compare", value=value, rows=base64.b64encode(rows).decode(), **how)["difference"]


# Sets lose their order in Python's.
ECHOED = {"ordered": False, "forms": True}


@pytest.mark.parametrize(("build", "share"), [("react", 0.15), ("react_in_development", 0.1)])
def test_what_react_sends_comes_back(build, share, request):
    """encodeReply, our decoder, our encoder, React's client: the value is what it was, with what was one object one."""
    peer = request.getfixturevalue(build)
    for case in cases(share):
        value = drawn(case)

        assert None is difference(peer, value, encode_flight(sent_by(peer, value)), **ECHOED), (case, value)


def test_keys_with_colons_come_back(react):
    """Below a key with a colon nothing can be named, so what is shared may come back twice, but equal."""
    for case in cases(0.04):
        value = drawn(case, colons=True)

        found = difference(react, value, encode_flight(sent_by(react, value)), shared=False, **ECHOED)
        assert None is found, (case, value)


@pytest.mark.parametrize(("build", "share"), [("react", 0.15), ("react_in_development", 0.1)])
def test_react_reads_what_we_write(build, share, request):
    """Everything a server sends, elements, symbols and promises too, is in React's client what it was in Python."""
    peer = request.getfixturevalue(build)
    for case in cases(share):
        value = drawn(case, from_server=True)

        assert None is difference(peer, value, encode_flight(read(value))), (case, value)


@pytest.mark.parametrize("kind", ["half", "foreign_date"])
def test_what_python_has_no_value_for_is_refused(react, kind):
    """Halves of surrogate pairs and dates beyond datetime's years are a WireError, wherever they stand."""
    for case in cases(0.02):
        source = ValueSource(case)
        wrong = getattr(source, kind)()
        wrong = source.random.choice(
            [wrong, {"t": "map", "entries": [[wrong, 1]]}, {"t": "object", "entries": [["a", wrong]]}]
        )
        value = {"t": "array", "items": [source.value(2), wrong]}

        assert "refused" == deviation("reply", {"value": value}).outcome
        with pytest.raises(WireError):
            sent_by(react, value)
