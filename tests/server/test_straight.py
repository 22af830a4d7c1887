"""The straight way of a call gives what the long way gives: the same requests, to two applications that are alike."""

import asyncio
import gc
import io
import json
import logging
import logging.config
import re
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from http.cookies import SimpleCookie
from typing import Annotated, Any, NamedTuple, NotRequired, TypedDict
from urllib.parse import urlencode

import pytest
from bs4 import BeautifulSoup
from msgspec import Struct
from pydantic import BaseModel, Field, field_validator
from starlette.requests import Request

from jetbridge.actions.define import action
from jetbridge.actions.state import action_state
from jetbridge.cache.revalidate import refresh, revalidate_path, revalidate_tag
from jetbridge.cli.log import LOGGING
from jetbridge.elements.h import h
from jetbridge.errors import ActionError, not_found, redirect, unauthorized
from jetbridge.server import log
from jetbridge.context import Context
from jetbridge.server.app import App
from jetbridge.server.body import Resumed
from jetbridge.server.current import after, cookies, flashes, request, session, set_header
from jetbridge.server.doors import Submission
from jetbridge.server.straight import Straight
from jetbridge.server.visit import Visit, place_of
from jetbridge.wire.model import UNDEFINED, FormData, Upload
from jetbridge.wire.protocol import CLIENT_VERSION, COOKIE_STATE
from jetbridge.wire.reply_encode import encode_reply
from jetbridge.wire.rows import decode_flight
from tests.conftest import SECRET
from tests.server.asgi import CALL, FORM, GONE, SAME_ORIGIN, ask, chunk, started, url_of
from tests.server.sockets import eventually

ran = []

# --- what is called


class Person(BaseModel):
    name: str = Field(min_length=2)
    age: int = 0


class Address(TypedDict):
    street: str
    city: NotRequired[str]


class Point(Struct):
    x: int
    y: int = 0


@dataclass
class Item:
    name: str
    price: float = 0.0


class Guarded(BaseModel):
    how: str

    @field_validator("how")
    @classmethod
    def look(cls, how):
        match how:
            case "moves":
                raise redirect("/there")
            case "stranger":
                raise unauthorized()
            case "error":
                raise ActionError("Not so", code="own")
            case "value":
                raise ValueError("not that")
            case "bug":
                raise RuntimeError("oh no")
        return f"{how} at {request().url.path}"


def note(*values):
    ran.append(repr(values))
    return repr(values)


@action
async def one(name: str):
    return note(name)


@action
async def several(name: str, age: int, tags: list[str] = []):  # noqa: B006  # never changed
    return note(name, age, tags)


@action
async def nothing():
    return note()


@action
async def defaults(name: str = "Ada", times: int = 1):
    return note(name, times)


@action
async def options(name: str, *, loud: bool = False, since: date | None = None):
    return note(name, loud, since)


@action
async def named(*, name: str):
    return note(name)


@action
async def others(name: str, **more: str):
    return note(name, sorted(more.items()))


@action
async def by_position(name: str, /, *rest: str):
    return note(name, rest)


@action
async def limited(name: Annotated[str, Field(max_length=5)], age: Annotated[int, Field(ge=18)] = 18):
    return note(name, age)


@action
async def person(person: Person):
    return note(person)


@action
async def address(address: Address):
    return note(address)


@action
async def point(point: Point):
    return note(point)


@action
async def item(item: Item):
    return note(item)


@action
async def people(people: list[Person]):
    return note(people)


@action
async def at(at: datetime):
    return note(at)


@action
async def number(number: int):
    return note(number)


@action
async def anything(value: Any = None):
    return note(value)


@action
async def untyped(value=None):
    return note(value)


@action
async def uploads(photo: Upload):
    return note(photo.name, await photo.read())


@action
async def form_data(form: FormData):
    return note([(name, value) for name, value in form.entries if isinstance(value, str)])


@action
async def guarded(guarded: Guarded):
    return note(guarded)


async def numbers():
    for number in range(3):
        yield number


async def later():
    await asyncio.sleep(0)
    return "later"


