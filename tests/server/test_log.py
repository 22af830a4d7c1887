"""One line a visit."""

import json
import logging
from typing import Any

import pytest
from examples.hello.app import app, create_user
from pydantic import BaseModel, SecretStr

from jetbridge.actions.define import action
from jetbridge.errors import ActionError, forbidden, redirect
from jetbridge.server.app import App
from jetbridge.testing import Client
from tests.server.asgi import CALL, FORM, SAME_ORIGIN, post, reply


async def test_one_line_for_each_page_and_action(caplog):
    """A line names the address, the status and what an action came to, and nothing that was typed."""
    caplog.set_level(logging.INFO, logger="jetbridge.visits")
    async with Client(app) as client:
        page = await client.open("/?tab=1")
        await page.form(create_user).submit({"name": "Secret Name", "email": "not an address"})
        await client.open("/nowhere")
        await client.open("/_jetbridge/nothing.js")
    lines = [record.getMessage().split() for record in caplog.records]

    assert [
        ["GET", "/?tab=1", "200"],
        ["POST", "/?tab=1", "422"],
        ["GET", "/nowhere", "404"],
    ] == [line[:3] for line in lines]
    assert ["create_user:", "error", "shown"] == lines[1][-3:]
    assert "Secret" not in caplog.text


@action
async def told(how: str, password: str = ""):
    match how:
        case "expected":
            raise ActionError("No")
        case "moved":
            return redirect("/")
        case "refused":
            raise forbidden()
        case "failed":
            raise RuntimeError("oh no")
    return how


@action(allow=lambda request: False)
async def closed(how: str):
    return how


def fields(caplog):
    """What a JSON formatter writes of the last visit: all that is not logging's own."""
    own = vars(logging.makeLogRecord({}))
    record = [record for record in caplog.records if record.name == "jetbridge.visits"][-1]
    return {name: value for name, value in vars(record).items() if name not in own and name not in ("message",)}


@pytest.mark.parametrize("how", ["value", "expected", "moved", "refused", "failed"])
async def test_fields_for_machines(caplog, how):
    """A line's record has the action, its outcome, what each phase took, sizes and the digest; no arguments."""
    caplog.set_level(logging.INFO, logger="jetbridge.visits")
    app = App(__name__, secret="s" * 40)
    body = reply(how, "hunter2")
    answer = await post(app, told, {**CALL, **SAME_ORIGIN}, body)
    found = fields(caplog)
    phases = ["guard", "body", "decode", "wait", "convert", "run", "render"]

    assert ("POST", "/", answer.status, "told", how) == tuple(
        found[name] for name in ("method", "address", "status", "action", "outcome")
    )
    assert (len(body), len(answer.body), False) == (found["bytes_in"], found["bytes_out"], found["repeated"])
    assert all(found[f"{phase}_ms"] >= 0 for phase in phases)
    assert sum(found[f"{phase}_ms"] for phase in phases) <= found["duration_ms"] + 1
    assert (how == "failed") == ("digest" in found)
    assert "hunter2" not in json.dumps(found)
    assert "hunter2" not in caplog.text


async def test_a_call_that_was_turned_away(caplog):
    """The line of a call that was not run names the action all the same."""
    caplog.set_level(logging.INFO, logger="jetbridge.visits")
    await post(App(__name__, secret="s" * 40), closed, {**CALL, **SAME_ORIGIN}, reply("x"))
    found = fields(caplog)

    assert ("closed", "turned away", 403) == tuple(found[name] for name in ("action", "outcome", "status"))


class Person(BaseModel):
    name: str
    answer: SecretStr


@action
async def hires(people: list[Person], more: dict[str, Any]):
    return len(people)


async def test_secrets_deep_in_an_argument(caplog):
    """What stands below a secret name, or in a SecretStr, is not shown at any depth."""
    caplog.set_level(logging.INFO, logger="jetbridge.visits")
    app = App(__name__, secret="s" * 40, log_arguments=True)
    more = {"site": "north", "login": {"password": "hunter2", "pin": {"digits": "hunter2"}}}
    await post(app, hires, {**CALL, **SAME_ORIGIN}, reply([{"name": "Ada", "answer": "hunter2"}], more))

    assert [True, True] == [word in caplog.text for word in ("'name': 'Ada'", "'site': 'north'")]
    assert "hunter2" not in caplog.text + str(fields(caplog))


@pytest.mark.parametrize("door", ["call", "form"])
async def test_arguments_where_the_app_asks(caplog, door):
    """With `log_arguments` the line shows what was sent, but for what looks like a secret."""
    caplog.set_level(logging.INFO, logger="jetbridge.visits")
    app = App(__name__, secret="s" * 40, log_arguments=True)
    headers, body = (CALL, reply("value", "hunter2")) if door == "call" else (FORM, b"how=value&password=hunter2")
    await post(app, told, {**headers, **SAME_ORIGIN}, body)

    assert "'how': 'value'" in caplog.text
    assert "hunter2" not in caplog.text + str(fields(caplog))
