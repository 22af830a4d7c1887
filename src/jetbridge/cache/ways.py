"""How a caller waits: one order of steps in, run by who awaits or by who blocks a thread.

What the cache does is written once, as coroutines that wait only through a `Way`. `Awaiting` waits on the running
event loop. Under `Blocking` no such coroutine ever suspends, so `run_now` runs it to its end; what needs an event loop
of its own, such as a store across the network, is done by a `Portal` meanwhile.
"""

import asyncio
import os
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar, cast

__all__ = ["Awaiting", "Blocking", "Portal", "Way", "run_now"]

T = TypeVar("T")


class Way(Protocol):
    """What a coroutine of the cache may wait for."""

    async def ask(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work`, a coroutine of the store's, comes to."""
        ...

    async def run(self, function: Callable[[], Any]) -> Any:
        """What the application's `function` gives: it is async for who awaits, and sync for who blocks."""
        ...

    async def wait(self, done: "Future[None]") -> None:
        """Wait until somebody else is done."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait so long."""
        ...

    def start(self, work: Coroutine[Any, Any, Any]) -> Callable[[], None]:
        """Run `work`, of the store's, beside the caller; the function that ends it."""
        ...

    def go_on(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run `work`, of the cache's, when the caller has what they asked for."""
        ...


class Awaiting:
    """On the running event loop."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    async def ask(self, work: Coroutine[Any, Any, T]) -> T:
        return await work

    async def run(self, function: Callable[[], Any]) -> Any:
        return await cast("Awaitable[Any]", function())

    async def wait(self, done: "Future[None]") -> None:
        # Without the shield one who gives up would end the wait of all others.
        await asyncio.shield(asyncio.wrap_future(done))

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def start(self, work: Coroutine[Any, Any, Any]) -> Callable[[], None]:
        task = self._task(work)
        return lambda: cast("None", task.cancel())

    def go_on(self, work: Coroutine[Any, Any, Any]) -> None:
        self._task(work)

    async def close(self) -> None:
        """End what goes on in the running event loop."""
        loop = asyncio.get_running_loop()
        tasks = [task for task in self._tasks if task.get_loop() is loop]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _task(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


class Portal:
    """A thread with an event loop, made when it is first needed; another one in a process that was forked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        """Run `work` there."""
        with self._lock:
            if self._loop is None or self._owner != os.getpid():
                self._owner, self._loop = os.getpid(), asyncio.new_event_loop()
                threading.Thread(target=_serve, args=(self._loop,), name="jetbridge-cache", daemon=True).start()
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self, last: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        """Run `last` there and end the thread, if there is one."""
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is not None and self._owner == os.getpid():
            asyncio.run_coroutine_threadsafe(_ending(last()), loop).result()
            loop.call_soon_threadsafe(loop.stop)


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()


async def _ending(last: Coroutine[Any, Any, Any]) -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await last


class Blocking:
    """In a thread that waits itself. Without a `portal` the store's coroutines never suspend, as those in memory."""

    def __init__(self, portal: Portal | None) -> None:
        self._portal = portal

    async def ask(self, work: Coroutine[Any, Any, T]) -> T:
        return run_now(work) if self._portal is None else self._portal.start(work).result()

    async def run(self, function: Callable[[], Any]) -> Any:
        return function()

    async def wait(self, done: "Future[None]") -> None:
        done.result()

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)  # noqa: ASYNC251  # there is no event loop to hold up

    def start(self, work: Coroutine[Any, Any, Any]) -> Callable[[], None]:
        if self._portal is None:
            work.close()
            return lambda: None
        running = self._portal.start(work)
        return lambda: cast("None", running.cancel())

    def go_on(self, work: Coroutine[Any, Any, Any]) -> None:
        threading.Thread(target=run_now, args=(work,), name="jetbridge-cache-renewal", daemon=True).start()


def run_now(work: Coroutine[Any, Any, T]) -> T:
    """What `work` comes to, which never suspends."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value
    work.close()
    raise RuntimeError("this coroutine waits for an event loop, and was to be run without one")
