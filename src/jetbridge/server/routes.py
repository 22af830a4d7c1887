"""What is not ours to answer: an application's own routes and middleware, with our headers and error pages around them.

What they send is theirs. What they raise before they send ends as it does in a page.
"""

from collections.abc import Awaitable, Callable

from starlette.datastructures import MutableHeaders
from starlette.routing import Match, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jetbridge.actions.invoke import unwrapped
from jetbridge.errors import ControlFlow
from jetbridge.server.respond import COMMON

__all__ = ["catching", "has_route", "other_slash"]

Instead = Callable[[Scope, Receive, BaseException], Awaitable[ASGIApp]]


def has_route(router: Router, scope: Scope) -> bool:
    """Whether a route takes this request, or would with another method or with the other slash at its end."""
    other = {**scope, "path": other_slash(scope["path"])}
    return any(route.matches(one)[0] is not Match.NONE for route in router.routes for one in (scope, other))


def other_slash(path: str) -> str:
    """`path` with a slash at its end, or without the one it has."""
    return path.rstrip("/") or "/" if path.endswith("/") else f"{path}/"


def catching(app: ASGIApp, instead: Instead) -> ASGIApp:
    """`app`, whose HTTP answers have the headers that all have; `instead` gives the answer to what it raises."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in COMMON:
                    headers.setdefault(name, value)
            await send(message)

        try:
            await app(scope, receive, send_with_headers)
        except (Exception, ControlFlow, BaseExceptionGroup) as error:
            if started:
                raise
            answer = await instead(scope, receive, unwrapped(error))
            await answer(scope, receive, send)

    return run
