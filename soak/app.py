"""What is served: a page, and actions that write a row. SOAK_VERSION says which of two versions this worker runs.

In the second version `add` takes one argument more, `note` is gone, and the browser client is another file, as it is
after an upgrade of Jetbridge: SOAK_CLIENT is its directory.
"""

import asyncio
import os
import sqlite3
from pathlib import Path

from jetbridge import App, action_state, h, public
from jetbridge.server import assets

__allow__ = public
VERSION = os.environ.get("SOAK_VERSION", "1")
if VERSION == "2":
    assets._CLIENT = Path(os.environ["SOAK_CLIENT"])
app = App(__name__, strict=True)


def write(text: str) -> None:
    with sqlite3.connect(os.environ["SOAK_DB"], timeout=30) as connection:
        connection.execute("INSERT INTO rows (text, version) VALUES (?, ?)", (text, VERSION))
    connection.close()


async def save(text: str) -> str:
    await asyncio.sleep(0.02)  # so that there is something to interrupt
    await asyncio.to_thread(write, text)
    return text


if VERSION == "2":

    async def add(text: str, colour: str = "") -> str:  # pyright: ignore[reportRedeclaration]  # one in each version
        "use server"
        return await save(text + colour)

else:

    async def add(text: str) -> str:
        "use server"
        return await save(text)

    async def note(about: str) -> str:
        "use server"
        return await save(about)


@app.page("/")
async def home():
    state = action_state(add)
    return h.main[
        h.h1[f"Version {VERSION}"],
        h.form(id="add", action=add)[h.input(name="text"), h.button["Add"]],
        state.error and h.p(role="alert")[state.error.message],
        state.result and h.p(role="status")[state.result],
        VERSION == "1" and h.form(id="note", action=note)[h.input(name="about"), h.button["Note"]],
    ]


@app.route("/health")
async def health(_request: object):
    from starlette.responses import PlainTextResponse

    return PlainTextResponse(f"{VERSION} {os.getpid()}")
