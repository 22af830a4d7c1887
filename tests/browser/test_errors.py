"""Errors of a form for those who use a keyboard or listen: marked, focused, said."""

import pytest
from playwright.sync_api import expect

from tests.browser.doors import BOTH_DOORS, EVERYWHERE


def submit(page, name="taken"):
    page.fill("#add [name=name]", name)
    page.fill("#add [name=note]", "n")
    page.click("#add >> text='Add'")
    expect(page.locator("#add [role=alert]")).to_have_count(1)


@EVERYWHERE
def test_the_first_wrong_field_has_the_keyboard(visit):
    """It is marked, and has the focus, after an error; once the form has worked nothing is marked."""
    visit.expect("422")
    page = visit.open()
    submit(page)
    expect(page.locator("#add [name=name]")).to_be_focused()
    marked = page.eval_on_selector_all("[aria-invalid=true]", "all => all.map(one => one.name)")
    visit.wait(page)
    page.keyboard.type("! no more")
    page.keyboard.press("Enter")
    expect(page.locator("#add [role=status]")).to_have_count(1)

    assert ["name"] == marked
    assert 0 == page.locator("[aria-invalid]").count()
    assert 1 == len(visit.entries)


@BOTH_DOORS
def test_wrong_input_is_marked_where_it_is(visit):
    """What the types refuse is marked like what the action refuses."""
    visit.expect("422")
    page = visit.open()
    submit(page, name="")
    expect(page.locator("#add [name=name]")).to_be_focused()

    assert ["name"] == page.eval_on_selector_all("[aria-invalid=true]", "all => all.map(one => one.name)")


def test_the_keyboard_stays_where_the_person_went(visit):
    """Who has gone elsewhere, or types on, before the error arrives is not called back."""
    page = visit.open("/buttons")
    page.fill("[name=text]", "wait wrong")
    page.click("text=Save")
    page.focus("text=Delete")
    visit.tell("note")
    expect(page.locator("[role=alert]")).to_have_count(1)
    expect(page.locator("#many")).not_to_have_attribute("aria-busy", "true")

    assert page.evaluate("document.activeElement.value === 'delete'")


ALERT = "[aria-live=assertive]"


def test_an_error_is_said_once(visit):
    """A new alert of the page's own speaks for itself; where the same stands there already, we say it again."""
    page = visit.open()
    said = page.locator(ALERT)
    submit(page)
    expect(page.locator("#add")).not_to_have_attribute("aria-busy", "true")
    page.wait_for_timeout(200)  # for what must not happen
    first = said.text_content()
    submit(page)
    expect(said).to_have_text("That name is taken. already in use")
    page.fill("#add [name=name]", "new")
    page.click("#add >> text='Add'")
    expect(page.locator("#entries li")).to_have_count(1)

    assert ["", ""] == [first, said.text_content()]


@pytest.mark.parametrize("name", ["loudly"])
def test_an_error_that_no_page_shows_is_an_alert(visit, name):
    """What the page does not show, the client does."""
    page = visit.open("/trouble")
    page.fill(f"#{name} [name=text]", "x")
    page.press(f"#{name} [name=text]", "Enter")

    expect(page.locator(".jetbridge-alert[role=alert]")).to_contain_text("No x")
