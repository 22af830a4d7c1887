"""What an error page may show of the values of a running program."""

import os
from dataclasses import dataclass
from types import SimpleNamespace

import msgspec
import pytest
from pydantic import BaseModel, SecretStr
from starlette.requests import Request

from jetbridge.server.development.mask import HIDDEN, Mask, is_secret
from jetbridge.wire.model import FormData


class Login(BaseModel):
    name: str
    password: str


class Signed(msgspec.Struct):
    api_key: str
    name: str = "ada"


@dataclass
class Account:
    name: str
    apiKey: str
    inner: object = None


class Own:
    def __repr__(self):
        return "Own(name='ada', token='t0psecret', password=None)"


class Raises:
    def __repr__(self):
        raise RuntimeError("no")


class Kept:
    def __init__(self, secret):
        self.name = "ada"
        self._password = secret


class Slotted:
    __slots__ = ("api_key", "other")

    def __init__(self, secret):
        self.api_key = secret


class Closed(dict):
    def items(self):
        raise ValueError("closed")


@pytest.mark.parametrize(
    "name",
    [
        *("password", "PASSWORD", "new_password", "passwd", "pwd", "db_pwd", "secret", "client_secret", "token"),
        *("access_token", "csrf_token", "key", "api_key", "apikey", "apiKey", "stripe_key", "Authorization", "cookie"),
        *("Set-Cookie", "cookies", "credentials", "pin", "otp", "jwt", "dsn", "x-api-key", "keys", "SECRET_KEY"),
        *("pass", "db_pass", "dbPass", "pw", "creds", "session_id", "sessionid", "PHPSESSID"),
    ],
)
def test_names_of_secrets(name):
    """A name that speaks of a secret is known, however it is written."""
    assert is_secret(name)


@pytest.mark.parametrize(
    "name", ["name", "monkey", "keyboard", "email", "spin", "author", "turkey", "keyed", "pink", "passport", "session"]
)
def test_other_names(name):
    """A name that only contains such a word is not."""
    assert not is_secret(name)


SECRET = "hunter-2-hunter"
HOLDERS = {
    "text under a name": ("password", SECRET),
    "in a dict": ("config", {"user": "ada", "password": SECRET}),
    "in a dict of bytes": ("headers", {b"authorization": SECRET.encode()}),
    "deep": ("config", [{"a": ({"token": SECRET},)}]),
    "in a list under a name": ("tokens", [SECRET]),
    "pydantic": ("form", Login(name="ada", password=SECRET)),
    "msgspec": ("signed", Signed(api_key=SECRET)),
    "dataclass": ("account", Account("ada", SECRET)),
    "dataclass in one": ("account", Account("ada", "", Account("eve", SECRET))),
    "namespace": ("settings", SimpleNamespace(secret=SECRET)),
    "SecretStr": ("given", SecretStr(SECRET)),
    "FormData": ("data", FormData([("name", "ada"), ("password", SECRET)])),
    "pairs": ("headers", [("host", "x"), ("cookie", SECRET)]),
    "pairs of bytes": ("scope", {"headers": [(b"cookie", SECRET.encode())]}),
    "an object": ("client", Kept(SECRET)),
    "an object with slots": ("client", [Slotted(SECRET)]),
    "deeper than is shown": ("config", {"a": {"b": {"c": {"d": {"e": {"password": SECRET}}}}}}),
    "a request": ("request", Request({"type": "http", "method": "GET", "path": "/", "headers": [(b"cookie", b"x")]})),
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_hides_by_name(holder):
    """What has the name of a secret is not shown, in whatever holds it."""
    name, value = HOLDERS[holder]
    mask = Mask()

    assert SECRET not in mask.value(name, value)


@pytest.mark.parametrize("holder", sorted(HOLDERS.keys() - {"a request", "deeper than is shown"}))
def test_hides_the_value_elsewhere(holder):
    """Nor is the same value in another place: a message, another variable, a URL."""
    name, value = HOLDERS[holder]
    mask = Mask()
    mask.learn(name, value)

    assert f"bad password {HIDDEN}!" == mask.text(f"bad password {SECRET}!")
    assert SECRET not in mask.value("other", {"x": [f"is {SECRET}"]})


def test_hides_the_environment_and_what_it_was_given(monkeypatch):
    """Values of the environment and the app's secrets are hidden wherever they stand; what is well known is not."""
    monkeypatch.setenv("STRIPE_KEY", "abcd")
    monkeypatch.setenv("SOME_SETTING", "a-setting-of-mine")
    monkeypatch.setenv("SHORT", "on")
    monkeypatch.setenv("PWD", "/srv/shop")
    monkeypatch.setenv("OLDPWD", "/srv/gone")
    mask = Mask(["s" * 40])

    assert f"{HIDDEN} {HIDDEN} on {HIDDEN}" == mask.text(f"abcd a-setting-of-mine on {'s' * 40}")
    for path in (os.environ["PATH"], "/srv/shop/app.py", "/srv/gone/app.py"):
        assert path == mask.text(path)
    assert "abcd" not in mask.value("environment", os.environ)
    assert "abcd" not in mask.value("environment", dict(os.environ))


@pytest.mark.parametrize("text", ['a "quoted" secret', "line\nline", "tab\there", "ümlaut-secret", "per%cent & more"])
def test_hides_a_value_however_it_is_written(text):
    """Quoted by repr or JSON, or encoded into a URL, it is the same value."""
    import json
    from urllib.parse import quote

    mask = Mask([text])
    for written in (text, repr(text), json.dumps(text), quote(text)):
        assert text not in mask.text(written)
        assert HIDDEN in mask.text(written)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgres://ada:pw@db/x", f"postgres://ada:{HIDDEN}@db/x"),
        ("postgres://ada:p/w@x@db/x", f"postgres://ada:{HIDDEN}@db/x"),
        ("redis://:pw@db", f"redis://:{HIDDEN}@db"),
        (f"https://{'k' * 32}@reports/1", f"https://{HIDDEN}@reports/1"),
        ("postgres://db/x?user=ada&password=pw&a=b", f"postgres://db/x?user=ada&password={HIDDEN}&a=b"),
        ("host=db password=pw dbname=x", f"host=db password={HIDDEN} dbname=x"),
        ("SERVER=db;UID=ada;PWD=pw;", f"SERVER=db;UID=ada;PWD={HIDDEN};"),
        ("mysql --password=pw x", f"mysql --password={HIDDEN} x"),
        ('{"user": "ada", "token": "t0p"}', f'{{"user": "ada", "token": {HIDDEN}}}'),
        ("got {'a': {'secret': 'x y'}}", f"got {{'a': {{'secret': {HIDDEN}}}}}"),
        ("authorization: Bearer abc.def-123", f"authorization: Bearer {HIDDEN}"),
        ("sent Basic YWRhOnB3cHc=", f"sent Basic {HIDDEN}"),
        ("cookie: a=b; c=d\nhost: x", f"cookie: {HIDDEN}\nhost: x"),
    ],
)
def test_a_secret_in_a_text(text, shown):
    """What a text itself says is a secret is not shown: in URLs, queries, connection strings, JSON, headers."""
    assert shown == Mask().text(text)


