"""Keeping what a function gives."""

import asyncio
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from uuid import UUID

import msgspec
import pytest
from pydantic import BaseModel
from starlette.requests import Request
from typing_extensions import TypedDict

from jetbridge.cache.cached import cached
from jetbridge.cache.revalidate import revalidate_path, revalidate_tag, tell
from jetbridge.cache.tags import route_tags
from jetbridge.context import Context, enter
from jetbridge.errors import ActionError, DefinitionError
from jetbridge.server.current import cookies, flashes, request, session


class Runs:
    """Counts, and keeps a function waiting until it is let go."""

    def __init__(self):
        self.count = 0

    def run(self):
        self.count += 1
        return self.count


async def test_runs_once_for_equal_arguments(app):
    """Equal arguments get what was kept; others, also those that Python calls equal, run anew."""
    runs = Runs()

    @cached(ttl=60)
    async def number(value: float, step: int = 1) -> str:
        return f"{value} {step} {runs.run()}"

    with app.context():
        told = [await number(1), await number(1.0), await number(value=1, step=1), await number(1, 2), await number(1)]

    assert ["1 1 1", "1.0 1 2", "1 1 1", "1 2 3", "1 1 1"] == told


async def test_sync_functions_too(app):
    """A sync function is kept as an async one is, on the event loop and in a thread."""
    runs = Runs()

    @cached(tags=["numbers"])
    def number() -> int:
        return runs.run()

    def elsewhere():
        with app.context():
            return number()

    with app.context():
        told = [number(), number(), await asyncio.to_thread(elsewhere)]
        revalidate_tag("numbers")
        told += [number(), await asyncio.to_thread(elsewhere)]

    assert [1, 1, 1, 2, 2] == told


async def test_outside_of_everything_it_runs(app):
    """Where there is no app the function runs at each call."""
    runs = Runs()

    @cached(ttl=60)
    async def number() -> int:
        return runs.run()

    assert [1, 2] == [await number(), await number()]


@pytest.mark.parametrize(
    ("tags", "touched", "expected"),
    [
        (["users"], "users", 2),
        ("users", "users", 2),
        (["users"], "others", 1),
        (lambda user_id: [f"user:{user_id}"], "user:3", 2),
        (lambda user_id: f"user:{user_id}", "user:4", 1),
        (lambda result: [f"name:{result['name']}"], "name:Ada", 2),
        (lambda result: [f"name:{result['name']}"], "name:Grace", 1),
        (lambda user_id, found: [f"{user_id}:{found['name']}", "users"], "3:Ada", 2),
    ],
)
async def test_tags(app, tags, touched, expected):
    """It is made anew when one of its tags is revalidated, be they fixed, of the arguments or of the result."""
    runs = Runs()

    @cached(tags=tags, ttl=60)
    async def user(user_id: int) -> dict[str, str | int]:
        return {"name": "Ada", "run": runs.run()}

    with app.context() as context:
        first = await user(3)
        revalidate_tag(touched)
        second = await user(3)

    assert (1, expected) == (first["run"], second["run"])
    assert touched in context.depends or expected == 1


async def test_tags_of_what_it_reads(app):
    """What a cached function reads through others under @cached makes it depend on their tags as well."""
    runs = Runs()

    @cached(tags=lambda name: [f"inner:{name}"])
    async def inner(name: str) -> int:
        return runs.run()

    @cached(ttl=60)
    async def outer() -> list[int]:
        return [await inner("a"), await inner("b")]

    with app.context() as context:
        told = [await outer(), await outer()]
        revalidate_tag("inner:b")
        told.append(await outer())

    assert [[1, 2], [1, 2], [1, 3]] == told
    assert {"inner:a", "inner:b"} <= context.depends


async def test_a_time_to_live(app):
    """After its time it is made anew; a timedelta says it too."""
    runs = Runs()

    @cached(ttl=timedelta(seconds=0.05))
    async def number() -> int:
        return runs.run()

    with app.context():
        first = await number()
        await asyncio.sleep(0.06)

        assert (1, 2) == (first, await number())


