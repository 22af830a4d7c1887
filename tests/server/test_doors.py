"""Two doors, one outcome: what comes of an action is the same for a browser's form and for React's call."""

import asyncio
import logging
from dataclasses import dataclass
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

import pytest
from pydantic import BaseModel, Field, field_validator

from jetbridge.actions.define import action
from jetbridge.actions.state import action_state
from jetbridge.cache.revalidate import revalidate_path
from jetbridge.elements.h import h
from jetbridge.errors import ActionError, forbidden, not_found, redirect, unauthorized
from jetbridge.schema.supply import Provide
from jetbridge.server.app import App
from jetbridge.server.current import flashes, request
from jetbridge.testing import Client, UnexpectedError
from jetbridge.wire.model import FormData
from jetbridge.wire.reply_encode import encode_reply
from jetbridge.wire.rows import decode_flight
from tests.server.asgi import CALL, FORM, SAME_ORIGIN, ask, chunk, post, reply, url_of


class Person(BaseModel):
    name: Annotated[str, Field(min_length=1)]
    age: int = 0

    @field_validator("name")
    @classmethod
    def check(cls, name: str) -> str:
        if name == "boom":
            raise RuntimeError("the validator failed at /srv/secret.py")
        if name == "go":
            raise redirect("/elsewhere")
        return name


async def current_user():
    name = request().query_params.get("user")
    return name if name else unauthorized("Sign in first")


@action
async def save(person: Person):
    return {"saved": person.name, "age": person.age}


@action
async def expected(name: str):
    raise ActionError("Taken", field_errors={"name": "already in use"}, code="taken")


@action
async def expected_returned(name: str):
    return ActionError("Taken", field_errors={"name": "already in use"}, code="taken")


@action
async def moves():
    return redirect("/elsewhere", flash="Gone")


@action
async def moves_raising():
    raise redirect("/elsewhere", flash="Gone")


@action
async def moves_in_a_group():
    async def fail():
        raise redirect("/elsewhere", flash="Gone")

    async with asyncio.TaskGroup() as group:
        group.create_task(fail())
        group.create_task(asyncio.sleep(10))


@action
async def moves_far():
    return redirect("/日本?a=ü b")


@action
async def missing():
    return not_found()


@action
async def stranger():
    raise unauthorized("Sign in first")


@action
async def not_allowed():
    raise forbidden("Only for admins")


@action
async def supplied(name: str, user: Annotated[str, Provide(current_user)]):
    return f"{user}: {name}"


@action
async def fails():
    raise RuntimeError("password=hunter2 at /srv/secret.py")


@action
async def fails_in_a_group():
    async with asyncio.TaskGroup() as group:
        group.create_task(fails())


@action(timeout=0.01)
async def slow():
    await asyncio.sleep(10)


class Strange:
    pass


@action
async def strange():
    revalidate_path("/")
    return {"rows": [1, Strange()]}


@action
def blocking(name: str):
    return f"{name} from {request().url.path}"


@action
async def owned(owner: int, name: str):
    return [owner, name]


@action
async def also_owned(owner: int, name: str):
    return [owner, name]


@dataclass
class Row:
    name: str
    size: int


@action
async def typed(name: str) -> Row:
    return Row(name, 3)


def make_app():
    app = App(__name__, secret="s" * 40)

    def page(action):
        def render():
            state = action_state(action)
            return h.main[
                h.form(action=action)[h.input(name="name"), h.button["Go"]],
                h.output[repr(state.result) if state.submitted and state.error is None else None],
                h.p(role="alert")[state.error.message] if state.error else None,
                h.ul[[h.li(key=name)[f"{name}: {text}"] for name, text in state.field_errors.items()]],
            ]

        return render

    for function in (save, expected, supplied, typed, blocking, partial(owned, 7), strange, fails):
        name = getattr(function, "__name__", "owned")
        app.page(f"/{name}")(page(function))
    app.page("/elsewhere")(lambda: h.p["; ".join(flashes()) or "nothing"])
    return app


