"""A store in Redis, shared by all workers and hosts: each operation is one command or one script, so it is atomic.

Needs Redis 6.2 or Valkey, and the package `redis`. While the server is away every operation fails at once with
StoreError, but for one a second that looks whether it is back; the log says so once, and once when it is.
"""

import asyncio
import logging
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from secrets import token_hex
from typing import Any, Final, cast
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as BrokenError
from redis.exceptions import NoPermissionError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from jetbridge.store.mailbox import Mailbox
from jetbridge.store.model import Look, StoreError

__all__ = ["RedisStore"]

_log = logging.getLogger("jetbridge.store")

_SECONDS: Final = 2.0  # for one command, connecting included; a server that is well answers in a millisecond
_CONNECTIONS: Final = 50  # of one process, subscriptions aside; more commands at once wait for one
_PAUSE: Final = 1.0  # between two looks at a server that is away
_QUIET: Final = 15.0  # seconds without a message after which a subscription asks whether the server is there

_RUN_ID: Final = re.compile(rb"run_id:([0-9a-f]+)")

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
# ARGV is the time, then one value for each key.
_FILL: Final = """
local there = redis.call('MGET', unpack(KEYS))
for index, key in ipairs(KEYS) do
  if not there[index] then
    there[index] = ARGV[index + 1]
    redis.call('SET', key, there[index], 'PX', ARGV[1])
  end
end
return there
"""
# ARGV is the time, and the name for a count that begins; the first key is the counter.
_STAMP: Final = """
local name, number = string.match(redis.call('GET', KEYS[1]) or '', '^(%w+) (%d+)$')
local count = string.format('%s %.0f', name or ARGV[2], (number or 0) + 1)
for _, key in ipairs(KEYS) do redis.call('SET', key, count, 'PX', ARGV[1]) end
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
    """The store at `url` (`redis://`, `rediss://`, `unix://`); `prefix` goes before every key and channel.

    `named` is where its address was written, for what is said when it is away.
    """

    def __init__(self, url: str, *, prefix: str = "jetbridge:", named: str = "its address") -> None:
        self._url = url
        self._named = named
        self._prefix = prefix
        # Connections belong to the loop they were made in. The package's own types know no difference between a value
        # and a promise of one.
        self._clients: dict[asyncio.AbstractEventLoop, Any] = {}
        self._away_until: float | None = None

    def __repr__(self) -> str:
        return f"<RedisStore at {_place(self._url)}>"

    async def get(self, key: str) -> bytes | None:
        """The value under `key`, or None."""
        return await self._ask("GET", self._prefix + key)

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """The values under `keys`, in their order, in one round trip."""
        return await self._ask("MGET", *[self._prefix + key for key in keys]) if keys else []

    async def look(self, keys: Sequence[str]) -> Look:
        """The values under `keys`, in their order, and the life of the server they are from."""
        return Look(*await self._ask("MGET", *[self._prefix + key for key in keys], with_life=True))

    async def fill(self, values: Mapping[str, bytes], ttl: float) -> Look:
        """Keep each of `values` whose key has none; what is under the keys then."""
        return Look(*await self._ask(*self._script(_FILL, values, ttl, *values.values()), with_life=True))

    async def put(self, key: str, value: bytes, ttl: float) -> None:
        """Keep `value` under `key`."""
        await self._ask("SET", self._prefix + key, value, "PX", _milliseconds(ttl))

    async def stamp(self, counter: str, keys: Sequence[str], ttl: float) -> None:
        """Count one on under `counter` and keep the count there and under `keys`, even while known to be away."""
        try:
            await self._ask(*self._script(_STAMP, (counter, *keys), ttl, token_hex(6)), insist=True)
        except StoreError as error:
            if not isinstance(error.__cause__, ResponseError):
                raise
            # It is there and full. To forget the counter takes no memory, and makes all stamps those of an older count.
            await self._ask("DEL", self._prefix + counter, insist=True)

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
            await asyncio.wait([task])  # to await the task itself would take its cancellation for our own, or hide that

    async def ping(self) -> None:
        """Raise StoreError if the server does not answer."""
        await self._ask("PING")

    async def close(self) -> None:
        """Close the connections that belong to the running loop."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            with suppress(RedisError, OSError):
                await client.aclose()

    # -- commands

    def _script(self, script: str, keys: Collection[str], ttl: float, *values: bytes | str) -> Iterator[Any]:
        yield from ("EVAL", script, len(keys), *(self._prefix + key for key in keys), _milliseconds(ttl), *values)

    async def _run(self, script: str, key: str, *values: bytes | int) -> Any:
        return await self._ask("EVAL", script, 1, self._prefix + key, *values)

    async def _ask(self, *command: str | bytes | int, insist: bool = False, **options: bool) -> Any:
        if self._away_until is not None:
            if time.monotonic() < self._away_until and not insist:
                raise StoreError(f"the store at {_place(self._url)} is away")
            self._away_until = time.monotonic() + _PAUSE  # this one looks, others need not wait for what it finds
        try:
            answer = await _in_time(self._connected().execute_command(*command, **options))
        except (RedisError, OSError) as error:
            raise self._failed(error) from error
        self._worked()
        return answer

    def _connected(self) -> Any:
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            self._clients = {loop: one for loop, one in self._clients.items() if not loop.is_closed()}
            # Once more on a new connection, where the old one was closed meanwhile.
            client = self._clients[loop] = _connect(self._url, _CONNECTIONS, retries=1)
        return client

    def _failed(self, error: Exception) -> StoreError:
        if self._away_until is None:
            _log.warning(
                "the store at %s is away, and is tried again every second: %s. Start it, or correct %s",
                _place(self._url),
                str(error).rstrip("."),
                self._named,
            )
        self._away_until = time.monotonic() + _PAUSE
        hangs = isinstance(error, RedisTimeoutError)
        return StoreError(f"the store at {_place(self._url)} is away: {error}", hangs=hangs)

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
                await _in_time(listener.subscribe(self._prefix + channel))
                while True:
                    message = await _in_time(listener.get_message(timeout=_QUIET), _QUIET + _SECONDS)
                    if message is None:
                        await _in_time(listener.ping())
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


