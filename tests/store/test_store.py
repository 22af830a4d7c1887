"""What every store does, in memory and in Redis."""

import asyncio

import pytest

VALUES = [b"", b"plain", bytes(range(256)), b"\xff" * 100_000]
KEYS = ["a", "once:" + "f" * 64, "with space, ü and\nline", "x" * 2000]


async def until(ask):
    """What `ask()` gives as soon as it gives something true."""
    while True:
        found = await ask()
        if found:
            return found
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("value", VALUES, ids=len)
async def test_gives_back_what_it_was_given(store, key, value):
    """Any bytes come back as they were, under any key, until something takes their place."""
    before = await store.get(key)
    await store.put(key, b"other", 60)
    await store.put(key, value, 60)

    assert (None, value, [None, value]) == (before, await store.get(key), await store.get_many(["no", key]))


async def test_many_of_none(store):
    """Asking for no keys is no question."""
    assert [] == await store.get_many([])


@pytest.mark.parametrize("how", ["put", "claim", "fill", "stamp", "replace"])
async def test_everything_has_its_time(store, how):
    """What was kept for so long is not there afterwards."""
    match how:
        case "put":
            await store.put("a", b"1", 0.05)
        case "claim":
            await store.claim("a", b"1", 0.05)
        case "fill":
            await store.fill({"a": b"1"}, 0.05)
        case "stamp":
            await store.stamp("count", ["a"], 0.05)
        case "replace":
            await store.put("a", b"0", 60)
            await store.replace("a", b"0", b"1", 0.05)

    async def gone():
        return await store.get("a") is None

    assert await until(gone)


async def test_put_begins_a_new_time(store):
    """A value that is put again lives for as long as the last one says."""
    await store.put("a", b"1", 0.05)
    await store.put("a", b"2", 60)
    await asyncio.sleep(0.1)

    assert b"2" == await store.get("a")


async def test_delete(store):
    """What is deleted is gone, claims included, and nothing else is."""
    await store.put("a", b"1", 60)
    await store.claim("b", b"2", 60)
    await store.put("c", b"3", 60)
    await store.delete("a", "b", "nothing")
    await store.delete()

    assert [None, None, b"3"] == await store.get_many(["a", "b", "c"])


async def test_one_takes_it(store):
    """Of many that take a value at once, one gets it."""
    await store.put("a", b"1", 60)
    taken = await asyncio.gather(*(store.take("a") for _ in range(20)))

    assert ([b"1"], None) == ([value for value in taken if value is not None], await store.get("a"))


async def test_one_claims_it(store):
    """Of many that claim a key at once, one gets it and all others learn who."""
    told = await asyncio.gather(*(store.claim("a", b"%d" % number, 60) for number in range(20)))
    winner = b"%d" % told.index(None)

    assert ([winner] * 19, winner) == ([value for value in told if value is not None], await store.get("a"))


async def test_claiming_again_is_no_loss(store):
    """Who asks again, for the answer got lost, still has the claim."""
    await store.claim("a", b"me", 60)

    assert (None, b"me") == (await store.claim("a", b"me", 60), await store.claim("a", b"you", 60))


async def test_only_the_owner_replaces(store):
    """A claim is replaced by who holds it, and by nobody else or twice."""
    await store.claim("a", b"me", 60)
    told = [
        await store.replace("a", b"you", b"result", 60),
        await store.replace("a", b"me", b"result", 60),
        await store.replace("a", b"me", b"result", 60),  # asked again: it is so already
        await store.replace("a", b"me", b"another", 60),
        await store.replace("nothing", b"me", b"result", 60),
    ]

    assert ([False, True, True, False, False], b"result") == (told, await store.get("a"))


async def test_a_claim_is_renewed(store):
    """Replaced by itself, a claim has the time that was said last."""
    await store.claim("a", b"me", 60)
    renewed = await store.replace("a", b"me", b"me", 0.05)

    async def gone():
        return await store.get("a") is None

    assert (True, True) == (renewed, await until(gone))


async def test_only_the_owner_releases(store):
    """A claim is released by who holds it; then another may have it."""
    await store.claim("a", b"me", 60)
    told = [await store.release("a", b"you"), await store.release("a", b"me"), await store.release("a", b"me")]

    assert ([False, True, False], None) == (told, await store.claim("a", b"you", 60))


