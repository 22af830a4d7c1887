"""What whoever runs the server hears of requests that are refused."""

import logging

import pytest

from jetbridge import App, action, h
from jetbridge.server import refusals
from jetbridge.testing import Client

FORM = {"name": "Ada"}


@action
async def greet(name: str):
    return name


@pytest.fixture
def client(monkeypatch):
    monkeypatch.setattr(refusals, "_told", {})
    app = App(__name__, secret="s" * 40)
    app.page("/")(lambda: h.form(action=greet)[h.input(name="name")])
    return Client(app)


async def send(client, *, origin="http://testserver", reference=None):
    reference = reference or client.app.references.reference(greet).id
    return await client.http.post(f"/?_action={reference}", data=FORM, headers={"origin": origin})


async def test_a_foreign_origin(client, caplog):
    """The log says which origin it was and which settings would let it in; the visitor is not told."""
    answer = await send(client, origin="https://elsewhere.example")

    assert 403 == answer.status_code
    assert "JETBRIDGE" not in answer.text
    assert "'https://elsewhere.example'" in caplog.text
    assert "JETBRIDGE_ALLOWED_ORIGINS" in caplog.text
    assert "JETBRIDGE_TRUSTED_PROXIES" in caplog.text


async def test_another_secret(client, caplog):
    """A page signed with a secret that is gone is answered with 409, and the log says how to change secrets."""
    other = App(__name__, secret="t" * 40)
    other.start()
    answer = await send(client, reference=other.references.reference(greet).id)

    assert 409 == answer.status_code
    assert "jetbridge secret --rotate" in caplog.text


async def test_no_flood(client, caplog):
    """However many requests are refused for a reason, one line a minute tells of them."""
    caplog.set_level(logging.WARNING)
    for number in range(20):
        await send(client, origin=f"https://elsewhere{number}.example")

    assert 1 == len(caplog.records)


async def test_a_long_origin(client, caplog):
    """What a stranger chooses is quoted and cut."""
    await send(client, origin="https://" + "x" * 5000)

    assert len(caplog.records[0].getMessage()) < 1200
