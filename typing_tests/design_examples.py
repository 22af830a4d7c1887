"""An action and a page as people write them, with annotations that a strict checker asks for. Nothing runs it."""

# pyright: strict

from typing import Annotated, TypedDict, assert_type

from pydantic import BaseModel, EmailStr, Field

from jetbridge import ActionError, App, Node, action_state, component, h, not_found, redirect, revalidate_path


class NewUser(BaseModel):
    name: Annotated[str, Field(min_length=1)]
    email: EmailStr


class Created(TypedDict):
    success: bool
    userId: int


taken: set[str] = set()


async def create_user(user: NewUser) -> Created:
    "use server"
    if user.email in taken:
        raise ActionError("That e-mail is taken", field_errors={"email": "already in use"})
    taken.add(user.email)
    revalidate_path("/")
    return {"success": True, "userId": len(taken)}


async def leave(user_id: int) -> None:
    "use server"
    if user_id > len(taken):
        raise not_found()
    raise redirect("/", flash="Gone")


app = App(__name__)


@app.page("/", title="Users")
async def home() -> Node:
    return h.main[
        h.h1["Users"],
        add_user_form(),
        h.ul[[h.li(key=email)[email] for email in sorted(taken)]],
    ]


@component
def add_user_form() -> Node:
    state = action_state(create_user)
    return h.form(action=create_user)[
        h.input(type="text", name="name", placeholder="Name", required=True),
        h.input(type="email", name="email", placeholder="Email", required=True),
        h.button(type="submit")["Add User"],
        state.error and h.p(role="alert")[state.error.message],
    ]


async def from_python() -> None:
    """An action is called like any function."""
    created = await create_user(NewUser(name="Ada", email="ada@example.com"))

    assert_type(created, Created)