async def test_old_values_are_given_while_a_new_one_is_made(app):
    """After `ttl` and within `stale` callers get the old value at once, and it is made anew once behind their back."""
    runs, going = Runs(), asyncio.Event()
    going.set()

    @cached(ttl=0.05, stale=60)
    async def number() -> int:
        ran = runs.run()
        await going.wait()
        return ran

    with app.context():
        told = [await number()]
        await asyncio.sleep(0.06)
        going.clear()
        told += await asyncio.gather(*(number() for _ in range(5)))
        while runs.count < 2:  # noqa: ASYNC110  # the renewal runs by itself
            await asyncio.sleep(0.005)
        told.append(await number())
        going.set()
        while await number() == 1:  # noqa: ASYNC110
            await asyncio.sleep(0.005)

    assert [1] * 7 == told


async def test_what_was_revalidated_is_never_given_as_stale(app):
    """`stale` is about time: what was revalidated is made anew for who asks."""
    runs = Runs()

    @cached(ttl=0.01, stale=60, tags=["a"])
    async def number() -> int:
        return runs.run()

    with app.context():
        first = await number()
        await asyncio.sleep(0.02)
        revalidate_tag("a")

        assert (1, 2) == (first, await number())


async def test_one_at_a_time(app):
    """Of many that ask at once one runs it, and all get what it gives, each a copy of their own."""
    runs = Runs()

    @cached(ttl=60)
    async def numbers() -> list[int]:
        await asyncio.sleep(0.01)
        return [runs.run()]

    with app.context():
        told = await asyncio.gather(*(numbers() for _ in range(20)))
        told[0].append(5)

    assert ([1, 5], [[1]] * 19) == (told[0], told[1:])


def test_one_thread_at_a_time(redis_url):
    """The same in threads, where the function is sync and no event loop runs."""
    from jetbridge.server.app import App
    from jetbridge.store.redis import RedisStore

    runs, told, gate = Runs(), [], threading.Barrier(8)
    app = App(__name__, store=RedisStore(redis_url, prefix="threads:"))

    @cached(ttl=60)
    def number() -> int:
        return runs.run()

    def ask():
        gate.wait()
        with app.context():
            told.append(number())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asyncio.run(app.cache.close())

    assert [1] * 8 == told


async def test_who_gives_up_ends_it_for_nobody_else(app):
    """When the caller that runs it is cancelled another one does."""
    runs, going = Runs(), asyncio.Event()

    @cached(ttl=60)
    async def number() -> int:
        ran = runs.run()
        if ran == 1:
            await asyncio.Event().wait()
        await going.wait()
        return ran

    with app.context():
        first = asyncio.create_task(number())
        while runs.count < 1:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        others = [asyncio.create_task(number()) for _ in range(3)]
        await asyncio.sleep(0.01)
        first.cancel()
        others[0].cancel()
        going.set()

        assert [2, 2] == await asyncio.gather(*others[1:])


async def test_what_changes_while_it_is_made_is_not_kept(app):
    """What was revalidated after the making began is not in it, so it is given to who waited, and to nobody after."""
    data, begun, going = ["old"], asyncio.Event(), asyncio.Event()

    @cached(tags=lambda result: ["data"], ttl=60)
    async def read() -> str:
        found = data[0]
        begun.set()
        await going.wait()
        return found

    with app.context():
        slow = asyncio.create_task(read())
        await begun.wait()
        data[0] = "new"
        revalidate_tag("data")
        after = asyncio.create_task(read())
        await asyncio.sleep(0.01)
        going.set()

        assert ["old", "new", "new"] == [await slow, await after, await read()]


async def test_other_tags_do_not_matter(app):
    """What is revalidated while it is made, and is none of its tags, matters only while a tag is new."""
    runs = Runs()

    @cached(tags=lambda result: ["mine"], ttl=60)
    async def read() -> int:
        revalidating = Context(app=app)
        with enter(revalidating):
            await asyncio.to_thread(revalidate_tag, "other")
        return runs.run()

    with app.context():
        assert [1, 2, 2] == [await read(), await read(), await read()]


