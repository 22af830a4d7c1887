"""Every public name as a checker sees it. Only pyright reads this; nothing runs it."""

# pyright: strict

import functools
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, assert_type

from starlette.requests import Request

from jetbridge import (
    UNDEFINED,
    ActionError,
    ActionState,
    App,
    BigInt,
    ComponentContext,
    Control,
    ErrorBoundary,
    File,
    FormData,
    Fragment,
    Input,
    Map,
    Node,
    PageCache,
    Previous,
    Provide,
    Ssr,
    Suspense,
    Upload,
    __version__,
    accept_language,
    action,
    action_state,
    after,
    asset,
    auto_form,
    cached,
    client_component,
    component,
    cookies,
    create_context,
    flashes,
    forbidden,
    h,
    inputs,
    memo,
    next_path,
    not_found,
    public,
    redirect,
    refresh,
    request,
    revalidate_path,
    revalidate_tag,
    session,
    set_header,
    unauthorized,
    url,
)

version: str = __version__

# --- an app, and what is registered with it: the functions stay what they are

german = App(__name__, locale=accept_language("en", "de"), messages={"de": {"missing": "Pflichtfeld"}})
app = App(__name__, static=None, secret=["new", "old"], allowed_origins=["https://admin.example.com"], csp=None)
App(__name__, frontend="../dist", ssr=Ssr(processes=2, timeout=3, megabytes=256))
App(__name__, frontend="../dist", ssr=None)
App(__name__, allow=public, strict=True, login="/login", session_days=1)


@app.page("/users/{user_id}", title="User")
async def user_page(user_id: int, page: int = 1) -> Node:
    return h.p[user_id, " ", page]


@app.error_page(404)
def nothing_here() -> Node:
    return h.h1["Nothing here"]


@app.route("/health", methods=["GET"])
async def health(request: Request) -> Any:
    return request.url.path


assert_type(nothing_here(), Node)

with app.context() as context:
    assert_type(context.touched, set[str])


# --- actions stay plain functions


@action
async def plain(name: str) -> int:
    return len(name)


@action(timeout=5, max_bytes=10_000, max_files=1, rate="10/minute", mode="latest", aliases=["old_name"])
def sync_action(name: str, *, loud: bool = False) -> str:
    return name.upper() if loud else name


async def check() -> None:
    assert_type(await user_page(3, page=2), Node)
    assert_type(await plain("Ada"), int)
    assert_type(sync_action("Ada", loud=True), str)
    await plain(3)  # pyright: ignore[reportArgumentType]


# --- what the server supplies


async def connection(request: Request) -> AsyncGenerator[dict[str, str]]:
    yield {"path": request.url.path}


async def count(previous: Previous[int], step: int) -> int:
    return assert_type(previous, int) + step


async def save(form: FormData, db: Annotated[dict[str, str], Provide(connection)]) -> None:
    assert_type(form.get("name"), str | None)
    assert_type(form.file("photo"), Upload | None)
    assert_type(form.get_all("tag"), list[str | Upload])
    assert_type(form.names(), list[str])
    assert_type(db["path"], str)


async def keep(photo: Upload) -> None:
    assert_type(photo.name, str)
    assert_type(photo.size, int)
    assert_type(await photo.read(), bytes)


# --- values that Python has no word for

assert_type(Map({1: "one"}), Map[int, str])
assert_type(BigInt(3) + 1, int)
nothing: object = UNDEFINED

# --- outcomes

error = ActionError("Taken", field_errors={"email": "in use"}, code="taken")
assert_type(error.field_errors, dict[str, str])
assert_type(error.code, str | None)
leaving: tuple[BaseException, ...] = (redirect("/", flash="Saved"), not_found(), unauthorized(), forbidden("No"))

# --- the state of a form

state = action_state(plain)
assert_type(state, ActionState[Any])
assert_type(state.error, ActionError | None)
assert_type(state.field_errors, Mapping[str, str])
assert_type(state.input, Mapping[str, str | list[str]])
assert_type(state.submitted, bool)
action_state(functools.partial(plain, "Ada"))
action_state("plain")  # pyright: ignore[reportArgumentType]

# --- elements: what may stand as a child


