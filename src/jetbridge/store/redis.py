"""A store in Redis, shared by all workers and hosts: each operation is one command or one script, so it is atomic.

Needs Redis 6.2 or Valkey, and the package `redis`. While the server is away every operation fails at once with
StoreError, but for one a second that looks whether it is back; the log says so once, and once when it is.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as BrokenError
from redis.exceptions import RedisError

from jetbridge.store.mailbox import Mailbox
from jetbridge.store.model import StoreError

__all__ = ["RedisStore"]

_log = logging.getLogger("jetbridge.store")

_SECONDS: Final = 2.0  # for one command, and for connecting; a server that is well answers in a millisecond
_CONNECTIONS: Final = 50  # of one process, subscriptions aside; more commands at once wait for one
_PAUSE: Final = 1.0  # between two looks at a server that is away
_QUIET: Final = 15.0  # seconds without a message after which a subscription asks whether the server is there

# Times are milliseconds. A script runs as a whole: nothing comes between its commands.
_CLAIM: Final = """
local there = redis.call('GET', KEYS[1])
if there and there ~= ARGV[1] then return there end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false
"""
_REPLACE: Final = """
local there = redis.call('GET', KEYS[1])
if there ~= ARGV[1] and there ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""
_RELEASE: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""
_INCR: Final = """
local sum = redis.call('INCR', KEYS[1])
if sum == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return sum
"""
# A list of the last `limit` hits, oldest first, by the server's own clock in microseconds.
_HIT: Final = """
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local oldest = redis.call('LINDEX', KEYS[1], -limit)
if oldest then
  local wait = oldest + window * 1000 - now
  if wait > 0 then return wait end
end
redis.call('RPUSH', KEYS[1], string.format('%.0f', now))
redis.call('LTRIM', KEYS[1], -limit, -1)
redis.call('PEXPIRE', KEYS[1], window)
return 0
"""


