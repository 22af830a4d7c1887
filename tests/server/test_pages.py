"""Pages: addresses, parameters, layouts, what a page may end with, and where an app may be mounted."""

import logging
import os
import sys
import types
from datetime import date
from enum import Enum
from typing import Annotated, Literal
from urllib.parse import unquote

import pytest
from pydantic import BaseModel, Field
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Mount

from jetbridge.actions.define import action
from jetbridge.actions.state import action_state
from jetbridge.elements.component import component
from jetbridge.elements.h import h
from jetbridge.errors import DefinitionError, forbidden, not_found, redirect, unauthorized
from jetbridge.schema.supply import Provide
from jetbridge.server.app import App
from jetbridge.server.current import asset, flashes, request, url
from jetbridge.testing import Client
from tests.server.asgi import CALL, FORM, SAME_ORIGIN, ask, chunk, url_of


@action
async def save(note: str):
    return note


@pytest.fixture
def app():
    return App(__name__, secret="s" * 40)


async def text_of(app, path):
    async with Client(app) as client:
        page = await client.open(path)
    return page.status, page.text


# --- parameters


class Color(Enum):
    RED = "red"


class Filters(BaseModel):
    size: int
    tags: list[str] = []


def by_path(id: int):  # noqa: A002
    return repr(id)


def by_query(page: int = 1, q: str = "", active: bool = True, color: Color = Color.RED, day: date | None = None):
    return repr((page, q, active, color.value, day and day.isoformat()))


def required(page: int):
    return repr(page)


def constrained(page: Annotated[int, Field(ge=1)] = 1):
    return repr(page)


def listed(tag: list[str], sort: Literal["up", "down"] = "up"):
    return repr((tag, sort))


def grouped(filters: Filters):
    return repr((filters.size, filters.tags))


async def asynchronous(id: str, request: Request):  # noqa: A002
    return f"{id} {request.method}"


def starlettes(request):
    return request.query_params["a"]


def unannotated(a, b=2):
    return repr((a, b))


async def supplied(me: Annotated[str, Provide(lambda: "provided")]):
    return me


@pytest.mark.parametrize(
    ("template", "function", "path", "status", "shown"),
    [
        ("/p/{id}", by_path, "/p/3", 200, "3"),
        ("/p/{id}", by_path, "/p/-3", 200, "-3"),
        ("/p/{id}", by_path, "/p/x", 404, None),
        ("/p/{id}", by_path, "/p/3.5", 404, None),
        ("/p/{id}", by_path, "/p/", 404, None),
        ("/p/{id}", by_path, "/p/3/4", 404, None),
        ("/p/{id}", by_path, "/p/3?id=4", 200, "3"),
        ("/p/{id:int}", by_path, "/p/3", 200, "3"),
        ("/p/{id:int}", by_path, "/p/x", 404, None),
        ("/p/{id}", asynchronous, "/p/a%20b", 200, "a b GET"),
        ("/p/{id}", asynchronous, "/p/%E6%97%A5", 200, "日 GET"),
        ("/p/{id:path}", asynchronous, "/p/a/b", 200, "a/b GET"),
        ("/q", by_query, "/q", 200, "(1, '', True, 'red', None)"),
        (
            "/q",
            by_query,
            "/q?page=2&q=a+b%26&active=false&color=red&day=2026-01-31",
            200,
            "(2, 'a b&', False, 'red', '2026-01-31')",
        ),
        ("/q", by_query, "/q?page=x", 400, None),
        ("/q", by_query, "/q?color=green", 400, None),
        ("/q", by_query, "/q?unknown=1&__class__=x", 200, "(1, '', True, 'red', None)"),
        ("/q", required, "/q", 400, None),
        ("/q", constrained, "/q?page=0", 400, None),
        ("/q", listed, "/q?tag=a&tag=b&sort=down", 200, "(['a', 'b'], 'down')"),
        ("/q", listed, "/q?tag=a", 200, "(['a'], 'up')"),
        ("/q", listed, "/q?tag=a&sort=sideways", 400, None),
        ("/q", grouped, "/q?size=2&tags=a", 200, "(2, ['a'])"),
        ("/q", grouped, "/q?size=x", 400, None),
        ("/q", supplied, "/q?me=mallory", 200, "provided"),
        ("/q", starlettes, "/q?request=x&a=b", 200, "b"),
        ("/q", by_query, "/q?page=1&page=2", 200, "(2, '', True, 'red', None)"),
        ("/q", unannotated, "/q?a=1", 200, "('1', 2)"),
        ("/q/{a}", unannotated, "/q/3?b=4", 200, "('3', '4')"),
    ],
)  # fmt: skip
async def test_parameters(app, template, function, path, status, shown):
    """Path and query parameters are read by annotation; a wrong one is 404 in the path, 400 in the query."""
    app.page(template)(function)
    found = await text_of(app, path)

    assert status == found[0]
    if shown is not None:
        assert shown == found[1]


