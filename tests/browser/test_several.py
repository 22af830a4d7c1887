"""Several forms in one page: each is told of its own submits, and keeps what it says while others are submitted."""

from playwright.sync_api import expect

from tests.browser.doors import EVERYWHERE


@EVERYWHERE
def test_forms_are_told_apart_and_keep_what_they_say(visit):
    """Of one action with nothing bound, and of rows: messages and typed texts stay in their forms."""
    visit.expect("422")
    page = visit.open("/several")
    page.fill("#left [name=name]", "taken")
    page.click("#left >> text=Add")
    expect(page.locator("#left p")).to_have_text("That name is taken")
    expect(page.locator("#right p")).to_have_text("")
    expect(page.locator("#left [name=name]")).to_be_focused()
    page.fill("#row-2 [name=name]", "taken")
    page.click("#row-2 >> text=Rename")
    expect(page.locator("#row-2 b")).to_have_text("Number 2 cannot be called that")
    page.fill("#right [name=name]", "Ada")
    page.click("#right >> text=Add")
    expect(page.locator("#right p")).to_have_text("Added Ada")

    assert ["That name is taken", "Added Ada"] == page.locator("section p").all_inner_texts()
    assert ["", "Number 2 cannot be called that"] == page.locator("form b").all_inner_texts()
    assert ["taken", "", "", "taken"] == [field.input_value() for field in page.locator("main input[name=name]").all()]


@EVERYWHERE
def test_a_form_says_what_came_last(visit):
    """The same form again replaces what it said."""
    visit.expect("422")
    page = visit.open("/several")
    for name, told in (("taken", "That name is taken"), ("", "One field needs your attention"), ("Ada", "Added Ada")):
        page.fill("#right [name=name]", name)
        page.click("#right >> text=Add")
        expect(page.locator("#right p")).to_have_text(told)

    assert ["", "Added Ada"] == page.locator("section p").all_inner_texts()
