"""An application whose actions stream, and what a test asks of it from outside."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse

from jetbridge import App, action, action_state, h
from jetbridge.wire.protocol import QUERY_ACTION

app = App(__name__, csp=None)  # so that a test may bring scripts of its own

happened: list[str] = []
gate = asyncio.Event()


@action
async def count():
    """Two items with a wait between, and a second stream in the last; then nothing for an hour."""

    async def letters():
        for letter in "ab":
            yield letter

    happened.append("begun")
    try:
        yield {"number": 1, "later": asyncio.sleep(0, "kept")}
        await gate.wait()
        yield {"number": 2, "letters": letters()}
        await asyncio.sleep(3600)
    finally:
        happened.append("ended")


@action
async def submit(name: str):
    """What a form gets back is a stream that nobody reads."""
    happened.append(f"submitted {name}")
    await gate.wait()
    return {"name": name, "rows": rows(name)}


async def rows(name):
    yield name


@app.page("/", title="Streams")
async def home():
    state = action_state(submit)
    return h.form(action=submit)[
        h.input(name="name", aria_label="name"),
        h.button["Send"],
        state.submitted and h.p(role="status")["Thank you"],
    ]


@app.route("/control/{order}", methods=["POST"])
async def control(request: Request):
    """Begin anew, or open the gate; answers with what has happened and with the address of `count`."""
    match request.path_params["order"]:
        case "reset":
            happened.clear()
            gate.clear()
        case "open":
            gate.set()
    return JSONResponse({"happened": happened, "address": f"/?{QUERY_ACTION}={app.references.reference(count).id}"})
