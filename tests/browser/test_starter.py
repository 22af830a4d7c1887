"""React comes when somebody turns to a form, and no submit is lost on the way."""

import pytest
from playwright.sync_api import expect

from tests.browser.doors import EVERYWHERE, SCRIPTED

CLIENT = "**/_jetbridge/client*.js"
LIVE = "#jetbridge[data-live]"


def loads(page, path, visit):
    """Open `path`; the scripts of ours that it asks for, by name, as they come."""
    asked = []
    page.on(
        "request", lambda one: asked.append(one.url.rpartition("/")[2].partition("-")[0]) if ".js" in one.url else 0
    )
    page.goto(visit.url + path)
    return asked


@SCRIPTED
def test_an_untouched_form_loads_no_react(visit):
    """Only the starter comes; React does when a field is focused, and the page is live then."""
    page = visit.blank()
    asked = loads(page, "/", visit)
    before = list(asked)
    page.focus("#add [name=name]")
    page.wait_for_selector(LIVE, state="attached")

    assert ["starter"] == before
    assert ["starter", "client"] == asked


@EVERYWHERE
def test_a_page_without_forms_loads_nothing(visit):
    """There is no script at all in a page that has nothing for React."""
    page = visit.blank()
    asked = loads(page, "/missing/1", visit)

    assert "The one there is" in page.inner_text("main")
    assert [] == asked


@pytest.fixture
def waiting(visit):
    """A page whose React does not come before it is let."""
    page = visit.blank()
    held = []
    page.route(CLIENT, lambda route: held.append(route))
    page.goto(f"{visit.url}/")

    def release(how="continue_"):
        while not held:  # waiting runs the handlers
            page.wait_for_timeout(10)
        getattr(held.pop(), how)()

    return page, release


@SCRIPTED
def test_a_submit_waits_for_react(visit, waiting):
    """A form that is submitted before React is there becomes one call, with all that was typed and its button."""
    page, release = waiting
    page.fill("#add [name=name]", "Ada")
    page.fill("#add [name=note]", "a note")
    page.click("#add >> text='Add otherwise'")
    page.fill("#below [name=text]", "half a thought")
    assert [] == visit.posts
    release()
    expect(page.locator("#entries li")).to_have_text(["Ada//a note/other"])

    assert ["fetch"] == [kind for kind, _ in visit.posts]
    assert "half a thought" == page.input_value("#below [name=text]")


def test_a_double_click_that_waits_is_one_submit(visit, waiting):
    """Two clicks before React is there are one wish, and so is one before and one after."""
    page, release = waiting
    page.fill("#add [name=name]", "Ada")
    page.dblclick("#add >> text='Add'")
    release()
    expect(page.locator("#entries li")).to_have_text(["Ada///plain"])

    assert 1 == len(visit.posts)


@SCRIPTED
def test_where_react_does_not_come_the_browser_submits(visit, waiting):
    """Nothing is lost: the form goes the way it goes without scripts."""
    visit.expect("Failed to load", "ERR_FAILED")
    page, release = waiting
    page.fill("#add [name=name]", "Ada")
    page.click("#add >> text='Add'", no_wait_after=True)
    release("abort")
    expect(page.locator("#entries li")).to_have_text(["Ada///plain"])

    assert ["document"] == [kind for kind, _ in visit.posts]
