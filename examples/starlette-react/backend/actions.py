"""use server"""

from collections.abc import AsyncIterator

from starlette.requests import Request

from jetbridge import ActionError

from . import poll
from .poll import Drink


async def vote(drink: Drink, request: Request) -> dict[str, int]:
    """Vote, or change your mind."""
    voter = request.session["voter"]
    if poll.vote_of(voter) == drink:
        raise ActionError(f"You have voted for {drink} already")
    await poll.put(voter, drink)
    return poll.counts()


async def watch() -> AsyncIterator[dict[str, int]]:
    """The counts now, and whenever somebody has voted."""
    while True:
        yield poll.counts()
        await poll.change()
