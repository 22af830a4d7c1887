"""What goes on beyond its request: tasks that outlive their clients, streams, and what is done after an answer."""

import asyncio
import inspect
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any
from weakref import WeakSet

from anyio import to_thread

from jetbridge.cache.revalidate import tell
from jetbridge.context import Context, enter
from jetbridge.errors import ControlFlow
from jetbridge.render.flight import FlightStream
from jetbridge.server.streaming import PageStream, ReactStream
from jetbridge.server.uploads import close_all
from jetbridge.server.visit import Visit

__all__ = ["Running"]

_log = logging.getLogger("jetbridge")
_GRACE_SECONDS = 30.0  # for actions whose clients have gone; the server itself waits for the others


class Running:
    """The tasks and streams of one application; shutdown waits for the one and closes the other."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[Any]] = set()
        self.streams: WeakSet[FlightStream | PageStream | ReactStream] = WeakSet()

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run `work` to its end even if the client goes away (decision 16)."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    def end(self, visit: Visit) -> asyncio.Task[Any] | None:
        """Do what is left of the visit once its answer is out or nobody waits for it; None where that is nothing."""
        if visit.stream or visit.late or visit.uploads or visit.context.after:
            return self.start(_end(visit))
        return None if visit.run is None or visit.run.done() else self.start(_end(visit))

    async def shut_down(self) -> None:
        """Close the streams, for which the server has waited long enough, and wait for the tasks."""
        if self.tasks:
            _log.info("waiting for %d running actions", len(self.tasks))
        for stream in list(self.streams):
            self.start(stream.close())
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_SECONDS):
                while running := [task for task in self.tasks if not task.done()]:
                    await asyncio.wait(running)


async def _end(visit: Visit) -> None:
    """Once the answer is out or nobody waits for it, and the action, which outlives its client, has ended too."""
    if visit.stream is not None:
        await visit.stream.close()
    if visit.late is not None:
        await visit.late.close()
    if visit.run is not None:
        await asyncio.wait([visit.run])
    for function in visit.context.after or ():
        await _call_after(function, visit.context)
    if visit.uploads:  # to delete a large file takes its time
        await to_thread.run_sync(close_all, visit.uploads)


async def _call_after(function: Callable[[], Any], context: Context) -> None:
    context.phase = "action"  # whatever was rendered before: it may change things
    try:
        with enter(context):
            result = function()
            if inspect.isawaitable(result):
                await result
    except (Exception, ControlFlow, BaseExceptionGroup, SystemExit):
        _log.exception("a function given to after() failed")
    await tell(context)
