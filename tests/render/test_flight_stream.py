"""What becomes known later: in which order its rows come, who waits for whom, and that nothing is left behind."""

import asyncio
import gc
import weakref
from contextvars import ContextVar
from dataclasses import dataclass

import pytest

from jetbridge.errors import EncodeError, redirect
from jetbridge.render.flight import begin_flight
from jetbridge.wire.flight import ErrorDetail
from jetbridge.wire.model import AsyncItems, Promise, RemoteError
from jetbridge.wire.rows import decode_flight

SECRET = "a secret of the server"


@pytest.fixture
def reports():
    """The errors that were reported, in order."""
    return []


@pytest.fixture
def begin(reports):
    """`begin(value)` in production, `begin(value, development=True)` otherwise."""

    def begin_(value, *, development=False):
        def report(error):
            reports.append(error)
            return f"digest-{len(reports)}", ErrorDetail(type(error).__name__, str(error)) if development else None

        return begin_flight(value, report)

    return begin_


@pytest.fixture(autouse=True)
async def nothing_left():
    """No task outlives a test, and the loop has nothing to complain about."""
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    before = asyncio.all_tasks()
    yield
    await asyncio.sleep(0)

    assert set() == asyncio.all_tasks() - before - {asyncio.current_task()}
    assert [] == complaints


async def read(begun):
    """All that comes, decoded."""
    rows, stream = begun
    try:
        pieces = [piece async for piece in stream]
    finally:
        await stream.close()
    return decode_flight(b"".join([rows, *pieces]))


async def later(value, turns=1):
    for _ in range(turns):
        await asyncio.sleep(0)
    return value


async def each(*items):
    for item in items:
        await asyncio.sleep(0)
        yield item


def items(*values, **more):
    return AsyncItems("iterable", list(values), **more)


def fulfilled(value):
    return Promise("fulfilled", value)


# --- what arrives


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: {"p": later(1)}, {"p": fulfilled(1)}),
        (lambda: [later("a"), later("b", 3)], [fulfilled("a"), fulfilled("b")]),
        (lambda: {"a": {"b": [later({"c": 1})]}, "d": 2}, {"a": {"b": [fulfilled({"c": 1})]}, "d": 2}),
        (lambda: [later([later(1)])], [fulfilled([fulfilled(1)])]),
        (lambda: [later(each(1, 2))], [fulfilled(items(1, 2))]),
        (lambda: each(), items()),
        (lambda: each(1, None, True, 1.5, "", [], {}), items(1, None, True, 1.5, "", [], {})),
        (lambda: each("one", "$two", "ü" * 3000), items("one", "$two", "ü" * 3000)),
        (lambda: each(b"bytes", b"", b"\n0:1\n" * 500), items(b"bytes", b"", b"\n0:1\n" * 500)),
        (lambda: each("x" * 1024, {"a": "x" * 1024}), items("x" * 1024, {"a": "x" * 1024})),
        (lambda: each(each(1), each(2, 3)), items(items(1), items(2, 3))),
        (lambda: each({"p": later(1)}, [each("a")]), items({"p": fulfilled(1)}, [items("a")])),
    ],
)
async def test_arrives(begin, make, expected):
    """Awaitables are promises and async iterables are async iterables, wherever they stand, with what they hold."""
    assert expected == await read(begin(make()))


async def test_what_is_known_needs_no_stream(begin):
    """A value with nothing pending is complete at once."""
    rows, stream = begin({"a": [1]})

    assert (b'0:{"a":[1]}\n', None) == (rows, stream)


async def test_one_source_in_two_places(begin):
    """A promise that stands twice is awaited once and is one promise."""
    promise, stream = later([1]), each(1)
    told = await read(begin([promise, promise, stream, stream]))

    assert [fulfilled([1]), fulfilled([1]), items(1), items(1)] == told


async def test_shared_within_an_item(begin):
    """What stands twice in an item arrives twice, since nothing can refer into a stream."""
    shared = {"a": [1]}

    assert items([shared, shared], {"again": shared}) == await read(begin(each([shared, shared], {"again": shared})))


async def test_generators_within_items(begin):
    """A sync generator in an item is consumed there; a later one at the same address is not taken for it."""

    async def rows():
        for number in range(5):
            yield (number for _ in range(2))

    assert items([0, 0], [1, 1], [2, 2], [3, 3], [4, 4]) == await read(begin(rows()))


