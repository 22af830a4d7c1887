"""What travels from an action to the page that follows it: a result and flashes, sealed in short-lived cookies.

So that a reload repeats neither (decision 14), and that any worker can show them. What is too large for a cookie waits
in the store and only its name travels.
"""

import json
import secrets
import time
from dataclasses import dataclass
from typing import Any, cast

from jetbridge.actions.registry import Action
from jetbridge.actions.sealing import KeyRing, SealError
from jetbridge.errors import EncodeError
from jetbridge.server.visit import Visit
from jetbridge.store.memory import MemoryStore
from jetbridge.wire.flight import encode_flight
from jetbridge.wire.protocol import COOKIE_FLASH, COOKIE_STATE
from jetbridge.wire.rows import decode_flight

__all__ = ["Carrier"]

_SECONDS = 60  # from a submit to the page that answers it
_COOKIE_BYTES = 2500  # sealed and in base64 it stays under the 4096 that browsers keep (RFC 6265 section 6.1)
_STORED = b"@"  # Flight rows begin with a digit


@dataclass(frozen=True, slots=True)
class Carrier:
    """Puts results and flashes into answers and takes them out of the next request."""

    keyring: KeyRing
    store: MemoryStore

    def put_result(self, visit: Visit, key: str, result: Any) -> None:
        """Let the next page at this path know the result under the state `key`. What cannot be encoded stays behind."""
        try:
            rows = encode_flight({"key": key, "result": result})
        except EncodeError:
            rows = encode_flight({"key": key, "result": None})
        if len(rows) > _COOKIE_BYTES:
            name = secrets.token_urlsafe(16)
            self.store.put(f"result:{name}", rows, _SECONDS)
            rows = _STORED + name.encode()
        self._put(visit, COOKIE_STATE, rows, path=_own_path(visit))

    def take_result(self, visit: Visit) -> tuple[str, Any] | None:
        """The state key and result that a submit left for this page, which are gone then."""
        data = self._take(visit, COOKIE_STATE, path=_own_path(visit))
        if data is not None and data.startswith(_STORED):
            data = self.store.take(f"result:{data[1:].decode()}")
        if data is None:
            return None
        carried = decode_flight(data)
        return carried["key"], carried["result"]

    def put_flash(self, visit: Visit, message: str) -> None:
        """Let the next page that calls `flashes()` show `message`, after those that still wait."""
        messages = [*self.waiting_flashes(visit), message]
        self._put(visit, COOKIE_FLASH, json.dumps(messages[-10:]).encode(), path="/")

    def waiting_flashes(self, visit: Visit) -> list[str]:
        """The messages that no page has read yet."""
        data = self._open(visit, COOKIE_FLASH)
        return [] if data is None else cast("list[str]", json.loads(data))

    def drop_flashes(self, visit: Visit) -> None:
        """A page has shown them."""
        if visit.cookie(COOKIE_FLASH) is not None:
            visit.set_cookie(COOKIE_FLASH, "", max_age=0)

    def _put(self, visit: Visit, name: str, data: bytes, *, path: str) -> None:
        sealed = self.keyring.seal(data, purpose=name, associated=b"", expires_at=time.time() + _SECONDS)
        visit.set_cookie(name, sealed, max_age=_SECONDS, path=path)

    def _take(self, visit: Visit, name: str, *, path: str) -> bytes | None:
        if visit.cookie(name) is None:
            return None
        visit.set_cookie(name, "", max_age=0, path=path)
        return self._open(visit, name)

    def _open(self, visit: Visit, name: str) -> bytes | None:
        sealed = visit.cookie(name)
        if not sealed:
            return None
        try:
            return self.keyring.open(sealed, purpose=name, associated=b"")
        except SealError:
            return None  # expired, or sealed with a key that is gone: there is nothing to show


def _own_path(visit: Visit) -> str:
    """The cookie goes to the page that was submitted to and to no other."""
    return visit.address.partition("?")[0]
