"""Sessions: a sealed cookie in, what the application keeps about a visitor out, and back.

The cookie is encrypted with the app's key ring, so visitors can neither read nor change it, secrets rotate without
signing anyone out, and every worker knows every session. What is in it is as old as the request that wrote it: to
sign someone out everywhere, keep a number in the database and compare.
"""

import json
import time
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, cast

from msgspec import Struct
from starlette.requests import Request

from jetbridge.actions.sealing import KeyRing, SealError
from jetbridge.errors import DefinitionError
from jetbridge.server.visit import Visit, host_cookie
from jetbridge.wire.protocol import COOKIE_SESSION

__all__ = ["Session", "Sessions"]

_LARGEST = 3900  # sealed; browsers keep 4096 bytes of a cookie, its name and attributes included (RFC 6265 section 6.1)


class Session(MutableMapping[str, Any]):
    """What is kept about one visitor: a dict of JSON values. Assign to change it; a change inside a value is not seen.

    `renew()` when someone signs in or out: forms of the pages from before are void then.
    """

    def __init__(self, data: dict[str, Any] | None = None) -> None:
        self._data = data or {}
        self.changed = False
        self.renewed = False

    def renew(self) -> None:
        """Give the visitor another identity: tokens in pages that were loaded before are refused from now on."""
        self.changed = self.renewed = True

    def clear(self) -> None:
        """Forget everything, and renew."""
        self._data.clear()
        self.renew()

    def __getitem__(self, key: str) -> Any:
        return self._data[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._data[key] = value
        self.changed = True

    def __delitem__(self, key: str) -> None:
        del self._data[key]
        self.changed = True

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __repr__(self) -> str:
        return f"<Session {sorted(self._data)}>"  # names only: this may end up in a log


class Sessions(Struct, frozen=True):
    """Opens and seals sessions; `seconds` is for how long one lives after it was last written."""

    keyring: KeyRing
    seconds: int

    def open(self, request: Request) -> Session:
        """The visitor's session; an empty one where there is none, or none that we sealed and is still valid."""
        for name in self.names(request.scope.get("scheme", "http")):
            sealed = request.cookies.get(name)
            if not sealed:
                continue
            try:
                data = self.keyring.open(sealed, purpose=COOKIE_SESSION)
            except SealError:
                continue
            return Session(cast("dict[str, Any]", json.loads(data)))
        return Session()

    def save(self, visit: Visit, session: Session) -> None:
        """Put the session into the answer. Raises what `seal` does."""
        name, *former = self.names(visit.scheme)
        if session:
            visit.set_cookie(name, self.seal(session), max_age=self.seconds)
        else:
            visit.set_cookie(name, "", max_age=0)
        for other in former:
            if visit.cookie(other) is not None:
                visit.set_cookie(other, "", max_age=0)

    def names(self, scheme: str) -> list[str]:
        """Of its cookie, under the newest secret first.

        Browsers give the cookies of a host to all its ports (RFC 6265 section 8.5), so another application there must
        have another name for its own.
        """
        return [host_cookie(scheme, f"{COOKIE_SESSION}-{mark}") for mark in self.keyring.marks]

    def seal(self, session: Mapping[str, Any]) -> str:
        """The value of its cookie. Raises DefinitionError for a session that is too large or is not JSON."""
        try:
            data = json.dumps(dict(session), separators=(",", ":"), ensure_ascii=False).encode()
        except (TypeError, ValueError) as wrong:
            raise DefinitionError(f"session(): {wrong}. A session holds JSON values; keep an id and look the rest up")
        sealed = self.keyring.seal(data, purpose=COOKIE_SESSION, expires_at=time.time() + self.seconds)
        if len(sealed) > _LARGEST:
            raise DefinitionError(
                f"session(): {len(sealed)} bytes do not fit into a cookie; keep an id and look the rest up"
            )
        return sealed
