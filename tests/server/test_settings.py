"""Modes and secrets, and what development shows that production does not."""

import gc
import logging
import stat
from secrets import token_hex, token_urlsafe

import pytest

from jetbridge.actions.define import action
from jetbridge.errors import DefinitionError
from jetbridge.server.app import App
from jetbridge.server.settings import is_development, secrets_of, store_of
from jetbridge.store.memory import MemoryStore
from jetbridge.testing import Client
from tests.server.asgi import CALL, SAME_ORIGIN, ask, chunk, post, run_lifespan

SIGNED_IN = {"cookie": "session=hunter2", "authorization": "Bearer hunter2", "x-mine": "shown"}
OLD, NEW = "o" * 40, "n" * 40


@action
async def ping(number: int):
    return number


@pytest.mark.parametrize(("value", "expected"), [("dev", True), ("", False), ("DEV", False), ("production", False)])
def test_only_dev_is_development(monkeypatch, value, expected):
    """Everything but `dev` is production."""
    monkeypatch.setenv("JETBRIDGE_ENV", value)

    assert expected == is_development()


OWN = MemoryStore()


@pytest.mark.parametrize(
    ("given", "environment", "expected"),
    [
        (None, None, "<MemoryStore>"),
        (None, "", "<MemoryStore>"),
        (None, "redis://:hunter2@10.0.0.1:6379/3", "<RedisStore at redis://10.0.0.1:6379/3>"),
        ("rediss://cache", "redis://10.0.0.1", "<RedisStore at rediss://cache>"),
        ("unix:///run/redis.sock", None, "<RedisStore at unix:///run/redis.sock>"),
        ("memory", "redis://10.0.0.1", "<MemoryStore>"),
        (OWN, "redis://10.0.0.1", OWN),
    ],
)
def test_the_store_is_what_was_given(monkeypatch, given, environment, expected):
    """The store is the app's, else that of the environment, else memory."""
    monkeypatch.delenv("JETBRIDGE_STORE", raising=False)
    if environment is not None:
        monkeypatch.setenv("JETBRIDGE_STORE", environment)
    found = App(__name__, store=given).store

    assert expected == (found if expected is OWN else repr(found))


@pytest.mark.parametrize("address", ["memcached://x", "localhost:6379", "redis", "http://:hunter2@x"])
def test_an_unknown_store_is_an_error(address):
    """What names no store is refused where the app is made, without showing a password."""
    with pytest.raises(DefinitionError, match="redis://host:6379/0") as caught:
        store_of(address, "app")

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "environment", "expected"),
    [
        (NEW, None, [NEW]),
        ([NEW, OLD], None, [NEW, OLD]),
        (None, f"{NEW},{OLD}", [NEW, OLD]),
        (None, f" {NEW} , ,{OLD}\n", [NEW, OLD]),
        (NEW, OLD, [NEW]),
    ],
)
def test_secrets(monkeypatch, given, environment, expected):
    """An app's own secrets, or the environment's, newest first."""
    monkeypatch.setenv("JETBRIDGE_SECRET", environment or "")

    assert expected == secrets_of(given, instead=None, development=False)


@pytest.mark.parametrize(
    ("given", "environment", "told"),
    [
        (None, "", "JETBRIDGE_SECRET is not set"),
        ([], "", "JETBRIDGE_SECRET is not set"),
        (None, f"{NEW},short", "JETBRIDGE_SECRET holds a secret of fewer than 32 characters"),
        ("short", "", "App(secret=…) holds a secret of fewer than 32 characters"),
        ([NEW, "short"], NEW, "App(secret=…) holds a secret of fewer than 32 characters"),
    ],
)
def test_secrets_that_are_none(monkeypatch, given, environment, told):
    """Without a secret, or with one that could be guessed, production says what prints one and shows none."""
    monkeypatch.setenv("JETBRIDGE_SECRET", environment)
    with pytest.raises(DefinitionError) as caught:
        secrets_of(given, instead=None, development=False)

    assert str(caught.value).startswith(told)
    assert "`jetbridge secret` prints one" in str(caught.value)
    assert "short" not in str(caught.value)


GUESSABLE = ["s" * 40, "secret" * 6, "changeme-changeme-changeme-changeme", "django-insecure-0d9fk2l1m4n5b6v7c8x9z"]


