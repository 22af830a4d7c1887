"""One line for each page and action: a visit and its answer in, a line a person can read out, and fields for machines.

The `jetbridge.visits` logger takes the lines, at INFO. What the line says, and more, stands in fields of the record
(logging's `extra`), which JSON formatters write out. Never arguments and never what was typed, unless the app asks.
"""

import logging
from itertools import zip_longest
from time import perf_counter
from typing import Any, Final

from jetbridge.actions.outcome import Failed, Outcome, Refused
from jetbridge.actions.state import input_of, is_sensitive
from jetbridge.schema.describe import Signature
from jetbridge.server.doors import Submission
from jetbridge.server.visit import Visit
from jetbridge.wire.protocol import ASSETS

__all__ = ["log_visit", "shown_arguments"]

_log = logging.getLogger("jetbridge.visits")
_LINE = "%s %s  %s  %.0f ms%s%s"
_WORDS: Final = {"Value": "done", "Expected": "error shown", "Moved": "redirect", "Refused": "refused"}
_LONGEST: Final = 1000  # characters of arguments in one line


def log_visit(visit: Visit, answer: Any, began: float) -> None:
    """Write the line. `began` is when the visit did, by `perf_counter`."""
    status = getattr(answer, "status", None) or getattr(answer, "status_code", None)
    if status is None or visit.path.startswith(ASSETS) or not _log.isEnabledFor(logging.INFO):
        return  # files, and routes of the application's own, which the server logs
    took = (perf_counter() - began) * 1000
    ran = "" if visit.ran is None else f"  {visit.ran[0]}: {_word(visit.ran[1])}"
    typed = "" if visit.arguments is None else f"  {visit.arguments}"
    fields = _fields(visit, answer, status, took)
    told = visit.method, visit.address, status, took, ran, typed
    # Not by `info()`, which looks for its caller in the stack each time, and it is always this line.
    _log.handle(_log.makeRecord(_log.name, logging.INFO, __file__, 0, _LINE, told, None, "log_visit", fields))


def _fields(visit: Visit, answer: Any, status: int, took: float) -> dict[str, Any]:
    """`<phase>_ms` are milliseconds, sizes bytes; what does not apply is not there."""
    body = getattr(answer, "body", None)
    fields: dict[str, Any] = {
        "method": visit.method,
        "address": visit.address,
        "status": status,
        "duration_ms": round(took, 3),
        **{f"{phase}_ms": round(seconds * 1000, 3) for phase, seconds in visit.times.items()},
        "bytes_in": visit.bytes_in,
        "bytes_out": len(body) if isinstance(body, bytes) else None,
        "action": visit.named,
        "outcome": None,
        "arguments": visit.arguments,
    }
    if visit.ran is not None:
        outcome = visit.ran[1]
        fields |= {"action": visit.ran[0], "outcome": type(outcome).__name__.lower(), "repeated": visit.run is None}
        if isinstance(outcome, Failed):
            fields["digest"] = outcome.digest
    elif visit.named is not None:
        fields["outcome"] = "turned away"
    return {name: value for name, value in fields.items() if value is not None}


def _word(outcome: Outcome) -> str:
    word = _WORDS.get(type(outcome).__name__, "FAILED")
    return f"{word} {outcome.status}" if isinstance(outcome, Refused) else word


def shown_arguments(submission: Submission, signature: Signature) -> str:
    """What was sent, for an app that asks for it: without secrets as far as names tell, and not without end."""
    if submission.fields is not None:
        shown: dict[str, Any] = dict(input_of(submission.fields, signature))
    else:
        names = [parameter.name for parameter in signature.parameters if parameter.kind == "wire"]
        given = zip_longest(names[: len(submission.arguments)], submission.arguments, fillvalue="more")
        shown = {name: "…" if is_sensitive(name) else value for name, value in given}
    text = repr(shown)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
