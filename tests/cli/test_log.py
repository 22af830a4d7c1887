"""The lines of the terminal."""

import asyncio
import io
import logging
import logging.config
import re

import pytest
from examples.hello.app import app

from jetbridge.cli.log import LOGGING, LineFormatter
from jetbridge.testing import Client


def line(monkeypatch, message, name="jetbridge.visits", level=logging.INFO, **environment):
    for variable in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.setenv(variable, environment.get(variable, ""))
    record = logging.LogRecord(name, level, "", 0, message, (), None)
    return LineFormatter().format(record)[len("12:34:56") :] if not environment else LineFormatter().format(record)


def test_without_a_terminal_there_are_no_colours(monkeypatch):
    """What is written to a file has no escape sequences."""
    assert "  GET /  200  3 ms" == line(monkeypatch, "GET /  200  3 ms")


@pytest.mark.parametrize(
    ("message", "coloured"),
    [
        ("GET /  200  3 ms", "GET /  \033[32m200\033[0m  3 ms"),
        ("POST /  303  3 ms  add: done", "POST /  \033[36m303\033[0m  3 ms  add: \033[32mdone\033[0m"),
        ("POST /  422  3 ms  add: error shown", "POST /  \033[33m422\033[0m  3 ms  add: \033[33merror shown\033[0m"),
        ("POST /  500  3 ms  add: FAILED", "POST /  \033[31m500\033[0m  3 ms  add: \033[31mFAILED\033[0m"),
        ("GET /200  404  3 ms", "GET /200  \033[33m404\033[0m  3 ms"),
    ],
)
def test_colours_say_how_it_went(monkeypatch, message, coloured):
    """Status and outcome have the colour of what they mean."""
    assert line(monkeypatch, message, FORCE_COLOR="1").endswith(coloured)


def test_no_colour_is_obeyed(monkeypatch):
    """NO_COLOR wins."""
    assert "\033" not in line(monkeypatch, "GET /  200  3 ms", FORCE_COLOR="1", NO_COLOR="1")


@pytest.mark.parametrize("hostile", ["\033[2J", "\x9b2J", "\r", "\x07"])
def test_strangers_do_not_write_to_the_terminal(monkeypatch, hostile):
    """Control characters in an address are not passed on."""
    assert f"  GET /?a={'?' + hostile[1:]}  404  1 ms" == line(monkeypatch, f"GET /?a={hostile}  404  1 ms")


@pytest.fixture
def terminal(monkeypatch):
    """Logging as `jetbridge run` sets it up, and what it has written."""
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    loggers = [logging.getLogger(name) for name in LOGGING["loggers"]]
    before = [(logger, logger.handlers, logger.level, logger.propagate) for logger in loggers]
    logging.config.dictConfig(LOGGING)
    yield written
    for logger, handlers, level, propagate in before:
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


async def test_a_visit_is_one_line_with_or_without_a_record(terminal):
    """Where the terminal alone listens no record is made of a visit; others get it, and it reads alike."""
    records = []
    others = logging.Handler()
    others.emit = records.append
    async with Client(app) as client:
        await client.open("/?tab=1")
        await asyncio.sleep(0)
        alone = terminal.getvalue()
        logging.getLogger("jetbridge").addHandler(others)
        await client.open("/?tab=1")
        await asyncio.sleep(0)
        both = terminal.getvalue()[len(alone) :]

    def shape(text):
        return re.sub(r"\d+ ms", "ms", text[len("12:34:56") :])

    assert "  GET /?tab=1  200  ms\n" == shape(alone) == shape(both)
    assert ["/?tab=1"] == [record.address for record in records]
