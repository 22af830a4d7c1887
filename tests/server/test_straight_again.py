"""The straight way of submits that are sent again, called off or odd, and what is left of them; see test_straight."""

import asyncio
import gc

import pytest
from starlette.requests import Request

from jetbridge.context import Context
from jetbridge.server.body import Resumed
from jetbridge.server.doors import Submission
from jetbridge.server.visit import Visit
from jetbridge.wire.model import UNDEFINED
from jetbridge.wire.rows import decode_flight
from tests.server.asgi import CALL, GONE, SAME_ORIGIN, ask, chunk, url_of
from tests.server.sockets import eventually
from tests.server.straight import (
    DOORS,
    RESULTS,
    TOKEN,
    changes,
    ends,
    gates,
    gives,
    guarded,
    large,
    limited,
    nothing,
    number,
    one,
    ran,
    waits,
)  # fmt: skip

# --- the same again

# What is kept of these is what a browser has read, and not what Python had.
READ = ("dates", "a date elsewhere", "__proto__")


@pytest.mark.parametrize(("door", "shown"), [("call", None), ("call", "gives"), ("form", None)])
@pytest.mark.parametrize("what", [what for what in RESULTS if what not in READ])
async def test_repeats(two, door, what, shown):
    """A submit that comes again gets what came of the first, and the page that shows it."""
    straight, long = await two.both(lambda way: _repeated(way, door, what, shown))

    assert long == straight
    assert two.taken[0]


@pytest.mark.parametrize("shown", [None, "gives"])
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("what", READ)
async def test_repeats_of_what_was_read(two, door, what, shown):
    """Dates come again with milliseconds, and nothing comes again that a browser drops."""
    straight, long = await two.both(lambda way: _repeated(way, door, what, shown))

    assert [_as_read(seen) for seen in long] == [_as_read(seen) for seen in straight]
    assert two.taken == [True, False, False]


async def _repeated(way, door, what, shown):
    given = [what] if door == "call" else [("what", what)]
    tags = shown and way.app.registry.of(gives).tag
    return [await way.submit(door, gives, given, jetbridge_tags=tags) for _ in range(3)]


def _as_read(seen):
    told = decode_flight(seen.body.encode()) if seen.body else None
    states = [[(key, form, decode_flight(rows.encode())) for key, form, *_, rows in one] for one in seen.states]
    return seen.status, told, states, seen.lines, seen.ran, seen.page


@pytest.mark.parametrize(
    ("called", "given", "again"),
    [
        (one, ["Ada"], ["Ada"]),
        (one, ["Ada"], ["Eve"]),
        (one, ["Ada"], ["Ada", UNDEFINED]),
        (one, [1], [1]),
        (one, [1], ["Ada"]),
        *((ends, [how], [how]) for how in ("error", "moves", "missing", "stranger", "bug")),
        *((changes, [what], [what]) for what in ("path", "tag", "all", "cookie", "session", "sign in", "after")),
        *((guarded, [{"how": how}], [{"how": how}]) for how in ("asks", "moves", "bug")),
    ],
)
@pytest.mark.parametrize("shown", [None, "own"])
async def test_two_submits_with_one_key(two, called, given, again, shown):
    """What was done is not done again; other content, or what failed or was refused, is."""

    async def scenario(way):
        tags = shown and way.app.registry.of(called).tag
        return [await way.submit("call", called, one, jetbridge_tags=tags) for one in (given, again, given)]

    straight, long = await two.both(scenario)

    assert long == straight


@pytest.mark.parametrize(("first", "second"), [(a, b) for a in DOORS for b in DOORS if "form" in a and "form" in b])
async def test_a_repeat_by_another_door(two, first, second):
    """A form that the browser submitted is known when React submits it again, and the other way round."""
    fields = [("name", "Ada")]

    async def scenario(way):
        return [await way.submit(door, one, fields) for door in (first, second)]

    straight, long = await two.both(scenario)

    assert long == straight
    assert ([True, False], ["('Ada',)"]) == (two.taken, [*straight[0].ran, *straight[1].ran])


@pytest.mark.parametrize("door", DOORS)
async def test_repeats_while_it_runs(two, door):
    """Who submits the same while it runs waits for it; other content is another run."""
    fields = [["Ada"] if door == "call" else [("name", "Ada")], ["Eve"] if door == "call" else [("name", "Eve")]]

    async def scenario(way):
        running = [asyncio.create_task(way.submit(door, waits, fields[0], page=False))]
        await eventually(lambda: ran)
        running += [asyncio.create_task(way.submit(door, waits, given, page=False)) for given in fields]
        await eventually(lambda: len(ran) > 1)
        gates[""].set()
        return [(one.status, one.headers, one.states, one.body) for one in await asyncio.gather(*running)], sorted(ran)

    straight, long = await two.both(scenario)

    assert long == straight
    assert [False, True, True] == two.taken


