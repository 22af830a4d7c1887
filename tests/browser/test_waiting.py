"""Actions that take their time: nothing else waits for them, and no answer undoes a newer one."""

from playwright.sync_api import expect


def test_a_slow_action_holds_nothing_back(visit):
    """Another form's result is on the page while a slow action runs; each form shows its own waiting."""
    page = visit.open("/waiting")
    page.fill("#slow [name=text]", "at last")
    page.press("#slow [name=text]", "Enter")
    page.wait_for_selector("#slow[aria-busy=true]")
    page.fill("#quick [name=text]", "first")
    page.press("#quick [name=text]", "Enter")
    expect(page.locator("#entries li")).to_have_text(["quick first"])
    expect(page.locator("#quick")).not_to_have_attribute("aria-busy", "true")

    assert "true" == page.get_attribute("#slow", "aria-busy")
    assert "at last" == page.input_value("#slow [name=text]")
    visit.tell("slow")
    expect(page.locator("#entries li")).to_have_text(["quick first", "slow at last"])
    expect(page.locator("#slow")).not_to_have_attribute("aria-busy", "true")


def test_navigation_does_not_wait_for_a_slow_action(visit):
    """A redirect is followed while another action runs, and that one's late answer does not bring its page back."""
    page = visit.open("/waiting")
    page.click("#slow >> text=Slow")
    page.wait_for_selector("#slow[aria-busy=true]")
    page.fill("#go [name=to]", "/arrived")
    page.click("#go >> text=Go")
    expect(page.locator("h1")).to_have_text("Arrived 0")
    with page.expect_response(lambda answer: "slow" in answer.url):
        visit.tell("slow")
    page.wait_for_timeout(300)  # for what must not happen; `finished()` of the answer may never come

    assert "Arrived 0" == page.inner_text("h1")
    assert "/arrived" == visit.at(page)
    assert ["slow "] == visit.entries


def test_the_newest_page_wins(visit):
    """A page that was rendered earlier and arrives later changes nothing."""
    page = visit.open("/waiting")
    held = []
    page.route("**/waiting?*overtake*", lambda route: held.append((route, route.fetch())))
    visit.tell("first")
    page.fill("#overtake [name=text]", "first")
    page.press("#overtake [name=text]", "Enter")
    while not held:
        page.wait_for_timeout(10)
    page.click("#count >> text=Count")
    expect(page.locator("#version")).to_have_text("Version 2")
    route, answer = held[0]
    route.fulfill(response=answer)
    expect(page.locator("#overtake")).not_to_have_attribute("aria-busy", "true")

    assert "Version 2" == page.inner_text("#version")