@pytest.mark.parametrize("secret", GUESSABLE)
async def test_a_secret_that_can_be_guessed(monkeypatch, secret):
    """No server starts with it in production, however it was given; development and tests may have it."""
    monkeypatch.setenv("JETBRIDGE_SECRET", "")
    answers = [(await run_lifespan(App(__name__, secret=given)))[0] for given in (secret, [token_urlsafe(), secret])]
    monkeypatch.setenv("JETBRIDGE_SECRET", secret)
    answers += await run_lifespan(App(__name__))
    App(__name__).start()
    monkeypatch.setenv("JETBRIDGE_ENV", "dev")

    assert ["lifespan.startup.failed"] * 3 == [one["type"] for one in answers]
    assert ["App(secret=…) holds a secret that can be guessed"] * 2 == [one["message"][:48] for one in answers[:2]]
    assert answers[2]["message"].startswith("JETBRIDGE_SECRET holds a secret that can be guessed")
    assert "`jetbridge secret` prints one" in answers[2]["message"]
    assert "lifespan.startup.complete" == (await run_lifespan(App(__name__)))[0]["type"]


@pytest.mark.parametrize("make", [token_urlsafe, lambda: token_hex(16), lambda: token_hex(32)])
async def test_a_secret_that_was_drawn(make):
    """What programs for secrets print is accepted."""
    assert "lifespan.startup.complete" == (await run_lifespan(App(__name__, secret=make())))[0]["type"]


def test_developments_own_secret(monkeypatch, tmp_path):
    """Without one, development has a secret that outlives a reload and that others cannot read or plant."""
    monkeypatch.setenv("JETBRIDGE_SECRET", "")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    first, second = secrets_of(None, instead=None, development=True), secrets_of(None, instead=None, development=True)
    (path,) = tmp_path.iterdir()
    mode = stat.S_IMODE(path.stat().st_mode)
    path.write_text("p" * 40)
    path.chmod(0o644)
    planted = secrets_of(None, instead=None, development=True)

    assert first == second
    assert 0o600 == mode
    assert planted != ["p" * 40]
    assert len(planted[0]) >= 32


async def test_rotation():
    """With the old secret behind the new one, what old pages hold goes on working; without it, it does not."""

    def make(secret):
        app = App(__name__, secret=secret)
        app.start()
        return app

    old, both, new = make(OLD), make([NEW, OLD]), make(NEW)
    headers = {**CALL, **SAME_ORIGIN}
    url = f"/?_action={old.references.reference(ping).id}"
    answers = [await ask(app, "POST", url, headers, [chunk(b"[1]")]) for app in (old, both, new)]
    fresh = await post(new, ping, headers, b"[1]")

    assert [200, 200, 409, 200] == [answer.status for answer in (*answers, fresh)]
    assert new.references.reference(ping).id == both.references.reference(ping).id


async def test_the_page_about_a_failure(monkeypatch, caplog):
    """Development shows traceback, source lines and the request, without what signs a person in."""
    monkeypatch.setenv("JETBRIDGE_ENV", "dev")
    app = App(__name__, secret=NEW)

    @app.page("/broken/{name}")
    def broken(name: str):
        raise RuntimeError(f"no {name} here <b>")

    async with Client(app, headers=SIGNED_IN) as client:
        page = await client.open("/broken/x?q=1")

    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert 500 == page.status
    assert "RuntimeError: no x here <b>" == page.soup.h1.get_text()
    told = page.soup.get_text()
    assert 'raise RuntimeError(f"no {name} here <b>")' in told
    assert "test_settings.py" in told
    assert "/broken/x?q=1" in told
    assert "shown" in told
    assert "hunter2" not in page.html
    assert page.soup.code.get_text() in record.getMessage()


async def test_a_failure_that_cannot_be_shown(monkeypatch, caplog):
    """An exception that fails when it is looked at is still an answer with its digest."""
    monkeypatch.setenv("JETBRIDGE_ENV", "dev")

    class Awkward(Exception):
        def __str__(self):
            raise ValueError("no text")

    app = App(__name__, secret=NEW)

    @app.page("/")
    def broken():
        raise Awkward

    for accept in ("text/html", "text/x-component"):
        answer = await ask(app, headers={"accept": accept})

        assert 500 == answer.status


@pytest.mark.parametrize(("asked", "threshold"), [("tuned", (50_000, 20, 20)), ("", (700, 10, 10))])
async def test_the_collector_is_tuned_where_that_is_asked(monkeypatch, asked, threshold):
    """With JETBRIDGE_GC=tuned, which `jetbridge run` sets, the collector looks less often from the start on."""
    monkeypatch.setenv("JETBRIDGE_GC", asked)
    before = gc.get_threshold()
    told = []
    gc.set_threshold(700, 10, 10)
    try:
        messages = iter(["startup", "shutdown"])

        async def receive():
            return {"type": f"lifespan.{next(messages)}"}

        async def send(_):
            told.append((gc.get_threshold(), gc.get_freeze_count() > 0))

        await App(__name__, secret="of a test that nobody has guessed")({"type": "lifespan"}, receive, send)
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)

    assert (threshold, asked != "") == told[0]
