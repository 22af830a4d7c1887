"""An application on every store there is, and what a test has to say to its own functions."""

import secrets

import pytest

from jetbridge.server.app import App
from jetbridge.store.memory import MemoryStore
from jetbridge.store.redis import RedisStore


@pytest.fixture(params=["memory", "redis"])
async def app(request):
    if request.param == "memory":
        yield App(__name__, store=MemoryStore())
        return
    store = RedisStore(request.getfixturevalue("redis_url"), prefix=f"test-{secrets.token_hex(8)}:")
    app = App(__name__, store=store)
    yield app
    await app.cache.close()
    await store.close()
