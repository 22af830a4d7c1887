"""One line for each page and action: a visit and its answer in, a line a person can read out.

Names and outcomes only: never arguments, never what was typed. The `jetbridge.visits` logger takes the lines, at INFO.
"""

import logging
from time import perf_counter
from typing import Any

from jetbridge.actions.outcome import Outcome
from jetbridge.server.visit import Visit
from jetbridge.wire.protocol import ASSETS

__all__ = ["log_visit"]

_log = logging.getLogger("jetbridge.visits")
_LINE = "%s %s  %s  %.0f ms%s"


def log_visit(visit: Visit, answer: Any, began: float) -> None:
    """Write the line. `began` is when the visit did, by `perf_counter`."""
    status = getattr(answer, "status", None) or getattr(answer, "status_code", None)
    if status is None or visit.path.startswith(ASSETS) or not _log.isEnabledFor(logging.INFO):
        return  # files, and routes of the application's own, which the server logs
    ran = f"  {visit.ran[0]}: {_word(visit.ran[1])}" if visit.ran is not None else ""
    took = (perf_counter() - began) * 1000
    told = visit.method, visit.address, status, took, ran
    # Not by `info()`, which looks for its caller in the stack each time, and it is always this line.
    _log.handle(_log.makeRecord(_log.name, logging.INFO, __file__, 0, _LINE, told, None, "log_visit"))


def _word(outcome: Outcome) -> str:
    return _WORDS.get(type(outcome).__name__, "FAILED")


_WORDS = {"Value": "done", "Expected": "error shown", "Moved": "redirect", "Refused": "refused"}
