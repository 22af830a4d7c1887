"""The Flight printer: a resolved tree, or a value that holds one, in; the rows that React reads out.

The partner of `render/html`. The encoder is the wire's; what is added is which half of a `ByPrinter` it takes, and, in
`begin_flight`, the waiting for what is not known yet.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from contextvars import Context, copy_context
from typing import Any, Final

from jetbridge.render.nodes import ByPrinter, ClientRendered
from jetbridge.wire.flight import (
    ErrorDetail,
    FlightBlock,
    FlightEncoder,
    Pending,
    encode_block,
    encode_error,
    encode_flight,
)

__all__ = ["begin_flight", "print_block", "print_flight"]

_REPLACE: Final[Mapping[type, Callable[[Any], Any]]] = {
    ByPrinter: lambda node: node.flight,
    ClientRendered: lambda _: None,
}

Failure = tuple[str, ErrorDetail | None]  # digest, and what development shows
_Event = tuple[int, Callable[[FlightEncoder, int, Any], bytes], Any]  # row, how it is written, what was given


def print_flight(value: Any) -> bytes:
    """All rows for `value`. Raises EncodeError, with the path, for what cannot be sent or is not known yet."""
    return encode_flight(value, replace=_REPLACE)


def print_block(value: Any) -> FlightBlock:
    """The rows for a data block in a page: as text where possible, in base64 if the value holds bytes or files."""
    return encode_block(value, replace=_REPLACE)


def begin_flight(value: Any, report: Callable[[BaseException], Failure]) -> tuple[bytes, AsyncGenerator[bytes] | None]:
    """The rows for `value` that are known now, and the rest as it becomes known, or None when nothing is to come.

    The rest runs in the context variables of this call. Each of its async iterables is asked for the next item when
    the one before is on its way, so a slow client slows it down; closing it cancels what still runs. `report` logs an
    exception of theirs and gives its digest. Raises EncodeError for what cannot be sent.
    """
    encoder = FlightEncoder(replace=_REPLACE, describe_error=lambda error: report(error)[1] or ErrorDetail("Error", ""))
    rows = encoder.encode_root(value)
    return rows, _rest(encoder, report, copy_context()) if encoder.pending else None


async def _rest(
    encoder: FlightEncoder, report: Callable[[BaseException], Failure], context: Context
) -> AsyncGenerator[bytes]:
    events: asyncio.Queue[_Event] = asyncio.Queue(maxsize=1)
    tasks: dict[int, asyncio.Task[None]] = {}
    try:
        while encoder.pending:
            for row, pending in encoder.pending.items():
                if row not in tasks:
                    tasks[row] = asyncio.create_task(_follow(pending, events), context=context.copy())
            row, write, given = await events.get()
            try:
                rows = write(encoder, row, given)
            except Exception as error:  # it failed, or what it gave cannot be sent; it has nothing more to say
                tasks[row].cancel()
                encoder.pending.pop(row, None)
                rows = encode_error(row, *report(error))
            yield rows
    finally:
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)


async def _follow(pending: Pending, events: "asyncio.Queue[_Event]") -> None:
    """Wait for one source, and hand over each thing it gives with how it is written."""
    row = pending.id
    try:
        if pending.kind == "promise":
            await events.put((row, FlightEncoder.resolve, await pending.source))
            return
        async with aclosing(_as_generator(pending.source)) as items:
            async for item in items:
                await events.put((row, FlightEncoder.chunk, item))
        await events.put((row, lambda encoder, row, _: encoder.close(row), None))
    except Exception as error:
        await events.put((row, _raise, error))


async def _as_generator(source: Any) -> AsyncGenerator[Any]:
    """Any async iterable as something that can be closed; a generator's own `finally` runs with it."""
    iterator = aiter(source)
    try:
        async for item in iterator:
            yield item
    finally:
        close = getattr(iterator, "aclose", None)
        if close is not None:
            await close()


def _raise(_: FlightEncoder, __: int, error: Exception) -> bytes:
    raise error
