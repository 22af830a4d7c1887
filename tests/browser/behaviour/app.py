"""Pages for browser tests: each shows the forms of a few actions, in one of the ways a form can be written."""

import asyncio
from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse

from jetbridge import (
    App,
    ErrorBoundary,
    Suspense,
    action_state,
    auto_form,
    component,
    flashes,
    h,
    not_found,
    redirect,
    request,
    url,
)
from tests.browser.behaviour import actions
from tests.browser.behaviour.features import every_feature
from tests.browser.behaviour.memory import memory


def shell(content):
    """The layout of all pages: what waits to be said, and the page itself."""
    return h.div(className="shell")[
        h.header[[h.p(key=number, className="flash")[text] for number, text in enumerate(flashes())]],
        h.main[content],
        h.footer(id="version")[f"Version {memory.version}"],
    ]


app = App(__name__, layout=shell)


# -- the page of most tests -------------------------------------------------------------------------------------------


@app.page("/", title="Entries")
async def home():
    return [
        h.h1["Entries"],
        add_form(),
        h.input(id="aside", type="text", aria_label="of no form"),
        h.ul(id="entries")[[h.li(key=number)[text] for number, text in enumerate(memory.entries)]],
        h.div(className="tall", style={"height": "1500px"}),
        h.form(id="below", action=actions.quick)[h.input(name="text", type="text"), h.button["Quick"]],
    ]


@app.page("/late-trouble")
async def late_trouble():
    return [h.h1["In time"], Suspense(fallback="Loading")[breaks_late()], h.form(action=actions.quick)[h.button["Go"]]]


@component
async def breaks_late():
    await asyncio.sleep(0.2)
    raise RuntimeError("a secret of the server")


@app.page("/deep")
async def deep():
    return level(450)


@component
def level(left):
    return h.div[[level(left - 1)] if left else h.form(action=actions.quick)[h.input(name="text"), h.button["Quick"]]]


@component
def add_form():
    state = action_state(actions.add)
    return h.form(id="add", action=actions.add)[
        h.label["Name ", h.input(name="name", type="text")],
        h.label["E-mail ", h.input(name="email", type="email")],
        h.label["Note ", h.textarea(name="note", rows=2)],
        h.label["Password ", h.input(name="password", type="password", autoComplete="off")],
        h.button(type="submit", name="how", value="plain")["Add"],
        h.button(type="submit", name="how", value="other")["Add otherwise"],
        h.button(type="submit", formAction=actions.draft, name="how", value="drafting")["Draft"],
        h.button(type="submit", formAction=partial(actions.grant, "admin"))["Grant"],
        state.error
        and h.div(role="alert")[
            h.p[state.error.message],
            h.ul[[h.li(key=field)[f"{field}: {text}"] for field, text in state.field_errors.items()]],
        ],
        state.result and h.p(role="status")[state.result],
    ]


@app.page("/filtered", title="Filtered")
async def filtered(sort: str = "up", page: int = 1):
    return [
        h.h1[f"Sorted {sort}, page {page}"],
        h.form(id="quick", action=actions.quick)[h.input(name="text", type="text"), h.button["Quick"]],
        h.ul(id="entries")[[h.li(key=number)[text] for number, text in enumerate(memory.entries)]],
        h.a(href=url(filtered, sort="down", page=2))["Next"],
    ]


@app.page("/attach", title="Attach")
async def attach():
    return h.form(id="attach", action=actions.attach)[
        h.input(name="title", type="text"),
        h.input(name="file", type="file"),
        h.button["Send"],
        h.progress(pending=True, aria_label="Upload"),
    ], h.ul(id="entries")[[h.li(key=number)[text] for number, text in enumerate(memory.entries)]]


# -- a form per row ---------------------------------------------------------------------------------------------------


@app.page("/people", title="People")
async def people():
    return [
        h.h1["People"],
        h.ul(id="people")[
            [person_row(number, memory.people[number], key=number) for number in sorted(memory.people, reverse=True)]
        ],
    ]


@component
def person_row(number: int, name: str):
    rename = partial(actions.rename, number)
    state = action_state(rename)
    return h.li(id=f"person-{number}")[
        h.b[name],
        h.form(className="rename", action=rename)[
            h.input(name="name", type="text", aria_label="name"),
            h.button["Rename"],
            state.error and h.p(role="alert")[state.error.message],
        ],
        h.form(className="remove", action=partial(actions.remove, number))[h.button["Remove"]],
        h.input(className="memo", type="text", aria_label="memo"),
    ]


# -- every kind of field ----------------------------------------------------------------------------------------------


