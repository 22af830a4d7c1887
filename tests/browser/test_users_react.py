"""`examples/users-react`: a page in Python with a React component in it, built by Vite."""

import pytest
from conftest import serving
from playwright.sync_api import expect

from tests.browser.projects import EXAMPLES, build, copied, jetbridge

TARGET = "users.app:app"


@pytest.fixture(scope="module")
def example():
    """A copy that may be changed, beside the example, where npm's packages are found; built."""
    with copied(EXAMPLES / "users-react") as directory:
        build(TARGET, "--check", cwd=directory)
        yield directory


@pytest.fixture(params=["production", "dev"])
def url(request, example, tmp_path):
    """The address of the example, with a database of its own."""
    env = {"JETBRIDGE_ENV": request.param, "USERS_DB": str(tmp_path / "users.sqlite3")}
    command = ["run"] if request.param == "production" else ["dev", "--no-reload"]
    with serving(command[0], TARGET, *command[1:], env=env, cwd=example) as (url, _):
        yield url


@pytest.fixture
def page(url, open_page):
    """The example in a browser, live."""
    page = open_page(url)
    page.wait_for_selector("#jetbridge[data-live]", state="attached")
    return page


def test_works_without_javascript(url, open_page):
    """Its form adds, says what is wrong with what was typed still there, and adds again."""
    open_page.expected.append("422")
    page = open_page(url, javascript=False)
    _add(page, "Ada", "ada@example.com")
    expect(page.get_by_role("listitem")).to_have_text(["Ada"])
    expect(page.get_by_label("Email")).to_have_value("")
    _add(page, "Grace", "ada@example.com")
    expect(page.get_by_role("alert")).to_have_text("That e-mail is taken")
    expect(page.get_by_label("Name")).to_have_value("Grace")
    expect(page.get_by_role("listitem")).to_have_text(["Ada"])
    _add(page, "Grace", "grace@example.com")
    expect(page.get_by_role("listitem")).to_have_text(["Ada", "Grace"])
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_user_is_there_before_the_server_has_answered(page):
    """The component adds it, the page that comes with the answer keeps it, and the form is empty again."""
    expect(page.get_by_role("button", name="Add User")).to_be_enabled()
    held = []
    page.route("**/*_action=*", lambda route: held.append(route))
    _add(page, "Ada", "ada@example.com")
    expect(page.get_by_role("listitem")).to_have_text(["Ada"])
    expect(page.get_by_role("button", name="Add User")).to_be_disabled()
    held[0].continue_()
    expect(page.get_by_role("button", name="Add User")).to_be_enabled()
    expect(page.get_by_role("listitem")).to_have_text(["Ada"])
    expect(page.get_by_label("Email")).to_have_value("")


def test_an_expected_error_takes_it_back(page):
    """It is part of the component's state, and what was typed stays."""
    _add(page, "Ada", "ada@example.com")
    expect(page.get_by_label("Email")).to_have_value("")
    _add(page, "Grace", "ada@example.com")
    expect(page.get_by_role("alert")).to_have_text("That e-mail is taken")
    expect(page.get_by_role("listitem")).to_have_text(["Ada"])
    expect(page.get_by_label("Name")).to_have_value("Grace")


def test_children_of_a_component_are_printed_by_the_server(page):
    """They stand in its place until React has rendered it, and React agrees with the document."""
    printed = page.request.get(page.url).text()

    assert "<!--$--><form " in printed
    assert "</form><p>Everybody who is known here:</p><ul></ul><!--/$-->" in printed
    expect(page.get_by_text("Everybody who is known here:")).to_have_count(1)


def test_a_build_stops_at_what_does_not_fit(example):
    """tsc holds what the component does with the action."""
    source = example / "users/AddUserForm.tsx"
    text = source.read_text()
    source.write_text(text.replace("createUser.state, null", "createUser.state, 1"))
    try:
        done = jetbridge("build", TARGET, cwd=example)
    finally:
        source.write_text(text)

    assert (1, True) == (done.returncode, "users/AddUserForm.tsx" in done.stdout and "error TS" in done.stdout)


def _add(page, name, email):
    page.get_by_label("Name").fill(name)
    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name="Add User").click()
