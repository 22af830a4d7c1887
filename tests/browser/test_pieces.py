"""Pages that come in pieces, in a browser: with scripts and without, with our Content-Security-Policy in force."""

import json
import urllib.request

import pytest
from conftest import serving
from playwright.sync_api import expect

GATES = ("list", "form", "break", "move", "shapes", "inner", "first", "second", "inside")


@pytest.fixture(scope="module")
def server():
    with serving("run", "tests.browser.pieces:app", ready="/plain") as (url, _):
        yield url


@pytest.fixture
def tell(server):
    """Give the application an order; what it holds then."""

    def tell(order):
        asked = urllib.request.Request(f"{server}/control/{order}", method="POST")
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return json.load(answer)

    tell("reset")
    yield tell
    for gate in GATES:  # so that nothing waits when the server stops
        tell(gate)


@pytest.fixture
def begin(server, open_page):
    """A page that has begun to arrive."""

    def begin(path="/", *, javascript=True):
        page = open_page(None, javascript=javascript)
        page.goto(server + path, wait_until="commit")
        return page

    return begin


def live(page):
    """React comes by itself to a page whose parts are late, and to others when somebody turns to a form."""
    page.wait_for_selector("footer")
    page.evaluate("document.querySelector('#jetbridge form input:not([type=hidden])')?.focus()")
    page.wait_for_selector("#jetbridge[data-live]", state="attached")


def test_react_is_live_before_the_page_is_whole(begin, tell):
    """The shell shows the fallback and works; the content comes into its place, and keeps nobody from typing."""
    page = begin()
    live(page)
    expect(page.locator(".wait")).to_have_text("Loading")
    expect(page.locator("footer")).to_have_text("End")
    page.fill("#add [name=note]", "half a thought")
    tell("list")
    expect(page.locator("#notes li")).to_have_text(["one", "two"])

    assert 0 == page.locator(".wait").count()
    assert "dark" == page.get_attribute("#notes", "class")
    assert "half a thought" == page.input_value("#add [name=note]")
    page.wait_for_load_state("load")
    assert 0 == page.locator("body > template[id]").count()


def test_an_action_while_the_page_still_arrives(begin, tell):
    """A submit before the content is there gets its answer, and the content is that of the newest page."""
    page = begin()
    live(page)
    page.fill("#add [name=note]", "three")
    page.press("#add [name=note]", "Enter")
    expect(page.locator("#add [name=note]")).to_have_value("")
    tell("list")

    expect(page.locator("#notes li")).to_have_text(["one", "two", "three"])


def test_a_page_rendered_anew_keeps_what_it_shows(begin, tell):
    """After an action the old content stands until the new is there; what was typed into it stays, by key."""
    tell("list")
    page = begin()
    live(page)
    page.fill("#notes li:nth-child(2) .memo", "mine")
    tell("close-list")
    page.fill("#add [name=note]", "three")
    page.press("#add [name=note]", "Enter")
    expect(page.locator("#add [name=note]")).to_have_value("")

    assert ["one", "two"] == page.locator("#notes li").all_inner_texts()
    expect(page.locator("#notes")).to_be_visible()
    assert 0 == page.locator(".wait").count()
    tell("list")
    expect(page.locator("#notes li")).to_have_text(["one", "two", "three"])
    assert ["", "mine", ""] == [page.input_value(f"#notes li:nth-child({at}) .memo") for at in (1, 2, 3)]


def test_a_page_rendered_anew_shows_each_content_when_it_is_there(begin, tell):
    """After an action, too, no content waits for another one, be it beside or inside of it."""
    gates = ("first", "second", "inside")
    for gate in gates:
        tell(gate)
    page = begin("/several")
    live(page)
    expect(page.locator("p")).to_have_text(["2"] * 4)
    for gate in gates:
        tell(f"close-{gate}")
    page.fill("#add [name=note]", "three")
    page.press("#add [name=note]", "Enter")
    expect(page.locator("#add [name=note]")).to_have_value("")
    assert ["2", "2", "2", "2"] == page.locator("p").all_inner_texts()
    shown = {"first": ["3", "2", "3", "2"], "inside": ["3", "2", "3", "3"], "second": ["3", "3", "3", "3"]}
    for gate, texts in shown.items():
        tell(gate)
        expect(page.locator("p")).to_have_text(texts)

    assert 0 == page.locator("i").count()


