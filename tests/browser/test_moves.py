"""Redirects, flashes, and the way through the history."""

import pytest
from playwright.sync_api import expect

from tests.browser.doors import BOTH_DOORS, EVERYWHERE


def go(page, to, flash=""):
    page.fill("#go [name=to]", to)
    if flash:
        page.fill("#go [name=flash]", flash)
    page.press("#go [name=to]", "Enter")


def in_view(page, selector):
    return page.locator(selector).evaluate(
        "element => { const { top } = element.getBoundingClientRect(); return top >= 0 && top < innerHeight; }"
    )


@EVERYWHERE
def test_a_redirect_goes_to_another_page(visit):
    """The other page is there with its own address, title and top; scripts make it without loading a document."""
    page = visit.open("/moves")
    go(page, "/arrived?at=3&q=%C3%BC", flash="Saved")
    expect(page.locator("h1")).to_have_text("Arrived 3")

    assert "/arrived?at=3&q=%C3%BC" == visit.at(page)
    assert "Arrived" == page.title()
    assert "at=3&q=%C3%BC" == page.inner_text("#query")
    assert "Saved" == page.inner_text(".flash")
    assert 0 == page.evaluate("scrollY")


@BOTH_DOORS
def test_another_page_has_fields_of_its_own(visit):
    """A page of the same shape as the one before shows none of what was typed there."""
    page = visit.open("/moves")
    go(page, "/arrived", flash="Saved")
    expect(page.locator("h1")).to_have_text("Arrived 0")

    assert ["", ""] == [page.input_value(f"#go [name={name}]") for name in ("to", "flash")]


@EVERYWHERE
def test_a_flash_is_shown_once(visit):
    """A reload, and the next page, know nothing of it any more."""
    page = visit.open("/moves")
    go(page, "/arrived", flash="Saved <b>")
    expect(page.locator(".flash")).to_have_text("Saved <b>")
    page.reload()
    visit.wait(page)
    again = page.locator(".flash").count()
    go(page, "/moves")
    expect(page.locator("h1")).to_have_text("Moves")

    assert [0, 0] == [again, page.locator(".flash").count()]


@BOTH_DOORS
def test_a_redirect_to_the_same_page(visit):
    """The page comes anew; with scripts where it was, and the history has nothing more."""
    page = visit.open("/moves")
    before = page.evaluate("history.length")
    go(page, "/moves", flash="Once")
    expect(page.locator(".flash")).to_have_text("Once")

    assert "/moves" == visit.at(page)
    assert not visit.javascript or before == page.evaluate("history.length")
    assert "" == page.input_value("#go [name=to]")


@BOTH_DOORS
@pytest.mark.parametrize("to", ["/arrived?at=1#deep", "/moves#deep"])
def test_a_redirect_with_a_fragment(visit, to):
    """The fragment is in the URL bar and its element in view."""
    page = visit.open("/moves")
    go(page, to)
    expect(page).to_have_url(visit.url + to)
    expect(page.locator("#deep")).to_be_in_viewport()

    assert in_view(page, "#deep")


@BOTH_DOORS
def test_a_redirect_to_another_origin(visit):
    """Whoever redirects to another site gets the browser there."""
    visit.expect("ERR_")
    page = visit.open("/moves")
    with page.expect_request("https://elsewhere.invalid/landing?x=1") as asked:
        go(page, "https://elsewhere.invalid/landing?x=1")

    assert asked.value.is_navigation_request()
    assert "GET" == asked.value.method


@BOTH_DOORS
def test_a_redirect_to_what_is_no_page(visit):
    """A path that something else answers, or nothing, is loaded as a document."""
    visit.expect("404")
    page = visit.open("/moves")
    go(page, "/nowhere")
    expect(page.locator("h1")).to_have_text("Not Found")

    assert "/nowhere" == visit.at(page)


@BOTH_DOORS
def test_back_and_forward(visit):
    """Back shows the page before, where it was scrolled to, and Forward the one after; nothing is submitted."""
    page = visit.open("/moves")
    if visit.javascript:
        page.evaluate("window.mark = true")
    go(page, "/arrived?at=1")
    expect(page.locator("h1")).to_have_text("Arrived 1")
    go(page, "/arrived?at=2")
    expect(page.locator("h1")).to_have_text("Arrived 2")
    page.go_back()
    expect(page.locator("h1")).to_have_text("Arrived 1")
    page.go_back()
    expect(page.locator("h1")).to_have_text("Moves")

    assert "/moves" == visit.at(page)
    assert "Moves" == page.title()
    page.go_forward()
    expect(page.locator("h1")).to_have_text("Arrived 1")
    assert "/arrived?at=1" == visit.at(page)
    assert ["go /arrived?at=1", "go /arrived?at=2"] == visit.calls
    if visit.javascript:
        assert page.evaluate("window.mark")


def test_back_returns_to_where_one_was(visit):
    """The page that Back brings is scrolled to where it was left."""
    page = visit.open("/moves")
    page.fill("#go [name=to]", "/arrived")
    page.evaluate("scrollTo(0, 700)")
    page.wait_for_function("scrollY === 700")
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    page.locator("#go button").evaluate("button => button.click()")
    expect(page.locator("h1")).to_have_text("Arrived 0")
    top = page.evaluate("scrollY")
    page.go_back()
    expect(page.locator("h1")).to_have_text("Moves")
    page.wait_for_function("scrollY === 700")

    assert 0 == top


def test_a_redirect_starts_the_keyboard_at_the_page(visit):
    """After a redirect the next Tab goes to the first thing of the new page."""
    page = visit.open("/moves")
    go(page, "/arrived")
    expect(page.locator("h1")).to_have_text("Arrived 0")
    page.keyboard.press("Tab")

    assert "to" == page.evaluate("document.activeElement.name")


@BOTH_DOORS
def test_links_between_pages(visit):
    """A link goes to another query of the page, and its forms post there."""
    page = visit.open("/filtered")
    page.click("text=Next")
    expect(page.locator("h1")).to_have_text("Sorted down, page 2")
    visit.wait(page)
    page.fill("#quick [name=text]", "there")
    page.press("#quick [name=text]", "Enter")
    expect(page.locator("#entries li")).to_have_text(["quick there"])

    assert "/filtered?sort=down&page=2" == visit.at(page)
    if visit.javascript:
        page.go_back()
        expect(page.locator("h1")).to_have_text("Sorted up, page 1")
        expect(page.locator("#entries li")).to_have_text(["quick there"])
