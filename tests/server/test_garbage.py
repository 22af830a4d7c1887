"""What a request leaves behind: nothing that only Python's cyclic collector could free."""

import gc

import pytest

from jetbridge.actions.define import action
from jetbridge.elements.h import h
from jetbridge.errors import ActionError, redirect
from jetbridge.server.app import App
from jetbridge.server.current import request, session
from jetbridge.server.visit import Visit
from tests.conftest import SECRET
from tests.server.asgi import CALL, FORM, SAME_ORIGIN, ask, post

app = App(__name__, secret=SECRET)


@action
async def save(how: str):
    match how:
        case "wrong":
            raise ActionError("That is wrong")
        case "moves":
            raise redirect("/")
        case "asks":
            session()["path"] = request().url.path
    return {"how": how}


@app.page("/")
def home():
    return h.form(action=save)[h.input(name="how")]


@app.page("/asks")
def asks():
    return h.p[request().url.path]


@pytest.fixture
def left_over():
    """Looks for visits that are there still; those of other tests, whose exceptions may be kept, do not count."""
    gc.collect()
    gc.disable()
    before = visits()
    yield lambda: [one for one in visits() if one not in before]
    gc.enable()


def visits():
    return [one for one in gc.get_objects() if type(one) is Visit]


@pytest.mark.parametrize("path", ["/", "/asks", "/nowhere"])
async def test_pages(left_over, path):
    """A page is free of cycles with what was made for its request."""
    exchange = await ask(app, "GET", path)

    assert exchange.complete
    assert [] == left_over()


@pytest.mark.parametrize("how", ["right", "wrong", "moves", "asks"])
@pytest.mark.parametrize(("kind", "body"), [(CALL, b'["%b"]'), (FORM, b"how=%b")])
async def test_actions(left_over, kind, body, how):
    """So is a call, and a form; of a submit that may come again only its outcome is kept."""
    exchange = await post(app, save, {**kind, **SAME_ORIGIN}, body % how.encode())

    assert exchange.complete
    assert [] == left_over()
