"""Why requests are refused: a reason in, a line for whoever runs the server out, at most one a minute for each.

A visitor is told little. When all visitors are refused, after a deploy or behind a new proxy, the log has to say what
to set. Strangers can cause refusals too, so the lines are few and hold nothing of the request but what is quoted.
"""

import logging
from time import monotonic
from typing import Final

from jetbridge.wire.protocol import REASON_ACTION, REASON_CHANGED, REASON_ORIGIN, REASON_SEALED

__all__ = ["tell_refusal"]

_log = logging.getLogger("jetbridge")
_PAUSE: Final = 60.0  # seconds
_LONGEST: Final = 500  # characters
_ADVICE: Final = {
    REASON_ORIGIN: "if pages there may call actions, name the origin in JETBRIDGE_ALLOWED_ORIGINS; if a proxy changes "
    "scheme or host, let it send X-Forwarded-Proto and -Host and name it in JETBRIDGE_TRUSTED_PROXIES",
    REASON_ACTION: "a page or bundle names what this app does not have or did not sign. If it goes on: keep the old "
    "secret beside the new one (`jetbridge secret --rotate`), give all workers the same JETBRIDGE_SECRET, keep old "
    "names with @action(aliases=…), and deploy the front end's build together with the server (`jetbridge check`)",
    REASON_CHANGED: "a page or bundle is older than the server. Open pages are brought up to date by themselves; if it "
    "goes on, build the front end again (`jetbridge build`)",
    REASON_SEALED: "a value in a page was sealed for another visitor, too long ago, or with a secret that this app "
    "does not have: keep the old secret beside the new one (`jetbridge secret --rotate`)",
}
_told: dict[str, float] = {}  # by reason, when


def tell_refusal(reason: str | None, detail: str) -> None:
    """Log that a request was refused for `reason`, with the advice there is for it, unless that was said just now."""
    advice = _ADVICE.get(reason or "")
    now = monotonic()
    if reason is None or advice is None or now - _told.get(reason, -_PAUSE) < _PAUSE:
        return
    _told[reason] = now
    _log.warning("a request was refused (%s): %s; %s", reason, detail[:_LONGEST], advice)
