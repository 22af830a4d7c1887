"""Who may call: every row of the truth table, on both doors, and that a refused request is never looked into."""

from urllib.parse import urlencode

import pytest

from jetbridge.actions.define import action
from jetbridge.elements.h import h
from jetbridge.errors import ActionError, forbidden, redirect, unauthorized
from jetbridge.server.app import App
from jetbridge.server.guard import Allowed, ForbiddenOrigin, check_origin
from tests.conftest import SECRET
from tests.server.asgi import CALL, FORM, SAME_ORIGIN, ask, chunk, post, url_of, visit

entered = []
DOORS = pytest.mark.parametrize("door", [CALL, FORM], ids=["fetch", "form"])


@action
async def note():
    entered.append("note")


@pytest.fixture(autouse=True)
def nothing_entered():
    entered.clear()


@pytest.fixture
def app():
    return App(__name__, secret=SECRET, allowed_origins=["https://admin.example.com/"])


ADMIN = "https://admin.example.com"
ROWS = {
    "same-origin": ({"sec-fetch-site": "same-origin"}, True),
    "same-origin, whatever Origin says": ({"sec-fetch-site": "same-origin", "origin": "null"}, True),
    "cross-site": ({"sec-fetch-site": "cross-site"}, False),
    "cross-site with our Origin": ({"sec-fetch-site": "cross-site", "origin": "http://testserver"}, False),
    "cross-site, allowed by name": ({"sec-fetch-site": "cross-site", "origin": ADMIN}, True),
    "same-site": ({"sec-fetch-site": "same-site", "origin": "http://other.testserver"}, False),
    "same-site, allowed by name": ({"sec-fetch-site": "same-site", "origin": ADMIN}, True),
    "none": ({"sec-fetch-site": "none"}, False),
    "a word from the future": ({"sec-fetch-site": "same-galaxy"}, False),
    "empty Sec-Fetch-Site": ({"sec-fetch-site": ""}, False),
    "Sec-Fetch-Site said twice": ({"sec-fetch-site": "same-origin, cross-site"}, False),
    "our Origin": ({"origin": "http://testserver"}, True),
    "our Origin with its port": ({"origin": "http://testserver:80"}, True),
    "our Origin in capitals": ({"origin": "HTTP://TESTSERVER"}, True),
    "another port": ({"origin": "http://testserver:81"}, False),
    "another scheme": ({"origin": "https://testserver"}, False),
    "another host": ({"origin": "http://evil.example"}, False),
    "our host as user name": ({"origin": "http://testserver@evil.example"}, False),
    "our host as prefix": ({"origin": "http://testserver.evil.example"}, False),
    "our host as suffix": ({"origin": "http://eviltestserver"}, False),
    "an Origin with a path": ({"origin": "http://testserver/"}, False),
    "an Origin with a bad port": ({"origin": "http://testserver:x"}, False),
    "null": ({"origin": "null"}, False),
    "no origin at all": ({"origin": ""}, False),
    "allowed by name, alone": ({"origin": ADMIN}, True),
    "allowed name with another scheme": ({"origin": "http://admin.example.com"}, False),
    "neither header, no token": ({}, False),
}


@DOORS
@pytest.mark.parametrize("row", ROWS)
async def test_truth_table(app, row, door):
    """A call is run or refused by its headers alone; the body of a refused one is never asked for."""
    headers, allowed = ROWS[row]
    answer = await post(app, note, {**door, **headers}, b"[]" if door is CALL else b"")

    assert ((200 if door is CALL else 303) if allowed else 403) == answer.status
    assert (["note"] if allowed else []) == entered
    if not allowed and headers:
        assert (0, "origin") == (answer.received, answer.header("jetbridge-reason"))


async def test_a_call_with_neither_header_is_refused_before_its_body():
    """Where the token comes in a header, its absence is known before the body is read."""
    app = App(__name__, secret=SECRET)
    answer = await post(app, note, CALL)

    assert (403, 0, "token") == (answer.status, answer.received, answer.header("jetbridge-reason"))


def test_unreadable_origin_and_host_are_not_the_same():
    """That neither says anything does not make them equal."""
    verdict = check_origin({b"origin": b"garbage"}, scheme="http")

    assert isinstance(verdict, ForbiddenOrigin)


@pytest.mark.parametrize("host", ["localhost:8000", "[::1]:8000", "example.com:8000"])
def test_own_origin_with_a_port(host):
    """Host and Origin are compared with their ports."""
    headers = {b"host": host.encode(), b"origin": f"http://{host}".encode()}

    assert Allowed(vouched=True) == check_origin(headers, scheme="http")


@pytest.mark.parametrize(("development", "told"), [(True, True), (False, False)])
async def test_only_development_says_which_header(monkeypatch, development, told):
    """Production does not explain itself to a forger."""
    monkeypatch.setenv("JETBRIDGE_ENV", "dev" if development else "")
    app = App(__name__, secret=SECRET)
    answers = [await post(app, note, {**door, "origin": "http://evil.example"}) for door in (CALL, FORM)]

    assert [told, told] == ["evil.example" in answer.text for answer in answers]


# --- tokens


@pytest.fixture
def page_app():
    app = App(__name__, secret=SECRET)

    @app.page("/")
    def home():
        return h.form(action=note)[h.button["Go"]]

    return app


async def token_of(app):
    """A visitor's cookie and the token in their page."""
    async with visit(app) as client:
        page = await client.open("/")
        return f"jetbridge-visitor={client.http.cookies['jetbridge-visitor']}", dict(page.form().fields)["$token"]


async def submit(app, door, cookie, token, **headers):
    given = {**door, **({"cookie": cookie} if cookie else {}), **headers}
    if door is CALL:
        return await post(app, note, {**given, **({"jetbridge-token": token} if token else {})})
    return await post(app, note, given, urlencode({"$token": token} if token else {}).encode())


