"""The testing client does what a browser without JavaScript does, and what React does."""

from functools import partial

import pytest
from starlette.responses import PlainTextResponse

from jetbridge.actions.define import action
from jetbridge.actions.state import action_state
from jetbridge.elements.h import h
from jetbridge.errors import ActionError, redirect
from jetbridge.server.app import App
from jetbridge.testing import Client, UnexpectedError
from jetbridge.wire.model import BigInt, FormData, Map, Upload

got = []


@action
async def save(form: FormData):
    got.append([(n, v if isinstance(v, str) else (v.name, v.type, v.read_now())) for n, v in form.entries])


@action
async def publish(form: FormData):
    got.append("published")


@action
async def remove(row: int, form: FormData):
    got.append(("removed", row))


@action
async def echo(value):
    return value


@action
async def refuse(value=None):
    raise ActionError("no", field_errors={"a": "b"}, code="c")


@action
async def moves():
    return redirect("/other")


@pytest.fixture(autouse=True)
def nothing_got():
    got.clear()


@pytest.fixture
def app():
    app = App(__name__, secret="s" * 40)
    app.page("/other", title="Other")(lambda: h.main[h.p["other  page"], h.p["second"]])
    app.route("/plain")(lambda _: PlainTextResponse("plain text"))
    return app


def serve(app, *controls, **props):
    app.page("/")(lambda: h.main[h.form(action=save, **props)[*controls]])


CONTROLS = {
    "text": (h.input(name="a", value="x"), [("a", "x")]),
    "without a value": (h.input(name="a"), [("a", "")]),
    "without a name": (h.input(value="x"), []),
    "disabled": (h.input(name="a", disabled=True), []),
    "hidden": (h.input(type="hidden", name="a", value="x"), [("a", "x")]),
    "ticked": (h.input(type="checkbox", name="a", checked=True), [("a", "on")]),
    "unticked": (h.input(type="checkbox", name="a"), []),
    "radio": ([h.input(type="radio", name="a", value=v, checked=v == "y", key=v) for v in "xy"], [("a", "y")]),
    "textarea": (h.textarea(name="a", defaultValue="two\nlines"), [("a", "two\nlines")]),
    "textarea with a first empty line": (h.textarea(name="a", defaultValue="\nline"), [("a", "\nline")]),
    "select": (h.select(name="a")[h.option["x"], h.option(value="2")["y"]], [("a", "x")]),
    "select with a choice": (h.select(name="a", value="2")[h.option["x"], h.option(value="2")["y"]], [("a", "2")]),
    "several": (
        h.select(name="a", multiple=True, value=["x", "y"])[[h.option(key=v)[v] for v in "xyz"]],
        [("a", "x"), ("a", "y")],
    ),
    "several, none chosen": (h.select(name="a", multiple=True)[h.option["x"]], []),
    "disabled fieldset": (h.fieldset(disabled=True)[h.input(name="a")], []),
    "button": (h.button(name="intent", value="go")["Go"], [("intent", "go")]),
    "second button": ([h.button(key=1)["Go"], h.button(key=2, name="intent", value="no")["No"]], []),
    "plain button": (h.button(type="button", name="intent", value="no")["No"], []),
    "image": (h.input(type="submit", name="intent", value="Go"), [("intent", "Go")]),
}


@pytest.mark.parametrize("urlencoded", [False, True])
@pytest.mark.parametrize("case", CONTROLS)
async def test_submits_what_stands_in_the_form(app, case, urlencoded):
    """A form as it stands sends what a browser would, the first button pressed."""
    controls, expected = CONTROLS[case]
    serve(app, *(controls if isinstance(controls, list) else [controls]))
    async with Client(app) as client:
        page = await (await client.open("/")).form(save).submit(urlencoded=urlencoded)

    assert 200 == page.status
    assert [expected] == got


async def test_fills_in(app):
    """Fields given take the place of what stood there; lists repeat, files are sent, an empty list unticks."""
    serve(
        app,
        h.input(name="a", value="x"),
        h.input(type="checkbox", name="b", checked=True),
        h.input(type="file", name="f"),
    )
    upload = Upload(b"data", name="ü.txt", type="text/plain")
    async with Client(app) as client:
        await (await client.open("/")).form().submit({"a": ["1", "ü"], "b": [], "f": upload})

    assert [[("a", "1"), ("a", "ü"), ("f", ("ü.txt", "text/plain", b"data"))]] == got


async def test_presses_buttons(app):
    """A button is found by its text or value, and its own action is called; one that is not there is an error."""
    serve(
        app,
        h.button(name="intent", value="save")["Save"],
        h.button(formAction=publish)["Publish"],
        h.button(formAction=partial(remove, 7))["Remove"],
    )
    async with Client(app) as client:
        form = (await client.open("/")).form(save)
        await form.submit(button="Save")
        await form.submit(button="Publish")
        await form.submit(button="Remove")
        with pytest.raises(LookupError, match="Delete"):
            await form.submit(button="Delete")

    assert [[("intent", "save")], "published", ("removed", 7)] == got


