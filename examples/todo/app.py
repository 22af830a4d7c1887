"""One page: a form that adds, and three in each row."""

from functools import partial

from jetbridge import App, action_state, asset, component, h

from . import db
from .actions import add, clear_done, remove, rename, set_done

app = App(__name__, static="static", head=lambda: h.link(rel="stylesheet", href=asset("app.css")))


@app.page("/", title="To do")
async def home():
    todos = await db.list_all()
    done = sum(todo.done for todo in todos)
    return h.main[
        h.h1["To do"],
        add_form(),
        h.ul[[row(todo=todo, key=todo.id) for todo in todos]],
        h.p[f"{done} of {len(todos)} done"],
        done > 0 and h.form(action=clear_done)[h.button["Remove what is done"]],
    ]


@component
def add_form():
    state = action_state(add)
    return h.form(action=add, className="add")[
        h.label(htmlFor="new")["What is to be done?"],
        h.input(
            id="new", name="text", required=True, maxLength=100, autoComplete="off", aria_describedby="new-outcome"
        ),
        h.button(pending="Adding…")["Add"],
        h.p(id="new-outcome")[
            state.error and h.span(role="alert")[state.error.message],
            state.result and h.span(role="status")[state.result],
        ],
    ]


@component
def row(todo: db.Todo):
    saving = partial(rename, todo.id)
    state = action_state(saving)  # of this row alone: the bound id tells it from the others
    return h.li(className="done" if todo.done else None)[
        h.form(action=partial(set_done, todo.id, not todo.done))[
            h.button(aria_pressed="true" if todo.done else "false", aria_label=f"Done: {todo.text}")[
                "✓" if todo.done else "○"
            ]
        ],
        h.form(action=saving, className="text")[
            h.input(
                name="text", value=todo.text, required=True, maxLength=100, autoComplete="off",
                aria_label=f"Text of {todo.text}",
            ),
            h.button(aria_label=f"Save {todo.text}")["Save"],
            state.error and h.p(role="alert")[state.error.message],
        ],
        h.form(action=partial(remove, todo.id))[h.button(aria_label=f"Remove {todo.text}")["Remove"]],
    ]  # fmt: skip
