"""An application whose pages come in pieces, and what a test asks of it from outside."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse

from jetbridge import App, ErrorBoundary, Suspense, action_state, component, create_context, h, redirect, refresh

gates: dict[str, asyncio.Event] = {}
notes: list[str] = []
Theme = create_context("light")


def layout(content):
    return [h.header["Pieces"], h.main[content], h.footer["End"]]


app = App(__name__, layout=layout)


async def passing(gate: str) -> None:
    await gates.setdefault(gate, asyncio.Event()).wait()


async def add(note: str):
    "use server"
    notes.append(note)
    refresh()


async def go(to: str):
    "use server"
    return redirect(to)


@component
def entry():
    return h.form(id="add", action=add)[h.input(name="note", aria_label="note"), h.button["Add"]]


@component
async def listed(gate: str = "list"):
    await passing(gate)
    return h.ul(id="notes", className=Theme.get())[[h.li(key=note)[note, row()] for note in notes]]


@component
def row():
    return h.input(className="memo", aria_label="memo")


@component
async def late_form():
    await passing("form")
    state = action_state(add)
    return h.form(id="late", action=add)[
        h.input(name="note", aria_label="note"), h.button["Add"], state.submitted and h.p(role="status")["Added"]
    ]


@component
async def breaking():
    await passing("break")
    raise RuntimeError("a secret")


@component
async def moving():
    await passing("move")
    raise redirect("/plain")


@app.page("/", title="Notes")
async def home():
    return [
        h.h1["Notes"],
        entry(),
        Theme("dark")[Suspense(fallback=h.p(className="wait")["Loading"])[listed()]],
        h.form(id="go", action=go)[h.input(name="to", aria_label="to"), h.button["Go"]],
    ]


@app.page("/shapes", title="Shapes")
async def shapes():
    return [
        h.table[h.tbody[h.tr[h.td["first"]], Suspense(fallback=h.tr[h.td["…"]])[late_row()], h.tr[h.td["last"]]]],
        h.p["Text ", Suspense(fallback="waits")[late_text("a"), " and ", late_text("b")], " after"],
        h.svg(viewBox="0 0 9 9")[Suspense()[late_circle()]],
        h.select(name="s", value="b", aria_label="s")[h.option["a"], h.option["b"]],
        Suspense(fallback=h.i["outer"])[outer()],
        Suspense(fallback=h.i["styled"])[late_style()],
    ]


@component
async def late_row():
    await passing("shapes")
    return [h.tr(key=number)[h.td[number]] for number in range(2)]


@component
async def late_text(text):
    await passing("shapes")
    return text


@component
async def late_circle():
    await passing("shapes")
    return h.circle(cx=4, cy=4, r=3)


@component
async def outer():
    await passing("shapes")
    return h.section[h.h2["Outer"], Suspense(fallback=h.i["inner"])[inner()]]


@component
async def inner():
    await passing("inner")
    return h.p(id="inner")["Inner"]


@component
async def late_style():
    await passing("shapes")
    return [h.title["Shapes, late"], h.p(id="styled", style={"color": "rgb(1, 2, 3)"})["Styled"]]


@app.page("/form", title="Late form")
async def form():
    return Suspense(fallback=h.p(className="wait")["Loading"])[late_form()], h.ul(id="notes")[[h.li[n] for n in notes]]


@app.page("/breaks", title="Breaks")
async def breaks():
    return [
        ErrorBoundary(fallback=lambda error: h.p(id="told")[type(error).__name__])[Suspense(fallback="…")[breaking()]],
        Suspense(fallback="…")[breaking()],
        entry(),
    ]


@app.page("/several", title="Several")
async def several():
    parts = [Suspense(fallback="…", key=gate)[counted(gate)] for gate in ("first", "second")]
    return [entry(), parts, Suspense(fallback="…")[outside()]]


@component
async def counted(gate: str):
    await passing(gate)
    return h.p(id=gate)[len(notes)]


@component
async def outside():
    await passing("first")
    return h.section[h.p(id="outside")[len(notes)], Suspense(fallback=h.i["…"])[counted("inside")]]


@app.page("/moves", title="Moves")
async def moves():
    return h.h1["Moves"], Suspense(fallback="…")[moving()]


@app.page("/plain", title="Plain")
async def plain():
    return h.h1["Plain"]


@app.route("/control/{order}", methods=["POST"])
async def control(request: Request):
    """Begin anew, close a gate, or open one."""
    order = request.path_params["order"]
    if order == "reset":
        gates.clear()
        notes[:] = ["one", "two"]
    elif order.startswith("close-"):
        gates.pop(order.removeprefix("close-"), None)
    else:
        gates.setdefault(order, asyncio.Event()).set()
    return JSONResponse(notes)