@pytest.mark.parametrize(
    ("path", "parameters", "address"),
    [
        ("/p/{id}", {"id": 3}, "/p/3"),
        ("/p/{id}", {"id": "a/b c?#"}, "/p/a%2Fb%20c%3F%23"),
        ("/p/{id}", {"id": 3, "page": 2, "q": "a&b", "none": None}, "/p/3?page=2&q=a%26b"),
        ("/p/{id}", {"id": 3, "tag": ["a", "b"]}, "/p/3?tag=a&tag=b"),
        ("/p/{id:path}", {"id": "a/b c"}, "/p/a/b%20c"),
        ("/p/{id:int}", {"id": 3}, "/p/3"),
    ],
)
def test_addresses(app, path, parameters, address):
    """`url()` gives the address of a page function, percent-encoded."""

    def page(id):  # noqa: A002
        pass

    app.page(path)(page)
    with app.context():
        assert address == url(page, **parameters)


def test_addresses_that_cannot_be(app):
    """A function that is no page, and a missing parameter, are said where they are written."""
    app.page("/p/{id}")(by_path)
    with app.context():
        with pytest.raises(DefinitionError, match="no page"):
            url(by_query)
        with pytest.raises(DefinitionError, match="id="):
            url(by_path)
    with pytest.raises(DefinitionError, match=r"app\.context"):
        url(by_path, id=3)


@pytest.mark.parametrize(
    ("define", "message"),
    [
        (lambda app: app.page("users"), "slash"),
        (lambda app: app.page("/users/{name}"), "no parameter 'name'"),
        (lambda app: app.page("/taken"), r"two pages at '/taken': .*test_pages\.py:\d+ and .*test_pages\.py:\d+;"),
        (lambda app: app.page("/taken/{id}"), r"two pages at '/taken/\{id\}': .*test_pages\.py:\d+ and"),
        (lambda app: app.error_page(404), "takes no arguments"),
    ],
)
def test_definitions_that_do_not_fit(app, define, message):
    """A mistake in a page is found where it is defined."""

    def page(id=1):  # noqa: A002
        pass

    def needs(one):
        pass

    app.page("/taken")(page)
    app.page("/taken/{id}")(page)
    with pytest.raises(DefinitionError, match=message):
        define(app)(needs if "arguments" in message else page)


async def test_the_fixed_path_comes_first(app):
    """`/users/new` is not `/users/{id}`, in whichever order they are defined."""
    app.page("/users/{id}")(lambda id: f"user {id}")  # noqa: A006
    app.page("/users/new")(lambda: "new")

    assert [(200, "new"), (200, "user 3")] == [await text_of(app, path) for path in ("/users/new", "/users/3")]


@pytest.mark.parametrize(("path", "asked"), [("/users", "/users/"), ("/users/", "/users")])
async def test_the_other_slash(app, path, asked):
    """A slash too many or too few at the end is mended, with the query."""
    app.page(path)(lambda: "users")
    answer = await ask(app, "GET", f"{asked}?a=b")

    assert (307, f"{path}?a=b") == (answer.status, answer.header("location"))


# --- what a page may give and end with


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (lambda: "text", "text"),
        (lambda: [h.b["a"], "b"], "a b"),
        (lambda: (h.b["a"], "b"), "a b"),
        (lambda: (h.b[text] for text in "ab"), "a b"),
        (lambda: None, ""),
        (lambda: 3, "3"),
    ],
)
async def test_nodes(app, given, shown):
    """A page gives any node."""
    app.page("/")(given)

    assert (200, shown) == await text_of(app, "/")


