"""use server"""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field

from jetbridge import ActionError, Provide

from .notes import Note, Notes, own_notes


class NewNote(BaseModel):
    """A note to add."""

    text: str = Field(min_length=1, max_length=200, description="What to remember")


async def sign_in(name: Annotated[str, Field(min_length=2)], request: Request) -> str:
    """Sign in; everybody may, under any name."""
    request.session["name"] = name
    return name


async def sign_out(request: Request) -> None:
    """Forget who it was."""
    request.session.clear()


async def add_note(note: NewNote, notes: Annotated[Notes, Provide(own_notes)]) -> Note:
    """Remember something. Fails where it is remembered already."""
    if any(known.text == note.text for known in notes.all()):
        raise ActionError("That is on the list", field_errors={"text": f"You know {note.text!r} already"})
    return notes.add(note.text)


async def remove_note(note_id: int, notes: Annotated[Notes, Provide(own_notes)]) -> list[int]:
    """Forget a note; gives the ids of those that are left."""
    notes.remove(note_id)
    return [note.id for note in notes.all()]


async def spell(text: str) -> AsyncIterator[str]:
    """The letters of a text, as they come."""
    for letter in text:
        yield letter
        await asyncio.sleep(0.02)
