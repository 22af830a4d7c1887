"""A store in this process's memory, for one worker: bounded in bytes, what was longest unused goes first.

Claims never go to make room: a submit that runs must not be forgotten. They have a bound of their own instead. Time
is `time.monotonic`, in seconds.
"""

import time
from array import array
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from secrets import token_hex
from threading import Lock
from typing import Final, NamedTuple

from jetbridge.store.mailbox import Mailbox
from jetbridge.store.model import Look, StoreError

__all__ = ["MemoryStore"]

_OVERHEAD: Final = 300  # bytes of an entry besides its key and value: slots of the dict, the tuple, three objects


class _Entry(NamedTuple):
    until: float
    value: bytes


class _Shelf:
    """Entries in the order of their last use, and what they weigh."""

    def __init__(self) -> None:
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self.weight = 0

    def get(self, key: str) -> _Entry | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.until <= time.monotonic():
            self.drop(key)
            return None
        self._entries.move_to_end(key)
        return entry

    def put(self, key: str, entry: _Entry) -> None:
        self.drop(key)
        self._entries[key] = entry
        self.weight += _weight(key, entry.value)

    def drop(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.weight -= _weight(key, entry.value)

    def drop_oldest(self) -> None:
        self.drop(next(iter(self._entries)))

    def drop_expired(self) -> None:
        now = time.monotonic()
        for key in [key for key, entry in self._entries.items() if entry.until <= now]:
            self.drop(key)


def _weight(key: str, value: bytes) -> int:
    return _OVERHEAD + 2 * len(key) + len(value)


class MemoryStore:
    """At most `max_bytes`, keys and overhead included; claims that have not ended may take a quarter of it."""

    def __init__(self, max_bytes: int = 64 * 1024 * 1024) -> None:
        self._max_bytes = max_bytes
        self._values = _Shelf()
        self._claims = _Shelf()
        self._subscribers: dict[str, set[Mailbox]] = {}
        self._lock = Lock()  # sync functions that are cached ask from threads

    def __repr__(self) -> str:
        return "<MemoryStore>"

    async def get(self, key: str) -> bytes | None:
        """The value under `key`, or None."""
        with self._lock:
            return self._get(key)

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """The values under `keys`, in their order."""
        with self._lock:
            return [self._get(key) for key in keys]

    async def look(self, keys: Sequence[str]) -> Look:
        """The values under `keys`, in their order; there is one life."""
        with self._lock:
            return Look("", [self._get(key) for key in keys])

    async def fill(self, values: Mapping[str, bytes], ttl: float) -> Look:
        """Keep each of `values` whose key has none; what is under the keys then."""
        until = time.monotonic() + ttl
        with self._lock:
            for key, value in values.items():
                if self._get(key) is None:
                    self._put(key, value, until)
            return Look("", [self._get(key) for key in values])

    async def put(self, key: str, value: bytes, ttl: float) -> None:
        """Keep `value` under `key`, unless it alone is larger than all there is room for."""
        with self._lock:
            self._put(key, value, time.monotonic() + ttl)

    async def stamp(self, counter: str, keys: Sequence[str], ttl: float) -> None:
        """Count one on under `counter` and keep the count there and under `keys`."""
        until = time.monotonic() + ttl
        with self._lock:
            name, _, number = (self._get(counter) or f"{token_hex(6)} 0".encode()).partition(b" ")
            count = b"%s %d" % (name, int(number) + 1)
            for key in (counter, *keys):
                self._put(key, count, until)

    async def take(self, key: str) -> bytes | None:
        """The value under `key`, which is gone then."""
        with self._lock:
            value = self._get(key)
            self._drop(key)
            return value

    async def delete(self, *keys: str) -> None:
        """Forget what is under `keys`."""
        with self._lock:
            for key in keys:
                self._drop(key)

    async def claim(self, key: str, value: bytes, ttl: float) -> bytes | None:
        """None where nothing was under `key` and `value` is now; else what is there, unchanged.

        Raises StoreError where running claims take all the room they may have.
        """
        with self._lock:
            present = self._get(key)
            if present is not None:
                return None if present == value else present
            most = self._max_bytes // 4 - _weight(key, value)
            if self._claims.weight > most:
                self._claims.drop_expired()
            if self._claims.weight > most:
                raise StoreError("the memory store has no room for another claim")
            self._claims.put(key, _Entry(time.monotonic() + ttl, value))
            self._make_room()
            return None

    async def replace(self, key: str, owner: bytes, value: bytes, ttl: float) -> bool:
        """Put `value` under `key` if `owner` is there. The same value renews a claim, another one ends it."""
        with self._lock:
            if self._get(key) not in (owner, value):
                return False
            if value == owner and self._claims.get(key) is not None:
                self._claims.put(key, _Entry(time.monotonic() + ttl, value))
            else:
                self._put(key, value, time.monotonic() + ttl)
            return True

    async def release(self, key: str, owner: bytes) -> bool:
        """Forget `key` if `owner` is there."""
        with self._lock:
            if self._get(key) != owner:
                return False
            self._drop(key)
            return True

    async def hit(self, key: str, limit: int, window: float) -> float:
        """0 if this is at most the `limit`th hit within any `window` seconds; else the seconds until there is room."""
        with self._lock:
            now = time.monotonic()
            entry = self._values.get(key)
            times = array("d", b"" if entry is None else entry.value)
            if len(times) >= limit:
                wait = times[-limit] + window - now
                if wait > 0:
                    return wait
            times.append(now)
            self._put(key, times[-limit:].tobytes(), now + window)
            return 0.0

    async def publish(self, channel: str, message: bytes) -> None:
        """Send `message` to all that are subscribed to `channel` in this process."""
        for mailbox in self._subscribers.get(channel, ()):
            mailbox.deliver(message)

    @asynccontextmanager
    async def subscribe(self, channel: str) -> AsyncGenerator[AsyncIterator[bytes | None]]:
        """The messages of `channel` from then on; None where some were lost because the reader was too slow."""
        mailbox = Mailbox()
        subscribers = self._subscribers.setdefault(channel, set())
        subscribers.add(mailbox)
        try:
            yield mailbox.messages()
        finally:
            subscribers.discard(mailbox)
            if not subscribers:
                self._subscribers.pop(channel, None)

    async def ping(self) -> None:
        """Memory is always there."""

    async def close(self) -> None:
        """There is nothing to let go of; what is kept stays, for another start of the app in this process."""

    def _get(self, key: str) -> bytes | None:
        entry = self._claims.get(key) or self._values.get(key)
        return None if entry is None else entry.value

    def _put(self, key: str, value: bytes, until: float) -> None:
        self._claims.drop(key)
        self._values.put(key, _Entry(until, value))
        self._make_room()

    def _drop(self, key: str) -> None:
        self._claims.drop(key)
        self._values.drop(key)

    def _make_room(self) -> None:
        while self._values.weight and self._values.weight + self._claims.weight > self._max_bytes:
            self._values.drop_oldest()