SHARED = ["shared"]
RESULTS = {
    "nothing": lambda: None,
    "yes": lambda: True,
    "an integer": lambda: 7,
    "a large integer": lambda: 2**70,
    "a fraction": lambda: 1.5,
    "NaN": lambda: float("nan"),
    "infinity": lambda: {"a": [float("-inf")]},
    "text": lambda: "Ada’s \u2028 </script> \\ \" \n text",
    "an empty text": lambda: "",
    "a dollar": lambda: "$K1",
    "dollars inside": lambda: {"a": "$x", "$b": "c$"},
    "half a character": lambda: "\ud800",
    "a date": lambda: datetime(2024, 2, 3, 4, 5, 6, 789000, UTC),
    "dates": lambda: [{"at": datetime(2024, 2, 3, 4, 5, 6, 789012, UTC)}, {"at": datetime(1, 1, 1, tzinfo=UTC)}],
    "a date elsewhere": lambda: {"at": datetime(2024, 2, 3, tzinfo=timezone(timedelta(hours=5, minutes=30)))},
    "a date without zone": lambda: {"at": datetime(2024, 2, 3)},  # noqa: DTZ001  # which cannot be sent
    "a day": lambda: date(2024, 2, 3),
    "a decimal": lambda: {"price": Decimal("1.10")},
    "bytes": lambda: b"\x00\xff",
    "bytes inside": lambda: {"data": b"\x00\xff"},
    "a list": lambda: [1, "two", None, {"three": [4.0, -0.0]}],
    "a tuple": lambda: (1, (2, 3)),
    "a set": lambda: {1},
    "the same twice": lambda: [SHARED, SHARED],
    "a model": lambda: Person(name="Ada", age=36),
    "a struct": lambda: {"at": Point(1, 2)},
    "a data class": lambda: [Item("tea", 1.5)],
    "undefined": lambda: UNDEFINED,
    "undefined inside": lambda: {"a": UNDEFINED, "b": 1},
    "__proto__": lambda: {"__proto__": {"a": 1}, "b": "__proto__"},
    "keys of all kinds": lambda: {"": 1, "a b": 2, "é": 3},
    "keys that are numbers": lambda: {1: "a"},
    "a generator": lambda: (number for number in range(3)),
    "an iterator inside": lambda: {"them": iter([1, 2])},
    "a stream": lambda: numbers(),
    "a promise": lambda: {"it": later()},
    "an element": lambda: h.p["Hello"],
    "a form": lambda: h.form(action=one)[h.input(name="name")],
    "2,400 bytes": lambda: "a b " * 600,
    "2,600 bytes": lambda: "a b " * 650,
    "many": lambda: [{"id": number, "name": f"name {number}"} for number in range(300)],
    "deep": lambda: deep(60),
    "too deep": lambda: deep(400),
    "what cannot be sent": lambda: object(),
    "itself": lambda: itself(),
    "an error": lambda: ActionError("returned", field_errors={"name": "no"}, code="c"),
    "a move": lambda: redirect("/there?a=b", "Hello"),
    "a move to elsewhere": lambda: redirect("/möwe"),
    "nobody": lambda: not_found(),
}


def deep(levels):
    value = []
    for _ in range(levels):
        value = [value]
    return value


def itself():
    value = []
    value.append(value)
    return value


@action
async def gives(what: str):
    note(what)
    return RESULTS[what]()


@action
async def says_less(what: str) -> Person:
    note(what)
    return {"name": "Ada", "age": 1, "more": what}


@action
async def ends(how: str):
    note(how)
    match how:
        case "error":
            raise ActionError("Taken", field_errors={"how": "taken"}, code="taken")
        case "moves":
            raise redirect("/there", "Look")
        case "missing":
            raise not_found()
        case "stranger":
            raise unauthorized()
        case "bug":
            raise RuntimeError("oh no")
        case "leaves":
            raise SystemExit(3)
        case "several":
            raise BaseExceptionGroup("", [ActionError("in a group")])
        case "cancels":
            raise asyncio.CancelledError
    return how


@action
async def changes(what: str):
    note(what)
    match what:
        case "path":
            revalidate_path("/")
        case "elsewhere":
            revalidate_path("/elsewhere")
        case "tag":
            revalidate_tag("shown")
        case "other tag":
            revalidate_tag("not shown")
        case "all":
            refresh()
        case "cookie":
            cookies()["colour"] = "blue"
        case "header":
            set_header("x-colour", "blue")
        case "session":
            session()["name"] = "Ada"
        case "sign in":
            session().renew()
            session()["name"] = "Ada"
        case "look at session":
            note(dict(session()))
        case "flashes":
            note(flashes())
        case "after":
            after(lambda: ran.append("after"))
        case "after, wrong":
            after(lambda: 1 / 0)
        case "request":
            note(request().url.path, request().headers["host"], await request().body(), await request().body())
        case "stream":
            note([piece async for piece in request().stream()])
    return what


gates = {}  # "" is what `waits` waits for


@action
async def waits(name: str):
    note("begins", name)
    await gates[""].wait()
    return note("ends", name)


# --- two applications, and what is seen of them

KEPT = (one, gives, ends, changes, guarded, person, limited)


def made():
    app = App(__name__, secret=SECRET)

    @app.page("/")
    def home():
        told = []
        for kept in KEPT:
            state = action_state(kept)
            told.append(h.li[f"{kept.__name__}: {state.result!r} {state.error!s} {dict(state.field_errors)}"])
        return h.main[h.ul[told], h.p[repr(dict(session()))], [h.p[text] for text in flashes()], forms()]

    return app


def forms():
    return [h.form(action=kept, key=kept.__name__)[h.input(name="how")] for kept in KEPT]


