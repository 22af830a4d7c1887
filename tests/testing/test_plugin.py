"""The pytest plugin and fake requests, as a project that has installed Jetbridge meets them."""

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from jetbridge import App, action, cookies, flashes, h, redirect, request, revalidate_tag, session, url
from jetbridge.errors import DefinitionError
from jetbridge.testing import Acted, Client, fake_request

pytest_plugins = ["pytester"]

PROJECT = """
from jetbridge import App, h, redirect, request, revalidate_path, session

app = App(__name__)

async def sign_in(name: str):
    "use server"
    session()["name"] = name
    revalidate_path("/")
    return redirect("/")

@app.page("/")
async def home():
    return h.main[h.form(action=sign_in)[h.input(name="name")], session().get("name", "nobody")]
"""
TESTS = """
from shop import sign_in

async def test_visitor(visitor):
    page = await visitor.open("/")
    page = await page.form(sign_in).submit({"name": "Ada"})
    assert "Ada" in page.text
    assert {"name": "Ada"} == visitor.session
    assert {"path:/"} == visitor.touched

async def test_signed_in(new_visitor):
    one, other = new_visitor(session={"name": "Grace"}), new_visitor()
    assert "Grace" in (await one.open("/")).text
    assert "nobody" in (await other.open("/")).text

async def test_function(fake_request):
    with fake_request("/", session={"name": "Alan"}) as context:
        await sign_in("Ada")
    assert "Ada" == context.session["name"]
"""


def run(pytester, *, settings="", tests=TESTS):
    pytester.makepyfile(shop=PROJECT, test_shop=tests)
    pytester.makeini(f"[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n{settings}")
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error")


def test_fixtures(pytester):
    """A setting names the app; then a project's tests need no set-up of their own."""
    pytester.syspathinsert()

    run(pytester, settings="jetbridge_app = shop:app").assert_outcomes(passed=3)


def test_an_app_of_ones_own(pytester):
    """A fixture `jetbridge_app` takes the setting's place."""
    pytester.syspathinsert()
    pytester.makeconftest("import pytest, shop\n\n@pytest.fixture\ndef jetbridge_app():\n    return shop.app\n")

    run(pytester).assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("settings", "told"),
    [("", "no application to visit: write jetbridge_app ="), ("jetbridge_app = shop:sign_in", "is no jetbridge.App")],
)
def test_no_app(pytester, settings, told):
    """Without an app the fixtures say what to write."""
    pytester.syspathinsert()
    done = run(pytester, settings=settings, tests="def test_visitor(visitor):\n    pass\n")

    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines([f"*{told}*"])


def test_is_light(pytester):
    """pytest loads the plugin in every project, so it imports no framework, and nothing that only an extra brings."""
    pytester.makeini("[pytest]")  # or it would be looked for in the directories above
    pytester.makepyfile(
        "import sys\ndef test_it():\n"
        "    assert 'jetbridge.pytest_plugin' in sys.modules\n"
        "    assert not {'starlette', 'httpx', 'bs4', 'jetbridge.server'} & set(sys.modules)\n"
    )

    pytester.runpytest_subprocess(
        "-p", "no:cacheprovider", "-p", "no:asyncio", "-p", "no:anyio", "-p", "no:hypothesispytest"
    ).assert_outcomes(passed=1)


app = App(__name__, secret="s" * 40)


@action
async def visit(place: str):
    session()["places"] = [*session().get("places", []), place]
    cookies().set("last", place)
    revalidate_tag("places")
    return redirect(url(where, place=place), flash=request().headers.get("x-mine", "none"))


@action
async def nothing():
    return 1


@app.page("/{place}")
def where(place: str):
    return h.main[place, h.form(action=visit)[h.input(name="place")], flashes()]


async def test_a_fake_request():
    """All that code asks of a request is there, and all that it does to the answer can be seen."""
    with fake_request(app, "/rome?a=1", session={"places": ["oslo"]}, headers={"X-Mine": "yes"}) as context:
        moved = await visit("rome")

    assert ("/rome", "yes") == (moved.location, moved.flash)
    assert {"places": ["oslo", "rome"]} == dict(context.session)
    assert ({"places"}, ["last"]) == (context.touched, [name for name, *_ in context.reply.cookies])


def test_a_fake_request_of_a_page():
    """A page is called as the function it is; it may not revalidate."""
    with fake_request(app, "/rome?a=1", cookies={"b": "2"}, phase="page"):
        told = request().query_params["a"], request().cookies["b"], request().url.path
        with pytest.raises(DefinitionError):
            revalidate_tag("places")

    assert ("1", "2", "/rome") == told


@pytest.mark.parametrize("base_url", ["http://testserver", "https://shop.example.com", "http://127.0.0.1:8000"])
async def test_sessions_of_clients(base_url):
    """A session is given and read as the app would write it, also where cookies have another name."""
    async with Client(app, base_url, session={"places": ["oslo"]}) as client:
        before = client.session
        await client.call(visit, "rome")
        after = client.session
        client.session = {}

        assert [{"places": ["oslo"]}, {"places": ["oslo", "rome"]}, {}] == [before, after, client.session]


async def test_what_has_acted():
    """Each run of an action is noted while the client is open: what it came to and touched, and repeats as such."""
    async with Client(app) as client:
        page = await client.open("/rome")
        await page.call(visit, "rome", key="k")
        await page.call(visit, "rome", key="k")
        first = client.touched
        await client.call(nothing)

    assert {"places"} == first
    assert [
        Acted("visit", "moved", frozenset({"places"}), False),
        Acted("visit", "moved", frozenset({"places"}), True),
        Acted("nothing", "value", frozenset(), False),
    ] == client.acted
    assert () == app.watchers


async def test_an_app_that_is_mounted():
    """Within another application, paths are that one's."""
    outer = Starlette(routes=[Mount("/inner", app)])
    async with Client(app, within=outer) as client:
        page = await client.open("/inner/rome")
        page = await page.form(visit).submit({"place": "oslo"})

    assert ("/inner/oslo", True) == (page.url, page.text.startswith("oslo"))
