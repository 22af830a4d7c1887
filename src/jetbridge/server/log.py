"""One line for each page and action: a visit and its answer in, a line a person can read out, and fields for machines.

The `jetbridge.visits` logger takes the lines, at INFO. What the line says, and more, stands in fields of the record
(logging's `extra`), which JSON formatters write out. Never arguments and never what was typed, unless the app asks.
A handler that has `take_line` wants the lines alone; where nobody else listens no record is made, which costs more than
the line.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from itertools import zip_longest
from time import perf_counter
from typing import Any, Final, cast

from jetbridge.actions.outcome import Expected, Failed, Moved, Outcome, Refused, Value
from jetbridge.actions.state import input_of, is_sensitive
from jetbridge.schema.convert import converter_of
from jetbridge.schema.describe import Signature
from jetbridge.server.doors import Submission
from jetbridge.server.visit import Visit
from jetbridge.wire.protocol import ASSETS

__all__ = ["TakeLine", "line_of", "line_taker", "log_visit", "phases", "shown_arguments"]

TakeLine = Callable[[str], None]

_parent = logging.getLogger("jetbridge")
_log = logging.getLogger("jetbridge.visits")
_WORDS: Final[Mapping[type[Any], str]] = {Value: "done", Expected: "error shown", Moved: "redirect", Failed: "FAILED"}
_LONGEST: Final = 1000  # characters of arguments in one line
_LOOK_SECONDS: Final = 0.05
_UNTOLD: Final = (ASSETS, "/favicon.ico")  # what browsers fetch for a page, and nobody wants to read about


def log_visit(visit: Visit, answer: Any, began: float, take_line: TakeLine | None) -> None:
    """Write the line. `began` is when the visit did, by `perf_counter`; `take_line` is what `line_taker` gave."""
    status = getattr(answer, "status", None) or getattr(answer, "status_code", None)
    if status is None or (visit.ran is None and visit.path.startswith(_UNTOLD)):
        return  # files, and routes of the application's own, which the server logs
    line = line_of(visit.method, visit.address, status, began, *(visit.ran or ("", None)))
    if visit.arguments is not None:
        line = f"{line}  {visit.arguments}"
    if take_line is not None:
        take_line(line)
        return
    fields = {
        "method": visit.method,
        "address": visit.address,
        "status": status,
        "duration_ms": round((perf_counter() - began) * 1000, 3),
        **phases(visit, began),
    }
    _add_fields(fields, visit, answer)
    _log.info("%s", line, extra=fields)


def line_of(method: str, address: str, status: int, began: float, name: str, outcome: Outcome | None) -> str:
    """What is said of a visit that ends now; `name` is that of the action that came to `outcome`, if one has run."""
    line = f"{method} {address}  {status}  {round((perf_counter() - began) * 1000)} ms"
    return line if outcome is None else f"{line}  {name}: {_WORDS.get(type(outcome)) or _refused(outcome)}"


def line_taker(now: float) -> TakeLine | None:
    """What takes a line as it is, if nobody else would get its record; asked at `now`, by `perf_counter`."""
    if now > _found.until or _found.taker is _nobody:
        _found.taker, _found.until = _find_taker(), now + _LOOK_SECONDS
    return _found.taker


class _Found:
    """Who was found to take lines, and until when that is believed: who listens changes once, when a program starts."""

    taker: TakeLine | None = None
    until: float = 0.0


_found: Final = _Found()


def _find_taker() -> TakeLine | None:
    if not _log.isEnabledFor(logging.INFO):
        return _nobody
    if _log.handlers or _log.filters:
        return None
    if not _log.propagate or _parent.propagate or len(_parent.handlers) != 1:
        return None
    only = _parent.handlers[0]
    if only.filters or only.level > logging.INFO or logging.Logger.callHandlers.__module__ != "logging":
        return None  # the last: somebody listens to all records of the process
    return getattr(only, "take_line", None)


def _nobody(_: str) -> None:
    """Takes lines that nobody wants to read."""


def phases(visit: Visit, began: float) -> dict[str, float]:
    """How long each phase took, in milliseconds; what a call waits for comes twice, before its run and after it."""
    fields: dict[str, float] = {}
    last = began
    for phase, ended in (visit.marks or {}).items():
        name = "wait_ms" if phase == "queue" else f"{phase}_ms"
        fields[name] = round(fields.get(name, 0.0) + (ended - last) * 1000, 3)
        last = ended
    return fields


def _add_fields(fields: dict[str, Any], visit: Visit, answer: Any) -> None:
    """Sizes are in bytes; what does not apply is not there."""
    if visit.bytes_in is not None:
        fields["bytes_in"] = visit.bytes_in
    body = getattr(answer, "body", None)
    if isinstance(body, bytes):
        fields["bytes_out"] = len(body)
    if visit.arguments is not None:
        fields["arguments"] = visit.arguments
    if visit.ran is not None:
        fields["action"], outcome = visit.ran
        fields["outcome"] = type(outcome).__name__.lower()
        fields["repeated"] = not visit.is_first
        if isinstance(outcome, Failed):
            fields["digest"] = outcome.digest
    elif visit.named is not None:
        fields["action"] = visit.named
        fields["outcome"] = "turned away"


def _refused(outcome: Outcome) -> str:
    return f"refused {outcome.status}" if isinstance(outcome, Refused) else ""


def shown_arguments(submission: Submission, signature: Signature) -> str:
    """What was sent, for an app that asks for it: without secrets as far as names tell, and not without end."""
    if submission.fields is not None:
        shown: dict[str, Any] = dict(input_of(submission.fields, signature))
    else:
        names = [parameter.name for parameter in signature.parameters if parameter.kind == "wire"]
        given = zip_longest(names[: len(submission.arguments)], submission.arguments, fillvalue="more")
        secret = converter_of(signature).secrets
        shown = {name: "…" if is_sensitive(name, secret) else _unless_secret(value, secret) for name, value in given}
    text = repr(shown)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _unless_secret(value: Any, secret: frozenset[str]) -> Any:
    """The value without what stands below a secret name in it, however deep; the reply decoder bounds the depth."""
    if isinstance(value, Mapping):
        told = cast("Mapping[Any, Any]", value)
        return {
            name: "…" if is_sensitive(str(name), secret) else _unless_secret(one, secret) for name, one in told.items()
        }
    if isinstance(value, list | tuple | set):
        return [_unless_secret(one, secret) for one in cast("Iterable[Any]", value)]
    return value
