"""Pages in pieces, over sockets: what is known first, then each content of a Suspense; and who gets a page whole."""

import asyncio
import base64
import hashlib
import logging
import re

import pytest

from jetbridge.actions.define import action
from jetbridge.actions.state import action_state
from jetbridge.elements.boundaries import ErrorBoundary, Suspense
from jetbridge.elements.component import component
from jetbridge.elements.h import h
from jetbridge.elements.provided import create_context
from jetbridge.errors import forbidden, not_found, redirect, unauthorized
from jetbridge.server.app import App
from jetbridge.server.assets import reveal_script
from jetbridge.server.current import flashes
from jetbridge.wire.rows import decode_flight
from tests.conftest import SECRET
from tests.server.asgi import CALL, SAME_ORIGIN, ask, post
from tests.server.sockets import eventually, serving

BROWSER = {
    "accept": "text/html,*/*",
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140",
    "sec-fetch-dest": "document",
}
REACT = {"accept": "text/x-component"}
Theme = create_context("light")


class Gates:
    """What the components of a test wait for, and what became of them."""

    def __init__(self):
        self.gates = {}
        self.ended = []

    def open(self, name):
        self.gates.setdefault(name, asyncio.Event()).set()

    async def wait(self, name):
        try:
            await self.gates.setdefault(name, asyncio.Event()).wait()
        except asyncio.CancelledError:
            self.ended.append(name)
            raise


@pytest.fixture
def gates():
    return Gates()


@action
async def save(name: str = ""):
    return name


@pytest.fixture
def app(gates, monkeypatch):
    monkeypatch.setenv("JETBRIDGE_SECRET", SECRET)
    app = App(__name__, login="/login")

    @component
    async def slow(name, content=None, error=None, children=None):
        await gates.wait(name)
        if error is not None:
            raise error
        return [h.b[content or name], children]

    @component
    async def themed():
        await gates.wait("theme")
        return h.p[Theme.get()]

    @component
    async def form():
        await gates.wait("form")
        state = action_state(save)
        return h.form(action=save)[h.input(name="name"), state.submitted and "saved"]

    def page(path, write):
        app.page(path)(lambda: [h.h1["Page"], write(), h.footer["End"]])

    waiting = h.i["Loading"]
    page("/one", lambda: Suspense(fallback=waiting)[slow("a")])
    page("/two", lambda: [Suspense(fallback="1")[slow("a")], Suspense(fallback="2")[slow("b")]])
    page("/nested", lambda: Suspense(fallback="o")[slow("a")[Suspense(fallback="i")[slow("b")]]])
    page("/table", lambda: h.table[h.tbody[Suspense(fallback=h.tr[h.td["…"]])[slow("a", h.u["x"])]]])
    page("/svg", lambda: h.svg[Suspense()[slow("a")]])
    page("/quick", lambda: Suspense(fallback=waiting)[component(quick)()])
    page("/themed", lambda: Theme("dark")[Suspense()[themed()]])
    page("/form", lambda: Suspense()[form()])
    page("/head", lambda: Suspense()[slow("a", [h.title["Late"], h.meta(name="late", content="x")])])
    page("/style", lambda: Suspense()[slow("a", h.em(style={"color": "red"})["x"])])
    page("/script", lambda: Suspense()[slow("a", h.script["x()"])])
    page("/bounded", lambda: ErrorBoundary(fallback=told)["before ", Suspense()[slow("a", error=ValueError("v"))]])
    page("/inner", lambda: Suspense()[ErrorBoundary(fallback=told)[slow("a", error=ValueError("v"))]])
    page("/fails-again", lambda: ErrorBoundary(fallback=told)[ErrorBoundary(fallback=fails)[breaking(slow)]])
    page("/fails-for-good", lambda: ErrorBoundary(fallback=fails)[breaking(slow)])
    page("/unbounded", lambda: Suspense()[slow("a", error=ValueError("a secret"))])
    page("/moves", lambda: Suspense()[slow("a", error=redirect('/else?a=1&b="', flash="lost"))])
    page("/lost", lambda: Suspense()[slow("a", error=not_found())])
    page("/closed", lambda: Suspense()[slow("a", error=forbidden("Not you"))])
    page("/login-first", lambda: Suspense()[slow("a", error=unauthorized())])
    page("/early", lambda: [Suspense()[component(leave)()], slow("shell")])
    page("/flashes", lambda: Suspense()[slow("a", "x"), component(lambda: flashes())()])
    return app


