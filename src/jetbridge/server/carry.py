"""What travels from an action to the page that follows it: a result and flashes, sealed in short-lived cookies.

So that a reload repeats neither (decision 14), and that any worker can show them. What is too large for a cookie waits
in the store and only its name travels.
"""

import json
import logging
import secrets
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from pydantic import ValidationError

from jetbridge.actions.registry import Action, Registry
from jetbridge.actions.sealing import KeyRing, SealError
from jetbridge.errors import DefinitionError, EncodeError
from jetbridge.render.flight import begin_flight
from jetbridge.schema.validate import Invalid, compile_validator
from jetbridge.server.visit import Visit
from jetbridge.store.model import Store, StoreError
from jetbridge.wire.flight import encode_flight
from jetbridge.wire.protocol import COOKIE_FLASH, COOKIE_STATE
from jetbridge.wire.rows import decode_flight

__all__ = ["Carrier", "encode_result"]

_log = logging.getLogger("jetbridge.store")
_SECONDS = 60  # from a submit to the page that answers it
_COOKIE_BYTES = 2500  # sealed and in base64 it stays under the 4096 that browsers keep (RFC 6265 section 6.1)
_STORED = b"@"  # keys of states begin with a letter or underscore, as functions do, and a list of flashes with `[`


@dataclass(frozen=True, slots=True)
class Carrier:
    """Puts results and flashes into answers and takes them out of the next request."""

    keyring: KeyRing
    store: Store
    registry: Registry

    async def put_result(self, visit: Visit, key: str, result: Any) -> None:
        """Let the next page at this path know the result under the state `key`.

        Raises EncodeError for what cannot be sent.
        """
        rows, rest = begin_flight(result, lambda _: ("", None))
        if rest is not None:  # what becomes known later has nowhere to arrive
            rows = encode_flight(None)
            if visit.run is not None:  # else it belongs to the submit that this one repeats
                rest.let_go()
        await self._put(visit, COOKIE_STATE, key.encode() + b"\n" + rows, path=_own_path(visit))

    async def take_result(self, visit: Visit) -> tuple[str, Any] | None:
        """The state key and result that a submit left for this page, which are gone then."""
        if visit.cookie(COOKIE_STATE) is None:
            return None
        visit.set_cookie(COOKIE_STATE, "", max_age=0, path=_own_path(visit))
        data = await self._open(visit, COOKIE_STATE, self.store.take)
        if data is None:
            return None
        key, _, rows = data.partition(b"\n")
        action = self.registry.get(key.decode().partition(":")[0])
        return None if action is None else (key.decode(), self.as_shown(action, rows))

    def as_shown(self, action: Action, rows: bytes) -> Any:
        """A result as `action_state` shows it: what the rows say, as the type that the action says it returns.

        Both doors show this, so that a page that works without JavaScript works with it. Plain data where the action
        says nothing, or where what was sent does not fit what it says.
        """
        result = decode_flight(rows)
        validator = _validator(action)
        try:
            return result if validator is None else validator(result)
        except (ValidationError, Invalid):
            return result

    async def put_flash(self, visit: Visit, message: str) -> None:
        """Let the next page that calls `flashes()` show `message`, after those that still wait."""
        messages = [*await self.waiting_flashes(visit), message]
        await self._put(visit, COOKIE_FLASH, json.dumps(messages[-10:]).encode(), path="/")

    async def waiting_flashes(self, visit: Visit) -> list[str]:
        """The messages that no page has read yet."""
        data = await self._open(visit, COOKIE_FLASH, self.store.get)
        return [] if data is None else cast("list[str]", json.loads(data))

    def drop_flashes(self, visit: Visit) -> None:
        """A page has shown them."""
        if visit.cookie(COOKIE_FLASH) is not None:
            visit.set_cookie(COOKIE_FLASH, "", max_age=0)

    async def _put(self, visit: Visit, name: str, data: bytes, *, path: str) -> None:
        """Into a cookie, or into the store. Where that is away what is large is lost; the submit itself is not."""
        if len(data) > _COOKIE_BYTES:
            key = secrets.token_urlsafe(16)
            stored = self.keyring.seal(data, purpose=name, associated=key.encode())
            try:
                await self.store.put(f"carried:{key}", stored.encode(), _SECONDS)
            except StoreError as away:
                _log.warning("what a submit has to show is not shown: %s", away)
                return
            data = _STORED + key.encode()
        sealed = self.keyring.seal(data, purpose=name, associated=b"", expires_at=time.time() + _SECONDS)
        visit.set_cookie(name, sealed, max_age=_SECONDS, path=path)

    async def _open(
        self, visit: Visit, name: str, stored: Callable[[str], Coroutine[Any, Any, bytes | None]]
    ) -> bytes | None:
        """What the cookie holds; `stored` gives what it only names."""
        sealed = visit.cookie(name)
        if not sealed:
            return None
        try:
            data = self.keyring.open(sealed, purpose=name, associated=b"")
            if not data.startswith(_STORED):
                return data
            key = data[1:]
            kept = await stored(f"carried:{key.decode()}")
            return None if kept is None else self.keyring.open(kept.decode(), purpose=name, associated=key)
        except (SealError, StoreError):
            return None  # expired, sealed with a key that is gone, or out of reach: there is nothing to show


def encode_result(result: Any) -> bytes:
    """A result as Flight; one that cannot be encoded is as good as none, the action's success is not undone by it."""
    try:
        return encode_flight(result)
    except EncodeError:
        return encode_flight(None)


@cache
def _validator(action: Action) -> Callable[[Any], Any] | None:
    try:
        return compile_validator(action.signature.returns, where=action.signature.place).form
    except DefinitionError:
        return None  # annotated with something that only exists here; it went over the wire as an object


def _own_path(visit: Visit) -> str:
    """The cookie goes to the page that was submitted to and to no other, if a cookie can say so."""
    path = visit.address.partition("?")[0]
    return path if ";" not in path and path.isascii() and path.isprintable() else "/"
