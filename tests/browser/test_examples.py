"""The examples as people use them: with JavaScript and without, with the keyboard alone, and heard by axe-core."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from conftest import become_live, serving
from playwright.sync_api import expect

AXE = Path(__file__).parents[2] / "js/node_modules/axe-core/axe.min.js"
NAMES = ("signup", "todo", "guestbook")
BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["with-js", "without-js"])


class Guest:
    """A page of an example in a browser, and what a person does there by keyboard."""

    def __init__(self, open_page, url, javascript):
        self.url, self.javascript = url, javascript
        self.page = open_page(None, javascript=javascript)

    def go(self, path="/"):
        self.page.goto(self.url + path)
        self.wait()
        return self.page

    def wait(self):
        """Until the page that was loaded is live."""
        if self.javascript:
            become_live(self.page)

    def tab_to(self, selector):
        """Press Tab until the element has the focus. Fails where the keyboard does not get there."""
        for _ in range(60):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("selector => document.activeElement?.matches(selector)", selector):
                return
        pytest.fail(f"Tab does not lead to {selector}")

    def type(self, selector, text):
        self.tab_to(selector)
        self.page.keyboard.type(text)

    def press(self, selector, key="Enter"):
        self.tab_to(selector)
        self.page.keyboard.press(key)


@pytest.fixture(scope="module")
def sites(tmp_path_factory):
    """Each example served, with a database of its own that `clear` empties."""
    directory = tmp_path_factory.mktemp("examples")
    running = {}

    def serve(name, stack):
        if name not in running:
            env = {f"{name.upper()}_DB": str(directory / f"{name}.sqlite3")}
            running[name] = stack.enter_context(serving("dev", f"examples.{name}.app:app", "--no-reload", env=env))[0]
        (directory / f"{name}.sqlite3").unlink(missing_ok=True)
        return running[name]

    with ExitStack() as stack:
        yield lambda name: serve(name, stack)


@pytest.fixture
def visit(sites, open_page, javascript):
    """`visit("todo")` gives a guest of an example whose database is empty."""
    open_page.expected.append("422")
    return lambda name: Guest(open_page, sites(name), javascript)


# -- by keyboard alone ------------------------------------------------------------------------------------------------


@BOTH
def test_signing_up(visit, javascript):
    """Errors stand beside their fields and the keyboard is at the first; then the member is welcome."""
    guest = visit("signup")
    page = guest.go()
    guest.press("a")
    expect(page.locator("h1")).to_have_text("Become a member")
    guest.wait()
    page.evaluate("document.querySelector('form').noValidate = true")
    guest.type("#join-name", "Ada")
    guest.type("#join-email", "no address")
    guest.type("#join-about", "I count")
    guest.press("button")
    expect(page.locator("#join-email")).to_be_focused()
    expect(page.locator("#join-email-error")).to_be_visible()
    expect(page.locator("#join-born-error")).to_be_visible()
    kept = [page.input_value(f"#join-{name}") for name in ("name", "email", "about")]
    page.keyboard.press("Control+A")
    page.keyboard.type("ada@example.com")
    guest.type("#join-born", "12101815")
    guest.press("button")
    expect(page.locator("#join-rules-error")).to_have_text("You have to accept them")
    expect(page.locator("#join-rules")).to_be_focused()
    page.keyboard.press("Space")
    guest.press("button")
    expect(page.locator("[role=status]")).to_have_text("Welcome, Ada")

    assert ["Ada", "no address", "I count"] == kept
    assert ["Ada\nbasic plan"] == page.locator(".members li").all_inner_texts()


@BOTH
def test_a_photo_of_a_member(visit, javascript):
    """What was uploaded is shown."""
    guest = visit("signup")
    page = guest.go("/join")
    for name, text in {"name": "Ada", "email": "ada@example.com", "born": "1815-12-10"}.items():
        page.fill(f"#join-{name}", text)
    page.set_input_files("#join-photo", {"name": "ada.png", "mimeType": "image/png", "buffer": PIXEL})
    page.check("#join-rules")
    page.click("button")
    expect(page.locator(".members img")).to_have_count(1)

    page.wait_for_function("() => document.querySelector('img').naturalWidth === 1")


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63fcffff3f0300"
    "05fe02fea72d1c1b0000000049454e44ae426082"
)


@BOTH
def test_what_is_to_be_done(visit, javascript):
    """Rows are added, ticked off, renamed and removed, each by its own form."""
    guest = visit("todo")
    page = guest.go()
    for text in ("Milk", "Bread"):
        guest.type("#new", text)
        page.keyboard.press("Enter")
        expect(page.locator("[role=status]")).to_have_text(f"Added “{text}”")
    guest.wait()
    guest.type("#new", "Milk")
    page.keyboard.press("Enter")
    expect(page.locator("[role=alert]")).to_have_text("That is on the list already")
    expect(page.locator("#new")).to_be_focused()
    guest.wait()
    guest.press("[aria-label='Done: Milk']")
    expect(page.locator("main > p")).to_have_text("1 of 2 done")
    guest.wait()
    guest.tab_to("[aria-label='Text of Bread']")
    page.keyboard.press("Control+A")
    page.keyboard.type("Rye bread")
    page.keyboard.press("Enter")
    expect(page.locator("[aria-label='Text of Rye bread']")).to_have_value("Rye bread")
    guest.wait()
    guest.press("[aria-label='Remove Rye bread']")
    expect(page.locator("main > p")).to_have_text("1 of 1 done")
    guest.wait()
    guest.press("main > form:last-of-type button")
    expect(page.locator("main > p")).to_have_text("0 of 0 done")

    assert 0 == page.locator("li").count()


@BOTH
def test_signing_a_guest_book(visit, javascript):
    """What one signs is in the book that one has read, and a heart goes to its entry."""
    guest = visit("guestbook")
    page = guest.go()
    guest.press("a[href$=garden]")
    expect(page.locator("h1")).to_have_text("The garden party")
    guest.wait()
    for name in ("Ada", "Grace"):
        guest.type("#name", name)
        guest.type("#text", "What a day")
        guest.press("button")
        expect(page.locator("[role=status]")).to_have_text(f"Thank you, {name}")
        guest.wait()
    guest.press("[aria-label$='like the entry of Ada']")
    expect(page.locator("[aria-label$='like the entry of Ada']")).to_have_text("♥ 1")

    assert ["Grace: What a day", "Ada: What a day"] == page.locator("li p").all_inner_texts()
    page.goto(guest.url + "/books/wedding")
    assert 0 == page.locator("li").count()


# -- by screen readers ------------------------------------------------------------------------------------------------


def violations(page):
    """What axe-core finds wrong with a page, as it stands."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]


