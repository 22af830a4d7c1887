"""Results that become known while they are sent, over a socket: when they arrive, who waits, and who cleans up."""

import asyncio
import json
import logging
import os
import re
from pathlib import Path

import pytest
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware

from jetbridge.actions.define import action
from jetbridge.actions.state import action_state
from jetbridge.elements.h import h
from jetbridge.errors import ActionError, forbidden, redirect
from jetbridge.server.app import App
from jetbridge.server.current import after, request
from jetbridge.wire.flight import encode_flight
from jetbridge.wire.model import AsyncItems, Promise
from jetbridge.wire.rows import decode_flight
from tests.conftest import SECRET
from tests.differential.peer import node
from tests.server.asgi import CALL, FORM, SAME_ORIGIN, ask, chunk, url_of, visit
from tests.server.sockets import eventually, serving

pytestmark = pytest.mark.filterwarnings("ignore:.*websockets.*:DeprecationWarning")
HIDDEN = "what only the server knows"


class Memory:
    """What the actions did, and the gate some of them wait at."""

    def __init__(self):
        self.happened = []
        self.made = 0
        self.gate = asyncio.Event()


memory = None


@pytest.fixture(autouse=True)
async def nothing_left():
    """Whatever a test does, no task outlives it and the loop has nothing to complain about."""
    global memory
    memory = Memory()
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    before = asyncio.all_tasks()
    yield
    await eventually(lambda: not asyncio.all_tasks() - before - {asyncio.current_task()})

    assert [] == complaints


@pytest.fixture
def app():
    return App(__name__, secret=SECRET)


async def later(value, turns=1):
    for _ in range(turns):
        await asyncio.sleep(0)
    return value


@action
async def two_items():
    yield "first"
    await memory.gate.wait()
    yield "second"


@action
async def endless():
    try:
        yield "first"
        await asyncio.sleep(3600)
    finally:
        await asyncio.sleep(0.01)
        memory.happened.append("finally")


@action
async def result_in_an_hour():
    async def result():
        try:
            await asyncio.sleep(3600)
        finally:
            memory.happened.append("finally")

    return {"known": 1, "result": result()}


@action
async def flood():
    try:
        while True:
            memory.made += 1
            yield "x" * 1_000_000
    finally:
        memory.happened.append("finally")


# --- when things arrive


async def test_the_first_item_before_the_second_is_made(app):
    """An item is at the client while the generator waits."""
    async with serving(app) as server, await server.post(two_items) as connection:
        came = await connection.piece() + await connection.piece()
        memory.gate.set()
        came += await connection.rest()

    assert b"first" in came
    assert {"value": AsyncItems("iterable", ["first", "second"])} == decode_flight(came)


async def test_headers(app):
    """Nobody on the way is to keep the answer, or to collect it first."""
    async with serving(app) as server, await server.post(two_items) as connection:
        await connection.head()

    assert (200, "text/x-component", "private, no-store", "no") == (
        connection.status,
        *(connection.headers[name] for name in ("content-type", "cache-control", "x-accel-buffering")),
    )


async def test_who_does_not_read_stops_the_producer(app):
    """What is made and not read is no more than buffers hold; who reads on gets on."""
    async with serving(app) as server, await server.post(flood) as connection:
        await connection.piece()
        await asyncio.sleep(0.1)
        before = memory.made
        await asyncio.sleep(0.2)
        stood_still = memory.made == before
        for _ in range(2 * before):
            await connection.piece()

    assert stood_still
    assert before < 12
    assert memory.made > before
    await eventually(lambda: memory.happened)


# --- the client goes away


@pytest.mark.parametrize("http", ["h11", "httptools"])
@pytest.mark.parametrize("function", [endless, result_in_an_hour, flood])
async def test_a_client_that_leaves(app, http, function):
    """The generator's `finally` runs at once, though it would not have made its next item for an hour."""
    async with serving(app, http=http) as server, await server.post(function) as connection:
        await connection.piece()
        connection.leave()
        await eventually(lambda: memory.happened)

    assert ["finally"] == memory.happened


