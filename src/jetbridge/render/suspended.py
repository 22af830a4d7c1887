"""Contents of Suspense that come after the page around them: work that goes on in, its tree once it is known out.

Both printers ask `is_known` and either take the tree or leave a place for it; they must do so in one go, so that they
agree.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from jetbridge.wire.model import Lazy

__all__ = ["Suspended", "Suspensions"]


class Suspended:
    """The content of one Suspense. `lazy` stands for it in Flight while it is not known."""

    __slots__ = ("lazy", "work")

    def __init__(self, work: "asyncio.Task[Any]") -> None:
        self.work = work
        self.lazy = Lazy("pending", work)

    @property
    def is_known(self) -> bool:
        """Whether the tree is there, or never will be."""
        return self.work.done()

    @property
    def tree(self) -> Any:
        """The finished tree. Raises what the work ended with."""
        return self.work.result()


class Suspensions:
    """All contents of one page that wait, those inside of others included.

    Until `let_go` an exception in one of them is the page's own: `raise_failed` raises it. From then on what a content
    ends with is shown in its place.
    """

    def __init__(self) -> None:
        self._works: set[asyncio.Task[Any]] = set()
        self._last: asyncio.Task[Any] | None = None
        self.are_let_go = False

    def start(self, work: Coroutine[Any, Any, Any]) -> Suspended:
        """Begin `work`, whose result is a finished tree, with the context variables of here and now."""
        task = asyncio.create_task(work)
        self._works.add(task)
        return Suspended(task)

    @property
    def waiting(self) -> bool:
        """Whether anything is still to come."""
        return any(not work.done() for work in self._works)

    async def give_turns(self, turns: int) -> None:
        """Let the event loop turn so many times at most, for what never really waits."""
        for _ in range(turns):
            if not self.waiting:
                return
            await asyncio.sleep(0)

    def let_go(self) -> None:
        """The page goes out without what is not known yet. Raises what one of them has ended with so far."""
        for work in self._works:
            if work.done():
                work.result()
        self.are_let_go = True

    def finally_(self, give: Callable[[], Any]) -> "asyncio.Task[Any]":
        """A task that ends when nothing more is to come, with what `give` then gives."""
        if self._last is None:
            self._last = asyncio.create_task(self._end(give))
        return self._last

    async def _end(self, give: Callable[[], Any]) -> Any:
        while self.waiting:
            await asyncio.wait(self._works)
        return give()

    async def close(self) -> None:
        """Cancel what still runs and wait for its end."""
        tasks: Iterable[asyncio.Task[Any]] = [*self._works, *([] if self._last is None else [self._last])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)  # which also takes note of exceptions that nobody wants
