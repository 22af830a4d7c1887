"""What a store is: keys and bytes in, the same bytes out on any worker, each for its time.

Submit keys, large results, rates and shared cache entries live here. `memory` is one process's, `redis` is shared;
one test-suite holds both to this. A store that cannot be reached raises `StoreError` at once or within seconds, and
each user of it says what happens then.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from jetbridge.errors import JetbridgeError

__all__ = ["Messages", "Store", "StoreError"]


class StoreError(JetbridgeError):
    """The store cannot be reached, or has no room for what must not be forgotten."""


Messages = AbstractAsyncContextManager[AsyncIterator[bytes | None]]


class Store(Protocol):
    """Bytes under text keys. `ttl` is in seconds, above 0; what is older does not exist. All methods may raise
    StoreError.
    """

    async def get(self, key: str) -> bytes | None:
        """The value under `key`, or None."""
        ...

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """The values under `keys`, in their order, in one round trip."""
        ...

    async def put(self, key: str, value: bytes, ttl: float) -> None:
        """Keep `value` under `key`, in place of what was there."""
        ...

    async def take(self, key: str) -> bytes | None:
        """The value under `key`, which is gone then: of several that ask at once, one gets it."""
        ...

    async def delete(self, *keys: str) -> None:
        """Forget what is under `keys`."""
        ...

    async def claim(self, key: str, value: bytes, ttl: float) -> bytes | None:
        """None where nothing was under `key` and `value` is now; else what is there, unchanged.

        `value` names its owner: who finds their own there has it. A claim is never evicted to make room before its
        time is over.
        """
        ...

    async def replace(self, key: str, owner: bytes, value: bytes, ttl: float) -> bool:
        """Put `value` under `key` if `owner` (or already `value`) is there, and say whether it was.

        The same value again renews a claim; another one ends it, and is kept as `put` would.
        """
        ...

    async def release(self, key: str, owner: bytes) -> bool:
        """Forget `key` if `owner` is there, and say whether it was."""
        ...

    async def incr(self, key: str, ttl: float) -> int:
        """Add 1 to the number under `key`, which is 0 where nothing is and lives from then on for `ttl`; the sum."""
        ...

    async def hit(self, key: str, limit: int, window: float) -> float:
        """0 if this is at most the `limit`th hit within any `window` seconds; else the seconds until there is room.

        A hit that is told to wait does not count.
        """
        ...

    async def publish(self, channel: str, message: bytes) -> None:
        """Send `message` to all that are subscribed to `channel`, on any worker, this one included."""
        ...

    def subscribe(self, channel: str) -> Messages:
        """`async with` gives an iterator of the messages of `channel` from then on, without end.

        None among them says that some may have been lost: the connection broke and is there again, or the reader was
        too slow.
        """
        ...

    async def ping(self) -> None:
        """Raise StoreError if the store cannot be used now."""
        ...

    async def close(self) -> None:
        """Let go of connections. The store may be used again afterwards, and makes new ones."""
        ...