class Seen(NamedTuple):
    """What a client sees of one request, and what it did; `page` is what the visitor finds afterwards."""

    status: int
    headers: list[tuple[str, str]]
    states: list[Any]
    body: Any
    lines: list[str]
    ran: list[str]
    page: str


TOKEN = "jetbridge-token"
RANDOM = re.compile(r"[\w-]{22,}(?:\.[\w-]+)?|\b[0-9a-f]{12}\b|(?<=.time.:)[0-9.]+")  # keys, what is sealed, digests, clocks
LINE = re.compile(r"^\S+  (POST .*  \d+)  \d+ ms(.*)$", re.MULTILINE)


class Way:
    """One of the applications, and what a visitor sends to it."""

    def __init__(self, app, stream):
        self.app = app
        self.stream = stream
        self.begun = set()

    async def begin(self, target):
        """Ask for an action without running it: what takes the straight way is known from before."""
        await ask(self.app, "POST", target, {**CALL, **SAME_ORIGIN, TOKEN: "another's"})
        await asyncio.sleep(0)
        self._written()

    async def submit(self, door, called, given, *, key="k", path="/", query="", page=True, messages=None, scope=None, around=None, **headers):
        """What is seen of a submit of `given`: values of a call, or names and values of a form."""
        own, body = DOORS[door](self, given, key)
        own = {**own, **SAME_ORIGIN, "cookie": "jetbridge-visitor=me", "content-length": str(len(body))}
        own |= {name.replace("_", "-"): value for name, value in headers.items()}
        own = {name: value for name, value in own.items() if value is not None}
        messages = [chunk(body)] if messages is None else messages(body)
        target = url_of(self.app, called, path) + query
        if target not in self.begun:
            self.begun.add(target)
            await self.begin(target)
        # In a task of its own, as by a server.
        served = self.app if around is None else around(self.app)
        answer = await asyncio.create_task(ask(served, "POST", target, own, messages, **(scope or {})))
        await asyncio.sleep(0)
        return await self._seen(answer, own.get("cookie", ""), page)

    async def _seen(self, answer, cookie, page):
        jar = SimpleCookie(cookie)
        for name, value in answer.headers:
            if name == "set-cookie":
                jar.load(value)
        found = [_masked(one) for one in ran]
        ran.clear()
        body = answer.body.decode("utf-8", "backslashreplace")
        # What is sealed, with its time, is not always as long.
        unknown = "content-length" if body != _masked(body) else ""
        return Seen(
            answer.status,
            [(name, "" if name == unknown else _masked(value)) for name, value in answer.headers],
            [self._opened(one.value) for name, one in jar.items() if name == COOKIE_STATE],
            _masked(body),
            [" ".join(line) for line in LINE.findall(self._written())],
            found,
            await self.page(jar) if page else "",
        )

    def _opened(self, sealed):
        data = self.app._carrier.keyring.open(sealed, purpose=COOKIE_STATE, associated=b"")
        return "in the store" if data.startswith(b"@") else decode_flight(data)

    async def page(self, jar):
        headers = {"accept": "text/html", "cookie": "; ".join(f"{name}={one.value}" for name, one in jar.items())}
        answer = await asyncio.create_task(ask(self.app, "GET", "/", headers))
        self._written()
        self.shown = BeautifulSoup(answer.text, "html.parser")
        return self.shown.find(["main", "body"]).get_text("|")

    def hidden(self, called):
        """Our own fields in a form of the page that was shown last."""
        form = self.shown.find("input", {"name": "$form", "value": f"@{called.__name__}:{called.__name__}"}).parent
        return [(field["name"], field["value"]) for field in form.find_all("input", {"type": "hidden"})]

    def _written(self):
        """What has been written to the terminal since this was asked last."""
        text = self.stream.getvalue()
        self.stream.seek(0)
        self.stream.truncate()
        return text


def _masked(text):
    return RANDOM.sub("0", text)  # so that JSON stays JSON


def _token(way):
    way.app.start()
    return way.app.visitors.keyring.token("me")


def _fetch(way, given, key):
    headers = {**CALL, "jetbridge-client": CLIENT_VERSION, "jetbridge-key": key, TOKEN: _token(way)}
    body = encode_reply(list(given))
    if isinstance(body, str):
        return headers, body.encode()
    return {**headers, "content-type": f"multipart/form-data; boundary={BOUNDARY}"}, _multipart(body)


def _fetch_form(way, given, key):
    return _fetch(way, [FormData(given)], key)


def _form(way, given, key):
    fields = [("$token", _token(way)), ("$key", key), *given]
    return {**FORM, "content-type": f"multipart/form-data; boundary={BOUNDARY}"}, _multipart(fields)


def _urlencoded(way, given, key):
    fields = [("$token", _token(way)), ("$key", key), *given]
    return FORM, urlencode(fields).encode()


BOUNDARY = "----WebKitFormBoundary0"


