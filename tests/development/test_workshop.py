"""Errors in development: what the page says, what a call is told, and the editor."""

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from jetbridge import ActionError, App, action, component, h
from jetbridge.testing import Client, UnexpectedError

SOURCE = Path(__file__).read_text("utf-8").splitlines()
SECRET = "a secret of the app, 32 characters"
HERE = {"sec-fetch-site": "same-origin", "host": "127.0.0.1"}


@component
def row(user):
    label = user["name"].upper()
    return h.li[label, user["mail"]]


@component
async def table(users):
    return h.ul[[row(user=user, key=user["name"]) for user in users]]


@action
async def sign_in(name: str, password: str):
    copied = f"it was {password}"
    raise RuntimeError(f"cannot check {copied} for {name} with {SECRET}")


@action
async def expected():
    raise ActionError("not today")


def make_app(monkeypatch, mode="dev"):
    monkeypatch.setenv("JETBRIDGE_ENV", mode)
    app = App(__name__, secret=SECRET, layout=lambda page: h.div["LAYOUT", page])

    @app.page("/")
    def home():
        return h.form(action=sign_in)[h.input(name="name"), h.input(name="password")], h.form(action=expected)

    @app.page("/users")
    async def users(token: str = ""):
        del token
        return table(users=[{"name": "ada"}])

    return app


async def test_the_page_shows_all_about_an_error(monkeypatch):
    """Source lines, locals, components with their places, and the request; secrets are hidden, no layout is run."""
    app = make_app(monkeypatch)
    async with Client(app) as client:
        page = await client.open("/users?token=private-1")
    told = page.soup.get_text()
    components = [item.get_text() for item in page.soup.select("section[aria-label=Components] li")]
    written = 1 + next(at for at, line in enumerate(SOURCE) if "row(user=user, key=" in line)

    assert 500 == page.status
    assert "KeyError: 'mail'" == page.soup.h1.get_text()
    assert 'return h.li[label, user["mail"]]' in told
    assert 'user["mail"]' == page.soup.mark.get_text()
    assert ("label'ADA'" in told, "user{'name': 'ada'}" in told) == (True, True)
    assert ["row()", "table()"] == [text.split()[0] for text in components]
    assert f"written at {__file__}:{written}" in components[0]
    assert "/users?token=" in told
    assert "private-1" not in page.html
    assert "LAYOUT" not in page.html
    assert page.html.count("calls in libraries") >= 1


async def test_a_call_is_told_the_traceback(monkeypatch):
    """The failure of a call names message and traceback, without what was typed as a password, at both doors."""
    app = make_app(monkeypatch)
    async with Client(app) as client:
        page = await client.open("/")
        with pytest.raises(UnexpectedError) as caught:
            await page.call(sign_in, "ada", "typed-password")
        answered = await page.form(sign_in).submit({"name": "ada", "password": "typed-password"})
        digest = caught.value.digest
        shown = await client.http.get(f"/_jetbridge/dev/failure/{digest}")
        forgotten = await client.http.get("/_jetbridge/dev/failure/000000000000")

    assert "RuntimeError: cannot check it was •••" in str(caught.value)
    assert 'raise RuntimeError(f"cannot check' in caught.value.traceback
    for text in (str(caught.value), caught.value.traceback, answered.html, shown.text):
        assert ("typed-password" in text, SECRET in text) == (False, False)
        assert "for ada with •••" in text
    assert "sign_in" in shown.text
    assert (200, 404) == (shown.status_code, forgotten.status_code)


async def test_production_has_nothing_of_it(monkeypatch):
    """Production tells a digest and has no workshop; its doors are not there, and its code is not loaded."""
    loaded = [name for name in sys.modules if name.startswith("jetbridge.server.development")]
    for name in loaded:
        monkeypatch.delitem(sys.modules, name)
    app = make_app(monkeypatch, "production")
    async with Client(app) as client:
        page = await client.open("/users?token=private-1")
        answers = [
            await client.http.get("/_jetbridge/dev/events"),
            await client.http.get("/_jetbridge/dev/failure/000000000000"),
            await client.http.post("/_jetbridge/dev/open", data={"place": f"{__file__}:1"}, headers=HERE),
        ]

    assert "Something went wrong" == page.soup.h1.get_text()
    assert [404] * 3 == [answer.status_code for answer in answers]
    assert app.workshop is None
    assert [] == [name for name in sys.modules if name.startswith("jetbridge.server.development")]
    for word in ("Traceback", "KeyError", __file__, "jetbridge-run"):
        assert word not in page.html


async def test_an_error_that_comes_from_another(monkeypatch):
    """Causes, groups and notes are shown, each with its frames."""
    app = make_app(monkeypatch)

    @app.page("/chain")
    def chain():
        try:
            {}["inner"]
        except KeyError as error:
            error.add_note("a note on it")
            raise ExceptionGroup("several", [ValueError("one of them")]) from error

    async with Client(app) as client:
        page = await client.open("/chain")
    titles = [title.get_text() for title in page.soup.select("h1, h2")]

    assert "ExceptionGroup: several (1 sub-exception)" == titles[0]
    assert "From ValueError: one of them" in titles
    assert "From KeyError: 'inner'\na note on it" in titles