@pytest.fixture(params=["production", "development"])
def mode(request, monkeypatch):
    monkeypatch.setenv("JETBRIDGE_ENV", "dev" if request.param == "development" else "production")
    return request.param


@pytest.fixture
def app():
    return make_app()


def fields(**values):
    return urlencode(values).encode()


async def both(app, function, target="/", **values):
    """The same input through both doors: a form with these fields, and React's submit of one."""
    form = await post(app, function, {**FORM, **SAME_ORIGIN}, fields(**values), target)
    async with Client(app) as client:
        reference = app.references.reference(function)
        body = encode_reply([*(reference.bound or ()), FormData(values.items())])
        call = await client.http.post(
            url_of(app, function, target),
            headers={"accept": CALL["accept"], **SAME_ORIGIN},
            **({"content": body} if isinstance(body, str) else {"files": [(n, (None, v.encode())) for n, v in body]}),
        )
    return form, call


def told(response):
    return decode_flight(response.content)


async def shown(app, function, path, **values):
    """The page after a submit without JavaScript."""
    async with Client(app) as client:
        page = await client.open(path)
        return await page.form(function).submit(values)


# --- values and expected errors


async def test_a_value(app):
    """A value is the call's; the form's page shows it after a redirect."""
    form, call = await both(app, save, "/save", name="Ada", age="36")
    page = await shown(app, save, "/save", name="Ada", age="36")

    assert {"saved": "Ada", "age": 36} == told(call)["value"]
    assert (303, "/save") == (form.status, form.header("location"))
    assert str({"saved": "Ada", "age": 36}) in page.text


@pytest.mark.parametrize("function", [expected, expected_returned])
async def test_an_expected_error(app, function):
    """Message, field errors and code cross in full: 200 for a call, 422 for a form, whose page shows them."""
    form, call = await both(app, function, "/expected", name="Ada")

    assert {"message": "Taken", "fieldErrors": {"name": "already in use"}, "code": "taken"} == told(call)["error"]
    assert (200, 422) == (call.status_code, form.status)
    if function is expected:
        assert "Taken" in form.text
        assert "name: already in use" in form.text
        assert 'value="Ada"' in form.text


async def test_wrong_input(app):
    """Every field's error comes at once, and is the same on both doors."""
    form, call = await both(app, save, "/save", name="", age="many")
    errors = told(call)["error"]

    assert ({"name", "age"}, "invalid") == (set(errors["fieldErrors"]), errors["code"])
    assert {"name": "missing", "age": "int_parsing"} == errors["fieldCodes"]
    assert (200, 422) == (call.status_code, form.status)
    assert all(f"{name}: {text}" in form.text.replace("<!-- -->", "") for name, text in errors["fieldErrors"].items())


async def test_an_expected_error_where_there_is_no_page(app):
    """A form that was posted to a path without a page still gets its message."""
    form, _ = await both(app, expected, "/nowhere", name="Ada")

    assert 422 == form.status
    assert "Taken" in form.text


# --- control flow


@pytest.mark.parametrize("function", [moves, moves_raising, moves_in_a_group])
async def test_a_redirect(app, function):
    """Returned, raised or raised in a task group: 303 for a form, `location` for a call; the flash is shown once."""
    form, call = await both(app, function)
    async with Client(app) as client:
        await client.http.post(url_of(app, function), headers={**FORM, **SAME_ORIGIN}, follow_redirects=False)
        pages = [await client.open("/elsewhere"), await client.open("/elsewhere")]

    assert (303, "/elsewhere") == (form.status, form.header("location"))
    assert (200, {"location": "/elsewhere"}) == (call.status_code, told(call))
    assert "jetbridge-flash" in call.headers["set-cookie"]
    assert ["Gone", "nothing"] == [page.text for page in pages]


async def test_a_redirect_beyond_ascii(app):
    """A Location header is ASCII whatever the path."""
    form, call = await both(app, moves_far)

    assert "/%E6%97%A5%E6%9C%AC?a=%C3%BC%20b" == form.header("location")
    assert "/日本?a=ü b" == told(call)["location"]


