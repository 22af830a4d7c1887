"""An application whose pages and values are kept, for browser tests: a list, and where one adds to it."""

from jetbridge import App, PageCache, action, cached, h, redirect, revalidate_tag

app = App(__name__)
names = ["tea"]


@cached(tags=["names"])
async def list_names() -> list[str]:
    return list(names)


@action
async def add(name: str):
    """Adds a name, and goes to the list."""
    names.append(name)
    revalidate_tag("names")
    return redirect("/")


@action
async def add_here(name: str):
    """Adds a name to the page that is shown."""
    names.append(name)
    revalidate_tag("names")


@app.page("/", title="List", cache=60)
async def home():
    return h.main[h.ul[[h.li(key=name)[name] for name in await list_names()]], h.a(href="/add")["Add"]]


@app.page("/add", title="Add", cache=60)
def adding():
    return h.main[h.form(action=add)[h.input(name="name", aria_label="Name"), h.button["Add"]]]


@app.page("/both", title="Both", cache=PageCache(60))
async def both():
    return h.main[
        h.ul[[h.li(key=name)[name] for name in await list_names()]],
        h.form(action=add_here)[h.input(name="name", aria_label="Name"), h.button["Add"]],
    ]
