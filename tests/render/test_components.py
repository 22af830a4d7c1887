"""Components in trees: values for a subtree, and boundaries that choose by the error."""

import asyncio
import gc
import logging

import pytest

from jetbridge.elements.boundaries import ErrorBoundary
from jetbridge.elements.component import component
from jetbridge.elements.h import h
from jetbridge.elements.provided import create_context
from jetbridge.errors import ActionError, Redirect, redirect
from jetbridge.render.resolve import Failure, resolve
from tests.render.test_resolve import broken, html, later, react, references, save, state_key, text_later

Theme = create_context("light")
User = create_context(None)


@component
def shown():
    return Theme.get()


@component
async def shown_later(seconds=0.0):
    before = Theme.get()
    await asyncio.sleep(seconds)
    return f"{before} {Theme.get()}"


@component
def with_children(children=None):
    return h.section[children]


@component
async def with_children_later(children=None):
    await asyncio.sleep(0)
    return h.section[children]


@component
def darkened(children=None):
    return Theme("dark")[children]


CONTEXTS = {
    "default": (lambda: shown(), "light"),
    "given": (lambda: Theme("dark")[shown()], "dark"),
    "async": (lambda: Theme("dark")[shown_later()], "dark dark"),
    "only below": (lambda: [shown(), Theme("dark")[" x "], shown()], "light<!-- --> x <!-- -->light"),
    "nearest": (lambda: Theme("a")[h.i[shown()], Theme("b")[h.i[shown()]], h.i[shown()]], "<i>a</i><i>b</i><i>a</i>"),
    "deep": (lambda: Theme("dark")[with_children()[with_children_later()[h.p[shown()]]]], "<p>dark</p>"),
    "given by a component": (lambda: darkened()[h.p[shown()]], "<p>dark</p>"),
    "an awaitable of a component": (lambda: Theme("dark")[text_later(shown())], "dark"),
    "two of them": (lambda: Theme("dark")[User("Ada")[h.p[component(lambda: [Theme.get(), User.get()])()]]], "darkAda"),
    "through a boundary": (lambda: Theme("dark")[ErrorBoundary()[h.p[shown_later()]]], "<p>dark dark</p>"),
    "in a fallback": (lambda: Theme("dark")[ErrorBoundary(fallback=shown())[broken()]], "dark"),
}


@pytest.mark.parametrize("case", CONTEXTS)
async def test_a_value_for_a_subtree(case):
    """Every component below gets the nearest value, whether it waits or not; nothing beside does."""
    write, expected = CONTEXTS[case]

    assert expected in (await html(write())).replace("dark<!-- -->Ada", "darkAda")


async def test_subtrees_that_wait_at_the_same_time():
    """Each of several subtrees keeps its own value, and they wait at the same time."""
    tree = [Theme(name)[h.i[shown_later(seconds)]] for name, seconds in (("a", 0.03), ("b", 0.0), ("c", 0.01))]

    assert "<i>a a</i><i>b b</i><i>c c</i>" == await html(tree)


async def test_a_value_is_gone_after_a_failure():
    """What fails below leaves the value of its surroundings, and no coroutine behind."""
    with pytest.raises(ValueError, match="broken"):
        await html(Theme("dark")[text_later(broken()), text_later("never reached")])
    gc.collect()

    assert "light" == Theme.get()


async def test_a_subtree_has_a_key():
    """A key goes to what the subtree shows."""
    assert "1" == (await react(Theme("dark", key=1)[h.li["x"]])).key


# --- boundaries that choose


def told(error):
    return h.p[f"{type(error).__name__}: {error}"]


@component
async def told_later(error):
    await asyncio.sleep(0)
    return told(error)


CHOSEN = {
    "function": (told, ValueError("broken"), "<p>ValueError: broken</p>"),
    "component": (told_later, KeyError("x"), "<p>KeyError: &#x27;x&#x27;</p>"),
    "text": (str, ActionError("Taken"), "Taken"),
    "nothing": (lambda _: None, ValueError(), ""),
}


@pytest.mark.parametrize("case", CHOSEN)
async def test_a_fallback_may_be_a_function_of_the_error(case):
    """It gets the exception itself and gives any node; both printings show it."""
    fallback, error, expected = CHOSEN[case]

    assert expected == await html(ErrorBoundary(fallback=fallback)[later("x"), broken(error)])
    assert (expected == "") is (await react(ErrorBoundary(fallback=fallback)[broken(error)]) is None)


async def test_a_function_that_fails_fails_outside():
    """What the function raises goes to the next boundary; control flow ends the page."""

    def again(error):
        raise RuntimeError("again")

    assert "<p>RuntimeError: again</p>" == await html(
        ErrorBoundary(fallback=told)[ErrorBoundary(fallback=again)[broken()]]
    )
    with pytest.raises(Redirect):
        await html(ErrorBoundary(fallback=lambda _: broken(redirect("/x")))[broken()])


async def test_a_fallback_that_fails_unneeded_does_no_harm(caplog):
    """A fallback that stands ready for the browser and fails is left out; children that work are shown."""
    with caplog.at_level(logging.ERROR, "jetbridge.pages"):
        shown_in_react = await react(ErrorBoundary(fallback=broken(KeyError("lost")))[later("x")])

    assert {"children": h.i["x"]} == shown_in_react.props
    assert ["KeyError"] == [type(record.exc_info[1]).__name__ for record in caplog.records]


async def test_a_failed_submit_fails_at_its_form():
    """The nearest boundary around the form shows the failure; without one it is raised, without the form nothing is."""
    failed = Failure(state_key(references().registry, save), "", RuntimeError("ill"))
    form = h.form(action=save)["x"]
    bounded = await resolve([h.b["1"], ErrorBoundary(fallback=told)[form]], references(), failure=failed)
    elsewhere = await resolve(ErrorBoundary(fallback=told)["no form"], references(), failure=failed)
    with pytest.raises(RuntimeError, match="ill"):
        await resolve(form, references(), failure=failed)

    assert [h.b["1"], told(failed.error)] == bounded.tree
    assert (True, False) == (bounded.shows_failure, elsewhere.shows_failure)


async def test_a_boundary_that_chooses_depends_on_its_forms():
    """A failure changes what stands there, so the page depends on the actions of the forms inside."""
    chooses = await resolve(ErrorBoundary(fallback=told)[h.form(action=save)], references())
    stands = await resolve(ErrorBoundary(fallback="Sorry")[h.form(action=save)], references())

    assert [1, 0] == [len(chooses.tags), len(stands.tags)]
