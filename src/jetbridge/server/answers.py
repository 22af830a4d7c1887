"""What came of an action in, what the client is told out: the root of a Flight answer, and a form's state.

Both doors tell the same: a value, an expected error, a place to go, a refusal, or a failure by its digest.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from jetbridge.actions.outcome import Expected, Failed, Moved, Outcome, Refused, Value
from jetbridge.errors import ActionError
from jetbridge.server.failure import describe_failure
from jetbridge.wire.protocol import HEADER_TAGS

__all__ = ["described_error", "shown_tags", "status_of", "told"]

_STATUS: Mapping[type[Any], int] = {Value: 200, Expected: 200, Moved: 200, Failed: 500}


def told(outcome: Outcome, *, development: bool) -> dict[str, Any]:
    """The outcome as the root of a Flight answer has it; the page comes beside it."""
    match outcome:
        case Value(value):
            return {"value": value}
        case Expected(error):
            return {"error": described_error(error)}
        case Moved(move):
            return {"location": move.location}
        case Refused(status, message):
            return {"error": {"message": message, "fieldErrors": {}, "code": str(status)}}
        case Failed(exception, digest):
            return {"failure": describe_failure(exception, digest, development=development)}


def described_error(error: ActionError) -> dict[str, Any]:
    """An expected error in full."""
    return {"message": error.message, "fieldErrors": error.field_errors, "code": error.code}


def status_of(outcome: Outcome) -> int:
    """HTTP status on the fetch door: expected errors are answers like others (decision 19)."""
    return outcome.status if isinstance(outcome, Refused) else _STATUS[type(outcome)]


def shown_tags(headers: Mapping[str, str]) -> set[str]:
    """The tags of the page that the client shows, from its header."""
    return {unquote(tag) for tag in headers.get(HEADER_TAGS, "").split(",") if tag}
