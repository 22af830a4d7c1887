"""Actions mounted in an application of Starlette's or FastAPI's."""

import json
import sys
import types
from typing import Annotated

import pytest
from fastapi import FastAPI, HTTPException
from fastapi.testclient import TestClient as FastAPIClient
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from jetbridge import ActionError, Provide, redirect
from jetbridge.actions.forms import bundled_id
from jetbridge.errors import DefinitionError
from jetbridge.integrations.starlette import Actions
from jetbridge.wire.protocol import HEADER_REASON, HEADER_TOKEN
from tests.conftest import SECRET

SAME = {"sec-fetch-site": "same-origin", "accept": "text/x-component"}


async def count(request: Request, by: int = 1) -> int:
    "use server"
    request.session["count"] = request.session.get("count", 0) + by
    return request.session["count"]


async def fail(text: str) -> None:
    "use server"
    raise ActionError("No", field_errors={"text": text})


async def leave() -> None:
    "use server"
    raise redirect("/elsewhere")


def somebody(request: Request) -> str:
    if "name" not in request.session:
        raise HTTPException(401, "Sign in first")
    return request.session["name"]


async def only_somebody(name: Annotated[str, Provide(somebody)]) -> str:
    "use server"
    return name


async def not_in_the_front_end() -> str:
    "use server"
    return "never"


@pytest.fixture
def package(monkeypatch, tmp_path):
    """A module `desk` that has these actions, in a directory with a manifest of three of them."""
    module = types.ModuleType("desk")
    (tmp_path / "backend").mkdir()
    module.__file__ = str(tmp_path / "backend" / "desk.py")
    monkeypatch.setitem(sys.modules, "desk", module)
    monkeypatch.delenv("JETBRIDGE_ENV", raising=False)
    listed = [count, fail, leave, only_somebody]
    return module, tmp_path, listed


def actions_of(package, **options):
    _, directory, listed = package
    actions = Actions("desk", actions=[sys.modules[__name__]], secret=SECRET, **options)
    actions.scan()
    ids = {one.name: bundled_id(one) for one in actions.registry}
    listing = {"desk.py": {"types": "", "actions": {one.__name__: ids[one.__name__] for one in listed}}}
    (directory / "actions.json").write_text(json.dumps({"version": 1, "app": "", "url": "", "modules": listing}))
    return Actions("desk", actions=[sys.modules[__name__]], secret=SECRET, **options), ids


def starlette_client(actions):
    routes = [Route("/", lambda request: PlainTextResponse("their own")), Mount("/actions", actions)]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(SessionMiddleware, secret_key="x")]))


def fastapi_client(actions):
    app = FastAPI(lifespan=actions.lifespan)
    app.add_middleware(SessionMiddleware, secret_key="x")
    app.get("/")(lambda: PlainTextResponse("their own"))
    app.mount("/actions", actions)
    return FastAPIClient(app)


both = pytest.mark.parametrize("make", [starlette_client, fastapi_client])


@both
def test_calls(package, make):
    """A call at the mount's root runs the action, which finds the application's own session."""
    actions, ids = actions_of(package)
    client = make(actions)
    answers = [client.post(f"/actions/?_action={ids['count']}", headers=SAME, content="[2]").text for _ in range(2)]

    assert ['0:{"value":2}\n', '0:{"value":4}\n'] == answers
    assert "their own" == client.get("/").text


@both
def test_outcomes(package, make):
    """Expected errors and redirects answer as they do anywhere."""
    actions, ids = actions_of(package)
    client = make(actions)

    def call(name, body):
        return client.post(f"/actions/?_action={ids[name]}", headers=SAME, content=body).text

    assert '"fieldErrors":{"text":"x"}' in call("fail", '["x"]')
    assert '"fieldErrors":{"text":"' in call("fail", "[]")
    assert '0:{"location":"/elsewhere"}\n' == call("leave", "[]")
    assert '"message":"Sign in first","fieldErrors":{},"code":"401"' in call("only_somebody", "[]")


