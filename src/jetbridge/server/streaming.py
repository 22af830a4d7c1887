"""A document in pieces: what is known of a page first, then each content of a Suspense with its rows as it comes.

A piece is a `<template>` that the script beside the page (`js/src/reveal.ts`) moves to its place, the rows that React
needs for it, and a mark that says both are whole (docs/decisions/007). Where React prints the page, its own pieces
come between the rows.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any

from jetbridge.errors import EncodeError
from jetbridge.render.flight import PageRows
from jetbridge.render.html import Placed, PrintedHtml, print_late
from jetbridge.render.suspended import Suspensions
from jetbridge.server.document import Fill, data_block, encoded, rows_of
from jetbridge.server.ssr.child import ChildLostError
from jetbridge.server.ssr.renderer import Printed
from jetbridge.wire.protocol import ATTRIBUTE_LATE

__all__ = ["PageStream", "ReactStream"]

_log = logging.getLogger("jetbridge.ssr")

_PATIENCE = 5.0  # seconds that React gets for the rest once it has all rows
# What React's own server says of a place that is left to the browser: silently, for the digest is empty.
_LEAVE = (
    "for(const place of document.querySelectorAll('template[id^=\"B:\"]')){const start=place.previousSibling;"
    "if(start?.data==='$?'){start.data='$!';place.dataset.dgst='';start._reactRetry?.()}}"
)
_END = encoded(f'<template {ATTRIBUTE_LATE}="end"></template></body></html>')


class PageStream:
    """The pieces of a document after the first, in the order in which they become known. To be iterated over once.

    A piece is printed when the one before has been taken, so a slow client holds up no more than finished trees.
    `failed` logs an exception and gives a finished tree that tells of it.
    """

    def __init__(
        self,
        rows: PageRows,
        placed: Sequence[Placed],
        suspensions: Suspensions,
        fill: Fill,
        *,
        inline: bool,
        failed: Callable[[BaseException], Any],
    ) -> None:
        self._rows = rows
        self._places = {place.suspended.work: place for place in placed}
        self._suspensions = suspensions
        self._fill = fill
        self._inline = inline
        self._failed = failed

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        while waiting := self._rows.waiting:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for work in sorted(done, key=lambda work: (work not in self._places, waiting[work])):
                if work.cancelled():  # closed: the client sees that the end is missing
                    return
                yield self._piece(work)
        yield _END

    def _piece(self, work: "asyncio.Task[Any]") -> bytes:
        place = self._places.pop(work, None)
        tree = work.result()
        if place is None:
            return encoded(data_block(self._rows.resolve(work, tree)) + _mark("rows"))
        try:
            printed, rows = self._print(place, tree), self._rows.resolve(work, tree)
        except EncodeError as error:
            tree = self._failed(error)
            printed, rows = self._print(place, tree), self._rows.resolve(work, tree)
        self._places |= {inner.suspended.work: inner for inner in printed.placed}
        inside = self._fill(printed.parts)
        number = place.number
        wrapped = f"<svg>{inside}</svg>" if place.in_svg else inside
        content = f'<template id="S:{number}"{" data-svg" if place.in_svg else ""}>{wrapped}</template>'
        return encoded(f"{self._fill(printed.head)}{content}{data_block(rows)}{_mark(number)}")

    def _print(self, place: Placed, tree: Any) -> PrintedHtml:
        printed = print_late(place, tree)
        if not self._inline and (printed.inline_scripts or printed.inline_styles):
            raise EncodeError(
                "an inline script or style came after the page, whose Content-Security-Policy could not name it: "
                "put it outside of Suspense, or into a file"
            )
        return printed

    async def close(self) -> None:
        """Cancel what is still to come."""
        await self._suspensions.close()


class ReactStream:
    """The same where Node prints the page. It gets the rows that the browser gets, and its pieces come as they are.

    A process that is lost meanwhile costs nothing but the markup: the rows still come, and the browser renders what is
    missing from them.
    """

    def __init__(
        self,
        rows: PageRows,
        react: Printed,
        suspensions: Suspensions,
        fill: Fill,
        *,
        nonce: str,
        failed: Callable[[BaseException], Any],
    ) -> None:
        self._rows = rows
        self._react = react
        self._suspensions = suspensions
        self._fill = fill
        self._nonce = nonce
        self._failed = failed

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        printing: asyncio.Task[bytes | None] | None = asyncio.create_task(self._piece())
        stops = iter((self._react.abort, self._react.cancel))
        has_ended = False
        try:
            while printing is not None or self._rows.waiting:
                waiting = self._rows.waiting
                if not waiting and not has_ended:
                    self._react.end()
                    has_ended = True
                tasks = [*waiting, *([] if printing is None else [printing])]
                patience = _PATIENCE if has_ended else None
                done, _ = await asyncio.wait(tasks, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
                if not done:
                    next(stops, self._react.cancel)()
                for work in [work for work in waiting if work.done()]:
                    if work.cancelled():  # closed: the client sees that the end is missing
                        return
                    yield self._row(work)
                if printing is not None and printing.done():
                    piece = printing.result()
                    printing = None if piece is None else asyncio.create_task(self._piece())
                    if piece:
                        yield piece
            yield _END
        finally:
            if printing is not None:
                printing.cancel()

    def _row(self, work: "asyncio.Task[Any]") -> bytes:
        try:
            block = self._rows.resolve(work, work.result())
        except EncodeError as error:
            block = self._rows.resolve(work, self._failed(error))
        self._react.feed(rows_of(block))
        return encoded(data_block(block) + _mark("rows"))

    async def _piece(self) -> bytes | None:
        try:
            parts = await self._react.piece()
        except (ChildLostError, RuntimeError) as error:
            _log.error("React could not finish a page, which is left to the browser: %s", error or "Node has ended")
            return encoded(f'<script nonce="{self._nonce}">{_LEAVE}</script>')
        return None if parts is None else encoded(self._fill(parts))

    async def close(self) -> None:
        """Cancel what is still to come."""
        self._react.cancel()
        await self._suspensions.close()


def _mark(number: int | str) -> str:
    return f'<template {ATTRIBUTE_LATE}="{number}"></template>'
