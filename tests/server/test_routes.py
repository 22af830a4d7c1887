"""What is not ours: an application's routes, mounts, websockets and middleware, and other servers' habits."""

import logging

import pytest
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, Router, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from jetbridge.actions.define import action
from jetbridge.elements.h import h
from jetbridge.errors import DefinitionError, not_found, redirect
from jetbridge.server.app import App
from jetbridge.server.current import after, request
from jetbridge.testing import Client
from tests.conftest import SECRET
from tests.server.asgi import CALL, FORM, SAME_ORIGIN, ask, post, run_lifespan

seen = []


@action
async def note(text: str = ""):
    seen.append(f"ran {text}")
    return request().scope.get("said")


@action
async def count():
    session = request().session
    session["count"] = session.get("count", 0) + 1
    return session["count"]


@pytest.fixture(autouse=True)
def nothing_seen():
    seen.clear()


@pytest.fixture
def app():
    return App(__name__, secret=SECRET)


# --- routes and mounts


FOLLOWING = {"accept": "text/x-component", "jetbridge-root": "/"}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (FOLLOWING, 204),
        (FOLLOWING | {"jetbridge-root": "/mounted/"}, 200),
        ({"accept": "text/x-component"}, 200),
        (FOLLOWING | {"accept": "text/html"}, 200),
    ],
    ids=["our client", "a mounted app's client", "another client", "a browser"],
)
async def test_a_followed_link_runs_no_route(app, headers, expected):
    """The client of our pages is told that a route is no page, and it runs when the browser asks."""

    @app.route("/confirm")
    def confirm(request):
        seen.append("confirmed")
        return PlainTextResponse("confirmed")

    answer = await ask(app, target="/confirm", headers=headers)

    assert (expected, ["confirmed"] if expected == 200 else []) == (answer.status, seen)


async def test_routes(app):
    """`app.route` takes a Starlette endpoint, sync or async; methods that it does not take are 405."""

    @app.route("/sync/{name}", methods=["GET", "POST"])
    def sync(request):
        return PlainTextResponse(request.path_params["name"])

    @app.route("/async")
    async def asynchronous(request):
        return JSONResponse({"a": 1})

    found = [
        await ask(app, target="/sync/x"),
        await ask(app, "POST", "/sync/x"),
        await ask(app, target="/async"),
        await ask(app, "PUT", "/async"),
    ]

    assert [(200, "x"), (200, "x"), (200, '{"a":1}'), (405, "Method Not Allowed")] == [
        (a.status, a.text) for a in found
    ]


async def test_a_route_beside_a_page(app):
    """A page takes GET; a route at the same path may take what a page does not."""
    app.page("/hook")(lambda: "page")
    app.route("/hook", methods=["POST"])(lambda request: PlainTextResponse("hooked"))

    assert 200 == (await ask(app, target="/hook")).status
    assert "hooked" == (await ask(app, "POST", "/hook")).text
    assert 405 == (await ask(app, "PUT", "/hook")).status


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (lambda: HTTPException(404), 404),
        (lambda: HTTPException(401, headers={"WWW-Authenticate": "Basic"}), 401),
        (not_found, 404),
        (lambda: redirect("/there"), 303),
        (lambda: ValueError("secret"), 500),
    ],
)
@pytest.mark.parametrize("sync", [True, False])
async def test_what_routes_raise(app, end, status, sync, caplog):
    """A route ends as a page does, in the same pages for errors, and in the log when it is unexpected."""

    def fail(request):
        raise end()

    async def fail_async(request):
        raise end()

    app.route("/x")(fail if sync else fail_async)
    answer = await ask(app, target="/x")

    assert status == answer.status
    assert "secret" not in answer.text
    assert (status == 500) == bool([r for r in caplog.records if r.levelno == logging.ERROR])
    if status == 401:
        assert "Basic" == answer.header("www-authenticate")


async def test_after_in_a_route(app):
    """The context of a request is there in a route too."""
    app.route("/x")(lambda _: after(lambda: seen.append("after")) or PlainTextResponse(request().url.path))

    assert "/x" == (await ask(app, target="/x")).text
    assert ["after"] == seen


async def test_mounts(app):
    """Another ASGI application below a path, with routes of its own; its path without a slash leads to it."""
    app.mount(
        "/api", Router([Route("/", lambda _: PlainTextResponse("root")), Route("/x", lambda _: PlainTextResponse("x"))])
    )
    found = [await ask(app, target=target) for target in ("/api/", "/api/x", "/api", "/api/missing", "/apix")]

    assert [200, 200, 307, 404, 404] == [answer.status for answer in found]


