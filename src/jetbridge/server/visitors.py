"""Who submits: a visitor's cookie in, the token that vouches for their forms out.

The token is tied to the cookie, so one visitor's page is no use to another (decision 6).
"""

import secrets

from msgspec import Struct

from jetbridge.actions.sealing import KeyRing
from jetbridge.server.visit import Visit, host_cookie
from jetbridge.wire.protocol import COOKIE_VISITOR

__all__ = ["Visitors"]

_SECONDS = 400 * 24 * 3600  # the longest that browsers keep a cookie (RFC 6265bis section 5.5)


class Visitors(Struct, frozen=True):
    """Gives and checks visitors' tokens."""

    keyring: KeyRing

    def of(self, visit: Visit) -> str:
        """The visitor's own text, or an empty one where none has been given yet."""
        return visit.visitor or visit.cookie(host_cookie(visit.scheme, COOKIE_VISITOR)) or ""

    def token(self, visit: Visit) -> str:
        """The visitor's token; one who is new gets a cookie with the answer."""
        return self.keyring.token(self.known(visit))

    def known(self, visit: Visit) -> str:
        """The visitor's own text; one who is new gets it, and a cookie with the answer."""
        return self.of(visit) or self.renew(visit)

    def renew(self, visit: Visit) -> str:
        """Make the visitor another one; tokens in pages from before are void then."""
        visit.visitor = secrets.token_urlsafe(16)
        visit.set_cookie(host_cookie(visit.scheme, COOKIE_VISITOR), visit.visitor, max_age=_SECONDS)
        return visit.visitor

    def vouches(self, visitor: str, token: str) -> bool:
        """Whether `token` is that of the visitor who sends it."""
        return bool(visitor) and self.keyring.check_token(token, visitor)