def told(error):
    return h.p[f"told of {type(error).__name__}"]


def fails(error):
    raise KeyError("a secret") from error


def breaking(slow):
    return Suspense()[slow("a", error=ValueError("v"))]


async def quick():
    await asyncio.sleep(0)
    return h.p["Quick"]


async def leave():
    raise redirect("/elsewhere")


async def get(server, path, headers=BROWSER, method="GET"):
    connection = await server.connect()
    lines = [f"{method} {path} HTTP/1.1", "host: testserver", *(f"{name}: {value}" for name, value in headers.items())]
    await connection.send("\r\n".join([*lines, "", ""]).encode())
    return await connection.head()


def places(text):
    return re.findall(r'<template id="(B:\d+)"></template>', text)


async def test_the_page_comes_first(app, gates):
    """All but the content is there at once, its fallback in its place; then the content, its rows, and the end."""
    async with serving(app) as server, await get(server, "/one") as page:
        shell = (await page.piece()).decode()
        gates.open("a")
        piece, last, end = [(await page.piece()).decode() for _ in range(3)]

        assert 200 == page.status
        assert (
            '<h1>Page</h1><!--$?--><template id="B:0"></template><i>Loading</i><!--/$--><footer>End</footer></div>'
            in shell
        )
        assert piece.startswith('<template id="S:0"><b>a</b></template><script type="text/x-component">')
        assert piece.endswith('<template data-late="0"></template>')
        assert last.endswith('<template data-late="rows"></template>')
        assert '<template data-late="end"></template></body></html>' == end
        assert b"" == await page.piece()


async def test_pieces_come_as_they_are_ready(app, gates):
    """Contents wait at the same time and come in the order in which they become known."""
    async with serving(app) as server, await get(server, "/two") as page:
        assert ["B:0", "B:1"] == places((await page.piece()).decode())
        gates.open("b")
        assert b'<template id="S:1"><b>b</b></template>' in await page.piece()
        gates.open("a")
        assert b'<template id="S:0"><b>a</b></template>' in await page.piece()


@pytest.mark.parametrize("first", ["a", "b"])
async def test_a_suspense_in_a_suspense(app, gates, first):
    """What is known by the time its surroundings come is in them; what is not comes after them."""
    second = {"a": "b", "b": "a"}[first]
    async with serving(app) as server, await get(server, "/nested") as page:
        await page.piece()
        gates.open(first)
        await asyncio.sleep(0.01)
        gates.open(second)
        rest = (await page.rest()).decode()

    assert (["B:1"] if first == "a" else []) == places(rest)
    assert ("<!--$--><b>b</b><!--/$-->" in rest) is (first == "b")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/table", '<template id="S:0"><b><u>x</u></b></template>'),
        ("/svg", '<template id="S:0" data-svg><svg><b>a</b></svg></template>'),
        ("/head", '<title>Late</title><meta name="late" content="x"/><template id="S:0"><b></b></template>'),
        ("/style", '<em style="color:red">x</em>'),
        ("/bounded", '<template id="S:0"><p>told of ValueError</p></template>'),
        ("/inner", '<template id="S:0"><p>told of ValueError</p></template>'),
        ("/fails-again", '<template id="S:0"><p>told of KeyError</p></template>'),
        ("/fails-for-good", "Something went wrong."),
        ("/unbounded", "Something went wrong."),
        ("/script", "Something went wrong."),
        ("/lost", '<meta name="robots" content="noindex"/><template id="S:0"><div role="alert"><p>Not Found</p>'),
        ("/closed", '<div role="alert"><p>Not you</p></div>'),
        ("/moves", '<meta http-equiv="refresh" content="0;url=/else?a=1&amp;b=%22"/>'),
        ("/login-first", '<meta http-equiv="refresh" content="0;url=/login?next=/login-first"/>'),
    ],
)
@pytest.mark.parametrize("kind", [BROWSER, REACT], ids=["html", "flight"])
async def test_what_a_content_comes_to(app, gates, path, expected, kind, caplog):
    """Each kind of content, and of end that one has after the page is out, stands in its place; rows tell the same."""
    gates.open("theme")
    async with serving(app) as server, await get(server, path, kind) as page:
        first = (await page.piece()).decode()
        gates.open("a")
        rest = (await page.rest()).decode()

    assert 200 == page.status
    if kind is BROWSER:
        assert expected in rest
        assert "a secret" not in rest
        assert rest.endswith("</html>")
    else:
        tree = repr(decode_flight((first + rest).encode()))
        words = re.findall(r"[A-Z][a-z ]{5,}|told of \w+|color|url=[^&\"]*", re.sub("<[^>]*svg[^>]*>", "", expected))
        assert [] == [word for word in words if word not in tree] or path == "/script"