ENDS = {
    "redirect": (lambda: redirect("/there"), 303),
    "not found": (not_found, 404),
    "unauthorized": (lambda: unauthorized("Who?"), 401),
    "forbidden": (lambda: forbidden("No!"), 403),
    "HTTPException": (lambda: HTTPException(418, "short and stout", headers={"X-Pot": "tea"}), 418),
    "error": (lambda: ValueError("secret"), 500),
    "group of one redirect": (lambda: BaseExceptionGroup("", [redirect("/there")]), 303),
    "group of errors": (lambda: ExceptionGroup("", [ValueError("secret"), KeyError()]), 500),
}


@pytest.mark.parametrize("kind", ENDS)
@pytest.mark.parametrize("where", ["raised", "returned", "in a component", "in a layout"])
async def test_ends(app, kind, where, caplog):
    """Control flow ends a page wherever in it it is raised, or returned by it."""
    end, status = ENDS[kind]
    if where == "returned" and status in (418, 500):
        pytest.skip("exceptions are raised")

    @component
    def ending():
        raise end()

    def page():
        if where == "returned":
            return end() if not isinstance(end(), BaseExceptionGroup) else redirect("/there")
        if where == "raised":
            raise end()
        return h.p[ending()]

    def layout(content):
        raise end()

    app.page("/", layout=layout if where == "in a layout" else None)(page)
    answer = await ask(app, "GET", "/")

    assert status == answer.status
    assert (None if status != 303 else "/there") == answer.header("location")
    assert (None if status != 418 else "tea") == answer.header("x-pot")
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "make",
    [
        lambda: JSONResponse({"a": 1}),
        lambda: PlainTextResponse('{"a":1}'),
        lambda: StreamingResponse(iter([b'{"a"', b":1}"])),
    ],
)
@pytest.mark.parametrize("raised_in", ["page", "error page"])
async def test_responses(app, make, raised_in):
    """A page, and a page for errors, may give a Starlette response; our headers come with it."""
    if raised_in == "page":
        app.page("/")(make)
    else:
        app.error_page(404)(make)
    answer = await ask(app, "GET", "/")

    assert ('{"a":1}', "nosniff") == (answer.text, answer.header("x-content-type-options"))


