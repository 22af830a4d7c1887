"""One wish is carried out once: repeated submits, clients that leave, and what goes on without them."""

import asyncio
import logging

import pytest
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware

from jetbridge.actions.define import action
from jetbridge.actions.outcome import Value
from jetbridge.actions.sealing import KeyRing
from jetbridge.elements.h import h
from jetbridge.errors import ActionError, redirect, unauthorized
from jetbridge.server.app import App
from jetbridge.server.current import after
from jetbridge.server.done import Done
from jetbridge.server.once import Once, Wish
from jetbridge.server.performing import _while_connected, once_key
from jetbridge.server.running import Running
from jetbridge.server.visit import Visit
from jetbridge.testing import Client
from jetbridge.wire.model import FormData
from tests.conftest import SECRET
from tests.server.asgi import CALL, FORM, GONE, SAME_ORIGIN, ask, chunk, post, reply, started, url_of
from tests.server.sockets import eventually

ran = []
begun = []
DOORS = pytest.mark.parametrize("door", ["fetch", "form"])


@action
async def add(name: str):
    ran.append(name)
    await asyncio.sleep(0.01)
    if name == "taken":
        raise ActionError("Taken")
    if name == "fails":
        raise RuntimeError("oh no")
    if name == "moves":
        return redirect("/there")
    if name == "stranger":
        raise unauthorized()
    return len(ran)


@action
async def slowly(name: str):
    begun.append(name)
    after(lambda: ran.append(f"after {name}"))
    await asyncio.sleep(0.05)
    ran.append(name)
    return name


@action
async def streams():
    async def items():
        for number in range(3):
            await asyncio.sleep(0)
            ran.append(number)
            yield number

    return items()


@pytest.fixture(autouse=True)
def nothing_ran():
    ran.clear()
    begun.clear()


@pytest.fixture(params=["a task of its own", "the request's task"])
async def app(request, monkeypatch):
    """As under any server, and as under `jetbridge run`."""
    monkeypatch.setenv("JETBRIDGE_TASKS", "shared" if request.param == "the request's task" else "")
    app = App(__name__, secret=SECRET)
    app.page("/")(lambda: h.form(action=add)[h.input(name="name"), h.button["Add"]])
    async with started(app):
        yield app


async def submit(app, door, name, key, cookie="jetbridge-visitor=me"):
    if door == "fetch":
        headers = {**CALL, **SAME_ORIGIN, "jetbridge-key": key, "cookie": cookie}
        return await post(app, add, headers, reply(name))
    body = f"name={name}&$key={key}".encode()
    return await post(app, add, {**FORM, **SAME_ORIGIN, "cookie": cookie}, body)


def outcome(answer):
    return answer.status, answer.header("location"), answer.told if answer.body[:2] == b"0:" else None


@DOORS
@pytest.mark.parametrize("name", ["Ada", "taken", "moves", "fails", "stranger"])
async def test_two_at_once(app, door, name, caplog):
    """Two submits of one key at the same time run the action once, and both get what came of it."""
    first, second = await asyncio.gather(submit(app, door, name, "k"), submit(app, door, name, "k"))

    assert [name] == ran
    assert outcome(first) == outcome(second)


@DOORS
@pytest.mark.parametrize(
    ("name", "again"), [("Ada", False), ("taken", False), ("moves", False), ("fails", True), ("stranger", True)]
)
async def test_repeated_later(app, door, name, again, caplog):
    """What was done is done, and is told again; what failed, or was refused, may be tried again."""
    first = await submit(app, door, name, "k")
    second = await submit(app, door, name, "k")

    assert [name] * (2 if again else 1) == ran
    assert first.status == second.status
    if not again:
        assert outcome(first) == outcome(second)


@DOORS
@pytest.mark.parametrize(
    ("name", "key", "cookie"),
    [("Eve", "k", "jetbridge-visitor=me"), ("Ada", "l", "jetbridge-visitor=me"), ("Ada", "k", "jetbridge-visitor=you")],
    ids=["other fields", "other key", "other visitor"],
)
async def test_another_wish(app, door, name, key, cookie):
    """Other fields, another key or another visitor are another wish."""
    await submit(app, door, "Ada", "k")
    await submit(app, door, name, key, cookie)

    assert ["Ada", name] == ran


async def test_without_a_key(app):
    """A form that was written by hand has no key, and runs each time."""
    for _ in range(2):
        await post(app, add, {**FORM, **SAME_ORIGIN}, b"name=Ada")

    assert ["Ada", "Ada"] == ran


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b'["Ada"]', "once:04964b22e8e8c1dc0e6a88b2e89ee7ca16b8164430ed7d580238cdbf15af0c4e"),
        ([("name", "Ada")], "once:46d21d3f763a0842dbd127c79e4bfc5d066842765965ae51b9940d61c65e06ae"),
        ([("name", "Ada"), ("to", "é")], "once:6bd6932e3d0bf8caf195cd0b219884e6191ac5c9d2c79eb5040b1f22def80629"),
    ],
    ids=["call", "form", "form of two fields"],
)
async def test_workers_of_several_versions_share_a_store(app, content, name):
    """Between a deploy's first worker and its last a repeat may reach either, so a submit keeps its name in a store."""
    key = once_key("me", "k", app.registry.of(add).id, content)

    assert name == f"once:{key.hex()}"


