"""The lines of the terminal."""

import logging

import pytest

from jetbridge.cli.log import LineFormatter


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
