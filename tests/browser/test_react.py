"""What React does with actions, in client components of Python pages that Node renders: `react/board`."""

import json
import os
import signal
import threading
import urllib.request
from pathlib import Path

import pytest
from conftest import serving
from playwright.sync_api import expect

from tests.browser.projects import build, copied

TARGET = "board.app:app"
ENV = {"JETBRIDGE_ENV": "production"}
BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "none"])


@pytest.fixture(scope="module")
def board():
    """The address of the pages, built and served, and the server's process."""
    with copied(Path(__file__).parent / "react") as directory:
        build(TARGET, cwd=directory)
        with serving("run", TARGET, env=ENV, ready="/list", cwd=directory) as served:
            yield served


@pytest.fixture(scope="module")
def workshop():
    """The address of the pages under `jetbridge dev`, where React and our client are those for development."""
    with copied(Path(__file__).parent / "react") as directory, serving("dev", TARGET, cwd=directory) as served:
        yield served


@pytest.fixture
def go(board, open_page):
    """`go(path)` gives a page there, live where there is JavaScript; all is as at the start."""
    url, _ = board
    control(url, "reset")

    def go_(path, *, javascript=True):
        page = open_page(url + path, javascript=javascript)
        if javascript:
            live(page)
        return page

    go_.url = url
    go_.expected = open_page.expected
    go_.blank = open_page
    return go_


def live(page):
    page.wait_for_selector("#jetbridge[data-live]", state="attached")


def control(url, order):
    with urllib.request.urlopen(urllib.request.Request(f"{url}/control/{order}", method="POST"), timeout=10) as answer:
        return json.load(answer)


@BOTH
def test_use_action_state(go, javascript):
    """An error stands in the form with what was typed; then the result, and the page that Python prints is new."""
    go.expected.append("422")
    page = go("/list", javascript=javascript)
    page.get_by_label("Title").fill("first")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("alert")).to_have_text("There is one")
    expect(page.locator("#field")).to_have_text("known already")
    expect(page.get_by_label("Title")).to_have_value("first")
    page.get_by_label("Title").fill("fourth")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("output")).to_have_text("number 4")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("listitem")).to_have_text(["first", "second", "third", "fourth"])


@BOTH
def test_input_that_annotations_refuse(go, javascript):
    """It is an error of the state as well, and nothing has run."""
    go.expected.append("422")
    page = go("/list", javascript=javascript)
    page.get_by_label("Title").fill("x")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("#field")).to_contain_text("at least 3")
    expect(page.get_by_role("listitem")).to_have_count(3)


@BOTH
def test_state_of_reacts_own_kind(go, javascript):
    """What the function returns is the next one's `previous`; of two hooks in one component each has its own."""
    page = go("/counting?q=a%26b", javascript=javascript)
    page.get_by_role("button", name="Up").click()
    expect(page.get_by_role("button", name="Up")).to_have_text("Up 2")
    page.get_by_role("button", name="Up").click()
    expect(page.get_by_role("button", name="Up")).to_have_text("Up 4")
    expect(page.get_by_role("button", name="Down")).to_have_text("Down 100")
    page.get_by_role("button", name="Down").click()
    expect(page.get_by_role("button", name="Down")).to_have_text("Down 99")
    expect(page.locator("#q")).to_have_text("a&b")


@BOTH
def test_values_that_a_component_binds(go, javascript):
    """Each row's form changes its own, and only its own hook has the state."""
    page = go("/renaming", javascript=javascript)
    page.get_by_label("title 2").fill("tea")
    page.get_by_role("button", name="Rename 2").click()
    expect(page.locator("#said-2")).to_have_text("2 is tea")
    expect(page.locator("#said-1")).to_have_text("")
    assert {"1": "first", "2": "tea", "3": "third"} == control(go.url, "look")["notes"]


@BOTH
def test_partials_as_props(go, javascript):
    """What Python has bound is sealed, and the component's form submits it; its children are the server's."""
    page = go("/given", javascript=javascript)
    expect(page.locator("em")).to_have_text(["number 1", "number 2", "number 3"])
    page.get_by_label("given third").fill("coffee")
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.get_by_role("button", name="Save third").click()
    page.wait_for_load_state()
    assert {"1": "first", "2": "second", "3": "coffee"} == control(go.url, "look")["notes"]