async def test_a_client_that_leaves_before_the_answer(app):
    """An action runs to its end (decision 16); the stream in its result is not begun."""
    async with serving(app) as server, await server.post(slow_to_start) as connection:
        await eventually(lambda: memory.happened)
        connection.leave()
        await asyncio.sleep(0.02)
        memory.gate.set()
        await eventually(lambda: len(memory.happened) == 2)

    assert ["begun", "done"] == memory.happened


@action
async def slow_to_start():
    memory.happened.append("begun")
    await memory.gate.wait()
    memory.happened.append("done")
    return [later(1), endless()]


async def test_servers_that_say_so_by_raising(app):
    """ASGI 2.4: a client that has gone is an OSError from `send`; no error in the application."""
    sent = []

    async def send(message):
        sent.append(message)
        if len(sent) == 3:
            raise OSError

    async def receive():
        if not sent and not memory.made:
            memory.made = 1
            return chunk(b"[]")
        return await asyncio.Event().wait()

    path, _, query = url_of(app, endless).partition("?")
    headers = {"host": "testserver", **CALL, **SAME_ORIGIN}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    async with asyncio.timeout(2):
        await app(scope, receive, send)

    assert ["finally"] == memory.happened


class Passing(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        return await call_next(request)


@pytest.mark.parametrize("kind", [Passing, GZipMiddleware])
async def test_behind_middleware(kind):
    """Items arrive as they are made and leaving is noticed, behind middleware that wraps answers too."""
    app = App(__name__, secret=SECRET, middleware=[Middleware(kind)])
    async with serving(app) as server, await server.post(endless, accept_encoding="gzip") as connection:
        while not await connection.piece():
            pass
        connection.leave()
        await eventually(lambda: memory.happened)

    assert ["finally"] == memory.happened


# --- the server goes away


async def test_shutdown(app):
    """Streams that do not end are ended when the server has waited long enough, with their `finally`."""
    async with serving(app, timeout_graceful_shutdown=1) as server, await server.post(endless) as connection:
        await connection.piece()
        await asyncio.wait_for(server.stop(), 30)

    assert ["finally"] == memory.happened


async def test_shutdown_by_lifespan(app):
    """A server that only says so gets them ended as well."""
    order = asyncio.Queue()
    told = []

    async def send(message):
        told.append(message["type"])

    await order.put({"type": "lifespan.startup"})
    lifespan = asyncio.ensure_future(app({"type": "lifespan"}, order.get, send))
    answer = asyncio.ensure_future(
        ask(app, "POST", url_of(app, endless), {**CALL, **SAME_ORIGIN}, [chunk(b"[]"), asyncio.Event().wait])
    )
    await asyncio.sleep(0.02)
    await order.put({"type": "lifespan.shutdown"})
    await asyncio.wait_for(asyncio.gather(lifespan, answer), 30)

    assert ["lifespan.startup.complete", "lifespan.shutdown.complete"] == told
    assert ["finally"] == memory.happened


# --- what goes wrong


@action
async def fails_midway():
    yield {"row": 1}
    raise RuntimeError(HIDDEN)


@action
async def unsendable_midway():
    async def rows():
        yield 1
        yield {"cell": [memory]}

    return {"rows": rows()}


@action
async def redirects_midway():
    yield 1
    raise redirect("/elsewhere")


async def call(app, function, **headers):
    given = {**CALL, **SAME_ORIGIN, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await asyncio.wait_for(ask(app, "POST", url_of(app, function), given, [chunk(b"[]")]), 30)


@pytest.mark.parametrize("function", [fails_midway, unsendable_midway, redirects_midway])
async def test_errors_in_production(app, caplog, function):
    """The consumer gets the digest that is in the log with the traceback, after what came before, and nothing more."""
    answer = await call(app, function)
    value = answer.told["value"]
    stream = value["rows"] if isinstance(value, dict) else value
    (line,) = re.findall(r"sending the result of \w+\(\) failed \[(\w+)\]", caplog.text)

    assert (200, 1, line) == (answer.status, len(stream.items), stream.error.digest)
    assert answer.body.endswith(b':E{"digest":"%b"}\n' % line.encode())
    assert HIDDEN.encode() not in answer.body
    assert "Traceback" in caplog.text or "EncodeError" in caplog.text


@pytest.mark.parametrize(
    ("function", "name", "told"),
    [
        (fails_midway, "RuntimeError", HIDDEN),
        (unsendable_midway, "EncodeError", "$.value.rows[1].cell[0]"),
        (redirects_midway, "DefinitionError", "before the first item"),
    ],
)
async def test_errors_in_development(monkeypatch, function, name, told):
    """The consumer gets what went wrong, and where."""
    monkeypatch.setenv("JETBRIDGE_ENV", "dev")
    answer = await call(App(__name__, secret=SECRET), function)
    value = answer.told["value"]
    error = (value["rows"] if isinstance(value, dict) else value).error

    assert name == error.name
    assert told in str(error)


@action
async def refuses_midway():
    yield {"row": 1}
    raise ActionError("Full", field_errors={"seat": "taken"}, code="full", field_codes={"seat": "taken"})


@action
async def refuses_later():
    async def seat():
        raise ActionError("Full", field_errors={"seat": "taken"}, code="full", field_codes={"seat": "taken"})

    return {"seats": [{"one": seat()}]}


@action
async def refuses_in_a_group():
    async def refuse():
        raise ActionError("Full", field_errors={"seat": "taken"}, code="full", field_codes={"seat": "taken"})

    yield {"row": 1}
    async with asyncio.TaskGroup() as group:
        group.create_task(refuse())


@action
async def forbids_midway():
    yield {"row": 1}
    raise forbidden("Not yours")


FULL = {"message": "Full", "fieldErrors": {"seat": "taken"}, "code": "full", "fieldCodes": {"seat": "taken"}}


@pytest.mark.parametrize("mode", ["", "dev"], ids=["production", "development"])
@pytest.mark.parametrize(
    ("function", "told"),
    [
        (refuses_midway, FULL),
        (refuses_later, FULL),
        (refuses_in_a_group, FULL),
        (forbids_midway, {"message": "Not yours", "fieldErrors": {}, "code": "403"}),
    ],
)
async def test_expected_errors(monkeypatch, caplog, mode, function, told):
    """They are told in full, in what React's client keeps of an error, and are no matter for the log."""
    monkeypatch.setenv("JETBRIDGE_ENV", mode)
    answer = await call(App(__name__, secret=SECRET), function)
    value = answer.told["value"]
    error = (value["seats"][0]["one"] if isinstance(value, dict) else value).error

    assert {"error": told} == json.loads(error.digest)
    assert b"Traceback" not in answer.body
    assert "" == caplog.text


async def test_failures_in_development(monkeypatch):
    """What React's client keeps of the error has all that the answer to a call would have."""
    monkeypatch.setenv("JETBRIDGE_ENV", "dev")
    answer = await call(App(__name__, secret=SECRET), fails_midway)
    failure = json.loads(answer.told["value"].error.digest)["failure"]

    assert f"RuntimeError: {HIDDEN}" == failure["message"]
    assert "fails_midway" in failure["traceback"]
    assert ["digest", "message", "traceback"] == sorted(failure)


# --- the request within


@action
async def looks_around():
    yield request().headers["x-own"], request().cookies["a"]
    await asyncio.sleep(0.01)
    after(lambda: memory.happened.append("after"))
    yield request().url.path
    memory.happened.append("last")


async def test_the_request_is_there(app):
    """request(), cookies and after() work in a generator as in the action; what after() was given waits for its end."""
    answer = await call(app, looks_around, x_own="own", cookie="a=b")
    await eventually(lambda: len(memory.happened) == 2)

    assert [["own", "b"], "/"] == answer.told["value"].items
    assert ["last", "after"] == memory.happened


# --- equal submits


@action
async def counts():
    memory.made += 1
    await memory.gate.wait()

    async def rows():
        yield "row"

    return {"number": memory.made, "rows": rows(), "late": later(1)}


async def test_the_second_of_a_double_click(app, caplog):
    """The action runs once. The first submit gets the streams; a repeat succeeds too, and only who reads one sees an
    error."""
    caplog.set_level(logging.INFO)
    key = {"jetbridge_key": "k" * 22, "cookie": "jetbridge-visitor=v"}
    clicks = [asyncio.ensure_future(call(app, counts, **key)) for _ in range(2)]
    await asyncio.sleep(0.02)
    memory.gate.set()
    first, second = [(await click).told["value"] for click in clicks]
    third = (await call(app, counts, **key)).told["value"]

    assert 1 == memory.made
    assert {"number": 1, "rows": AsyncItems("iterable", ["row"]), "late": Promise("fulfilled", 1)} == first
    for repeated in (second, third):
        assert (1, []) == (repeated["number"], repeated["rows"].items)
        assert repeated["rows"].error.digest == repeated["late"].error.digest
        assert repeated["rows"].error.digest in caplog.text


async def test_a_page_that_shows_the_state_of_an_action_that_streams():
    """The page comes with the stream, or in its place where there are no scripts; nothing is left unawaited."""
    app = App(__name__, secret=SECRET)

    @app.page("/")
    def home():
        state = action_state(counts)
        return h.form(action=counts)[h.button["Go"], state.submitted and h.p["Submitted"]]

    memory.gate.set()
    async with visit(app) as client:
        page = await client.open("/")
        plain = await page.form(counts).submit({})
        scripted = await page.call(counts)

    assert "Submitted" in plain.text
    assert AsyncItems("iterable", ["row"]) == scripted.value["rows"]
    assert b"Submitted" in encode_flight(scripted.page["tree"])


async def test_a_repeat_without_scripts(app):
    """A form submitted by the browser and then again by React: the stream was nobody's, and nothing runs again."""
    memory.gate.set()
    headers = {**SAME_ORIGIN, "cookie": "jetbridge-visitor=v"}
    answer = await ask(app, "POST", url_of(app, counts), {**FORM, **headers}, [chunk(b"%24key=kkkk")])

    assert (303, 1) == (answer.status, memory.made)


# --- React reads it


@action
async def everything():
    async def rows():
        yield "text"
        yield "ü" * 2000
        yield b"\x00\xff\n"
        yield {"number": 1, "nothing": None, "many": [1.5, True]}
        yield {"promise": later("kept"), "stream": letters("ab")}
        shared = {"a": 1}
        yield [shared, shared]

    async def letters(text):
        for letter in text:
            await asyncio.sleep(0)
            yield letter

    async def fails():
        raise RuntimeError(HIDDEN)

    async def fails_after_one():
        yield 1
        raise RuntimeError(HIDDEN)

    return {
        "slow": asyncio.sleep(0.1, "slow"),
        "quick": asyncio.sleep(0.05, "quick"),
        "plain": 1,
        "rows": rows(),
        "empty": letters(""),
        "fails": fails(),
        "midway": fails_after_one(),
    }


@pytest.mark.parametrize("build", ["production", "development"])
async def test_react_reads_it(monkeypatch, build):
    """React's own client gets promises and async iterables with what they hold, as they become known."""
    monkeypatch.setenv("JETBRIDGE_ENV", "dev" if build == "development" else "")
    app = App(__name__, secret=SECRET)
    async with serving(app) as server:
        process = await asyncio.create_subprocess_exec(
            node(),
            str(Path(__file__).parent / "react.mjs"),
            f"http://127.0.0.1:{server.port}{url_of(app, everything)}",
            env={**os.environ, "NODE_ENV": build},
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await asyncio.wait_for(process.communicate(), 30)
    told = json.loads(out)
    value = told["value"]

    assert {"promise": "slow"} == value["slow"]
    assert told["order"].index("quick") < told["order"].index("slow")
    assert {"items": []} == value["empty"]
    assert {
        "items": [
            "text",
            "ü" * 2000,
            {"bytes": [0, 255, 10]},
            {"number": 1, "nothing": None, "many": [1.5, True]},
            {"promise": {"promise": "kept"}, "stream": {"items": ["a", "b"]}},
            [{"a": 1}, {"a": 1}],
        ]
    } == value["rows"]
    for error in (value["fails"]["rejected"], value["midway"]["error"]):
        assert error["digest"]
        assert (build == "development") == (HIDDEN in error["message"])
    assert [1] == value["midway"]["items"]
