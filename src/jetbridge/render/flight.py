"""The Flight printer: a resolved tree, or a value that holds one, in; the rows that React reads out.

The partner of `render/html`. The encoder is the wire's; what is added is which half of a `ByPrinter` it takes, and, in
`FlightStream`, the waiting for what is not known yet.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager
from contextvars import copy_context
from typing import Any, Final, cast

from msgspec import Struct

from jetbridge.errors import ExitError
from jetbridge.render.nodes import ByPrinter, ClientRendered
from jetbridge.render.suspended import Suspended
from jetbridge.wire.flight import (
    ErrorDetail,
    FlightBlock,
    FlightEncoder,
    Pending,
    encode_error,
    encode_flight,
    encode_plain,
)

__all__ = ["FlightStream", "PageRows", "begin_flight", "print_block", "print_flight"]

_REPLACE: Final[Mapping[type, Callable[[Any], Any]]] = {
    ByPrinter: lambda node: node.flight,
    ClientRendered: lambda _: None,
    Suspended: lambda node: node.tree if node.is_known else node.lazy,
}

Failure = tuple[str, ErrorDetail | None]  # what a row has as digest, and what development shows
Report = Callable[[BaseException], Failure]
Write = Callable[[FlightEncoder, int, Any], bytes]


def print_flight(value: Any) -> bytes:
    """All rows for `value`. Raises EncodeError, with the path, for what cannot be sent or is not known yet."""
    return encode_flight(value, replace=_REPLACE)


def print_block(value: Any) -> "PageRows":
    """The rows for data blocks in a page: as text where possible, in base64 if the value holds bytes or files."""
    encoder = FlightEncoder(html_safe=True, replace=_REPLACE)
    return PageRows(encoder.block(lambda: encoder.encode_root(value)), encoder)


class PageRows(Struct, frozen=True):
    """The rows of a page that stand in its document: the first block, and one more for each task it waits for."""

    first: FlightBlock
    _encoder: FlightEncoder

    @property
    def waiting(self) -> "dict[asyncio.Task[Any], int]":
        """The tasks whose results are still to come, with their rows."""
        return {pending.source: row for row, pending in self._encoder.pending.items()}

    def resolve(self, work: "asyncio.Task[Any]", value: Any) -> FlightBlock:
        """The rows for the result of one of them. After EncodeError it is still waited for."""
        row = self.waiting[work]
        return self._encoder.block(lambda: self._encoder.resolve(row, value))


def begin_flight(
    value: Any, report: Report, *, replace: Mapping[type, Callable[[Any], Any]] = {}
) -> tuple[bytes, "FlightStream | None"]:
    """The rows for `value` that are known now, and the rest as it becomes known, or None when nothing is to come.

    The rest runs in the context variables of this call; close it in every outcome. `report` logs an exception and
    gives what its row tells. `replace` says, by exact class, what to write instead of what. Raises EncodeError for
    what cannot be sent.
    """
    plain = encode_plain(value)
    if plain is not None:  # most answers are
        return plain, None
    encoder = FlightEncoder(
        replace={**_REPLACE, **replace} if replace else _REPLACE,
        describe_error=lambda error: report(error)[1] or ErrorDetail("Error", ""),
    )
    try:
        rows = encoder.encode_root(value)
    finally:
        _let_go(encoder.dropped)
    return rows, FlightStream(encoder, report) if encoder.pending else None


class FlightStream:
    """The rows of a value that become known later, as they do. To be iterated over once.

    Awaitables all run at once. An async iterable is asked for its next item when the one before has been taken, so
    that a slow client slows it down.
    """

    def __init__(self, encoder: FlightEncoder, report: Report) -> None:
        self._encoder = encoder
        self._report = report
        self._context = copy_context()
        self._events: asyncio.Queue[_Event | None] = asyncio.Queue()  # one a source at most: each waits for `taken`
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._is_closed = False

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        while self._encoder.pending:
            self._follow_new()
            event = await self._events.get()
            if event is None:
                return
            yield self._write(event)
            event.taken.set()

    async def close(self) -> None:
        """Cancel what still runs and wait for its end, the `finally` of generators included. Nothing comes after."""
        if not self._is_closed:
            self._is_closed = True
            while not self._events.empty():
                if (event := self._events.get_nowait()) is not None:
                    self._write(event)  # to find the awaitables in it
            self._events.put_nowait(None)
            left = list(self._encoder.pending.values())
            self._encoder.pending.clear()
            for task in self._tasks.values():
                task.cancel()
            await self._all_ended()
            _let_go([pending.source for pending in left])
        await self._all_ended()  # whoever else closes waits, too

    def let_go(self) -> None:
        """Close what was never begun, where there is no use for the rest."""
        _let_go([pending.source for pending in self._encoder.pending.values()])
        self._encoder.pending.clear()

    def refuse(self, digest: str, detail: ErrorDetail | None) -> bytes:
        """Rows that end all of the rest in an error, where its sources are somebody else's to read."""
        return b"".join([self._encoder.reject(row, digest, detail) for row in list(self._encoder.pending)])

    async def _all_ended(self) -> None:
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    def _follow_new(self) -> None:
        for row, pending in reversed(self._encoder.pending.items()):
            if row in self._tasks:
                break  # and so are all that came before it
            task = asyncio.create_task(self._follow(pending), context=self._context.copy())
            self._tasks[row] = task

    async def _follow(self, pending: Pending) -> None:
        """Wait for one source, and hand over each thing it gives."""
        row, source = pending.id, pending.source
        try:
            if pending.kind == "promise":
                self._hand_over(row, FlightEncoder.resolve, await source)
                return
            async with _closed_after(aiter(source)) as iterator:
                while True:
                    try:
                        item = await anext(iterator)
                    except StopAsyncIteration:
                        break
                    await self._hand_over(row, FlightEncoder.chunk, item).wait()
            self._hand_over(row, lambda encoder, row, _: encoder.close(row), None)
        except KeyboardInterrupt:
            raise
        except BaseException as raised:  # control flow, and a cancellation of its own, would else never arrive
            error = ExitError(raised) if isinstance(raised, SystemExit) else raised
            if row in self._encoder.pending:
                self._hand_over(row, _fail, error)
            elif not isinstance(error, asyncio.CancelledError | GeneratorExit):
                self._report(error)  # nobody waits for it any more

    def _hand_over(self, row: int, write: Write, given: Any) -> asyncio.Event:
        if row not in self._encoder.pending:
            raise asyncio.CancelledError  # it went on though it was cancelled
        event = _Event(row, write, given, asyncio.Event())
        self._events.put_nowait(event)
        return event.taken

    def _write(self, event: "_Event") -> bytes:
        row = event.row
        try:
            rows = event.write(self._encoder, row, event.given)
        except BaseException as error:  # it failed, or what it gave cannot be sent; it has nothing more to say
            self._encoder.pending.pop(row)
            self._tasks[row].cancel()
            _let_go(self._encoder.dropped)
            self._encoder.dropped.clear()
            return encode_error(row, *self._report(error))
        if row not in self._encoder.pending:
            del self._tasks[row]
        return rows


class _Event(Struct, frozen=True):
    """Something a source has given: its row, how that is written, and what to set when it has been taken."""

    row: int
    write: Write
    given: Any
    taken: asyncio.Event


@asynccontextmanager
async def _closed_after(iterator: AsyncIterator[Any]) -> AsyncGenerator[AsyncIterator[Any]]:
    """What can be closed is, with its `finally`; an iterator need not be a generator."""
    try:
        yield iterator
    finally:
        close = getattr(iterator, "aclose", None)
        if close is not None:
            await close()


def _fail(_: FlightEncoder, __: int, error: BaseException) -> bytes:
    raise error


def _let_go(sources: Iterable[Any]) -> None:
    """Spare awaitables that nobody will wait for Python's complaint about that."""
    for source in sources:
        if isinstance(source, Coroutine):
            cast("Coroutine[Any, Any, Any]", source).close()
        elif isinstance(source, asyncio.Future):
            cast("asyncio.Future[Any]", source).cancel()
