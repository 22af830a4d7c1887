"""Links between pages: without loading a document where that can be, and in every other way as browsers do it."""

import pytest
from playwright.sync_api import expect

from tests.browser.doors import BOTH_DOORS, EVERYWHERE, SCRIPTED

MARK = "window.mark = true"
IS_SAME_DOCUMENT = "window.mark === true"


def scroll(page, top):
    """Scroll as a person does, and wait until scripts have heard of it."""
    page.evaluate(f"scrollTo(0, {top})")
    page.wait_for_function(f"scrollY === {top}")
    page.wait_for_timeout(100)


@pytest.fixture
def links(visit):
    """The page with links; a mark on its window is gone when another document is loaded."""
    page = visit.open("/links")
    if visit.javascript:
        page.evaluate(MARK)
    return page


@EVERYWHERE
def test_a_link_shows_another_page(visit, links):
    """Its content, address and title are there, from the top; scripts make it without loading a document."""
    links.fill("#typed", "left behind")
    links.evaluate("scrollTo(0, 400)")
    links.locator("#page").evaluate("link => link.click()")
    expect(links.locator("h1")).to_have_text("Arrived 1")
    expect(links).to_have_title("Arrived")

    assert "/arrived?at=1" == visit.at(links)
    assert 0 == links.evaluate("scrollY")
    assert not visit.javascript or links.evaluate(IS_SAME_DOCUMENT)


@EVERYWHERE
def test_the_way_back(visit, links):
    """Back shows the page before where it was scrolled to, Forward the one after."""
    scroll(links, 600)
    links.locator("#fragment").evaluate("link => link.click()")
    expect(links.locator("h1")).to_have_text("Arrived 2")
    expect(links.locator("#deep")).to_be_in_viewport()
    links.go_back()
    expect(links.locator("h1")).to_have_text("Links")
    links.wait_for_function("scrollY === 600")
    links.go_forward()
    expect(links.locator("h1")).to_have_text("Arrived 2")

    assert "/arrived?at=2#deep" == visit.at(links)
    assert not visit.javascript or links.evaluate(IS_SAME_DOCUMENT)


def test_the_way_back_after_a_reload(visit, links):
    """What an entry was scrolled to is known to the document that a reload made."""
    scroll(links, 600)
    links.locator("#page").evaluate("link => link.click()")
    expect(links.locator("h1")).to_have_text("Arrived 1")
    links.reload()
    visit.wait(links)
    links.go_back()
    expect(links.locator("h1")).to_have_text("Links")

    links.wait_for_function("scrollY === 600")


@BOTH_DOORS
def test_a_fragment_of_the_page(visit, links):
    """The browser scrolls to it, also after a page was shown without loading, and Back goes to where one was."""
    for _ in range(2):
        links.click("#here")
        expect(links.locator("#deep")).to_be_in_viewport()
        links.wait_for_timeout(100)  # for what must not happen
        expect(links.locator("#deep")).to_be_in_viewport()
        links.go_back()
        links.wait_for_function("scrollY === 0")
        links.click("#same")
        expect(links.locator("h1")).to_have_text("Links")

    assert "/links" == visit.at(links)


@BOTH_DOORS
def test_a_link_to_the_same_page(visit, links):
    """The page begins anew, and the history has nothing more."""
    before = links.evaluate("history.length")
    links.fill("#typed", "gone")
    links.click("#same")
    expect(links.locator("#typed")).to_have_value("")

    assert before == links.evaluate("history.length")


@BOTH_DOORS
def test_a_link_that_is_redirected(visit, links):
    """The address is that of the page one arrives at."""
    links.click("#moved")
    expect(links.locator("h1")).to_have_text("Arrived 9")

    assert "/arrived?at=9" == visit.at(links)


@BOTH_DOORS
def test_a_link_to_nothing(visit, links):
    """The error page is shown, at its address."""
    visit.expect("404")
    links.click("#lost")
    expect(links.locator("h1")).to_have_text("Not Found")

    assert "/lost" == visit.at(links)


@BOTH_DOORS
def test_what_is_no_page_is_loaded_once(visit, links):
    """A route is the browser's, and runs as often as it was clicked."""
    links.click("#route")
    links.wait_for_url("**/counted")

    assert "counted" == links.inner_text("body")
    assert ["counted"] == visit.calls


@BOTH_DOORS
def test_another_application(visit, links):
    """Its pages are documents of their own, on the way there and back."""
    for link, heading in (("#mounted", "Other"), ("#back", "Links")):
        links.evaluate(MARK)
        links.click(link)
        expect(links.locator("h1")).to_have_text(heading)
        assert links.evaluate("window.mark === undefined")


@SCRIPTED
@pytest.mark.parametrize(("link", "shown"), [("#external", "h1:has-text('Arrived 3')"), ("#loads", "#attributes")])
def test_what_must_be_loaded_is(visit, links, link, shown):
    """Where the author says so, or a page has scripts of its own."""
    links.click(link)
    links.wait_for_selector(shown, state="attached")
    visit.wait(links)

    assert links.evaluate("window.mark === undefined")


@BOTH_DOORS
@pytest.mark.parametrize("modifier", ["Control", "Shift"])
def test_modifiers_are_the_browsers(visit, links, modifier):
    """A link opened in another tab or window leaves this one as it is."""
    with links.context.expect_page() as opened:
        links.click("#page", modifiers=[modifier])
    expect(opened.value.locator("h1")).to_have_text("Arrived 1")
    opened.value.close()

    assert "/links" == visit.at(links)


@BOTH_DOORS
def test_targets_and_downloads_are_the_browsers(visit, links):
    """Another tab, and a file: both leave the page as it is."""
    with links.context.expect_page() as opened:
        links.click("#blank")
    expect(opened.value.locator("h1")).to_have_text("Arrived 4")
    opened.value.close()
    with links.expect_download() as saved:
        links.click("#file")

    assert "file.txt" == saved.value.suggested_filename
    assert "/links" == visit.at(links)


def test_a_script_may_prevent_a_link(visit, links):
    """Who listens to clicks has the first word."""
    links.evaluate("document.querySelector('#page').addEventListener('click', event => event.preventDefault())")
    links.click("#page")
    links.wait_for_timeout(100)  # for what must not happen

    assert "/links" == visit.at(links)


def test_screen_readers_hear_of_it(visit, links):
    """While a page is on its way the container is busy; then its title is said, and the keyboard starts there."""
    links.focus("#slow")
    links.keyboard.press("Enter")
    expect(links.locator("#jetbridge")).to_have_attribute("aria-busy", "true")
    visit.tell("page")
    expect(links.locator("h1")).to_have_text("Slow")
    expect(links.locator("#jetbridge")).not_to_have_attribute("aria-busy", "true")

    expect(links.locator("[aria-live=polite]")).to_have_text("Slow")
    assert "jetbridge" == links.evaluate("document.activeElement.id")


def test_the_last_link_wins(visit, links):
    """Who clicks another link before the page is there gets that one."""
    links.click("#slow")
    links.click("#page")
    expect(links.locator("h1")).to_have_text("Arrived 1")
    visit.tell("page")
    links.wait_for_timeout(200)  # for what must not happen

    assert "/arrived?at=1" == visit.at(links)
    assert links.get_attribute("#jetbridge", "aria-busy") is None
