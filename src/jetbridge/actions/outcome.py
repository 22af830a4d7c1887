"""What a call of an action came to: exactly one of these."""

from typing import Any

from msgspec import Struct

from jetbridge.errors import ActionError, Redirect

__all__ = ["Expected", "Failed", "Moved", "Outcome", "Refused", "Value", "described_error"]


class Value(Struct):
    """It returned this."""

    value: Any


class Expected(Struct, frozen=True):
    """It raised an error that is meant for the person who submitted, or its input was wrong."""

    error: ActionError


class Moved(Struct, frozen=True):
    """It sends the visitor elsewhere."""

    redirect: Redirect


class Refused(Struct, frozen=True):
    """It answers with a status: nothing here (404), not known (401), not allowed (403), too slow (504).

    `retry_after` is in seconds, where it is worth trying again then.
    """

    status: int
    message: str
    retry_after: int | None = None


class Failed(Struct, frozen=True):
    """It raised something unexpected, which the log has under this digest."""

    exception: BaseException
    digest: str


Outcome = Value | Expected | Moved | Refused | Failed


def described_error(error: ActionError) -> dict[str, Any]:
    """An expected error in full; codes of fields where there are some."""
    told: dict[str, Any] = {"message": error.message, "fieldErrors": error.field_errors, "code": error.code}
    if error.field_codes:
        told["fieldCodes"] = error.field_codes
    return told