# --- where it is asked


async def test_an_action_reads_its_own_writes(app):
    """What an action revalidated it reads anew, and keeps for nobody; all read it when the action has ended."""
    data = ["old"]

    @cached(tags=["data"])
    async def read() -> str:
        return data[0]

    reader, action = Context(app=app, phase="page"), Context(app=app, phase="action")
    with enter(reader):
        told = [await read()]
    with enter(action):
        told.append(await read())
        data[0] = "new"
        revalidate_tag("data")
        told.append(await read())
        data[0] = "rolled back"
    with enter(reader):
        told.append(await read())
    data[0] = "committed"
    await tell(action)
    with enter(reader):
        told.append(await read())

    assert ["old", "old", "new", "old", "committed"] == told


@pytest.mark.parametrize(
    ("path", "subtree", "expected"),
    [
        ("/users/3", False, True),
        ("/users/3/", False, True),
        ("/users/4", False, False),
        ("/users/{id}", False, True),
        ("/users/{id:int}", False, True),
        ("/users", False, False),
        ("/users", True, True),
        ("/", True, True),
        ("/user", True, False),
    ],
)
async def test_a_page_whose_path_was_revalidated_reads_anew(app, path, subtree, expected):
    """`revalidate_path` has the page read all anew that it shows, whatever its tags; by path, template or subtree."""
    runs = Runs()

    @cached(ttl=60)
    async def read() -> int:
        return runs.run()

    page = Context(app=app, phase="page")
    page.route = route_tags("/users/3", "/users/{id}")
    with enter(page):
        first = await read()
    with app.context():
        revalidate_path(path, subtree=subtree)
    with enter(page):
        told = [first, await read(), await read()]

    assert [1, 2, 2] == told if expected else [1, 1, 1] == told


@pytest.mark.parametrize(
    "ask", [request, session, cookies, flashes, lambda: revalidate_tag("a"), lambda: revalidate_path("/")]
)
async def test_knows_no_visitor_and_changes_nothing(app, ask):
    """To ask for the visitor in what is kept for everybody is an error, and so is to revalidate there."""

    @cached(ttl=60)
    async def read() -> str:
        return str(ask())

    running = Context(app=app, phase="page", request=Request({"type": "http", "headers": []}))
    with enter(running), pytest.raises(DefinitionError, match=r"cached"):
        await read()


async def test_one_that_calls_itself(app):
    """To wait for oneself would be for ever: it is an error."""

    @cached(ttl=60)
    async def read(depth: int) -> int:
        return await read(depth if depth == 0 else depth - 1)

    with app.context(), pytest.raises(DefinitionError, match="calls itself"):
        await read(2)


# --- values


class Color(Enum):
    RED = "red"


@dataclass
class Point:
    x: int
    y: float


class Place(BaseModel):
    point: Point
    at: datetime


class Row(msgspec.Struct):
    id: int
    name: str


class Record(TypedDict):
    price: Decimal
    tags: set[str]


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
VALUES = [
    (int | None, None), (list[int], [1, 2]), (tuple[int, str], (1, "a")), (bytes, b"\xff\x00"),
    (float, float("inf")), (float, float("nan")), (dict[int, str], {1: "a"}), (set[str], {"a"}),
    (Decimal, Decimal("1.10")),
    (UUID, UUID(int=5)), (Color, Color.RED), (list[Point], [Point(1, 2.0)]),
    (Place, Place(point=Point(1, 2.0), at=NOON)),
    (list[Row], [Row(1, "a")]), (Record, {"price": Decimal("1"), "tags": {"b"}}), (timedelta, timedelta(1.5)),
    (object, {"a": [1, None, "x", True, 1.5]}), (str, "\ud83d\ude00 ü\n"[2:]),
]  # fmt: skip


