"""Sessions, policies of pages, and the way to the login page and back; through the login example."""

import asyncio
import time

import pytest
from starlette.middleware import Middleware

from jetbridge import ActionError, App, action, flashes, h, next_path, redirect, session, unauthorized
from jetbridge.actions.sealing import KeyRing
from jetbridge.server.policy import login_redirect, safe_path
from jetbridge.server.session import Sessions
from jetbridge.testing import Client, UnexpectedError


@pytest.fixture
async def visitor(tmp_path, monkeypatch):
    monkeypatch.setenv("LOGIN_DB", str(tmp_path / "login.sqlite3"))
    from examples.login.app import app

    async with Client(app) as client:
        yield client


ADA = {"name": "ada", "password": "correct horse"}


async def sign_up(visitor):
    from examples.login.actions import sign_up

    page = await visitor.open("/members")
    return await page.form(sign_up).submit(ADA)


async def test_login_leads_back(visitor):
    """Who is not known is led to the login page, and from there to where they wanted to go."""
    page = await visitor.open("/members")

    assert "/login?next=/members" == page.url
    assert "/members" == (await sign_up(visitor)).url


async def test_members_only(visitor):
    """The members' page shows after signing in and no more after signing out."""
    await sign_up(visitor)
    inside = await visitor.open("/members")
    await inside.form().submit()
    outside = await visitor.open("/members")

    assert "You are ada" in inside.text
    assert "/login?next=/members" == outside.url


async def test_wrong_password_by_call(visitor):
    """The fetch door says the same as the form, and sets the session too when it succeeds."""
    from examples.login.actions import sign_in, sign_out

    await sign_up(visitor)
    await (await visitor.open("/")).form(sign_out).submit()
    page = await visitor.open("/login?next=/members")
    with pytest.raises(ActionError, match="Name or password is wrong"):
        await page.call(sign_in, "ada", "wrong horse")
    result = await page.call(sign_in, "ada", "correct horse")

    assert "/members" == result.location
    assert "You are ada" in (await visitor.open("/members")).text


async def test_guessing_has_to_wait(visitor):
    """After ten attempts within a minute the example looks at no password, be it the right one."""
    from examples.login.actions import sign_in

    page = await visitor.open("/login")
    told = [(await page.form(sign_in).submit({**ADA, "password": f"guess {number}"})).status for number in range(11)]

    assert [*[422] * 10, 429] == told


async def test_signing_in_voids_pages_from_before(visitor):
    """A token from a page that was loaded before the identity changed is refused."""
    from examples.login.actions import sign_out

    before = await visitor.open("/login")
    await sign_up(visitor)
    with pytest.raises(UnexpectedError) as caught:
        await before.call(sign_out)

    assert 403 == caught.value.status


async def test_double_click_signs_in(visitor):
    """Both answers to one submit carry the session: a browser keeps the second only."""
    await sign_up(visitor)
    from examples.login.actions import sign_in

    async with Client(visitor.app) as other:
        page = await other.open("/login")
        cookies = dict(other.http.cookies)
        form = page.form(sign_in)
        await asyncio.gather(form.submit(ADA), form.submit(ADA))
        other.http.cookies.clear()
        other.http.cookies.update(cookies)
        await form.submit(ADA)

        assert "You are ada" in (await other.open("/members")).text


async def test_session_is_sealed(visitor):
    """The cookie shows nothing of what is in it, and a changed one is no session."""
    await sign_up(visitor)
    (name,) = (name for name in visitor.http.cookies if name.startswith("jetbridge-session"))
    sealed = visitor.http.cookies[name]
    visitor.http.cookies.delete(name)
    visitor.http.cookies.set(name, sealed[:-4] + "AAAA")

    assert "account" not in sealed
    assert (await visitor.open("/members")).url.startswith("/login")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, "/"),
        ("/members?tab=2", "/members?tab=2"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\nb", "/"),
        ("", "/"),
    ],
)
def test_only_paths_of_this_site(given, expected):
    """`?next=` leads nowhere else."""
    assert expected == safe_path(given, "/")


def test_no_circle():
    """A login page that refuses is not led to itself."""
    assert login_redirect("/login", "/login?next=/a") is None
    assert login_redirect(None, "/a") is None
    assert "/login?next=/a%3Fb%3D1" == login_redirect("/login", "/a?b=1").location


async def test_session_in_routes_and_its_limits(caplog):
    """Starlette routes share the session; what is no JSON or too large is the application's error, with its reason."""
    from starlette.responses import PlainTextResponse

    app = App(__name__, actions=[], login=None)

    @app.route("/count")
    async def count(request):
        session()["n"] = session().get("n", 0) + 1
        return PlainTextResponse(str(session()["n"]))

    @app.page("/large")
    def large():
        session()["x"] = "y" * 5000
        return h.p["never"]

    async with Client(app) as client:
        await client.open("/count")
        page = await client.open("/count")

        assert "2" == page.html
        assert 500 == (await client.open("/large")).status
    assert "do not fit into a cookie" in caplog.text


