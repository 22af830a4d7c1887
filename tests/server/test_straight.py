"""The straight way of a call gives what the long way gives: the same requests, to two applications that are alike."""

import asyncio
import gc
import io
import json
import logging
import logging.config
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from http.cookies import SimpleCookie

import pytest
from starlette.requests import Request

from jetbridge.cli.log import LOGGING
from jetbridge.context import Context
from jetbridge.server.body import Resumed
from jetbridge.server.doors import Submission
from jetbridge.server.straight import Straight
from jetbridge.server.visit import Visit, place_of
from jetbridge.wire.model import UNDEFINED
from jetbridge.wire.rows import decode_flight
from tests.server.asgi import CALL, GONE, SAME_ORIGIN, ask, chunk, started, url_of
from tests.server.sockets import eventually
from tests.server.straight import (
    BY_FORM,
    DOORS,
    RESULTS,
    TOKEN,
    Two,
    Way,
    address,
    anything,
    at,
    by_position,
    changes,
    deep,
    defaults,
    ends,
    forget_taker,
    form_data,
    gates,
    gives,
    guarded,
    item,
    large,
    limited,
    made,
    named,
    nothing,
    number,
    one,
    options,
    others,
    people,
    person,
    point,
    ran,
    says_less,
    several,
    untyped,
    waits,
)  # fmt: skip


@pytest.fixture
def terminal():
    """The handler of `jetbridge run`, which takes the lines of visits where no other listens."""
    logging.config.dictConfig(LOGGING)
    (handler,) = logging.getLogger("jetbridge").handlers
    handler.stream = io.StringIO()
    yield handler
    forget_taker()


@pytest.fixture
async def two(monkeypatch, terminal):
    taken = []
    answer = Straight.answer

    async def watched(straight, scope, receive, send, exchange):
        is_known = place_of(scope).action in straight.acting.plans
        left = await answer(straight, scope, receive, send, exchange)
        if is_known:
            taken.append(left is None)
        return left

    monkeypatch.setattr(Straight, "answer", watched)
    async with AsyncExitStack() as stack:
        ways = []
        for tasks in ("shared", ""):
            monkeypatch.setenv("JETBRIDGE_TASKS", tasks)
            ways.append(Way(made(), terminal.stream))
            await stack.enter_async_context(started(ways[-1].app))
        yield Two(ways, taken, terminal)


TEXTS = [
    "Ada",
    "",
    "$",
    "$K1",
    "$D2024-02-03T04:05:06.000Z",
    "$$",
    'a \\ " / \n\t é \u2028 😀',
    "__proto__",
    "a b " * 120,
]


