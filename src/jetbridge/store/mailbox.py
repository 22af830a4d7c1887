"""What a subscriber has not read yet: messages in, the same messages out, never more than a bound."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

__all__ = ["Mailbox"]

_BACKLOG: Final = 1000  # messages that a subscriber may be behind


class Mailbox:
    """Messages in the order in which they came; None stands for those that were lost."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()

    def deliver(self, message: bytes) -> None:
        """Keep `message`, unless the reader is too far behind to get all."""
        if self._queue.qsize() < _BACKLOG:
            self._queue.put_nowait(message)
        elif self._queue.qsize() == _BACKLOG:
            self.lose()

    def lose(self) -> None:
        """Let the reader know that messages may have been lost."""
        self._queue.put_nowait(None)

    async def messages(self) -> AsyncIterator[bytes | None]:
        """All messages, without end."""
        while True:
            yield await self._queue.get()
