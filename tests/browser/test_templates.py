"""What `jetbridge new` makes with React in it, as a browser finds it."""

import pytest
from conftest import SECRET, serving
from playwright.sync_api import expect

from tests.browser.projects import begun, build

TARGET = "notes.app:app"


@pytest.fixture(scope="module")
def project():
    """A new project, built."""
    with begun("react") as directory:
        build(TARGET, cwd=directory)
        yield directory


@pytest.fixture
def url(project, tmp_path):
    """The address of its pages, without a note."""
    env = {"JETBRIDGE_SECRET": SECRET, "JETBRIDGE_ENV": "production", "NOTES_DB": str(tmp_path / "notes.sqlite3")}
    with serving("run", TARGET, env=env, cwd=project) as (url, _):
        yield url


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "none"])
def test_react(url, open_page, javascript):
    """Its form works with JavaScript and without: a note is added, and another of its kind refused, kept as typed."""
    open_page.expected.append("422")
    page = open_page(url, javascript=javascript)
    if javascript:
        page.wait_for_selector("#jetbridge[data-live]", state="attached")
    for text in ("Milk", "Eggs"):
        page.get_by_label("A note").fill(text)
        page.get_by_role("button", name="Add").click()
        expect(page.get_by_role("listitem").filter(has_text=text)).to_be_visible()
        expect(page.get_by_label("A note")).to_have_value("")
    page.get_by_label("A note").fill("Milk")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("alert")).to_have_text("That is written down already")
    expect(page.get_by_label("A note")).to_have_value("Milk")
    expect(page.get_by_role("listitem")).to_have_text(["Milk", "Eggs"])


def test_react_shows_a_note_at_once(url, open_page):
    """With JavaScript it is in the list while its call is on the way, and goes if the server refuses it."""
    page = open_page(url)
    page.wait_for_selector("#jetbridge[data-live]", state="attached")
    held = []
    page.route("**/*_action=*", lambda route: held.append(route))
    page.get_by_label("A note").fill("Milk")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("listitem")).to_have_text(["Milk"])
    expect(page.get_by_role("button", name="Add")).to_be_disabled()
    held.pop().continue_()
    expect(page.get_by_role("button", name="Add")).to_be_enabled()
    expect(page.get_by_role("listitem")).to_have_text(["Milk"])