@pytest.mark.parametrize(
    "text",
    [
        "http://localhost:8000/?to=ada@example.com",
        "ssh://git@host/x",
        "unexpected token: }",
        "invalid key: 'colour'",
        "Basic authentication failed",
        "password=None",
    ],
)
def test_a_text_without_a_secret(text):
    """An address, a port or the mere word hides nothing."""
    assert text == Mask().text(text)


def test_code_is_not_hidden():
    """In a line of source a name stands for a value, which is hidden; the name of a variable is not."""
    mask = Mask(["t0psecret"])

    assert f"login(password=given, to={HIDDEN})" == mask.source("login(password=given, to=t0psecret)")


@pytest.mark.parametrize(
    "piece", ["z", "://", "://a:", "://a@", "a='", "password=", "cookie: ", "bearer ", "\\'", "x "]
)
def test_a_long_text_takes_no_longer_than_it_is_long(piece):
    """Whatever stands in a message, it is read in one go: a tenth of a megabyte at once, not in minutes."""
    assert HIDDEN == Mask(["t0psecret"]).text(piece * (100_000 // len(piece)) + " t0psecret")[-len(HIDDEN) :]


def test_learning_is_bounded_and_never_fails():
    """A table in a variable costs no more than a look at some of it; what cannot be read is left alone."""
    mask = Mask()
    mask.learn("row", Closed(a=1))
    mask.learn("rows", [{"password": f"{number:07}-secret"} for number in range(100_000)])

    assert [HIDDEN, "0099999-secret"] == [mask.text("0000000-secret"), mask.text("0099999-secret")]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "None"),
        (3, "3"),
        ("text", "'text'"),
        ([1, "a"], "[1, 'a']"),
        ((1,), "(1)"),
        ({"a": 1}, "{'a': 1}"),
        (Account("ada", ""), "Account(name='ada', apiKey='', inner=None)"),
        (Own(), f"Own(name='ada', token={HIDDEN}, password=None)"),
        (Raises(), "<Raises whose repr raises RuntimeError>"),
        (list(range(30)), f"[{', '.join(map(str, range(20)))}, … 10 more]"),
    ],
)
def test_shows_the_rest(value, shown):
    """All else is shown as Python writes it, in short."""
    assert shown == Mask().value("x", value)


def test_is_bounded():
    """Neither large nor endless values are shown in full."""
    endless = []
    endless.append(endless)

    assert 500 > len(Mask().value("x", "y" * 10_000_000))
    assert 500 > len(Mask().value("x", endless))
    assert 500 > len(Mask().value("x", [["z" * 300] * 30] * 30))


def test_nothing_to_hide_about_an_empty_password():
    """That no password was given is worth knowing."""
    assert ["None", "''"] == [Mask().value("password", None), Mask().value("password", "")]
