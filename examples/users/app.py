"""A page, a component with a form, and the action behind it."""

from jetbridge import App, action_state, asset, component, h

from . import db
from .actions import create_user

app = App(__name__, static="static", head=lambda: [h.link(rel="stylesheet", href=asset("app.css"))])


@app.page("/", title="Users")
async def home():
    return h.main[
        h.h1["Users"],
        add_user_form(),
        h.ul[[h.li(key=user.id)[user.name, " ", h.small[user.email]] for user in await db.list_users()]],
    ]


@component
def add_user_form():
    state = action_state(create_user)  # what this form's last submit came to
    return h.form(action=create_user)[
        h.label["Name ", h.input(type="text", name="name", placeholder="Name", required=True)],
        h.label["Email ", h.input(type="email", name="email", placeholder="Email", required=True)],
        h.button(type="submit")["Add User"],
        state.error
        and h.div(role="alert")[
            h.p[state.error.message],
            h.ul[[h.li(key=field)[f"{field}: {message}"] for field, message in state.field_errors.items()]],
        ],
        state.result and h.p(role="status")["User added"],
    ]