async def test_other_awaitables(begin):
    """Futures, tasks and objects with `__await__` are promises too."""

    class Own:
        def __await__(self):
            yield from asyncio.sleep(0).__await__()
            return "own"

    future = asyncio.get_running_loop().create_future()
    future.set_result("future")

    assert [fulfilled("future"), fulfilled("task"), fulfilled("own")] == await read(
        begin([future, asyncio.ensure_future(later("task")), Own()])
    )


async def test_other_async_iterables(begin):
    """An iterable that makes an iterator without `__aiter__` or `aclose` will do."""

    class Iterator:
        left = 2

        async def __anext__(self):
            if self.left == 0:
                raise StopAsyncIteration
            self.left -= 1
            return self.left

    class Iterable:
        def __aiter__(self):
            return Iterator()

    assert items(1, 0) == await read(begin(Iterable()))


# --- when it arrives


async def test_the_first_item_before_the_second_is_made(begin):
    """An item is on its way while the generator waits for its next."""
    gate = asyncio.Event()

    async def count():
        yield "first"
        await gate.wait()
        yield "second"

    rows, stream = begin(count())
    pieces = aiter(stream)

    assert b"1:X\n" in rows
    assert b"1:T5,first" == await asyncio.wait_for(anext(pieces), 30)
    gate.set()
    assert b"1:T6,second" == await asyncio.wait_for(anext(pieces), 30)
    assert b"1:C\n" == await anext(pieces)
    await stream.close()


async def test_promises_in_the_order_in_which_they_are_known(begin):
    """Nobody waits for a slower neighbour, and all run at once."""
    gates = [asyncio.Event() for _ in range(3)]

    async def wait(number):
        await gates[number].wait()
        return number

    _, stream = begin([wait(0), wait(1), wait(2)])
    pieces = aiter(stream)
    came = []
    for number in (2, 0, 1):
        gates[number].set()
        came.append(await asyncio.wait_for(anext(pieces), 30))
    await stream.close()

    assert [b"3:2\n", b"1:0\n", b"2:1\n"] == came


async def test_streams_side_by_side(begin):
    """A slow generator holds no other back."""
    gate = asyncio.Event()

    async def slow():
        await gate.wait()
        yield "slow"

    _, stream = begin([slow(), each(1, 2)])
    pieces = aiter(stream)
    came = [await asyncio.wait_for(anext(pieces), 30) for _ in range(3)]
    gate.set()
    came += [piece async for piece in pieces]
    await stream.close()

    assert [b"2:1\n", b"2:2\n", b"2:C\n", b"1:T4,slow", b"1:C\n"] == came


async def test_who_does_not_read_stops_the_producer(begin):
    """A generator is asked for an item only when the one before has been taken."""
    made = []

    async def count():
        for number in range(100):
            made.append(number)
            yield number

    _, stream = begin(count())
    pieces = aiter(stream)
    ahead = []
    for taken in range(1, 4):
        await anext(pieces)
        for _ in range(20):
            await asyncio.sleep(0)
        ahead.append(len(made) - taken)
    await stream.close()

    assert [0, 0, 0] == ahead


async def test_many_at_once(begin):
    """A thousand promises are a matter of milliseconds, not of a thousand times a thousand steps."""
    value = await asyncio.wait_for(read(begin([later(number) for number in range(1000)])), 10)

    assert [fulfilled(number) for number in range(1000)] == value


async def test_items_are_let_go(begin):
    """A long stream of objects needs no more memory than a short one."""

    @dataclass
    class Row:
        number: int

        __hash__ = object.__hash__

    known = weakref.WeakSet()

    async def rows():
        for number in range(50):
            row = Row(number)
            known.add(row)
            yield {"row": row, "set": {number}}

    _, stream = begin(rows())
    most = 0
    async for _ in stream:
        most = max(most, len(known))
    await stream.close()

    assert most <= 2


async def test_context_variables(begin):
    """A source runs in the context of who began, and what it sets there is its own."""
    variable = ContextVar("variable", default="outside")

    async def look(own):
        seen = variable.get()
        variable.set(own)
        await asyncio.sleep(0)
        yield seen, variable.get()

    variable.set("begun")
    begun = begin([look("a"), look("b")])
    variable.set("after")

    assert [items(["begun", "a"]), items(["begun", "b"])] == await read(begun)


# --- what goes wrong


async def fails():
    await asyncio.sleep(0)
    raise RuntimeError(SECRET)


