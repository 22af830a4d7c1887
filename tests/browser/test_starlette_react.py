"""`examples/starlette-react`: a front end of its own beside Starlette, with a session and counts that are streamed."""

import pytest
from conftest import serving
from playwright.sync_api import expect

from tests.browser.projects import EXAMPLES, build, copied, developing

TARGET = "backend.main:app"


@pytest.fixture(scope="module")
def example():
    """A copy of the example, beside it, where npm's packages are found."""
    with copied(EXAMPLES / "starlette-react") as directory:
        yield directory


@pytest.fixture(scope="module")
def built(example):
    """The address of what `jetbridge build` built, served by Starlette."""
    build(TARGET, "--check", cwd=example)
    env = {"JETBRIDGE_ENV": "production"}
    with serving("run", TARGET, env=env, cwd=example) as (url, _):
        yield url


@pytest.fixture(scope="module")
def developed(example):
    """The address of Vite, with Python beside it."""
    with developing(TARGET, cwd=example, ready="/api/me") as url:
        yield url


@pytest.mark.parametrize("door", ["built", "developed"])
def test_votes_are_on_every_screen(door, request, open_page, chromium):
    """A vote counts here and there, once for each visitor, who may change their mind."""
    url = request.getfixturevalue(door)
    page = open_page(url)
    expect(page.get_by_role("button", name="Tea")).to_have_text("Tea 0")
    other = chromium.new_context()
    try:
        second = other.new_page()
        second.goto(url)
        page.get_by_role("button", name="Tea").click()
        expect(page.get_by_role("button", name="Tea")).to_have_text("Tea 1")
        expect(second.get_by_role("button", name="Tea")).to_have_text("Tea 1")
        second.get_by_role("button", name="Tea").click()
        expect(page.get_by_role("button", name="Tea")).to_have_text("Tea 2")
        page.get_by_role("button", name="Tea").click()
        expect(page.get_by_role("alert")).to_have_text("You have voted for Tea already")
        page.get_by_role("button", name="Water").click()
        expect(second.get_by_role("button", name="Water")).to_have_text("Water 1")
        expect(second.get_by_role("button", name="Tea")).to_have_text("Tea 1")
    finally:
        other.close()