class RedisStore:
    """The store at `url` (`redis://`, `rediss://`, `unix://`); `prefix` goes before every key and channel."""

    def __init__(self, url: str, *, prefix: str = "jetbridge:") -> None:
        self._url = url
        self._prefix = prefix
        self._client: Any = None  # the package's own types know no difference between a value and a promise of one
        self._loop: asyncio.AbstractEventLoop | None = None
        self._away_until: float | None = None

    def __repr__(self) -> str:
        return f"<RedisStore at {_place(self._url)}>"

    async def get(self, key: str) -> bytes | None:
        """The value under `key`, or None."""
        return await self._ask("GET", self._prefix + key)

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """The values under `keys`, in their order, in one round trip."""
        return await self._ask("MGET", *[self._prefix + key for key in keys]) if keys else []

    async def put(self, key: str, value: bytes, ttl: float) -> None:
        """Keep `value` under `key`."""
        await self._ask("SET", self._prefix + key, value, "PX", _milliseconds(ttl))

    async def take(self, key: str) -> bytes | None:
        """The value under `key`, which is gone then."""
        return await self._ask("GETDEL", self._prefix + key)

    async def delete(self, *keys: str) -> None:
        """Forget what is under `keys`."""
        if keys:
            await self._ask("DEL", *[self._prefix + key for key in keys])

    async def claim(self, key: str, value: bytes, ttl: float) -> bytes | None:
        """None where nothing was under `key` and `value` is now; else what is there, unchanged."""
        return await self._run(_CLAIM, key, value, _milliseconds(ttl))

    async def replace(self, key: str, owner: bytes, value: bytes, ttl: float) -> bool:
        """Put `value` under `key` if `owner` is there."""
        return bool(await self._run(_REPLACE, key, owner, value, _milliseconds(ttl)))

    async def release(self, key: str, owner: bytes) -> bool:
        """Forget `key` if `owner` is there."""
        return bool(await self._run(_RELEASE, key, owner))

    async def incr(self, key: str, ttl: float) -> int:
        """Add 1 to the number under `key`; the sum."""
        return await self._run(_INCR, key, _milliseconds(ttl))

    async def hit(self, key: str, limit: int, window: float) -> float:
        """0 if this is at most the `limit`th hit within any `window` seconds; else the seconds until there is room."""
        return await self._run(_HIT, key, limit, _milliseconds(window)) / 1_000_000

    async def publish(self, channel: str, message: bytes) -> None:
        """Send `message` to all that are subscribed to `channel`, on any worker."""
        await self._ask("PUBLISH", self._prefix + channel, message)

    @asynccontextmanager
    async def subscribe(self, channel: str) -> AsyncGenerator[AsyncIterator[bytes | None]]:
        """The messages of `channel` from then on; None where the connection broke or the reader was too slow.

        Never raises for a server that is away: it connects again by itself.
        """
        mailbox, tried = Mailbox(), asyncio.Event()
        task = asyncio.create_task(self._listen(channel, mailbox, tried))
        try:
            await tried.wait()
            yield mailbox.messages()
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def ping(self) -> None:
        """Raise StoreError if the server does not answer."""
        await self._ask("PING")

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            with suppress(RedisError, OSError):
                await client.aclose()

    # -- commands

    async def _run(self, script: str, key: str, *values: bytes | int) -> Any:
        return await self._ask("EVAL", script, 1, self._prefix + key, *values)

    async def _ask(self, *command: str | bytes | int) -> Any:
        if self._away_until is not None:
            if time.monotonic() < self._away_until:
                raise StoreError(f"the store at {_place(self._url)} is away")
            self._away_until = time.monotonic() + _PAUSE  # this one looks, others need not wait for what it finds
        try:
            answer = await self._connected().execute_command(*command)
        except (RedisError, OSError) as error:
            raise self._failed(error)
        self._worked()
        return answer

    def _connected(self) -> Any:
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:  # connections belong to the loop they were made in
            # Once more on a new connection, where the old one was closed meanwhile.
            self._client, self._loop = _connect(self._url, _CONNECTIONS, retries=1), loop
        return self._client

    def _failed(self, error: Exception) -> StoreError:
        if self._away_until is None:
            _log.warning(
                "the store at %s is away, and is tried again every second: %s. Start it, or correct JETBRIDGE_STORE",
                _place(self._url),
                str(error).rstrip("."),
            )
        self._away_until = time.monotonic() + _PAUSE
        return StoreError(f"the store at {_place(self._url)} is away: {error}")

    def _worked(self) -> None:
        if self._away_until is not None:
            self._away_until = None
            _log.warning("the store at %s is back", _place(self._url))

    # -- subscriptions

    async def _listen(self, channel: str, mailbox: Mailbox, tried: asyncio.Event) -> None:
        broken = False
        while True:
            client = _connect(self._url, 1, retries=0)
            listener = client.pubsub()
            try:
                await listener.subscribe(self._prefix + channel)
                while True:
                    message = await listener.get_message(timeout=_QUIET)
                    if message is None:
                        await listener.ping()
                    elif message["type"] == "subscribe":
                        self._worked()
                        tried.set()
                        if broken:
                            mailbox.lose()
                    elif message["type"] == "message":
                        mailbox.deliver(message["data"])
            except (RedisError, OSError) as error:
                self._failed(error)
                broken = True
                tried.set()
            finally:
                with suppress(RedisError, OSError):
                    await listener.aclose()
                    await client.aclose()
            await asyncio.sleep(_PAUSE)


def _connect(url: str, connections: int, *, retries: int) -> Any:
    pool = BlockingConnectionPool.from_url(  # pyright: ignore[reportUnknownMemberType]  # **kwargs without types
        url,
        max_connections=connections,
        timeout=_SECONDS,
        socket_timeout=_SECONDS,
        socket_connect_timeout=_SECONDS,
        retry=Retry(NoBackoff(), retries, supported_errors=(BrokenError,)),
    )
    return Redis.from_pool(pool)


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def _place(url: str) -> str:
    """Where, without user and password."""
    parts = urlsplit(url)
    host = f"{parts.hostname or ''}:{parts.port}" if parts.port else (parts.hostname or "")
    return f"{parts.scheme}://{host}{parts.path}"
