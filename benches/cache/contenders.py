"""Contenders: a library in, the same four jobs out: a hit, a miss, an invalidation, and the two around a value.

The value is a page of fifty rows with a date each, which a function gives for an argument. Every library keeps it as it
does by itself.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

import aiocache
import cashews
from pydantic import BaseModel

from jetbridge.cache.cached import cached
from jetbridge.cache.revalidate import revalidate_tag
from jetbridge.server.app import App
from jetbridge.store.memory import MemoryStore
from jetbridge.store.redis import RedisStore

__all__ = ["Contender", "aiocache_", "cashews_", "jetbridge_"]


class Row(BaseModel):
    """One row of the value."""

    id: int
    name: str
    at: datetime


VALUE = [Row(id=number, name=f"Name {number}", at=datetime(2026, 1, 1, tzinfo=UTC)) for number in range(50)]


@dataclass(frozen=True)
class Contender:
    """What a library does: `hit` and `miss` give the value, `invalidate` lets it be computed anew."""

    name: str
    hit: Callable[[], Awaitable[Any]]
    miss: Callable[[], Awaitable[Any]]
    invalidate: Callable[[], Awaitable[Any]]
    close: Callable[[], Awaitable[Any]]


def jetbridge_(redis: str | None) -> Contender:
    """Ours."""
    app = App(__name__, store=MemoryStore() if redis is None else RedisStore(redis, prefix="jetbridge:"))
    numbers = count()

    @cached(tags=["rows"], ttl=3600)
    async def read(number: int) -> list[Row]:
        return VALUE

    async def with_app(run: Callable[[], Awaitable[Any]]) -> Any:
        async with app.context():
            return await run()

    async def invalidate() -> None:
        async with app.context():
            revalidate_tag("rows")

    async def close() -> None:
        await app.cache.close()
        await app.store.close()

    return Contender(
        "jetbridge",
        lambda: with_app(lambda: read(-1)),
        lambda: with_app(lambda: read(next(numbers))),
        invalidate,
        close,
    )


def cashews_(redis: str | None) -> Contender:
    """cashews, with a tag on the value."""
    cache = cashews.Cache()
    cache.setup("mem://" if redis is None else redis)
    numbers = count()

    @cache(ttl="1h", key="rows:{number}", tags=["rows"])
    async def read(number: int) -> list[Row]:
        return VALUE

    return Contender(
        "cashews", lambda: read(-1), lambda: read(next(numbers)), lambda: cache.delete_tags("rows"), cache.close
    )


def aiocache_(redis: str | None) -> Contender:
    """aiocache, which has no tags: an invalidation deletes one key."""
    more: dict[str, Any] = {"cache": aiocache.Cache.MEMORY}
    if redis is not None:
        host, port = redis.removeprefix("redis://").removesuffix("/0").split(":")
        serializer = aiocache.serializers.PickleSerializer()
        more = {"cache": aiocache.Cache.REDIS, "endpoint": host, "port": int(port), "serializer": serializer}
    numbers = count()

    @aiocache.cached(ttl=3600, key_builder=lambda function, number: f"rows:{number}", **more)
    async def read(number: int) -> list[Row]:
        return VALUE

    return Contender(
        "aiocache",
        lambda: read(-1),
        lambda: read(next(numbers)),
        lambda: read.cache.delete("rows:-1"),
        read.cache.close,
    )
