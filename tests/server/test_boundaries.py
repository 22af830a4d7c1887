"""Error boundaries at both doors: a page that fails in part, an action that fails, a page that calls an action."""

import asyncio
import logging
import sys

import pytest

from jetbridge.actions.define import action
from jetbridge.elements.boundaries import ErrorBoundary
from jetbridge.elements.component import component
from jetbridge.elements.h import h
from jetbridge.errors import ActionError
from jetbridge.server.app import App
from jetbridge.server.current import after
from tests.conftest import SECRET
from tests.server.asgi import CALL, FORM, SAME_ORIGIN, ask, post


@action
async def fail(text: str = ""):
    raise RuntimeError(f"{text} a secret")


@action
async def lookup(name: str):
    raise ActionError(f"{name} is unknown")


def told(error):
    return h.p(id="told")[f"told of {type(error).__name__}"]


@component
async def leaves():
    await asyncio.sleep(0)
    raise SystemExit("a secret")


@action
async def leaves_later():
    async def later():
        raise SystemExit("a secret")

    after(sys.exit)
    return {"later": later()}


@component
async def found():
    return await lookup("Ada")


@pytest.fixture
def app(monkeypatch):
    monkeypatch.setenv("JETBRIDGE_SECRET", SECRET)
    app = App(__name__)

    @app.page("/chosen")
    async def chosen():
        return [h.h1["Page"], ErrorBoundary(fallback=told)[h.form(action=fail)[h.input(name="text")]]]

    @app.page("/standing")
    async def standing():
        return [h.h1["Page"], ErrorBoundary(fallback=h.p(id="told")["Sorry"])[h.form(action=fail)]]

    @app.page("/bare")
    async def bare():
        return [h.h1["Page"], h.form(action=fail)]

    @app.page("/leaves")
    def leaving():
        return [leaves(), leaves()]

    @app.page("/calls")
    async def calls():
        return [h.h1["Page"], ErrorBoundary(fallback=lambda error: h.p(id="told")[str(error)])[found()]]

    return app


@pytest.mark.parametrize("accept", ["text/html", "text/x-component"])
async def test_a_page_that_calls_an_action(app, accept):
    """What the action raises reaches the boundary's function, in HTML and in Flight."""
    answer = await ask(app, target="/calls", headers={"accept": accept})

    assert 200 == answer.status
    assert "Ada is unknown" in answer.text


@pytest.mark.parametrize(
    ("path", "says"), [("/chosen", "told of RuntimeError"), ("/standing", "Sorry"), ("/bare", "Something went wrong")]
)
async def test_a_form_whose_action_fails(app, path, says, caplog):
    """Without scripts its page comes with what the boundary shows, status 500; without a boundary the usual page."""
    with caplog.at_level(logging.ERROR):
        answer = await post(app, fail, {**FORM, **SAME_ORIGIN}, b"text=typed", path)

    assert 500 == answer.status
    assert says in answer.text
    assert ("<h1>Page</h1>" in answer.text) is (path != "/bare")
    assert "a secret" not in answer.text
    assert ["typed a secret"] == [str(record.exc_info[1]) for record in caplog.records]


async def test_a_call_that_fails(app):
    """A page that shows its boundary's function brings it, and says that the failure is shown; others do not."""
    shown = (await ask(app, target="/chosen", headers={"accept": "text/x-component"})).told["tags"]
    tags = {"jetbridge-tags": ",".join(shown)}
    chosen = (await post(app, fail, {**CALL, **SAME_ORIGIN, **tags}, path="/chosen")).told
    standing = (await post(app, fail, {**CALL, **SAME_ORIGIN}, path="/standing")).told

    assert chosen["failure"]["shown"]
    assert "told of RuntimeError" in repr(chosen["page"]["tree"])
    assert {"digest"} == standing["failure"].keys()
    assert "page" not in standing


async def test_code_that_exits_ends_no_server(app, caplog):
    """sys.exit() in a component, in a promise or after an action fails there; the event loop goes on."""
    page = await ask(app, target="/leaves", headers={"accept": "text/html"})
    call = await post(app, leaves_later, {**CALL, **SAME_ORIGIN}, b"[]")

    assert (500, 200) == (page.status, call.status)
    assert b"a secret" not in page.body + call.body
    assert "after() failed" in caplog.text