async def fails_midway(error=None):
    yield 1
    raise error or RuntimeError(SECRET)


async def test_errors_in_production(begin, reports):
    """The consumer gets the digest that was reported, after what came before, and nothing more."""
    rows, stream = begin([fails(), fails_midway(), each(1)])
    sent = b"".join([rows, *[piece async for piece in stream]])
    await stream.close()
    promise, midway, sound = decode_flight(sent)

    assert SECRET.encode() not in sent
    assert b"RuntimeError" not in sent
    assert {"digest-1", "digest-2"} == {promise.error.digest, midway.error.digest}
    assert [1] == midway.items
    assert items(1) == sound
    assert [SECRET, SECRET] == [str(error) for error in reports]
    assert all(error.__traceback__ for error in reports)


async def test_errors_in_development(begin):
    """The consumer gets what went wrong."""
    told = await read(begin(fails_midway(), development=True))

    assert ("RuntimeError", SECRET, "digest-1") == (told.error.name, str(told.error), told.error.digest)


class Unknown:
    def __repr__(self):
        return SECRET


CYCLE = {}
CYCLE["self"] = CYCLE


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (lambda: {"a": [later({"b": Unknown()})]}, "$.a[0].b"),
        (lambda: {"rows": each(1, [{"b": Unknown()}], 3)}, "$.rows[1][0].b"),
        (lambda: {"rows": each(1, Unknown(), 3)}, "$.rows[1]"),
        (lambda: {"rows": each(CYCLE)}, "$.rows[0].self"),
        (lambda: each({"p": later([Unknown()])}), "$[0].p[0]"),
        (lambda: each(0, {"s": each([Unknown()])}), "$[1].s[0][0]"),
        (lambda: {"p": later(later([Unknown()]))}, "$.p[0]"),
        (lambda: {"p": later(lambda: 1)}, "$.p"),
    ],
)
async def test_what_cannot_be_sent(begin, reports, make, path):
    """It ends its promise or stream in an error, which names the whole path in development; the rest goes on."""
    rows, stream = begin([make(), each("sound")], development=True)
    sent = b"".join([rows, *[piece async for piece in stream]])
    await stream.close()
    (error,) = reports

    assert isinstance(error, EncodeError)
    assert "$[0]" + path[1:] == error.at
    assert error.at.encode() in sent
    assert SECRET.encode() not in sent
    assert items("sound") == decode_flight(sent)[1]


async def test_the_generator_of_an_item_that_cannot_be_sent(begin):
    """It is closed, with its `finally`, and so are those in the item; nothing of the item comes later."""
    ended, nested = [], []

    async def inner():
        nested.append("begun")
        yield 1

    async def outer():
        try:
            yield {"stream": inner(), "promise": later(1), "bad": Unknown(), "more": 1}
            ended.append("went on")
        finally:
            ended.append("finally")

    rows, stream = begin(outer())
    sent = b"".join([rows, *[piece async for piece in stream]])
    await stream.close()

    assert b'1:X\n0:"$1"\n1:E{"digest":"digest-1"}\n' == sent
    assert (["finally"], []) == (ended, nested)


async def test_failed_rows_are_no_ones_reference(begin):
    """What was in a value that could not be sent is sent anew where it stands again."""
    shared = {"a": [1]}
    first = asyncio.Event()

    async def bad():
        return {"shared": shared, "bad": Unknown()}

    async def good():
        await first.wait()
        return [shared, shared["a"]]

    rows, stream = begin([bad(), good()])
    sent = rows
    async for piece in stream:
        first.set()
        sent += piece
    await stream.close()

    assert [{"a": [1]}, [1]] == decode_flight(sent)[1].value


async def test_redirects_come_too_late(begin, reports):
    """Control flow midway is an error, not a stream that never ends; who answers says where it belongs."""
    told = await asyncio.wait_for(read(begin([fails_midway(redirect("/x")), later_raise(redirect("/x"))])), 30)

    assert [1] == told[0].items
    assert told[0].error is not None
    assert "rejected" == told[1].status
    assert ["Redirect", "Redirect"] == [type(error).__name__ for error in reports]


async def later_raise(error):
    await asyncio.sleep(0)
    raise error


async def test_a_cancelled_source(begin, reports):
    """A source that was cancelled by someone else ends in an error, too."""
    task = asyncio.ensure_future(asyncio.sleep(60))
    task.cancel()

    async def waits():
        yield 1
        await task

    told = await asyncio.wait_for(read(begin([task, waits()])), 30)

    assert ["rejected", 1] == [told[0].status, told[1].items[0]]
    assert isinstance(told[1].error, RemoteError)
    assert [asyncio.CancelledError] * 2 == [type(error) for error in reports]


