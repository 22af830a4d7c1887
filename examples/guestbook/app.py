"""A page with all books, one for each of them, and the actions where their forms are."""

from typing import Annotated

from pydantic import BaseModel, Field

from jetbridge import App, action_state, asset, component, h, not_found, refresh, url

from . import db

app = App(__name__, static="static", head=lambda: h.link(rel="stylesheet", href=asset("app.css")))


class NewEntry(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=60)]
    text: Annotated[str, Field(min_length=1, max_length=500)]


@app.page("/", title="Guest books")
async def home():
    return h.main[
        h.h1["Guest books"],
        h.ul[[h.li(key=book)[h.a(href=url(read, book=book))[title]] for book, title in db.BOOKS.items()]],
    ]


@app.page("/books/{book}")
async def read(book: str):
    if book not in db.BOOKS:
        raise not_found()

    async def sign(entry: NewEntry) -> str:
        """use server"""
        await db.add_entry(book, entry.name, entry.text)  # `book` travels sealed: nobody can sign another one
        refresh()
        return f"Thank you, {entry.name}"

    state = action_state(sign)
    errors = state.field_errors
    return [
        h.title[db.BOOKS[book]],
        h.main[
            h.h1[db.BOOKS[book]],
            h.form(action=sign)[
                h.label(htmlFor="name")["Name"],
                h.input(id="name", name="name", required=True, autoComplete="name", aria_describedby="name-error"),
                h.p(id="name-error", className="error")[errors.get("name")],
                h.label(htmlFor="text")["Your words"],
                h.textarea(id="text", name="text", rows=3, required=True, aria_describedby="text-error"),
                h.p(id="text-error", className="error")[errors.get("text")],
                h.button(pending="Signing…")["Sign"],
                state.error and h.p(role="alert")[state.error.message],
                state.result and h.p(role="status")[state.result],
            ],
            h.ol[[shown(entry=entry, key=entry.id) for entry in await db.list_entries(book)]],
            h.p[h.a(href=url(home))["All books"]],
        ],
    ]


@component
def shown(entry: db.Entry):
    number = entry.id

    async def like() -> None:
        """use server"""
        await db.add_heart(number)
        refresh()

    return h.li[
        h.p[h.strong[entry.name], ": ", entry.text],
        h.form(action=like)[
            h.button(aria_label=f"♥ {entry.hearts}, like the entry of {entry.name}")[f"♥ {entry.hearts}"]
        ],
    ]
