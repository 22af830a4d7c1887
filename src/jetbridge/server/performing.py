"""An opened call in, what came of it out: once for each wish, in its turn, until it is called off.

Each run is a task of its own, which goes on when the client goes away (decision 16).
"""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Any, Final

from jetbridge.actions.forms import Call
from jetbridge.actions.invoke import can_be_stopped, invoke, outcome_of
from jetbridge.actions.outcome import Refused
from jetbridge.actions.state import state_tag
from jetbridge.context import enter
from jetbridge.errors import ControlFlow
from jetbridge.schema.convert import convert
from jetbridge.server.aborts import ABORTED, Aborts, Run, name_of
from jetbridge.server.body import ClientGone
from jetbridge.server.crowd import Crowd, CrowdedError
from jetbridge.server.done import Done
from jetbridge.server.doors import Submission
from jetbridge.server.once import Once, Wish
from jetbridge.server.tracing import Tracer, within_span
from jetbridge.server.visit import Visit

__all__ = ["BUSY", "Performer"]

BUSY: Final = Refused(503, "There is too much to do just now. Try again in a moment.", retry_after=2)


@dataclass(frozen=True, slots=True)
class Performer:
    """Runs actions; `timeout`, in seconds, is for those that have none of their own, `tracer` OpenTelemetry's."""

    once: Once
    crowd: Crowd
    aborts: Aborts
    timeout: float | None
    tracer: Tracer | None

    async def perform(self, visit: Visit, call: Call, submission: Submission, visitor: str) -> Done:
        """Run the action, or wait for the run that the same submit has begun (decision 15).

        Raises ClientGone where the client has, if that is to end the action.
        """
        key = wish = None
        if submission.key:
            key = visit.once = once_key(visitor, submission, call)
            wish = self.once.find(key)
        if wish is None:
            wish = self._begin(visit, call, key, submission, visitor)
        if call.action.options.cancel_on_disconnect and wish.run is not None:
            await _while_connected(visit, wish.task, wish.run)
        done, is_here = await wish.outcome()
        if not is_here:  # another worker has
            visit.run = None
        return done

    def _begin(self, visit: Visit, call: Call, key: str | None, submission: Submission, visitor: str) -> Wish:
        run = Run()
        wish = self.once.begin(key, run, self._run(visit, call, run), state_tag(call.action))
        visit.run = wish.task
        if submission.key:
            name = name_of(visitor, submission.key)
            self.aborts.add(name, run)
            wish.task.add_done_callback(lambda _: self.aborts.remove(name, run))
        return wish

    async def _run(self, visit: Visit, call: Call, run: Run) -> Done:
        context = visit.context
        try:
            if not self.crowd.has_entered():
                await self.crowd.enter()
        except CrowdedError:
            return Done(BUSY, frozenset(), context.session, context.reply)
        try:
            if can_be_stopped(call.function):
                run.begin()
            if run.is_aborted:
                return Done(ABORTED, frozenset(), context.session, context.reply)
            visit.mark("wait")
            if self.tracer is None or not self.tracer.is_heard:
                return await self._act(visit, call)
            return await within_span(self.tracer, call, lambda: self._act(visit, call))
        except asyncio.CancelledError:
            if not run.is_aborted:
                raise
            return Done(ABORTED, frozenset(context.touched), context.session, context.reply)
        finally:
            self.crowd.leave()
            if run.is_aborted:
                await run.end()

    async def _act(self, visit: Visit, call: Call) -> Done:
        context = visit.context
        context.phase = "action"
        try:
            with enter(context):  # a model's own validators may ask for the request
                arguments = convert(
                    call.action.signature, call.values, bound=call.bound, keywords=call.keywords, leading=call.leading
                )
        except (Exception, ControlFlow, BaseExceptionGroup, SystemExit) as error:  # wrong input, or a validator's
            return Done(
                outcome_of(error, call.action.qualname),
                frozenset({state_tag(call.action)}),
                context.session,
                context.reply,
            )
        finally:
            visit.mark("convert")
        outcome = await invoke(call, arguments, context, timeout=self.timeout)
        visit.mark("run")
        return Done(outcome, frozenset(context.touched), context.session, context.reply)


def once_key(visitor: str, submission: Submission, call: Call) -> str:
    """Hashed, for a client chooses how long two of its parts are."""
    parts = (visitor, submission.key or "", call.action.id, submission.digest)
    data = "\0".join(parts).encode("utf-8", "surrogatepass")
    return "once:" + hashlib.blake2b(data, digest_size=32).hexdigest()


async def _while_connected(visit: Visit, task: "asyncio.Task[Any]", run: Run) -> None:
    """Wait for the run, or call it off when all who wait for it have gone."""
    gone = asyncio.create_task(_disconnect(visit))
    run.waiting += 1
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:  # a server may end the request of a client that has gone
        run.waiting -= 1
        if not run.waiting:
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
