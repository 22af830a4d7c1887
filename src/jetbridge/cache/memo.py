"""A function in, one that runs once per page and arguments out: for what several components of a page read.

React's `cache` does the same. Only a page that renders remembers: an action changes what it reads, so there each call
runs, and what the page of its answer shows is read after that.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, TypeVar, cast

from jetbridge.cache.keys import key_of
from jetbridge.context import Context, peek
from jetbridge.errors import DefinitionError

__all__ = ["memo"]

F = TypeVar("F", bound=Callable[..., Any])


def memo(function: F) -> F:
    """`function`, sync or async, that runs once for equal arguments while one page renders.

    Callers that ask at once wait for the same run. All get the same object. An error is not remembered: who asks
    after it runs anew. Raises DefinitionError for a generator function, and at a call for an argument that has no
    value to compare, such as a request.
    """
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise DefinitionError(f"@memo takes a function that returns a value, and {function.__qualname__}() yields")
    signature = inspect.signature(function)

    def key(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        try:
            return (function, key_of(bound))
        except DefinitionError as error:
            raise DefinitionError(f"{function.__qualname__}(), which is under @memo: {error}") from None

    @wraps(function)
    def remembering(*args: Any, **kwargs: Any) -> Any:
        memos = _memos(peek())
        if memos is None:
            return function(*args, **kwargs)
        wanted = key(args, kwargs)
        if wanted not in memos:
            memos[wanted] = function(*args, **kwargs)
        return memos[wanted]

    @wraps(function)
    async def remembering_async(*args: Any, **kwargs: Any) -> Any:
        memos = _memos(peek())
        if memos is None:
            return await cast("Awaitable[Any]", function(*args, **kwargs))
        wanted = key(args, kwargs)
        run = memos.get(wanted)
        if run is None:
            run = memos[wanted] = _Run(function(*args, **kwargs), memos, wanted)
        return await run.result()

    return cast("F", remembering_async if inspect.iscoroutinefunction(function) else remembering)


def _memos(context: Context | None) -> dict[Any, Any] | None:
    if context is None or context.phase != "page":
        return None
    if context.memos is None:
        context.memos = {}
    return context.memos


class _Run:
    """One run that several wait for: whoever gives up leaves it to the others, and the last one ends it."""

    def __init__(self, work: Coroutine[Any, Any, Any], memos: dict[Any, Any], key: Any) -> None:
        self._memos = memos
        self._key = key
        self._waiting = 0
        self._task = asyncio.ensure_future(work)
        self._task.add_done_callback(self._forget_failure)

    async def result(self) -> Any:
        """What the run came to; its error is forgotten at once, so that who asks later runs anew."""
        if self._task is asyncio.current_task():
            raise DefinitionError("a function under @memo calls itself with the arguments that it was called with")
        self._waiting += 1
        try:
            await asyncio.wait([self._task])  # which, unlike awaiting it, does not cancel it with one of its readers
        finally:
            self._waiting -= 1
            if not self._task.done() and not self._waiting:
                self._forget()
                self._task.cancel()
        return self._task.result()

    def _forget_failure(self, task: asyncio.Task[Any]) -> None:
        if task.cancelled() or task.exception() is not None:
            self._forget()

    def _forget(self) -> None:
        if self._memos.get(self._key) is self:  # and not a run that began after this one was given up
            del self._memos[self._key]