def test_websockets(app):
    """Websockets are the router's; one that nobody takes is closed."""

    async def echo(websocket):
        await websocket.accept()
        await websocket.send_text((await websocket.receive_text()).upper())
        await websocket.close()

    app.mount("/ws", Router([WebSocketRoute("/echo", echo)]))
    with TestClient(app) as client:
        with client.websocket_connect("/ws/echo") as websocket:
            websocket.send_text("hello")
            assert "HELLO" == websocket.receive_text()
        with pytest.raises(WebSocketDisconnect), client.websocket_connect("/nowhere"):
            pass


# --- middleware


class Pure:
    """A middleware as ASGI has it: notes, says something to the action, changes a header, may refuse."""

    def __init__(self, app, refuse=False):
        self.app = app
        self.refuse = refuse

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        seen.append(f"before {scope['method']}")
        if self.refuse:
            await PlainTextResponse("not today", 403)(scope, receive, send)
            return

        async def changed(message):
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-changed", b"1")]
            await send(message)

        await self.app({**scope, "said": "hello"}, receive, changed)


async def dispatch(request, call_next):
    seen.append(f"before {request.method}")
    request.scope["said"] = "hello"
    response = await call_next(request)
    response.headers["x-changed"] = "1"
    return response


async def dispatch_that_reads(request, call_next):
    await request.body()
    return await dispatch(request, call_next)


async def dispatch_that_refuses(request, call_next):
    seen.append(f"before {request.method}")
    return PlainTextResponse("not today", 403)


GOOD = [
    Middleware(Pure),
    Middleware(BaseHTTPMiddleware, dispatch=dispatch),
    Middleware(BaseHTTPMiddleware, dispatch=dispatch_that_reads),
]
DOORS = pytest.mark.parametrize("door", [CALL, FORM], ids=["fetch", "form"])


@DOORS
@pytest.mark.parametrize("middleware", GOOD, ids=["pure", "base", "base that reads the body"])
async def test_middleware_sees_calls(middleware, door):
    """It sees a call before it runs, can tell the action something, and can change the answer's headers."""
    app = App(__name__, secret="s" * 40, middleware=[middleware])
    answer = await post(app, note, {**door, **SAME_ORIGIN}, b'["x"]' if door is CALL else b"text=x")

    assert ["before POST", "ran x"] == seen
    assert "1" == answer.header("x-changed")
    assert door is FORM or answer.told["value"] == "hello"


@DOORS
@pytest.mark.parametrize(
    "middleware", [Middleware(Pure, refuse=True), Middleware(BaseHTTPMiddleware, dispatch=dispatch_that_refuses)]
)
async def test_middleware_can_refuse(middleware, door):
    """What it refuses never reaches the action."""
    app = App(__name__, secret="s" * 40, middleware=[middleware])
    answer = await post(app, note, {**door, **SAME_ORIGIN}, b"[]")

    assert (403, "not today", ["before POST"]) == (answer.status, answer.text, seen)
    assert "nosniff" == answer.header("x-content-type-options")


@DOORS
@pytest.mark.parametrize(
    ("error", "status"), [(RuntimeError("secret"), 500), (HTTPException(401, "Who?"), 401), (redirect("/login"), 303)]
)
@pytest.mark.parametrize("base", [True, False])
async def test_middleware_that_raises(door, error, status, base, caplog):
    """A middleware ends as a page does, and the action has not run."""

    async def fail(request, call_next):
        raise error

    class Fails:
        def __init__(self, app):
            pass

        async def __call__(self, scope, receive, send):
            raise error

    middleware = Middleware(BaseHTTPMiddleware, dispatch=fail) if base else Middleware(Fails)
    app = App(__name__, secret="s" * 40, middleware=[middleware])
    answer = await post(app, note, {**door, **SAME_ORIGIN}, b"[]")

    assert (status, []) == (answer.status, seen)
    assert "secret" not in answer.text


async def test_middleware_in_order():
    """The first is the outermost."""

    class Named:
        def __init__(self, app, name):
            self.app, self.name = app, name

        async def __call__(self, scope, receive, send):
            seen.append(self.name)
            await self.app(scope, receive, send)

    app = App(__name__, secret="s" * 40, middleware=[Middleware(Named, "a"), Middleware(Named, name="b")])
    await ask(app)

    assert ["a", "b"] == seen


