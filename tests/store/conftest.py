"""Every store there is, one after the other."""

import secrets

import pytest

from jetbridge.store.memory import MemoryStore
from jetbridge.store.redis import RedisStore


@pytest.fixture(params=["memory", "redis"])
async def store(request):
    if request.param == "memory":
        yield MemoryStore()
        return
    store = RedisStore(request.getfixturevalue("redis_url"), prefix=f"test-{secrets.token_hex(8)}:")
    yield store
    await store.close()
