"""What goes wrong while a page renders: an exception in, a digest and a page (or Flight) about it out.

Production shows the digest alone; the traceback stands in the log beside the same digest. What development shows is
the business of its workshop, which production does not have.
"""

import logging
from collections.abc import Mapping
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from jetbridge.elements.h import h
from jetbridge.errors import ControlFlow, DefinitionError
from jetbridge.hints import hint_at
from jetbridge.server.visit import Visit
from jetbridge.wire.flight import ErrorDetail
from jetbridge.wire.jsontext import encode_json
from jetbridge.wire.model import Element

if TYPE_CHECKING:
    from jetbridge.server.development.workshop import Workshop

__all__ = ["as_digest", "describe_failure", "failure_page", "log_failure", "report", "report_taken"]

_log = logging.getLogger("jetbridge.pages")


def log_failure(error: BaseException, doing: str) -> str:
    """Log `error` with its traceback under a digest, and give that digest."""
    digest = token_hex(6)
    hint_at(error)
    _log.error("%s failed [%s]", doing, digest, exc_info=error)
    return digest


def report(
    error: BaseException, doing: str, visit: Visit, *, workshop: "Workshop | None"
) -> tuple[str, ErrorDetail | None]:
    """Log an error that happens while an answer is sent; what its row has as digest, and what development shows."""
    if isinstance(error, ControlFlow):
        late = f"{type(error).__name__} came when the answer was on its way: return or raise it before the first item"
        told = DefinitionError(f"{late}, in the action itself")
        told.__cause__ = error
        error = told
    digest = log_failure(error, doing)
    if workshop is None:
        return digest, None
    return as_digest({"failure": workshop.describe(error, digest, visit)}), workshop.detail(error, digest, visit)


def as_digest(root: Mapping[str, Any]) -> str:
    """What came of something, worded as the root of an answer, for the row of an error.

    Its digest is all that React's production client leaves of an error; ours reads it (`js/src/client/outcome.ts`).
    """
    return encode_json(root).decode()


def report_taken(doing: str, *, development: bool) -> tuple[str, ErrorDetail | None]:
    """Log that a stream is wanted by a second reader; no failure of the application's. Returns what `report` does."""
    digest = token_hex(6)
    _log.info("%s: a stream in it was given to the first of two equal submits [%s]", doing, digest)
    if not development:
        return digest, None
    message = "This was sent to the first of two equal submits, and a stream is read once."
    return as_digest({"failure": {"digest": digest, "message": message}}), ErrorDetail("Error", message)


def describe_failure(error: BaseException, digest: str, visit: Visit, *, workshop: "Workshop | None") -> dict[str, Any]:
    """What the client is told of an unexpected error; in production the digest alone."""
    return {"digest": digest} if workshop is None else workshop.describe(error, digest, visit)


def failure_page(visit: Visit, digest: str) -> Element:
    """What production says of an unexpected error."""
    before, _, after = visit.said(
        "The error has been recorded. When you report it, mention {digest}.", digest="\0"
    ).partition("\0")
    return h.main[h.h1[visit.said("Something went wrong")], h.p[before, h.code[digest], after]]
