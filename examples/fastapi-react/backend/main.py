"""An ordinary FastAPI application: a route, a session, the built front end. The two lines about actions are new."""

import os
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.staticfiles import StaticFiles
from starlette.middleware.sessions import SessionMiddleware

from jetbridge.integrations.starlette import Actions

from . import actions
from .notes import Notes, notes_of

DIST = Path(__file__).parent.parent / "dist"

app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key=os.environ.get("SESSION_SECRET", "for development only"))


@app.get("/api/me")
async def me(request: Request, notes: Annotated[Notes, Depends(notes_of)]) -> dict[str, Any]:
    return {"name": request.session.get("name"), "notes": [{"id": note.id, "text": note.text} for note in notes.all()]}


app.mount("/actions", Actions(__name__, actions=[actions], manifest="../dist/.vite/jetbridge.json"))
if DIST.is_dir():
    app.mount("/", StaticFiles(directory=DIST, html=True))