@pytest.mark.parametrize(
    ("called", "arguments", "is_straight"),
    [
        *((one, [text], True) for text in TEXTS),
        *((anything, [text], True) for text in TEXTS),
        (one, [], True),
        (one, [1], True),
        (one, [None], True),
        (one, ["Ada", "more"], True),
        (one, ["Ada", UNDEFINED], True),
        (several, ["Ada", 36, ["a", "b"]], True),
        (several, ["Ada", 36], True),
        (several, ["Ada", "36"], True),
        (several, [UNDEFINED, 36], True),
        (several, [{"name": "Ada", "age": 36}], True),
        (nothing, [], True),
        (nothing, [1], True),
        (defaults, [], True),
        (defaults, ["Eve"], True),
        (defaults, [UNDEFINED, 2], True),
        (options, ["Ada"], True),
        (options, ["Ada", {"loud": True, "since": "2024-02-03"}], True),
        (options, ["Ada", {"loud": True, "other": 1}], True),
        (named, [{"name": "Ada"}], True),
        (named, [], True),
        (others, ["Ada", {"a": "b", "c": "d"}], True),
        (others, ["Ada", {"a": 1}], True),
        (by_position, ["Ada", "b", "c"], False),
        (limited, ["Ada", 18], True),
        (limited, ["Ada Lovelace", 17], True),
        (limited, ["Ada Lovelace"], True),
        (person, [{"name": "Ada", "age": 3}], True),
        (person, [{"name": "A", "age": "x", "more": 1}], True),
        (person, [{"__proto__": {"name": "Ada"}}], True),
        (person, [None], True),
        (address, [{"street": "a", "city": "b"}], True),
        (address, [{"city": 1}], True),
        (point, [{"x": 1}], True),
        (point, [{"x": "1"}], True),
        (item, [{"name": "tea", "price": 1}], True),
        (item, [{}], True),
        (people, [[{"name": "Ada"}] * 40], True),
        (people, [[{"name": "Ada"}] * 39 + [{"name": "A"}]], True),
        (at, [datetime(2024, 2, 3, 4, 5, 6, 789000, UTC)], True),
        (at, ["yesterday"], True),
        (number, [2**53], True),
        (number, [2**70], True),
        (number, [1.5], True),
        (number, [float("nan")], True),
        (anything, [{"a": [1, 1.5, None, True, datetime(2024, 2, 3, tzinfo=UTC)]}], True),
        (anything, [{"__proto__": 1}], True),
        (anything, [deep(20)], True),
        (anything, [deep(70)], False),
        (anything, [{"$a": "$b"}], True),
        (anything, [{1, 2}], True),
        (anything, [b"abc"], True),
        (untyped, [{"a": 1}], True),
        (untyped, [], True),
    ],
)
async def test_calls(two, called, arguments, is_straight):
    """Whatever arguments a call has."""
    straight, long = await two.submit("call", called, arguments)

    assert long == straight
    assert [is_straight] == two.taken


@pytest.mark.parametrize("door", ["form by React", "urlencoded form"])
@pytest.mark.parametrize(
    ("called", "fields", "is_straight"),
    [
        *((one, [("name", text)], True) for text in TEXTS),
        (one, [], True),
        (one, [("name", "Ada"), ("name", "Eve")], True),
        (one, [("name", "Ada"), ("more", "x"), ("_ours", "y")], True),
        (several, [("name", "Ada"), ("age", "36"), ("tags", "a"), ("tags", "b")], True),
        (several, [("name", "Ada"), ("age", "x")], True),
        (nothing, [], True),
        (nothing, [("name", "Ada")], True),
        (defaults, [], True),
        (options, [("name", "Ada"), ("loud", "on"), ("since", "2024-02-03")], True),
        (named, [("name", "Ada")], True),
        (others, [("name", "Ada"), ("a", "b")], True),
        (by_position, [("name", "Ada")], False),
        (limited, [("name", "Ada Lovelace"), ("age", "17")], True),
        (person, [("name", "Ada"), ("age", "3")], True),
        (person, [("name", "A"), ("age", "x")], True),
        (address, [("street", "a")], True),
        (point, [("x", "1"), ("y", "2")], True),
        (item, [("name", "tea"), ("price", "1.5")], True),
        (people, [("people[0].name", "Ada"), ("people[1].name", "Eve"), ("people[1].age", "2")], True),
        (people, [("people[0].name", "Ada"), ("people[x].name", "Eve")], True),
        (at, [("at", "2024-02-03T04:05")], True),
        (number, [("number", "1180591620717411303424")], True),
        (anything, [("a", "b"), ("a", "c")], True),
        (untyped, [("value", "b")], True),
        (form_data, [("a", "b"), ("__proto__", "c"), ("a", "$d")], True),
    ],
)
async def test_forms(two, door, called, fields, is_straight):
    """Whatever fields a form has, be it React or the browser that submits it."""
    straight, long = await two.submit(door, called, fields)

    assert long == straight
    assert [is_straight] == two.taken


