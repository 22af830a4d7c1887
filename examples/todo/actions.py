"use server"

from typing import Annotated

from pydantic import Field

from jetbridge import ActionError, revalidate_path

from . import db

__all__ = ["add", "clear_done", "remove", "rename", "set_done"]

Text = Annotated[str, Field(min_length=1, max_length=100)]


async def add(text: Text) -> str:
    if await db.has(text):
        raise ActionError("That is on the list already", field_errors={"text": "is on the list already"})
    await db.add(text)
    revalidate_path("/")
    return f"Added “{text}”"


async def rename(todo: int, text: Text) -> None:
    await db.rename(todo, text)
    revalidate_path("/")


async def set_done(todo: int, done: bool) -> None:
    await db.set_done(todo, done)
    revalidate_path("/")


async def remove(todo: int) -> None:
    await db.remove(todo)
    revalidate_path("/")


async def clear_done() -> None:
    await db.clear_done()
    revalidate_path("/")