@pytest.mark.parametrize(("annotation", "value"), VALUES, ids=str)
async def test_values_come_back_as_they_were(app, annotation, value):
    """By the annotation, what is read from the store has the type and value of what was made."""
    runs = Runs()

    async def read():
        runs.run()
        return value

    read.__annotations__["return"] = annotation
    kept = cached(ttl=60, name=f"values {annotation} {value}")(read)
    with app.context():
        told = [await kept(), await kept()]

    assert [type(value)] * 2 == [type(one) for one in told]
    assert [value] * 2 == told or value != value  # nan
    assert 1 == runs.count


class Opaque:
    pass


@pytest.mark.parametrize(
    ("annotation", "value", "match"),
    [
        (object, {"at": [NOON]}, r"\$\['at'\]\[0\]: datetime would come back as str"),
        (object, Point(1, 2), r"\$: Point would come back as dict"),
        (list, [(1, 2)], r"\$\[0\]: tuple would come back as list"),
        (int, "x", "int"),
        (list[int], [1, "x"], "int"),
        (object, Opaque(), "Opaque"),
        (object, {1: 2}, "come back"),
        (list, (number for number in range(3)), "come back|Error|serializ"),
    ],
)
async def test_values_that_cannot_be_kept(app, annotation, value, match):
    """What would not come back as it is is an error that names the function, the place and what to write."""

    async def read():
        return value

    read.__annotations__["return"] = annotation
    with app.context(), pytest.raises(DefinitionError, match=match) as caught:
        await cached(ttl=60)(read)()

    assert "read(), which is under @cached" in str(caught.value)
    assert "Annotate" in str(caught.value)


async def test_a_result_of_an_older_version_is_no_result(app):
    """What an older version of the function has kept, and does not fit what it gives now, is made anew."""

    @cached(ttl=60, name="versions")
    async def old() -> str:
        return "x"

    @cached(ttl=60, name="versions")
    async def new() -> int:
        return 5

    with app.context():
        assert ["x", 5, 5] == [await old(), await new(), await new()]


# --- errors


async def test_errors_are_not_kept(app):
    """An error is raised and forgotten; of many that wait for it each gets it."""
    runs = Runs()

    @cached(ttl=60)
    async def fail() -> int:
        runs.run()
        await asyncio.sleep(0.01)
        raise ValueError("no")

    with app.context():
        told = await asyncio.gather(*(fail() for _ in range(10)), return_exceptions=True)
        again = await asyncio.gather(fail(), return_exceptions=True)

    assert [ValueError] * 11 == [type(one) for one in told + again]
    assert 2 <= runs.count <= 3


async def test_errors_are_kept_if_asked(app):
    """Of the errors named, one is raised again with all it has, without a run; a subclass is another error."""
    runs = Runs()

    @cached(ttl=60, errors=(ActionError, KeyError))
    async def fail(kind: str) -> int:
        runs.run()
        if kind == "action":
            raise ActionError("Taken", field_errors={"name": "taken"}, code="taken")
        raise {"key": KeyError, "sub": type("Sub", (KeyError,), {})}[kind]("a")

    with app.context():
        for kind in ("action", "action", "key", "key", "sub", "sub"):
            with pytest.raises((ActionError, KeyError)) as caught:
                await fail(kind)
            if kind == "action":
                told = caught.value

    assert ("Taken", {"name": "taken"}, "taken") == (told.message, told.field_errors, told.code)
    assert 4 == runs.count


# --- definitions


def generator():
    yield 1


