"""A page of an earlier build stays open while another takes the server over: what calls of its components come to."""

import json
import urllib.request
from pathlib import Path

import pytest
from conftest import SECRET, free_port, serving
from playwright.sync_api import expect

from tests.browser.projects import build, copied

TARGET = "board.app:app"
ENV = {"JETBRIDGE_SECRET": SECRET, "JETBRIDGE_ENV": "production"}


@pytest.fixture(scope="module")
def project():
    """The pages of `react/board`, which each test changes and builds again."""
    with copied(Path(__file__).parent / "react") as directory:
        yield directory


@pytest.fixture
def deploy(project):
    """`deploy(*changes)` builds the project with (file, before, after) replaced, and serves it where it was served."""
    port = free_port()
    kept = {path: path.read_text() for path in (project / "board").iterdir() if path.suffix in (".py", ".tsx")}
    running = []

    def deploy_(*changes):
        for name, before, after in changes:
            path = project / "board" / name
            assert before in path.read_text()
            path.write_text(path.read_text().replace(before, after))
        build(TARGET, cwd=project)
        while running:
            running.pop().__exit__(None, None, None)
        running.append(serving("run", TARGET, env=ENV, ready="/list", cwd=project, port=port))
        return running[-1].__enter__()[0]

    yield deploy_
    while running:
        running.pop().__exit__(None, None, None)
    for path, text in kept.items():
        path.write_text(text)


def look(url):
    with urllib.request.urlopen(urllib.request.Request(f"{url}/control/look", method="POST"), timeout=10) as answer:
        return json.load(answer)


def opened(open_page, url, path="/list"):
    page = open_page(url + path)
    page.wait_for_selector("#jetbridge[data-live]", state="attached")
    return page


NEW_BUTTON = ("Parts.tsx", '<button type="submit">Add</button>', '<button type="submit">Put down</button>')


def test_an_action_that_is_the_same(deploy, open_page):
    """The call runs once, and the page that answers it is the new build's, loaded anew."""
    page = opened(open_page, deploy())
    url = deploy(NEW_BUTTON)
    page.get_by_label("Title").fill("fourth")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("button", name="Put down")).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_text(["first", "second", "third", "fourth"])
    assert ["first", "second", "third", "fourth"] == list(look(url)["notes"].values())


@pytest.mark.parametrize(
    "change",
    [
        ("actions.py", "async def add(title: ", "async def add(mark: int, title: "),
        ("actions.py", "async def add(", "async def put("),
    ],
    ids=["changed", "gone"],
)
def test_an_action_that_is_another(deploy, open_page, change):
    """Nothing runs, and the page says so; it is the new build's, and what was typed into it is there still."""
    open_page.expected += ["409", "StaleError", "out of date"]
    page = opened(open_page, deploy())
    other = (
        [("Parts.tsx", "useActionState(add.state", "useActionState(add.bind(null, 1).state")]
        if "mark" in change[2]
        else [("Parts.tsx", "add.state", "put.state"), ("Parts.tsx", "await add(", "await put("),
              ("Parts.tsx", "import { add, ", "import { put, "), ("app.py", "import add, ", "import put as add, ")]
    )  # fmt: skip
    if "mark" in change[2]:
        other.append(("Parts.tsx", "await add(String", "await add(1, String"))
    url = deploy(NEW_BUTTON, change, *other)
    page.get_by_label("Title").fill("fourth")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("button", name="Put down")).to_be_visible()
    assert ["first", "second", "third"] == list(look(url)["notes"].values())
    page.wait_for_selector("#jetbridge[data-live]", state="attached")
    expect(page.get_by_role("alert")).to_contain_text("was out of date")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_label("Title")).to_have_value("fourth")
    page.get_by_role("button", name="Put down").click()
    expect(page.locator("output")).to_have_text("number 4")
