"""Pages whose elements are nested a thousand deep, as a thread of replies may be: printed like all others."""

import asyncio
import re

import pytest

from jetbridge.actions.define import action
from jetbridge.elements.boundaries import ErrorBoundary, Suspense
from jetbridge.elements.component import component
from jetbridge.elements.h import h
from jetbridge.elements.provided import create_context
from jetbridge.render.html import print_html
from jetbridge.server.app import App
from jetbridge.wire.model import Element
from tests.conftest import SECRET
from tests.server.asgi import ask

LEVELS = 1000
STYLES = {"rel": "stylesheet", "href": "/a.css", "precedence": "low"}
Depth = create_context(0)


@action
async def save(text: str) -> None: ...


@component
def reply(left):
    return h.li[h.p[str(left)], h.ul[[reply(left - 1)]] if left else "end"]


@component
async def reply_later(left, turns=0):
    await asyncio.sleep(0)
    return h.li[h.p[str(left)], reply_later(left - 1) if left else "end"]


@component
async def replies_later(left):
    await asyncio.sleep(0)
    return h.li[h.p[str(left)], [replies_later(left - 1), h.i["beside"]] if left else "end"]


@component
def reply_that_knows():
    depth = Depth.get()
    return h.li[h.p[str(LEVELS - depth)], Depth(depth + 1)[reply_that_knows()] if depth < LEVELS else "end"]


@component
def reply_in_a_boundary(left):
    return ErrorBoundary(fallback="broken")[
        h.li[h.p[str(left)], reply_in_a_boundary(left - 1) if left else [h.form(action=save)[h.input(name="text")]]]
    ]


@component
def wrapper(left):
    return wrapper(left - 1) if left else h.li[h.p["0"], "end"]


def nested(levels):
    tree = h.li[h.p["0"], "end"]
    for left in range(1, levels + 1):
        tree = h.li[h.p[str(left)], tree]
    return tree


TREES = {
    "elements alone": (lambda: nested(LEVELS), LEVELS),
    "a component a level": (lambda: reply(LEVELS), LEVELS),
    "a component that waits a level": (lambda: reply_later(LEVELS), LEVELS),
    "such components with siblings": (lambda: replies_later(LEVELS), LEVELS),
    "a value a level": (lambda: reply_that_knows(), LEVELS),
    "a boundary a level, and a form": (lambda: reply_in_a_boundary(LEVELS), LEVELS),
    "components that give the next": (lambda: wrapper(LEVELS), 0),
}


@pytest.mark.parametrize("name", TREES)
@pytest.mark.parametrize("where", ["at once", "late"])
@pytest.mark.parametrize("env", ["dev", "production"])
async def test_a_deep_page_is_printed(name, where, env, monkeypatch):
    """In its document, with all levels in their order, and whole as the rows that React asks for."""
    tree, levels = TREES[name]
    monkeypatch.setenv("JETBRIDGE_ENV", env)
    app = App(__name__, secret=SECRET, actions=[__name__])

    async def page():
        await asyncio.sleep(0.02)
        return tree()

    app.page("/")(page if where == "at once" else lambda: Suspense(fallback="wait")[page()])

    html = await ask(app, headers={"user-agent": "Chrome/140"})
    rows = await ask(app, headers={"accept": "text/x-component"})

    printed = re.findall(r"<p>(\d+)</p>", html.text)
    sent = re.findall(r'\["\$","p",null,\{"children":"(\d+)"', rows.text)
    assert (200, [str(left) for left in range(levels, -1, -1)]) == (html.status, printed)
    assert (200, {str(left) for left in range(levels + 1)}) == (rows.status, set(sent))


def test_resources_of_a_deep_tree_are_asked_for_once():
    """The style sheet of all levels stands in the head once, though the walk had to begin again."""
    tree = "x"
    for _ in range(LEVELS):
        tree = Element("div", {"children": [Element("link", STYLES), tree]})

    assert 1 == print_html(tree).text().count("/a.css")
