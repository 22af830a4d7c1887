"""A page with a chat in it."""

from starlette.requests import Request
from starlette.responses import JSONResponse

from jetbridge import App, client_component, h

from . import model

app = App(__name__, actions=["chat.actions"], frontend="../dist")

Chat = client_component("./Chat.tsx", "Chat")


@app.page("/", title="Chat")
async def home():
    return h.main[h.h1["Chat"], Chat()[h.p["Ask something."]]]


@app.route("/writing")
async def writing(_: Request) -> JSONResponse:
    """Which questions are being answered."""
    return JSONResponse(sorted(model.writing))
