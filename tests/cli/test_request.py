"""`jetbridge request`: one request through the app, as data that a script can use and a person can send along."""

import json

import pytest
from conftest import SECRET

SITE = """
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response

from jetbridge import ActionError, App, action, flashes, h, redirect, request
from jetbridge.integrations.starlette import Actions

app = App(__name__)


@action
async def greet(name: str):
    if name == "nobody":
        raise ActionError("Who?")
    return redirect("/", flash=f"Hello {name}")


@app.page("/")
async def home():
    return h.main[h.form(action=greet)[h.input(name="name")], flashes()]


@app.page("/broken")
async def broken():
    raise RuntimeError("secret text")


@app.route("/echo", methods=["GET", "POST", "PUT"])
async def echo(request):
    body = (await request.body()).decode()
    return JSONResponse([request.method, str(request.url), request.headers.get("x-mine"), dict(request.cookies), body])


@app.route("/bytes")
async def raw(request):
    return Response(b"\\xff\\x00")


@asynccontextmanager
async def lifespan(_):
    yield {"pool": "open"}


async def state(request):
    return JSONResponse(request.state.pool)


starlette = Starlette(lifespan=lifespan)
starlette.add_route("/state", state)
starlette.mount("/", app)


@asynccontextmanager
async def failing(_):
    raise RuntimeError("no database")
    yield


closed = Starlette(lifespan=failing)
closed.mount("/", app)
"""


@pytest.fixture
def request_(jetbridge, project):
    """Runs `jetbridge request shop.site …`."""
    (project / "shop" / "site.py").write_text(SITE)
    return lambda *arguments, **env: jetbridge("request", *arguments, **env)


def test_prints_status_headers_and_body(request_):
    """The first line is the status, then headers, an empty line and the body."""
    head, _, body = request_("shop.site", "/").stdout.partition("\n\n")

    assert "200 OK" == head.split("\n")[0]
    assert "content-type: text/html; charset=utf-8" in head.split("\n")
    assert body.startswith("<!DOCTYPE html>")


SENT = {
    "a path": (["/echo?a=1"], ["GET", "http://localhost/echo?a=1", None, {}, ""]),
    "fields": (
        ["/echo", "-d", "a=1 2", "-d", "b=ä"],
        ["POST", "http://localhost/echo", None, {}, "a=1+2&b=%C3%A4"],
    ),
    "a method": (["/echo", "-X", "put"], ["PUT", "http://localhost/echo", None, {}, ""]),
    "a header": (["/echo", "-H", "X-Mine: yes"], ["GET", "http://localhost/echo", "yes", {}, ""]),
    "a cookie": (["/echo", "-b", "a=1", "-b", "b=2"], ["GET", "http://localhost/echo", None, {"a": "1", "b": "2"}, ""]),
    "an origin": (["/echo", "--origin", "https://shop.example"], ["GET", "https://shop.example/echo", None, {}, ""]),
}


@pytest.mark.parametrize("what", SENT)
def test_what_is_sent(request_, what):
    """Method, address, headers, cookies and data arrive as they were given."""
    arguments, expected = SENT[what]
    answered = json.loads(request_("shop.site", *arguments, "--json").stdout)

    assert 200 == answered["status"]
    assert expected == json.loads(answered["body"])


def test_a_file_as_body(request_, project):
    """`@file` is the whole body."""
    (project / "body.json").write_text('{"a": 1}')
    told = request_("shop.site", "/echo", "-d", "@body.json", "--body").stdout

    assert '{"a": 1}' == json.loads(told)[4]


@pytest.mark.parametrize("name", ["greet", "shop.site.greet"])
def test_submits_to_an_action(request_, name):
    """`--action` submits as a form does, and `--follow` shows the page it leads to."""
    first = json.loads(request_("shop.site", "/", "--action", name, "-d", "name=Ada", "--json").stdout)
    then = request_("shop.site", "/", "--action", name, "-d", "name=Ada", "--follow").stdout
    refused = request_("shop.site", "/", "--action", name, "-d", "name=nobody").stdout

    assert 303 == first["status"]
    assert ("200 OK", True) == (then.split("\n")[0], "Hello Ada" in then)
    assert ("422 Unprocessable", True) == (refused[:17], "Who?" in refused)


def test_the_application_around_ours(request_):
    """An application of Starlette is started first, so that what its lifespan opened is there; ours is found in it."""
    told = request_("shop.site:starlette", "/state", "--body").stdout
    page = request_("shop.site:starlette", "/", "--action", "greet", "-d", "name=Ada", "-L").stdout

    assert "open" == json.loads(told)
    assert "Hello Ada" in page


def test_an_application_that_does_not_start(request_):
    """What it says at start is told, and nothing is asked."""
    done = request_("shop.site:closed", "/")

    assert (1, True) == (done.exit_code, "no database" in done.stderr)


def test_development_tells_and_production_does_not(request_):
    """A traceback is for whoever reports a bug; `--production` is what a visitor would get."""
    shown = request_("shop.site", "/broken", "--fail")
    hidden = request_("shop.site", "/broken", "--production", JETBRIDGE_SECRET=SECRET)

    assert (1, True) == (shown.exit_code, "RuntimeError: secret text" in shown.stdout)
    assert (0, False) == (hidden.exit_code, "secret text" in hidden.stdout)


def test_bytes(request_):
    """A body that is no text is base64 in JSON."""
    assert "/wA=" == json.loads(request_("shop.site", "/bytes", "--json").stdout)["body_base64"]


def test_the_app_of_the_environment(request_):
    """The app need not be written where JETBRIDGE_APP names it."""
    assert "200 OK" == request_("/", JETBRIDGE_APP="shop.site:app").stdout.split("\n")[0]


MISTAKES = {
    "no path": (["shop.site"], "a path that begins with a slash"),
    "no app": (["/"], "name the app: jetbridge request MODULE:APP /"),
    "no such action": (["shop.site", "/", "--action", "nothing"], "write one of: shop.site.greet"),
    "a field without value": (["shop.site", "/", "-d", "name"], "write NAME=VALUE"),
    "a header without colon": (["shop.site", "/", "-H", "name"], "write NAME:VALUE"),
    "no such file": (["shop.site", "/", "-d", "@nothing"], "cannot read nothing"),
    "production without secret": (["shop.site", "/", "--production"], "JETBRIDGE_SECRET is not set"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes(request_, mistake):
    """Each is said in a line with what to write."""
    arguments, told = MISTAKES[mistake]
    done = request_(*arguments)

    assert told in " ".join(done.stderr.split())
    assert done.exit_code in (1, 2)
