"""Actions end when their time is over or they are called off, on any worker; what was done by then is not lost."""

import asyncio

import pytest

from tests.workers.app import dependent, limited, stubborn, untimed, write


def of(workers, name):
    return [what for what, whose in workers.db.events if whose == name]


async def abort(workers, number, action, key, visitor="me"):
    headers = {"jetbridge-abort": key, "cookie": f"jetbridge-visitor={visitor}"}
    return await workers.call(number, action, key=None, headers=headers)


async def test_a_time_limit_ends_an_action(pair):
    """An action is cancelled when its own time is over: 504, and what it touched by then is told."""
    told = await pair.call(0, limited, "limited", headers={"jetbridge-tags": "rows"})

    assert (504, "504") == (told.status, told.root["error"]["code"])
    assert ["begin", "cancelled"] == of(pair, "limited")


@pytest.mark.parametrize(
    ("action", "cut", "ended"),
    [(limited, False, "cancelled"), (untimed, True, "cancelled"), (stubborn, True, "committed")],
    ids=["time over", "called off", "called off, but committed"],
)
@pytest.mark.parametrize("number", [0, 1], ids=["same worker", "other worker"])
async def test_what_was_written_before_the_end_is_shown(pair, action, cut, ended, number):
    """An action that is cut short after its write has the page rendered anew: what it revalidated is not lost."""
    name = f"shown {ended} {cut} {number}"
    call = asyncio.create_task(pair.call(0, action, name, key=name, headers={"jetbridge-tags": "rows"}))
    await pair.until(("begin", name))
    if cut:
        await abort(pair, number, action, name)
    root = (await call).root

    assert ended == of(pair, name)[-1]
    assert "page" in root


async def test_the_app_has_a_limit_for_all(own):
    """An action without a limit of its own has the app's."""
    own.start(WORKERS_TIMEOUT="0.2")
    told = await own.call(0, untimed, "untimed")

    assert (504, ["begin", "cancelled"]) == (told.status, of(own, "untimed"))


@pytest.mark.parametrize("number", [0, 1], ids=["same worker", "other worker"])
async def test_a_call_is_called_off(pair, number):
    """The word of the client that it wants a call no more cancels the action, whichever worker it reaches."""
    name = f"aborted {number}"
    call = asyncio.create_task(pair.call(0, untimed, name, key=name))
    await pair.until(("begin", name))
    told = await abort(pair, number, untimed, name)
    answer = await call

    assert (204, "499") == (told.status, answer.root["error"]["code"])
    assert ["begin", "cancelled"] == of(pair, name)


async def test_a_word_that_comes_first(pair):
    """A call that was called off before it arrived does not run."""
    await abort(pair, 0, untimed, "early")
    answer = await pair.call(0, untimed, "early", key="early")

    assert ("499", []) == (answer.root["error"]["code"], of(pair, "early"))


async def test_only_its_visitor_calls_it_off(pair):
    """Another visitor, or one who does not know the key, calls nothing off."""
    call = asyncio.create_task(pair.call(0, untimed, "guarded", key="guarded"))
    await pair.until(("begin", "guarded"))
    await abort(pair, 0, untimed, "guarded", visitor="you")
    await abort(pair, 0, untimed, "guard")
    forged = await pair.call(
        0, untimed, key=None, headers={"jetbridge-abort": "guarded", "sec-fetch-site": "cross-site"}
    )
    pair.db.release("guarded")
    answer = await call

    assert (403, 200, ["begin", "end"]) == (forged.status, answer.status, of(pair, "guarded"))


async def test_what_is_committed_is_told(pair):
    """An action that ends what it has begun when it is called off gives its result: the write is known."""
    call = asyncio.create_task(pair.call(0, stubborn, "stubborn", key="stubborn"))
    await pair.until(("begin", "stubborn"))
    await abort(pair, 0, stubborn, "stubborn")
    answer = await call
    again = await pair.call(1, stubborn, "stubborn", key="stubborn")

    assert ("stubborn", "stubborn") == (answer.root["value"], again.root["value"])
    assert ["begin", "cancelled", "committed"] == of(pair, "stubborn")


async def test_what_was_called_off_stays_so(pair):
    """An attempt of the same call that arrives after the word, at any worker, does not run."""
    call = asyncio.create_task(pair.call(0, untimed, "again", key="again"))
    await pair.until(("begin", "again"))
    await abort(pair, 0, untimed, "again")
    told = [
        await call,
        await pair.call(0, untimed, "again", key="again"),
        await pair.call(1, untimed, "again", key="again"),
    ]

    assert (["499"] * 3, ["begin", "cancelled"]) == ([one.root["error"]["code"] for one in told], of(pair, "again"))


async def leave(workers, action, name, key):
    """Call an action and hang up once it has begun."""
    call = asyncio.create_task(workers.call(0, action, name, key=key))
    await workers.until(("begin", name))
    call.cancel()
    await asyncio.wait([call])


async def test_a_client_that_leaves_stops_nothing(pair):
    """When its client goes away an action goes on, and a repeat elsewhere gets what came of it."""
    await leave(pair, untimed, "left", "left")
    pair.db.release("left")
    answer = await pair.call(1, untimed, "left", key="left")

    assert (200, ["begin", "end"]) == (answer.status, of(pair, "left"))


async def test_a_client_that_leaves_ends_what_depends_on_it(pair):
    """With `cancel_on_disconnect` an action ends when its client goes away."""
    await leave(pair, dependent, "dependent", "dependent")
    await pair.until(("cancelled", "dependent"))

    assert ["begin", "cancelled"] == of(pair, "dependent")


async def test_as_long_as_one_waits_it_goes_on(pair):
    """The first request of a double click is dropped; the action goes on for the second."""
    first = asyncio.create_task(pair.call(0, dependent, "double", key="double"))
    await pair.until(("begin", "double"))
    second = asyncio.create_task(pair.call(0, dependent, "double", key="double"))
    await pair.call(0, write, "in between", key="in between")  # the second has been read by then
    first.cancel()
    await asyncio.wait([first])
    await pair.call(0, write, "afterwards", key="afterwards")
    pair.db.release("double")

    assert (200, ["begin", "end"]) == ((await second).status, of(pair, "double"))
