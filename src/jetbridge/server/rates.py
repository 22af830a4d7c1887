"""Rates: who calls what in, how long they have to wait out. Asked before the body is read.

A visitor is known by their cookie, who has none by the client's address. A cookie can be thrown away or made up, so
one address may do only so many times as much as one visitor, whoever it says it is. Hits are counted in the store, and
in this process while the store is away.
"""

import hashlib
import inspect
from ipaddress import IPv6Address, ip_address
from typing import Final

from jetbridge.actions.rate import Rate
from jetbridge.actions.registry import Action
from jetbridge.context import enter
from jetbridge.server.visit import Visit
from jetbridge.server.visitors import Visitors
from jetbridge.store.memory import MemoryStore
from jetbridge.store.model import Store, StoreError

__all__ = ["Rates"]

_VISITORS_PER_ADDRESS: Final = 10  # behind one address: an office, a school
_OWN_BYTES: Final = 8 * 1024 * 1024


class Rates:
    """Counts calls of the actions that have a rate."""

    def __init__(self, store: Store, visitors: Visitors) -> None:
        self._store = store
        self._own = MemoryStore(_OWN_BYTES)
        self._visitors = visitors

    async def wait(self, visit: Visit, action: Action, rate: Rate) -> float:
        """0 where the call may go on, and is counted; else the seconds until one may. Raises what `by` raises."""
        named = await _named(visit, rate)
        if named is not None:
            return await self._hit(action, f"by {named}", rate.limit, rate.seconds)
        visitor, address = self._visitors.of(visit), _address(visit)
        if not visitor:
            return await self._hit(action, f"address {address}", rate.limit, rate.seconds)
        wait = await self._hit(action, f"visitor {visitor}", rate.limit, rate.seconds)
        if wait > 0:
            return wait
        return await self._hit(action, f"all of {address}", rate.limit * _VISITORS_PER_ADDRESS, rate.seconds)

    async def _hit(self, action: Action, who: str, limit: int, seconds: float) -> float:
        """Hashed, for a client chooses how long a part of it is, and a store need not know who calls."""
        key = "rate:" + hashlib.sha256(f"{action.id}\0{who}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
        try:
            return await self._store.hit(key, limit, seconds)
        except StoreError:
            return await self._own.hit(key, limit, seconds)


async def _named(visit: Visit, rate: Rate) -> str | None:
    """Who the request is from, by the author's own account; None leaves it to ours."""
    if rate.by is None:
        return None
    with enter(visit.context):
        named = rate.by(visit.context.request)
        if inspect.isawaitable(named):
            named = await named
    return None if named is None else str(named)


def _address(visit: Visit) -> str:
    """The client's, as the server (and the proxies it trusts) tell it. One IPv6 client has 2^64 of them."""
    client = visit.scope.get("client")
    if not client:
        return ""
    try:
        address = ip_address(client[0].partition("%")[0])
    except ValueError:
        return client[0]
    return str(address) if not isinstance(address, IPv6Address) else address.exploded[:19]
