"""A page that was open while a new version was deployed, whose actions are others: nothing typed is lost, or done."""

import pytest
from conftest import become_live, serving
from playwright.sync_api import expect

TARGET = "tests.browser.deployed:app"
BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["with-js", "without-js"])


@pytest.fixture
def old_page(open_page):
    """`old_page(javascript, use)` opens a page of the first version, uses it, and puts the second one in its place."""
    open_page.expected += ["409", "ERR_CONNECTION_REFUSED", "StaleError"]
    running = []

    def serve(version, port=None):
        running.append(serving("run", TARGET, env={"DEPLOYED": version}, port=port))
        return running[-1].__enter__()[0]

    def open_(javascript, use):
        url = serve("1")
        page = open_page(url, javascript=javascript)
        if javascript:
            become_live(page)
        use(page)
        running.pop().__exit__(None, None, None)
        serve("2", int(url.rpartition(":")[2]))
        return page

    yield open_
    for one in running:
        one.__exit__(None, None, None)


@BOTH
def test_an_action_that_takes_something_else(old_page, javascript):
    """It does not run; the page is brought up to date, says so and has what was typed, and the next submit works."""
    page = old_page(javascript, lambda page: page.fill("[name=text]", "Milk"))
    page.press("[name=text]", "Enter")
    expect(page.get_by_role("alert")).to_contain_text("out of date")
    expect(page.locator("[name=text]")).to_have_value("Milk")
    page.press("[name=text]", "Enter")

    expect(page.get_by_role("status")).to_have_text("Milk in red")
    expect(page.get_by_role("alert")).to_have_count(0)


@BOTH
def test_an_action_that_is_gone(old_page, javascript):
    """The page says that it was out of date, and shows what was typed into the form that it has no more."""

    def use(page):
        page.fill("[name=about]", "A long story")
        page.fill("[name=password]", "hunter2")

    page = old_page(javascript, use)
    page.click("#note button")
    expect(page.locator("body")).to_contain_text("out of date")
    expect(page.locator("dd")).to_have_text(["A long story"])

    assert "hunter2" not in page.content()
