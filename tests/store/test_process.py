"""Values in memory: each for its time, and one computation a key."""

import asyncio

import pytest

from jetbridge.store.process import ProcessMemory


def keep_all(_):
    return True


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1000.0

    monkeypatch.setattr("jetbridge.store.process.time.monotonic", lambda: Clock.now)
    return Clock


def test_values_have_their_time(clock):
    """A value is there until its time is over, and a later one takes its place."""
    store = ProcessMemory()
    store.put("a", 1, 10)
    store.put("a", 2, 10)
    clock.now += 9.9
    before = store.get("a")
    clock.now += 0.2

    assert (2, None, None) == (before, store.get("a"), store.get("b"))


def test_taking_removes():
    """What is taken is gone."""
    store = ProcessMemory()
    store.put("a", 1, 10)

    assert (1, None) == (store.take("a"), store.take("a"))


def test_the_oldest_go_first():
    """A store holds so many entries and no more, and what is put anew counts as new."""
    store = ProcessMemory(entries=2)
    store.put("a", 1, 10)
    store.put("b", 2, 10)
    store.put("a", 3, 10)
    store.put("c", 4, 10)

    assert [3, None, 4] == [store.get(key) for key in "abc"]


async def test_one_computation_for_all_who_ask():
    """Callers that come while a value is computed get it too, and only one is told that it was the first."""
    store = ProcessMemory()
    computed = []

    async def compute():
        computed.append(1)
        await asyncio.sleep(0)
        return len(computed)

    found = await asyncio.gather(*(store.once("a", compute, 10, keep=keep_all) for _ in range(3)))
    later = await store.once("a", compute, 10, keep=keep_all)
    other = await store.once("b", compute, 10, keep=keep_all)

    assert [(1, True), (1, False), (1, False)] == found
    assert ((1, False), (2, True)) == (later, other)


async def test_a_failure_is_forgotten():
    """All who waited get the failure, and the next may try again."""
    store = ProcessMemory()
    tries = []

    async def compute():
        tries.append(1)
        await asyncio.sleep(0)
        if len(tries) == 1:
            raise ValueError("first")
        return "second"

    first = await asyncio.gather(
        *(store.once("a", compute, 10, keep=keep_all) for _ in range(2)), return_exceptions=True
    )

    assert ["first", "first"] == [str(error) for error in first]
    assert ("second", True) == await store.once("a", compute, 10, keep=keep_all)


async def test_what_is_not_wanted_is_forgotten():
    """`keep` decides which results are given again."""
    store = ProcessMemory()
    results = iter([1, 2, 3])

    async def compute():
        return next(results)

    found = [await store.once("a", compute, 10, keep=lambda result: result == 2) for _ in range(3)]

    assert [(1, True), (2, True), (2, False)] == found


async def test_a_computation_outlives_its_caller():
    """Cancelling one who waits cancels neither the computation nor the others."""
    store = ProcessMemory()
    done = []

    async def compute():
        await asyncio.sleep(0.01)
        done.append(1)
        return "value"

    first = asyncio.create_task(store.once("a", compute, 10, keep=keep_all))
    await asyncio.sleep(0)
    second = asyncio.create_task(store.once("a", compute, 10, keep=keep_all))
    await asyncio.sleep(0)
    first.cancel()

    assert ("value", False) == await second
    assert [1] == done


async def test_a_value_is_forgotten_in_its_time(clock):
    """After `ttl` seconds a value is computed anew."""
    store = ProcessMemory()
    numbers = iter(range(9))

    async def compute():
        return next(numbers)

    await store.once("a", compute, 10, keep=keep_all)
    clock.now += 11

    assert (1, True) == await store.once("a", compute, 10, keep=keep_all)