async def test_a_deep_recursion_is_cut(monkeypatch):
    """A page of a thousand frames helps nobody."""
    app = make_app(monkeypatch)

    def again(number):
        return again(number + 1)

    app.page("/deep")(lambda: again(0))
    async with Client(app) as client:
        page = await client.open("/deep")

    assert page.soup.h1.get_text().startswith("RecursionError")
    assert 70 > len(page.soup.select("main > section, details > section"))


# -- the editor


@pytest.fixture
def editor(tmp_path, monkeypatch):
    """An editor that writes down what it was asked to open."""
    program = tmp_path / "code"
    asked = tmp_path / "asked"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {asked}.tmp && mv {asked}.tmp {asked}\n')
    program.chmod(0o755)
    for name in ("JETBRIDGE_EDITOR", "VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    return program


def wait_for(path):
    while not path.exists():
        time.sleep(0.01)
    return path.read_text()


async def ask(monkeypatch, place, headers=HERE, method="POST", client=("127.0.0.1", 1)):
    from tests.server.asgi import ask as ask_app

    app = make_app(monkeypatch)
    body = f"place={place}".encode()
    return await ask_app(
        app, method, "/_jetbridge/dev/open", headers, [{"type": "http.request", "body": body}], client=client
    )


@pytest.mark.parametrize("own", ["", " --goto {file}:{line}", " -r -g {file}:{line}"])
async def test_opens_the_editor(monkeypatch, editor, tmp_path, own):
    """The editor gets file and line as its arguments, without a shell in between."""
    monkeypatch.setenv("JETBRIDGE_EDITOR", f"{editor}{own}")
    answer = await ask(monkeypatch, f"{__file__}:12")
    asked = await asyncio.to_thread(wait_for, tmp_path / "asked")
    expected = (own or " --goto {file}:{line}").replace("{file}", __file__).replace("{line}", "12").split()

    assert 204 == answer.status
    assert expected == asked.split("\n")[:-1]


REFUSED = {
    "another site": (f"{__file__}:1", {**HERE, "sec-fetch-site": "cross-site"}, 403),
    "no browser": (f"{__file__}:1", {"host": "127.0.0.1"}, 403),
    "another name for this machine": (f"{__file__}:1", {**HERE, "host": "evil.example"}, 403),
    "by way of a proxy": (f"{__file__}:1", {**HERE, "x-forwarded-for": "10.0.0.1"}, 403),
    "a file elsewhere": ("/etc/passwd:1", HERE, 404),
    "a way up": (f"{Path(__file__).parents[2]}/../../../etc/passwd:1", HERE, 404),
    "no file": (f"{__file__}x:1", HERE, 404),
    "a directory": (f"{Path(__file__).parent}:1", HERE, 404),
    "a flag": ("--help:1", HERE, 404),
    "no line": (f"{__file__}:x", HERE, 404),
    "nothing": ("", HERE, 404),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_opens_nothing_else(monkeypatch, editor, tmp_path, case):
    """Only pages of ours on this machine may open files, and only those of the application."""
    monkeypatch.setenv("JETBRIDGE_EDITOR", str(editor))
    place, headers, status = REFUSED[case]
    answer = await ask(monkeypatch, place, headers)

    assert status == answer.status
    assert not (tmp_path / "asked").exists()


@pytest.mark.parametrize("client", [("10.0.0.7", 1), ("::ffff:10.0.0.7", 1), None, ("unix", 0)])
async def test_opens_nothing_for_other_machines(monkeypatch, editor, client):
    """Who is not on this machine cannot start programs on it."""
    monkeypatch.setenv("JETBRIDGE_EDITOR", str(editor))

    assert 403 == (await ask(monkeypatch, f"{__file__}:1", client=client)).status


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "there is no editor set"),
        ({"EDITOR": "vim"}, "vim needs a terminal"),
        ({"JETBRIDGE_EDITOR": "no-such-editor"}, "there is no program 'no-such-editor'"),
        ({"JETBRIDGE_EDITOR": '"'}, "No closing quotation"),
    ],
)
async def test_says_how_to_name_an_editor(monkeypatch, editor, environment, told):
    """Where no editor can be opened the answer says what to set."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    answer = await ask(monkeypatch, f"{__file__}:1")

    assert 409 == answer.status
    assert told in answer.text


async def test_an_editor_by_its_url(monkeypatch):
    """JETBRIDGE_EDITOR may be a URL: then places are links."""
    monkeypatch.setenv("JETBRIDGE_EDITOR", "vscode://file{file}:{line}")
    async with Client(make_app(monkeypatch)) as client:
        page = await client.open("/users")

    assert f"vscode://file{__file__}:" in page.soup.select_one("a.jb-place")["href"]
    assert os.sep in page.soup.select_one("a.jb-place").get_text()
