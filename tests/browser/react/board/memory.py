"""What the pages are about: notes by number, and what happened."""

import asyncio
from collections.abc import Mapping

notes: dict[int, str] = {}
events: list[str] = []
gate = asyncio.Event()


def reset() -> None:
    """As at the start."""
    notes.clear()
    notes.update({1: "first", 2: "second", 3: "third"})
    events.clear()
    gate.clear()


def listed() -> list[Mapping[str, object]]:
    """The notes as components get them."""
    return [{"id": number, "title": title} for number, title in notes.items()]


reset()
