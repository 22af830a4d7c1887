"use server"

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Annotated, TypedDict

from pydantic import Field

from jetbridge import ActionError, FormData, Previous, Upload, revalidate_path

from . import memory


async def add(title: Annotated[str, Field(min_length=3)]) -> int:
    """Add a note, whose number comes back."""
    if title in memory.notes.values():
        raise ActionError("There is one", field_errors={"title": "known already"})
    number = max(memory.notes) + 1
    memory.notes[number] = title
    revalidate_path("/list")
    revalidate_path("/early")
    return number


async def count(previous: Previous[int], by: int) -> int:
    """React's own way: the state goes in and comes out."""
    return previous + by


async def rename(number: int, title: str) -> str:
    memory.notes[number] = title
    return f"{number} is {title}"


async def label(number: int, mark: str, title: str) -> str:
    if title == "none":
        raise ActionError(f"{number} needs a title", field_errors={"title": "missing"})
    memory.notes[number] = f"{mark} {title}"
    return f"{number} is {memory.notes[number]}"


async def publish(form: FormData) -> None:
    memory.events.append(f"published {form.get('title')}")


async def discard(number: int, form: FormData) -> None:
    memory.events.append(f"discarded {number} {form.get('title')}")


async def fail(form: FormData) -> None:
    raise RuntimeError("the disk is full")


async def words(text: str) -> AsyncIterator[str]:
    """Word by word; the last ones only when somebody opens the gate."""
    memory.events.append("began")
    try:
        for index, word in enumerate(text.split()):
            if index == 2:
                await memory.gate.wait()
            yield word
            await asyncio.sleep(0)
    finally:
        memory.events.append("ended")


async def seats(kind: str) -> AsyncIterator[int]:
    """Seats, until it ends as it is told."""
    yield 1
    end(kind)


class Booked(TypedDict):
    seat: Awaitable[int]
    seats: AsyncIterator[int]


async def book(kind: str) -> Booked:
    """A seat that is known later, and more of them."""

    async def seat() -> int:
        end(kind)
        return 7

    return {"seat": seat(), "seats": seats(kind)}


def end(kind: str) -> None:
    if kind == "refuse":
        raise ActionError("Full", field_errors={"kind": "taken"}, code="full")
    if kind == "fail":
        raise RuntimeError("the disk is full")


async def measure(file: Upload) -> int:
    """How long a file is."""
    return len(file.read_now())


async def search(text: str) -> list[str]:
    await asyncio.sleep(0.05)
    return [title for title in memory.notes.values() if text in title]
