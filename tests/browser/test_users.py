"""The example of the README in a real browser, with JavaScript and without it."""

import sqlite3

import pytest
from conftest import become_live, serving

BOTH = pytest.mark.parametrize("javascript", [False, True], ids=["without-js", "with-js"])


@pytest.fixture(params=["dev", "run"], scope="module")
def users(request, tmp_path_factory):
    """The example, in development (React says what hydrates badly) and in production."""
    database = tmp_path_factory.mktemp("users") / "users.sqlite3"
    env = {"USERS_DB": str(database)}
    options = ["--no-reload"] if request.param == "dev" else []
    with serving(request.param, "examples.users.app:app", *options, env=env) as (url, _):
        yield url, database


@pytest.fixture
def url(users):
    """The address, on an empty table."""
    with sqlite3.connect(users[1]) as connection:
        connection.execute("DELETE FROM users")
    return users[0]


@pytest.fixture
def rows(users):
    def read():
        with sqlite3.connect(users[1]) as connection:
            return connection.execute("SELECT name, email FROM users ORDER BY id").fetchall()

    return read


def add(page, name, email):
    page.fill("input[name=name]", name)
    page.fill("input[name=email]", email)
    page.click("button[type=submit]")


def wait_live(page, javascript):
    if javascript:
        become_live(page)


@BOTH
def test_adds_a_user(open_page, url, rows, javascript):
    """A submit stores one row and the page shows it, with the result, in empty fields."""
    page = open_page(url, javascript=javascript)
    wait_live(page, javascript)
    add(page, "Ada", "ada@example.com")
    page.wait_for_selector("text=ada@example.com")

    assert [("Ada", "ada@example.com")] == rows()
    assert "User added" in page.inner_text("form")
    assert "" == page.input_value("input[name=name]")
    assert f"{url}/" == page.url


@BOTH
def test_reload_stores_nothing_again(open_page, url, rows, javascript):
    """Reload and Back after a submit are not submits; the result is shown once."""
    page = open_page(url, javascript=javascript)
    wait_live(page, javascript)
    add(page, "Ada", "ada@example.com")
    page.wait_for_selector("text=User added")
    page.reload()
    page.wait_for_selector("text=ada@example.com")

    assert 0 == page.locator("text=User added").count()
    assert 1 == len(rows())


@BOTH
def test_keeps_what_was_typed(open_page, url, rows, javascript):
    """With the browser's own validation off, an empty name is the server's error and the e-mail stays."""
    open_page.expected.append("422")
    page = open_page(url, javascript=javascript)
    wait_live(page, javascript)
    page.locator("form").evaluate("form => { form.noValidate = true }")
    add(page, "", "ada@example.com")
    page.wait_for_selector("[role=alert]")

    assert "name" in page.inner_text("[role=alert] li")
    assert "ada@example.com" == page.input_value("input[name=email]")
    assert [] == rows()


@BOTH
def test_shows_an_expected_error_of_the_action(open_page, url, rows, javascript):
    """An ActionError stands in the page with its field, and both fields keep what was typed."""
    open_page.expected.append("422")
    page = open_page(url, javascript=javascript)
    wait_live(page, javascript)
    add(page, "Ada", "ada@example.com")
    page.wait_for_selector("text=User added")
    add(page, "Augusta", "ada@example.com")
    page.wait_for_selector("text=That e-mail is taken")

    assert "email: already in use" in page.inner_text("[role=alert]")
    assert "Augusta" == page.input_value("input[name=name]")
    assert "ada@example.com" == page.input_value("input[name=email]")
    assert 1 == len(rows())


@BOTH
def test_double_click_stores_once(open_page, url, rows, javascript):
    """Two clicks on the button are one wish."""
    page = open_page(url, javascript=javascript)
    wait_live(page, javascript)
    page.fill("input[name=name]", "Ada")
    page.fill("input[name=email]", "ada@example.com")
    page.dblclick("button[type=submit]")
    page.wait_for_selector("text=ada@example.com")
    page.wait_for_selector("text=User added")
    page.wait_for_timeout(300)

    assert 0 == page.locator("[role=alert]").count()
    assert [("Ada", "ada@example.com")] == rows()


@BOTH
def test_back_and_forward_store_nothing(open_page, url, rows, javascript):
    """Going through the history of a submit repeats none of it."""
    page = open_page(url + "/?first", javascript=javascript)
    page.goto(url)
    wait_live(page, javascript)
    add(page, "Ada", "ada@example.com")
    page.wait_for_selector("text=ada@example.com")
    page.go_back()
    page.go_forward()
    page.wait_for_selector("text=ada@example.com")

    assert [("Ada", "ada@example.com")] == rows()


def test_one_response_brings_outcome_and_page(open_page, url):
    """With JavaScript a submit is one request, and its answer holds both the result and the new list."""
    page = open_page(url)
    wait_live(page, True)
    requests = []
    page.on("request", lambda request: requests.append((request.method, request.resource_type)))
    add(page, "Ada", "ada@example.com")
    page.wait_for_selector("text=ada@example.com")
    page.wait_for_selector("text=User added")

    assert [("POST", "fetch")] == requests


def test_focus_and_other_inputs_survive(open_page, url):
    """What is not part of the submitted form keeps focus and text while the page is renewed."""
    page = open_page(url)
    wait_live(page, True)
    page.evaluate(
        """() => {
            const note = document.createElement("textarea"); note.id = "note"; document.body.append(note);
        }"""
    )
    page.fill("#note", "half a thought")
    page.fill("input[name=name]", "Ada")
    page.fill("input[name=email]", "ada@example.com")
    page.press("input[name=email]", "Enter")
    page.focus("#note")
    page.wait_for_selector("text=ada@example.com")

    assert "half a thought" == page.input_value("#note")
    assert "note" == page.evaluate("document.activeElement.id")
