"""What a person typed and chose: kept after an expected error, emptied after success, never lost on the way."""

from playwright.sync_api import expect

from tests.browser.doors import BOTH_DOORS, EVERYWHERE

VALUES = """form => Object.fromEntries(
    ['text', 'about', 'colour', 'when', 'amount', 'size', 'news', 'days', 'title'].filter(name => form.elements[name])
        .map(name => {
            const field = form.elements[name];
            if (field.type === 'checkbox') return [name, field.checked];
            if (field.multiple) return [name, Array.from(field.selectedOptions, option => option.value)];
            return [name, field.value];
        }))"""

CHOSEN = {
    "text": "",
    "about": "\nmine",
    "colour": "blue",
    "when": "2024-02-29",
    "amount": "7",
    "size": "l",
    "news": True,
    "days": ["mon", "wed"],
}
ORIGINAL = {
    "text": "",
    "about": "as it was",
    "colour": "green",
    "when": "",
    "amount": "1",
    "size": "m",
    "news": False,
    "days": [],
}


def choose(page):
    page.fill("[name=about]", "\nmine")
    page.select_option("[name=colour]", "blue")
    page.select_option("[name=days]", ["mon", "wed"])
    page.check("[name=size][value=l]")
    page.check("[name=news]")
    page.fill("[name=when]", "2024-02-29")
    page.fill("[name=amount]", "7")


@EVERYWHERE
def test_an_error_keeps_what_was_typed(visit):
    """The message and the field's own stand in the page; every field but the password is as it was."""
    visit.expect("422")
    page = visit.open()
    for name, text in {"name": "taken", "email": "a@b.c", "note": "two\nlines", "password": "secret"}.items():
        page.fill(f"#add [name={name}]", text)
    page.click("#add >> text='Add'")
    expect(page.locator("[role=alert] p")).to_have_text("That name is taken")

    assert "name: already in use" == page.inner_text("[role=alert] li")
    assert ["taken", "a@b.c", "two\nlines"] == [
        page.input_value(f"#add [name={name}]") for name in ("name", "email", "note")
    ]
    expect(page.locator("#add [name=password]")).to_have_value("")
    assert "secret" not in page.content()
    assert [] == visit.entries


@BOTH_DOORS
def test_an_error_keeps_what_was_chosen(visit):
    """Text areas, lists, radio buttons and check boxes too; success leaves the form as its author made it."""
    visit.expect("422")
    page = visit.open("/choices")
    choose(page)
    page.click("text=Choose")
    expect(page.locator("[role=alert]")).to_have_text("Text is missing")
    kept = page.eval_on_selector("#choose", VALUES)
    page.fill("[name=text]", "now")
    page.click("text=Choose")
    expect(page.locator("[role=alert]")).to_have_count(0)

    assert CHOSEN == kept
    assert ORIGINAL == page.eval_on_selector("#choose", VALUES)


def test_a_form_that_failed_without_scripts_empties_with_them(visit):
    """After a page that was printed with what was typed, success leaves the form as its author made it."""
    visit.expect("422")
    page, release = visit.open_early("/choices")
    choose(page)
    page.click("text=Choose", no_wait_after=True)
    release()
    expect(page.locator("[role=alert]")).to_have_text("Text is missing")
    visit.wait(page)
    kept = page.eval_on_selector("#choose", VALUES)
    page.fill("[name=text]", "now")
    page.click("text=Choose")
    expect(page.locator("[role=alert]")).to_have_count(0)
    expect(page.locator("#choose")).not_to_have_attribute("aria-busy", "true")

    assert CHOSEN == kept
    assert ORIGINAL == page.eval_on_selector("#choose", VALUES)
    assert "/choices" == visit.at(page)


def test_a_form_that_failed_without_scripts_keeps_its_text(visit):
    """What it was printed with stays when another form of the page is submitted."""
    visit.expect("422")
    page, release = visit.open_early("/")
    page.fill("#add [name=name]", "taken")
    page.fill("#add [name=note]", "a long note")
    page.press("#add [name=name]", "Enter", no_wait_after=True)
    release()
    expect(page.locator("[role=alert]")).to_have_count(1)
    visit.wait(page)
    page.fill("#below [name=text]", "other")
    page.press("#below [name=text]", "Enter")
    expect(page.locator("#entries li")).to_have_text(["quick other"])

    assert ["taken", "a long note"] == [page.input_value(f"#add [name={name}]") for name in ("name", "note")]


@BOTH_DOORS
def test_an_error_page_can_be_reloaded(visit):
    """Reloading what a failed submit came to enters the action no second time."""
    visit.expect("422")
    page = visit.open()
    page.fill("#add [name=name]", "taken")
    page.click("#add >> text='Add'")
    expect(page.locator("[role=alert]")).to_have_count(1)
    page.reload()
    visit.wait(page)

    assert ["add taken"] == visit.calls