async def test_groups(begin, reports):
    """What a TaskGroup within a generator raises arrives as an error, whatever is in the group."""

    async def grouped():
        yield 1
        async with asyncio.TaskGroup() as group:
            group.create_task(later_raise(redirect("/x")))

    told = await asyncio.wait_for(read(begin(grouped())), 30)

    assert told.error.digest == "digest-1"
    assert isinstance(reports[0], BaseExceptionGroup)


# --- the end


async def test_close_runs_what_must_run(begin):
    """Generators get their `finally`, which may wait; coroutines are cancelled; and close() waits for both."""
    ended = []

    async def ticks():
        try:
            while True:
                yield 1
        finally:
            await asyncio.sleep(0.01)
            ended.append("between items")

    async def waits():
        try:
            yield 1
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0.01)
            ended.append("within an item")
            raise

    async def result():
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("promise")

    _, stream = begin([ticks(), waits(), result()])
    pieces = aiter(stream)
    for _ in range(5):
        await anext(pieces)
    await asyncio.gather(stream.close(), stream.close())

    assert ["between items", "promise", "within an item"] == sorted(ended)


async def test_nothing_comes_after_the_end(begin):
    """Who still reads when the stream is closed is not left waiting."""
    _, stream = begin(asyncio.sleep(60))
    reading = asyncio.ensure_future(anext(aiter(stream), "ended"))
    await asyncio.sleep(0)
    await stream.close()

    assert "ended" == await asyncio.wait_for(reading, 30)


@pytest.mark.parametrize("taken", [0, 1, 2])
async def test_nothing_is_left_unawaited(begin, taken):
    """Closed before it has begun or midway, nothing is left that Python would complain of."""

    async def promises():
        for number in range(4):
            yield later(number)

    async def nested():
        yield {"deep": later(1)}
        yield {"deep": [later(2)]}
        yield {"deep": promises()}

    _, stream = begin([later(1, 100), promises(), nested(), asyncio.ensure_future(asyncio.sleep(60))])
    pieces = aiter(stream)
    for _ in range(taken):
        await anext(pieces)
    await stream.close()
    del stream, pieces
    gc.collect()


async def test_let_go(begin):
    """What nobody wants is closed without having begun."""
    task = asyncio.ensure_future(asyncio.sleep(60))
    _, stream = begin([later(1), each(1), task])
    stream.let_go()
    await asyncio.wait([task])

    assert task.cancelled()


async def test_a_value_that_cannot_be_sent_at_all(begin):
    """The error is raised, and what was pending before it is closed."""
    with pytest.raises(EncodeError, match=r"\$\[1\]"):
        begin([later(1), Unknown()])


async def test_refused(begin):
    """For a second reader every promise and stream ends in one error; the sources go on for the first."""
    value = {"text": "kept", "stream": each(1, 2), "promise": later(1)}
    first = begin(value)
    rows, second = begin(value)
    told = decode_flight(rows + second.refuse("taken", None))

    assert ("kept", [], "taken", "taken") == (
        told["text"],
        told["stream"].items,
        told["stream"].error.digest,
        told["promise"].error.digest,
    )
    assert {"text": "kept", "stream": items(1, 2), "promise": fulfilled(1)} == await read(first)


async def test_errors_while_closing_are_reported(begin, reports):
    """What a `finally` raises when nobody reads any more is not lost."""

    async def bad_end():
        try:
            yield 1
            await asyncio.sleep(60)
        finally:
            raise RuntimeError("in finally")

    _, stream = begin(bad_end())
    await anext(aiter(stream))
    await stream.close()

    assert ["in finally"] == [str(error) for error in reports]


async def test_a_generator_that_will_not_end(begin):
    """One that goes on after its cancellation is closed at its next item."""
    stubborn = []

    async def ignores():
        while True:
            try:
                yield 1
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                stubborn.append("ignored")

    _, stream = begin(ignores())
    pieces = aiter(stream)
    await anext(pieces)
    await asyncio.sleep(0)
    reading = asyncio.ensure_future(anext(pieces, None))
    await asyncio.sleep(0.01)
    await asyncio.wait_for(stream.close(), 30)
    await reading

    assert ["ignored"] == stubborn
