"""The application as one of ours: an action that creates a user, for React's call and for a form, and two on tables."""

from datetime import datetime
from typing import Annotated, Any, TypedDict

from pydantic import BaseModel, Field

from benches.http.table import EMAIL, count_user, table_of
from jetbridge import App, action, h

__all__ = ["app", "count", "create_user", "echo", "rows"]

app = App(__name__, secret="only for benches, on the loopback interface")
_tables: dict[int, Any] = {}


class NewUser(BaseModel):
    """What the form asks for."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    email: Annotated[str, Field(max_length=100, pattern=EMAIL)]


class Row(TypedDict):
    """A row of the table."""

    id: int
    name: str
    email: str
    active: bool
    score: float
    created: datetime


@app.page("/", title="Users")
async def home() -> Any:
    """The page with the form."""
    return h.main[
        h.h1["Users"],
        h.form(action=create_user)[
            h.input(type="text", name="name", placeholder="Name", required=True),
            h.input(type="email", name="email", placeholder="Email", required=True),
            h.button(type="submit")["Add User"],
        ],
    ]


@action
async def create_user(user: NewUser) -> dict[str, object]:
    """Count a user."""
    return {"success": True, "userId": count_user()}


@action
async def rows(number: int) -> list[Row]:
    """A table as the result."""
    table = _tables.get(number)
    if table is None:
        table = _tables[number] = table_of(number)
    return table


@action
async def count(table: list[Row]) -> int:
    """A table as the argument."""
    return len(table)


@action
async def echo(text: str) -> int:
    """A long text as the argument."""
    return len(text)
