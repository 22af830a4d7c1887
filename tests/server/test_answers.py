"""What an answer carries: the page when something it shows was touched, and state over the redirect, once."""

import asyncio
import logging
from functools import partial

import pytest

from jetbridge.actions.define import action
from jetbridge.actions.state import action_state
from jetbridge.cache.revalidate import refresh, revalidate_path, revalidate_tag
from jetbridge.elements.component import component
from jetbridge.elements.h import h
from jetbridge.errors import ActionError, not_found, redirect
from jetbridge.server.app import App
from jetbridge.server.current import after, flashes, url
from jetbridge.testing import Client
from jetbridge.wire.model import FormData
from tests.server.asgi import CALL, SAME_ORIGIN, ask, chunk, url_of

rows = []


@action
async def refuse_politely(name: str) -> None:
    raise ActionError("Not today", field_errors={"name": "too early"})


@action
async def touch(what: str = ""):
    rows.append(what)
    if what.startswith("/"):
        revalidate_path(what)
    elif what == "*":
        refresh()
    elif what == "url":
        revalidate_path(url(user, name="日本 & co"))
    elif what:
        revalidate_tag(what)
    return what


@action
async def touch_and_fail(how: str):
    revalidate_path("/")
    if how == "expected":
        raise ActionError("no")
    if how == "moves":
        raise redirect("/other")
    raise RuntimeError("oh")


@action
async def other():
    return "other"


@action
async def save(note: str, number: int = 0):
    if note == "wrong":
        raise ActionError("That is wrong", field_errors={"note": "wrong"})
    return {"note": note, "size": len(note)}


@action
async def mark(row: int, note: str):
    if note == "wrong":
        raise ActionError(f"row {row} is wrong")
    return f"row {row} marked"


@action
async def returns_nothing(note: str = ""):
    return None


async def user(name: str):
    return h.p[f"user {name}"]


@pytest.fixture(autouse=True)
def no_rows():
    rows.clear()


@pytest.fixture
def app():
    app = App(__name__, secret="s" * 40)
    app.page("/")(lambda: h.p["home ", len(rows)])
    app.page("/other")(lambda: h.p["other"])
    app.page("/users/{name}")(user)

    @app.page("/state")
    def with_state():
        return h.main[noted(), h.p[len(rows)]]

    @app.page("/rows")
    def of_rows():
        return h.main[[row_form(number, key=number) for number in (1, 2)]]

    return app


@component
def noted():
    state = action_state(save)
    return h.form(action=save)[
        h.input(name="note"),
        h.input(name="number", type="number", value=3),
        h.output[f"{state.result['size']} characters" if state.result else None],
        h.p(role="alert")[state.error.message] if state.error else None,
    ]


@component
def row_form(number):
    state = action_state(partial(mark, number))
    return h.form(action=partial(mark, number), id=f"row-{number}")[
        h.input(name="note"), h.output[state.result or (state.error and state.error.message)]
    ]


# --- the page in an answer to a call


@pytest.mark.parametrize(
    ("path", "what", "comes"),
    [
        ("/", "/", True),
        ("/?a=b", "/", True),
        ("/", "/other", False),
        ("/", "", False),
        ("/", "*", True),
        ("/", "some tag", False),
        ("/other", "/other", True),
        ("/other", "/other/", True),
        ("/other", "/other?x=y#z", True),
        ("/other", "/othe", False),
        ("/users/a%20b", "/users/a b", True),
        ("/users/a%20b", "/users/a%20b", True),
        ("/users/%E6%97%A5%E6%9C%AC%20&%20co", "url", True),
        ("/users/x", "url", False),
    ],
)
async def test_the_page_comes_when_it_was_touched(app, path, what, comes):
    """The answer to a call brings the page anew exactly when what the client shows was touched."""
    async with Client(app) as client:
        page = await client.open(path)
        result = await page.call(touch, what)

    assert what == result.value
    assert comes == (result.page is not None)
    if comes:
        assert page.url == result.page["url"]
        assert result.page["time"] >= page.tree["time"]


async def test_the_page_is_as_after_the_action(app):
    """It was rendered after the action ran."""
    async with Client(app) as client:
        result = await (await client.open("/")).call(touch, "/")

    assert "1" in repr(result.page["tree"])


