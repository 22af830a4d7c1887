"""What several components of one page read, read once."""

import asyncio

import pytest

from jetbridge.cache.memo import memo
from jetbridge.context import Context, enter
from jetbridge.elements.component import component
from jetbridge.elements.h import h
from jetbridge.errors import DefinitionError
from jetbridge.server.app import App
from tests.server.asgi import ask


@pytest.fixture
def runs():
    return []


@pytest.fixture
def read(runs):
    @memo
    async def read(number, factor=1):
        runs.append((number, factor))
        await asyncio.sleep(0)
        return [number * factor]

    return read


async def test_one_run_for_a_page(read, runs):
    """Components share a run, however the arguments are written; the next page reads anew."""
    app = App(__name__, secret="s" * 40)

    @component
    async def shown(*args, **kwargs):
        return h.b[str((await read(*args, **kwargs))[0])]

    @app.page("/")
    async def home():
        await read(1)
        return h.div[shown(1), shown(number=1), shown(1, factor=1), shown(2)]

    await ask(app, "GET", "/")
    first = sorted(runs)
    await ask(app, "GET", "/")

    assert ([(1, 1), (2, 1)], [(1, 1), (1, 1), (2, 1), (2, 1)]) == (first, sorted(runs))


@pytest.mark.parametrize("phase", ["action", "script"])
async def test_elsewhere_each_call_runs(read, runs, phase):
    """An action reads what it has just written, and a page after it in the same request does too."""
    with enter(Context(phase=phase)) as context:
        await read(1)
        await read(1)
        context.phase = "page"
        found = [await read(1), await read(1)]

    assert 3 == len(runs)
    assert found[0] is found[1]


def test_sync_functions():
    """A sync function is remembered as well, None included; outside requests it is called as it is."""
    runs = []

    @memo
    def count(number):
        runs.append(number)

    with enter(Context(phase="page")):
        count(1), count(1), count(2)
    count(1)

    assert [1, 2, 1] == runs
    assert "count" == count.__name__


async def test_errors_are_not_remembered():
    """Those who wait get the error; who asks later has it run again."""
    runs = []

    @memo
    async def fail():
        runs.append(1)
        await asyncio.sleep(0)
        raise ValueError("away")

    with enter(Context(phase="page")):
        found = await asyncio.gather(fail(), fail(), return_exceptions=True)
        with pytest.raises(ValueError, match="away"):
            await fail()

    assert ([ValueError, ValueError], 2) == ([type(error) for error in found], len(runs))


async def test_a_reader_that_gives_up():
    """One that is cancelled takes nothing from the others; when all have gone the run ends."""
    started, go, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    @memo
    async def slow(number):
        started.set()
        try:
            await go.wait()
        except asyncio.CancelledError:
            ended.set()
            raise
        return number

    with enter(Context(phase="page")):
        alone, one, other = (asyncio.ensure_future(slow(number)) for number in (1, 2, 2))
        await started.wait()
        alone.cancel()
        await ended.wait()
        one.cancel()
        await asyncio.wait([one])
        go.set()

        assert 2 == await other


async def test_refuses():
    """A generator has no value to keep; an argument without a value, and a call of itself, are told by name."""

    @memo
    async def again(number):
        return await again(number)

    def items():
        yield 1

    with pytest.raises(DefinitionError, match="yields"):
        memo(items)
    with enter(Context(phase="page")):
        with pytest.raises(DefinitionError, match=r"again.*@memo: number is of type object"):
            await again(object())
        with pytest.raises(DefinitionError, match="calls itself"):
            await again(1)
