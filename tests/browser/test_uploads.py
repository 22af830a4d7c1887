"""Files on their way: how much has been sent, what the answer is, and what stays chosen."""

import pytest
from playwright.sync_api import expect

from tests.browser.doors import BOTH_DOORS, SCRIPTED

NAME = "ünïcode.txt"


@pytest.fixture
def choose(tmp_path):
    """Chooses a file of some size; on the disk, where a browser finds it."""

    def put(page, size=5):
        path = tmp_path / NAME
        with path.open("wb") as file:
            file.truncate(size)
        page.set_input_files("[name=file]", path)

    return put


@SCRIPTED
def test_a_progress_bar_shows_what_has_been_sent(visit, choose):
    """It is there while the form waits, grows from nothing to all, and is gone with the answer."""
    page = visit.open("/attach")
    page.evaluate(
        """() => {
            window.seen = [];
            const bar = document.querySelector('progress');
            new MutationObserver(() => { if (!bar.hidden) seen.push(bar.position); })
                .observe(bar, { attributes: true });
        }"""
    )
    page.fill("[name=title]", "wait")
    choose(page, size=30 << 20)
    at_rest = page.is_visible("progress")
    page.click("text=Send")
    expect(page.get_by_role("progressbar", name="Upload")).to_have_js_property("value", 1)
    visit.tell("attach")
    expect(page.locator("#entries li")).to_have_text([f"wait: {NAME}, {30 << 20} bytes"])
    expect(page.locator("progress")).to_be_hidden()
    seen = page.evaluate("seen")

    assert at_rest is False
    assert sorted(seen) == seen
    assert any(0 < part < 1 for part in seen)
    assert ["", ""] == [page.input_value(f"[name={name}]") for name in ("title", "file")]


@SCRIPTED
def test_a_chosen_file_stays_after_an_error(visit, choose):
    """Who has forgotten another field need not choose the file again."""
    page = visit.open("/attach")
    choose(page)
    page.click("text=Send")
    expect(page.locator("[role=alert]")).to_have_count(1)
    kept = page.eval_on_selector("[name=file]", "field => field.files[0].name")
    page.fill("[name=title]", "now")
    page.click("text=Send")
    expect(page.locator("#entries li")).to_have_text([f"now: {NAME}, 5 bytes"])

    assert NAME == kept


@BOTH_DOORS
def test_an_upload_may_redirect(visit, choose):
    """Its answer is one like others."""
    page = visit.open("/attach")
    page.fill("[name=title]", "moved")
    choose(page, size=7)
    page.click("text=Send")

    expect(page.locator("h1")).to_have_text("Arrived 7")


def test_an_upload_without_a_connection_can_be_repeated(visit, choose):
    """The person is told, nothing is lost, and the next try is the same submit."""
    visit.expect("ERR_")
    page = visit.open("/attach")
    page.fill("[name=title]", "late")
    choose(page)
    page.route("**/attach?*", lambda route: route.abort())
    page.click("text=Send")
    expect(page.locator(".jetbridge-alert")).to_contain_text("could not be reached")
    page.unroute("**/attach?*")
    page.click("text=Send")
    expect(page.locator("#entries li")).to_have_text([f"late: {NAME}, 5 bytes"])

    assert 1 == len(visit.entries)