async def test_what_never_really_waits_is_not_late(app):
    """A content that is ready in a turn or two of the event loop is part of the page."""
    async with serving(app) as server, await get(server, "/quick") as page:
        whole = (await page.rest()).decode()

    assert "<!--$--><p>Quick</p><!--/$-->" in whole
    assert "content-length" in page.headers or "data-late" not in whole


async def test_before_the_page_is_out_control_flow_is_the_pages(app, gates):
    """A redirect from a content that is faster than the page is a redirect."""
    gates.open("shell")
    async with serving(app) as server, await get(server, "/early") as page:
        assert (303, "/elsewhere") == (page.status, page.headers["location"])


async def test_values_reach_late_components(app, gates):
    """A value for a subtree is there for its late components, too."""
    async with serving(app) as server, await get(server, "/themed") as page:
        await page.piece()
        gates.open("theme")
        assert b"<p>dark</p>" in await page.rest()


async def test_a_late_form(app, gates):
    """A form that comes late has token and key, and the page then depends on its state."""
    async with serving(app) as server, await get(server, "/form") as page:
        shell = (await page.piece()).decode()
        gates.open("form")
        rest = (await page.rest()).decode()
    token = re.search('data-token="([^"]+)"', shell)[1]

    assert f'name="$token" value="{token}"' in rest
    assert re.search(r'name="\$key" value="[\w-]{20,}"', rest)
    assert "state:" not in shell
    assert "state:" in rest


async def test_a_page_that_still_waits_depends_on_everything(app, gates):
    """A client that does not know all tags yet says so, and gets the page anew whatever was touched."""
    gates.open("form")
    answer = await post(app, save, {**CALL, **SAME_ORIGIN, "jetbridge-tags": "%2A"}, path="/form")

    assert "page" in answer.told


async def test_the_answer_of_an_action_comes_in_pieces(app, gates):
    """The outcome is there at once; what its page waits for comes after it."""
    async with (
        serving(app) as server,
        await post_to(server, "/one", save) as call,
    ):
        first = await call.piece()
        gates.open("a")
        rest = await call.rest()

    assert b'"value"' in first
    assert b"Loading" in first
    assert b'"b"' in rest


async def post_to(server, path, action):
    connection = await server.connect()
    address = f"{path}?_action={server.app.references.reference(action).id}"
    headers = {**CALL, **SAME_ORIGIN, "jetbridge-tags": "%2A", "content-length": "2"}
    lines = [f"POST {address} HTTP/1.1", "host: testserver", *(f"{name}: {value}" for name, value in headers.items())]
    await connection.send("\r\n".join([*lines, "", ""]).encode() + b"[]")
    return await connection.head()


@pytest.mark.parametrize("kind", [BROWSER, REACT], ids=["html", "flight"])
async def test_who_leaves_cancels(app, gates, kind):
    """What is still to come is cancelled when the client goes away."""
    async with serving(app) as server:
        page = await get(server, "/two", kind)
        await page.piece()
        page.leave()
        await eventually(lambda: sorted(gates.ended) == ["a", "b"])


