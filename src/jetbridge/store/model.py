"""What a store is: keys and bytes in, the same bytes out on any worker, each for its time.

Submit keys, large results, rates and shared cache entries live here. `memory` is one process's, `redis` is shared;
one test-suite holds both to this. A store that cannot be reached raises `StoreError` at once or within seconds, and
each user of it says what happens then.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

from jetbridge.errors import JetbridgeError

__all__ = ["Look", "Messages", "Store", "StoreError"]


class StoreError(JetbridgeError):
    """The store cannot be reached, or has no room for what must not be forgotten.

    `hangs`: it gave no answer in time. So it may be there, and go on later with all that it holds.
    """

    def __init__(self, message: str, *, hangs: bool = False) -> None:
        super().__init__(message)
        self.hangs = hangs


class Look(NamedTuple):
    """Values as they were at one moment, and the `life` of the store that gave them.

    A server that was started again, or one that has taken another's place, has another life: it may have lost what it
    was given, or have gone back to what it was before.
    """

    life: str
    values: list[bytes | None]


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

    async def look(self, keys: Sequence[str]) -> Look:
        """The values under `keys`, in their order, and the life of the store they are from, in one round trip."""
        ...

    async def fill(self, values: Mapping[str, bytes], ttl: float) -> Look:
        """Keep each of `values` whose key has none; what is under the keys then, in their order."""
        ...

    async def put(self, key: str, value: bytes, ttl: float) -> None:
        """Keep `value` under `key`, in place of what was there."""
        ...

    async def stamp(self, counter: str, keys: Sequence[str], ttl: float) -> None:
        """Count one on under `counter` and keep the count there and under `keys`, all at once.

        A count is `<name> <number>`. The name is new whenever a count begins, so that two of one name are in order.
        Tried even while the store is known to be away: when this raises StoreError, it was.
        """
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
