"""Hints: an error that is known is told with what to do, in the log as in the page of development."""

import sqlite3

import pytest

from jetbridge import App
from jetbridge.hints import hint_at
from jetbridge.testing import Client


def fails_on(statement):
    def run():
        sqlite3.connect(":memory:").execute(statement)

    return run


def connects_to_nothing():
    raise ConnectionRefusedError(111, "Connect call failed ('127.0.0.1', 6379)")


def imports_nothing():
    import no_such_library  # noqa: F401


class UndefinedTable(Exception):  # as psycopg names it
    pass


def asks_postgres():
    raise UndefinedTable('relation "users" does not exist\nLINE 1: SELECT * FROM users')


KNOWN = {
    "a missing table": (fails_on("SELECT * FROM users"), "The table users is missing: run the migrations"),
    "one of Postgres": (asks_postgres, "The table users is missing: run the migrations"),
    "a missing column": (fails_on("SELECT colour FROM sqlite_master"), "The column colour is missing"),
    "no directory": (lambda: sqlite3.connect("/nowhere/at/all.sqlite3"), "The directory of the SQLite file"),
    "no server": (connects_to_nothing, "does not listen there: start it"),
    "no library": (imports_nothing, "Install what has no_such_library"),
}


@pytest.mark.parametrize("what", KNOWN)
def test_known_errors(what):
    """The hint is a note of the error, once, also where another error was made of it."""
    run, told = KNOWN[what]

    errors = [caught(run), caught(run, instead=LookupError("no user"))]
    for error in errors * 2:
        hint_at(error)

    assert [(1, True)] * 2 == [(len(error.__notes__), told in error.__notes__[0]) for error in errors]


def caught(run, *, instead=None):
    """What `run` raises, or what was made of it."""
    try:
        run()
    except Exception as error:
        if instead is None:
            return error
        instead.__cause__ = error
        return instead


def test_what_it_came_from_is_not_told_on():
    """An error raised `from None` has said all there is to say."""
    error = caught(says_it_better)
    hint_at(error)

    assert not hasattr(error, "__notes__")


def says_it_better():
    try:
        imports_nothing()
    except ImportError:
        raise LookupError("there is no module 'no_such_library' here") from None


class Unreadable(Exception):
    def __str__(self):
        raise RuntimeError


@pytest.mark.parametrize("error", [ValueError("no such table: users"[:3]), Unreadable(), KeyError("x")])
def test_other_errors(error):
    """What is not known stays as it is, and so does what cannot be read."""
    hint_at(error)

    assert not hasattr(error, "__notes__")


async def test_where_it_is_told(monkeypatch, caplog):
    """The page of development and the log have the hint; what production shows a visitor has not."""
    shown = {}
    for mode in ("dev", "production"):
        monkeypatch.setenv("JETBRIDGE_ENV", mode)
        app = App(__name__)
        app.page("/")(fails_on("SELECT * FROM users"))
        async with Client(app) as client:
            shown[mode] = (await client.open("/")).html

    assert {"dev": True, "production": False} == {mode: "run the migrations" in html for mode, html in shown.items()}
    assert 2 == caplog.text.count("\nThe table users is missing")