async def test_a_client_that_shows_nothing_gets_no_page(app):
    """A call from a front end of one's own names no tags, and `refresh()` is all that renders for it."""
    async with Client(app) as client:
        assert (await client.call(touch, "/")).page is None


async def test_the_page_shows_a_state_that_it_reads(app):
    """Every outcome of an action touches its state; a page that does not read it is not rendered."""
    async with Client(app) as client:
        reads = await (await client.open("/state")).call(save, FormData([("note", "abc")]))
        does_not = await (await client.open("/")).call(save, FormData([("note", "abc")]))
        of_another = await (await client.open("/state")).call(other)

    assert "3 characters" in repr(reads.page["tree"])
    assert (None, None) == (does_not.page, of_another.page)


@pytest.mark.parametrize("how", ["expected", "unexpected"])
async def test_what_was_revalidated_stays_so(app, how, caplog):
    """An action that fails after it has revalidated brings the page all the same."""
    app.start()
    headers = {**CALL, **SAME_ORIGIN, "jetbridge-tags": "path%3A%2F"}
    answer = await ask(app, "POST", url_of(app, touch_and_fail), headers, [chunk(f'["{how}"]'.encode())])

    assert {"page", "error" if how == "expected" else "failure"} == set(answer.told)


async def test_a_redirect_brings_no_page(app):
    """The client goes elsewhere: what it shows now is of no use."""
    async with Client(app) as client:
        result = await (await client.open("/")).call(touch_and_fail, "moves")

    assert ("/other", None) == (result.location, result.page)


@pytest.mark.parametrize(
    ("end", "told"),
    [(not_found, None), (lambda: redirect("/"), None), (lambda: RuntimeError("secret"), "failure")],
)
async def test_the_page_ends_otherwise_now(end, told, caplog):
    """If the page cannot be shown any more, the action's outcome is told without it, or with its failure's digest."""
    app = App(__name__, secret="s" * 40)

    @app.page("/")
    async def home():
        if rows:
            raise end()
        return h.p["home"]

    async with Client(app) as client:
        result = await (await client.open("/")).call(touch, "/")

    assert "/" == result.value
    if told is None:
        assert result.page is None
    else:
        assert {"digest"} == set(result.page["failure"])
        assert result.page["failure"]["digest"] in caplog.text


@pytest.mark.parametrize("call", [lambda: revalidate_path("/"), lambda: revalidate_tag("x"), refresh])
@pytest.mark.parametrize("where", ["page", "component"])
async def test_a_page_that_revalidates_is_wrong(monkeypatch, call, where, caplog):
    """A page reads and an action changes: calling them while a page renders says so."""
    monkeypatch.setenv("JETBRIDGE_ENV", "dev")
    app = App(__name__, secret="s" * 40)

    @component
    def changes():
        call()

    app.page("/")(lambda: call() if where == "page" else h.p[changes()])
    async with Client(app) as client:
        page = await client.open("/")

    assert 500 == page.status
    assert "while a page renders" in page.text


# --- state over the redirect, without JavaScript


async def test_the_result_is_shown_once(app):
    """The page after a submit knows the result, and the same page loaded again does not."""
    async with Client(app) as client:
        page = await (await client.open("/state")).form(save).submit({"note": "abc"})
        again = await client.open("/state")

    assert ("3 characters", False) == (page.soup.output.text, "characters" in again.text)
    assert "/state" == page.url


async def test_a_large_result_is_shown_once(app):
    """What does not fit into a cookie waits on the server, and only its name travels."""
    note = "x" * 50_000
    async with Client(app) as client:
        form = (await client.open("/state")).form(save)
        page = await form.submit({"note": note})
        again = await client.open("/state")

    sent = page.response.history[0].headers.get_list("set-cookie")
    assert all(len(cookie) < 4096 for cookie in sent)
    assert ("50000 characters", False) == (page.soup.output.text, "characters" in again.text)


async def test_the_result_is_for_its_page(app):
    """A result waits for the page that was submitted to; another page in between does not take it."""
    async with Client(app) as client:
        form = (await client.open("/state")).form(save)
        client.http.follow_redirects = False
        await form.submit({"note": "abc"})
        await client.open("/other")
        await client.http.head("/state")
        page = await client.open("/state")

    assert "3 characters" == page.soup.output.text