@BOTH_DOORS
def test_the_address_of_an_error_page_leads_to_the_page(visit):
    """Whoever copies the address bar of a failed submit arrives at the page."""
    visit.expect("422")
    page = visit.open("/filtered?sort=down")
    page.click("#quick >> text=Quick")
    expect(page.locator("#entries li")).to_have_count(1)
    visit.go(page, "/")
    page.fill("#add [name=name]", "taken")
    page.click("#add >> text='Add'")
    expect(page.locator("[role=alert]")).to_have_count(1)
    page.goto(page.url)

    assert "/" == visit.at(page)
    assert ["add taken"] == visit.calls


@BOTH_DOORS
def test_a_saved_form_shows_what_was_saved(visit):
    """Fields that show stored values show the new ones, as the server has them, and go on doing so."""
    page = visit.open("/edit")
    page.fill("[name=title]", "dr")
    page.fill("[name=about]", "changed")
    page.select_option("[name=colour]", "blue")
    page.select_option("[name=days]", ["tue"])
    page.check("[name=size][value=l]")
    page.check("[name=news]")
    page.click("text=Save")
    expect(page.locator("[name=title]")).to_have_value("DR")
    saved = {"about": "changed", "colour": "blue", "size": "l", "news": True, "days": ["tue"], "title": "DR"}

    assert saved == page.eval_on_selector("#edit", VALUES)
    page.uncheck("[name=news]")
    page.select_option("[name=colour]", "green")
    page.click("text=Save")
    expect(page.locator("#edit")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("[name=colour]")).to_have_value("green")
    assert saved | {"colour": "green", "news": False} == page.eval_on_selector("#edit", VALUES)


def test_focus_scroll_and_other_fields_survive(visit):
    """Renewing the page moves nothing that belongs to the person: focus, caret, scroll, text elsewhere."""
    page = visit.open()
    page.fill("#aside", "half a thought")
    page.fill("#add [name=email]", "kept@example.com")
    page.fill("#below [name=text]", "one")
    page.focus("#below [name=text]")
    page.keyboard.press("Home")
    top = "document.getElementById('below').getBoundingClientRect().top"
    before = page.evaluate(top)
    page.keyboard.press("Enter")
    expect(page.locator("#entries li")).to_have_text(["quick one"])
    expect(page.locator("#below")).not_to_have_attribute("aria-busy", "true")

    assert "half a thought" == page.input_value("#aside")
    assert "kept@example.com" == page.input_value("#add [name=email]")
    assert page.evaluate("document.activeElement.closest('form')?.id === 'below'")
    assert before == page.evaluate(top)  # the list above has grown, and the page is scrolled by as much


def test_fields_in_a_list_move_with_their_rows(visit):
    """Text and focus in a keyed row stay with the row when another above it goes."""
    page = visit.open("/people")
    page.fill("#person-1 .memo", "about Ada")
    page.fill("#person-2 .memo", "about Grace")
    page.fill("#person-1 [name=name]", "half")
    page.focus("#person-1 .memo")
    page.locator("#person-3 .remove").evaluate("form => form.requestSubmit()")
    expect(page.locator("#person-3")).to_have_count(0)

    assert ["about Grace", "about Ada"] == [page.input_value(f"#person-{number} .memo") for number in (2, 1)]
    assert "half" == page.input_value("#person-1 [name=name]")
    assert page.evaluate("document.activeElement === document.querySelector('#person-1 .memo')")


def test_typing_while_an_answer_is_on_its_way_is_kept(visit):
    """What is typed and chosen after a submit is the next one's: the answer does not take it away."""
    page = visit.open()
    page.fill("#add [name=name]", "wait one")
    page.fill("#add [name=email]", "one@example.com")
    page.press("#add [name=name]", "Enter")
    page.wait_for_selector("#add[aria-busy=true]")
    page.fill("#add [name=name]", "two")
    page.fill("#add [name=note]", "in the meantime")
    visit.tell("add")
    expect(page.locator("[role=status]")).to_have_text("Added wait one")
    expect(page.locator("#add")).not_to_have_attribute("aria-busy", "true")

    assert ["two", "", "in the meantime"] == [
        page.input_value(f"#add [name={name}]") for name in ("name", "email", "note")
    ]
    assert page.evaluate("document.activeElement.name === 'note'")


def test_typing_while_an_error_is_on_its_way_is_kept(visit):
    """So is what is typed before an error arrives."""
    page = visit.open("/people")
    page.fill("#person-2 [name=name]", "taken")
    page.press("#person-2 [name=name]", "Enter")
    page.fill("#person-2 [name=name]", "better")
    expect(page.locator("#person-2 [role=alert]")).to_have_count(1)

    assert "better" == page.input_value("#person-2 [name=name]")
