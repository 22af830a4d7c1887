"""Cookies and headers that actions and pages set, over both doors; and what is dropped in development."""

import gc

import pytest

from jetbridge.actions.define import action
from jetbridge.actions.state import action_state
from jetbridge.elements.h import h
from jetbridge.errors import DefinitionError, forbidden, not_found, redirect, unauthorized
from jetbridge.server.app import App
from jetbridge.server.current import cookies, set_header
from jetbridge.testing import Client, UnexpectedError

runs = []


@action
async def choose(theme: str):
    runs.append(theme)
    cookies().set("theme", theme, max_age=60)
    cookies()["plain"] = "1"
    set_header("X-Theme", theme)
    return cookies()["theme"]


@action
async def move(theme: str):
    cookies()["theme"] = theme
    return redirect("/moved")


@action
async def forget():
    del cookies()["theme"]
    return "theme" in cookies()


@action
def in_a_thread(theme: str):
    cookies()["theme"] = theme


@action
async def streams():
    yield 1
    cookies()["late"] = "1"


@pytest.fixture
def app():
    made = App(__name__)

    @made.page("/")
    def home():
        action_state(choose)
        set_header("cache-control", "max-age=60")
        set_header("vary", "cookie")
        if "theme" in cookies():
            cookies().set("seen", cookies()["theme"], path="/")
        forms = [h.form(action=one, key=one.__name__)[h.input(name="theme")] for one in (choose, move, in_a_thread)]
        return [h.p[cookies().get("theme", "none")], forms]

    @made.page("/moved")
    def moved():
        return h.p[cookies()["theme"]]

    return made


def set_by(response):
    return {line.partition("=")[0]: line for line in response.headers.get_list("set-cookie")}


async def test_a_call_sets_cookies_and_headers(app):
    """The page that comes with the answer knows them already."""
    async with Client(app) as client:
        page = await client.open("/")
        result = await page.call(choose, "dark")

        assert ("dark", "dark") == (result.value, client.http.cookies["theme"])
        assert "dark" == client.http.cookies["seen"]
        assert "dark" == (await client.open("/")).soup.p.text


async def test_a_form_sets_cookies_and_headers(app):
    """They go out with the redirect, so the page after it knows them."""
    async with Client(app) as client:
        page = await (await client.open("/")).form(choose).submit({"theme": "dark"})
        answer = page.response.history[0]
        moved = await (await client.open("/")).form(move).submit({"theme": "light"})

    assert ("303", "dark") == (str(answer.status_code), answer.headers["x-theme"])
    assert "theme=dark; HttpOnly; Max-Age=60; Path=/; SameSite=Lax" == set_by(answer)["theme"]
    assert ["dark", "light"] == [page.soup.p.text, moved.soup.p.text]


async def test_a_repeated_submit_sets_them_too(app):
    """The answer to the second of two equal submits is as good as the first, and nothing runs twice."""
    runs.clear()
    async with Client(app) as client:
        form = (await client.open("/")).form(choose)
        answers = [(await form.submit({"theme": "dark"})).response.history[0] for _ in range(2)]

    assert (["dark", "dark"], ["dark"]) == ([answer.headers["x-theme"] for answer in answers], runs)
    assert set_by(answers[0])["theme"] == set_by(answers[1])["theme"]


async def test_a_page_sets_headers(app):
    """A header of ours is replaced, `vary` is added to."""
    async with Client(app) as client:
        headers = (await client.open("/")).response.headers

    assert ("max-age=60", "accept, cookie") == (headers["cache-control"], headers["vary"])


async def test_cookies_are_secure_over_https(app):
    """Where the request was safe from listeners the cookie stays so."""
    async with Client(app, base_url="https://testserver") as client:
        page = await (await client.open("/")).form(choose).submit({"theme": "dark"})

    assert "; Secure" in set_by(page.response.history[0])["theme"]


async def test_a_cookie_is_deleted(app):
    """It is gone at once, here and in the browser."""
    async with Client(app) as client:
        await client.call(choose, "dark")
        result = await client.call(forget)

        assert (False, None) == (result.value, client.http.cookies.get("theme"))


async def test_a_sync_action_sets_cookies(app):
    """Its thread belongs to the request."""
    async with Client(app) as client:
        await client.call(in_a_thread, "dark")

        assert "dark" == client.http.cookies["theme"]