def _multipart(entries):
    parts = []
    for name, value in entries:
        if isinstance(value, str):
            head, data = f'name="{name}"', value.encode()
        else:
            head, data = f'name="{name}"; filename="{value.name}"\r\ncontent-type: image/png', value.read_now()
        parts.append(f"--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + data + b"\r\n")
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


DOORS = {"call": _fetch, "form by React": _fetch_form, "form": _form, "urlencoded form": _urlencoded}
BY_FORM = ["form by React", "form", "urlencoded form"]


class Two:
    """The applications, the straight one first; `taken` says for each request whether it took the straight way."""

    def __init__(self, ways, taken, terminal):
        self.ways = ways
        self.taken = taken
        self.terminal = terminal

    async def both(self, scenario):
        """What is seen on the straight way, and on the long one."""
        found = []
        for way in self.ways:
            ran.clear()
            gates[""] = asyncio.Event()  # of the running loop
            logging.getLogger("jetbridge").handlers[:] = [self.terminal]  # pytest has added some of its own
            log._found.until = 0.0
            found.append(await scenario(way))
        return found

    async def submit(self, *args, **options):
        """What is seen of one request on either way."""
        return await self.both(lambda way: way.submit(*args, **options))


@pytest.fixture
def terminal():
    """The handler of `jetbridge run`, which takes the lines of visits where no other listens."""
    logging.config.dictConfig(LOGGING)
    (handler,) = logging.getLogger("jetbridge").handlers
    handler.stream = io.StringIO()
    yield handler
    log._found.until = 0.0


@pytest.fixture
async def two(monkeypatch, terminal):
    taken = []
    answer = Straight.answer

    async def watched(straight, scope, receive, send):
        is_known = place_of(scope).action in straight.acting.plans
        left = await answer(straight, scope, receive, send)
        if is_known:
            taken.append(left is None)
        return left

    monkeypatch.setattr(Straight, "answer", watched)
    async with AsyncExitStack() as stack:
        ways = []
        for tasks in ("shared", ""):
            monkeypatch.setenv("JETBRIDGE_TASKS", tasks)
            ways.append(Way(made(), terminal.stream))
            await stack.enter_async_context(started(ways[-1].app))
        yield Two(ways, taken, terminal)



TEXTS = ["Ada", "", "$", "$K1", "$D2024-02-03T04:05:06.000Z", "$$", "a \\ \" / \n\t é \u2028 😀", "__proto__", "a b " * 120]


@pytest.mark.parametrize(
    ("called", "arguments", "is_straight"),
    [
        *((one, [text], True) for text in TEXTS),
        *((anything, [text], True) for text in TEXTS),
        (one, [], False),
        (one, [1], False),
        (one, [None], False),
        (one, ["Ada", "more"], False),
        (one, ["Ada", UNDEFINED], True),
        (several, ["Ada", 36, ["a", "b"]], True),
        (several, ["Ada", 36], True),
        (several, ["Ada", "36"], False),
        (several, [UNDEFINED, 36], False),
        (several, [{"name": "Ada", "age": 36}], False),
        (nothing, [], True),
        (nothing, [1], False),
        (defaults, [], True),
        (defaults, ["Eve"], True),
        (defaults, [UNDEFINED, 2], True),
        (options, ["Ada"], True),
        (options, ["Ada", {"loud": True, "since": "2024-02-03"}], True),
        (options, ["Ada", {"loud": True, "other": 1}], False),
        (named, [{"name": "Ada"}], True),
        (named, [], False),
        (others, ["Ada", {"a": "b", "c": "d"}], True),
        (others, ["Ada", {"a": 1}], False),
        (by_position, ["Ada", "b", "c"], False),
        (limited, ["Ada", 18], True),
        (limited, ["Ada Lovelace", 17], False),
        (limited, ["Ada Lovelace"], False),
        (person, [{"name": "Ada", "age": 3}], True),
        (person, [{"name": "A", "age": "x", "more": 1}], False),
        (person, [{"__proto__": {"name": "Ada"}}], False),
        (person, [None], False),
        (address, [{"street": "a", "city": "b"}], True),
        (address, [{"city": 1}], False),
        (point, [{"x": 1}], True),
        (point, [{"x": "1"}], False),
        (item, [{"name": "tea", "price": 1}], True),
        (item, [{}], False),
        (people, [[{"name": "Ada"}] * 40], True),
        (people, [[{"name": "Ada"}] * 39 + [{"name": "A"}]], False),
        (at, [datetime(2024, 2, 3, 4, 5, 6, 789000, UTC)], True),
        (at, ["yesterday"], False),
        (number, [2**53], True),
        (number, [2**70], True),
        (number, [1.5], False),
        (number, [float("nan")], False),
        (anything, [{"a": [1, 1.5, None, True, datetime(2024, 2, 3, tzinfo=UTC)]}], True),
        (anything, [{"__proto__": 1}], True),
        (anything, [deep(20)], True),
        (anything, [deep(70)], False),
        (anything, [{"$a": "$b"}], True),
        (anything, [{1, 2}], True),
        (anything, [b"abc"], True),
        (untyped, [{"a": 1}], True),
        (untyped, [], True),
    ],
)
async def test_calls(two, called, arguments, is_straight):
    """Whatever arguments a call has."""
    straight, long = await two.submit("call", called, arguments)

    assert long == straight
    assert [is_straight] == two.taken


@pytest.mark.parametrize("door", BY_FORM)
@pytest.mark.parametrize(
    ("called", "fields", "is_straight"),
    [
        *((one, [("name", text)], True) for text in TEXTS),
        (one, [], False),
        (one, [("name", "Ada"), ("name", "Eve")], True),
        (one, [("name", "Ada"), ("more", "x"), ("_ours", "y")], True),
        (several, [("name", "Ada"), ("age", "36"), ("tags", "a"), ("tags", "b")], True),
        (several, [("name", "Ada"), ("age", "x")], False),
        (nothing, [], True),
        (nothing, [("name", "Ada")], True),
        (defaults, [], True),
        (options, [("name", "Ada"), ("loud", "on"), ("since", "2024-02-03")], True),
        (named, [("name", "Ada")], True),
        (others, [("name", "Ada"), ("a", "b")], True),
        (by_position, [("name", "Ada")], False),
        (limited, [("name", "Ada Lovelace"), ("age", "17")], False),
        (person, [("name", "Ada"), ("age", "3")], True),
        (person, [("name", "A"), ("age", "x")], False),
        (address, [("street", "a")], True),
        (point, [("x", "1"), ("y", "2")], True),
        (item, [("name", "tea"), ("price", "1.5")], True),
        (people, [("people[0].name", "Ada"), ("people[1].name", "Eve"), ("people[1].age", "2")], True),
        (people, [("people[0].name", "Ada"), ("people[x].name", "Eve")], False),
        (at, [("at", "2024-02-03T04:05")], True),
        (number, [("number", "1180591620717411303424")], True),
        (anything, [("a", "b"), ("a", "c")], True),
        (untyped, [("value", "b")], True),
        (form_data, [("a", "b"), ("__proto__", "c"), ("a", "$d")], True),
    ],
)
async def test_forms(two, door, called, fields, is_straight):
    """Whatever fields a form has, be it React or the browser that submits it."""
    straight, long = await two.submit(door, called, fields)

    assert long == straight
    assert [is_straight] == two.taken


@pytest.mark.parametrize("door", ["call", "form by React", "form"])
@pytest.mark.parametrize("what", RESULTS)
async def test_results(two, door, what):
    """Whatever an action returns."""
    given = [what] if door == "call" else [("what", what)]
    straight, long = await two.submit(door, gives, given)

    assert long == straight
    assert [True] == two.taken


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("how", ["error", "moves", "missing", "stranger", "bug", "leaves", "several", "nothing of these"])
async def test_outcomes(two, door, how):
    """However it ends."""
    given = [how] if door == "call" else [("how", how)]
    straight, long = await two.submit(door, ends, given)

    assert long == straight
    assert [True] == two.taken


@pytest.mark.parametrize("door", DOORS)
async def test_a_result_that_says_less(two, door):
    """Where it returns more than it says it does, only what it says is told."""
    straight, long = await two.submit(door, says_less, ["x"] if door == "call" else [("what", "x")])

    assert long == straight
    assert [True] == two.taken


@pytest.mark.parametrize(
    ("door", "shown"),
    [
        ("call", None),
        ("call", "path:/,shown"),
        ("call", "path:/elsewhere,%C3%A9"),
        ("call", "changes"),
        ("form by React", None),
        ("form by React", "changes"),
        ("form", None),
        ("urlencoded form", None),
    ],
)
@pytest.mark.parametrize(
    "what",
    [
        "nothing", "path", "elsewhere", "tag", "other tag", "all", "cookie", "header", "session", "sign in",
        "look at session", "flashes", "after", "after, wrong", "request", "stream",
    ],
)  # fmt: skip
async def test_changes(two, door, what, shown):
    """Whatever else it does, and whatever the page shows."""

    async def scenario(way):
        tags = way.app.registry.of(changes).tag if shown == "changes" else shown
        return await way.submit(door, changes, [what] if door == "call" else [("what", what)], jetbridge_tags=tags)

    straight, long = await two.both(scenario)

    assert long == straight
    assert [True] == two.taken


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("how", "is_straight"),
    [("asks", True), ("moves", False), ("stranger", False), ("error", False), ("value", False), ("bug", False)],
)
async def test_validators(two, door, how, is_straight):
    """A validator of the application's may ask for the request, and end the call."""
    straight, long = await two.submit(door, guarded, [{"how": how}] if door == "call" else [("how", how)])

    assert long == straight
    assert [is_straight] == two.taken