@both
def test_what_no_manifest_lists_is_no_endpoint(package, make):
    """An action that exists and is in no bundle is unknown, and so is a name that nobody has."""
    actions, ids = actions_of(package)
    client = make(actions)
    answers = [
        client.post(f"/actions/?_action={identity}", headers=SAME, content="[]")
        for identity in (ids["not_in_the_front_end"], "nobody-0123", f"{ids['count']}.forged")
    ]

    assert [(409, "unknown-action")] * 3 == [(answer.status_code, answer.headers[HEADER_REASON]) for answer in answers]


@both
def test_a_bundle_from_before_a_change(package, make):
    """Its call of an action that takes something else now is refused with that reason, and does not run."""
    actions, ids = actions_of(package)
    client = make(actions)
    before = ids["count"].rpartition(".")[0] + ".x" + "0" * 7  # a fingerprint that `count` does not have
    refused = client.post(f"/actions/?_action={before}", headers=SAME, content="[2]")
    counted = client.post(f"/actions/?_action={ids['count']}", headers=SAME, content="[2]")

    assert (409, "changed-action") == (refused.status_code, refused.headers[HEADER_REASON])
    assert '0:{"value":2}\n' == counted.text


@both
def test_token(package, make):
    """A request that no browser vouches for needs the token, which a GET at the root gives with its cookie."""
    actions, ids = actions_of(package)
    client = make(actions)
    path, accept = f"/actions/?_action={ids['count']}", {"accept": "text/x-component"}
    refused = client.post(path, headers=accept, content="[]")
    given = client.get("/actions/")
    allowed = client.post(path, headers={**accept, HEADER_TOKEN: given.headers[HEADER_TOKEN]}, content="[]")

    assert (403, "token") == (refused.status_code, refused.headers[HEADER_REASON])
    assert (204, "private, no-store") == (given.status_code, given.headers["cache-control"])
    assert '0:{"value":1}\n' == allowed.text


@both
@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "http://elsewhere.example"}])
def test_other_sites_are_refused(package, make, headers):
    """The guard is the same as for pages."""
    actions, ids = actions_of(package)
    answer = make(actions).post(f"/actions/?_action={ids['count']}", headers=headers, content="[]")

    assert (403, "origin") == (answer.status_code, answer.headers[HEADER_REASON])


def test_development_allows_what_can_be_imported(package, monkeypatch):
    """While one writes, no manifest has to be up to date, or be there at all."""
    monkeypatch.setenv("JETBRIDGE_ENV", "dev")
    actions, ids = actions_of(package)
    (package[1] / "actions.json").unlink()
    answer = starlette_client(actions).post(
        f"/actions/?_action={ids['not_in_the_front_end']}", headers=SAME, content="[]"
    )

    assert '0:{"value":"never"}\n' == answer.text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "there is no manifest"),
        ("[]", "is no manifest"),
        ('{"version": 2}', "another version"),
        ('{"version": 1, "modules": {"a": {}}}', "is no manifest"),
    ],
)
def test_a_manifest_that_cannot_be_read(package, text, message):
    """Production does not start without one, and says what to run."""
    actions, _ = actions_of(package, manifest="../built.json")
    if text is not None:
        (package[1] / "built.json").write_text(text)

    with pytest.raises(DefinitionError, match=message):
        fastapi_client(actions).__enter__()


@pytest.mark.parametrize(
    ("header", "expected"),
    [("1", '0:{"value":[3,"x"]}\n'), (None, "user_id"), ("x", "a number of bound arguments expected")],
)
def test_bound_by_the_client(package, header, expected):
    """`rename.bind(null, 3)` as a form's action: the header says that the value before the form is no old state."""
    package[2].append(rename)
    actions, ids = actions_of(package)
    body = {"_1_name": (None, "x"), "0": (None, '[3,"$K1"]')}
    headers = {**SAME, **({"jetbridge-bound": header} if header else {})}
    answer = starlette_client(actions).post(f"/actions/?_action={ids['rename']}", headers=headers, files=body)

    assert expected in answer.text


async def rename(user_id: int, name: str) -> list[object]:
    "use server"
    return [user_id, name]
