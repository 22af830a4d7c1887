"""Who may: the nearest policy decides, for actions and pages; a strict app has one for every action."""

import sys

import pytest

from jetbridge.errors import DefinitionError
from jetbridge.server.app import App
from tests.server.asgi import CALL, FORM, SAME_ORIGIN, ask, post

DOORS = pytest.mark.parametrize("door", [CALL, FORM], ids=["fetch", "form"])
ADA = {"x-user": "ada"}


ACTIONS = '''
"""use server"""
from jetbridge import action, public

def is_ada(request):
    return request.headers.get("x-user") == "ada"

async def _is_bob(request):
    return request.headers.get("x-user") == "bob"

{module}
ran = []

async def plain():
    ran.append("plain")

@action(allow=_is_bob)
async def own():
    ran.append("own")

@action(allow=public)
async def open_to_all():
    ran.append("open_to_all")

def outer():
    async def inner():
        "use server"
        ran.append("inner")
    return inner
'''
APP = """
from jetbridge import App, public
from shop import actions

app = App(__name__, {options})

@app.page("/")
def home():
    return "home"

@app.page("/open", allow=public)
def open_page():
    return "open"
"""


@pytest.fixture
def made(shop):
    def make(module="", options=""):
        app = shop(actions=ACTIONS.format(module=module), app=APP.format(options=options)).app
        return app, sys.modules["shop.actions"]

    return make


MODULE, WHOLE = "__allow__ = is_ada", "allow=actions.is_ada"


@DOORS
@pytest.mark.parametrize(("module", "options"), [(MODULE, ""), ("", WHOLE), ("__allow__ = _is_bob", WHOLE)])
async def test_the_nearest_policy_decides(made, door, module, options):
    """An action's own policy, else its module's, else the app's; a nested action has its module's."""
    app, actions = made(module, options)
    functions = [actions.plain, actions.own, actions.open_to_all, actions.outer()]
    by_module = "bob" if "bob" in module else "ada"
    allowed = {user: [] for user in ("ada", "bob", "eve")}
    for user, names in allowed.items():
        for function in functions:
            answer = await post(app, function, {**door, **SAME_ORIGIN, "x-user": user}, b"[]" if door is CALL else b"")
            if answer.status != 403:
                names.append(function.__name__)
            else:
                assert 0 == answer.received
    expected = {user: ["open_to_all"] for user in allowed}
    expected["bob"].insert(0, "own")
    expected[by_module] = [
        n for n in ("plain", "own", "open_to_all", "inner") if n in expected[by_module] or n != "own"
    ]

    assert expected == allowed
    assert sorted(name for names in expected.values() for name in names) == sorted(actions.ran)


@pytest.mark.parametrize(
    ("options", "guarded"),
    [("", False), (WHOLE, True)],
)
async def test_pages_have_the_policy_of_the_app(made, options, guarded):
    """App(allow=…) guards pages too, but for those that say otherwise."""
    app, _ = made("", options)
    asked = [("/", {}), ("/", ADA), ("/open", {})]

    assert [403 if guarded else 200, 200, 200] == [(await ask(app, "GET", *one)).status for one in asked]


async def test_pages_have_the_policy_of_their_module(shop):
    """`__allow__` guards the pages of its module, wherever in it the line stands."""
    app = shop(actions=ACTIONS.format(module=""), app=APP.format(options="") + "\n__allow__ = actions.is_ada\n").app

    assert [403, 200] == [(await ask(app, "GET", "/", headers)).status for headers in ({}, ADA)]


async def test_a_strict_app_lists_the_actions_without_a_policy(made):
    """Every one of them is named with its place, at start."""
    app, actions = made("", "strict=True")
    with pytest.raises(DefinitionError) as caught:
        app.start()
    lines = str(caught.value).splitlines()

    assert ["inner", "plain"] == sorted(line.partition(": ")[2].partition("(")[0].split(".")[-1] for line in lines[:-1])
    assert all(line.startswith(f"{actions.__file__}:") for line in lines[:-1])
    assert "allow=public" in lines[-1]


@pytest.mark.parametrize(("module", "options"), [(MODULE, "strict=True"), ("", f"strict=True, {WHOLE}")])
async def test_a_strict_app_whose_actions_have_policies(made, module, options):
    """It starts."""
    app, actions = made(module, options)

    assert 200 == (await post(app, actions.open_to_all, {**CALL, **SAME_ORIGIN})).status


@pytest.mark.parametrize("what", ["True", "lambda: True", "'admin'", "lambda request, user: True"])
def test_what_is_no_policy(made, what):
    """A policy takes the request; anything else is refused at start, not when someone calls."""
    app, _ = made(f"__allow__ = {what}")
    with pytest.raises(DefinitionError, match=r"shop\.actions\.__allow__ takes a function of the request"):
        app.start()
    with pytest.raises(DefinitionError, match="takes a function of the request"):
        App(__name__, allow=eval(what))
    with pytest.raises(DefinitionError, match="takes a function of the request"):
        app.page("/x", allow=eval(what))(lambda: "x")


def test_a_login_page_behind_the_policy(shop):
    """Nobody could sign in: the error says what to write."""
    source = APP.format(options='login="/", allow=actions.is_ada')
    app = shop(actions=ACTIONS.format(module=""), app=source).app
    with pytest.raises(DefinitionError, match="allow=public"):
        app.start()
