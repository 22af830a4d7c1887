"""One line for each page and action: a visit and its answer in, a line a person can read out, and fields for machines.

The `jetbridge.visits` logger takes the lines, at INFO. What the line says, and more, stands in fields of the record
(logging's `extra`), which JSON formatters write out. Never arguments and never what was typed, unless the app asks.
"""

import logging
from collections.abc import Iterable, Mapping
from itertools import zip_longest
from os import getpid
from threading import get_ident
from time import perf_counter, time
from typing import Any, Final, cast

from jetbridge.actions.outcome import Failed, Outcome, Refused
from jetbridge.actions.state import input_of, is_sensitive
from jetbridge.schema.convert import converter_of
from jetbridge.schema.describe import Signature
from jetbridge.server.doors import Submission
from jetbridge.server.visit import Visit
from jetbridge.wire.protocol import ASSETS

__all__ = ["log_visit", "shown_arguments"]

_log = logging.getLogger("jetbridge.visits")
_LINE = "%s %s  %s  %.0f ms%s%s"
_WORDS: Final = {"Value": "done", "Expected": "error shown", "Moved": "redirect", "Refused": "refused"}
_PHASES: Final = {phase: f"{phase}_ms" for phase in ("guard", "body", "decode", "wait", "convert", "run", "render")}
_LONGEST: Final = 1000  # characters of arguments in one line


def log_visit(visit: Visit, answer: Any, began: float) -> None:
    """Write the line. `began` is when the visit did, by `perf_counter`."""
    status = getattr(answer, "status", None) or getattr(answer, "status_code", None)
    if status is None or visit.path.startswith(ASSETS) or not _log.isEnabledFor(logging.INFO):
        return  # files, and routes of the application's own, which the server logs
    took = (perf_counter() - began) * 1000
    address = visit.address
    ran = "" if visit.ran is None else f"  {visit.ran[0]}: {_word(visit.ran[1])}"
    typed = "" if visit.arguments is None else f"  {visit.arguments}"
    told = visit.method, address, status, took, ran, typed
    fields = {"method": visit.method, "address": address, "status": status, "duration_ms": int(took * 1000) / 1000}
    _add_fields(fields, visit, answer, began)
    _log.handle(_record(told, fields))


def _record(told: tuple[Any, ...], fields: dict[str, Any]) -> logging.LogRecord:
    """The record of a line. What is the same in all of them is found out once: logging does it for each anew."""
    if logging.getLogRecordFactory() is not logging.LogRecord:
        return _log.makeRecord(_log.name, logging.INFO, __file__, 0, _LINE, told, None, "log_visit", fields)
    where = get_ident(), getpid()
    same = _SAME.get(where)
    if same is None:
        same = vars(_log.makeRecord(_log.name, logging.INFO, __file__, 0, _LINE, (), None, "log_visit"))
        if "taskName" in same:  # since Python 3.12; it is another one for each request
            same["taskName"] = None
        _SAME.clear()
        _SAME[where] = same
    record = _new_record(logging.LogRecord)
    own = record.__dict__
    own.update(same)
    own.update(fields)
    own["args"] = told
    own["created"] = now = time()
    own["msecs"] = now % 1 * 1000 // 1
    own["relativeCreated"] = same["relativeCreated"] + (now - same["created"]) * 1000
    return record


_SAME: Final[dict[tuple[int, int], dict[str, Any]]] = {}  # by thread and process, of the last that wrote one
_new_record = logging.LogRecord.__new__


def _add_fields(fields: dict[str, Any], visit: Visit, answer: Any, began: float) -> None:
    """`<phase>_ms` are milliseconds, sizes bytes; what does not apply is not there."""
    last = began
    for phase, ended in visit.marks:
        name = _PHASES[phase]
        took = int((ended - last) * 1_000_000) / 1000  # `round` to places takes ten times as long
        fields[name] = took if name not in fields else fields[name] + took
        last = ended
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
        fields["repeated"] = visit.run is None
        if isinstance(outcome, Failed):
            fields["digest"] = outcome.digest
    elif visit.named is not None:
        fields["action"] = visit.named
        fields["outcome"] = "turned away"


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