@app.page("/choices", title="Choices")
async def choices():
    state = action_state(actions.choose)
    return h.form(id="choose", action=actions.choose)[
        state.error and h.p(role="alert")[state.error.message],
        h.input(name="text", type="text"),
        h.textarea(name="about")["as it was"],
        h.select(name="colour")[
            h.option(value="red")["Red"],
            h.optgroup(label="Others")[h.option(value="green", selected=True)["Green"], h.option(value="blue")["Blue"]],
        ],
        h.select(name="days", multiple=True)[h.option["mon"], h.option["tue"], h.option["wed"]],
        [
            h.label(key=size)[h.input(type="radio", name="size", value=size, checked=size == "m"), size]
            for size in ("s", "m", "l")
        ],
        h.label[h.input(type="checkbox", name="news"), "News"],
        h.input(name="when", type="date"),
        h.input(name="amount", type="number", value=1),
        h.button["Choose"],
    ], h.ul(id="entries")[[h.li(key=number)[text] for number, text in enumerate(memory.entries)]]


@app.page("/several", title="Several")
async def several():
    return [[box(key=name, name=name) for name in ("left", "right")], rename_row(number=1), rename_row(number=2)]


@component
def box(name):
    """A form of an action with nothing bound, of which the page has another."""
    state = action_state(actions.add)
    return h.section(id=name)[
        h.form(action=actions.add)[h.input(name="name", type="text", aria_label=name), h.button["Add"]],
        h.p(role="alert" if state.error else None)[state.error and state.error.message, state.result],
    ]


@component
def rename_row(number):
    bound = partial(actions.rename, number)
    state = action_state(bound)
    return h.form(id=f"row-{number}", action=bound)[
        h.input(name="name", type="text", aria_label=f"name {number}"),
        h.button["Rename"],
        h.b[state.error and state.error.message, state.result],
    ]


@app.page("/order", title="Order")
async def order():
    return [
        h.h1["Order"],
        auto_form(actions.order, id="order", submit="Send"),
        h.output[action_state(actions.order, form="order").result],
    ]


@app.page("/edit", title="Edit")
async def edit():
    stored = memory.settings
    return h.form(id="edit", action=actions.save)[
        h.input(name="title", type="text", value=stored["title"]),
        h.textarea(name="about", value=stored["about"]),
        h.select(name="colour", value=stored["colour"])[
            h.option(value="red")["Red"], h.option(value="green")["Green"], h.option(value="blue")["Blue"]
        ],
        h.select(name="days", multiple=True, value=stored["days"])[
            [h.option(key=day, value=day)[day.title()] for day in ("mon", "tue", "wed")]
        ],
        [
            h.input(key=size, type="radio", name="size", value=size, checked=stored["size"] == size)
            for size in ("s", "m", "l")
        ],
        h.input(type="checkbox", name="news", checked=stored["news"]),
        h.button["Save"],
    ]


# -- every kind of button ---------------------------------------------------------------------------------------------


@app.page("/buttons", title="Buttons")
async def buttons():
    action = partial(actions.note, "the form")
    state = action_state(action)
    return [
        h.button(form="many", name="intent", value="before")["Before"],
        h.button(form="many", formAction=partial(actions.note, "a button"), pending="Early…")["Early"],
        h.form(id="many", action=action)[
            h.label["Text ", h.input(name="text", type="text")],
            h.button(type="button")["Nothing"],
            h.button(name="intent", value="save", pending="Saving…")[h.b["Save"]],
            h.button(name="intent", value="delete")["Delete"],
            h.input(type="submit", name="intent", value="Print", pending="Printing…"),
            h.input(type="image", name="spot", alt="Spot", src="data:image/gif;base64,R0lGODlhAQABAAAAACw=", width=20),
            h.p(pending=True, className="wait")["Please wait"],
            state.error and h.p(role="alert")[state.error.message],
            state.result and h.p(role="status")[state.result],
        ],
        h.button(form="many", name="intent", value="after")["After"],
        h.ul(id="entries")[[h.li(key=number)[text] for number, text in enumerate(memory.entries)]],
    ]


# -- things that take time --------------------------------------------------------------------------------------------


@app.page("/waiting", title="Waiting")
async def waiting():
    return [
        h.form(id="slow", action=actions.slow)[h.input(name="text", type="text"), h.button["Slow"]],
        h.form(id="quick", action=actions.quick)[h.input(name="text", type="text"), h.button["Quick"]],
        h.form(id="overtake", action=actions.overtake)[h.input(name="text", type="text"), h.button["Overtake"]],
        h.form(id="count", action=actions.count)[h.button["Count"]],
        h.form(id="go", action=actions.go)[h.input(name="to", type="text"), h.button["Go"]],
        h.ul(id="entries")[[h.li(key=number)[text] for number, text in enumerate(memory.entries)]],
    ]


# -- things that go wrong ---------------------------------------------------------------------------------------------


@app.page("/trouble", title="Trouble")
async def trouble():
    if memory.broken:
        raise RuntimeError("a secret of the page")
    action_state(actions.forbid)
    return [
        h.h1["Trouble"],
        one_form("fail", actions.fail),
        ErrorBoundary(fallback=h.p(id="fallen")["This part is broken"])[
            h.form(id="guarded", action=actions.fail)[h.input(name="text", type="text"), h.button["guarded"]]
        ],
        one_form("loudly", actions.refuse_loudly),
        one_form("quietly", actions.refuse_quietly),
        one_form("forbid", actions.forbid),
        one_form("lose", actions.lose),
        one_form("spoil", actions.spoil),
        h.ul(id="entries")[[h.li(key=number)[text] for number, text in enumerate(memory.entries)]],
    ]


