"""What stands in a document and its headers: nothing that data can break out of, nothing inline that is not allowed."""

import base64
import hashlib

import pytest
from bs4 import BeautifulSoup
from starlette.responses import PlainTextResponse

from jetbridge.actions.define import action
from jetbridge.actions.state import action_state
from jetbridge.elements.h import h
from jetbridge.server.app import App
from jetbridge.testing import Client
from jetbridge.wire.model import FormData
from tests.server.asgi import CALL, FORM, SAME_ORIGIN, ask, chunk, post

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "-->",
    "<!--",
    "]]>",
    "</SCRIPT >",
    "\u2028\u2029",
    "\\u003cscript>",
    "\"'><img src=x onerror=alert(1)>",
    "{{7*7}}${7*7}",
    "\x00",
    "$L1",
    "\ud800",
    "</title></textarea></style><svg onload=alert(1)>",
    "javascript:alert(1)",
]


TAGS = ["html", "head", "meta", "meta", "title", "body", "div"]
TAGS += ["main", "p", "textarea", "input", "a", "script"]


@action
async def save(note: str):
    return note


def sources(csp, directive):
    for one in csp.split(";"):
        name, *values = one.split()
        if name == directive:
            return values
    return None


def hash_of(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.mark.parametrize("text", HOSTILE)
async def test_data_stays_data(text):
    """Whatever text stands in a page, an attribute, a title or in raw rows: no other element comes of it."""
    app = App(__name__, secret="s" * 40, lang=text)

    @app.page("/", title=text)
    def page():
        return h.main(title=text, data_x=text, style={"color": text})[
            h.p[text], h.textarea(name="a", defaultValue=text), h.input(value=text), h.a(href=text)["x"]
        ]

    async with Client(app) as client:
        page = await client.open("/")

    assert TAGS == [tag.name for tag in page.soup.find_all(True)]
    assert text.replace("\ud800", "\ufffd") == page.soup.p.get_text()
    assert repr(text)[1:-1] in repr(page.tree["tree"])
    assert "javascript:alert(1)" != page.soup.a["href"]


@pytest.mark.parametrize("text", HOSTILE[:5])
async def test_rows_cannot_end_their_block(text):
    """The rows' script holds neither `</` nor `<!--`, so that no parser leaves it early (HTML section 13.2.5.4)."""
    app = App(__name__, secret="s" * 40)
    app.page("/")(lambda: h.p(data_x=text)[text, {"": text}[""]])
    async with Client(app) as client:
        page = await client.open("/")
    block = page.html.partition('id="jetbridge-rows"')[2].partition(">")[2].removesuffix("</script></body></html>")

    assert "<" not in block


@pytest.mark.parametrize("text", HOSTILE)
async def test_what_was_typed_stays_data(text):
    """A failed submit's input is printed again as data."""
    app = App(__name__, secret="s" * 40)

    @app.page("/")
    def page():
        state = action_state(save)
        return h.form(action=save)[
            h.input(name="other"), h.p[list(state.input.values())], state.error and state.error.message
        ]

    typed = text.replace("\ud800", "?")
    async with Client(app) as client:
        page = await (await client.open("/")).form(save).submit({"other": typed})

    assert (422, 1, 2) == (page.status, len(page.soup.find_all("p")), len(page.soup.find_all("script")))


async def test_a_token_stays_in_its_place():
    """A page without a form carries no token; one with a form carries it in each of its places, and nowhere else."""
    app = App(__name__, secret="s" * 40)
    app.page("/none")(lambda: "x")
    app.page("/two")(lambda: [h.form(action=save), h.form(action=save)])
    async with Client(app) as client:
        none, two = await client.open("/none"), await client.open("/two")
    token = dict(two.form(save).fields)["$token"]

    assert 3 == two.html.count(token)
    assert "" == none.soup.find(id="jetbridge-rows")["data-token"]
    assert "set-cookie" not in none.response.headers
    assert "private, no-store" == two.response.headers["cache-control"]


async def test_two_pages_have_two_tokens():
    """A token is another text in each page, so that compression gives nothing away."""
    app = App(__name__, secret="s" * 40)
    app.page("/")(lambda: h.form(action=save))
    async with Client(app) as client:
        tokens = {dict((await client.open("/")).form(save).fields)["$token"] for _ in range(2)}

    assert 2 == len(tokens)


# --- Content-Security-Policy


async def policy_of(page, **options):
    app = App(__name__, secret="s" * 40, **options)
    app.page("/")(page)
    answer = await ask(app)
    assert 200 == answer.status
    return answer.header("content-security-policy"), answer.text


async def test_the_policy():
    """Without anything inline, only files of this site run."""
    csp, _ = await policy_of(lambda: h.p["x"])

    assert (["'self'"], ["'self'"], ["'none'"], ["'none'"], ["'self'"]) == tuple(
        sources(csp, name) for name in ("script-src", "style-src", "object-src", "base-uri", "frame-ancestors")
    )
    assert None is sources(csp, "style-src-attr")
    assert "unsafe" not in csp


async def test_what_an_author_writes_inline_is_allowed_by_hash():
    """Inline scripts and styles, of page and head, and style attributes have hashes as a browser computes them."""
    script, style = "alert('<&>')", "p > b { color: red }"
    csp, html = await policy_of(
        lambda: h.main[h.script[script], h.style[style], h.p(style={"color": "red"})["x"]],
        head=lambda: [h.script["1"], h.style["b {}"]],
    )
    soup = BeautifulSoup(html, "html.parser")
    inline = [tag.get_text() for tag in soup.find_all("script") if not tag.has_attr("src") and tag.get("type") is None]

    assert {script, "1"} == set(inline)
    assert {"'self'", hash_of(script), hash_of("1")} == set(sources(csp, "script-src"))
    assert {"'self'", hash_of(style), hash_of("b {}")} == set(sources(csp, "style-src"))
    assert ["'unsafe-hashes'", hash_of(soup.p["style"])] == sources(csp, "style-src-attr")


async def test_raw_html_is_not_allowed_by_hash():
    """Text that was pasted in as HTML may hold an attacker's script; it gets no hash."""
    csp, html = await policy_of(lambda: h.div(dangerouslySetInnerHTML={"__html": "<script>evil()</script>"}))

    assert "evil()" in html
    assert ["'self'"] == sources(csp, "script-src")


async def test_many_style_attributes():
    """Computed styles are not listed one by one."""
    csp, _ = await policy_of(lambda: [h.p(key=n, style={"width": n})["x"] for n in range(1, 100)])

    assert ["'unsafe-inline'"] == sources(csp, "style-src-attr")
    assert len(csp) < 1000


async def test_overrides():
    """A directive of the application's own replaces ours; an empty one leaves it out; None sends no policy."""
    csp, _ = await policy_of(
        lambda: h.style["p {}"], csp={"style-src": "'self' 'unsafe-inline'", "img-src": "https:", "object-src": ""}
    )
    none, _ = await policy_of(lambda: "x", csp=None)

    assert (["'self'", "'unsafe-inline'"], ["https:"], None) == tuple(
        sources(csp, name) for name in ("style-src", "img-src", "object-src")
    )
    assert None is none


# --- headers that every answer has


async def answers(app, static):
    app.start()
    yield "page", await ask(app, target="/")
    yield "head", await ask(app, "HEAD", "/")
    yield "flight", await ask(app, target="/", headers={"accept": "text/x-component"})
    yield "404", await ask(app, target="/missing")
    yield "500", await ask(app, target="/broken")
    yield "405", await ask(app, "PUT", "/")
    yield "client", await ask(app, target=(await ask(app)).text.partition('type="module" src="')[2].partition('"')[0])
    yield "no client", await ask(app, target="/_jetbridge/x")
    yield "clean", await ask(app, target="/?_action=x")
    yield "slash", await ask(app, target="/broken/")
    yield "favicon", await ask(app, target="/favicon.ico")
    yield "route", await ask(app, target="/own")
    yield "own 404", await ask(app, target="/gone")
    yield "own 500", await ask(app, target="/fails")
    yield "response", await ask(app, target="/response")
    for name, door, body in (("call", CALL, b'["x"]'), ("form", FORM, b"note=x")):
        headers = {**door, **SAME_ORIGIN}
        yield name, await post(app, save, headers, body)
        yield f"{name} refused", await post(app, save, {**door, "origin": "null"}, body)
        yield f"{name} wrong", await post(app, save, headers, b"[]" if door is CALL else b"")
        yield f"{name} unknown", await ask(app, "POST", "/?_action=x", headers, [chunk()])
        yield f"{name} too large", await post(app, save, {**headers, "content-length": "9999999"}, [chunk()])


async def test_every_answer_has_them(caplog):
    """No answer lets its type be guessed, nor gives our addresses to other sites; pages are never stored."""
    app = App(__name__, secret="s" * 40)
    app.page("/")(lambda: "home")
    app.page("/broken")(lambda: 1 / 0)
    app.page("/response")(lambda: PlainTextResponse("x"))
    app.route("/own")(lambda request: PlainTextResponse("x"))
    app.route("/fails")(lambda request: 1 / 0)
    lacking = []
    stored = []
    async for name, answer in answers(app, None):
        if (answer.header("x-content-type-options"), answer.header("referrer-policy")) != ("nosniff", "same-origin"):
            lacking.append(name)
        if "text/html" in (answer.header("content-type") or "") and "no-store" not in answer.header("cache-control"):
            stored.append(name)
        if "text/html" in (answer.header("content-type") or "") and not answer.header("content-security-policy"):
            lacking.append(f"{name} (policy)")

    assert ([], []) == (lacking, stored)


async def test_a_page_prints_what_it_can_hydrate():
    """The tree of the rows is that of the HTML, also when it holds what text cannot carry."""
    app = App(__name__, secret="s" * 40)

    @app.page("/")
    def page():
        state = action_state(save)
        return h.p[str(state.result)]

    async with Client(app) as client:
        page = await client.open("/")
        called = await page.call(save, FormData([("note", "日本 <&> \U0001f600")]))

    assert "日本 <&> \U0001f600" == called.value
    assert "None" in page.text


async def test_which_scripts_a_page_loads():
    """One with a form of ours loads the starter, for ever and as a module; one without loads nothing."""
    app = App(__name__, secret="s" * 40)
    app.page("/form")(lambda: h.form(action=save))
    app.page("/button")(lambda: h.form[h.button(formAction=save)])
    app.page("/search")(lambda: h.form(action="/search")[h.input(name="q")])
    async with Client(app) as client:
        sources = [
            [script["src"].partition("-")[0] for script in (await client.open(path)).soup.find_all("script", src=True)]
            for path in ("/form", "/button", "/search")
        ]
        script = (await client.open("/form")).soup.find("script", src=True)
    answer = await ask(app, target=script["src"], headers={"accept-encoding": "gzip"})

    assert [["/_jetbridge/starter"], ["/_jetbridge/starter"], []] == sources
    assert "module" == script["type"]
    assert ("gzip", "public, max-age=31536000, immutable") == (
        answer.header("content-encoding"),
        answer.header("cache-control"),
    )