@BOTH
def test_values_bound_to_actions_that_came_as_props(go, javascript):
    """They follow those that Python has bound, in forms, buttons and states, with JavaScript and without."""
    go.expected.append("422")
    page = go("/bound", javascript=javascript)

    def submit(field, text, button):
        page.get_by_label(field).fill(text)
        with page.expect_response(lambda response: response.request.method == "POST"):
            page.get_by_role("button", name=button).click()
        page.wait_for_load_state()

    submit("save", "tea", "Save")
    submit("save", "milk", "Mark")
    assert {"1": "tea", "2": "second", "3": "! milk"} == control(go.url, "look")["notes"]
    submit("label", "none", "Label")
    expect(page.locator("#labelled")).to_have_text("3 needs a title")
    submit("label", "eggs", "Label")
    expect(page.locator("#labelled")).to_have_text("3 is * eggs")
    submit("stamp", "salt", "Stamp")
    expect(page.locator("#stamped")).to_have_text("2 is # salt")
    assert {"1": "tea", "2": "# salt", "3": "* eggs"} == control(go.url, "look")["notes"]
    if javascript:
        page.get_by_role("button", name="Call").click()
        expect(page.locator("#called")).to_have_text("2 is called")


@BOTH
@pytest.mark.parametrize(
    ("button", "happened"),
    [("Publish", ["published tea"]), ("Discard", ["discarded 7 tea"]), ("Rename", [])],
)
def test_buttons_with_actions_of_their_own(go, javascript, button, happened):
    """The one that is pressed decides, with what is bound to it."""
    page = go("/buttons", javascript=javascript)
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.get_by_role("button", name=button).click()
    page.wait_for_load_state()
    after = control(go.url, "look")

    assert (happened, "tea" if button == "Rename" else "second") == (after["events"], after["notes"]["2"])


def test_a_permalink(go):
    """Without JavaScript the form goes there, and the state is shown there."""
    go.expected.append("422")
    page = go("/permalink", javascript=False)
    page.get_by_label("Title").fill("first")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading")).to_have_text("Tab 2")
    expect(page.get_by_role("alert")).to_have_text("There is one")
    page.get_by_label("Title").fill("fourth")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("output")).to_have_text("number 4")
    assert page.url.endswith("/other?tab=2")


def test_an_error_that_no_component_shows(go):
    """Without JavaScript the page says it, and other forms in it are known as before."""
    go.expected.append("422")
    page = go("/mixed", javascript=False)
    page.get_by_label("given x").fill("x")
    page.get_by_role("button", name="Save x").click()
    expect(page.get_by_role("alert")).to_contain_text("needs your attention")
    page.get_by_label("Title").fill("first")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("#field")).to_have_text("known already")
    page.get_by_label("Title").fill("fourth")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("output")).to_have_text("number 4")


@pytest.fixture
def early(go):
    """A page whose scripts have not come yet, and what lets them."""
    page = go.blank(None)
    held = []
    page.route("**/assets/*.js", lambda route: held.append(route) if holding else route.continue_())
    holding = True

    def release():
        nonlocal holding
        while not held:
            page.wait_for_timeout(10)
        holding = False
        for route in held:
            route.continue_()

    page.goto(go.url + "/early", wait_until="commit")
    page.wait_for_selector("#made", state="attached")
    return page, release


def test_submit_before_hydration(early):
    """The browser submits a form of an action by itself."""
    page, release = early
    page.get_by_label("Title").fill("fourth")
    page.get_by_role("button", name="Add").click(no_wait_after=True)
    release()
    expect(page.get_by_role("listitem")).to_have_text(["first", "second", "third", "fourth"])


def test_submit_of_a_function_before_hydration(early):
    """It is kept, and made once React is there."""
    page, release = early
    page.get_by_label("Own").fill("fourth")
    page.get_by_role("button", name="Make").click()
    release()
    expect(page.locator("#made")).to_have_text("fourth")
    expect(page.get_by_role("listitem")).to_have_text(["first", "second", "third", "fourth"])


