"""Bodies: too large, too slow, malformed, or left in the middle."""

import asyncio

import pytest

from jetbridge.actions.define import action
from jetbridge.server.app import App
from jetbridge.server.body import read_body
from jetbridge.server.current import request
from jetbridge.server.visit import Headers, Incoming
from jetbridge.wire.limits import Limits
from jetbridge.wire.model import FormData
from tests.server.asgi import CALL, FORM, GONE, SAME_ORIGIN, chunk, post, reply

entered = []
DOORS = pytest.mark.parametrize("door", [{**CALL, **SAME_ORIGIN}, {**FORM, **SAME_ORIGIN}], ids=["fetch", "form"])


@action
async def note(text: str = ""):
    entered.append(text)


@action(max_bytes=10)
async def small(text: str = ""):
    entered.append(text)


@action(max_bytes=1000)
async def large(text: str = ""):
    entered.append(len(text))


@action
async def reads_again(form: FormData):
    return (await request().body()).decode()


@pytest.fixture(autouse=True)
def nothing_entered():
    entered.clear()


@pytest.fixture
def app():
    return App(__name__, secret="s" * 40, limits=Limits(body_bytes=100, read_seconds=0.05))


def in_chunks(*pieces):
    return [*(chunk(piece, more=True) for piece in pieces), chunk()]


@DOORS
@pytest.mark.parametrize(
    ("length", "messages", "read_before"),
    [
        ("101", [], 0),
        ("99999999999999999999999999999", [], 0),
        ("00000000000000000000000000000101", [chunk(b"x" * 101)], None),
        (None, [chunk(b"x" * 101)], 1),
        ("5", [chunk(b"x" * 101)], 1),
        (None, in_chunks(b"x" * 50, b"x" * 50, b"x", b"x" * 50), 3),
        (None, in_chunks(*[b"x"] * 101), 101),
    ],
    ids=["declared", "declared absurdly", "with zeros", "in one piece", "lied about", "in pieces", "byte by byte"],
)
async def test_too_large(app, door, length, messages, read_before):
    """413 as soon as it is known; then the connection is emptied and closed, so that the client sees the answer."""
    headers = {**door, **({"content-length": length} if length else {})}
    ended = any(not message["more_body"] for message in messages)
    answer = await asyncio.wait_for(post(app, note, headers, messages if ended else [*messages, chunk()]), 30)

    assert (413, True, []) == (answer.status, answer.complete, entered)
    assert (None if len(messages) == 1 else "close") == answer.header("connection")
    assert read_before is None or read_before == answer.received_before


@DOORS
async def test_a_client_that_waits_for_permission_to_send(app, door):
    """With `Expect: 100-continue` a declared body that is too large is never sent, and never waited for."""
    answer = await post(app, note, {**door, "content-length": "101", "expect": "100-continue"}, [])

    assert (413, 0) == (answer.status, answer.received)


@pytest.mark.parametrize(
    ("function", "size", "status"), [(small, 10, 200), (small, 11, 413), (large, 900, 200), (large, 1001, 413)]
)
async def test_an_actions_own_limit(app, function, size, status):
    """`max_bytes` goes down and up; the size is that of the body."""
    text = "x" * (size - 4)
    answer = await post(app, function, {**CALL, **SAME_ORIGIN}, reply(text))

    assert status == answer.status


@pytest.mark.parametrize("size", [100, 101])
async def test_the_limit_is_exact(app, size):
    """A body of just the limit is read."""
    answer = await post(app, note, {**CALL, **SAME_ORIGIN}, reply("x" * (size - 4)))

    assert (200 if size == 100 else 413) == answer.status


class Message:
    """What some servers give in place of a coroutine: it can be awaited, and no more."""

    def __init__(self, message):
        self.message = message

    def __await__(self):
        yield from asyncio.sleep(0).__await__()
        return self.message


async def test_a_server_whose_receive_is_no_coroutine():
    """ASGI asks of `receive` that what it gives can be awaited; a body in several messages is read like any other."""
    messages = [chunk(b'["a', more=True), chunk(b"", more=True), chunk(b'"]')]
    body = await read_body(Incoming(lambda: Message(messages.pop(0))), Headers([]), 100, Limits())

    assert b'["a"]' == body


@DOORS
async def test_too_slow(app, door):
    """A body that does not end in time is 408, and the connection is closed."""
    answer = await post(app, note, door, [chunk(b"[", more=True)])

    assert (408, "close", []) == (answer.status, answer.header("connection"), entered)


@DOORS
async def test_a_client_that_leaves(app, door):
    """One that goes away within its body has called nothing, and is no error."""
    for messages in ([GONE], [chunk(b"[", more=True), GONE]):
        await post(app, note, door, messages)

    assert [] == entered


@DOORS
@pytest.mark.parametrize("length", ["-1", "x", "1e3", "5, 5", "", "٣"])
async def test_a_length_that_is_no_number(app, door, length):
    """Content-Length is digits."""
    headers = {**door, "content-length": length.encode().decode("latin-1")}
    answer = await post(app, note, headers, [])

    assert (400, 0) == (answer.status, answer.received)


MALFORMED = {
    "no JSON": (CALL, b"{"),
    "not UTF-8": (CALL, b'["\xff"]'),
    "empty call": (CALL, b""),
    "no list of arguments": (CALL, b'{"a":1}'),
    "a promise": (CALL, b'["$@1"]'),
    "multipart without a boundary": ({**CALL, "content-type": "multipart/form-data"}, b"--x--"),
    "multipart that does not end": ({**CALL, "content-type": "multipart/form-data; boundary=x"}, b"--x\r\n"),
    "form as JSON": ({**FORM, "content-type": "application/json"}, b"{}"),
    "form as text": ({**FORM, "content-type": "text/plain"}, b"a=b"),
    "form without a type": ({"accept": "text/html"}, b"a=b"),
    "form, multipart that does not end": ({**FORM, "content-type": "multipart/form-data; boundary=x"}, b"--x\r\n"),
}


@pytest.mark.parametrize("case", MALFORMED)
async def test_malformed(app, case):
    """What cannot be read is the client's fault, said without echoing it, and never a call."""
    door, body = MALFORMED[case]
    answer = await post(app, note, {**door, **SAME_ORIGIN}, body)

    assert answer.status in (400, 415)
    assert [] == entered


async def test_too_many_fields():
    """A form's fields are counted."""
    app = App(__name__, secret="s" * 40, limits=Limits(parts=10))
    answer = await post(app, note, {**FORM, **SAME_ORIGIN}, b"&".join([b"a=b"] * 11))

    assert (413, []) == (answer.status, entered)


async def test_an_action_can_read_the_body_again():
    """`request().body()` in an action gives the body that was sent, instead of waiting for one that never comes."""
    app = App(__name__, secret="s" * 40)
    headers = {**CALL, **SAME_ORIGIN, "content-type": "multipart/form-data; boundary=x"}
    answer = await asyncio.wait_for(post(app, reads_again, headers, FORM_BODY), 30)

    assert FORM_BODY.decode().splitlines() == answer.told["value"].splitlines()


FORM_BODY = (
    b'--x\r\nContent-Disposition: form-data; name="_1_a"\r\n\r\nb\r\n'
    b'--x\r\nContent-Disposition: form-data; name="0"\r\n\r\n["$K1"]\r\n--x--\r\n'
)