@pytest.mark.parametrize(
    ("define", "match"),
    [
        (lambda: cached(lambda: 1), "ttl="),
        (lambda: cached(ttl=0)(lambda: 1), "above 0"),
        (lambda: cached(ttl=-5)(lambda: 1), "above 0"),
        (lambda: cached(ttl=60)(generator), "yields"),
        (lambda: cached(tags=lambda a, b: [])(lambda: 1), "a, b"),
        (lambda: cached(tags=[3])(lambda: 1), "a tag is a text"),
        (lambda: cached(tags=[""])(lambda: 1), "a tag is a text"),
        (lambda: cached(tags=5)(lambda: 1), "takes texts, one or several; not 5"),
        (lambda: cached(ttl="60")(lambda: 1), "takes seconds above 0, at most 30 days, or a timedelta; not '60'"),
        (lambda: cached(ttl=60, stale="5")(lambda: 1), "takes seconds .* not '5'"),
        (lambda: cached(ttl=True)(lambda: 1), "takes seconds .* not True"),
        (lambda: cached(60), r"@cached\(60\): give it by name"),
        (lambda: cached(ttl=60, errors=[ValueError])(lambda: 1), "takes a class of errors, or a tuple"),
        (lambda: cached(ttl=60, errors="ValueError")(lambda: 1), "takes a class of errors, or a tuple"),
    ],
)
def test_definitions_that_make_no_sense(define, match):
    """What cannot be meant is an error where it is written."""
    with pytest.raises(DefinitionError, match=match):
        define()


async def test_arguments_that_are_no_part_of_a_key(app):
    """An argument without a value to compare is an error that names it."""

    @cached(ttl=60)
    async def read(source: object) -> int:
        return 1

    with (
        app.context(),
        pytest.raises(DefinitionError, match=r"read\(\), which is under @cached: source is of type Opaque"),
    ):
        await read(Opaque())


async def test_tags_that_are_none(app):
    """What a function of tags gives must be texts."""

    @cached(tags=lambda a: [a], ttl=60)
    async def read(a: int) -> int:
        return a

    with app.context(), pytest.raises(DefinitionError, match=r"tags= of .*read\(\) holds 1"):
        await read(1)


def test_keeps_what_the_function_is():
    """Name, documentation and signature stay."""
    import inspect

    @cached(ttl=60)
    async def read(a: int, *, b: str = "x") -> list[int]:
        """Reads."""
        return [a]

    assert ("read", "Reads.", "(a: int, *, b: str = 'x') -> list[int]", True) == (
        read.__name__,
        read.__doc__,
        str(inspect.signature(read)),
        inspect.iscoroutinefunction(read),
    )


async def test_who_catches_an_error_depends_on_what_raised_it(app):
    """What is made of an error that is not kept is made anew once what raised it has changed, sync and async."""
    rows = {}

    @cached(tags=lambda name: [f"row:{name}"], name="row")
    async def row(name: str) -> int:
        return rows[name]

    @cached(tags=lambda name: [f"row:{name}"], name="row_sync")
    def row_sync(name: str) -> int:
        return rows[name]

    @cached(ttl=60, name="passes_on")
    async def passes_on(name: str) -> int:
        return await row(name)

    @cached(ttl=60, name="titles")
    async def titles(name: str) -> list[str]:
        found = []
        for read in (row, passes_on):
            try:
                found.append(str(await read(name)))
            except KeyError:
                found.append("none")
        return found

    @cached(ttl=60, name="title_sync")
    def title_sync(name: str) -> str:
        try:
            return str(row_sync(name))
        except KeyError:
            return "none"

    async def read():
        async with app.context():
            several = await asyncio.gather(titles("a"), titles("a"))
            return [*several, await asyncio.to_thread(title_sync, "a")]

    before = await read()
    rows["a"] = 1
    async with app.context():
        revalidate_tag("row:a")

    assert [["none", "none"], ["none", "none"], "none"] == before
    assert [["1", "1"], ["1", "1"], "1"] == await read()


async def test_a_context_within_a_cached_function(app):
    """What is read in `app.context()` counts for the value that is being made, and nothing is revalidated there."""
    runs = Runs()

    @cached(tags=["inner"], name="inner")
    async def inner() -> int:
        return runs.run()

    @cached(ttl=60, name="outer")
    async def outer() -> int:
        async with app.context():
            return await inner()

    @cached(ttl=60, name="changes")
    async def changes() -> int:
        async with app.context():
            revalidate_tag("inner")
        return 1

    async with app.context():
        first = await outer()
        with pytest.raises(DefinitionError, match="Move it into an action"):
            await changes()
    async with app.context():
        revalidate_tag("inner")
    async with app.context():
        assert (1, 2) == (first, await outer())
