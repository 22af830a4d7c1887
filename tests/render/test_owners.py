"""Which component an error came from, and what had rendered that one."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest

from jetbridge.context import Context, enter
from jetbridge.elements.boundaries import ErrorBoundary, Fragment
from jetbridge.elements.component import component, owner_of
from jetbridge.elements.h import h
from jetbridge.elements.node import Node
from tests.render.test_resolve import html


@component
def bad():
    raise ValueError("bad")


@component
async def bad_later():
    await asyncio.sleep(0)
    raise ValueError("bad")


@component
def wrong_node():
    return h.p[unknown()]


@component
def unknown():
    return object()


@component
def card(children: Node = None):
    return h.section[children]


@component
async def card_later(children: Node = None):
    await asyncio.sleep(0)
    return h.section[h.b["later"], children]


@component
def through(what):
    return h.div[card()[h.p["beside"], what()]]


@component
def guarded():
    return ErrorBoundary(fallback=bad())[bad()]


def names(error):
    found = []
    owner = owner_of(error)
    while owner is not None:
        found.append(owner.element.component.name)
        owner = owner.outer
    return found


CASES = {
    "at the top": (lambda: bad(), ["bad"]),
    "below elements": (lambda: h.main[h.p[bad()]], ["bad"]),
    "below another": (lambda: through(what=bad), ["bad", "card", "through"]),
    "one that is awaited": (lambda: through(what=bad_later), ["bad_later", "card", "through"]),
    "below one that is awaited": (lambda: card_later()[through(what=bad)], ["bad", "card", "through", "card_later"]),
    "all awaited": (lambda: card_later()[card_later()[bad_later()]], ["bad_later", "card_later", "card_later"]),
    "beside others": (lambda: Fragment()[card_later()["x"], card()[card_later()], bad_later()], ["bad_later"]),
    "what is no node": (lambda: wrong_node(), ["unknown", "wrong_node"]),
    "in a fallback": (lambda: card()[guarded()], ["bad", "guarded", "card"]),
}


@pytest.mark.parametrize("case", CASES)
async def test_which_component_rendered_which(case):
    """An error knows its component and those around, the innermost first."""
    tree, expected = CASES[case]
    with pytest.raises(Exception, match=r"bad|node") as caught:
        await html(tree())

    assert expected == names(caught.value)


async def test_an_error_of_no_component_has_no_owner():
    """What fails outside components is nobody's."""

    async def fails():
        raise ValueError("bad")

    with pytest.raises(ValueError, match="bad") as caught:
        await html(h.p[fails()])

    assert [] == names(caught.value)


@pytest.mark.parametrize(("development", "expected"), [(True, [Path(__file__).name]), (False, [])])
def test_development_knows_where_each_was_written(development, expected):
    """File and line of the call are kept in development only, and outlive the children."""
    with enter(Context(app=SimpleNamespace(development=development))):
        written = card()["child"]

    assert expected == [Path(place[0]).name for place in [written.place] if place is not None]
