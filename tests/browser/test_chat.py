"""`examples/chat`: words that come as they are generated, and a button that stops them."""

import json
import urllib.request

import pytest
from conftest import serving
from playwright.sync_api import expect

from tests.browser.projects import EXAMPLES, build, copied

TARGET = "chat.app:app"


@pytest.fixture(scope="module")
def example():
    """A copy that is built, beside the example, where npm's packages are found."""
    with copied(EXAMPLES / "chat") as directory:
        build(TARGET, "--check", cwd=directory)
        yield directory


@pytest.fixture
def chat(request, example):
    """The address of the chat, whose words come at the pace of the parameter, in seconds."""
    env = {"JETBRIDGE_ENV": "production", "CHAT_PACE": request.param}
    with serving("run", TARGET, env=env, cwd=example) as (url, _):
        yield url


def ask(page, question):
    page.get_by_label("Question").fill(question)
    page.get_by_role("button", name="Ask").click()


def being_answered(url):
    with urllib.request.urlopen(f"{url}/writing", timeout=10) as answer:
        return json.load(answer)


@pytest.mark.parametrize("chat", ["0.25"], indirect=True)
def test_stop_ends_the_generator(chat, open_page):
    """Words are there while others are still to come; after the stop no more come, and Python has ended."""
    page = open_page(chat)
    page.wait_for_selector("#jetbridge[data-live]", state="attached")
    ask(page, "Why?")
    expect(page.locator("dd")).to_contain_text("You asked: “Why?”")
    assert ["Why?"] == being_answered(chat)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("dd")).to_contain_text("Stopped.")
    for _ in range(100):
        if not being_answered(chat):
            break
        page.wait_for_timeout(50)
    assert [] == being_answered(chat)
    assert "would be closed" not in page.locator("dd").text_content()
    expect(page.get_by_role("button", name="Ask")).to_be_enabled()


@pytest.mark.parametrize("chat", ["0.001"], indirect=True)
@pytest.mark.parametrize("javascript", [True, False])
def test_answers_to_the_end(chat, open_page, javascript):
    """All words of the answer, and the next question after it."""
    page = open_page(chat, javascript=javascript)
    if javascript:
        page.wait_for_selector("#jetbridge[data-live]", state="attached")
    for count, question in enumerate(["Why?", "How?"], 1):
        ask(page, question)
        expect(page.locator("dt").last).to_have_text(question)
        expect(page.locator("dd").last).to_contain_text("would be closed.")
        expect(page.locator("dt")).to_have_count(count if javascript else 1)