@pytest.mark.parametrize("door", BY_FORM)
@pytest.mark.parametrize("last", [(gives, ("what", "a list")), (ends, ("how", "error")), (ends, ("how", "bug"))])
async def test_forms_of_a_page(two, door, last):
    """A page shows what came of each of its forms, until the same one is submitted again."""
    first = [(one, ("name", "Ada")), (gives, ("what", "text")), (one, ("name", "Eve")), (limited, ("name", "too long"))]

    async def scenario(way):
        seen = []
        await way.page(SimpleCookie("jetbridge-visitor=me"))
        for called, field in (*first, last):
            fields = [*way.hidden(called), field]
            seen.append(await way.submit(door, called, fields, key=dict(fields)["$key"]))
        return seen

    straight, long = await two.both(scenario)

    assert long == straight
    assert [True, True, True, False, True] == two.taken


@pytest.mark.parametrize(
    ("bound", "more", "mark", "is_straight"),
    [
        ([], [], "", True),
        (["x"], [], "", False),
        ([None], [("$ACTION_KEY_1", "k1")], "", True),
        ([], [("$ACTION_KEY_1", "k1")], "#state", True),
    ],
)
async def test_forms_of_react(two, bound, more, mark, is_straight):
    """A form that React's server renderer has made for a browser without JavaScript, with its fields."""

    async def scenario(way):
        name = way.app.references.reference(one).id + mark
        fields = [("$ACTION_REF_1", ""), ("$ACTION_1:0", json.dumps({"id": name, "bound": "$@1"}))]
        fields += [("$ACTION_1:1", json.dumps(bound)), *more, ("name", "Ada")]
        return await way.submit("form", one, fields)

    straight, long = await two.both(scenario)

    assert long == straight
    assert [is_straight] == two.taken


