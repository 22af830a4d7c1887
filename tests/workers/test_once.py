"""One wish runs once, whichever worker its submits reach, and whatever happens to workers and Redis meanwhile."""

import asyncio

import httpx
import pytest

from tests.workers.app import stream, write

THENS = pytest.mark.parametrize("then", ["", "large", "refuse", "move", "sign in", "fail"])
DOORS = pytest.mark.parametrize("door", ["call", "form"])


def of(workers, name):
    return [what for what, whose in workers.db.events if whose == name]


async def send(workers, door, number, name, then):
    if door == "call":
        return await workers.call(number, write, name, then, key=name)
    return await workers.submit(number, write, {"name": name, "then": then}, key=name)


def outcome(told):
    headers = told.response.headers
    body = told.root if headers.get("content-type") == "text/x-component" else None
    return (
        told.status,
        headers.get("location"),
        body,
        "jetbridge-session" in told.response.headers.get("set-cookie", ""),
    )


@DOORS
@THENS
async def test_two_at_once_on_two_workers(pair, door, then):
    """Parallel duplicates on two workers run once, and both get what came of it: value, error, redirect or failure."""
    name = f"parallel {door} {then}"
    both = [asyncio.create_task(send(pair, door, number, name, f"wait {then}")) for number in (0, 1)]
    await pair.until(("begin", name))
    pair.db.release(name)
    first, second = await asyncio.gather(*both)

    assert ["begin", "end"] == of(pair, name)
    assert outcome(first) == outcome(second)


@DOORS
@THENS
async def test_repeated_later_on_another_worker(pair, door, then):
    """A repeat at another worker is told what came of the first; what failed may be tried again."""
    name = f"later {door} {then}"
    first = await send(pair, door, 0, name, then)
    second = await send(pair, door, 1, name, then)

    assert ["begin", "end"] * (2 if then == "fail" else 1) == of(pair, name)
    assert first.status == second.status
    if then != "fail":  # each failure has a digest of its own
        assert outcome(first) == outcome(second)


async def test_many_at_once(pair):
    """Twenty submits of one wish at both workers and both doors write one row."""
    name = "twenty"
    told = await asyncio.gather(
        *(send(pair, "form", number % 2, name, "large") for number in range(20)),
    )

    assert ([303] * 20, ["begin", "end"]) == ([one.status for one in told], of(pair, name))


async def test_other_wishes_are_not_held_up(pair):
    """While a wish runs on one worker, others run on both."""
    held = asyncio.create_task(send(pair, "call", 0, "held", "wait"))
    await pair.until(("begin", "held"))
    for number in (0, 1):
        await send(pair, "call", number, f"free {number}", "")
    pair.db.release("held")
    await held

    assert [["begin", "end"]] * 3 == [of(pair, name) for name in ("held", "free 0", "free 1")]


async def test_a_stream_goes_to_one(pair):
    """A stream is read by the first submit; a repeat elsewhere runs nothing and is told that another has it."""
    first, second = [await pair.call(number, stream, "stream", key="stream") for number in (0, 1)]

    assert ([200, 200], ["begin", "end"]) == ([first.status, second.status], of(pair, "stream"))
    assert (False, True) == (b":E{" in first.response.content, b":E{" in second.response.content)


@pytest.mark.parametrize(("then", "path", "shown"), [("large", "/", "5000"), ("move", "/elsewhere", "Wrote move")])
async def test_what_follows_is_shown_by_any_worker(pair, then, path, shown):
    """A result that is too large for a cookie, and a flash, are shown by another worker, and once."""
    sent = await pair.submit(0, write, {"name": then, "then": then}, key=f"follow {then}")
    async with httpx.AsyncClient(cookies=sent.response.cookies, timeout=60) as browser:
        pages = [(await browser.get(pair.urls[number] + path)).text for number in (1, 0)]

    assert (303, path) == (sent.status, sent.response.headers["location"])
    assert [True, False] == [f">{shown}<" in page for page in pages]


# --- workers and Redis that go away


@DOORS
async def test_a_worker_dies_in_the_middle(own, door):
    """After kill -9 in mid-action the repeats are told that it is uncertain, and nothing runs twice."""
    own.start()
    own.start()
    first = asyncio.create_task(send(own, door, 0, "a", "wait"))
    await own.until(("begin", "a"))
    waiting = asyncio.create_task(send(own, door, 1, "a", "wait"))
    own.kill(0)
    with pytest.raises(httpx.TransportError):
        await first
    told = [await waiting, await send(own, door, 1, "a", "wait")]
    own.db.release("a")
    own.db.release("b")
    after = await send(own, "call", 1, "b", "wait")

    assert [422 if door == "form" else 200] * 2 == [one.status for one in told]
    assert [True, True] == ["not certain" in one.response.text for one in told]
    assert (["begin"], ["begin", "end"], 200) == (of(own, "a"), of(own, "b"), after.status)


async def test_a_slow_run_is_not_taken_for_dead(own):
    """A run that takes longer than a dead worker is given stays claimed: its worker shows that it is alive."""
    own.start()
    own.start()
    both = [asyncio.create_task(send(own, "call", number, "slow", "wait")) for number in (0, 1)]
    await own.until(("begin", "slow"))
    await asyncio.wait(both, timeout=14)
    own.db.release("slow")
    first, second = await asyncio.gather(*both)

    assert (["begin", "end"], outcome(first)) == (of(own, "slow"), outcome(second))


@pytest.mark.parametrize("how", ["stop", "freeze"])
async def test_redis_goes_away_and_comes_back(own, how):
    """Without Redis actions run, once in each process; when it is back they run once across workers again."""
    own.start()
    own.start()
    await send(own, "call", 0, "before", "")
    held = [asyncio.create_task(send(own, "call", number, "held", "wait")) for number in (0, 1)]
    await own.until(("begin", "held"))
    await own.redis.until_used("mget")  # the other one waits
    getattr(own.redis, how)()
    away = await asyncio.gather(*(send(own, door, 0, "away", "") for door in ("form", "form", "form")))
    large = await send(own, "form", 0, "large", "large")
    own.redis.start() if how == "stop" else own.redis.thaw()
    own.db.release("held")
    told = await asyncio.gather(*held)
    for number in (0, 1):
        await own.until_redis_is_used(number)
    back = await asyncio.gather(*(send(own, "call", number, "back", "") for number in (0, 1)))

    assert [["begin", "end"]] * 5 == [of(own, name) for name in ("before", "held", "away", "large", "back")]
    assert [303, 303, 303] == [one.status for one in away]
    assert (303, outcome(told[0]), outcome(back[0])) == (large.status, outcome(told[1]), outcome(back[1]))