async def test_controls_elsewhere(app):
    """A control that names its form belongs to it, wherever it stands."""
    app.page("/")(
        lambda: h.main[
            h.form(action=save, id="f")[h.input(name="a", value="1")], h.input(name="b", value="2", form="f")
        ]
    )
    async with Client(app) as client:
        await (await client.open("/")).form(save).submit()

    assert [[("a", "1"), ("b", "2")]] == got


async def test_finds_forms(app):
    """By action, by what is bound to it, and by number; one that is not there is an error that counts."""
    app.page("/")(
        lambda: h.main[
            [h.form(action=partial(remove, n), key=n, id=f"r{n}") for n in (1, 2)], h.form(action=save, id="s")
        ]
    )
    async with Client(app) as client:
        page = await client.open("/")
        with pytest.raises(LookupError, match="0 such forms"):
            page.form(publish)
        found = [page.form(partial(remove, 2)), page.form(save), page.form(), page.form(index=2)]

    assert ["r2", "s", "r1", "s"] == [form.tag["id"] for form in found]


async def test_pages(app):
    """A page has its status, address, title and text; an answer that is no page has its text."""
    async with Client(app) as client:
        page, plain, missing = [await client.open(path) for path in ("/other?a=b", "/plain", "/missing")]

    assert (200, "/other?a=b", "Other", "other page second") == (page.status, page.url, page.title, page.text)
    assert ("plain text", "") == (plain.text, plain.title)
    assert 404 == missing.status
    with pytest.raises(LookupError, match="no rows"):
        _ = plain.tree


VALUES = [None, True, 3, 2.5, "ü", [1, [2]], {"a": {"b": 1}}, b"bytes", {1, 2}, Map({1: 2}), BigInt(2**70)]


@pytest.mark.parametrize("value", VALUES, ids=repr)
async def test_calls_as_react_does(app, value):
    """Every value goes there and back through the real codecs."""
    async with Client(app) as client:
        result = await client.call(echo, value)

    assert value == result.value


async def test_calls_that_do_not_return(app):
    """An expected error, a place to go and a refusal are told apart."""
    async with Client(app) as client:
        with pytest.raises(ActionError) as expected:
            await client.call(refuse)
        with pytest.raises(UnexpectedError) as refused:
            await client.call(echo, "x" * 2_000_000)
        moved = await client.call(moves)

    assert ("no", {"a": "b"}, "c") == (expected.value.message, expected.value.field_errors, expected.value.code)
    assert (413, None) == (refused.value.status, refused.value.reason)
    assert ("/other", None) == (moved.location, moved.value)


@action
async def counts(ending: str):
    """A stream, with a promise in its items, that ends as it is told."""

    async def later():
        return end(ending)

    yield 1
    yield {"later": later()}
    end(ending)


def end(ending):
    if ending == "refusal":
        raise ActionError("no", field_errors={"a": "b"}, code="c")
    if ending == "failure":
        raise RuntimeError("secret")
    return "well"


async def test_streams_that_end_well(app):
    """Their items and what promises hold."""
    async with Client(app) as client:
        items = [item async for item in (await client.call(counts, "well")).value]

    assert (1, "well") == (items[0], await items[1]["later"])


@pytest.mark.parametrize(
    ("ending", "kind", "told"),
    [
        ("refusal", ActionError, {"message": "no", "field_errors": {"a": "b"}, "code": "c"}),
        ("failure", UnexpectedError, {"status": 200, "traceback": None}),
    ],
)
async def test_streams_that_fail(app, ending, kind, told):
    """They raise what a call raises, after the items that came; so do promises."""
    async with Client(app) as client:
        items = aiter((await client.call(counts, ending)).value)
    first, second = await anext(items), await anext(items)
    with pytest.raises(kind) as caught:
        await anext(items)
    with pytest.raises(kind):
        await second["later"]

    assert (1, told) == (first, {name: getattr(caught.value, name) for name in told})


async def test_a_stream_that_fails_in_development(app, monkeypatch):
    """What is raised has the message and the traceback."""
    monkeypatch.setenv("JETBRIDGE_ENV", "dev")
    app = App(__name__, secret="s" * 40)
    async with Client(app) as client:
        result = await client.call(counts, "failure")
        with pytest.raises(UnexpectedError, match="RuntimeError: secret") as caught:
            [_ async for _ in result.value]

    assert "in end" in caught.value.traceback


async def test_a_call_from_elsewhere(app):
    """A client with other headers is another browser: what the server refuses has its reason."""
    async with Client(app) as client:
        client.origin = "http://evil.example"
        app.references.reference(echo)
        client.http.headers["cookie"] = "jetbridge-visitor=x"
        page = await client.open("/other")
        page.soup.find(id="jetbridge-rows")["data-token"] = "forged"
        with pytest.raises(UnexpectedError) as refused:
            await page.call(echo, 1)

    assert (403, "token") == (refused.value.status, refused.value.reason)


async def test_a_repeated_call(app):
    """A key makes two calls one wish."""
    async with Client(app) as client:
        for _ in range(2):
            await client.call(save, FormData([("a", "1")]), key="k")

    assert 1 == len(got)


async def test_a_page_that_reads_state(app):
    """The page that comes with a call shows what came of it."""
    app.page("/state")(lambda: h.p[repr(action_state(echo).result)])
    async with Client(app) as client:
        result = await (await client.open("/state")).call(echo, "typed")

    assert "typed" in repr(result.page["tree"])
