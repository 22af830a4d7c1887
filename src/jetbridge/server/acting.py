"""A call or a form in, its answer out: guard, body, decode (`doors`), run (`performing`), answer.

What may be refused is refused before the body is read, and the body before the action.
"""

from copy import copy
from dataclasses import dataclass, replace
from math import ceil

from starlette.requests import Request
from starlette.types import ASGIApp

from jetbridge.actions.forms import References
from jetbridge.actions.invoke import outcome_of
from jetbridge.actions.registry import Action
from jetbridge.errors import ControlFlow, WireError
from jetbridge.server.aborts import name_of
from jetbridge.server.answers import Answers
from jetbridge.server.body import read_already, read_body
from jetbridge.server.doors import FETCH, FORM, Door, Submission, door_of, uploads_in
from jetbridge.server.guard import STALE, Allowed, ForbiddenOrigin, check_origin, is_stale
from jetbridge.server.late import Late
from jetbridge.server.log import shown_arguments
from jetbridge.server.performing import BUSY, Performer
from jetbridge.server.policy import check_policy
from jetbridge.server.rates import Rates
from jetbridge.server.refusals import tell_refusal
from jetbridge.server.respond import Answer, empty
from jetbridge.server.running import Running
from jetbridge.server.visit import Visit
from jetbridge.server.visitors import Visitors
from jetbridge.wire.limits import Limits
from jetbridge.wire.protocol import HEADER_ABORT, HEADER_TOKEN, REASON_CLIENT, REASON_TOKEN

__all__ = ["Acting"]

_TOO_OFTEN = "This was done too often. Wait a little, then try again."
_NOT_YOURS = "This form is not from a page of yours, or your cookies are gone. Load the page again."


@dataclass(frozen=True, slots=True)
class Acting:
    """Runs the actions that calls and forms name, and answers with what came of them."""

    references: References
    visitors: Visitors
    answers: Answers
    late: Late
    performer: Performer
    rates: Rates
    running: Running
    limits: Limits
    allowed_origins: frozenset[str]
    development: bool
    log_arguments: bool

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
                tell_refusal(verdict.reason, verdict.detail)
                return await self.answers.refuse(visit, door, 403, self._told_origin(verdict), verdict.reason)
            if is_stale(visit.headers):
                return await self.answers.refuse(visit, door, 409, STALE, REASON_CLIENT)
            target = self.references.find(visit.action or "")
            visit.named = target.action.qualname
            if door is FETCH and not self._has_vouched(visit, verdict, visit.headers.get(HEADER_TOKEN)):
                return await self.answers.refuse(visit, door, 403, _NOT_YOURS, REASON_TOKEN)
            if HEADER_ABORT in visit.headers:
                await self.performer.aborts.abort(name_of(self.visitors.of(visit), visit.headers[HEADER_ABORT]))
                return empty(204)
            answer = await self._turned_away(visit, door, target.action)
            if answer is not None:
                return answer
            visit.mark("guard")
            limits, own_limit = self.limits, target.action.options.max_bytes
            if target.action.options.max_files is not None:
                limits = replace(limits, files=target.action.options.max_files)
            limit = limits.body_bytes if own_limit is None else own_limit
            body = await read_body(visit.receive, visit.headers, limit=limit, limits=limits)
            visit.uploads = uploads_in(body)
            visit.bytes_in = len(body) if isinstance(body, bytes) else int(visit.headers.get("content-length", "0"))
            visit.mark("body")
            visit.context.request = Request(visit.scope, read_already(body, visit.receive))
            limits = limits if own_limit is None else replace(limits, body_bytes=own_limit)
            submission = door.decode(visit, body, limits, target)
            if door is FORM and not self._has_vouched(visit, verdict, submission.token):
                if verdict.vouched:  # from a page of ours, whose cookie is gone
                    return await self.late.answer(visit, submission, status=403, reason=REASON_TOKEN)
                return await self.answers.refuse(visit, door, 403, _NOT_YOURS, REASON_TOKEN)
            values, visitor = submission.values_for(target), self.visitors.of(visit)
            call = self.references.open(target, values, submission.leading, visitor)
        except WireError as error:
            tell_refusal(error.reason, str(error))
            if error.status == 409 and door is FORM:
                return await self.late.answer(visit, submission, status=409, reason=error.reason)
            return await self.answers.refuse(visit, door, error.status, str(error), error.reason)
        if self.log_arguments:
            visit.arguments = shown_arguments(submission, call.action.signature)
        visit.mark("decode")
        done = await self.performer.perform(visit, call, submission, self.visitors.of(visit))
        visit.mark("wait")
        outcome = self.answers.led(visit, done.outcome)
        visit.ran = call.action.qualname, outcome
        visit.context.touched = set(done.touched)
        visit.context.session = (
            None if done.session is None else copy(done.session)
        )  # each answer saves it, that of a repeated submit as well
        visit.context.reply = None if done.reply is None else done.reply.copy()
        if done.session is not None and done.session.renewed:
            self.visitors.renew(visit)
        if door is FORM:
            answer = await self.answers.form(visit, call, submission, outcome)
        else:
            answer = await self.answers.call(visit, call, submission, outcome)
        visit.mark("render")
        if visit.once is not None and isinstance(answer, Answer):
            self.performer.once.weigh(visit.once, len(answer.body))
        if visit.stream is not None:
            self.running.streams.add(visit.stream)
        return answer

    def _has_vouched(self, visit: Visit, verdict: Allowed, token: str | None) -> bool:
        return self.visitors.vouches(visit, token) if token else verdict.vouched

    async def _turned_away(self, visit: Visit, door: Door, action: Action) -> ASGIApp | None:
        """What a request is told that comes too often or too late in the queue, or may not come at all."""
        if action.options.rate is not None:
            try:
                wait = await self.rates.wait(visit, action, action.options.rate)
            except (Exception, ControlFlow, BaseExceptionGroup) as error:
                return await self.answers.turn_away(visit, door, outcome_of(error, f"rate_by of {action.qualname}"))
            if wait > 0:
                return await self.answers.refuse(visit, door, 429, _TOO_OFTEN, None, retry_after=ceil(wait))
        refusal = await check_policy(action.options.allow, visit.context, action.qualname)
        if refusal is not None:
            return await self.answers.turn_away(visit, door, refusal)
        if self.performer.crowd.is_full:  # else the body is read in vain
            return await self.answers.refuse(visit, door, 503, BUSY.message, None, retry_after=BUSY.retry_after)
        return None

    def _told_origin(self, verdict: ForbiddenOrigin) -> str:
        return verdict.detail if self.development else "This request did not come from a page of this site."