@pytest.mark.parametrize("door", ["call", "form"])
@pytest.mark.parametrize("what", RESULTS)
async def test_results(two, door, what):
    """Whatever an action returns."""
    given = [what] if door == "call" else [("what", what)]
    straight, long = await two.submit(door, gives, given)

    assert long == straight
    assert [True] == two.taken


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "how", ["error", "moves", "missing", "stranger", "bug", "leaves", "several", "nothing of these"]
)
async def test_outcomes(two, door, how):
    """However it ends."""
    given = [how] if door == "call" else [("how", how)]
    straight, long = await two.submit(door, ends, given)

    assert long == straight
    assert [True] == two.taken


@pytest.mark.parametrize("door", DOORS)
async def test_a_result_that_says_less(two, door):
    """Where it returns more than it says it does, only what it says is told."""
    straight, long = await two.submit(door, says_less, ["x"] if door == "call" else [("what", "x")])

    assert long == straight
    assert [True] == two.taken


@pytest.mark.parametrize(
    ("door", "shown"),
    [
        ("call", None),
        ("call", "path:/,shown"),
        ("call", "path:/elsewhere,%C3%A9"),
        ("call", "changes"),
        ("form by React", None),
        ("form by React", "changes"),
        ("form", None),
        ("urlencoded form", None),
    ],
)
@pytest.mark.parametrize(
    "what",
    [
        "nothing", "path", "elsewhere", "tag", "other tag", "all", "cookie", "header", "session", "sign in",
        "look at session", "flashes", "after", "after, wrong", "request", "stream",
    ],
)  # fmt: skip
async def test_changes(two, door, what, shown):
    """Whatever else it does, and whatever the page shows."""

    async def scenario(way):
        tags = way.app.registry.of(changes).tag if shown == "changes" else shown
        return await way.submit(door, changes, [what] if door == "call" else [("what", what)], jetbridge_tags=tags)

    straight, long = await two.both(scenario)

    assert long == straight
    assert [True] == two.taken


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("how", ["asks", "moves", "stranger", "error", "value", "bug"])
async def test_validators(two, door, how):
    """A validator of the application's is asked once; it may ask for the request, and end the call."""
    straight, long = await two.submit(door, guarded, [{"how": how}] if door == "call" else [("how", how)])

    assert long == straight
    assert [True] == two.taken


@pytest.mark.parametrize("door", BY_FORM)
@pytest.mark.parametrize("last", [(gives, ("what", "a list")), (ends, ("how", "error")), (ends, ("how", "bug"))])
async def test_forms_of_a_page(two, door, last):
    """A page shows what came of each of its forms, until the same one is submitted again."""
    first = [(one, ("name", "Ada")), (gives, ("what", "text")), (one, ("name", "Eve")), (limited, ("name", "too long"))]

    async def scenario(way):
        seen = []
        await way.page(SimpleCookie("jetbridge-visitor=me"))
        for called, field in (*first, last):
            fields = [*way.hidden(called), field]
            seen.append(await way.submit(door, called, fields, key=dict(fields)["$key"]))
        return seen

    straight, long = await two.both(scenario)

    assert long == straight
    assert [True] * 5 == two.taken


@pytest.mark.parametrize(
    ("bound", "more", "mark", "is_straight"),
    [
        ([], [], "", True),
        (["x"], [], "", False),
        ([None], [("$ACTION_KEY_1", "k1")], "", True),
        ([], [("$ACTION_KEY_1", "k1")], "#state", True),
    ],
)
async def test_forms_of_react(two, bound, more, mark, is_straight):
    """A form that React's server renderer has made for a browser without JavaScript, with its fields."""

    async def scenario(way):
        name = way.app.references.reference(one).id + mark
        fields = [("$ACTION_REF_1", ""), ("$ACTION_1:0", json.dumps({"id": name, "bound": "$@1"}))]
        fields += [("$ACTION_1:1", json.dumps(bound)), *more, ("name", "Ada")]
        return await way.submit("form", one, fields)

    straight, long = await two.both(scenario)

    assert long == straight
    assert [is_straight] == two.taken


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
