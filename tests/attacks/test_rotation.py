"""Secrets change while people work: no form and no call is lost."""

import asyncio
import functools
from contextlib import AsyncExitStack

import httpx
from bs4 import BeautifulSoup

from jetbridge.actions.define import action
from jetbridge.elements.h import h
from jetbridge.server.app import App
from jetbridge.wire.protocol import CONTENT_TYPE
from jetbridge.wire.reply_encode import encode_reply
from tests.server.asgi import SAME_ORIGIN
from tests.server.sockets import serving

OLD, NEW = "the old one that nobody has guessed", "the new one that nobody has guessed"
STEPS = [[OLD, NEW], [NEW, OLD], [NEW]]
PEOPLE, WORKERS = 8, 3


stored = []  # the database, which all workers share


@action
async def save(number: int):
    stored.append(number)


def worker(secrets):
    """One process of a deployment, as far as secrets go."""
    app = App(__name__, secret=secrets)

    @app.page("/")
    def home(number: int = 0):
        return h.form(action=functools.partial(save, number))[h.button["Save"]]

    return app


async def test_rotation_under_load():
    """Workers restart one by one with the next list of secrets, as `jetbridge secret --rotate` says; each submit of a
    page that any of them printed is taken by any other of them.
    """
    stored.clear()
    sent, refused = [], []
    done = asyncio.Event()
    async with AsyncExitStack() as stack:
        running = [await stack.enter_async_context(serving(worker([OLD]))) for _ in range(WORKERS)]

        async def person(who):
            at = 0
            async with httpx.AsyncClient() as http:
                while not done.is_set():
                    at += 1
                    number = who * 1_000_000 + at
                    printed, taken = running[at % WORKERS], running[(at + who) % WORKERS]
                    page = await http.get(f"http://127.0.0.1:{printed.port}/?number={number}")
                    form = BeautifulSoup(page.text, "html.parser").form
                    hidden = {one["name"]: one["value"] for one in form.find_all("input")}
                    url = f"http://127.0.0.1:{taken.port}/{form['action']}"
                    if at % 2:
                        answer = await http.post(url, data=hidden, headers={"accept": "text/html", **SAME_ORIGIN})
                    else:
                        headers = {"accept": CONTENT_TYPE, "jetbridge-token": hidden["$token"], **SAME_ORIGIN}
                        answer = await http.post(url, content=encode_reply([hidden["$bound"]]), headers=headers)
                    sent.append(number)
                    if answer.status_code not in (200, 303):
                        refused.append((answer.status_code, answer.text))

        people = [asyncio.create_task(person(who)) for who in range(PEOPLE)]
        for secrets in STEPS:
            for place in range(WORKERS):
                before = len(sent)
                while len(sent) < before + 2 * PEOPLE:  # all of them have been at work since
                    await asyncio.sleep(0.005)
                    assert not any(task.done() for task in people)
                running[place] = await stack.enter_async_context(serving(worker(secrets)))
        done.set()
        await asyncio.gather(*people)

    assert [] == refused
    assert sorted(sent) == sorted(stored)
