"""Log records in, the lines of a terminal out: our own, and of uvicorn only what is wrong.

Colours stand where a person looks: on a terminal, unless NO_COLOR (no-color.org) is set; FORCE_COLOR sets them anyway.
"""

import asyncio
import logging
import os
import re
import sys
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
        message = record.message if record.message.isprintable() else _CONTROL.sub("?", record.message)
        if not self._coloured:
            return f"{record.asctime}  {message}"
        if record.name == "jetbridge.visits":
            message = _STATUS.sub(lambda found: _in(_BY_STATUS.get(int(found[1]), ""), found[0]), message, count=1)
            message = _OUTCOME.sub(lambda found: _in(_BY_OUTCOME.get(found[1], _YELLOW), found[0]), message)
        elif record.levelno >= logging.ERROR:
            message = _in(_RED, message)
        return f"{_in(_DIM, record.asctime)}  {message}"


class Terminal(logging.StreamHandler[TextIO]):
    """Writes the lines of one turn of the event loop in one go: each on its own costs as much as what it tells of."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """What is wrong is written at once, and so is what comes from elsewhere than the loop."""
        try:
            self._lines.append(f"{self.format(record)}\n")
            if record.levelno >= logging.WARNING or not self._is_written_later():
                self.flush()
        except Exception:  # as logging has it: what cannot be logged stops nobody
            self.handleError(record)

    def _is_written_later(self) -> bool:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return False
        if len(self._lines) == 1:  # the first of them sees to it for all
            loop.call_soon(self.flush)
        return True

    def flush(self) -> None:
        """Write what waits."""
        self.acquire()
        try:
            text = "".join(self._lines)
            self._lines.clear()
            if text:
                self.stream.write(text)
            super().flush()
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
