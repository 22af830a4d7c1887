"""What goes wrong while a page renders: an exception in, a digest and a page (or Flight) about it out.

Production shows the digest alone; the traceback stands in the log beside the same digest. Development shows both.
"""

import linecache
import logging
import traceback
from collections.abc import Mapping
from secrets import token_hex
from types import TracebackType
from typing import Any

from jetbridge.elements.h import h
from jetbridge.wire.flight import ErrorDetail
from jetbridge.wire.model import Element

__all__ = ["describe_failure", "failure_page", "log_failure", "report", "report_taken"]

_log = logging.getLogger("jetbridge.pages")
_AROUND = 4  # source lines shown before and after the one that failed


def log_failure(error: BaseException, doing: str) -> str:
    """Log `error` with its traceback under a digest, and give that digest."""
    digest = token_hex(6)
    _log.error("%s failed [%s]", doing, digest, exc_info=error)
    return digest


def report(error: BaseException, doing: str, *, development: bool) -> tuple[str, ErrorDetail | None]:
    """Log an error that happens while an answer is sent; its digest, and what development shows, for its row."""
    digest = log_failure(error, doing)
    return digest, ErrorDetail(type(error).__name__, str(error)) if development else None


def report_taken(doing: str, *, development: bool) -> tuple[str, ErrorDetail | None]:
    """Log that a stream is wanted by a second reader; no failure of the application's. Returns what `report` does."""
    digest = token_hex(6)
    _log.info("%s: a stream in it was given to the first of two equal submits [%s]", doing, digest)
    message = "This was sent to the first of two equal submits, and a stream is read once."
    return digest, ErrorDetail("Error", message) if development else None


def describe_failure(error: BaseException, digest: str, *, development: bool) -> dict[str, Any]:
    """What the client is told of an unexpected error; in production the digest alone."""
    if not development:
        return {"digest": digest}
    return {
        "digest": digest,
        "message": f"{type(error).__name__}: {error}",
        "traceback": "".join(traceback.format_exception(error)),
    }


def failure_page(error: BaseException, digest: str, request: Mapping[str, str], *, development: bool) -> Element:
    """The page about an unexpected error; `request` is what to show of the request, in development."""
    if not development:
        return h.main[
            h.h1["Something went wrong"],
            h.p["The error has been recorded. When you report it, mention ", h.code[digest], "."],
        ]
    return h.main[
        h.h1[f"{type(error).__name__}: {error}"],
        h.p["Digest ", h.code[digest], ", as in the log."],
        [_frame(frame, str(depth)) for depth, frame in enumerate(_frames(error.__traceback__))],
        h.h2["Request"],
        h.table[h.tbody[[h.tr(key=name)[h.th(scope="row")[name], h.td[value]] for name, value in request.items()]]],
        h.details[h.summary["Traceback as text"], h.pre["".join(traceback.format_exception(error))]],
    ]


def _frames(trace: TracebackType | None) -> list[traceback.FrameSummary]:
    """Innermost first: that is where one looks."""
    return list(reversed(traceback.extract_tb(trace)))


def _frame(frame: traceback.FrameSummary, key: str) -> Element:
    number = frame.lineno or 0
    lines = [
        h.code(key=at, aria_current="true" if at == number else None)[f"{at:5} {linecache.getline(frame.filename, at)}"]
        for at in range(max(1, number - _AROUND), number + _AROUND + 1)
        if linecache.getline(frame.filename, at)
    ]
    return h.section(key=key)[h.h2[f"{frame.name} in {frame.filename}, line {number}"], h.pre[lines]]
