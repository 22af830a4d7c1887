"""Pages that are kept, in Chromium: who has changed something sees it, wherever they go from there."""

import pytest
from conftest import become_live, serving
from playwright.sync_api import expect

JAVASCRIPT = pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])


@pytest.fixture(scope="module")
def shelf():
    with serving("run", "tests.browser.shelf:app") as (url, _):
        yield url


def add(page, name, javascript):
    if javascript:
        become_live(page)
    page.fill("[name=name]", name)
    page.click("button")


@JAVASCRIPT
def test_the_way_back_shows_what_was_written(open_page, shelf, javascript):
    """After a write the list shows it; and so does the list that was loaded before, when one goes back to it."""
    name = f"way {javascript}"
    page = open_page(shelf, javascript=javascript)
    page.click("text=Add")
    expect(page.locator("form")).to_be_visible()
    add(page, name, javascript)
    expect(page.locator("li").last).to_have_text(name)
    page.go_back()
    expect(page.locator("form")).to_be_visible()
    page.go_back()
    expect(page.locator("li").last).to_have_text(name)

    assert "List" == page.title()


@JAVASCRIPT
def test_the_answer_has_the_new_page(open_page, shelf, javascript):
    """A page that was kept is live, and shows at once what a form in it has changed; another visitor sees it too."""
    name = f"here {javascript}"
    page, other = open_page(f"{shelf}/both", javascript=javascript), open_page(f"{shelf}/both", javascript=javascript)
    asked = []
    page.on("request", lambda request: asked.append(request.method))
    add(page, name, javascript)
    expect(page.locator("li").last).to_have_text(name)
    again = asked[-1]
    other.reload()
    expect(other.locator("li").last).to_have_text(name)

    assert ("POST" if javascript else "GET") == again
