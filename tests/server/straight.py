"""Two applications made alike, of which one takes the straight way; what is called, and what is seen of it."""

import asyncio
import logging
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from http.cookies import SimpleCookie
from typing import Annotated, Any, NamedTuple, NotRequired, TypedDict
from urllib.parse import urlencode

from bs4 import BeautifulSoup
from msgspec import Struct
from pydantic import BaseModel, Field, field_validator

from jetbridge.actions.define import action
from jetbridge.actions.state import action_state
from jetbridge.cache.revalidate import refresh, revalidate_path, revalidate_tag
from jetbridge.elements.h import h
from jetbridge.errors import ActionError, not_found, redirect, unauthorized
from jetbridge.server import log
from jetbridge.server.app import App
from jetbridge.server.current import after, cookies, flashes, request, session, set_header
from jetbridge.wire.model import UNDEFINED, FormData
from jetbridge.wire.protocol import CLIENT_VERSION, COOKIE_STATE
from jetbridge.wire.reply_encode import encode_reply
from jetbridge.wire.rows import decode_flight
from tests.conftest import SECRET
from tests.server.asgi import CALL, FORM, SAME_ORIGIN, ask, chunk, url_of

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
        note("looks at", how)
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
    "text": lambda: 'Ada \u2028 é </script> \\ " \n text',
    "an empty text": lambda: "",
    "a dollar": lambda: "$K1",
    "dollars inside": lambda: {"a": "$x", "$b": "c$"},
    "half a character": lambda: "\ud800",
    "a date": lambda: datetime(2024, 2, 3, 4, 5, 6, 789000, UTC),
    "dates": lambda: [{"at": datetime(2024, 2, 3, 4, 5, 6, 789012, UTC)}, {"at": datetime(1, 1, 1, tzinfo=UTC)}],
    "a date elsewhere": lambda: {"at": datetime(2024, 2, 3, tzinfo=timezone(timedelta(hours=5, minutes=30)))},
    "a date without zone": lambda: {"at": datetime(2024, 2, 3)},  # which cannot be sent
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


@action
async def large(n: int):
    note(n)
    revalidate_tag("large")
    return "a " * 50_000


# --- two applications, and what is seen of them

KEPT = (one, gives, ends, changes, guarded, person, limited)


def made(**options):
    app = App(__name__, secret=SECRET, **options)

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


def forget_taker():
    """Have it looked for at once who takes the lines of visits."""
    log._found.until = 0.0


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
RANDOM = re.compile(
    r"[\w-]{22,}(?:\.[\w-]+)?|\b[0-9a-f]{12}\b|(?<=.time.:)[0-9.]+"
)  # keys, what is sealed, digests, clocks
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

    async def submit(
        self,
        door,
        called,
        given,
        *,
        key="k",
        path="/",
        query="",
        page=True,
        messages=None,
        scope=None,
        around=None,
        **headers,
    ):
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
            forget_taker()
            found.append(await scenario(way))
        return found

    async def submit(self, *args, **options):
        """What is seen of one request on either way."""
        return await self.both(lambda way: way.submit(*args, **options))