@component
def card(title: str, children: Node = None) -> Node:
    return h.section[h.h2[title], children]


@component
async def slow() -> Node:
    return h.p["done"]


async def later() -> Node:
    return "later"


theme = create_context("light")
visitor: ComponentContext[str | None] = create_context(None)


nodes: list[Node] = [
    h.div(className="app", aria_label="x", data_id=3, key=1)["text", 3, 1.5, None, True, [h.br, h.hr]],
    h.div({"hx-get": "/x"})[later()],
    h["my-element"](title="x"),
    h.form(action=plain)[h.button(formAction=functools.partial(plain, "x"))["Go"]],
    h.ul[[h.li(key=number)[number] for number in range(3)]],
    h.ul[(h.li(key=number)[number] for number in range(3))],
    state.error and h.p(role="alert")[state.error.message],
    card(title="x", key=1)[h.p["inside"]],
    card("x"),
    client_component("./Counter.tsx", "Counter")(start=3, onSave=plain, key=1)[h.p["inside"]],
    Fragment(key="a")[h.dt["a"], h.dd["b"]],
    Suspense(fallback="Loading…")[slow()],
    ErrorBoundary(fallback=h.p["Sorry"])[slow()],
    ErrorBoundary(fallback=lambda error: h.p[str(error)])[slow()],
    theme("dark", key=1)[slow()],
]
assert_type(theme.get(), str)
assert_type(visitor.get(), str | None)
theme(3)  # pyright: ignore[reportArgumentType]
h.p[b"bytes"]  # found when it runs: to a checker bytes is an iterable of numbers
h.p[object()]  # pyright: ignore[reportArgumentType]
h.p[card]  # pyright: ignore[reportArgumentType]
card(titel="x")  # pyright: ignore[reportCallIssue]

# --- while a request is handled

assert_type(request(), Request)
assert_type(public(request()), bool)
assert_type(flashes(), list[str])
assert_type(next_path(), str)
session()["account"] = 1
session().renew()
assert_type(url(user_page, user_id=3, page=2), str)
assert_type(asset("app.css"), str)
after(lambda: None)


@memo
async def account_name(account: int, *, short: bool = False) -> str:
    return f"{account}{short}"


@memo
def doubled(number: int) -> int:
    return number * 2


@cached(tags=lambda account: [f"account:{account}"], ttl=60, stale=timedelta(minutes=5), errors=KeyError)
async def balance(account: int, *, currency: str = "EUR") -> float:
    return account * len(currency)


@cached(tags=["rates"])
def rate(currency: str) -> float:
    return len(currency)


async def read_account() -> None:
    assert_type(await account_name(3, short=True), str)
    assert_type(await balance(3, currency="EUR"), float)
    await balance("3")  # pyright: ignore[reportArgumentType]


assert_type(rate("EUR"), float)


@app.page("/kept", cache=60)
@app.page("/news", cache=PageCache(60, stale=timedelta(hours=1), tags=["news"], public=True))
@app.page("/themed", cache=PageCache(60, by=lambda request: request.cookies.get("theme", "")))
def kept_page() -> Node:
    return h.p["kept"]


cached(tags=5)  # pyright: ignore[reportCallIssue, reportArgumentType]


assert_type(doubled(2), int)
revalidate_path("/users")
revalidate_path("/users", subtree=True)
revalidate_tag("users", "accounts")
refresh()


# --- forms from types


@dataclass
class NewUser:
    name: Annotated[str, Control("textarea", rows=2)]
    photo: Annotated[Upload, File(max_bytes=1_000_000, accept=["image/*"])]


async def create_user(user: NewUser) -> str:
    "use server"
    return user.name


def user_form() -> Node:
    fields = inputs(create_user, values={"name": "Ada"}, id="new")
    photo: Input = inputs(NewUser).photo
    return h.form(action=create_user)[h.textarea(**fields.name), photo.control()]


def whole_form() -> Node:
    return h.main[auto_form(create_user), auto_form(NewUser, action=create_user, submit="Add", className="wide")]


async def remember(theme: str) -> None:
    "use server"
    assert_type(cookies().get("theme"), str | None)
    cookies().set("theme", theme, max_age=3600)
    set_header("x-theme", theme)
