"""In place of an app that cannot be imported: the exception in, an ASGI app that tells it to whoever asks out."""

from starlette.types import Receive, Scope, Send

from jetbridge.server.assets import client_file
from jetbridge.server.development.workshop import Workshop
from jetbridge.server.failure import log_failure
from jetbridge.server.visit import Visit
from jetbridge.wire.protocol import ASSETS

__all__ = ["Broken"]


class Broken:
    """Answers every request with all about `error`. `workshop` is as an app's.

    It is logged, but for one that has been told and has a `digest`.
    """

    def __init__(self, error: BaseException, digest: str | None = None) -> None:
        self.workshop = Workshop()
        self._error = error
        self._digest = log_failure(error, "importing the application") if digest is None else digest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for phase in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{phase}.complete"})
        elif scope["type"] == "http":
            visit = Visit(scope, receive)
            answer = await self.workshop.answer(visit)
            if answer is None and visit.path.startswith(ASSETS):
                name = visit.path.removeprefix(ASSETS)
                answer = client_file(name, accept_encoding=visit.headers.get("accept-encoding", ""))
            answer = answer or self.workshop.page(self._error, self._digest, visit)
            await answer(scope, receive, send)
        else:  # a websocket, which needs the app
            await receive()
            await send({"type": "websocket.close", "code": 1012})  # service restart (IANA's registry)
