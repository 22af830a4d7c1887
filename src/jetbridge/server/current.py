"""What code in an action, page or component can ask for: the request, work for later, flashes, addresses."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request

from jetbridge.context import current, visitors
from jetbridge.errors import DefinitionError
from jetbridge.server.policy import safe_path
from jetbridge.server.reply import Cookies, Reply
from jetbridge.server.session import Session

__all__ = ["after", "asset", "cookies", "flashes", "next_path", "request", "session", "set_header", "url"]


def request() -> Request:
    """The running request, as Starlette has it. Raises DefinitionError outside requests."""
    running = visitors("request()").request
    if running is None:
        raise DefinitionError("request() has none to give: this context was entered by `with app.context():`")
    return running


def after(function: Callable[[], Any]) -> None:
    """Call `function` (sync or async, no arguments) once the answer has been sent."""
    context = visitors("after()")
    if context.after is None:
        context.after = []
    context.after.append(function)


def session() -> Session:
    """What is kept about the visitor: a dict of JSON values, in an encrypted cookie of theirs.

    Raises DefinitionError outside requests.
    """
    context = visitors("session()")
    if context.session is None:
        if context.request is None:
            raise DefinitionError("session() has none to give: this context was entered by `with app.context():`")
        context.session = context.app.sessions.open(context.request)
    return context.session


def cookies() -> Cookies:
    """The visitor's cookies, to read and to set. Raises DefinitionError outside requests."""
    running = request()
    return Cookies(running, _reply())


def set_header(name: str, value: str) -> None:
    """Put a header on the answer, in place of one of ours of that name. Raises DefinitionError outside requests."""
    request()
    _reply().set_header(name, value)


def _reply() -> Reply:
    context = current("cookies()")
    if context.reply is None:
        context.reply = Reply()
    return context.reply


def next_path(default: str = "/") -> str:
    """Where the visitor wanted to go before the login page: `?next=` of its address if that is a path of this site."""
    return safe_path(request().query_params.get("next"), default)


def flashes() -> list[str]:
    """The messages of `redirect(…, flash=…)` that wait for this page; reading them is what removes them."""
    context = visitors("flashes()", marks=False)
    context.flashes_read = True
    return list(context.flashes)


def url(page: Callable[..., Any], /, **parameters: Any) -> str:
    """The address of `page`, a function under `@app.page`: path parameters in the path, all others in the query.

    Raises DefinitionError for a function that is no page, and for a missing path parameter.
    """
    context = current("url()")
    return _root_path(context.request) + context.app.pages.url(page, parameters)


def asset(name: str) -> str:
    """The address of a static file (`app.css`), with a hash of its contents. DefinitionError where there is none."""
    context = current("asset()")
    return _root_path(context.request) + context.app.asset_path(name)


def _root_path(running: Request | None) -> str:
    return "" if running is None else running.scope.get("root_path", "").rstrip("/")
