"""What travels from an action to the page that follows it: states and flashes, sealed in short-lived cookies.

So that a reload repeats neither (decision 14), and that any worker can show them. What is too large for a cookie waits
in the store and only its name travels. What a page shows travels in the page itself, to the next submit.
"""

import json
import logging
import secrets
import time
from collections.abc import Callable, Coroutine, Sequence
from functools import cache
from typing import Any, cast

from msgspec import Struct
from pydantic import ValidationError

from jetbridge.actions.registry import Action, Registry
from jetbridge.actions.sealing import DAY, KeyRing, SealError
from jetbridge.actions.state import Submitted
from jetbridge.errors import DefinitionError
from jetbridge.render.flight import begin_flight
from jetbridge.schema.validate import Invalid, compile_validator
from jetbridge.server.shown import (
    decode_states,
    describe_result,
    describe_state,
    encode_result,
    encode_shown_result,
    encode_states,
)
from jetbridge.server.visit import Visit, cookie_line
from jetbridge.store.model import Store, StoreError
from jetbridge.wire.protocol import COOKIE_FLASH, COOKIE_STATE
from jetbridge.wire.rows import decode_flight

__all__ = ["Carrier"]

_log = logging.getLogger("jetbridge.store")
_SECONDS = 60  # from a submit to the page that answers it
_COOKIE_BYTES = 2500  # sealed and in base64 it stays under the 4096 that browsers keep (RFC 6265 section 6.1)
_STORED = b"@"  # states begin with the number of a row, and a list of flashes with `[`
_SHOWN = "shown"
_SHOWN_BYTES = 48 * 1024  # of the states in one form of a page
_PAGE_BYTES = 384 * 1024  # of those in all its forms


class Carrier(Struct, frozen=True):
    """Puts states and flashes into answers and takes them out of the next request."""

    keyring: KeyRing
    store: Store
    registry: Registry

    async def put_result(self, visit: Visit, key: str, form: str, result: Any, others: Sequence[Submitted] = ()) -> int:
        """Let the next page at this path know the result of this form under the state `key`, and the `others`.

        Gives how many bytes the result takes. Raises EncodeError for what cannot be sent.
        """
        rows, rest = begin_flight(result, lambda _: ("", None))
        if rest is not None:  # what becomes known later has nowhere to arrive
            rows = encode_result(None)
            if visit.is_first:  # else it belongs to the submit that this one repeats
                rest.let_go()
        states = [describe_result(key, form, rows), *map(describe_state, others)]
        await self._put(visit, COOKIE_STATE, encode_states(states), path=_own_path(visit.address))
        return len(rows)

    def small_result(self, key: str, form: str, rows: bytes, address: str, scheme: str) -> str | None:
        """The cookie by which `put_result` tells the page at `address` of a result with these `rows`; if it fits."""
        data = encode_shown_result(key, form, rows)
        if len(data) > _COOKIE_BYTES:
            return None
        sealed = self._sealed(COOKIE_STATE, data)
        return cookie_line(COOKIE_STATE, sealed, max_age=_SECONDS, path=_own_path(address), scheme=scheme)

    async def take_states(self, visit: Visit) -> Sequence[Submitted]:
        """What a submit left for this page, which is gone then."""
        if visit.cookie(COOKIE_STATE) is None:
            return ()
        visit.set_cookie(COOKIE_STATE, "", max_age=0, path=_own_path(visit.address))
        data = await self._open(visit, COOKIE_STATE, self.store.take)
        return () if data is None else decode_states(data, self.registry.get, self.as_shown)

    def seal_shown(self, visit: Visit, visitor: str, states: Sequence[Submitted], forms: int) -> str:
        """What this page shows of submits, for each of its `forms` to send along with the next; empty for nothing."""
        limit = min(_SHOWN_BYTES, _PAGE_BYTES // max(forms, 1))
        data = encode_states(map(describe_state, states), limit)
        if not data:
            return ""
        until = time.time() + DAY
        return self.keyring.seal(data, purpose=_SHOWN, associated=_shown_to(visit, visitor), expires_at=until)

    def open_shown(self, visit: Visit, visitor: str, sealed: str | None) -> Sequence[Submitted]:
        """What the page that a form was submitted from shows; nothing where that was another's, or another page."""
        if not sealed:
            return ()
        try:
            data = self.keyring.open(sealed, purpose=_SHOWN, associated=_shown_to(visit, visitor))
        except SealError:
            return ()
        return decode_states(data, self.registry.get, self.as_shown)

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
        visit.set_cookie(name, self._sealed(name, data), max_age=_SECONDS, path=path)

    def _sealed(self, name: str, data: bytes) -> str:
        # The browser drops it in time; clocks of two workers may be further apart.
        return self.keyring.seal(data, purpose=name, associated=b"", expires_at=time.time() + DAY)

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


@cache
def _validator(action: Action) -> Callable[[Any], Any] | None:
    try:
        return compile_validator(action.signature.returns, where=action.signature.place).form
    except DefinitionError:
        return None  # annotated with something that only exists here; it went over the wire as an object


def _shown_to(visit: Visit, visitor: str) -> bytes:
    return f"{visit.path}\0{visitor}".encode("utf-8", "surrogatepass")


def _own_path(address: str) -> str:
    """The cookie goes to the page that was submitted to and to no other, if a cookie can say so."""
    path = address.partition("?")[0]
    return path if ";" not in path and path.isascii() and path.isprintable() else "/"
