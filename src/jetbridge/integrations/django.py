"""Actions and pages beside Django: two applications in, one out; and Django's sessions and users for what they do.

Django's middleware does not run around an action, so what it would give a view is supplied: `django_request` is an
HttpRequest with session and user, and what changes in the session is saved when the action has succeeded, by Django's
own SessionMiddleware. Needs Django 5 or later, with its settings configured.
"""
# Django has no types of its own, so strictness would only ask for casts.
# pyright: basic, reportMissingTypeStubs=false

import io
from collections.abc import AsyncGenerator
from typing import Any, Final, Literal

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.contrib.auth import aget_user
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.handlers.asgi import ASGIRequest
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from jetbridge.errors import unauthorized
from jetbridge.server.current import cookies

__all__ = ["beside_django", "current_user", "django_request", "signed_in"]

_SAME_SITE: Final[dict[str, Literal["lax", "strict", "none"]]] = {"Lax": "lax", "Strict": "strict", "None": "none"}


def beside_django(django: ASGIApp, app: ASGIApp, path: str) -> ASGIApp:
    """`django`, of `get_asgi_application()`, with an application of ours below `path`, such as "/shop".

    Ours is started and stopped by the server; Django knows no lifespan. Each request of ours has database connections
    as one of Django's has: those that are too old are closed before and after it.
    """
    below = f"{path.rstrip('/')}/"

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
        elif not f"{scope['path']}/".startswith(below):
            await django(scope, receive, send)
        else:
            async with ThreadSensitiveContext():
                await sync_to_async(close_old_connections)()
                try:
                    await app({**scope, "root_path": scope.get("root_path", "") + below[:-1]}, receive, send)
                finally:
                    await sync_to_async(close_old_connections)()

    return application


async def django_request(request: Request) -> AsyncGenerator[HttpRequest]:
    """For `Provide`: Django's request with `session` and `user`, for `alogin(request, user)` and all that takes one.

    Its session is saved, and the cookie set, when the action has succeeded. The body has been read already and is empty
    here.
    """
    middleware = SessionMiddleware(_unasked)
    made = await _request_of(request, middleware)
    yield made
    response: Any = await sync_to_async(middleware.process_response)(made, HttpResponse())
    for name, morsel in response.cookies.items():
        path, domain = morsel["path"], morsel["domain"] or None
        if morsel["max-age"] == 0:
            cookies().delete(name, path=path, domain=domain)
            continue
        cookies().set(
            name,
            morsel.value,
            max_age=morsel["max-age"] or None,
            path=path,
            domain=domain,
            secure=bool(morsel["secure"]) or None,
            http_only=bool(morsel["httponly"]),
            same_site=_SAME_SITE[morsel["samesite"] or "Lax"],
        )


async def current_user(request: Request) -> Any:
    """For `Provide`: the user who has signed in to Django, or an AnonymousUser."""
    made: Any = await _request_of(request, SessionMiddleware(_unasked))
    return made.user


async def signed_in(request: Request) -> bool:
    """The policy of what is for Django's users; others get 401, which leads to `App(login=…)`."""
    user = await current_user(request)
    if not user.is_authenticated:
        raise unauthorized()
    return True


async def _request_of(request: Request, middleware: Any) -> HttpRequest:
    """Django's request for the running one, as its session and authentication middleware leave it."""
    made: Any = ASGIRequest(dict(request.scope), io.BytesIO())
    middleware.process_request(made)
    user = made.user = await aget_user(made)  # now: a lazy one would ask the database in the event loop

    async def auser() -> Any:
        return user

    made.auser = auser
    return made


def _unasked(request: HttpRequest) -> HttpResponse:
    """What the middleware would call next, were it not asked for its two halves."""
    raise NotImplementedError(request.path)
