"""The same with FastAPI and pydantic models, in and out."""

from datetime import datetime
from typing import Annotated

from fastapi import Body, FastAPI, Form
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from benches.http.table import EMAIL, count_user, table_of

__all__ = ["app"]


class NewUser(BaseModel):
    """What the form asks for."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    email: Annotated[str, Field(max_length=100, pattern=EMAIL)]


class Created(BaseModel):
    """What came of it."""

    success: bool
    userId: int  # noqa: N815  # as all contenders call it


class Row(BaseModel):
    """A row of the table."""

    id: int
    name: str
    email: str
    active: bool
    score: float
    created: datetime


app = FastAPI()
_tables: dict[int, list[Row]] = {}


@app.get("/")
async def home() -> str:
    """For the start."""
    return "home"


@app.post("/create")
async def create(user: NewUser) -> Created:
    """Count a user."""
    return Created(success=True, userId=count_user())


@app.post("/form")
async def form(user: Annotated[NewUser, Form()]) -> RedirectResponse:
    """Count a user that a form sent."""
    count_user()
    return RedirectResponse("/", 303)


@app.post("/rows")
async def rows(number: Annotated[int, Body()]) -> list[Row]:
    """A table as the result."""
    table = _tables.get(number)
    if table is None:
        table = _tables[number] = [Row(**row) for row in table_of(number)]
    return table


@app.post("/count")
async def count(table: list[Row]) -> int:
    """A table as the argument."""
    return len(table)


@app.post("/echo")
async def echo(text: Annotated[str, Body()]) -> int:
    """A long text as the argument."""
    return len(text)