@action
async def members_only() -> str:
    raise unauthorized()


async def test_unauthorized_action_leads_to_login():
    """`unauthorized()` of an action is the way to the login page, at both doors."""
    app = App(__name__, login="/login")

    @app.page("/")
    def home():
        return h.form(action=members_only)[h.button["Go"]]

    @app.page("/login")
    def login():
        return h.p["Please sign in, then go to ", next_path()]

    async with Client(app) as client:
        page = await client.open("/")
        by_form = await page.form().submit()
        by_call = await page.call(members_only)

        assert "Please sign in, then go to /" == by_form.text
        assert "/login?next=/" == by_call.location


@action
async def become_someone() -> None:
    session().renew()


async def test_a_call_that_renews_brings_the_new_token():
    """Who signs in without leaving the page can go on calling from it."""
    app = App(__name__)

    @app.page("/")
    def home():
        return h.form(action=become_someone)[h.button["Go"]]

    async with Client(app) as client:
        page = await client.open("/")
        reference = app.references.reference(become_someone)
        token = page.soup.find(id="jetbridge-rows")["data-token"]
        response = await client.http.post(
            f"/?_action={reference.id}",
            content=b"[]",
            headers={"accept": "text/x-component", "sec-fetch-site": "same-origin", "jetbridge-token": token},
        )
        again = await client.http.post(
            f"/?_action={reference.id}",
            content=b"[]",
            headers={
                "accept": "text/x-component",
                "sec-fetch-site": "same-origin",
                "jetbridge-token": response.headers["jetbridge-token"],
            },
        )

    assert 200 == again.status_code


@action
async def enter(name: str):
    session()["name"] = name
    session().renew()


@action
async def leave():
    session().clear()


def house(*secrets):
    app = App(__name__, secret=list(secrets), actions=[__name__])

    @app.page("/")
    def home():
        return [h.p[f"Here is {session().get('name')}"], h.form(action=enter)[h.input(name="name")]]

    return app


OLD, NEW = (f"{which} secret that nobody will ever guess" for which in ("an old", "a new"))


async def test_two_applications_on_one_host():
    """They get each other's cookies, for those know no ports. Nobody is signed out, and a refused form works anew."""
    async with Client(house(OLD)) as one, Client(house(NEW)) as other:
        other.http.cookies = one.http.cookies.jar
        before = await other.open("/")
        await (await one.open("/")).form().submit({"name": "Ada"})
        refused = await before.form().submit({"name": "Grace"})
        await refused.form().submit({"name": "Grace"})
        shown = [(await client.open("/")).text for client in (one, other, one)]

    assert 403 == refused.status
    assert [True] * 3 == [f"Here is {name}" in text for name, text in zip(("Ada", "Grace", "Ada"), shown, strict=True)]


async def test_a_new_secret_signs_nobody_out():
    """A session from before is read, and written under the new secret; signing out leaves neither behind."""
    async with Client(house(OLD)) as before, Client(house(NEW, OLD)) as after:
        after.http.cookies = before.http.cookies.jar
        await (await before.open("/")).form().submit({"name": "Ada"})
        shown = await after.open("/")
        await shown.form().submit({"name": "Grace"})
        names = [name for name in after.http.cookies if name.startswith("jetbridge-session")]
        await after.call(leave)
        left = [name for name in after.http.cookies if name.startswith("jetbridge-session")]

    assert "Here is Ada" in shown.text
    assert (1, []) == (len(names), left)


def test_a_secret_that_is_given_twice_signs_nobody_out():
    """A browser would remove the session's cookie as that of a former secret right after it was set."""
    names = Sessions(KeyRing([NEW, NEW]), 100).names("https")

    assert 1 == len(names)


class Behind:
    """Forms are answered by a worker whose clock is an hour behind that of the one which answers the rest."""

    now = time.time
    hours = 0

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        Behind.hours = 1 if scope.get("method") == "POST" else 0
        await self.app(scope, receive, send)


@action
async def greet(name: str):
    session()["name"] = name
    return redirect("/", flash=f"Hello {name}")


async def test_workers_whose_clocks_disagree(monkeypatch):
    """Message, session and tokens of a worker whose clock is behind are good for the others, and theirs for it."""
    monkeypatch.setattr(time, "time", lambda: Behind.now() - Behind.hours * 3600)
    app = App(__name__, secret=OLD, actions=[__name__], middleware=[Middleware(Behind)])

    @app.page("/")
    def home():
        return [h.p[[*flashes(), session().get("name")]], h.form(action=greet)[h.input(name="name")]]

    async with Client(app) as client:
        first = await (await client.open("/")).form().submit({"name": "Ada"})
        second = await first.form().submit({"name": "Grace"})

    assert ["Hello AdaAda", "Hello GraceGrace"] == [page.soup.p.get_text() for page in (first, second)]