async def call_off(way, key="k", visitor="me"):
    """What the client sends when nobody waits for a call any more."""
    headers = {**CALL, **SAME_ORIGIN, "cookie": f"jetbridge-visitor={visitor}", "jetbridge-abort": key}
    headers[TOKEN] = way.app.visitors.keyring.token(visitor)
    answer = await asyncio.create_task(ask(way.app, "POST", url_of(way.app, waits), headers))
    await asyncio.sleep(0)
    return answer.status


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("visitor", "key", "is_over"), [("me", "k", True), ("you", "k", False), ("me", "l", False)], ids=str
)
async def test_called_off_while_it_runs(two, door, visitor, key, is_over):
    """A visitor calls off what runs, by its key."""
    given = ["Ada"] if door == "call" else [("name", "Ada")]

    async def scenario(way):
        running = asyncio.create_task(way.submit(door, waits, given))
        await eventually(lambda: ran)
        status = await call_off(way, key, visitor)
        gates[""].set()
        return status, await running

    straight, long = await two.both(scenario)

    assert long == straight
    assert [1, 2][not is_over] == len(straight[1].ran)


@pytest.mark.parametrize("door", DOORS)
async def test_called_off_before(two, door):
    """The word may overtake the call: then it does not begin."""
    given = ["Ada"] if door == "call" else [("name", "Ada")]

    async def scenario(way):
        return await way.submit(door, nothing, [], key="known"), await call_off(way), await way.submit(door, one, given)

    straight, long = await two.both(scenario)

    assert long == straight
    assert [] == straight[2].ran


async def test_another_that_is_refused_meanwhile(two):
    """Calling off one of several with one key calls them all off, and nothing of it is left for the next."""

    async def scenario(way):
        running = [asyncio.create_task(way.submit("call", waits, [name], page=False)) for name in ("Ada", "Eve")]
        await eventually(lambda: len(ran) > 1)
        await call_off(way)
        seen = [(one.status, one.body) for one in await asyncio.gather(*running)]
        return seen, way.app._acting.performer.aborts._runs

    straight, long = await two.both(scenario)

    assert long == straight
    assert {} == straight[1]


# --- requests of all kinds


def in_two(body):
    return [chunk(body[:5], more=True), chunk(body[5:])]


def in_one_and_nothing(body):
    return [chunk(body, more=True), chunk()]


def not_here_yet(body):
    async def arrives():
        await asyncio.sleep(0)
        return chunk(body)

    return [arrives]


def gone(body):
    return [chunk(body[:5], more=True), GONE]


def gone_at_once(body):
    return [GONE]


def futures(app):
    """A server whose `receive` gives futures."""

    async def serve(scope, receive, send):
        await app(scope, lambda: asyncio.ensure_future(receive()), send)

    return serve


def doubled(app):
    """A client that sends a header of ours twice."""

    async def serve(scope, receive, send):
        again = [(name, value) for name, value in scope["headers"] if name in (b"accept", b"jetbridge-key")]
        await app({**scope, "headers": [*scope["headers"], *again]}, receive, send)

    return serve


@pytest.mark.parametrize("door", ["call", "form"])
@pytest.mark.parametrize(
    ("options", "is_straight"),
    [
        ({}, True),
        ({"query": "&a=b&c=%C3%A9&_whole=1"}, True),
        ({"path": "/elsewhere"}, True),
        ({"path": "/a;b,c"}, True),
        ({"path": "//example.com/"}, True),
        ({"path": "/favicon.ico"}, True),
        ({"path": "/_jetbridge/client.js"}, True),
        ({"scope": {"root_path": "/mounted", "path": "/mounted/x"}}, True),
        ({"scope": {"scheme": "https"}, "cookie": "__Host-jetbridge-visitor=me"}, True),
        ({"scope": {"scheme": "https"}}, False),
        ({"messages": in_two}, False),
        ({"messages": in_one_and_nothing}, False),
        ({"messages": not_here_yet}, False),
        ({"messages": gone}, False),
        ({"messages": gone_at_once}, False),
        ({"key": ""}, False),
        ({"key": "k" * 1000}, True),
        ({"key": "\u00e9 '\""}, True),
        ({"content_length": None}, False),
        ({"content_length": None, "transfer_encoding": "chunked"}, False),
        ({"content_length": "1"}, False),
        ({"content_length": "10000"}, False),
        ({"content_length": "x"}, False),
        ({"content_length": "-1"}, False),
        ({"content_length": "9" * 30}, False),
        ({"content_length": "9999999"}, False),
        ({"expect": "100-continue"}, True),
        ({"cookie": None}, False),
        ({"cookie": "jetbridge-visitor=you"}, False),
        ({"cookie": "a=b; jetbridge-visitor=me; c=d"}, True),
        ({"jetbridge_client": "0/19"}, False),
        ({"jetbridge_bound": "1"}, False),
        ({"jetbridge_bound": "x"}, False),
        ({"sec_fetch_site": None}, False),
        ({"sec_fetch_site": None, "origin": "http://testserver"}, False),
        ({"sec_fetch_site": None, "origin": "http://evil.example"}, False),
        ({"sec_fetch_site": "cross-site"}, False),
        ({"sec_fetch_site": "none"}, False),
        ({"host": "example.com"}, True),
        ({"accept_language": "de"}, True),
        ({"content_type": None}, "call"),
        ({"content_type": "application/json"}, "call"),
        ({"content_type": "multipart/form-data"}, False),
        ({"content_type": "multipart/form-data; boundary=other"}, False),
        ({"around": futures}, False),
        ({"around": futures, "messages": in_two}, False),
        ({"around": doubled}, False),
    ],
    ids=lambda one: (
        " ".join(f"{name}={getattr(value, '__name__', value)}" for name, value in one.items())
        if isinstance(one, dict)
        else ""
    ),
)
async def test_requests(two, door, options, is_straight):
    """Whatever a client sends around it; one that is not sure to take the straight way takes the long one."""
    given = ["Ada"] if door == "call" else [("name", "Ada")]
    straight, long = await two.submit(door, one, given, **options)

    assert long == straight
    assert [is_straight in (True, door)] == two.taken


