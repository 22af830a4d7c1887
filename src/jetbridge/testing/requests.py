"""A request that nobody made, for tests of plain functions: what it should hold in, the context of it out."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Literal
from urllib.parse import quote, unquote, urlsplit

from starlette.requests import Request

from jetbridge.context import Context, enter
from jetbridge.server.app import App
from jetbridge.server.session import Session

__all__ = ["TEST_SECRET", "fake_request"]

TEST_SECRET = "only for tests, where the environment has none"  # noqa: S105


@contextmanager
def fake_request(
    app: App,
    path: str = "/",
    *,
    method: str = "POST",
    session: Mapping[str, Any] | None = None,
    cookies: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    phase: Literal["action", "page"] = "action",
) -> Generator[Context]:
    """A block in which actions, pages and policies of `app` may be called as the functions they are.

    `request()`, `session()`, `cookies()`, `flashes()`, `url()` and their like work in it. It gives the context:
    `touched` are the tags that were revalidated, `session` is the visitor's, `flashes` are the messages that wait,
    `after` what waits for the answer, `reply` the cookies and headers that were set. `phase` is "page" where a page is
    rendered, which may not revalidate.
    """
    app.start(secret=TEST_SECRET)
    parts = urlsplit(path)
    sent = {"host": "testserver", **{name.lower(): value for name, value in (headers or {}).items()}}
    if cookies:
        sent["cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    request = Request(
        {
            "type": "http",
            "method": method,
            "scheme": "http",
            "path": unquote(parts.path),
            "raw_path": quote(parts.path, safe="/%").encode("ascii"),
            "query_string": quote(parts.query, safe="%=&+").encode("ascii"),
            "root_path": "",
            "http_version": "1.1",
            "server": ("testserver", 80),
            "client": ("testclient", 50000),
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent.items()],
            "app": app,
            "state": {},
        }
    )
    context = Context(app=app, request=request, phase=phase, session=Session(dict(session or {})))
    with enter(context):
        yield context