async def test_a_failing_page_cancels(app, gates, caplog):
    """A page that fails itself leaves nothing running."""

    @app.page("/fails")
    async def fails():
        return [Suspense()[component(lambda: gates.wait("a"))()], component(lambda: 1 / 0)(), Suspense()["x"]]

    with caplog.at_level(logging.CRITICAL):
        assert 500 == (await ask(app, target="/fails", headers=BROWSER)).status


WHOLE = {
    "curl": {"accept": "*/*", "user-agent": "curl/8.5.0"},
    "no headers": {},
    "a robot": {**BROWSER, "user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"},
    "a library": {"accept": "text/html", "user-agent": "python-httpx/0.28"},
    "a script of a page": {**BROWSER, "sec-fetch-dest": "empty"},
    "a browser that has none": {**BROWSER, "cookie": "jetbridge-whole=1"},
    "a flash waits": {**BROWSER, "cookie": "jetbridge-flash=x"},
    "a result waits": {**BROWSER, "cookie": "jetbridge-state=x"},
}


@pytest.mark.parametrize("who", WHOLE)
async def test_who_gets_a_page_whole(app, gates, who):
    """Readers that may not reveal anything get all at once, in order, with a length."""
    gates.open("a")
    async with serving(app) as server, await get(server, "/one", WHOLE[who]) as page:
        assert "content-length" in page.headers
        whole = (await page.piece()).decode()

    assert "<h1>Page</h1><!--$--><b>a</b><!--/$--><footer>End</footer>" in whole
    assert "Loading" not in whole.partition("text/x-component")[0]


async def test_head_waits_too(app, gates):
    """HEAD has the headers of the whole page."""
    gates.open("a")
    async with serving(app) as server, await get(server, "/one", BROWSER, "HEAD") as page:
        assert int(page.headers["content-length"]) > 100


async def test_a_browser_without_scripts(app, gates):
    """It is sent to the whole page at once, and gets the next ones so under their own addresses."""
    async with serving(app) as server:
        async with await get(server, "/one?a=1") as page:
            shell = (await page.piece()).decode()
        refresh = re.search('<noscript><meta http-equiv="refresh" content="0;url=([^"]+)"/></noscript>', shell)[1]
        gates.open("a")
        async with await get(server, refresh.replace("&amp;", "&")) as page:
            whole = (await page.rest()).decode()

    assert "/one?a=1&amp;_whole=1" == refresh
    assert "<!--$--><b>a</b><!--/$-->" in whole
    assert "http-equiv" not in whole
    assert "jetbridge-whole=1" in page.headers["set-cookie"]


async def test_the_policy_names_our_script(app, gates):
    """The one inline script of ours is allowed by its hash; late style attributes may be, and nothing else is."""
    async with serving(app) as server, await get(server, "/style") as page:
        shell = (await page.piece()).decode()
    policy = page.headers["content-security-policy"]
    digest = base64.b64encode(hashlib.sha256(reveal_script().encode()).digest()).decode()

    assert f"<script>{reveal_script()}</script>" in shell
    assert f"script-src 'self' 'sha256-{digest}'" in policy
    assert "style-src-attr 'unsafe-inline'" in policy


async def test_a_slow_reader_holds_pieces_back(app, gates):
    """A piece is printed when the one before has been taken."""
    gates.open("a")
    gates.open("b")
    sent = []
    taken = asyncio.Event()

    async def send(message):
        sent.append(message)
        if len(sent) == 3:
            await taken.wait()

    async def receive():
        await asyncio.Event().wait()

    scope = {
        "type": "http", "method": "GET", "path": "/two", "raw_path": b"/two", "query_string": b"", "root_path": "",
        "scheme": "http", "headers": [(name.encode(), value.encode()) for name, value in BROWSER.items()],
        "http_version": "1.1", "server": ("testserver", 80), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    gates.gates.clear()
    running = asyncio.ensure_future(app(scope, receive, send))
    await eventually(lambda: len(sent) == 2)
    gates.open("a")
    gates.open("b")
    await eventually(lambda: len(sent) == 3)
    await asyncio.sleep(0.02)

    assert 3 == len(sent)
    taken.set()
    await running
    assert not sent[-1]["more_body"]