async def test_our_own_cookies_are_not_shown(app):
    """What Jetbridge keeps is not the application's to read or to set."""
    async with Client(app) as client:
        await client.open("/")
        kept = list(client.http.cookies)

        @app.page("/kept")
        def page():
            return h.p[",".join(cookies())]

        text = (await client.open("/kept")).soup.p.text

    assert any("jetbridge" in name for name in kept)
    assert "" == text


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: cookies().set("a b", "x"),
        lambda: cookies().set("a", "é"),
        lambda: cookies().set("a", "x\r\nset-cookie: b=1"),
        lambda: cookies().set("a", "x", path="/\r\nb: 1"),
        lambda: cookies().set("a", "x" * 5000),
        lambda: cookies().set("__Host-jetbridge-session", "x"),
        lambda: cookies().set("a", "x", same_site="none", secure=False),
        lambda: set_header("a b", "x"),
        lambda: set_header("x", "a\r\nb: c"),
        lambda: set_header("set-cookie", "a=b"),
        lambda: set_header("Content-Length", "3"),
        lambda: set_header("jetbridge-token", "x"),
    ],
)
async def test_what_cannot_be_set_is_refused(app, wrong):
    """Nothing breaks out of its line, and nothing replaces what is ours."""
    refused = []

    @app.page("/wrong")
    def page():
        try:
            wrong()
        except DefinitionError as error:
            refused.append(str(error))
        return "x"

    async with Client(app) as client:
        response = (await client.open("/wrong")).response

    assert (200, 1) == (response.status_code, len(refused))


async def test_too_late_is_an_error(app, caplog):
    """Once the head of an answer has been sent nothing can be added to it."""
    async with Client(app) as client:
        result = await client.call(streams)

    assert ([1], True) == (result.value.items, result.value.error is not None)
    assert "has been sent" in caplog.text


@pytest.mark.parametrize("ask", [cookies, lambda: set_header("a", "b")])
def test_outside_requests_it_says_so(app, ask):
    """There is no answer to put anything on."""
    with app.context(), pytest.raises(DefinitionError):
        ask()


# -- dropped -----------------------------------------------------------------------------------------------------------


@action
async def drops(how: str):
    match how:
        case "redirect":
            redirect("/")
        case "not_found":
            not_found()
        case "unauthorized":
            unauthorized()
        case "forbidden":
            _ = forbidden()
        case "returns":
            return redirect("/")
        case "raises":
            raise redirect("/")
        case "calls":
            await drops("returns")
        case "swallows":
            try:
                await drops("raises")
            except BaseException:
                return "swallowed"
    return "done"


@pytest.fixture
def developing(monkeypatch):
    monkeypatch.setenv("JETBRIDGE_ENV", "dev")
    made = App(__name__, secret="x" * 32)

    @made.page("/forgets")
    def forgets():
        redirect("/")
        return "page"

    @made.page("/returns")
    def returns():
        return redirect("/ok")

    @made.page("/ok")
    def fine():
        return "fine"

    return made


@pytest.mark.parametrize("how", ["redirect", "not_found", "unauthorized", "forbidden", "calls"])
async def test_what_is_dropped_is_an_error_in_development(developing, caplog, how):
    """Someone forgot `return`: the answer and the log say where."""
    async with Client(developing) as client:
        with pytest.raises(UnexpectedError, match=r"test_reply\.py:\d+: .*\(\) was made here and neither returned"):
            await client.call(drops, how)

    assert "test_reply.py:" in caplog.text


@pytest.mark.parametrize(("how", "location"), [("returns", "/"), ("raises", "/"), ("swallows", None)])
async def test_what_is_followed_or_caught_is_none(developing, caplog, how, location):
    """Returned, raised, or caught on purpose."""
    async with Client(developing) as client:
        result = await client.call(drops, how)
        gc.collect()

    assert (location, "") == (result.location, caplog.text)


async def test_a_page_that_drops_is_an_error_in_development(developing, caplog):
    """Pages forget, too."""
    async with Client(developing) as client:
        forgot, returned = await client.open("/forgets"), await client.open("/returns")

    assert (500, "fine") == (forgot.status, returned.soup.find(id="jetbridge").text)
    assert "redirect() was made here" in forgot.text
    assert "test_reply.py:" in caplog.text


async def test_production_does_not_look(app):
    """It costs nothing there, and nobody sees a page about it."""
    async with Client(app) as client:
        assert "done" == (await client.call(drops, "redirect")).value
