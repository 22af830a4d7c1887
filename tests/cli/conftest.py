"""A small package on disk, as the commands find one."""

import os
import sys
from unittest.mock import patch

import pytest
from click.testing import CliRunner

from jetbridge.cli.main import main

APP = """
import asyncio
import os
from pathlib import Path

from jetbridge import App, action, after, h

app = App(__name__)
admin = App(__name__)
not_an_app = 1


@action
async def slowly():
    Path("started").touch()
    await asyncio.sleep(float(os.environ.get("SLOW", "0.6")))
    after(lambda: Path("after").touch())
    Path("finished").touch()
    return "done"


@action(max_bytes=100)
async def small(text: str = ""):
    return text


@app.page("/")
def home():
    return h.main["version 1", h.form(action=slowly)[h.button["Go"]], h.form(action=small)]


@app.page("/broken")
def broken():
    raise RuntimeError("secret text")


@app.route("/pid")
def pid(request):
    from starlette.responses import PlainTextResponse

    return PlainTextResponse(str(os.getpid()))
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A directory with a package `shop`, which is the working directory."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    (tmp_path / "shop" / "app.py").write_text(APP)
    (tmp_path / "shop" / "empty.py").write_text("")
    (tmp_path / "shop" / "needs.py").write_text("import no_such_library\n")
    (tmp_path / "stat.py").write_text("from jetbridge import App\napp = App(__name__)\n")
    (tmp_path / "shop" / "wrong.py").write_text(
        'from jetbridge import App, action\napp = App(__name__)\n@action\nasync def f(x: "NoSuch"):\n    pass\n'
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def jetbridge(monkeypatch):
    """Runs a command as a shell would, but in this process: a new one each time would take most of the time."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    known = set(sys.modules)

    def run(*arguments, **env):
        try:
            return CliRunner(env=env).invoke(main, arguments, prog_name="jetbridge", catch_exceptions=False)
        finally:  # what the project has is loaded anew by the next command, as in a process of its own
            for name in set(sys.modules) - known:
                if not name.startswith("jetbridge"):
                    del sys.modules[name]

    with patch.dict(os.environ):  # which the commands change
        for name in [name for name in os.environ if name.startswith("JETBRIDGE")]:
            del os.environ[name]
        yield run
