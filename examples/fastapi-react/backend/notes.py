"""Notes in memory, each visitor's by the name in the session; `notes_of` is a dependency of routes and of actions."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from fastapi import HTTPException, Request


@dataclass
class Note:
    """Something to remember."""

    id: int
    text: str
    added: datetime


@dataclass
class Notes:
    """The notes of one person."""

    owner: str
    _kept: dict[int, Note] = field(default_factory=dict)

    def all(self) -> list[Note]:
        return list(self._kept.values())

    def add(self, text: str) -> Note:
        note = Note(max(self._kept, default=0) + 1, text, datetime.now(UTC))
        self._kept[note.id] = note
        return note

    def remove(self, number: int) -> None:
        self._kept.pop(number, None)


_all: dict[str, Notes] = {}


def notes_of(request: Request) -> Notes:
    """The notes of who is signed in; none for a stranger."""
    name = request.session.get("name")
    return Notes("") if name is None else _all.setdefault(name, Notes(name))


def own_notes(request: Request) -> Notes:
    """The same, for what only somebody who is signed in may do."""
    if "name" not in request.session:
        raise HTTPException(401, "Sign in first")
    return notes_of(request)
