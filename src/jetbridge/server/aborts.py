"""Calls that are wanted no more: the word of a client or the end of its connection in, a cancelled action out.

A client's word may reach another worker than the call did, so it is published to all that share the store, and may
come before the call does. Without it a run goes on when its client has gone (decision 16).
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from contextlib import suppress
from typing import Any, Final

from jetbridge.actions.outcome import Refused
from jetbridge.store.memory import MemoryStore
from jetbridge.store.model import Store, StoreError

__all__ = ["ABORTED", "Aborts", "Name", "Run"]

ABORTED: Final = Refused(499, "This was called off")  # nginx's status for a client that does not wait
_CHANNEL: Final = "aborts"
_SAID_SECONDS: Final = 10.0  # for how long a word is remembered: it may overtake its call
_SAID: Final = 1000  # words that are remembered
_SHORT: Final = 200  # characters of a key

Name = tuple[str, str] | str


class Run:
    """One run that can be called off: before it begins, or by cancelling the `task` that it is in."""

    # What most runs leave as it is stands here, for each call makes one of these.
    has_begun: bool = False  # what is to be cancelled
    is_aborted: bool = False
    waiting: int = 0  # requests that wait for it and would call it off by leaving

    task: "asyncio.Task[Any]"

    def abort(self) -> None:
        """Call it off; once is enough."""
        if not self.is_aborted:
            self.is_aborted = True
            if self.has_begun:
                self.task.cancel()

    async def end(self) -> None:
        """Take back a cancellation that has done its work, or came too late to do any."""
        if self.has_begun:
            self.has_begun = False
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0)  # one that has not arrived yet arrives here (before 3.13 it cannot be unsaid)
            self.task.uncancel()


class Aborts:
    """The runs of one application by name, and the words that come for them."""

    def __init__(self, store: Store) -> None:
        self._store = None if isinstance(store, MemoryStore) else store
        self._runs: dict[Name, Run | set[Run]] = {}  # nearly always one
        self._said: OrderedDict[Name, float] = OrderedDict()
        self._listener: asyncio.Task[None] | None = None

    def name_of(self, visitor: str, key: str) -> Name:
        """What a call is known by when it is called off: its key, which only its visitor knows.

        Hashed for other eyes, and where it is long, for a client chooses how long.
        """
        if self._store is None and len(key) < _SHORT:
            return visitor, key
        name = f"{visitor}\0{key}"
        return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=32).hexdigest()

    def add(self, name: Name, run: Run) -> None:
        """Let `run` be called off by `name`, until `remove`."""
        if self._said and self._said.get(name, 0.0) > time.monotonic():
            run.abort()
        others = self._runs.setdefault(name, run)
        if others is not run:
            self._runs[name] = {run, *_all(others)}

    def remove(self, name: Name, run: Run) -> None:
        """It has ended."""
        others = self._runs.pop(name, run)
        if others is not run and (left := _all(others) - {run}):
            self._runs[name] = left

    async def call_off(self, visitor: str, key: str) -> None:
        """Call off the call with this key, on whichever worker it runs."""
        name = self.name_of(visitor, key)
        self._abort_here(name)
        if self._store is not None and isinstance(name, str):
            with suppress(StoreError):  # then it runs on, as it would without a word
                await self._store.publish(_CHANNEL, name.encode())

    def listen(self) -> None:
        """Hear what other workers publish."""
        if self._store is not None and self._listener is None:
            self._listener = asyncio.create_task(self._listen(self._store))

    async def close(self) -> None:
        """Stop listening."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.cancel()
            with suppress(asyncio.CancelledError):
                await listener

    async def _listen(self, store: Store) -> None:
        async with store.subscribe(_CHANNEL) as messages:
            async for message in messages:
                if message is not None:
                    self._abort_here(message.decode("ascii", "replace"))

    def _abort_here(self, name: Name) -> None:
        for run in _all(self._runs.get(name, set())):
            run.abort()
        self._said[name] = time.monotonic() + _SAID_SECONDS
        while len(self._said) > _SAID:
            self._said.popitem(last=False)


def _all(runs: Run | set[Run]) -> set[Run]:
    return {runs} if isinstance(runs, Run) else runs