# --- the same again

# What is kept of these is what a browser has read, and not what Python had.
READ = ("dates", "a date elsewhere", "__proto__")


@pytest.mark.parametrize(("door", "shown"), [("call", None), ("call", "gives"), ("form", None)])
@pytest.mark.parametrize("what", [what for what in RESULTS if what not in READ])
async def test_repeats(two, door, what, shown):
    """A submit that comes again gets what came of the first, and the page that shows it."""
    straight, long = await two.both(lambda way: _repeated(way, door, what, shown))

    assert long == straight
    assert two.taken[0]


@pytest.mark.parametrize("shown", [None, "gives"])
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("what", READ)
async def test_repeats_of_what_was_read(two, door, what, shown):
    """Dates come again with milliseconds, and nothing comes again that a browser drops."""
    straight, long = await two.both(lambda way: _repeated(way, door, what, shown))

    assert [_as_read(seen) for seen in long] == [_as_read(seen) for seen in straight]
    assert two.taken == [True, False, False]


async def _repeated(way, door, what, shown):
    given = [what] if door == "call" else [("what", what)]
    tags = shown and way.app.registry.of(gives).tag
    return [await way.submit(door, gives, given, jetbridge_tags=tags) for _ in range(3)]


def _as_read(seen):
    told = decode_flight(seen.body.encode()) if seen.body else None
    states = [[(key, form, decode_flight(rows.encode())) for key, form, *_, rows in one] for one in seen.states]
    return seen.status, told, states, seen.lines, seen.ran, seen.page


@pytest.mark.parametrize(
    ("called", "given", "again"),
    [
        (one, ["Ada"], ["Ada"]),
        (one, ["Ada"], ["Eve"]),
        (one, ["Ada"], ["Ada", UNDEFINED]),
        (one, [1], [1]),
        (one, [1], ["Ada"]),
        *((ends, [how], [how]) for how in ("error", "moves", "missing", "stranger", "bug")),
        *((changes, [what], [what]) for what in ("path", "tag", "all", "cookie", "session", "sign in", "after")),
        *((guarded, [{"how": how}], [{"how": how}]) for how in ("asks", "moves", "bug")),
    ],
)
@pytest.mark.parametrize("shown", [None, "own"])
async def test_two_submits_with_one_key(two, called, given, again, shown):
    """What was done is not done again; other content, or what failed or was refused, is."""

    async def scenario(way):
        tags = shown and way.app.registry.of(called).tag
        return [await way.submit("call", called, one, jetbridge_tags=tags) for one in (given, again, given)]

    straight, long = await two.both(scenario)

    assert long == straight


@pytest.mark.parametrize(("first", "second"), [(a, b) for a in DOORS for b in DOORS if "form" in a and "form" in b])
async def test_a_repeat_by_another_door(two, first, second):
    """A form that the browser submitted is known when React submits it again, and the other way round."""
    fields = [("name", "Ada")]

    async def scenario(way):
        return [await way.submit(door, one, fields) for door in (first, second)]

    straight, long = await two.both(scenario)

    assert long == straight
    assert ([True, False], ["('Ada',)"]) == (two.taken, [*straight[0].ran, *straight[1].ran])


