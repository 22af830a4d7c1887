"""A whole form from a model: by keyboard, with rows that come and go, and heard by axe-core."""

from playwright.sync_api import expect

from tests.browser.doors import EVERYWHERE, SCRIPTED
from tests.browser.test_examples import violations


def focused(page):
    return page.evaluate("() => document.activeElement.name + (document.activeElement.value || '')")


@EVERYWHERE
def test_rows_come_and_go(visit):
    """A row has the keyboard when it comes, and the button for more when one goes; all else stays as it was typed."""
    page = visit.open("/order")
    page.fill("#order-name", "Ada")
    page.check("#order-colour-1")
    page.press("[value='+lines']", "Enter")
    expect(page.locator("[name='lines[0].what']")).to_be_focused()
    page.keyboard.type("cups")
    page.press("[value='+lines']", "Enter")
    expect(page.locator("[name='lines[1].what']")).to_be_focused()
    page.press("[value='+lines']", "Enter")
    expect(page.locator("[name='lines[2].what']")).to_be_focused()
    page.keyboard.type("pots")
    page.fill("[name='lines[2].count']", "3")
    page.check("[name='lines[2].gift']")
    page.press("[value='-lines[1]']", "Enter")
    expect(page.locator("[name='lines[1].what']")).to_have_count(0)
    expect(page.locator("[value='+lines']")).to_be_focused()
    for index in range(2):
        page.click("[value='+tags']")
        expect(page.locator(f"[name='tags[{index}]']")).to_be_focused()
        page.keyboard.type(f"tag {index}")
    expect(page.locator("[value='+tags']")).to_have_count(0)

    assert (["Ada", "cups", "pots", "3"], [True, True]) == (
        [page.input_value(f"[name='{name}']") for name in ("name", "lines[0].what", "lines[2].what", "lines[2].count")],
        [page.is_checked(one) for one in ("#order-colour-1", "[name='lines[2].gift']")],
    )
    assert [] == visit.calls
    page.press("[name='lines[0].what']", "Enter")
    expect(page.locator("output")).to_have_text("Ada: 1 cups, 3 pots as a gift; ['tag 0', 'tag 1']; []")
    assert ["order"] == visit.calls


@EVERYWHERE
def test_an_error_in_a_row_has_the_keyboard(visit):
    """Of the rows that are left, the first that is wrong."""
    visit.expect("422")
    page = visit.open("/order")
    page.evaluate("document.querySelector('form').noValidate = true")
    page.fill("#order-name", "Ada")
    for index in range(2):
        page.click("[value='+lines']")
        expect(page.locator(f"[name='lines[{index}].what']")).to_be_focused()
    page.click("[value='-lines[0]']")
    expect(page.locator("[name='lines[0].what']")).to_have_count(0)
    page.evaluate("document.querySelector('form').noValidate = true")
    page.fill("[name='lines[1].what']", "x")
    page.click("text=Send")
    expect(page.locator("[role=alert]")).to_contain_text("One field needs your attention")
    expect(page.locator("[name='lines[1].what']")).to_be_focused()
    page.click("[value='+lines']")
    expect(page.locator("[name='lines[2].what']")).to_be_focused()

    assert "x" == page.input_value("[name='lines[1].what']")


@SCRIPTED
def test_nobody_is_barred(visit):
    """axe-core finds nothing, empty, with rows and with errors."""
    page = visit.open("/order")
    found = [violations(page)]
    page.click("[value='+lines']")
    expect(page.locator("[name='lines[0].what']")).to_be_focused()
    page.click("[value='+tags']")
    expect(page.locator("[name='tags[0]']")).to_be_focused()
    found.append(violations(page))
    page.evaluate("document.querySelector('form').noValidate = true")
    page.click("text=Send")
    expect(page.locator("[role=alert]")).to_contain_text("Some fields need your attention")
    found.append(violations(page))

    assert [[], [], []] == found
