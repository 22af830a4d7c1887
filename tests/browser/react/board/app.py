"""One page for each thing that React does with actions."""

import asyncio
from functools import partial

from starlette.responses import JSONResponse

from jetbridge import App, ErrorBoundary, Ssr, Suspense, client_component, component, h

from . import memory
from .actions import add, discard, fail, label, rename

app = App(
    __name__, actions=["board.actions"], frontend="../dist", ssr=Ssr(timeout=20), layout=lambda page: h.main[page]
)

Adding = client_component("./Parts.tsx", "Adding")
Counting = client_component("./Parts.tsx", "Counting")
Renaming = client_component("./Parts.tsx", "Renaming")
Given = client_component("./Parts.tsx", "Given")
Bound = client_component("./Parts.tsx", "Bound")
Buttons = client_component("./Parts.tsx", "Buttons")
Early = client_component("./Parts.tsx", "Early")
Failing = client_component("./Parts.tsx", "Failing")
Searching = client_component("./Parts.tsx", "Searching")
Words = client_component("./Parts.tsx", "Words")
Seats = client_component("./Streams.tsx", "Seats")
Measuring = client_component("./Parts.tsx", "Measuring")
Labelled = client_component("./Parts.tsx", "Labelled")
Browser = client_component("./Browser.tsx", "Browser")


@app.page("/list", title="List")
async def list_():
    return [Adding(), h.ul[[h.li(key=number)[title] for number, title in memory.notes.items()]]]


@app.page("/mixed", title="Mixed")
async def mixed():
    return [Given(save=add, title="x"), Adding()]


@app.page("/counting", title="Counting")
async def counting(q: str = ""):
    return [h.p(id="q")[q], Counting()]


@app.page("/renaming", title="Renaming")
async def renaming():
    return Renaming(notes=memory.listed())


@app.page("/given", title="Given")
async def given():
    return [
        Given(save=partial(rename, number), title=title, key=number)[h.em[f"number {number}"]]
        for number, title in memory.notes.items()
    ]


@app.page("/bound", title="Bound")
async def bound():
    return Bound(save=rename, label=partial(label, 3), stamp=label)


@app.page("/buttons", title="Buttons")
async def buttons():
    return Buttons(discard=partial(discard, 7))


@app.page("/permalink", title="Permalink")
async def permalink():
    return Adding(permalink="/other?tab=2")


@app.page("/other", title="Other")
async def other(tab: int = 1):
    return [h.h1[f"Tab {tab}"], Adding(permalink="/other?tab=2")]


@app.page("/early", title="Early")
async def early():
    return [Early(), h.ul[[h.li(key=number)[title] for number, title in memory.notes.items()]]]


@app.page("/failing", title="Failing")
async def failing():
    return [
        h.input(aria_label="kept"),
        Failing(),
        ErrorBoundary(fallback=h.p(role="status")["Python's boundary"])[Given(save=fail, title="x")],
    ]


@app.page("/searching", title="Searching")
async def searching():
    return Searching()


@app.page("/words", title="Words")
async def words_():
    return Words()


@app.page("/seats", title="Seats")
async def seats():
    return Seats()


@app.page("/measuring", title="Measuring")
async def measuring():
    return Measuring()


@app.page("/labelled", title="Labelled")
async def labelled():
    return [
        Labelled(label="One")[Labelled(label="Two")],
        Browser()[h.p["until then"]],
        h.form(action=add)[h.input(name="title", aria_label="Python")],
    ]


@component
async def slow(name: str):
    await memory.gate.wait()
    return Labelled(label=name)


@app.page("/late", title="Late")
async def late():
    return [Labelled(label="First"), Suspense(fallback=h.p["not yet"])[slow("Last")]]


@app.route("/control/{order}", methods=["POST"])
async def control(request):
    if request.path_params["order"] == "reset":
        memory.reset()
    elif request.path_params["order"] == "open":
        memory.gate.set()
    await asyncio.sleep(0)
    return JSONResponse({"notes": memory.notes, "events": memory.events})