@pytest.mark.parametrize("door", DOORS)
async def test_repeats_while_it_runs(two, door):
    """Who submits the same while it runs waits for it; other content is another run."""
    fields = [["Ada"] if door == "call" else [("name", "Ada")], ["Eve"] if door == "call" else [("name", "Eve")]]

    async def scenario(way):
        running = [asyncio.create_task(way.submit(door, waits, fields[0], page=False))]
        await eventually(lambda: ran)
        running += [asyncio.create_task(way.submit(door, waits, given, page=False)) for given in fields]
        await eventually(lambda: len(ran) > 1)
        gates[""].set()
        return [(one.status, one.headers, one.states, one.body) for one in await asyncio.gather(*running)], sorted(ran)

    straight, long = await two.both(scenario)

    assert long == straight
    assert [False, True, True] == two.taken


async def call_off(way, key="k", visitor="me"):
    """What the client sends when nobody waits for a call any more."""
    headers = {**CALL, **SAME_ORIGIN, "cookie": f"jetbridge-visitor={visitor}", "jetbridge-abort": key}
    headers[TOKEN] = way.app.visitors.keyring.token(visitor)
    answer = await asyncio.create_task(ask(way.app, "POST", url_of(way.app, waits), headers))
    await asyncio.sleep(0)
    return answer.status


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("visitor", "key", "is_over"), [("me", "k", True), ("you", "k", False), ("me", "l", False)], ids=str
)
async def test_called_off_while_it_runs(two, door, visitor, key, is_over):
    """A visitor calls off what runs, by its key."""
    given = ["Ada"] if door == "call" else [("name", "Ada")]

    async def scenario(way):
        running = asyncio.create_task(way.submit(door, waits, given))
        await eventually(lambda: ran)
        status = await call_off(way, key, visitor)
        gates[""].set()
        return status, await running

    straight, long = await two.both(scenario)

    assert long == straight
    assert [1, 2][not is_over] == len(straight[1].ran)


@pytest.mark.parametrize("door", DOORS)
async def test_called_off_before(two, door):
    """The word may overtake the call: then it does not begin."""
    given = ["Ada"] if door == "call" else [("name", "Ada")]

    async def scenario(way):
        return await way.submit(door, nothing, [], key="known"), await call_off(way), await way.submit(door, one, given)

    straight, long = await two.both(scenario)

    assert long == straight
    assert [] == straight[2].ran


async def test_another_that_is_refused_meanwhile(two):
    """Calling off one of several with one key calls them all off, and nothing of it is left for the next."""

    async def scenario(way):
        running = [asyncio.create_task(way.submit("call", waits, [name], page=False)) for name in ("Ada", "Eve")]
        await eventually(lambda: len(ran) > 1)
        await call_off(way)
        seen = [(one.status, one.body) for one in await asyncio.gather(*running)]
        return seen, way.app._acting.performer.aborts._runs

    straight, long = await two.both(scenario)

    assert long == straight
    assert {} == straight[1]


# --- requests of all kinds


def in_two(body):
    return [chunk(body[:5], more=True), chunk(body[5:])]


def in_one_and_nothing(body):
    return [chunk(body, more=True), chunk()]


def not_here_yet(body):
    async def arrives():
        await asyncio.sleep(0)
        return chunk(body)

    return [arrives]


def gone(body):
    return [chunk(body[:5], more=True), GONE]


def gone_at_once(body):
    return [GONE]


def futures(app):
    """A server whose `receive` gives futures."""

    async def serve(scope, receive, send):
        await app(scope, lambda: asyncio.ensure_future(receive()), send)

    return serve