@pytest.mark.parametrize(
    ("function", "status", "message"),
    [(missing, 404, "There is nothing here"), (stranger, 401, "Sign in first"), (not_allowed, 403, "Only for admins")],
)
async def test_refusals(app, function, status, message):
    """Not found, unauthorized and forbidden have their status and message on both doors."""
    form, call = await both(app, function)

    assert (status, status) == (form.status, call.status_code)
    assert message in form.text
    assert {"message": message, "fieldErrors": {}, "code": str(status)} == told(call)["error"]


async def test_what_the_server_supplies(app):
    """A Provide parameter comes from the server, never from the wire; what it refuses ends the call."""
    refused = await both(app, supplied, "/supplied", name="Ada", user="mallory")
    async with Client(app) as client:
        allowed = await client.call(
            supplied, FormData([("name", "Ada"), ("user", "mallory")]), path="/supplied?user=eve"
        )

    assert [401, 401] == [refused[0].status, refused[1].status_code]
    assert "eve: Ada" == allowed.value


async def test_too_slow(app):
    """An action that exceeds its time is 504."""
    form, call = await both(app, slow)

    assert (504, 504) == (form.status, call.status_code)


async def test_a_sync_action(app):
    """A sync function runs in a thread and knows the request."""
    _, call = await both(app, blocking, "/blocking", name="Ada")

    assert "Ada from /blocking" == told(call)["value"]


# --- failures


def the_digest(caplog):
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info
    return record.getMessage().rpartition("[")[2].rstrip("]")


@pytest.mark.parametrize("body", ["fails", "fails_in_a_group", "validator"])
@pytest.mark.parametrize("door", ["form", "call"])
async def test_an_unexpected_error(mode, caplog, door, body):
    """500 with a digest that is in the log; message, path and traceback in development only."""
    app = make_app()
    function, value = {"fails": (fails, ""), "fails_in_a_group": (fails_in_a_group, ""), "validator": (save, "boom")}[
        body
    ]
    headers = {**(FORM if door == "form" else CALL), **SAME_ORIGIN}
    sent = fields(name=value) if door == "form" else reply(*([{"name": value}] if value else []))
    answer = await post(app, function, headers, sent, "/fails")
    digest = the_digest(caplog)
    secret = "/srv/secret.py"

    assert 500 == answer.status
    assert digest in answer.text
    assert (mode == "development") == (secret in answer.text)
    assert (mode == "development") == ("Traceback" in answer.text)
    assert (mode == "development") == ("test_doors.py" in answer.text)
    if door == "call":
        assert ({"digest"} if mode == "production" else {"digest", "message", "traceback"}) == set(
            answer.told["failure"]
        )


async def test_a_validator_may_redirect(app):
    """Control flow out of a validator is control flow."""
    form, call = await both(app, save, "/save", name="go")

    assert (303, "/elsewhere") == (form.status, form.header("location"))
    assert {"location": "/elsewhere"} == told(call)


async def test_a_result_that_cannot_be_sent(mode, caplog):
    """Both doors say 500, with the path in development; the page that was revalidated comes all the same."""
    app = make_app()
    app.page("/")(lambda: h.p["home"])
    form, _ = await both(app, strange, "/strange")
    caplog.clear()
    async with Client(app) as client:
        home = await client.open("/")
        answer = await ask(
            app,
            "POST",
            url_of(app, strange),
            {**CALL, **SAME_ORIGIN, "jetbridge-tags": "path%3A%2F"},
            [chunk(b"[]")],
        )

    assert "home" == home.text
    assert (500, 500) == (form.status, answer.status)
    assert the_digest(caplog) == answer.told["failure"]["digest"]
    assert "page" in answer.told
    assert [mode == "development"] * 2 == ["rows[1]" in text for text in (form.text, answer.text)]


