"""The buttons of a form: what each sends, and what it shows while its submit is on its way."""

import pytest
from playwright.sync_api import expect

from tests.browser.doors import BOTH_DOORS, EVERYWHERE

PRESSES = {
    "first": ("text=Save", "the form: text=a intent=save"),
    "second": ("text=Delete", "the form: text=a intent=delete"),
    "input": ("[value=Print]", "the form: text=a intent=Print"),
    "before the form": ("text=Before", "the form: intent=before text=a"),
    "after the form": ("text=After", "the form: text=a intent=after"),
    "of its own action": ("text=Early", "a button: text=a"),
}


@BOTH_DOORS
@pytest.mark.parametrize(("selector", "stored"), PRESSES.values(), ids=PRESSES)
def test_a_button_sends_what_html_says(visit, selector, stored):
    """Name and value of the one that was pressed, wherever it stands; a bound action goes before that of the form."""
    page = visit.open("/buttons")
    page.fill("[name=text]", "a")
    page.click(selector)
    expect(page.locator("#entries li")).to_have_text([stored])

    assert [stored] == visit.entries


@BOTH_DOORS
def test_an_image_sends_where_it_was_pressed(visit):
    """`<input type=image>` submits two coordinates under its name."""
    page = visit.open("/buttons")
    page.click("[type=image]", position={"x": 3, "y": 2})
    expect(page.locator("#entries li")).to_have_text(["the form: text= spot.x=3 spot.y=2"])

    assert 1 == len(visit.entries)


@BOTH_DOORS
def test_enter_presses_the_first_button(visit):
    """The first in the document that submits the form, even outside of it."""
    page = visit.open("/buttons")
    page.fill("[name=text]", "a")
    page.press("[name=text]", "Enter")
    expect(page.locator("#entries li")).to_have_text(["the form: intent=before text=a"])

    assert 1 == len(visit.entries)


def test_a_pending_button_says_so(visit):
    """While the submit waits its button shows the pending text, keeps the focus and takes no second press."""
    page = visit.open("/buttons")
    page.fill("[name=text]", "wait")
    save = page.locator("[value=save]")
    save.focus()
    page.keyboard.press("Enter")
    expect(save).to_have_text("Saving…")
    expect(page.locator("#many")).to_have_attribute("aria-busy", "true")
    expect(page.locator(".wait")).to_be_visible()
    meanwhile = [page.get_attribute("[value=save]", "aria-disabled"), page.input_value("[type=submit]")]
    page.fill("[name=text]", "wait again")
    page.locator("[type=submit]").click(force=True)
    save.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    visit.tell("note")
    expect(page.locator("#entries li")).to_have_text(["the form: text=wait intent=save"])
    expect(save).to_have_text("Save")

    assert ["true", "Print"] == meanwhile
    assert page.evaluate("document.activeElement.value === 'save'")
    assert [None, None] == [
        page.get_attribute("[value=save]", "aria-disabled"),
        page.get_attribute("#many", "aria-busy"),
    ]
    assert page.is_hidden(".wait")
    assert "wait again" == page.input_value("[name=text]")
    assert ["note wait"] == visit.calls


@pytest.mark.parametrize(
    ("selector", "shown"),
    [("[type=submit]", "Printing…"), ("text=Early", "Early…")],
)
def test_each_pending_button_speaks_for_itself(visit, selector, shown):
    """Only the one that was pressed shows its text, inside the form or outside; the value it sends is its own."""
    page = visit.open("/buttons")
    page.fill("[name=text]", "wait")
    button = page.locator(selector).element_handle()
    button.click()
    text = "button => button.tagName === 'INPUT' ? button.value : button.textContent"
    page.wait_for_function(f"([button, shown]) => ({text})(button) === shown", arg=[button, shown])
    expect(page.locator("[value=save]")).to_have_text("Save")
    expect(page.locator("[aria-live=polite]")).to_have_text(shown)
    visit.tell("note")
    expect(page.locator("#entries li")).to_have_count(1)
    expect(page.locator("#many")).not_to_have_attribute("aria-busy", "true")

    assert shown != button.evaluate(text)
    assert ("…" in visit.entries[0]) is False


def test_a_pending_button_works_after_an_error(visit):
    """It is as before once the answer is there."""
    page = visit.open("/buttons")
    for text in ("wrong", "right"):
        page.fill("[name=text]", text)
        page.click("text=Save")
        expect(page.locator("#many [role]")).to_have_count(1)
        expect(page.locator("[value=save]")).to_have_text("Save")

    assert ["the form: text=right intent=save"] == visit.entries


@EVERYWHERE
def test_nothing_of_pending_shows_at_rest(visit):
    """Neither attribute nor text is in the page; what is for the wait only is hidden."""
    page = visit.open("/buttons")

    assert 0 == page.locator("[pending]").count()
    assert [False, True] == [page.is_visible(".wait"), page.is_visible("text=Save")]
