"""A page in Python whose form is a React component."""

from jetbridge import App, client_component, h

from . import db

app = App(__name__, actions=["users.actions"], frontend="../dist")

AddUserForm = client_component("./AddUserForm.tsx", "AddUserForm")


@app.page("/", title="Users")
async def home():
    users = [{"name": user.name, "email": user.email} for user in await db.list_users()]
    return h.main[h.h1["Users"], AddUserForm(users=users)[h.p["Everybody who is known here:"]]]
