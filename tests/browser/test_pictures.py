"""The pictures in the docs: each page is used, checked and saved, in var/pictures or where `--pictures` says.

`pytest tests/browser/test_pictures.py --pictures docs/images` makes those of the docs again.
"""

import re
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from conftest import ROOT, become_live, serving
from playwright.sync_api import expect

IMAGES = ROOT / "docs/images"
PLOTS = {"cost.png"}  # drawn by `make bench`
BROKEN = """
from jetbridge import App, component, h

app = App(__name__)
STOCK = {"tea": 12, "coffee": 4}


@app.page("/shelves/{name}", title="Shelf")
async def shelf(name: str):
    return h.main[h.h1[name], left(name=name)]


@component
async def left(name: str):
    return h.p[f"{STOCK[name]} left"]
"""


@pytest.fixture
def save(request):
    """`save(page, name)` writes the picture of what the page shows now."""
    directory = ROOT / request.config.getoption("--pictures")

    def save_(page, name):
        directory.mkdir(parents=True, exist_ok=True)
        page.mouse.move(0, 0)
        page.evaluate("document.fonts.ready")
        page.screenshot(path=directory / f"{name}.png", animations="disabled", caret="hide")

    return save_


@pytest.fixture
def directory():
    """One whose name is short enough for a picture."""
    with tempfile.TemporaryDirectory(prefix="jb-") as name:
        yield Path(name)


@pytest.fixture
def visit(open_page):
    """Opens a path of an app that `jetbridge MODE` serves, in a window of this size."""
    with ExitStack() as stack:

        def visit_(mode, target, path, width, height, *, cwd=ROOT, **env):
            url, _ = stack.enter_context(serving(mode, target, env=env, cwd=cwd, ready="/favicon.ico"))
            page = open_page(None)
            stack.callback(page.close)  # before the server ends, to which development's pages listen
            page.set_viewport_size({"width": width, "height": height})
            page.goto(url + path)
            if page.locator("#jetbridge form:has(input)").count():
                become_live(page)
            return page

        yield visit_


def add(page, name, email):
    page.fill("input[name=name]", name)
    page.fill("input[name=email]", email)
    page.click("button[type=submit]")


def test_a_form_whose_action_refuses(visit, save, tmp_path):
    """Two people were added; the third submit brought an error, and what was typed stands there."""
    page = visit("run", "examples.users.app:app", "/", 720, 560, USERS_DB=str(tmp_path / "users.sqlite3"))
    for name, email in (("Ada Lovelace", "ada@example.com"), ("Grace Hopper", "grace@example.com")):
        add(page, name, email)
        expect(page.get_by_text(email)).to_be_visible()
    add(page, "Augusta King", "ada@example.com")
    expect(page.get_by_role("alert")).to_contain_text("That e-mail is taken")
    expect(page.locator("input[name=name]")).to_have_value("Augusta King")

    save(page, "users")


def test_a_form_with_errors_beside_its_fields(visit, save, tmp_path):
    """All fields that are wrong say so at once, each below its control."""
    page = visit("run", "examples.signup.app:app", "/join", 720, 560, SIGNUP_DB=str(tmp_path / "signup.sqlite3"))
    page.evaluate("document.querySelector('form').noValidate = true")
    page.fill("#join-name", "Ada Lovelace")
    page.fill("#join-email", "ada at example")
    page.fill("#join-born", "2815-12-10")
    page.click("button")
    expect(page.locator("#join-email-error")).to_be_visible()
    expect(page.locator("#join-born-error")).to_be_visible()

    save(page, "signup")


def test_the_page_about_an_error(visit, save, open_page, directory):
    """Development shows where a component failed, with its source and its variables."""
    open_page.expected.append("500")
    (directory / "shop").mkdir()
    (directory / "shop/app.py").write_text(BROKEN.lstrip())
    page = visit("dev", "shop.app:app", "/shelves/milk", 820, 500, cwd=directory)
    expect(page.locator("h1")).to_have_text("KeyError: 'milk'")

    save(page, "failure")


def test_the_panel_of_development(visit, save, directory):
    """The panel tells the last actions: what each was given, what came of it, and how long its steps took."""
    shutil.copytree(ROOT / "examples/users", directory / "users")
    page = visit("dev", "users.app:app", "/", 820, 580, cwd=directory, USERS_DB=str(directory / "users.sqlite3"))
    add(page, "Ada Lovelace", "ada@example.com")
    expect(page.get_by_text("User added")).to_be_visible()
    add(page, "Augusta King", "ada@example.com")
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name="2 actions").click()
    expect(page.frame_locator("jetbridge-panel iframe").locator("tbody tr")).to_have_count(2)

    save(page, "panel")


def test_every_picture_is_made_here():
    """The docs have no picture that no test makes, and no test makes one that the docs lack."""
    made = set(re.findall(r'save\(page, "(\w+)"\)', Path(__file__).read_text("utf-8")))

    assert {path.name for path in IMAGES.iterdir()} == {f"{name}.png" for name in made} | PLOTS
