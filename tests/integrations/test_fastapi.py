"""FastAPI's dependencies in the parameters of actions."""

from contextlib import asynccontextmanager, suppress
from typing import Annotated

import pytest
from fastapi import Cookie, Depends, FastAPI, Header, HTTPException, Request, Security
from fastapi.security import HTTPBearer

from jetbridge import ActionError, App, FormData, action, redirect
from jetbridge.testing import Client, UnexpectedError
from tests.conftest import SECRET

log = []


async def connection():
    log.append("open")
    try:
        yield len(log)
    except BaseException as error:
        log.append(f"rolled back: {error}")
        raise
    else:
        log.append("committed")
    finally:
        log.append("closed")


Connection = Annotated[int, Depends(connection)]


def repository(connection: Connection, request: Request):
    return f"repository {connection} of {request.url.path}"


class Settings:
    def __init__(self, x_tenant: Annotated[str, Header()] = "none", theme: Annotated[str, Cookie()] = "light"):
        self.text = f"{x_tenant} {theme}"


def refused():
    raise HTTPException(403, "Not for you")


def at_most(limit: int):
    return limit


bearer = HTTPBearer(auto_error=False)


@action
async def both(text: str, connection: Connection, repository: Annotated[str, Depends(repository)]):
    return [text, connection, repository]


@action
async def of_class(settings: Annotated[Settings, Depends()]):
    return settings.text


@action
async def by_default(text: str = "x", settings: Settings = Depends(Settings)):  # noqa: B008  # as FastAPI's users write it
    return [text, settings.text]


@action
def sync(connection: Connection):
    return connection


@action
async def secured(credentials: Annotated[object, Security(bearer)]):
    return credentials and credentials.credentials


@action
async def never(nothing: Annotated[None, Depends(refused)]):
    log.append("ran")


@action
async def with_query(limit: Annotated[int, Depends(at_most)]):
    return limit


@action
async def failing(connection: Connection, how: str):
    if how == "error":
        raise RuntimeError("it broke")
    if how == "expected":
        raise ActionError("expected")
    if how == "raised":
        raise redirect("/raised")
    return redirect("/returned")


@pytest.fixture
def outer():
    log.clear()
    outer = FastAPI()
    app = App(__name__, secret=SECRET)
    outer.mount("/app", app)
    outer.inner = app
    return outer


async def call(outer, action, *arguments, path="/app/", **headers):
    async with Client(outer.inner, within=outer, headers=headers) as client:
        return await client.call(action, *arguments, path=path)


CALLS = {
    "sub-dependencies are shared": (both, ["a"], {}, ["a", 1, "repository 1 of /app/"]),
    "a class": (of_class, [], {"x-tenant": "acme", "cookie": "theme=dark"}, "acme dark"),
    "a default": (by_default, ["y"], {}, ["y", "none light"]),
    "a sync action": (sync, [], {}, 1),
    "security": (secured, [], {"authorization": "Bearer abc"}, "abc"),
}


@pytest.mark.parametrize("what", CALLS)
async def test_injects(outer, what):
    """A dependency gets what FastAPI gives it, once for a call, and no client can fill its place."""
    function, arguments, headers, expected = CALLS[what]

    assert expected == (await call(outer, function, *arguments, **headers)).value


async def test_a_client_cannot_inject(outer):
    """What a client sends under the name of an injected parameter is not passed."""
    form = FormData([("text", "a"), ("connection", "99"), ("repository", "mine")])

    assert ["a", 1, "repository 1 of /app/"] == (await call(outer, both, form)).value


ENDS = {
    "returned": ["open", "committed", "closed"],
    "error": ["open", "rolled back: it broke", "closed"],
    "expected": ["open", "rolled back: expected", "closed"],
    "raised": ["open", "rolled back: /raised", "closed"],
}


@pytest.mark.parametrize("how", ENDS)
async def test_generators_hear_how_it_ended(outer, how):
    """A generator goes on when the action has ended, and gets what it raised."""
    with suppress(ActionError, UnexpectedError):
        await call(outer, failing, how)

    assert ENDS[how] == log


async def test_what_a_dependency_raises(outer):
    """An HTTPException is the outcome, and the action does not run; so is what FastAPI finds wrong in the request."""
    with pytest.raises(ActionError, match="Not for you"):
        await call(outer, never)
    with pytest.raises(ActionError, match="valid integer"):
        await call(outer, with_query, path="/app/?limit=x")

    assert [] == log
    assert 3 == (await call(outer, with_query, path="/app/?limit=3")).value


async def test_overrides(outer):
    """`dependency_overrides` of the application around apply, as its own tests rely on."""
    outer.dependency_overrides[connection] = lambda: 7

    assert ["a", 7, "repository 7 of /app/"] == (await call(outer, both, "a")).value


async def test_alone():
    """Without an application of FastAPI's around, Depends works too."""
    app = App(__name__, secret=SECRET)
    async with Client(app) as client:
        assert ["a", 1, "repository 1 of /"] == (await client.call(both, "a")).value


async def test_lifespan_state():
    """What the lifespan of the application put into its state is there for a dependency."""

    @asynccontextmanager
    async def lifespan(app):
        app.state.pool = "pool"
        yield

    outer = FastAPI(lifespan=lifespan)
    app = App(__name__, secret=SECRET)
    outer.mount("/app", app)

    def pool(request: Request):
        return request.app.state.pool

    outer.dependency_overrides[connection] = pool
    async with outer.router.lifespan_context(outer), Client(app, within=outer) as client:
        assert "pool" == (await client.call(sync, path="/app/")).value