async def _in_time(work: Awaitable[Any], seconds: float = _SECONDS) -> Any:
    """What `work` of the package's comes to, else its error for a server that does not answer.

    In place of its `socket_timeout`: that sends with `asyncio.wait_for`, which on Python 3.11 forgets that its task was
    cancelled. What is to end when it is cancelled would go on for ever, and who waits for its end with it.
    """
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError:
        raise RedisTimeoutError(f"no answer within {seconds:g} seconds") from None


class _Client(Redis):
    """Redis, whose command with the option `with_life` gives the life of its server beside the answer."""

    async def parse_response(self, connection: Any, command_name: str | bytes, **options: Any) -> Any:
        with_life = options.pop("with_life", False)
        answer: Any = await cast("Any", super()).parse_response(connection, command_name, **options)
        return (connection.life, answer) if with_life else answer


async def _begin(connection: Any) -> None:
    """Learn the server's run id, which no other start of a server has; a connection never outlives its server."""
    try:
        await connection.on_connect()
        connection.life = ""
        await connection.send_command("INFO", "server")
        told = await connection.read_response(disable_decoding=True)
    except NoPermissionError:  # an account that may not ask cannot tell a server that went back from one that did not
        return
    except BaseException:  # who waited for it gave up: nobody else may get it half begun
        await connection.disconnect(nowait=True)
        raise
    found = _RUN_ID.search(told)
    connection.life = "" if found is None else found[1].decode()


def _connect(url: str, connections: int, *, retries: int) -> Any:
    pool = BlockingConnectionPool.from_url(  # pyright: ignore[reportUnknownMemberType]  # **kwargs without types
        url,
        max_connections=connections,
        timeout=None,  # what waits for a connection waits in time
        socket_timeout=None,
        socket_connect_timeout=_SECONDS,
        retry=Retry(NoBackoff(), retries, supported_errors=(BrokenError,)),
        redis_connect_func=_begin,
    )
    return _Client.from_pool(pool)


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def _place(url: str) -> str:
    """Where, without user and password."""
    parts = urlsplit(url)
    host = f"{parts.hostname or ''}:{parts.port}" if parts.port else (parts.hostname or "")
    return f"{parts.scheme}://{host}{parts.path}"
