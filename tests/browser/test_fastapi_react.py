"""`examples/fastapi-react`: a front end of its own beside FastAPI, as it is built and as one works on it."""

import json
import shutil
import time
import urllib.error
import urllib.request

import pytest
from conftest import free_port, serving
from playwright.sync_api import expect

from tests.browser.projects import EXAMPLES, build, copied, developing, jetbridge

TARGET = "backend.main:app"
PYTHON = 40_000  # milliseconds in which Python has started, loaded FastAPI and written what changed
ENV = {"JETBRIDGE_ENV": "production"}


@pytest.fixture(scope="module")
def example():
    """The copy that is built, served and worked on."""
    with copied(EXAMPLES / "fastapi-react") as directory:
        yield directory


@pytest.fixture(scope="module")
def built(example):
    """The address of what `jetbridge build` built, served by FastAPI."""
    build(TARGET, "--check", cwd=example)
    with serving("run", TARGET, env=ENV, cwd=example) as (url, _):
        yield url


@pytest.fixture(scope="module")
def developed(example):
    """The address of Vite, with Python beside it: one command."""
    with developing(TARGET, cwd=example) as url:
        yield url


@pytest.mark.parametrize("door", ["built", "developed"])
def test_notes(door, request, open_page):
    """Sign in, be told what is wrong, add, stream, remove and sign out: the session is FastAPI's own."""
    page = open_page(request.getfixturevalue(door))
    page.get_by_label("Name").fill("A")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("at least 2")
    page.get_by_label("Name").fill(f"Ada {door}")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading")).to_have_text(f"Notes of Ada {door}")
    for text in ("Milk", "Eggs"):
        page.get_by_label("Note").fill(text)
        page.get_by_role("button", name="Add").click()
        expect(page.get_by_role("listitem").filter(has_text=text)).to_be_visible()
    page.get_by_label("Note").fill("Milk")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("alert")).to_contain_text("You know 'Milk' already")
    expect(page.get_by_label("Note")).to_have_value("Milk")
    page.reload()
    expect(page.get_by_role("listitem")).to_have_count(2)
    eggs = page.get_by_role("listitem").filter(has_text="Eggs")
    eggs.get_by_role("button", name="Spell").click()
    expect(eggs.get_by_role("status")).to_have_text("E-g-g-s-")
    eggs.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("listitem")).to_have_count(1)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading")).to_have_text("Sign in")


def test_the_build_allows_what_it_calls(built, example):
    """The manifest of the build lists the actions of the bundle; the sources are not served."""
    manifest = json.loads((example / "dist/.vite/jetbridge.json").read_text())

    assert ["addNote", "removeNote", "signIn", "signOut", "spell"] == [
        name for module in manifest["modules"].values() for name in module["actions"]
    ]
    assert 404 == status(f"{built}/backend/actions.py")


def test_vite_serves_no_python(developed):
    """Neither as a file nor by the ways that Vite has to get at one."""
    paths = [
        "actions.py",
        "actions.py?raw",
        "actions.py?import&raw",
        "actions.py?url",
        "%61ctions.py",
        "%2561ctions.py",
    ]

    assert [404] * 6 == [status(f"{developed}/backend/{path}") for path in paths]


def status(url):
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def test_an_edit_of_python_turns_up(developed, example, open_page):
    """A changed signature is in the declarations, a mistake in Vite's overlay until it is mended."""
    # What the page asks of FastAPI meanwhile is answered with the mistake, which is no JSON.
    open_page.expected.extend(["[vite]", "Failed to load resource", "WebSocket", "is not valid JSON"])
    source, declared = example / "backend/actions.py", example / "backend/actions.d.py.ts"
    text = source.read_text()
    page = open_page(developed)
    overlay = page.locator("vite-error-overlay")
    expect(page.get_by_role("heading")).to_have_text("Sign in")
    source.write_text(text.replace("note_id: int", "note_id: str"))
    _wait(lambda: "[note_id: string]" in declared.read_text())
    source.write_text(text.replace("note_id: int", "note_id: NoSuchType"))
    expect(overlay).to_contain_text("NoSuchType", timeout=PYTHON)
    source.write_text(text)
    expect(overlay).to_have_count(0, timeout=PYTHON)
    _wait(lambda: "[note_id: number]" in declared.read_text())
    expect(page.get_by_role("heading")).to_have_text("Sign in")


