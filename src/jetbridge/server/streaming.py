"""A document in pieces: what is known of a page first, then each content of a Suspense with its rows as it comes.

A piece is a `<template>` that the script beside the page (`js/src/reveal.ts`) moves to its place, the rows that React
needs for it, and a mark that says both are whole (docs/decisions/007).
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any

from jetbridge.errors import EncodeError
from jetbridge.render.flight import PageRows
from jetbridge.render.html import Placed, PrintedHtml, print_late
from jetbridge.render.suspended import Suspensions
from jetbridge.server.document import Fill, data_block, encoded
from jetbridge.wire.protocol import ATTRIBUTE_LATE

__all__ = ["PageStream"]

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


def _mark(number: int | str) -> str:
    return f'<template {ATTRIBUTE_LATE}="{number}"></template>'
