"""An opened call in, what came of it out: once for each wish, in its turn, until it is called off.

A run goes on when the client goes away (decision 16): in a task of its own, for a request's may be cancelled, or in
that of a server which never does so.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from copy import copy
from functools import partial
from time import perf_counter
from typing import Final

from msgspec import Struct

from jetbridge.actions.forms import Call
from jetbridge.actions.invoke import RAISED, STILL_GOING, outcome_of, perform
from jetbridge.actions.outcome import Refused
from jetbridge.actions.registry import Action
from jetbridge.cache.revalidate import tell
from jetbridge.context import Context, adopt
from jetbridge.server.aborts import ABORTED, Aborts, Name, Run
from jetbridge.server.body import ClientGone
from jetbridge.server.crowd import Crowd, CrowdedError
from jetbridge.server.done import Done
from jetbridge.server.doors import Entries, Submission
from jetbridge.server.once import Once, Wish
from jetbridge.server.tracing import Tracer, within_span
from jetbridge.server.visit import Visit
from jetbridge.wire.model import Upload

__all__ = ["BUSY", "Performer", "once_key"]

BUSY: Final = Refused(503, "There is too much to do just now. Try again in a moment.", retry_after=2)


class Performer(Struct):
    """Runs actions; `timeout`, in seconds, is for those that have none of their own, `tracer` OpenTelemetry's.

    `shares_tasks`: an action runs in the task of the request that began it, which is sure to run to its end.
    """

    once: Once
    crowd: Crowd
    aborts: Aborts
    timeout: float | None
    tracer: Tracer | None
    shares_tasks: bool = False

    async def perform(
        self, visit: Visit, call: Call, submission: Submission, visitor: str
    ) -> tuple[Done, bytes | None]:
        """Run the action, or wait for the run that the same submit has begun (decision 15).

        What came of it, and what its submit is known by. Raises ClientGone where the client has, if that is to end
        the action.
        """
        action, key, wish, name = call.action, None, None, None
        if submission.key:
            key = once_key(visitor, submission.key, action.id, submission.content, submission.before)
            wish = self.once.find(key, action.tag)
            if wish is None:
                name = self.aborts.name_of(visitor, submission.key)
        is_left = action.options.cancel_on_disconnect
        if wish is None:
            wish = Wish()
            visit.is_first = True
            if key is not None:
                self.once.keep(key, wish)
            act = partial(self._act, visit, call)
            run = self.run(visit.context, action, wish, name, act, visit.marks)
            if self.shares_tasks and not is_left:
                wish.task = asyncio.current_task()  # pyright: ignore[reportAttributeAccessIssue]  # we are in one
                done, visit.is_first = await self.once.run(key, wish, run, action.tag)
                return done, key
            self.once.begin(key, wish, run, action.tag)
            visit.run = wish.task
        if is_left and not wish.is_over:
            await _while_connected(visit, wish)
        done, is_here = await wish.outcome()
        if not is_here:  # another worker has
            visit.is_first, visit.run = False, None
        return done, key

    async def run(
        self,
        context: Context,
        action: Action,
        run: Run,
        name: Name | None,
        act: Callable[[], Awaitable[Done]],
        marks: dict[str, float] | None = None,
    ) -> Done:
        """What `act` gives once it is its turn; it can be called off by `name`."""
        if name is not None:
            self.aborts.add(name, run)
        try:
            if not self.crowd.has_entered():
                await self.crowd.enter()
            try:
                run.has_begun = action.can_be_stopped
                if run.is_aborted:
                    return Done(ABORTED, frozenset(), context.session, context.reply)
                if marks is not None:
                    marks["queue"] = perf_counter()
                if self.tracer is None or not self.tracer.is_heard:
                    return await act()
                return await within_span(self.tracer, action, act)
            finally:
                self.crowd.leave()
        except CrowdedError:
            return Done(BUSY, frozenset(), context.session, context.reply)
        except asyncio.CancelledError:
            await tell(context)
            if not run.is_aborted:
                raise
            return Done(ABORTED, frozenset(context.touched), context.session, context.reply)
        finally:
            if run.is_aborted:
                await run.end()
            if name is not None:
                self.aborts.remove(name, run)

    async def _act(self, visit: Visit, call: Call) -> Done:
        context, action = visit.context, call.action
        context.phase = "action"
        adopt(context)  # a model's own validators may ask for the request, too
        try:
            arguments = action.converter.convert(call.values, call.bound, call.keywords, call.leading)
        except RAISED as error:  # wrong input, or a validator's
            context.touched.clear()
            context.touched.add(action.tag)
            outcome = outcome_of(error, action.qualname)
            if visit.marks is not None:
                visit.marks["convert"] = perf_counter()
        else:
            if visit.marks is not None:
                visit.marks["convert"] = perf_counter()
            outcome = await perform(call, arguments, context, self.timeout)
            if visit.marks is not None:
                visit.marks["run"] = perf_counter()
        if context.revalidated is not None:
            await tell(context)
        if outcome is STILL_GOING:  # its thread goes on with this context: what it revalidates now counts at once
            context.after = context.after or []  # of both
            visit.context, context.phase = copy(context), "script"
        return Done(outcome, frozenset(context.touched), context.session, context.reply)


def once_key(visitor: str, key: str, action_id: str, content: bytes | Entries, before: str = "") -> bytes:
    """Of the visitor, the key, the action and what was submitted: names and contents, so that neither the boundary
    counts, chosen anew at every submit, nor the door. Hashed, for it is kept longer than what was typed may be, and a
    client chooses how long that is.
    """
    # What Python writes of strings, and of tuples of them, is another for all that are not the same.
    whose = repr((visitor, key, action_id, before))
    if isinstance(content, bytes):
        data = whose.encode() + content
    else:
        data = f"{whose}{[*map(_told, content)]}".encode()
    return hashlib.blake2b(data, digest_size=32).digest()


def _told(entry: tuple[str, str | Upload]) -> tuple[str, ...]:
    """An entry of a form; a file by a digest of its contents."""
    name, value = entry
    if isinstance(value, str):
        return name, value
    return name, "file", (value.digest or hashlib.sha256(value.read_now()).digest()).hex()


async def _while_connected(visit: Visit, run: Run) -> None:
    """Wait for the run, or call it off when all who wait for it have gone."""
    gone, task = asyncio.create_task(_disconnect(visit)), run.task
    run.waiting += 1
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:  # a server may end the request of a client that has gone
        run.waiting -= 1
        if not (run.waiting or task.done()):
            run.abort()
        raise
    finally:
        gone.cancel()
    run.waiting -= 1
    if not task.done():
        if not run.waiting:
            run.abort()
        raise ClientGone


async def _disconnect(visit: Visit) -> None:
    while (await visit.receive())["type"] != "http.disconnect":
        pass
