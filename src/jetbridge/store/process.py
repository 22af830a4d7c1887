"""A store in this process's memory: keys to values with a time to live, and one computation a key.

Bounded in entries; the oldest go first. Time is `time.monotonic`, in seconds.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

__all__ = ["ProcessMemory"]

T = TypeVar("T")


class ProcessMemory:
    """Values by key, each for `ttl` seconds; at most `entries` of them."""

    def __init__(self, entries: int = 10_000) -> None:
        self._entries = entries
        self._values: OrderedDict[str, tuple[float, Any]] = OrderedDict()

    def put(self, key: str, value: Any, ttl: float) -> None:
        """Keep `value` under `key` for `ttl` seconds, in place of what was there."""
        self._values.pop(key, None)
        self._values[key] = (time.monotonic() + ttl, value)
        while len(self._values) > self._entries:
            self._values.popitem(last=False)

    def get(self, key: str) -> Any | None:
        """The value under `key`, or None when there is none or its time is over."""
        entry = self._values.get(key)
        if entry is None:
            return None
        if entry[0] < time.monotonic():
            del self._values[key]
            return None
        return entry[1]

    def take(self, key: str) -> Any | None:
        """The value under `key`, which is gone then."""
        value = self.get(key)
        self._values.pop(key, None)
        return value

    async def once(
        self, key: str, compute: Callable[[], Awaitable[T]], ttl: float, *, keep: Callable[[T], bool]
    ) -> tuple[T, bool]:
        """What `compute()` gave for `key` the first time, and whether this call was that first one.

        Callers that come while it is computed wait for it; those that come within `ttl` seconds get the same. The
        computation goes on when its caller is cancelled. One that failed, or whose result `keep` does not want, is
        forgotten, so that a later call may try again.
        """
        running: asyncio.Future[T] | None = self.get(key)
        if running is not None:
            return await asyncio.shield(running), False
        running = asyncio.ensure_future(compute())
        self.put(key, running, ttl)
        running.add_done_callback(lambda done: self._forget_unless(keep, key, done))
        return await asyncio.shield(running), True

    def _forget_unless(self, keep: Callable[[Any], bool], key: str, done: "asyncio.Future[Any]") -> None:
        wanted = not done.cancelled() and done.exception() is None and keep(done.result())
        if not wanted and self.get(key) is done:
            del self._values[key]