def test_errors_go_to_the_nearest_boundary(go):
    """React's own, and Python's; what is outside of them stays as it is."""
    go.expected += ["500", "Something went wrong", "ServerError"]
    page = go("/failing")
    page.get_by_label("kept").fill("typed")
    page.get_by_role("button", name="Fail").click()
    expect(page.locator("#caught")).to_contain_text("Something went wrong")
    page.get_by_role("button", name="Save x").click()
    expect(page.get_by_role("status")).to_have_text("Python's boundary")
    expect(page.get_by_label("kept")).to_have_value("typed")


def test_transitions_and_suspense(go):
    """A transition is pending while the call runs, and nothing else waits; `use` suspends on a call."""
    page = go("/searching")
    held = []
    page.route("**/*_action=*", lambda route: held.append(route))
    page.get_by_label("Search").fill("seco")
    expect(page.locator("#pending")).to_have_text("searching")
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_role("button", name="Count")).to_have_text("Count 1")
    held.pop().continue_()
    expect(page.locator("#found")).to_have_text("second")
    expect(page.locator("#pending")).to_have_text("idle")


def test_a_stream_that_is_stopped(go):
    """Items come while the generator runs; the stop ends it, with its `finally`."""
    page = go("/words")
    page.get_by_role("button", name="Listen", exact=True).click()
    expect(page.locator("#heard")).to_have_text("one two")
    assert ["began"] == control(go.url, "look")["events"]
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#ending")).to_have_text("AbortError")
    assert ["began", "ended"] == events_in_the_end(page, go.url)
    expect(page.locator("#heard")).to_have_text("one two")


def events_in_the_end(page, url):
    """What has happened, once the generator has ended; or after 5 s."""
    for _ in range(100):
        events = control(url, "look")["events"]
        if "ended" in events:
            break
        page.wait_for_timeout(50)
    return events


@pytest.mark.parametrize("door", ["board", "workshop"])
def test_a_stream_that_is_left(request, go, door):
    """A `break` ends the generator, with its `finally`, though it would have waited for ever."""
    url, _ = request.getfixturevalue(door)
    control(url, "reset")
    page = go.blank(url + "/words")
    live(page)
    page.get_by_role("button", name="Listen for two").click()
    expect(page.locator("#ending")).to_have_text("done")
    assert ["began", "ended"] == events_in_the_end(page, url)
    expect(page.locator("#heard")).to_have_text("one two")


def test_a_stream_to_its_end(go):
    """All items, then the end of `for await`."""
    page = go("/words")
    page.get_by_role("button", name="Listen", exact=True).click()
    expect(page.locator("#heard")).to_have_text("one two")
    control(go.url, "open")
    expect(page.locator("#ending")).to_have_text("done")
    expect(page.locator("#heard")).to_have_text("one two three four")


REFUSED = "ActionError Full full taken"
FAILED = "ServerError Something went wrong. 12"


@pytest.mark.parametrize("door", ["board", "workshop"])
@pytest.mark.parametrize(
    ("kind", "told"), [("", ""), ("refuse", REFUSED), ("fail", FAILED)], ids=["well", "refused", "failed"]
)
def test_errors_in_streams(request, go, door, kind, told):
    """A stream and a promise in a result fail as a call does: to `for await`, to `use`, to the nearest boundary, and
    where an action of `useActionState` reads them."""
    go.expected += ["Something went wrong", "ServerError", "ActionError", "Full", "the disk is full"]
    if door == "workshop" and kind == "fail":
        told = told.replace("Something went wrong.", "RuntimeError: the disk is full")
    page = go.blank(request.getfixturevalue(door)[0] + "/seats")
    live(page)
    page.get_by_label("Kind").fill(kind)
    for button, place, first in [
        ("Listen", "heard", "1"), ("Later", "later", "7"), ("Sum", "total", "1"),
        ("Book", "booked", "7"), ("Book and read", "read", "1"),
    ]:  # fmt: skip
        page.get_by_role("button", name=button, exact=True).click()
        whole = f"{first} {told}".strip() if place in ("heard", "read") else told or first
        expect(page.locator(f"#{place}")).to_have_text(whole)
        if door == "workshop" and kind == "fail":
            expect(page.frame_locator("jetbridge-overlay iframe").locator("body")).to_contain_text("the disk is full")
            page.click("jetbridge-overlay button")


