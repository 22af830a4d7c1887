"""A guest list in one file: the first example of the README."""

from pydantic import EmailStr

from jetbridge import ActionError, App, action_state, h

app = App(__name__)
users: dict[str, str] = {}


async def create_user(name: str, email: EmailStr):
    "use server"
    if email in users:
        raise ActionError("That e-mail is taken", field_errors={"email": "already in use"})
    users[email] = name


@app.page("/", title="Users")
async def home():
    state = action_state(create_user)
    return h.main[
        h.form(action=create_user)[
            h.input(name="name", placeholder="Name", required=True),
            h.input(name="email", placeholder="Email", required=True),
            h.button["Add User"],
            state.error and h.p(role="alert")[state.error.message, " ", " ".join(state.field_errors.values())],
        ],
        h.ul[[h.li(key=email)[name, " ", email] for email, name in users.items()]],
    ]