async def test_the_testing_client_knows_failures(app, caplog):
    """What React rejects with is what the testing client raises."""
    async with Client(app) as client:
        with pytest.raises(UnexpectedError) as failed:
            await client.call(fails)
        with pytest.raises(ActionError) as refused:
            await client.call(expected, "Ada")

    assert the_digest(caplog) == failed.value.digest
    assert ("taken", {"name": "already in use"}) == (refused.value.code, refused.value.field_errors)


# --- bound values


def sealed_of(app, function):
    return app.references.reference(function).bound[0]


async def test_bound_values_are_sealed(app):
    """A bound value reaches the function from both doors and is nowhere to be read on the way."""
    function = partial(owned, 7001)
    app.page("/sealed")(lambda: h.form(action=function)[h.input(name="name")])
    async with Client(app) as client:
        page = await client.open("/sealed")
        shown_page = await page.form(function).submit({"name": "Ada"})
        call = await page.call(function, FormData([("name", "Ada")]))

    assert "7001" not in page.html
    assert 200 == shown_page.status
    assert [7001, "Ada"] == call.value


@pytest.mark.parametrize(
    "tamper",
    [
        lambda app, sealed: sealed[:-1] + ("A" if sealed[-1] != "A" else "B"),
        lambda app, sealed: sealed[:10] + ("A" if sealed[10] != "A" else "B") + sealed[11:],
        lambda app, sealed: sealed + "=",
        lambda app, sealed: "",
        lambda app, sealed: "x",
        lambda app, sealed: sealed_of(app, partial(also_owned, 7)),
        lambda app, sealed: sealed_of(make_other(), partial(owned, 7)),
    ],
    ids=["last", "middle", "padding", "empty", "short", "another action's", "another server's"],
)
async def test_a_tampered_value(app, tamper):
    """A sealed value that is changed, or another's, is refused on both doors before the action runs."""
    function = partial(owned, 7)
    app.start()
    sealed = tamper(app, sealed_of(app, function))
    url = url_of(app, function)
    form = await ask(app, "POST", url, {**FORM, **SAME_ORIGIN}, [chunk(fields(**{"$bound": sealed, "name": "x"}))])
    call = await ask(app, "POST", url, {**CALL, **SAME_ORIGIN}, [chunk(reply(sealed, "x"))])

    assert (409, 409) == (form.status, call.status)


def make_other():
    other = App(__name__, secret="t" * 40)
    other.start()
    return other


async def test_bound_values_cannot_be_left_out(app):
    """A reference with bound values cannot be called without them, nor one without them be given some."""
    url = url_of(app, partial(owned, 7))
    without = [
        await ask(app, "POST", url, {**FORM, **SAME_ORIGIN}, [chunk(fields(name="x"))]),
        await ask(app, "POST", url, {**CALL, **SAME_ORIGIN}, [chunk(reply(7, "x"))]),
        await ask(app, "POST", url, {**CALL, **SAME_ORIGIN}, [chunk(reply())]),
    ]

    assert [409, 409, 409] == [answer.status for answer in without]


async def test_only_ours_are_references(app):
    """An id without the mark of bound values is another signature: it cannot be made from the bound one."""
    plain = app.start() or app.references.reference(owned).id
    bound = app.references.reference(partial(owned, 7)).id

    assert plain.partition(".")[0] == bound.partition(".")[0]
    assert plain != bound


# --- state


@pytest.mark.parametrize("name", ["save", "typed"])
async def test_state_is_the_same_on_both_doors(app, name):
    """`action_state` shows the same result without JavaScript and in the page that a call brings."""
    function = {"save": save, "typed": typed}[name]
    page = await shown(app, function, f"/{name}", name="Ada")
    async with Client(app) as client:
        result = await (await client.open(f"/{name}")).call(function, FormData([("name", "Ada")]))
    expected_text = {"save": str({"saved": "Ada", "age": 0}), "typed": "Row(name='Ada', size=3)"}[name]

    assert expected_text in page.text
    assert expected_text in repr(result.page["tree"]).replace('\\"', '"').replace("\\'", "'")