def test_a_file_with_progress(go):
    """The component hears how much is sent, up to all of it."""
    page = go("/measuring")
    page.get_by_label("File").set_input_files({"name": "a.bin", "mimeType": "application/x", "buffer": b"x" * 300_000})
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#said")).to_have_text("300000 bytes")
    parts = [float(part) for part in page.locator("#parts").text_content().split()]

    assert (1.0, sorted(parts)) == (parts[-1], parts)


@BOTH
def test_ids_agree(go, javascript):
    """What useId gives on the server holds in the browser; what cannot run on the server is the browser's."""
    page = go("/labelled", javascript=javascript)
    page.get_by_label("One", exact=True).fill("1")
    page.get_by_label("Two", exact=True).fill("2")
    if not javascript:
        expect(page.locator("#jetbridge")).to_contain_text("until then")
        return
    expect(page.locator("#browser")).to_have_text("in the browser until then")
    page.get_by_role("button", name="Two").click()
    expect(page.get_by_role("button", name="Two")).to_have_text("Two 1")
    ids = page.evaluate("[...document.querySelectorAll('section input')].map((one) => one.id)")
    assert 2 == len({*ids})


def test_late_contents_are_printed_by_react_too(go):
    """The page is shown without them; they come with their markup and are live."""
    page = go.blank(None)
    page.goto(go.url + "/late", wait_until="commit")
    expect(page.locator("#jetbridge")).to_contain_text("not yet")
    live(page)
    page.get_by_role("button", name="First").click()
    expect(page.get_by_role("button", name="First")).to_have_text("First 1")
    control(go.url, "open")
    page.get_by_role("button", name="Last").click()
    expect(page.get_by_role("button", name="Last")).to_have_text("Last 1")


def test_late_contents_without_javascript(go):
    """A browser without scripts is sent to the whole page."""
    control(go.url, "open")
    page = go("/late", javascript=False)
    expect(page.get_by_label("Last")).to_be_visible()


# -- processes that are lost ------------------------------------------------------------------------------------------


def nodes(process):
    """The processes of Node below the server."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [int(pid) for pid in children if b"node" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]]


def test_node_is_killed_while_pages_load(go, board):
    """Each page is there, and is live; no error is seen, and at the end Node prints again."""
    url, process = board
    is_over = threading.Event()

    def kill():
        while not is_over.wait(0.15):
            for pid in nodes(process):
                os.kill(pid, signal.SIGKILL)

    killing = threading.Thread(target=kill)
    killing.start()
    page = go.blank(None)
    try:
        for number in range(1, 9):
            page.goto(f"{url}/list")
            live(page)
            page.get_by_label("Title").fill(f"note {number}")
            page.get_by_role("button", name="Add").click()
            expect(page.locator("output")).to_have_text(f"number {number + 3}")
    finally:
        is_over.set()
        killing.join()
    for _ in range(100):
        with urllib.request.urlopen(f"{url}/list", timeout=10) as answer:
            if b"<form action" in answer.read():
                break
        page.wait_for_timeout(100)
    else:
        pytest.fail("Node did not come back")


def test_node_is_killed_while_a_page_streams(go, board):
    """What is missing is rendered by the browser from the rows, silently."""
    page = go.blank(None)
    page.goto(go.url + "/late", wait_until="commit")
    expect(page.locator("#jetbridge")).to_contain_text("not yet")
    live(page)
    for pid in nodes(board[1]):
        os.kill(pid, signal.SIGKILL)
    control(go.url, "open")
    page.get_by_role("button", name="Last").click()
    expect(page.get_by_role("button", name="Last")).to_have_text("Last 1")


def test_node_ends_with_its_server(board):
    """Last in this file: it stops the server."""
    _, process = board
    for _ in range(100):
        if pids := nodes(process):
            break
        threading.Event().wait(0.1)
    process.send_signal(signal.SIGTERM)
    process.wait(20)

    assert [] == [pid for pid in pids if Path(f"/proc/{pid}").exists()]
