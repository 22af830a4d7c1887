"""The guide's page on SQLAlchemy holds on SQLite and on Postgres: a session per call, all of it or nothing."""

import subprocess
import sys
from pathlib import Path

import pytest
from postgres_server import PostgresServer

from tests.docs.pages import settings_of, write_files

PAGE = Path(__file__).parents[2] / "docs/guide/sqlalchemy.md"


@pytest.fixture
def postgres():
    server = PostgresServer()
    server.start()
    yield f"postgresql+asyncpg://{server.address}"
    server.stop()


@pytest.fixture
def sqlite(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path}/books.sqlite3"


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_the_page(database, request, tmp_path, monkeypatch):
    """The tests of the page pass, whichever database its address names."""
    write_files(PAGE, tmp_path)
    (tmp_path / "pyproject.toml").write_text(settings_of(PAGE))
    monkeypatch.setenv("DATABASE_URL", request.getfixturevalue(database))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100)

    assert 0 == done.returncode, done.stdout
    assert "2 passed" in done.stdout