@DOORS
async def test_tokens(page_app, door):
    """With neither header the visitor's own token vouches, and no other does; a wrong one counts against all else."""
    cookie, token = await token_of(page_app)
    other_cookie, other_token = await token_of(page_app)
    rows = [
        (cookie, token, {}, True),
        (other_cookie, other_token, {}, True),
        (cookie, None, {}, False),
        (cookie, other_token, {}, False),
        (None, token, {}, False),
        ("jetbridge-visitor=", token, {}, False),
        (cookie, token[:-1] + ("A" if token[-1] != "A" else "B"), {}, False),
        (cookie, "x", {}, False),
        (cookie, "ä", {}, False),
        (cookie, other_token, SAME_ORIGIN, False),
        (cookie, "x", SAME_ORIGIN, False),
        (None, None, SAME_ORIGIN, True),
        (cookie, token, SAME_ORIGIN, True),
        (cookie, token, {"origin": "http://evil.example"}, False),
    ]
    answers = [await submit(page_app, door, c, t, **headers) for c, t, headers, _ in rows]
    passed = 200 if door is CALL else 303

    assert [passed if allowed else 403 for *_, allowed in rows] == [answer.status for answer in answers]
    assert len(entered) == sum(allowed for *_, allowed in rows)


async def test_cookies_are_told_apart_by_scheme(page_app):
    """Over https the visitor's cookie is one that no other host can set, and is Secure."""
    async with visit(page_app, base_url="https://testserver") as client:
        page = await client.open("/")

    (cookie,) = page.response.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-jetbridge-visitor=")
    assert cookie.endswith("; HttpOnly; SameSite=Lax; Secure")
    assert "Path=/;" in cookie


# --- what names no action


@DOORS
@pytest.mark.parametrize(
    "forge",
    [
        lambda wire_id: wire_id[:-1] + ("A" if wire_id[-1] != "A" else "B"),
        lambda wire_id: wire_id.partition(".")[0],
        lambda wire_id: wire_id.partition(".")[0] + ".",
        lambda wire_id: "." + wire_id.partition(".")[2],
        lambda wire_id: "delete-all-0123456789abcdef.AAAA",
        lambda wire_id: "x" * 10_000,
        lambda wire_id: "%00%FF",
        lambda wire_id: "",
    ],
)
async def test_an_unknown_action(app, door, forge):
    """An id that is not ours, or not signed by us, is 409 with a reason; a call's body stays unread.

    A form's is read, for what was typed into it is shown again.
    """
    app.start()
    wire_id = forge(app.references.reference(note).id)
    answer = await ask(app, "POST", f"/?_action={wire_id}", {**door, **SAME_ORIGIN}, [chunk(b"[]")])

    assert (409, "unknown-action", []) == (answer.status, answer.header("jetbridge-reason"), entered)
    assert door is FORM or answer.received == 0


@DOORS
async def test_another_secret(app, door):
    """A reference that another deployment has printed is not ours."""
    other = App(__name__, secret="t" * 40)
    answer = await ask(app, "POST", url_of(other, note), {**door, **SAME_ORIGIN}, [chunk(b"[]")])

    assert 409 == answer.status


@DOORS
async def test_another_client_version(app, door):
    """Our client in a version that we do not speak is 409 before its body is read; the reason tells it to load anew."""
    answer = await post(app, note, {**door, **SAME_ORIGIN, "jetbridge-client": "0/19.0.0"})

    assert (409, "stale-client", 0) == (answer.status, answer.header("jetbridge-reason"), answer.received)


# --- policies


def policy(verdict):
    def allow(request):
        asked.append(request.method)
        if isinstance(verdict, BaseException):
            raise verdict
        return verdict

    return allow


asked = []


@action(allow=policy(True))
async def allowed():
    entered.append("allowed")


@action(allow=policy(None))
async def says_nothing():
    entered.append("says nothing")


@action(allow=policy(unauthorized("Sign in first")))
async def signed_in():
    entered.append("signed in")


@action(allow=policy(ValueError("database is down: secret-host")))
async def fails():
    entered.append("fails")


@action(allow=policy(ActionError("Not on Sundays")))
async def not_now():
    entered.append("not now")


@action(allow=policy(redirect("/login", flash="Sign in")))
async def goes_elsewhere():
    entered.append("goes elsewhere")


async def asynchronous(request):
    return forbidden("Only for admins") if "admin" not in request.headers else True


@action(allow=asynchronous)
async def admins():
    entered.append("admins")


@DOORS
@pytest.mark.parametrize(
    ("function", "fetch", "form", "told"),
    [
        (allowed, 200, 303, ""),
        (says_nothing, 403, 403, "You may not do this"),
        (signed_in, 401, 401, "Sign in first"),
        (fails, 500, 500, ""),
        (not_now, 200, 403, "Not on Sundays"),
        (goes_elsewhere, 200, 303, ""),
        (admins, 403, 403, "Only for admins"),
    ],
)
async def test_policies(app, door, function, fetch, form, told):
    """A policy is asked before the body is read, and what it does not allow never runs."""
    answer = await post(app, function, {**door, **SAME_ORIGIN})

    assert (fetch if door is CALL else form) == answer.status
    assert told in answer.text
    assert "secret-host" not in answer.text
    assert (["allowed"] if function is allowed else []) == entered
    assert (1 if function is allowed else 0) == answer.received


async def test_a_policy_sees_the_request(app):
    """It decides by the request."""
    answer = await post(app, admins, {**CALL, **SAME_ORIGIN, "admin": "1"})

    assert (200, ["admins"]) == (answer.status, entered)