async def test_sessions_and_compression():
    """Starlette's own middleware works: a session outlives its request, answers are compressed."""
    app = App(
        __name__,
        secret="s" * 40,
        middleware=[Middleware(GZipMiddleware, minimum_size=1), Middleware(SessionMiddleware, secret_key="x")],
    )
    app.page("/")(lambda: h.form(action=count)[h.p[request().session.get("count", 0)]])
    async with Client(app) as client:
        page = await (await (await client.open("/")).form(count).submit()).form(count).submit()
        called = await client.call(count)

    assert ("2", 3) == (page.text, called.value)
    assert "gzip" == page.response.headers["content-encoding"]


async def test_a_middleware_may_change_the_path():
    """What it passes on is what counts."""

    class Rewrites:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            path = scope["path"].removeprefix("/de")
            await self.app({**scope, "path": path, "raw_path": path.encode()}, receive, send)

    app = App(__name__, secret="s" * 40, middleware=[Middleware(Rewrites)])
    app.page("/users")(lambda: "users")

    assert 200 == (await ask(app, target="/de/users")).status


async def test_a_client_that_leaves_is_no_error(caplog):
    """A client that goes away within its body leaves nothing in the log, behind a middleware either."""

    async def through(request, call_next):
        return await call_next(request)

    for middleware in ([], [Middleware(BaseHTTPMiddleware, dispatch=through)]):
        app = App(__name__, secret="s" * 40, middleware=middleware)
        await post(app, note, {**CALL, **SAME_ORIGIN}, [{"type": "http.disconnect"}])

    assert ([], []) == (seen, caplog.records)


# --- other servers' habits


async def test_without_optional_parts_of_the_scope(app):
    """A server need not send raw_path, client, server or root_path."""
    app.page("/ä b")(lambda: h.form(action=note))
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request"}

    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "2", "method": "GET", "path": "/ä b"}
    await app({**scope, "scheme": "http", "query_string": b"", "headers": []}, receive, send)

    assert 200 == sent[0]["status"]
    assert b"/%C3%A4%20b" in sent[1]["body"]


async def test_repeated_headers(app):
    """Cookies that HTTP/2 splits belong together; other repeated headers are a list."""
    app.page("/")(lambda: ",".join(sorted(request().cookies)))
    headers = [(b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"accept", b"text/html"), (b"accept", b"*/*")]
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "http_version": "2", "method": "GET", "path": "/", "scheme": "https", "query_string": b""}
    await app({**scope, "headers": headers}, None, send)

    assert b"a,b" in sent[1]["body"]


async def test_lifespan(app):
    """Startup finds the actions, and shutdown ends."""
    sent = await run_lifespan(app)

    assert ["lifespan.startup.complete", "lifespan.shutdown.complete"] == [message["type"] for message in sent]
    assert note.__name__ in [one.name for one in app.registry]


async def test_lifespan_without_a_secret(monkeypatch):
    """In production a server refuses to start without a secret, and says what to type."""
    monkeypatch.delenv("JETBRIDGE_SECRET", raising=False)
    (failed,) = await run_lifespan(App(__name__))

    assert "lifespan.startup.failed" == failed["type"]
    assert "JETBRIDGE_SECRET" in failed["message"]


def test_lifespan_of_starlettes_test_client():
    """A test that enters an app which cannot start fails with the reason, and does not wait for ever."""
    with pytest.raises(DefinitionError, match="can be guessed"), TestClient(App(__name__, secret="s" * 40)):
        pass


async def test_lifespan_with_a_broken_module():
    """Whatever an action's module raises stops the server, with its traceback; it is not one without a lifespan."""
    (failed,) = await run_lifespan(App(__name__, secret=SECRET, actions=["no.such.module"]))

    assert "lifespan.startup.failed" == failed["type"]
    assert "No module named" in failed["message"]


async def test_without_a_lifespan(monkeypatch):
    """A server, or a Mount, that knows no lifespan starts the app with its first request, or says why not."""
    app = App(__name__, secret="s" * 40)
    monkeypatch.delenv("JETBRIDGE_SECRET", raising=False)

    assert 200 == (await post(app, note, {**CALL, **SAME_ORIGIN})).status
    with pytest.raises(DefinitionError, match="JETBRIDGE_SECRET"):
        await ask(App(__name__))


async def test_responses_may_be_any(app):
    """A route may give a bare response."""
    app.route("/x")(lambda _: Response(status_code=204))

    assert 204 == (await ask(app, target="/x")).status


async def test_mounted_in_starlette_with_other_routes(app):
    """Beside other routes of a Starlette application, an app answers what it is asked."""
    from starlette.applications import Starlette

    app.page("/")(lambda: "ours")
    outer = Starlette(routes=[Route("/health", lambda _: PlainTextResponse("ok")), Mount("/", app)])

    assert ["ok", True] == [
        (await ask(outer, target="/health")).text,
        "ours" in (await ask(outer, target="/")).text,
    ]
