"""The store in memory: what it keeps when there is too much."""

import pytest

from jetbridge.store.memory import MemoryStore
from jetbridge.store.model import StoreError

KB = b"x" * 1000


async def test_the_longest_unused_goes_first():
    """Over its bound it forgets what was not used for longest, and no more than it must."""
    store = MemoryStore(max_bytes=10_000)
    for number in range(7):
        await store.put(f"{number}", KB, 60)
    await store.get("0")
    await store.put("7", KB, 60)
    kept = [key for key in "01234567" if await store.get(key) is not None]

    assert ["0", "2", "3", "4", "5", "6", "7"] == kept


async def test_what_does_not_fit_is_not_kept():
    """A value larger than the whole store pushes out nothing for long: the store goes on working."""
    store = MemoryStore(max_bytes=10_000)
    await store.put("large", b"x" * 20_000, 60)
    await store.put("small", KB, 60)

    assert (None, KB) == (await store.get("large"), await store.get("small"))


async def test_claims_stay():
    """However much is put, a claim stays until its time is over or its owner ends it, renewed or not."""
    store = MemoryStore(max_bytes=10_000)
    await store.claim("claim", b"me", 60)
    await store.claim("renewed", b"me", 60)
    await store.replace("renewed", b"me", b"me", 60)
    for number in range(100):
        await store.put(f"{number}", KB, 60)

    assert [b"me", b"me"] == await store.get_many(["claim", "renewed"])


async def test_too_many_claims_are_refused():
    """When claims fill their part, another one is an error and none is forgotten; one that ends makes room."""
    store = MemoryStore(max_bytes=10_000)
    claimed = [f"{number}" for number in range(7)]  # 302 bytes each, of 2,500
    for key in claimed:
        await store.claim(key, b"me", 60)
    await store.claim("8th", b"me", 60)
    with pytest.raises(StoreError, match="no room for another claim"):
        await store.claim("9th", b"me", 60)
    await store.replace("0", b"me", b"result", 60)

    assert None is await store.claim("another", b"me", 60)
    assert [b"me"] * 6 == await store.get_many(claimed[1:])


async def test_expired_claims_make_room():
    """Claims whose time is over take no room."""
    store = MemoryStore(max_bytes=10_000)
    for number in range(1000):
        await store.claim(f"{number}", b"me", 1e-9)

    assert None is await store.claim("another", b"me", 60)


async def test_an_ended_claim_is_like_any_value():
    """What took a claim's place may be forgotten to make room."""
    store = MemoryStore(max_bytes=10_000)
    await store.claim("a", b"me", 60)
    await store.replace("a", b"me", b"result", 60)
    for number in range(100):
        await store.put(f"{number}", KB, 60)

    assert None is await store.get("a")
