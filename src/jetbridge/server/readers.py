"""Readers: a visit in, whether its page may come in pieces out (docs/decisions/007).

React's client can show what comes late, and so can a browser that runs scripts. All others get a page that is whole.
"""

import re
from typing import Final

from jetbridge.server.visit import Visit
from jetbridge.wire.protocol import COOKIE_FLASH, COOKIE_STATE, COOKIE_WHOLE, QUERY_WHOLE

__all__ = ["address_of_whole", "note_whole", "takes_pieces"]

_WHOLE_SECONDS: Final = 600  # for how long a browser without scripts is known, from its last page on
_ROBOT: Final = re.compile(r"bot|crawl|spider|slurp|preview|compatible;|facebookexternalhit", re.IGNORECASE)
_DOCUMENTS: Final = frozenset({"", "document", "iframe", "frame"})  # as Sec-Fetch-Dest; sent over https only


def takes_pieces(visit: Visit) -> bool:
    """Whether the reader shows late pieces in their places.

    Never where the page holds what is given once, the result of a submit or a flash: whether a late part of it has
    been read is not known while cookies can still be set.
    """
    if visit.cookie(COOKIE_STATE) is not None or visit.cookie(COOKIE_FLASH) is not None:
        return False
    if visit.wants_flight:
        return visit.method != "HEAD"
    return (
        visit.method == "GET"
        and not visit.is_whole
        and visit.cookie(COOKIE_WHOLE) is None
        and "text/html" in visit.headers.get("accept", "")
        and visit.headers.get("sec-fetch-dest", "") in _DOCUMENTS
        and _is_browser(visit.headers.get("user-agent", ""))
    )


def _is_browser(agent: str) -> bool:
    return agent.startswith("Mozilla/") and _ROBOT.search(agent) is None


def address_of_whole(visit: Visit) -> str:
    """Where the same page is to be had in one piece."""
    return f"{visit.address}{'&' if visit.query else '?'}{QUERY_WHOLE}=1"


def note_whole(visit: Visit) -> None:
    """Let a browser that came for a page in one piece have the next ones so at once, under their own addresses."""
    if visit.is_whole or visit.cookie(COOKIE_WHOLE) is not None:
        visit.set_cookie(COOKIE_WHOLE, "1", max_age=_WHOLE_SECONDS)
