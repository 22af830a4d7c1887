"""Renderer: the rows of a page in, its HTML by React out, or nothing where that is not to be had.

Keeps processes of Node: as many as are wanted, a new one for one that is lost, has grown too large or has an older
build. A page whose process is lost goes to another; where none can do it, client components are left to the browser.
"""

import asyncio
import logging
import re
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jetbridge.errors import DefinitionError
from jetbridge.render.nodes import Slot
from jetbridge.render.text import escape
from jetbridge.server.ssr.child import Child, ChildLostError, Rendering
from jetbridge.server.ssr.node import MISSING, find_node
from jetbridge.wire.protocol import CONTAINER, SLOT_KEY, SLOT_QUERY, SLOT_TOKEN

__all__ = ["Printed", "Renderer", "Ssr"]

_log = logging.getLogger("jetbridge.ssr")
_ATTEMPTS: Final = 3
_START_SECONDS: Final = 10.0  # a cold start takes a tenth of a second on an idle machine
# Before a start after so many that failed. A process may be killed while it starts, which says nothing of the next: the
# pages that wait for it wait for two more.
_PAUSES: Final = (0.0, 0.0, 0.0, 0.2, 0.5, 1.0, 2.0)
_BEGINNING: Final = re.compile(
    r"<!DOCTYPE html><html><head>(.*?)</head><body>(?=<div id=\"" + CONTAINER + '")', re.DOTALL
)
_END: Final = "</body></html>"

Part = str | Slot


@dataclass(frozen=True, slots=True)
class Ssr:
    """How React renders pages on the server: `App(frontend=…, ssr=Ssr(processes=2))`.

    `processes` of Node render for each process of Python; one does a few thousand small pages in a second. A page that
    takes more than `timeout` seconds is left to the browser. A process that has taken more than `megabytes` of memory
    is followed by a new one.
    """

    processes: int = 1
    timeout: float = 5.0
    megabytes: int = 512

    def __post_init__(self) -> None:
        if self.processes < 1 or self.timeout <= 0 or self.megabytes < 64:
            raise DefinitionError("Ssr(processes=…, timeout=…, megabytes=…) take at least 1, more than 0 and 64")


class Printed:
    """A page that React prints: `head` and `body`, the container and what stands behind it, with slots.

    More `pieces` may come where it was not asked for whole; then it takes more rows too.
    """

    def __init__(self, html: str, rendering: Rendering, query: str) -> None:
        self._rendering = rendering
        self._slots: dict[str, Part] = {
            SLOT_TOKEN: Slot.TOKEN,
            SLOT_KEY: Slot.SUBMIT_KEY,
            SLOT_QUERY: escape(query),
        }
        found = _BEGINNING.match(html)
        if found is None:
            raise RuntimeError(f"React has printed no document: {html[:80]!r}")
        self.head = self.parts(found[1])
        self.body = self.parts(html[found.end() :])

    def feed(self, rows: bytes) -> None:
        """More rows of the page."""
        self._rendering.feed(rows)

    def end(self) -> None:
        """There are no more rows."""
        self._rendering.end()

    def abort(self) -> None:
        """Leave the rest to the browser."""
        self._rendering.abort()

    def cancel(self) -> None:
        """Nobody wants it any more."""
        self._rendering.cancel()

    async def piece(self) -> list[Part] | None:
        """The next piece; None after the last. Raises what `Rendering.next` does."""
        html = await self._rendering.next()
        return None if html is None else self.parts(html.decode())

    def parts(self, html: str) -> list[Part]:
        """The text of React's with its slots, without the end of the document."""
        pieces = html.removesuffix(_END).split(self._rendering.mark)
        parts: list[Part] = [pieces[0]]
        for piece in pieces[1:]:
            parts += [self._slots[piece[:1]], piece[1:]]
        return parts