async def test_http_methods(app):
    """HEAD is GET without its body; other methods are 405 and say what is allowed."""
    app.page("/")(lambda: "home")
    get, head = await ask(app, "GET", "/"), await ask(app, "HEAD", "/")
    others = [await ask(app, method, "/") for method in ("POST", "PUT", "DELETE", "OPTIONS")]

    assert (200, 200, b"") == (get.status, head.status, head.body)
    assert get.body
    assert [(405, "GET, HEAD")] * 4 == [(answer.status, answer.header("allow")) for answer in others]


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/?_action=x.y", "/"),
        ("/?a=1&_action=x&b=%20&c", "/?a=1&b=%20&c"),
        ("/?_action", "/"),
        ("/a%20b?_action=x", "/a%20b"),
        ("//evil.example?_action=x", "/evil.example"),
        ("///evil.example/?_action=x", "/evil.example/"),
        ("/\\evil.example?_action=x", "/evil.example"),
        ("/%5Cevil.example?_action=x", "/%5Cevil.example"),
        ("/%0d%0aset-cookie:a=b?_action=x", "/%0d%0aset-cookie:a=b"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_forms_address_leads_to_its_page(app, target, location, method):
    """GET of an action's URL goes to the clean one, on this host whatever it looks like."""
    path = target.partition("?")[0]
    answer = await ask(app, method, target, path=unquote(path), raw_path=path.encode())

    assert (303, location) == (answer.status, answer.header("location"))


async def test_other_methods_of_an_action(app):
    """Only POST calls."""
    answers = [await ask(app, method, "/?_action=x") for method in ("PUT", "DELETE", "PATCH")]

    assert [(405, "POST, GET, HEAD")] * 3 == [(answer.status, answer.header("allow")) for answer in answers]


# --- layouts


def plain_layout(content):
    return h.div(id="layout")[content]


async def async_layout(content):
    return h.div(id="layout")[content]


@component
def component_layout(children=None):
    return h.div(id="layout")[children]


@component
async def async_component_layout(children=None):
    return h.div(id="layout")[children]


LAYOUTS = [plain_layout, async_layout, component_layout, async_component_layout]


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_layouts(layout):
    """A layout is a function or component, sync or async, around what the page gives, errors' pages included."""
    app = App(__name__, secret="s" * 40, layout=layout)
    app.page("/")(lambda: "home")
    app.page("/bare", layout=False)(lambda: "bare")
    app.page("/same", layout=True)(lambda: "same")
    app.page("/own", layout=lambda content: h.section[content])(lambda: "own")
    async with Client(app) as client:
        found = {path: (await client.open(path)).soup for path in ("/", "/bare", "/same", "/own", "/missing")}

    assert ["/", "/same", "/missing"] == [path for path, soup in found.items() if soup.find(id="layout")]
    assert "own" == found["/own"].section.get_text()


async def test_titles_and_head():
    """The title of the page, and what `head` gives, stand in the head of the document."""
    app = App(__name__, secret="s" * 40, lang='d"e', head=lambda: [h.meta(name="author", content='<"&>')])
    app.page("/", title="<Home> & more")(lambda: "home")
    async with Client(app) as client:
        page = await client.open("/")
        missing = await client.open("/missing")

    assert ("<Home> & more", "Not Found") == (page.title, missing.title)
    assert '<"&>' == page.soup.head.find("meta", {"name": "author"})["content"]
    assert 'd"e' == page.soup.html["lang"]


# --- pages for errors


async def test_the_404_page(app):
    """What is not there has a page; the path is shown as text."""
    answer = await ask(app, "GET", "/<script>alert(1)</script>")

    assert (404, "text/html; charset=utf-8") == (answer.status, answer.header("content-type"))
    assert "<script>alert" not in answer.text
    assert "There is nothing at" in answer.text


async def test_an_apps_own_error_pages(app, caplog):
    """`@app.error_page` replaces ours, for pages, refusals of actions and failures alike."""
    app.error_page(404)(lambda: "own 404")
    app.error_page(409)(lambda: "own 409")

    @app.error_page(500)
    async def own_500():
        return "own 500"

    app.page("/broken")(lambda: 1 / 0)
    async with Client(app) as client:
        pages = [await client.open("/missing"), await client.open("/broken")]
    action_gone = await ask(app, "POST", "/?_action=x", {**FORM, **SAME_ORIGIN}, [chunk(b"")])

    assert [(404, "own 404"), (500, "own 500")] == [(page.status, page.text) for page in pages]
    assert (409, True) == (action_gone.status, "own 409" in action_gone.text)


async def test_an_error_page_may_redirect(app):
    """A page for 401 that sends to the login is what it is for."""
    app.page("/login")(lambda: " ".join(flashes()) or "login")
    app.page("/")(lambda: unauthorized())
    app.error_page(401)(lambda: redirect("/login", flash="Sign in"))
    async with Client(app) as client:
        page = await client.open("/")

    assert ("/login", "Sign in") == (page.url, page.text)


@pytest.mark.parametrize("broken", ["raises", "not found", "head", "layout", "500"])
async def test_error_pages_that_fail(broken, caplog):
    """An error page that fails itself still ends in an answer, and in the log."""

    def fail(*_):
        raise not_found() if broken == "not found" else RuntimeError("secret")

    app = App(
        __name__,
        secret="s" * 40,
        head=fail if broken == "head" else None,
        layout=fail if broken == "layout" else None,
    )
    if broken in ("raises", "not found"):
        app.error_page(404)(fail)
    if broken == "500":
        app.error_page(500)(fail)
        app.page("/missing")(fail)
    answer = await ask(app, "GET", "/missing")

    assert (404 if broken in ("raises", "not found") else 500) == answer.status
    assert "secret" not in answer.text
    assert [record for record in caplog.records if record.levelno == logging.ERROR]


# --- mounted elsewhere


@pytest.fixture
def mounted(app):
    @app.page("/users/{name}")
    def user(name: str):
        state = action_state(save)
        return h.form(action=save)[
            h.a(href=url(user, name="Eve")), h.input(name="note"), h.output[state.result], request().url.path
        ]

    app.page("/")(lambda: "home")
    return app


async def by_starlette(app, target, **options):
    return await ask(Starlette(routes=[Mount("/app", app)]), target=f"/app{target}", **options)


async def by_root_path(app, target, **options):
    """As uvicorn --root-path has it: path and raw_path hold the prefix."""
    return await ask(app, target=f"/app{target}", root_path="/app", **options)


async def by_proxy(app, target, **options):
    """As a proxy that takes the prefix off has it."""
    return await ask(app, target=target, root_path="/app", **options)


@pytest.mark.parametrize("mount", [by_starlette, by_root_path, by_proxy])
async def test_mounted(mounted, mount):
    """Below a prefix, addresses, scripts and cookies have it, and a form works without JavaScript."""
    page = await mount(mounted, "/users/Ada?q=1")
    answer = await mount(
        mounted,
        f"/users/Ada?q=1&{url_of(mounted, save).partition('?')[2]}",
        method="POST",
        headers={**FORM, **SAME_ORIGIN},
        messages=[chunk(b"note=typed")],
    )
    call = await mount(
        mounted,
        f"/users/Ada?q=1&{url_of(mounted, save).partition('?')[2]}",
        method="POST",
        headers={**CALL, **SAME_ORIGIN, "jetbridge-tags": "path%3A%2Fusers%2FAda,*"},
        messages=[chunk(b'["typed"]')],
    )
    home = await mount(mounted, "/")

    assert (200, 200, 200) == (page.status, home.status, call.status)
    assert 'href="/app/users/Eve"' in page.text
    assert 'src="/app/_jetbridge/starter-' in page.text
    assert (303, "/app/users/Ada?q=1") == (answer.status, answer.header("location"))
    assert "Path=/app/users/Ada;" in answer.header("set-cookie")
    assert 'action="?q=1&amp;_action=' in page.text


async def test_the_prefix_itself(mounted):
    """A proxy's prefix without a slash is the home page."""
    answer = await ask(mounted, "GET", "/app", root_path="/app")

    assert 200 == answer.status


async def test_scripts_are_found_below_a_prefix(mounted):
    """The client is served where the page says it is."""
    page = await by_root_path(mounted, "/users/Ada")
    src = page.text.partition('src="')[2].partition('"')[0]
    script = await ask(mounted, target=src, root_path="/app")

    assert (200, "public, max-age=31536000, immutable") == (script.status, script.header("cache-control"))


# --- static files


@pytest.fixture
def static_app(tmp_path, monkeypatch):
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "app.css").write_text("body {}")
    (tmp_path / "static" / "my file.css").write_text("p {}")
    (tmp_path / "secret.txt").write_text("secret")
    module = types.ModuleType("someapp")
    module.__file__ = str(tmp_path / "app.py")
    monkeypatch.setitem(sys.modules, "someapp", module)
    return App("someapp", secret="s" * 40, static="static")


