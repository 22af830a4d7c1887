"""Deploys under open pages: what an old page may still call, and what is said where it may not."""

from urllib.parse import urlencode

import pytest

from tests.server.asgi import CALL, FORM, SAME_ORIGIN, ask, chunk, url_of

DOORS = pytest.mark.parametrize("door", [CALL, FORM], ids=["fetch", "form"])
APP = """
from jetbridge import App, action_state, h
from shop import actions

app = App(__name__)

@app.page("/")
def home():
    {state}
    return h.form(action=actions.{name})[
        h.input(name="text"), h.input(name="password"), h.button["Go"], state and state.error and state.error.message
    ]
"""
BEFORE = '"""use server"""\nasync def save(text: str = ""):\n    print("before", text)\n'


def deployed(shop, source, name="save", state="state = action_state(actions.save)"):
    return shop(actions=source, app=APP.format(name=name, state=state.replace("save", name))).app


async def ask_as_before(app, target, door):
    body = b'["typed"]' if door is CALL else urlencode({"text": "typed", "password": "hunter2"}).encode()
    return await ask(app, "POST", target, {**door, **SAME_ORIGIN}, [chunk(body)])


@DOORS
@pytest.mark.parametrize(
    ("after", "name"),
    [
        (BEFORE, "save"),
        ("# moved down\n\n" + BEFORE.replace("before", "after"), "save"),
        (BEFORE.replace('= ""', '= "other"'), "save"),
        (
            "from jetbridge import action\n"
            '@action(aliases=["save"])\nasync def store(text: str = ""):\n    print(text)\n',
            "store",
        ),
    ],
)
async def test_a_deploy_that_changes_nothing_for_the_page(shop, capsys, door, after, name):
    """Another body, place, default, or name with an alias: the open page goes on working."""
    app = deployed(shop, BEFORE)
    target = url_of(app, __import__("shop.actions", fromlist=["save"]).save)
    answer = await ask_as_before(deployed(shop, after, name), target, door)

    assert (200 if door is CALL else 303) == answer.status
    assert "typed" in capsys.readouterr().out


@DOORS
@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (BEFORE.replace("text: str", "text: int"), "changed-action"),
        (BEFORE.replace("(text", '(who: str = "", text'), "changed-action"),
        (BEFORE.replace("save", "store"), "unknown-action"),
    ],
)
async def test_a_deploy_that_changes_what_the_action_takes(shop, capsys, door, after, reason):
    """409 with a reason before the body is decoded; without JavaScript also what was typed, but no password."""
    app = deployed(shop, BEFORE)
    target = url_of(app, __import__("shop.actions", fromlist=["save"]).save)
    answer = await ask_as_before(deployed(shop, after, "store" if "store" in after else "save"), target, door)

    assert (409, reason) == (answer.status, answer.header("jetbridge-reason"))
    assert "" == capsys.readouterr().out
    if door is FORM:
        assert "nothing has been saved" in answer.text
        assert "typed" in answer.text
        assert "hunter2" not in answer.text
    else:
        assert 0 == answer.received


@pytest.mark.parametrize("state", ["state = action_state(actions.save)", "state = None"])
async def test_the_page_comes_again_with_the_fields_filled(shop, state):
    """Whether or not the page asks for the state of its form."""
    app = deployed(shop, BEFORE)
    target = url_of(app, __import__("shop.actions", fromlist=["save"]).save)
    after = deployed(shop, BEFORE.replace("text: str", "text: int"), state=state)
    answer = await ask_as_before(after, target, FORM)

    assert 409 == answer.status
    assert 'name="text" value="typed"' in answer.text
    assert "nothing has been saved" in answer.text


@DOORS
async def test_a_nested_action_that_captures_something_else(shop, capsys, door):
    """A variable that the page does not have sealed is missing before the action runs, not in it."""
    source = """
    def make(name, other):
        async def save(text: str = ""):
            "use server"
            print(NAMES)
        return save
    """
    app = shop(actions=source.replace("NAMES", "name"), app=APP.format(name="make(1, 2)", state="state = None")).app
    answer = await ask(app, "GET", "/", {"accept": "text/html"})
    after = shop(
        actions=source.replace("NAMES", "name, other"), app=APP.format(name="make(1, 2)", state="state = None")
    ).app
    form = answer.text.partition('action="')[2].partition('"')[0].replace("&amp;", "&")
    refused = await ask_as_before(after, "/" + form, door)

    assert (409, "changed-action") == (refused.status, refused.header("jetbridge-reason"))
    assert "" == capsys.readouterr().out


def test_two_actions_never_share_an_id(shop):
    """An alias that is another action's id is an error at start that names both."""
    source = """
    from jetbridge import action

    @action
    async def first():
        pass

    @action(aliases=["first"])
    async def second():
        pass
    """
    app = shop(actions=source, app=APP.format(name="first", state="state = None")).app
    with pytest.raises(TypeError, match=r"second and first .*share the id first-"):
        app.start()