def test_an_unexpected_error_is_in_the_overlay(developed, example, open_page):
    """With Python's traceback, as development shows it on pages of ours."""
    open_page.expected.extend(
        ["[vite]", "Failed to load resource", "WebSocket", "ZeroDivisionError", "An error occurred in"]
    )
    source = example / "backend/actions.py"
    text = source.read_text()
    source.write_text(text.replace('request.session["name"] = name', 'request.session["name"] = str(1 / 0)'))
    manifest = json.loads((example / "actions.json").read_text())
    identity = manifest["modules"]["backend/actions.py"]["actions"]["signIn"]
    call = urllib.request.Request(
        f"{developed}/actions/?_action={identity}",
        data=b'["Ada"]',
        headers={"sec-fetch-site": "same-origin", "accept": "text/x-component"},
    )
    try:
        _wait(lambda: status(call) == 500)  # until Python has started again
        page = open_page(developed)
        page.get_by_label("Name").fill("Ada")
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("vite-error-overlay")).to_contain_text("ZeroDivisionError")
        expect(page.locator("vite-error-overlay")).to_contain_text("actions.py")
    finally:
        source.write_text(text)


def test_a_page_of_the_build_before(built, example, open_page):
    """It goes on with the actions that are as they were; of the others none runs, and the call says why."""
    open_page.expected += ["409", "older than the server"]
    port = free_port()
    with copied(example) as project:
        shutil.copytree(example / "dist", project / "dist")
        with serving("run", TARGET, env=ENV, cwd=project, port=port) as (url, _):
            page = open_page(url)
            page.get_by_label("Name").fill("Ada")
            page.get_by_role("button", name="Sign in").click()
            note(page, "Milk")
        for path, before, after in DEPLOYED:
            text = (project / path).read_text()
            assert before in text
            (project / path).write_text(text.replace(before, after))
        build(TARGET, cwd=project)
        with serving("run", TARGET, env=ENV, cwd=project, port=port):
            note(page, "Eggs")
            told = [told_by(page, name) for name in ("Spell", "Remove")]
            kept = page.get_by_role("listitem").count()
            page.reload()
            expect(page.get_by_role("listitem")).to_have_count(1)  # what was in the memory of the server before is gone
            page.get_by_role("button", name="Remove").click()
            expect(page.get_by_role("listitem")).to_have_count(0)

    assert ["This page is older than the server. Load it again."] * 2 == told
    assert 2 == kept


DEPLOYED = [
    ("backend/actions.py", "async def remove_note(note_id: int", "async def remove_note(note_id: str"),
    ("backend/actions.py", "notes.remove(note_id)", "notes.remove(int(note_id))"),
    ("backend/actions.py", "async def spell(", "async def letters("),
    ("src/App.tsx", "removeNote(note.id)", "removeNote(String(note.id))"),
    ("src/App.tsx", "signOut, spell,", "signOut, letters as spell,"),
]


def note(page, text):
    page.get_by_label("Note").fill(text)
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("listitem").filter(has_text=text)).to_be_visible()


def told_by(page, button):
    """What the call of the first note's button rejects with."""
    with page.expect_event("pageerror") as thrown:
        page.get_by_role("button", name=button).first.click()
    return thrown.value.message


def test_a_build_stops_at_what_does_not_fit():
    """tsc names the place; a stale manifest is refused where Python is at hand."""
    # Of its own: where somebody works on it the manifest is never stale for long.
    with copied(EXAMPLES / "fastapi-react") as example:
        page, actions = example / "src/App.tsx", example / "backend/actions.py"
        page.write_text(page.read_text().replace("removeNote(note.id)", "removeNote(note.text)"))
        wrong = jetbridge("build", TARGET, cwd=example)
        actions.write_text(actions.read_text().replace("note_id: int", "note_id: list[int]"))
        stale = jetbridge("types", TARGET, "--check", cwd=example)

    assert (1, True) == (wrong.returncode, "src/App.tsx" in wrong.stdout and "error TS" in wrong.stdout)
    assert (1, True) == (stale.returncode, "actions.d.py.ts, actions.json" in stale.stderr)


def _wait(is_so):
    for _ in range(PYTHON // 100):
        if is_so():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come to pass in time")