# --- what is left of them


@pytest.mark.parametrize(("called", "limit", "most"), [(large, "_BYTES", 800_000), (number, "_ENTRIES", 10)])
async def test_no_more_is_kept_than_there_is_room_for(two, monkeypatch, called, limit, most):
    """The oldest submits are forgotten, by their number and by what they came to; the newest are known."""
    monkeypatch.setattr(f"jetbridge.server.once.{limit}", most)

    async def scenario(way):
        sent = (*range(20), 19, 18, 0)
        return [(await way.submit("call", called, [n], key=f"key {n}", page=False)).ran for n in sent]

    straight, long = await two.both(scenario)

    assert long == straight
    assert [[], [], ["(0,)"]] == straight[-3:]


async def test_what_was_refused_takes_no_room(two, monkeypatch):
    """However often somebody is refused, what was done before is known."""
    monkeypatch.setattr("jetbridge.server.once._BYTES", 20_000)

    async def scenario(way):
        sent = [("done", "first"), *(("stranger", f"key {n}") for n in range(20)), ("done", "first")]
        return [(await way.submit("call", ends, [how], key=key, page=False)).ran for how, key in sent]

    straight, long = await two.both(scenario)

    assert long == straight
    assert (["('done',)"], []) == (straight[0], straight[-1])


class Cancelled:
    """An application whose requests are cancelled by `cancel`, as no server of `jetbridge run` does."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        self.request = asyncio.create_task(self.app(scope, receive, send))
        await self.request


@pytest.mark.parametrize("door", DOORS)
async def test_a_request_that_is_cancelled(two, door):
    """Its action is cancelled with it; nothing of it is left, and it is run when it is sent again."""
    given = ["Ada"] if door == "call" else [("name", "Ada")]

    async def scenario(way):
        served = Cancelled(way.app)
        request = asyncio.create_task(way.submit(door, waits, given, around=lambda _: served))
        await eventually(lambda: ran)
        served.request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        left = dict(way.app._acting.performer.aborts._runs), way.app._acting.performer.crowd._running
        gates[""].set()
        ran.clear()
        return left, (await way.submit(door, waits, given)).ran

    two.ways = two.ways[:1]
    (seen,) = await two.both(scenario)

    assert (({}, 0), ["('begins', 'Ada')", "('ends', 'Ada')"], [True]) == (*seen, two.taken)


MADE = (Context, Visit, Submission, Resumed, Request)


@pytest.mark.parametrize("door", ["call", "form"])
@pytest.mark.parametrize(
    ("called", "name", "value"),
    [
        (gives, "what", "text"),
        (gives, "what", "what cannot be sent"),
        (ends, "how", "error"),
        (ends, "how", "stranger"),
        (changes, "what", "request"),
        (guarded, "how", "moves"),
        (limited, "name", "too long"),
    ],
)
async def test_nothing_is_left(two, door, called, name, value):
    """Neither for Python's cyclic collector, nor with what is kept for a submit that comes again."""
    given = [(name, value)] if door != "call" else [{"how": value}] if called is guarded else [value]

    async def scenario(way):
        await way.submit(door, called, given, key="before", page=False)
        gc.disable()
        gc.freeze()  # what is there now is not looked at
        await way.submit(door, called, given, page=False)
        await asyncio.sleep(0)
        return [one for one in gc.get_objects() if type(one) in MADE]

    try:
        left = await two.both(scenario)
    finally:
        gc.unfreeze()
        gc.enable()

    assert [[], []] == left
