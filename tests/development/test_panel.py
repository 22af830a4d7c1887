"""The panel of development: the last actions, as open pages are told of them and as it shows them."""

import asyncio
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from jetbridge import ActionError, App, action, forbidden, h, redirect, revalidate_tag
from jetbridge.server import assets
from jetbridge.testing import Client, UnexpectedError

CLIENT = Path(assets.__file__).parent / "client"
PATH = "/_jetbridge/dev/actions"


@action
async def done(text: str, password: str = ""):
    revalidate_tag("texts")
    return text


@action
async def expected(text: str):
    raise ActionError("Not <b>that</b>")


@action
async def moved(text: str):
    return redirect("/there")


@action
async def failed(text: str):
    raise RuntimeError("broken")


@action(allow=lambda _: forbidden())
async def guarded(text: str):
    pass


@pytest.fixture
def app(monkeypatch):
    monkeypatch.setenv("JETBRIDGE_ENV", "dev")
    app = App(__name__)
    app.page("/")(lambda: h.form(action=done)[h.input(name="text"), h.input(name="password")])
    return app


async def rows(client):
    """The cells of each row, newest first."""
    soup = BeautifulSoup((await client.http.get(PATH)).text, "html.parser")
    return [[cell.get_text(" ", strip=True) for cell in row(["td", "th"])] for row in soup.tbody or [] if row.name]


OUTCOMES = {
    "done": (done, "200 done", "texts"),
    "expected": (expected, "200 error shown: Not <b>that</b>", ""),
    "moved": (moved, "200 redirect to /there", ""),
    "failed": (failed, "500 failed: RuntimeError, digest", ""),
    "guarded": (guarded, "403 turned away", ""),
}


@pytest.mark.parametrize("what", OUTCOMES)
async def test_what_is_shown(app, what):
    """Name, arguments, outcome, the time of each step, the tags that were revalidated."""
    function, outcome, touched = OUTCOMES[what]
    async with Client(app) as client:
        try:
            await client.call(function, "hello")
        except (ActionError, UnexpectedError):
            assert what in ("expected", "failed", "guarded")
        when, name, arguments, told, took, tags = (await rows(client))[0]

    assert (f"{what} /", touched) == (name, tags)
    assert told.startswith(outcome)
    assert ("hello" in arguments) == (what != "guarded")
    assert ("run" in took, True) == (what != "guarded", " ms" in took)
    assert 8 == len(when)


async def test_newest_first_and_repeats(app):
    """Each request has a row, also one that was told what another came to; secrets are masked."""
    async with Client(app) as client:
        page = await client.open("/")
        form = page.form(done)
        await form.submit({"text": "one", "password": "hunter2hunter2"})
        await form.submit({"text": "one", "password": "hunter2hunter2"})
        await form.submit({"text": "two"})
        shown = await rows(client)

    assert [("two", False), ("one", True), ("one", False)] == [
        ("two" if "two" in row[2] else "one", "a repeat" in row[3]) for row in shown
    ]
    assert "hunter2" not in str(shown)


async def test_stays_small(app):
    """Fifty are kept."""
    async with Client(app) as client:
        for number in range(60):
            await client.call(done, f"number {number}.")
        shown = await rows(client)

    assert (50, True, False) == (len(shown), "number 59." in shown[0][2], "number 9." in str(shown))


async def test_open_pages_hear_of_it(app):
    """The events of a page say how many there are, at first and with each one more."""
    async with Client(app) as client:
        await client.call(done, "before")
        app.workshop.open("run")
        told, heard = [], asyncio.Queue()

        async def send(message):
            told.append(message.get("body", b"").decode())
            await heard.put(told[-1])

        async def until(text):
            while text not in "".join(told):
                await heard.get()

        async def receive():
            await asyncio.Event().wait()

        scope = {"type": "http", "method": "GET", "path": "/_jetbridge/dev/events", "query_string": b"", "headers": []}
        scope |= {"scheme": "http", "root_path": "", "server": ("testserver", 80), "client": ("127.0.0.1", 1)}
        listening = asyncio.create_task(app(scope, receive, send))
        await until("event: acted\ndata: 1\n")
        await client.call(done, "after")
        await until("event: acted\ndata: 2\n")
        app.workshop.close()
        await listening

    assert "data: run.0\n" in told[1]


async def test_production_has_none_of_it(monkeypatch):
    """No address, nothing kept, and not a word of it in the scripts that production sends."""
    monkeypatch.delenv("JETBRIDGE_ENV", raising=False)
    app = App(__name__)
    async with Client(app) as client:
        await client.call(done, "hello")
        answer = await client.http.get(PATH)
    files = assets.client_sizes()
    development = [path for path in CLIENT.glob("*.js") if "-dev" in path.name]
    production = [path for path in CLIENT.glob("*.js") if "-dev" not in path.name]
    words = ("jetbridge-panel", "dev/actions")

    assert (404, None) == (answer.status_code, app.workshop)
    assert {"client", "starter"} <= set(files)
    assert [] == [path.name for path in production for word in words if word in path.read_text("utf-8")]
    assert all(any(word in path.read_text("utf-8") for path in development) for word in words)