def doubled(app):
    """A client that sends a header of ours twice."""

    async def serve(scope, receive, send):
        again = [(name, value) for name, value in scope["headers"] if name in (b"accept", b"jetbridge-key")]
        await app({**scope, "headers": [*scope["headers"], *again]}, receive, send)

    return serve


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("options", "is_straight"),
    [
        ({}, True),
        ({"query": "&a=b&c=%C3%A9&_whole=1"}, True),
        ({"path": "/elsewhere"}, True),
        ({"path": "/a;b,c"}, True),
        ({"path": "//example.com/"}, True),
        ({"path": "/favicon.ico"}, True),
        ({"path": "/_jetbridge/client.js"}, True),
        ({"scope": {"root_path": "/mounted", "path": "/mounted/x"}}, True),
        ({"scope": {"scheme": "https"}, "cookie": "__Host-jetbridge-visitor=me"}, True),
        ({"scope": {"scheme": "https"}}, False),
        ({"messages": in_two}, False),
        ({"messages": in_one_and_nothing}, False),
        ({"messages": not_here_yet}, False),
        ({"messages": gone}, False),
        ({"messages": gone_at_once}, False),
        ({"key": ""}, False),
        ({"key": "k" * 1000}, True),
        ({"key": "\u00e9 '\""}, True),
        ({"content_length": None}, False),
        ({"content_length": None, "transfer_encoding": "chunked"}, False),
        ({"content_length": "1"}, False),
        ({"content_length": "10000"}, False),
        ({"content_length": "x"}, False),
        ({"content_length": "-1"}, False),
        ({"content_length": "9" * 30}, False),
        ({"content_length": "9999999"}, False),
        ({"expect": "100-continue"}, True),
        ({"cookie": None}, False),
        ({"cookie": "jetbridge-visitor=you"}, False),
        ({"cookie": "a=b; jetbridge-visitor=me; c=d"}, True),
        ({"jetbridge_client": "0/19"}, False),
        ({"jetbridge_bound": "1"}, False),
        ({"jetbridge_bound": "x"}, False),
        ({"sec_fetch_site": None}, False),
        ({"sec_fetch_site": None, "origin": "http://testserver"}, False),
        ({"sec_fetch_site": None, "origin": "http://evil.example"}, False),
        ({"sec_fetch_site": "cross-site"}, False),
        ({"sec_fetch_site": "none"}, False),
        ({"host": "example.com"}, True),
        ({"accept_language": "de"}, True),
        ({"content_type": None}, "call"),
        ({"content_type": "application/json"}, "call"),
        ({"content_type": "multipart/form-data"}, False),
        ({"content_type": "multipart/form-data; boundary=other"}, False),
        ({"around": futures}, False),
        ({"around": futures, "messages": in_two}, False),
        ({"around": doubled}, False),
    ],
    ids=lambda one: " ".join(f"{name}={getattr(value, '__name__', value)}" for name, value in one.items())
    if isinstance(one, dict)
    else "",
)
async def test_requests(two, door, options, is_straight):
    """Whatever a client sends around it; one that is not sure to take the straight way takes the long one."""
    given = ["Ada"] if door == "call" else [("name", "Ada")]
    straight, long = await two.submit(door, one, given, **options)

    assert long == straight
    assert [is_straight in (True, door)] == two.taken


# --- what is left of them


@action
async def large(n: int):
    note(n)
    revalidate_tag("large")
    return "a " * 500_000


@pytest.mark.parametrize(("called", "limit", "most"), [(large, "_BYTES", 8_000_000), (number, "_ENTRIES", 10)])
async def test_no_more_is_kept_than_there_is_room_for(two, monkeypatch, called, limit, most):
    """The oldest submits are forgotten, by their number and by what they came to; the newest are known."""
    monkeypatch.setattr(f"jetbridge.server.once.{limit}", most)

    async def scenario(way):
        seen = []
        for n in (*range(20), 19, 18, 0):
            seen.append(await way.submit("call", called, [n], key=f"key {n}", page=False))
        return [one.ran for one in seen]

    straight, long = await two.both(scenario)

    assert long == straight
    assert [[], [], ["(0,)"]] == straight[-3:]


class Cancelled:
    """An application whose requests are cancelled by `cancel`, as no server of `jetbridge run` does."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        self.request = asyncio.create_task(self.app(scope, receive, send))
        await self.request


@pytest.mark.parametrize("door", DOORS)
async def test_a_request_that_is_cancelled(two, door):
    """Its action is cancelled with it; nothing of it is left, and it is run when it is sent again."""
    given = ["Ada"] if door == "call" else [("name", "Ada")]

    async def scenario(way):
        served = Cancelled(way.app)
        request = asyncio.create_task(way.submit(door, waits, given, around=lambda _: served))
        await eventually(lambda: ran)
        served.request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        left = dict(way.app._acting.performer.aborts._runs), way.app._acting.performer.crowd._running
        gates[""].set()
        ran.clear()
        return left, (await way.submit(door, waits, given)).ran

    two.ways = two.ways[:1]
    (seen,) = await two.both(scenario)

    assert (({}, 0), ["('begins', 'Ada')", "('ends', 'Ada')"], [True]) == (*seen, two.taken)


MADE = (Context, Visit, Submission, Resumed, Request)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("called", "name", "value"),
    [
        *((gives, "what", what) for what in ("text", "a model", "a form", "what cannot be sent", "an error")),
        *((ends, "how", how) for how in ("error", "missing", "stranger")),
        *((changes, "what", what) for what in ("path", "cookie", "session", "after", "request")),
        *((guarded, "how", how) for how in ("asks", "moves")),
        (limited, "name", "too long"),
    ],
)
async def test_nothing_is_left(two, door, called, name, value):
    """Neither for Python's cyclic collector, nor with what is kept for a submit that comes again."""
    given = [(name, value)] if door != "call" else [{"how": value}] if called is guarded else [value]

    async def scenario(way):
        await way.submit(door, called, given, key="before", page=False)
        gc.collect()
        gc.disable()
        before = [id(one) for one in gc.get_objects() if type(one) in MADE]
        await way.submit(door, called, given, page=False)
        await asyncio.sleep(0)
        return [one for one in gc.get_objects() if type(one) in MADE and id(one) not in before]

    try:
        left = await two.both(scenario)
    finally:
        gc.enable()

    assert [[], []] == left
