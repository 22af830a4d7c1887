"""What a run of an action came to: as an object, as bytes for other workers, and back.

Results travel as Flight, which carries all that an answer can. What the first run alone can give (a stream, an
exception with its traceback) has a stand-in.
"""

import json
from collections.abc import AsyncIterator
from types import GeneratorType
from typing import Any, Final, NamedTuple

from jetbridge.actions.outcome import Expected, Failed, Moved, Outcome, Refused, Value
from jetbridge.errors import ActionError, EncodeError, JetbridgeError, Redirect
from jetbridge.render.flight import begin_flight
from jetbridge.server.reply import Reply
from jetbridge.server.session import Session
from jetbridge.wire.rows import decode_flight

__all__ = ["Done", "decode_done", "encode_done"]

_LARGEST: Final = 4 * 1024 * 1024  # of a result's rows: larger ones would fill a store that others need
_TOO_LARGE: Final = "This was done. What came of it is too large to be told a second time."


class _ReadOnceError(Exception):
    """An iterator in a value: to read it here would take it from the answer."""


def _refuse(_: Any) -> Any:
    raise _ReadOnceError


_REFUSED: Final = dict.fromkeys((GeneratorType, map, filter, zip, enumerate, reversed), _refuse)


class Done(NamedTuple):
    """One run of an action; a repeated submit gets the same, what it did to session, cookies and headers included."""

    outcome: Outcome
    touched: frozenset[str]
    session: Session | None
    reply: Reply | None = None


def encode_done(done: Done) -> bytes:
    """A line of JSON, and the rows of a value after it. Reads nothing of a value that can be read once only."""
    kind, told, rows = _told(done.outcome)
    reply = None if done.reply is None else done.reply.as_data()
    head = {
        "kind": kind,
        "told": told,
        "touched": sorted(done.touched),
        "session": _session(done.session),
        "reply": reply,
    }
    return json.dumps(head).encode() + b"\n" + rows


def decode_done(data: bytes) -> Done:
    """What `encode_done` was given; a value as the plain data that it was on the wire."""
    line, _, rows = data.partition(b"\n")
    head = json.loads(line)
    session = None
    if head["session"] is not None:
        kept, session = head["session"], Session(head["session"]["data"])
        session.changed, session.renewed = kept["changed"], kept["renewed"]
    reply = None if head["reply"] is None else Reply.of_data(head["reply"])
    return Done(_outcome(head["kind"], head["told"], rows), frozenset(head["touched"]), session, reply)


def _told(outcome: Outcome) -> tuple[str, Any, bytes]:
    match outcome:
        case Value(value):
            return _value(value)
        case Expected(error):
            return "expected", [error.message, error.field_errors, error.code, error.field_codes], b""
        case Moved(move):
            return "moved", [move.location, move.flash], b""
        case Refused(status, message, retry_after):
            return "refused", [status, message, retry_after], b""
        case Failed(_, digest):
            return "failed", digest, b""


def _value(value: Any) -> tuple[str, Any, bytes]:
    try:
        rows, rest = begin_flight(value, lambda _: ("", None), replace=_REFUSED)
    except _ReadOnceError:
        return "taken", None, b""
    except EncodeError:  # the answer to the first submit says where and why, and so does the log
        return "failed", "", b""
    if rest is not None:
        return "taken", None, b""
    if len(rows) > _LARGEST:
        return "expected", [_TOO_LARGE, {}, "done", {}], b""
    return "value", None, rows


def _outcome(kind: str, told: Any, rows: bytes) -> Outcome:
    match kind:
        case "value":
            return Value(decode_flight(rows))
        case "taken":
            return Value(_nothing())
        case "expected":
            message, field_errors, code, field_codes = told
            return Expected(ActionError(message, field_errors=field_errors, code=code, field_codes=field_codes))
        case "moved":
            return Moved(Redirect(*told))
        case "refused":
            return Refused(*told)
        case _:
            return Failed(JetbridgeError("it failed on another worker, whose log has it under this digest"), told)


async def _nothing() -> AsyncIterator[Any]:
    """Stands for a stream that the first submit reads; an answer to a repeat says so and never asks for an item."""
    return
    yield


def _session(session: Session | None) -> dict[str, Any] | None:
    if session is None:
        return None
    return {"data": dict(session), "changed": session.changed, "renewed": session.renewed}
