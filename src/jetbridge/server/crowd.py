"""How many actions run at once: those that come in, and when each may go on, out.

So that a burst waits its turn, for a while and in bounded number, and the rest is told at once to come back.
"""

import asyncio
from collections import deque
from math import inf
from typing import Final

__all__ = ["Crowd", "CrowdedError"]

_PATIENCE_SECONDS: Final = 20.0  # in the queue: after that a person has gone, and the answer helps nobody


class CrowdedError(Exception):
    """As many run as may, and as many wait."""


class Crowd:
    """At most `most` at once and `waiting` behind them, first come first served; no bound where `most` is None."""

    def __init__(self, most: int | None, waiting: int) -> None:
        self._most: float = inf if most is None else most
        self._waiting = waiting
        self._running = 0
        self._queue: deque[asyncio.Future[None]] = deque()

    @property
    def is_full(self) -> bool:
        """Whether one more would be turned away."""
        return not self.has_room and len(self._queue) >= self._waiting

    @property
    def has_room(self) -> bool:
        """Whether one more would not have to wait."""
        return self._running < self._most

    def has_entered(self) -> bool:
        """Take a place if there is one now; `leave` must follow then. Else `enter` waits for one."""
        if self.has_room:
            self._running += 1
            return True
        return False

    async def enter(self) -> None:
        """Wait for a place; `leave` must follow. Raises CrowdedError where the queue is full, or takes too long."""
        if self.has_entered():
            return
        if self.is_full:
            raise CrowdedError
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await turn  # who leaves hands over their place
        except BaseException as error:
            if turn.done() and not turn.cancelled():  # it came together with the end of patience
                self.leave()
            elif turn in self._queue:
                self._queue.remove(turn)
            if isinstance(error, TimeoutError):
                raise CrowdedError from None
            raise

    def leave(self) -> None:
        """Give the place to who has waited longest, or free it."""
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._running -= 1