@pytest.mark.parametrize("path", ["/users/a%3Bb", "/users/a;b", "/users/%E6%97%A5", "/users/a%0d%0aset-cookie:x=y"])
async def test_paths_that_are_hard_on_cookies(path):
    """Path and query come back as they were, whatever stands in them, and nothing gets into the headers."""
    app = App(__name__, secret="s" * 40)

    @app.page("/users/{name}")
    def show(name: str, q: str = ""):
        state = action_state(save)
        return h.form(action=save)[h.input(name="note"), h.output[f"{name} {q} {(state.result or {}).get('size')}"]]

    async with Client(app) as client:
        page = await (await client.open(f"{path}?q=a%26b")).form(save).submit({"note": "abc"})

    assert page.soup.output.text.endswith(" a&b 3")
    assert f"{path}?q=a%26b" == page.url
    assert "x" not in client.http.cookies


@pytest.mark.parametrize("forged", ["x", "", "A" * 200, "jetbridge"])
@pytest.mark.parametrize("name", ["jetbridge-state", "jetbridge-flash", "jetbridge-visitor"])
async def test_forged_cookies_are_nothing(app, name, forged):
    """A cookie that is not ours is as good as none."""
    answer = await ask(app, "GET", "/state", {"cookie": f"{name}={forged}"})

    assert 200 == answer.status


async def test_one_purpose_does_not_open_another(app):
    """A sealed flash is no state."""
    async with Client(app) as client:
        form = (await client.open("/state")).form(save)
        page = await form.submit({"note": "abc"})
    (state,) = [c for c in page.response.history[0].headers.get_list("set-cookie") if c.startswith("jetbridge-state")]
    sealed = state.partition("=")[2].partition(";")[0]
    answer = await ask(app, "GET", "/state", {"cookie": f"jetbridge-flash={sealed}"})

    assert 200 == answer.status


async def test_a_form_per_row(app):
    """Of several forms of one action the one that was submitted shows its outcome, on both doors."""
    function = partial(mark, 2)
    async with Client(app) as client:
        page = await client.open("/rows")
        done = await page.form(function).submit({"note": "ok"})
        failed = await (await client.open("/rows")).form(function).submit({"note": "wrong"})
        called = await page.call(function, FormData([("note", "ok")]))

    assert ["", "row 2 marked"] == [one.text for one in done.soup.find_all("output")]
    assert ["", "row 2 is wrong"] == [one.text for one in failed.soup.find_all("output")]
    assert [None, "wrong"] == [one.get("value") for one in failed.soup.find_all("input", {"name": "note"})]
    assert 1 == repr(called.page["tree"]).count("row 2 marked")
    assert 0 == repr(called.page["tree"]).count("row 1 marked")


# --- filling a form again


async def test_a_failed_form_is_filled_again(app):
    """The page after an error is 422, at once, with everything that was typed in its place, but no password."""
    app.page("/all")(all_controls)
    typed = {
        "note": "wrong",
        "text": '<"typed">',
        "area": "two\nlines",
        "one": "b",
        "many": ["x", "z"],
        "box": "on",
        "boxes": ["1", "3"],
        "radio": "second",
        "tags": ["first", "second"],
        "off": [],
        "secret": "hunter2",
        "password": "hunter2",
    }
    async with Client(app) as client:
        form = (await client.open("/all")).form(save)
        page = await form.submit(typed)
        submitted = [entry for entry in page.form(save).fields if not entry[0].startswith("$")]

    expected = {**typed, "number": "3", "hidden": "h", "secret": "", "password": ""}
    assert (422, 0) == (page.status, len(page.response.history))
    assert "hunter2" not in page.html
    assert {name: value if isinstance(value, list) else [value] for name, value in expected.items()} == {
        name: [value for other, value in submitted if other == name] for name in expected
    }


async def test_opting_out(app):
    """`refill=False` leaves a form as its author made it."""
    app.page("/all")(lambda: h.form(action=save, refill=False)[h.input(name="note"), h.input(name="text", value="old")])
    async with Client(app) as client:
        page = await (await client.open("/all")).form(save).submit({"note": "wrong", "text": "new"})

    assert ["", "old"] == [value for name, value in page.form(save).fields if not name.startswith("$")]
    assert "refill" not in page.html


