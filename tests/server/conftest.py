"""An application from text, as its author would have written it into files; and two for the straight way."""

import importlib
import io
import logging.config
import sys
import textwrap
from contextlib import AsyncExitStack

import pytest

from jetbridge.cli.log import LOGGING
from jetbridge.server.straight import Straight
from jetbridge.server.visit import place_of
from tests.conftest import SECRET
from tests.server.asgi import started
from tests.server.straight import Two, Way, forget_taker, made


def forget():
    for name in [name for name in sys.modules if name.partition(".")[0] == "shop"]:
        del sys.modules[name]


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """Writes the modules of a package `shop`, in place of those before, and gives the last one."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("JETBRIDGE_SECRET", SECRET)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("")

    def write(**modules):
        forget()
        for name, source in modules.items():
            (tmp_path / "shop" / f"{name}.py").write_text(textwrap.dedent(source).lstrip("\n"))
        importlib.invalidate_caches()
        return [importlib.import_module(f"shop.{name}") for name in modules][-1]

    yield write
    forget()


@pytest.fixture
def terminal():
    """The handler of `jetbridge run`, which takes the lines of visits where no other listens."""
    logging.config.dictConfig(LOGGING)
    (handler,) = logging.getLogger("jetbridge").handlers
    handler.stream = io.StringIO()
    yield handler
    forget_taker()


@pytest.fixture
async def two(monkeypatch, terminal):
    """Two applications alike, of which one takes the straight way."""
    taken = []
    answer = Straight.answer

    async def watched(straight, scope, receive, send, exchange):
        is_known = place_of(scope).action in straight.acting.plans
        left = await answer(straight, scope, receive, send, exchange)
        if is_known:
            taken.append(left is None)
        return left

    monkeypatch.setattr(Straight, "answer", watched)
    async with AsyncExitStack() as stack:
        ways = []
        for tasks in ("shared", ""):
            monkeypatch.setenv("JETBRIDGE_TASKS", tasks)
            ways.append(Way(made(), terminal.stream))
            await stack.enter_async_context(started(ways[-1].app))
        yield Two(ways, taken, terminal)