async def test_a_page_prints_a_key_for_each_form(app):
    """Each time a form is printed it has another key, so that each print is one wish."""
    async with Client(app) as client:
        forms = [(await client.open("/")).form(add) for _ in range(2)]
        await forms[0].submit({"name": "Ada"})
        await forms[0].submit({"name": "Ada"})
        await forms[1].submit({"name": "Ada"})

    assert dict(forms[0].fields)["$key"] != dict(forms[1].fields)["$key"]
    assert ["Ada", "Ada"] == ran


async def test_the_doors_know_each_other(app):
    """A form that was submitted just before React took over is not stored again by React's submit of it."""
    async with Client(app) as client:
        page = await client.open("/")
        form = page.form(add)
        await form.submit({"name": "Ada"})
        await page.call(add, FormData([("name", "Ada")]), key=dict(form.fields)["$key"])

    assert ["Ada"] == ran


async def test_a_stream_is_not_given_again(app):
    """A stream is read once: a repeat of the call runs nothing, and is told that another has the stream."""
    answers = [await post(app, streams, {**CALL, **SAME_ORIGIN, "jetbridge-key": "k"}) for _ in range(2)]

    assert [200, 200] == [answer.status for answer in answers]
    assert [0, 1, 2] == ran
    assert [False, True] == [b":E{" in answer.body for answer in answers]


# --- clients that leave


async def test_a_request_that_is_cancelled_as_its_action_ends():
    """The cancellation is passed on; there is nothing left to call off."""
    app = App(__name__, secret=SECRET)
    wish = Wish()
    ends = asyncio.Event()

    async def act():
        wish.has_begun = True
        await ends.wait()
        return Done(Value(1), frozenset(), None)

    Once(app.store, KeyRing([SECRET]), Running()).begin(None, wish, act(), "tag")
    visit = Visit({"method": "POST", "path": "/", "query_string": b"", "headers": []}, asyncio.Event().wait)
    request = asyncio.create_task(_while_connected(visit, wish))
    await asyncio.sleep(0)
    wish.task.add_done_callback(lambda _: request.cancel())
    ends.set()
    with pytest.raises(asyncio.CancelledError):
        await request

    assert (True, False) == (wish.is_over, wish.is_aborted)


@DOORS
@pytest.mark.parametrize("between", [[], [BaseHTTPMiddleware]], ids=["bare", "behind BaseHTTPMiddleware"])
async def test_an_action_outlives_its_client(door, between):
    """A server that cancels the request of a client that has gone does not cancel the action, nor what comes after."""

    async def dispatch(request, call_next):
        return await call_next(request)

    app = App(__name__, secret=SECRET, middleware=[Middleware(cls, dispatch=dispatch) for cls in between])
    body = [chunk(reply("Ada") if door == "fetch" else b"name=Ada")]
    headers = {**(CALL if door == "fetch" else FORM), **SAME_ORIGIN}
    exchange = asyncio.create_task(ask(app, "POST", url_of(app, slowly), headers, [*body, GONE]))
    await eventually(lambda: begun)
    exchange.cancel()
    await asyncio.wait([exchange])
    for _ in range(500):
        if len(ran) < 2:
            await asyncio.sleep(0.01)

    assert ["Ada", "after Ada"] == ran


async def test_the_second_of_two_gets_the_outcome():
    """A browser drops the first request of a double click; the second gets what the first began."""
    app = App(__name__, secret=SECRET)
    first = asyncio.create_task(submit(app, "form", "Ada", "k"))
    await eventually(lambda: ran)
    second = asyncio.create_task(submit(app, "form", "Ada", "k"))
    await asyncio.sleep(0)
    first.cancel()

    assert (303, ["Ada"]) == ((await second).status, ran)


async def test_shutdown_waits_for_actions():
    """An action whose client has gone, and with it the server's task for the request, ends before the server does."""
    app = App(__name__, secret=SECRET)
    async with started(app):
        exchange = asyncio.create_task(
            ask(app, "POST", url_of(app, slowly), {**CALL, **SAME_ORIGIN}, [chunk(reply("Ada"))])
        )
        await eventually(lambda: begun)
        exchange.cancel()

    assert ["Ada", "after Ada"] == ran


# --- after()


@action
async def does_more(name: str):
    async def later():
        await asyncio.sleep(0)
        ran.append("async")

    after(lambda: 1 / 0)
    after(lambda: ran.append("sync"))
    after(later)
    after(leaves)
    if name == "fails":
        raise ActionError("no")
    return name


def leaves():
    raise redirect("/nowhere")


@DOORS
@pytest.mark.parametrize("name", ["Ada", "fails"])
async def test_after(app, door, name, caplog):
    """`after()` runs in order once the answer is out, whatever came of the action; its errors are logged alone."""
    when_sent = []

    async def noting(scope, receive, send):
        async def note(message):
            if message["type"] == "http.response.body":
                when_sent.extend(ran)
            await send(message)

        await app(scope, receive, note)

    app.start()
    headers = {**(CALL if door == "fetch" else FORM), **SAME_ORIGIN}
    body = reply(name) if door == "fetch" else f"name={name}".encode()
    await ask(noting, "POST", url_of(app, does_more), headers, [chunk(body)])

    assert ([], ["sync", "async"]) == (when_sent, ran)
    assert 2 == len([record for record in caplog.records if record.levelno == logging.ERROR])