async def test_static_files(static_app, tmp_path):
    """A static file's address has a hash of its contents and is kept for ever; without it, it is not."""
    with static_app.context():
        address = asset("app.css")
        spaced = asset("my file.css")
    hashed = await ask(static_app, target=address)
    plain = await ask(static_app, target="/static/app.css")
    stale = await ask(static_app, target="/static/app.css?v=000000000000")
    (tmp_path / "static" / "app.css").write_text("body { color: red }")
    os.utime(tmp_path / "static" / "app.css", (1, 1))
    with static_app.context():
        changed = asset("app.css")

    assert "/static/my%20file.css?v=" in spaced
    assert ("body {}", "nosniff") == (hashed.text, hashed.header("x-content-type-options"))
    assert "public, max-age=31536000, immutable" == hashed.header("cache-control")
    assert [None, None] == [plain.header("cache-control"), stale.header("cache-control")]
    assert address != changed


@pytest.mark.parametrize(
    "path", ["/static/missing.css", "/static/../secret.txt", "/static/%2e%2e/secret.txt", "/static/", "/static/a\x00b"]
)
async def test_static_files_that_are_not_there(static_app, path):
    """What is not in the directory is the 404 page."""
    answer = await ask(static_app, target=path)

    assert (404, "text/html; charset=utf-8") == (answer.status, answer.header("content-type"))
    assert "secret" not in answer.text.replace("secret.txt", "")


def test_an_asset_that_is_not_there(static_app, app):
    """A misspelt asset fails where it is named."""
    with static_app.context(), pytest.raises(DefinitionError, match=r"app\.js"):
        asset("app.js")
    with app.context(), pytest.raises(DefinitionError, match="static="):
        asset("app.css")


@pytest.mark.parametrize("name", ["", "manifest.json", "../app.py", "client-0.js", "%2e%2e/app.py"])
async def test_only_the_client_is_served(app, name):
    """Below /_jetbridge/ there is the client and nothing else."""
    answer = await ask(app, target=f"/_jetbridge/{name}")

    assert 404 == answer.status