def all_controls():
    return h.form(action=save)[
        h.input(name="note"),
        h.input(name="number", type="number", value=3),
        h.input(name="text", value="old"),
        h.input(name="hidden", type="hidden", value="h"),
        h.textarea(name="area"),
        h.select(name="one")[[h.option(value=value)[value] for value in "abc"]],
        h.select(name="many", multiple=True)[[h.option(value=value, key=value)[value] for value in "xyz"]],
        h.input(name="box", type="checkbox"),
        h.input(name="off", type="checkbox", checked=True),
        [h.input(name="boxes", type="checkbox", value=str(n), key=n) for n in (1, 2, 3)],
        [h.input(name="radio", type="radio", value=value, key=value) for value in ("first", "second")],
        h.input(name="tags"),
        h.input(name="tags"),
        h.input(name="secret", type="password"),
        h.input(name="password", type="password"),
    ]


# --- flashes


async def test_flashes_wait_until_they_are_read(app):
    """Messages of redirects are shown together, once, by the first page that reads them; long ones too."""
    reading = App(__name__, secret="s" * 40)
    reading.page("/")(lambda: h.p["nothing here reads"])
    reading.page("/flashes")(lambda: h.ul[[h.li(key=text)[text] for text in flashes()]])
    async with Client(reading) as client:
        for text in ("first", "second; <b>", "x" * 5000):
            page = await client.http.post(
                url_of(reading, flashing), headers={"accept": "text/html", **SAME_ORIGIN}, data={"text": text}
            )
            assert "nothing here reads" in page.text
        shown = await client.open("/flashes")
        again = await client.open("/flashes")

    assert ["first", "second; <b>", "x" * 5000] == [one.text for one in shown.soup.find_all("li")]
    assert [] == again.soup.find_all("li")


@action
async def flashing(text: str):
    return redirect("/", flash=text)


# --- GET with accept: text/x-component


async def test_flight_alone(app):
    """Our client asks for a page without its document, and is given the token it needs."""
    page = await ask(app, "GET", "/state?x=1", {"accept": "text/x-component"})

    assert ("text/x-component", "private, no-store") == (page.header("content-type"), page.header("cache-control"))
    assert {"tree", "url", "tags", "time"} <= set(page.told)
    assert "/state?x=1" == page.told["url"]
    assert page.header("jetbridge-token")
    assert "accept" == page.header("vary")


async def test_concurrent_visits_do_not_mix(app):
    """Two visitors who submit at the same time each see their own."""
    async with Client(app) as one, Client(app) as two:
        forms = [(await client.open("/state")).form(save) for client in (one, two)]
        pages = await asyncio.gather(forms[0].submit({"note": "a"}), forms[1].submit({"note": "bb"}))

    assert ["1 characters", "2 characters"] == [page.soup.output.text for page in pages]


async def test_after_is_for_pages_too(app):
    """`after()` in a page runs when the page is out."""
    app.page("/counting")(lambda: after(lambda: rows.append("after")) or h.p["x"])
    async with Client(app) as client:
        await client.open("/counting")

    assert ["after"] == rows


async def test_a_failing_page_has_its_digest_in_the_log(app, caplog):
    """A page that fails is 500 with the digest that the log has; our client gets the same as Flight."""
    app.page("/broken")(lambda: 1 / 0)
    document = await ask(app, "GET", "/broken")
    rows_only = await ask(app, "GET", "/broken", {"accept": "text/x-component"})
    digests = [r.getMessage().rpartition("[")[2].rstrip("]") for r in caplog.records if r.levelno == logging.ERROR]

    assert (500, 500) == (document.status, rows_only.status)
    assert digests[0] in document.text
    assert {"digest": digests[1]} == rows_only.told["failure"]
    assert "ZeroDivisionError" not in document.text


async def test_a_page_that_asks_for_no_state_still_says_what_is_wrong():
    """Without JavaScript an expected error is never silent: what the page does not show stands above it."""
    app = App(__name__)

    @app.page("/")
    def home():
        return h.form(action=refuse_politely)[h.input(name="name"), h.button["Go"]]

    async with Client(app) as client:
        page = await (await client.open("/")).form().submit({"name": "Ada"})

    assert 422 == page.status
    assert page.text.startswith("Not today name: too early")
    assert ("name", "Ada") in page.form().fields