async def test_fills_what_is_missing(store):
    """What is there stays, what is not is kept, and all is told; of many that fill at once one is right."""
    await store.put("a", b"1", 60)
    found = await store.fill({"b": b"2", "a": b"3"}, 60)
    rivals = await asyncio.gather(*(store.fill({"c": b"%d" % number}, 60) for number in range(20)))

    assert [b"2", b"1"] == found.values == (await store.look(["b", "a"])).values
    assert 1 == len({one.values[0] for one in rivals})


async def test_stamps(store):
    """A stamp is the next count under one name, under the counter and under all keys; of many at once none is lost."""
    await store.stamp("count", ["a", "b"], 60)
    first = await store.get_many(["count", "a", "b"])
    await asyncio.gather(*(store.stamp("count", ["b"], 60) for _ in range(20)))
    name = first[0].partition(b" ")[0]

    assert [b"%s 1" % name] * 3 == first
    assert [b"%s 21" % name, b"%s 1" % name, b"%s 21" % name] == await store.get_many(["count", "a", "b"])


async def test_a_count_that_begins_anew_has_another_name(store):
    """Stamps from before the counter was lost are in no order with those after it."""
    await store.stamp("count", ["a"], 60)
    await store.delete("count")
    await store.stamp("count", ["b"], 60)
    before, after = await store.get_many(["a", "b"])

    assert before.partition(b" ")[0] != after.partition(b" ")[0]


async def test_one_life(store):
    """As long as the server runs, all that looks at it is told the same life."""
    lives = {(await store.look(["a"])).life, (await store.fill({"a": b"1"}, 60)).life}

    assert 1 == len(lives)


@pytest.mark.parametrize("limit", [1, 3, 10])
async def test_as_many_hits_as_allowed(store, limit):
    """So many hits have room at once; the next is told how long to wait, and that is within the window."""
    waits = [await store.hit("a", limit, 60) for _ in range(limit + 2)]

    assert [0.0] * limit == waits[:limit]
    assert all(0 < wait <= 60 for wait in waits[limit:])
    assert 0.0 == await store.hit("b", limit, 60)


async def test_there_is_room_after_the_wait(store):
    """Who waits as long as they were told has room, for as many as have left the window by then."""
    await store.hit("a", 2, 0.2)
    await store.hit("a", 2, 0.2)
    wait = await store.hit("a", 2, 0.2)
    await asyncio.sleep(wait + 0.01)

    assert 0.0 == await store.hit("a", 2, 0.2)


async def test_no_window_has_more_than_the_limit(store):
    """Wherever a window begins, no more hits than the limit are in it."""
    loop = asyncio.get_running_loop()
    times = []
    while len(times) < 12:
        before = loop.time()
        if await store.hit("a", 3, 0.1) == 0:
            times.append((before, loop.time()))

    # From before one hit to after the third that follows it; clocks and rounding may differ by two milliseconds.
    assert all(later[1] - earlier[0] > 0.098 for earlier, later in zip(times, times[3:], strict=False))


async def test_subscribers_get_what_is_published(store):
    """All subscribers of a channel get its messages in order, from their subscription on, and no other channel's."""
    await store.publish("a", b"too early")
    async with store.subscribe("a") as one, store.subscribe("a") as two, store.subscribe("b") as other:
        for number in range(100):
            await store.publish("a", b"%d" % number)
        await store.publish("b", b"\x00\xff")
        found = [[message async for message in _first(messages, 100)] for messages in (one, two)]
        last = await anext(other)

    assert ([[b"%d" % number for number in range(100)]] * 2, b"\x00\xff") == (found, last)


async def _first(messages, count):
    for _ in range(count):
        yield await anext(messages)


async def test_leaving_ends_a_subscription(store):
    """A channel without subscribers takes messages and forgets them."""
    async with store.subscribe("a"):
        pass
    await store.publish("a", b"nobody")
    async with store.subscribe("a") as messages:
        await store.publish("a", b"somebody")

        assert b"somebody" == await anext(messages)


async def test_it_is_there(store):
    """A ping says nothing where all is well, and a closed store opens again."""
    await store.put("a", b"1", 60)
    await store.ping()
    await store.close()

    assert b"1" == await store.get("a")
