"""A call or a form in, its answer out: guard, body, decode (`doors`), convert and invoke, once per submit key, answer.

What may be refused is refused before the body is read, and the body before the action.
"""

import asyncio
import hashlib
from copy import copy
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.types import ASGIApp

from jetbridge.actions.forms import Call, References
from jetbridge.actions.invoke import invoke, outcome_of
from jetbridge.actions.state import state_tag
from jetbridge.context import enter
from jetbridge.errors import ControlFlow, WireError
from jetbridge.schema.convert import convert
from jetbridge.server.answers import Answers
from jetbridge.server.body import read_already, read_body
from jetbridge.server.done import Done
from jetbridge.server.doors import FETCH, FORM, Submission, door_of, uploads_in
from jetbridge.server.guard import STALE, Allowed, ForbiddenOrigin, check_origin, is_stale
from jetbridge.server.late import Late
from jetbridge.server.once import Once
from jetbridge.server.policy import check_policy
from jetbridge.server.running import Running
from jetbridge.server.visit import Visit
from jetbridge.server.visitors import Visitors
from jetbridge.wire.limits import Limits
from jetbridge.wire.protocol import HEADER_TOKEN, REASON_CLIENT, REASON_TOKEN

__all__ = ["Acting"]

_NOT_YOURS = "This form is not from a page of yours, or your cookies are gone. Load the page again."


@dataclass(frozen=True, slots=True)
class Acting:
    """Runs the actions that calls and forms name, and answers with what came of them."""

    references: References
    visitors: Visitors
    answers: Answers
    late: Late
    once: Once
    running: Running
    limits: Limits
    allowed_origins: frozenset[str]
    development: bool

    async def act(self, visit: Visit) -> ASGIApp:
        """A call or a form: what may be refused is refused before the body is read, and the body before the action."""
        door = door_of(visit)
        submission: Submission | None = None
        try:
            verdict = check_origin(
                visit.headers,
                scheme=visit.scope["scheme"],
                host=visit.headers.get("host", ""),
                allowed_origins=self.allowed_origins,
            )
            if isinstance(verdict, ForbiddenOrigin):
                return await self.answers.refuse(visit, door, 403, self._told_origin(verdict), verdict.reason)
            if is_stale(visit.headers):
                return await self.answers.refuse(visit, door, 409, STALE, REASON_CLIENT)
            target = self.references.find(visit.action or "")
            if door is FETCH and not self._has_vouched(visit, verdict, visit.headers.get(HEADER_TOKEN)):
                return await self.answers.refuse(visit, door, 403, _NOT_YOURS, REASON_TOKEN)
            refusal = await check_policy(target.action.options.allow, visit.context, target.action.qualname)
            if refusal is not None:
                return await self.answers.turn_away(visit, door, refusal)
            own_limit = target.action.options.max_bytes
            limit = self.limits.body_bytes if own_limit is None else own_limit
            body = await read_body(visit.receive, visit.headers, limit=limit, limits=self.limits)
            visit.uploads = uploads_in(body)
            visit.context.request = Request(visit.scope, read_already(body, visit.receive))
            limits = self.limits if own_limit is None else replace(self.limits, body_bytes=own_limit)
            submission = door.decode(visit, body, limits, target)
            if door is FORM and not self._has_vouched(visit, verdict, submission.token):
                if verdict.vouched:  # from a page of ours, whose cookie is gone
                    return await self.late.answer(visit, submission, status=403, reason=REASON_TOKEN)
                return await self.answers.refuse(visit, door, 403, _NOT_YOURS, REASON_TOKEN)
            call = self.references.open(target, submission.values_for(target), submission.leading)
        except WireError as error:
            if error.status == 409 and door is FORM:
                return await self.late.answer(visit, submission, status=409, reason=error.reason)
            return await self.answers.refuse(visit, door, error.status, str(error), error.reason)
        done = await self._once(visit, call, submission)
        outcome = self.answers.led(visit, done.outcome)
        visit.ran = call.action.qualname, outcome
        visit.context.touched = set(done.touched)
        visit.context.session = copy(done.session)  # each answer saves it, that of a repeated submit as well
        if done.session is not None and done.session.renewed:
            self.visitors.renew(visit)
        if door is FORM:
            return await self.answers.form(visit, call, submission, outcome)
        answer = await self.answers.call(visit, call, submission, outcome)
        if visit.stream is not None:
            self.running.streams.add(visit.stream)
        return answer

    def _has_vouched(self, visit: Visit, verdict: Allowed, token: str | None) -> bool:
        return self.visitors.vouches(visit, token) if token else verdict.vouched

    async def _once(self, visit: Visit, call: Call, submission: Submission) -> Done:
        """Run the action, or wait for the run that the same submit has begun (decision 15)."""
        if not submission.key:
            visit.run = self.running.start(self._run(visit, call))
            return await asyncio.shield(visit.run)
        key = self._once_key(visit, call, submission)
        run, is_first = self.once.begin(key, lambda: self._run(visit, call), state_tag(call.action))
        if is_first:
            visit.run = run
        done, ran = await asyncio.shield(run)
        if not ran:  # another worker has
            visit.run = None
        return done

    def _once_key(self, visit: Visit, call: Call, submission: Submission) -> str:
        """Hashed, for a client chooses how long two of its parts are."""
        parts = (self.visitors.of(visit), submission.key or "", call.action.id, submission.digest)
        return "once:" + hashlib.sha256("\0".join(parts).encode()).hexdigest()

    async def _run(self, visit: Visit, call: Call) -> Done:
        context = visit.context
        context.phase = "action"
        try:
            with enter(context):  # a model's own validators may ask for the request
                arguments = convert(
                    call.action.signature, call.values, bound=call.bound, keywords=call.keywords, leading=call.leading
                )
        except (Exception, ControlFlow, BaseExceptionGroup) as error:  # wrong input, or what a validator raised
            return Done(outcome_of(error, call.action.qualname), frozenset({state_tag(call.action)}), context.session)
        outcome = await invoke(call, arguments, context)
        return Done(outcome, frozenset(context.touched), context.session)

    def _told_origin(self, verdict: ForbiddenOrigin) -> str:
        return verdict.detail if self.development else "This request did not come from a page of this site."
