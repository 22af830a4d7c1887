"""What is served: a page, and an action that writes a row. SOAK_VERSION says which of two versions this worker runs.

The second version does more in the action and shows another page, and has an action that the first has not.
"""

import asyncio
import os
import sqlite3

from jetbridge import App, action_state, h, public

__allow__ = public
VERSION = os.environ.get("SOAK_VERSION", "1")
app = App(__name__, strict=True)


def write(text: str) -> None:
    with sqlite3.connect(os.environ["SOAK_DB"], timeout=30) as connection:
        connection.execute("INSERT INTO rows (text, version) VALUES (?, ?)", (text, VERSION))
    connection.close()


async def add(text: str) -> str:
    "use server"
    await asyncio.sleep(0.02)  # so that there is something to interrupt
    await asyncio.to_thread(write, text)
    return text


if VERSION == "2":

    async def remove(text: str) -> None:
        "use server"


@app.page("/")
async def home():
    state = action_state(add)
    return h.main[
        h.h1[f"Version {VERSION}"],
        h.form(action=add)[h.input(name="text"), h.button["Add"]],
        state.error and h.p(role="alert")[state.error.message],
        state.result and h.p(role="status")[state.result],
    ]


@app.route("/health")
async def health(_request: object):
    from starlette.responses import PlainTextResponse

    return PlainTextResponse(f"{VERSION} {os.getpid()}")