@pytest.fixture(params=[True, False], ids=["with-js", "without-js"])
def seen(request, sites, open_page):
    """`seen("todo", "/")` gives a page for axe-core, itself a script: without our own it is as without JavaScript."""
    open_page.expected.append("422")

    def open_(name, path):
        page = open_page(None)
        if not request.param:
            page.route("**/_jetbridge/*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
        page.goto(sites(name) + path)
        if request.param:
            become_live(page)
        return page

    return open_


@pytest.mark.parametrize(
    ("name", "path", "fields", "outcome"),
    [
        ("signup", "/join", {"name": "Ada", "email": "x"}, "[role=alert]"),
        ("todo", "/", {"text": "Milk"}, "[role=status]"),
        ("todo", "/", {"text": ""}, "[role=alert]"),
        ("guestbook", "/books/garden", {"name": "Ada", "text": "Hello"}, "[role=status]"),
        ("guestbook", "/books/garden", {"name": "", "text": ""}, "[role=alert]"),
    ],
)
def test_nothing_bars_anybody(seen, name, path, fields, outcome):
    """axe-core finds no violation, at rest and after a submit, be it good or bad."""
    page = seen(name, path)
    at_rest = violations(page)
    page.locator("form").first.evaluate("form => { form.noValidate = true }")
    for field, text in fields.items():
        page.locator(f"form >> [name={field}]").first.fill(text)
    page.locator("form button").first.click()
    expect(page.locator(outcome)).to_have_count(1)

    assert ([], []) == (at_rest, violations(page))


@pytest.mark.parametrize("name", NAMES)
def test_the_first_page_bars_nobody(seen, name):
    """Nor does the page an example begins with, while it is empty."""
    assert [] == violations(seen(name, "/"))
