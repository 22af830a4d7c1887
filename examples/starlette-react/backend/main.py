"""An ordinary Starlette application: a route, a session, the built front end. The lines about actions are new."""

import os
from pathlib import Path
from uuid import uuid4

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from jetbridge.integrations.starlette import Actions

from . import actions, poll

DIST = Path(__file__).parent.parent / "dist"


async def me(request: Request) -> JSONResponse:
    voter = request.session.setdefault("voter", uuid4().hex)
    return JSONResponse({"vote": poll.vote_of(voter), "drinks": poll.DRINKS})


mount = Actions(__name__, actions=[actions], manifest="../dist/.vite/jetbridge.json")
routes = [Route("/api/me", me), Mount("/actions", mount)]
if DIST.is_dir():
    routes.append(Mount("/", StaticFiles(directory=DIST, html=True)))

app = Starlette(
    routes=routes,
    middleware=[Middleware(SessionMiddleware, secret_key=os.environ.get("SESSION_SECRET", "for development only"))],
    lifespan=mount.lifespan,
)