def test_contents_of_every_shape(begin, tell):
    """Rows of tables, texts, drawings, a Suspense in a Suspense: all stand where they belong, and React agrees."""
    page = begin("/shapes")
    expect(page.locator("tr")).to_have_text(["first", "…", "last"])
    tell("shapes")
    expect(page.locator("tr")).to_have_text(["first", "0", "1", "last"])
    expect(page.locator("p").first).to_have_text("Text a and b after")
    expect(page.locator("i")).to_have_text(["inner"])
    tell("inner")
    expect(page.locator("#inner")).to_have_text("Inner")

    assert "http://www.w3.org/2000/svg" == page.evaluate("document.querySelector('circle').namespaceURI")
    assert "rgb(1, 2, 3)" == page.evaluate("getComputedStyle(document.getElementById('styled')).color")
    assert 0 == page.locator("i").count()


def test_a_late_form(begin, tell):
    """It becomes React's like any other: a submit is a call, and its state shows."""
    page = begin("/form")
    live(page)
    tell("form")
    page.wait_for_selector("#late")
    page.wait_for_load_state("load")
    page.evaluate("window.mark = true")
    page.fill("#late [name=note]", "three")
    page.press("#late [name=note]", "Enter")
    expect(page.locator("[role=status]")).to_have_text("Added")

    expect(page.locator("#notes li")).to_have_text(["one", "two", "three"])
    assert page.evaluate("window.mark")


def test_going_to_a_page_in_pieces(begin, tell):
    """A redirect of an action shows the other page at once with its fallback, then its content."""
    tell("list")
    page = begin()
    live(page)
    page.wait_for_load_state("load")
    page.evaluate("window.mark = true")
    page.fill("#go [name=to]", "/form")
    page.press("#go [name=to]", "Enter")
    expect(page.locator(".wait")).to_have_text("Loading")
    tell("form")
    expect(page.locator("#late")).to_be_visible()

    assert page.evaluate("window.mark")


def test_a_late_error_stands_in_its_place(begin, tell):
    """With its boundary's words, or with ours; the rest of the page stays and works."""
    page = begin("/breaks")
    live(page)
    tell("break")
    expect(page.locator("#told")).to_have_text("RuntimeError")
    expect(page.locator("[role=alert]")).to_contain_text("Something went wrong")

    assert "a secret" not in page.content()
    page.fill("#add [name=note]", "three")
    page.press("#add [name=note]", "Enter")
    expect(page.locator("#add [name=note]")).to_have_value("")
    assert ["one", "two", "three"] == tell("break")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_late_redirect(begin, tell, javascript):
    """Goes there, with scripts and without."""
    page = begin("/moves", javascript=javascript)
    tell("move")
    expect(page.locator("h1")).to_have_text("Plain")


def test_without_scripts_the_page_is_whole(begin, tell, server):
    """A browser that runs none gets the page in one piece, from the second page on at its own address."""
    tell("list")
    page = begin(javascript=False)
    expect(page.locator("#notes li")).to_have_text(["one", "two"])
    assert 0 == page.locator(".wait").count()
    page.fill("#add [name=note]", "three")
    page.press("#add [name=note]", "Enter")
    expect(page.locator("#notes li")).to_have_text(["one", "two", "three"])

    assert f"{server}/" == page.url


def test_the_client_is_not_needed(server, open_page, tell):
    """Where our client does not load, contents are revealed all the same."""
    open_page.expected.append("Failed to load")
    page = open_page(None)
    page.route("**/_jetbridge/*.js", lambda route: route.abort())
    page.goto(server, wait_until="commit")
    expect(page.locator(".wait")).to_have_text("Loading")
    tell("list")

    expect(page.locator("#notes li")).to_have_text(["one", "two"])
