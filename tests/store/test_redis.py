"""The store in Redis: what is its own, and what happens when the server goes away."""

import asyncio
import logging

import pytest
from redis.asyncio import Redis
from redis_server import RedisServer

from jetbridge.store.model import StoreError
from jetbridge.store.redis import RedisStore


@pytest.fixture
def server():
    server = RedisServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def own(server):
    store = RedisStore(server.url)
    yield store
    await store.close()


async def until_back(store):
    while True:
        try:
            return await store.ping()
        except StoreError:
            await asyncio.sleep(0.05)


async def test_prefixes_keep_apps_apart(redis_url):
    """Two stores with other prefixes at one server share neither keys nor channels."""
    one, two = RedisStore(redis_url, prefix="one:"), RedisStore(redis_url, prefix="two:")
    await one.put("a", b"1", 60)
    async with two.subscribe("a") as messages:
        await one.publish("a", b"of one")
        await two.publish("a", b"of two")
        first = await anext(messages)
    found = await two.get("a")
    await one.close()
    await two.close()

    assert (None, b"of two") == (found, first)


async def test_away_is_an_error_and_then_over(server, own, caplog):
    """While Redis is away every operation raises StoreError; when it is back they work; the log says each once."""
    await own.put("a", b"1", 60)
    server.stop()
    with caplog.at_level(logging.WARNING, "jetbridge.store"):
        for ask in (own.get("a"), own.put("a", b"1", 60), own.claim("a", b"me", 60), own.hit("a", 1, 60)):
            with pytest.raises(StoreError, match=f"127.0.0.1:{server.port}"):
                await ask
        server.start()
        await until_back(own)
    told = [record.getMessage() for record in caplog.records]

    assert None is await own.get("a")
    assert ["is away, and is tried again", "is back"] == [
        part for line in told for part in ("is away, and is tried again", "is back") if part in line
    ]


async def test_each_start_is_another_life(server, own):
    """A server that was started again has another life, also for who finds it at once because it must."""
    lives = [(await own.look(["a"])).life]
    server.stop()
    with pytest.raises(StoreError):
        await own.get("a")
    server.start()
    await own.stamp("count", ["a"], 60)
    again = await own.look(["a", "count"])

    assert again.values[0] == again.values[1] is not None
    assert "" not in (lives[0], again.life)
    assert lives[0] != again.life


async def test_a_full_server_begins_another_count(server, own):
    """Where Redis has no memory for stamps the count begins anew, so that what was stamped before is not trusted."""
    await own.stamp("count", ["a"], 60)
    client = Redis.from_url(server.url)
    await client.config_set("maxmemory", 1)
    await own.stamp("count", ["a"], 60)
    await client.aclose()

    assert None is await own.get("count")


async def test_a_server_that_hangs_is_away(server, own):
    """A server that takes connections and answers nothing is an error too, not a wait without end."""
    await own.ping()
    server.freeze()
    with pytest.raises(StoreError) as caught:
        await own.get("a")
    assert caught.value.hangs
    server.thaw()
    await until_back(own)

    assert None is await own.get("a")


async def _ask_on(store):
    while True:
        await store.get("a")


async def _subscribe_on(store):
    while True:
        async with store.subscribe("a"):
            pass


@pytest.mark.parametrize("work", [_ask_on, _subscribe_on])
async def test_who_is_cancelled_ends(own, work):
    """A task that is cancelled ends, at whichever step of a command that happens."""
    await own.ping()
    left = []
    for steps in range(60):
        task = asyncio.create_task(work(own))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        _, pending = await asyncio.wait([task], timeout=10)
        left += [steps] * len(pending)
        if pending:
            break

    assert [] == left


async def test_a_subscription_lives_on(server, own):
    """When the connection broke, a subscriber learns that messages may be lost, and gets those that come then."""
    async with own.subscribe("a") as messages:
        await own.publish("a", b"before")
        first = await anext(messages)
        server.stop()
        server.start()
        second = await anext(messages)
        await until_back(own)
        await own.publish("a", b"after")
        third = await anext(messages)

    assert (b"before", None, b"after") == (first, second, third)


async def test_subscribing_waits_for_nobody(server, own):
    """Redis may come after the app: a subscription begins when it is there."""
    server.stop()
    async with own.subscribe("a") as messages:
        server.start()
        lost = await anext(messages)
        await until_back(own)
        await own.publish("a", b"now")

        assert (None, b"now") == (lost, await anext(messages))


async def test_names_no_password():
    """Neither the error nor what the store prints shows the password of its URL."""
    store = RedisStore("redis://user:hunter2@127.0.0.1:1/0")
    with pytest.raises(StoreError) as caught:
        await store.ping()
    await store.close()

    assert "hunter2" not in f"{caught.value} {store!r}"
    assert "127.0.0.1:1" in f"{store!r}"


async def test_says_where_its_address_is_written(caplog):
    """The line in the log about a server that is away names what to correct."""
    store = RedisStore("redis://127.0.0.1:1/0", named="App(store=…)")
    with pytest.raises(StoreError):
        await store.ping()
    await store.close()

    assert [True] == [record.getMessage().endswith("Start it, or correct App(store=…)") for record in caplog.records]


async def test_works_in_two_loops_at_once(own):
    """Another thread with a loop of its own may use the same store while this one does."""
    await own.put("a", b"1", 60)

    async def elsewhere():
        found = await own.get("a")
        await own.close()
        return found

    assert [b"1", b"1"] == [await asyncio.to_thread(lambda: asyncio.run(elsewhere())), await own.get("a")]


def test_works_in_one_loop_after_another(redis_url):
    """A store that was used in one event loop may be used in the next."""
    store = RedisStore(redis_url, prefix="loops:")

    async def use():
        await store.put("a", b"1", 60)
        found = await store.get("a")
        await store.close()
        return found

    assert [b"1", b"1"] == [asyncio.run(use()), asyncio.run(use())]