def one_form(name, action):
    return h.form(id=name, action=action)[h.input(name="text", type="text"), h.button[name]]


@app.page("/chosen", title="Chosen")
async def chosen():
    return [
        h.h1["Chosen"],
        ErrorBoundary(fallback=lambda error: h.p(id="fallen")[f"A {type(error).__name__} here"])[
            one_form("guarded", actions.fail)
        ],
        one_form("quick", actions.quick),
        h.ul(id="entries")[[h.li(key=number)[text] for number, text in enumerate(memory.entries)]],
    ]


@app.page("/broken", title="Broken")
async def broken():
    raise RuntimeError("a secret of the page")


@app.page("/missing/{number}")
async def missing(number: int):
    return not_found() if number > 1 else h.p["The one there is"]


# -- going elsewhere --------------------------------------------------------------------------------------------------


@app.page("/moves", title="Moves")
async def moves():
    return [
        h.h1["Moves"],
        h.form(id="go", action=actions.go)[
            h.input(name="to", type="text"), h.input(name="flash", type="text"), h.button["Go"]
        ],
        h.p(id="query")[request().url.query],
        h.div(style={"height": "1500px"}),
        h.p(id="deep")["Deep"],
    ]


@app.page("/arrived", title="Arrived")
async def arrived(at: int = 0):
    """Of the same shape as `moves`, so that React could mistake one for the other."""
    return [
        h.h1[f"Arrived {at}"],
        h.form(id="go", action=actions.go)[
            h.input(name="to", type="text"), h.input(name="flash", type="text"), h.button["Go"]
        ],
        h.p(id="query")[request().url.query],
        h.div(style={"height": "1500px"}),
        h.p(id="deep")["Deep"],
    ]


@app.page("/links", title="Links")
async def links():
    return [
        h.h1["Links"],
        h.nav[
            h.a(id="page", href="/arrived?at=1")[h.b["A page"]],
            h.a(id="fragment", href="/arrived?at=2#deep")["A place in a page"],
            h.a(id="here", href="#deep")["A place in this page"],
            h.a(id="same", href="/links")["This page"],
            h.a(id="moved", href="/leads/elsewhere")["What leads to a page"],
            h.a(id="lost", href="/lost")["Nothing"],
            h.a(id="route", href="/counted")["A route"],
            h.a(id="mounted", href="/other/")["Another application"],
            h.a(id="external", rel="external", href="/arrived?at=3")["A page, loaded"],
            h.a(id="blank", target="_blank", rel="opener", href="/arrived?at=4")["A page, in another tab"],
            h.a(id="file", download="file.txt", href="/counted")["A file"],
            h.a(id="loads", href="/features")["A page with scripts"],
            h.a(id="slow", href="/slow")["A page that takes its time"],
        ],
        h.input(id="typed", type="text", aria_label="typed"),
        h.form(action=actions.quick)[h.button["Quick"]],
        h.div(style={"height": "1500px"}),
        h.p(id="deep")["Deep"],
        h.div(style={"height": "1500px"}),
    ]


@app.page("/leads/{where}")
async def leads(where: str):
    return redirect(f"/arrived?at={len(where)}")


@app.page("/slow", title="Slow")
async def slow():
    await memory.gate("page").wait()
    return h.h1["Slow"]


@app.route("/counted")
async def counted(_: Request):
    """Something that must run once, like the link in a mail that confirms an address."""
    memory.calls.append("counted")
    return PlainTextResponse("counted")


other = App(f"{__name__}.other", secret="o" * 40)


@other.page("/", title="Other")
async def other_home():
    return [h.h1["Other"], h.a(id="back", href="/links")["Back"]]


app.mount("/other", other)


# -- what hydrates ----------------------------------------------------------------------------------------------------


@app.page("/features", title='Every "feature" & more <of> HTML')
async def features():
    return every_feature()


@app.page("/boundaries", title="Boundaries")
async def boundaries():
    return [
        Suspense(fallback=h.p["Loading"])[late("First")],
        Suspense(fallback="…")["Text ", late("second"), " and more"],
        ErrorBoundary(fallback=h.p(id="instead")["Instead"])[late("never", fails=True)],
        ErrorBoundary(fallback=h.p["unseen"])[h.section[late("Whole"), late("part")]],
        late_text(),
    ]


@component
async def late(text: str, fails: bool = False):
    await asyncio.sleep(0)
    if fails:
        raise RuntimeError("a secret of the component")
    return h.em[text]


async def late_text():
    return ["an ", "awaitable ", h.b["child"]]


# -- for the test itself ----------------------------------------------------------------------------------------------


@app.route("/control/{order}", methods=["POST"])
async def control(asked: Request):
    """What a test does to the application behind its back."""
    match asked.path_params["order"]:
        case "reset":
            memory.reset()
        case "mend":
            memory.broken = False
        case gate:
            memory.gate(gate).set()
    return JSONResponse({"entries": memory.entries, "calls": memory.calls, "people": memory.people})
