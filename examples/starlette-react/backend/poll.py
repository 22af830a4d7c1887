"""A poll in memory: who has voted for what, and a sign for those who watch."""

import asyncio
from collections import Counter
from typing import Literal

Drink = Literal["Coffee", "Tea", "Water"]
DRINKS: tuple[Drink, ...] = ("Coffee", "Tea", "Water")

_votes: dict[str, Drink] = {}
_changed = asyncio.Condition()


def counts() -> dict[str, int]:
    """How many votes each drink has."""
    counted = Counter(_votes.values())
    return {drink: counted[drink] for drink in DRINKS}


def vote_of(voter: str) -> Drink | None:
    return _votes.get(voter)


async def put(voter: str, drink: Drink) -> None:
    """One vote each; the last one counts."""
    _votes[voter] = drink
    async with _changed:
        _changed.notify_all()


async def change() -> None:
    """Returns when somebody has voted."""
    async with _changed:
        await _changed.wait()
