"""Log records in, the lines of a terminal out: our own, and of uvicorn only what is wrong.

Colours stand where a person looks: on a terminal, unless NO_COLOR (no-color.org) is set; FORCE_COLOR sets them anyway.
"""

import asyncio
import logging
import os
import re
import sys
import time
from typing import Any, Final, TextIO

from jetbridge.cli.lines import Lines

__all__ = ["LOGGING", "LineFormatter", "Terminal"]

_DIM, _RED, _GREEN, _YELLOW, _CYAN = "2", "31", "32", "33", "36"
_BY_STATUS: Final = {2: _GREEN, 3: _CYAN, 4: _YELLOW, 5: _RED}
_STATUS: Final = re.compile(r"(?<=  )([1-5])\d\d(?=  )")
_OUTCOME: Final = re.compile(r"(?<=: )(done|error shown|redirect|refused|FAILED)$")
_BY_OUTCOME: Final = {"done": _GREEN, "redirect": _CYAN, "FAILED": _RED}
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # a terminal obeys them, and strangers choose addresses


class LineFormatter(Lines):
    """The time and the message; a visit's status and outcome in the colour of what they mean."""

    def __init__(self) -> None:
        super().__init__()
        self._coloured = _wants_colour()

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        if record.name == "jetbridge.visits":
            return self.visit(record.message, record.created)
        message = record.message if record.message.isprintable() else _CONTROL.sub("?", record.message)
        if not self._coloured:
            return f"{record.asctime}  {message}"
        if record.levelno >= logging.ERROR:
            message = _in(_RED, message)
        return f"{_in(_DIM, record.asctime)}  {message}"

    def visit(self, message: str, at: float) -> str:
        """The line of one visit, which ended `at` seconds since 1970."""
        clock = self.clock(at)
        if not message.isprintable():
            message = _CONTROL.sub("?", message)
        if not self._coloured:
            return f"{clock}  {message}"
        message = _STATUS.sub(lambda found: _in(_BY_STATUS.get(int(found[1]), ""), found[0]), message, count=1)
        message = _OUTCOME.sub(lambda found: _in(_BY_OUTCOME.get(found[1], _YELLOW), found[0]), message)
        return f"{_in(_DIM, clock)}  {message}"


class Terminal(logging.StreamHandler[TextIO]):
    """Writes the lines of one turn of the event loop in one go: each on its own costs as much as what it tells of."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []
        self._visits = LineFormatter()

    def emit(self, record: logging.LogRecord) -> None:
        """What is wrong is written at once, and so is what comes from elsewhere than the loop."""
        try:
            self._lines.append(f"{self.format(record)}\n")
            if record.levelno >= logging.WARNING:
                self.flush()
            elif len(self._lines) == 1:
                self._flush_later()
        except Exception:  # as logging has it: what cannot be logged stops nobody
            self.handleError(record)

    def take_line(self, line: str) -> None:
        """The line of one visit, for which `server.log` makes no record."""
        lines = self._lines
        lines.append(f"{self._visits.visit(line, time.time())}\n")
        if len(lines) == 1:
            self._flush_later()

    def _flush_later(self) -> None:
        """The first of several lines sees to it for all."""
        try:
            asyncio.get_running_loop().call_soon(self.flush)
        except RuntimeError:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        self.acquire()
        try:
            lines, self._lines = self._lines, []
            if lines:
                self.stream.write("".join(lines))
            self.stream.flush()
        finally:
            self.release()


def _in(colour: str, text: str) -> str:
    return f"\033[{colour}m{text}\033[0m" if colour else text


def _wants_colour() -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stderr.isatty() and os.environ.get("TERM") != "dumb")


# For logging.config; uvicorn passes it on to its workers.
LOGGING: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "jetbridge.cli.log.LineFormatter"}},
    "handlers": {"terminal": {"class": "jetbridge.cli.log.Terminal", "formatter": "line"}},
    "loggers": {
        "jetbridge": {"handlers": ["terminal"], "level": "INFO", "propagate": False},
        "uvicorn": {"handlers": ["terminal"], "level": "WARNING", "propagate": False},
    },
}