class Renderer:
    """The processes of one application. `script` gives the file they run, None where a build has none."""

    def __init__(self, script: Callable[[], Path | None], ssr: Ssr) -> None:
        self._script = script
        self._ssr = ssr
        self._children: list[Child] = []
        self._starting: set[asyncio.Task[None]] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._node: str | None = None
        self._is_open = False
        self._failures = 0  # of starts, one after the other
        self._not_before = 0.0

    async def start(self) -> None:
        """Start the processes, without waiting for them. Says in the log why there are none."""
        self._node = find_node()
        if self._node is None:
            _log.warning("%s. Until then client components are rendered in the browser only.", MISSING)
            return
        self._is_open = True
        self._keep()

    async def close(self) -> None:
        """End the processes."""
        self._is_open = False
        for task in self._starting:
            task.cancel()
        await asyncio.gather(*self._starting, return_exceptions=True)
        await asyncio.gather(*(child.close() for child in self._children), *self._ending, return_exceptions=True)

    @property
    def pids(self) -> list[int]:
        """The processes that render now."""
        return [child.pid for child in self._children if not child.is_lost]

    async def render(self, rows: bytes, *, query: str, nonce: str, whole: bool) -> Printed | None:
        """The page by React, or None where the browser must do it. `whole`: these are all rows, and wait for the end.

        `query` stands before the name of an action in the addresses of forms.
        """
        if not self._is_open:
            return None
        try:
            async with asyncio.timeout(self._ssr.timeout):
                for _ in range(_ATTEMPTS):
                    child = await self._ready()
                    if child is None:
                        return None
                    rendering = child.begin(nonce=nonce, whole=whole)
                    try:
                        return await self._first(rendering, rows, query, whole)
                    except ChildLostError:
                        continue
                    finally:
                        self._keep()
        except TimeoutError:
            _log.error("React took more than %g s for a page, which is left to the browser", self._ssr.timeout)
        except RuntimeError as error:
            _log.error("React could not render a page, which is left to the browser: %s", error)
        return None

    async def _first(self, rendering: Rendering, rows: bytes, query: str, whole: bool) -> Printed:
        rendering.feed(rows)
        if whole:
            rendering.end()
        try:
            html = await rendering.next() or b""
            while whole and (more := await rendering.next()) is not None:
                html += more
            return Printed(html.decode(), rendering, query)
        except BaseException:
            rendering.cancel()
            raise

    async def _ready(self) -> Child | None:
        """The process with the least to do; None where none is there or about to be."""
        while True:
            self._keep()
            ready = [child for child in self._children if not (child.is_lost or child.is_retired)]
            if ready:
                return min(ready, key=lambda child: len(child.pages))
            if not self._starting:
                return None
            await asyncio.wait(self._starting, return_when=asyncio.FIRST_COMPLETED)

    # -- as many processes as are wanted ------------------------------------------------------------------------------

    def _keep(self) -> None:
        """Retire what is old or large, and start what is missing."""
        if not self._is_open:
            return
        try:
            script = self._script()
        except DefinitionError:  # a build is being made
            return
        for child in self._children:
            if child.script != script or child.memory > self._ssr.megabytes * 2**20:
                child.is_retired = True
            if child.is_retired and not child.pages and not child.is_lost:
                self._end(child)
        working = [child for child in self._children if not (child.is_lost or child.is_retired)]
        if script is None or time.monotonic() < self._not_before:
            return
        for _ in range(self._ssr.processes - len(working) - len(self._starting)):
            _track(self._starting, self._begin(script))

    def _end(self, child: Child) -> None:
        self._children.remove(child)
        _track(self._ending, child.close())

    async def _begin(self, script: Path) -> None:
        assert self._node is not None
        try:
            child = await Child.start(self._node, script, megabytes=self._ssr.megabytes, patience=_START_SECONDS)
        # Some event loops of Windows start no processes
        except (ChildLostError, TimeoutError, OSError, NotImplementedError) as error:
            self._failures = min(self._failures + 1, len(_PAUSES) - 1)
            self._not_before = time.monotonic() + _PAUSES[self._failures]
            level = logging.ERROR if self._failures == 1 else logging.DEBUG  # each page tries again
            _log.log(level, "Node could not be started on %s: %s", script, str(error) or type(error).__name__)
            return
        self._failures = 0
        self._children.append(child)
        _track(self._ending, self._follow(child))

    async def _follow(self, child: Child) -> None:
        """Put a new process in the place of one that is lost."""
        await child.lost()
        if child in self._children:
            self._children.remove(child)
            if self._is_open:
                _log.error("Node has ended (process %d); another one takes its place", child.pid)
                self._keep()


def _track(tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
