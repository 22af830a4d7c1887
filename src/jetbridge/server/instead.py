"""What a late part of a page ended with, when the page is out, in; a finished tree for its place out.

Status and cookies have been sent: a redirect becomes a refresh, which works without scripts, and all else is said.
"""

import logging
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from jetbridge.elements.h import h
from jetbridge.errors import ActionError, ControlFlow, Redirect, Refusal
from jetbridge.server.failure import log_failure
from jetbridge.server.languages import Languages
from jetbridge.server.policy import login_redirect
from jetbridge.server.respond import in_ascii
from jetbridge.server.visit import Visit
from jetbridge.wire.model import Element

if TYPE_CHECKING:
    from jetbridge.server.development.workshop import Workshop

__all__ = ["late_part"]

_log = logging.getLogger("jetbridge.pages")


def late_part(error: BaseException, visit: Visit, *, login: str | None, workshop: "Workshop | None") -> Element:
    """The tree; what is unexpected is logged. `login` is the path of the login page."""
    match error:
        case Redirect():
            return _elsewhere(visit, error)
        case Refusal(status=401) if (way := login_redirect(login, visit.address)) is not None:
            return _elsewhere(visit, way)
        case ControlFlow():
            languages: Languages = visit.context.app.languages
            told = (
                visit.said(error.message)
                if isinstance(error, Refusal)
                else languages.titled(visit.context, error.status)
            )
            return h.div(role="alert")[h.meta(name="robots", content="noindex"), h.p[told]]
        case HTTPException():
            return h.div(role="alert")[h.meta(name="robots", content="noindex"), h.p[error.detail]]
        case ActionError():
            return h.div(role="alert")[h.p[error.message]]
        case _:
            digest = log_failure(error, f"a late part of {visit.address}")
            if workshop is not None:
                return workshop.part(error, digest, visit)
            return h.div(role="alert", className="jetbridge-alert")[
                h.p[visit.said("Something went wrong.")], h.p[visit.said("Digest:"), " ", h.code[digest]]
            ]


def _elsewhere(visit: Visit, move: Redirect) -> Element:
    if move.flash is not None:
        _log.warning("redirect(flash=…) came when its page was out, and is lost: redirect before Suspense waits")
    location = in_ascii(move.location)
    return h.div(role="status")[
        h.meta(httpEquiv="refresh", content=f"0;url={location}"), h.a(href=location)[visit.said("Continue")]
    ]
