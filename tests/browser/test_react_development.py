"""`jetbridge dev` for pages with React components: what is changed is on the page."""

import pytest
from conftest import serving
from playwright.sync_api import expect

from tests.browser.projects import EXAMPLES, copied

TARGET = "users.app:app"
LONG = 60_000  # milliseconds in which Python has started anew and Vite has built, on a busy machine


@pytest.fixture(scope="module")
def project():
    """A copy of the example that is worked on; never built by hand."""
    with copied(EXAMPLES / "users-react") as directory:
        form = directory / "users/AddUserForm.tsx"
        form.write_text(form.read_text().replace('"use client";\n', '"use client";\nimport "./form.css";\n'))
        (directory / "users/form.css").write_text("form { border-top: 3px solid red }\n")
        yield directory


@pytest.fixture(scope="module")
def url(project):
    """The address of `jetbridge dev`, which builds at first."""
    with serving("dev", TARGET, env={"USERS_DB": str(project / "users.sqlite3")}, cwd=project) as (url, _):
        yield url


@pytest.fixture
def page(url, open_page):
    """The page with something typed into it."""
    page = open_page(url)
    page.set_default_timeout(LONG)
    page.wait_for_selector("#jetbridge[data-live]", state="attached")
    page.get_by_label("Name").fill("typed")
    return page


def replace(file, before, after):
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))


def test_a_component_that_is_changed(page, project):
    """It is on the page; the document is the same, and what the server has rendered agrees."""
    page.evaluate("window.mark = 1")
    replace(project / "users/AddUserForm.tsx", "Add User\n", "Add Somebody\n")
    expect(page.get_by_role("button")).to_have_text("Add Somebody", timeout=LONG)
    assert 1 == page.evaluate("window.mark")
    assert "Add Somebody" in page.request.get(page.url).text()


def test_a_style_sheet_of_a_component(page, project):
    """The new one is shown, and the old one is gone."""
    replace(project / "users/form.css", "3px", "7px")
    expect(page.locator("form")).to_have_css("border-top-width", "7px", timeout=LONG)
    expect(page.locator("link[rel=stylesheet]")).to_have_count(1, timeout=LONG)


def test_python_that_is_changed(page, project):
    """The page is the new server's, what was typed stays, and the declarations follow."""
    replace(project / "users/app.py", "Everybody who is known here:", "All of them:")
    replace(project / "users/actions.py", "name: Annotated", "nickname: str = ''\n    name: Annotated")
    expect(page.locator("main")).to_contain_text("All of them:", timeout=LONG)
    expect(page.get_by_label("Name")).to_have_value("typed")
    declared = project / "users/actions.d.py.ts"
    for _ in range(600):
        if "nickname?: string" in declared.read_text():
            break
        page.wait_for_timeout(100)
    assert "nickname?: string" in declared.read_text()


def test_an_error_of_an_action_is_shown_over_the_page(page, project, open_page):
    """With its traceback, and it can be closed."""
    open_page.expected += ["500", "409", "no disk", "StaleError", "out of date"]
    replace(project / "users/db.py", "    query = ", "    raise RuntimeError('no disk')\n    query = ")
    for _ in range(600):  # until the new server answers
        page.reload()
        page.wait_for_selector("#jetbridge[data-live]", state="attached")
        page.get_by_label("Name").fill("Ada")
        page.get_by_label("Email").fill("ada@example.com")
        page.get_by_role("button", name="Add").click()
        page.wait_for_timeout(500)
        if page.locator("jetbridge-overlay").count():
            break
    expect(page.frame_locator("jetbridge-overlay iframe").locator("body")).to_contain_text("no disk")
    page.click("jetbridge-overlay button")
    expect(page.locator("jetbridge-overlay")).to_have_count(0)
