"""A call or a form in, its answer out: guard, body, decode (`doors`), run (`performing`), answer.

What may be refused is refused before the body is read, and the body before the action.
"""

from copy import copy
from dataclasses import replace
from math import ceil
from time import perf_counter
from typing import Final, NamedTuple

from msgspec import Struct, field, structs
from starlette.types import ASGIApp

from jetbridge.actions.define import Options
from jetbridge.actions.forms import Call, References, Target
from jetbridge.actions.invoke import outcome_of
from jetbridge.actions.registry import Action
from jetbridge.errors import ControlFlow, WireError
from jetbridge.server.answers import Answers
from jetbridge.server.body import read_body
from jetbridge.server.done import Done
from jetbridge.server.doors import FETCH, FORM, Door, Submission, uploads_in
from jetbridge.server.guard import STALE, Allowed, ForbiddenOrigin, check_origin, is_stale
from jetbridge.server.late import Late
from jetbridge.server.log import shown_arguments
from jetbridge.server.performing import BUSY, Performer
from jetbridge.server.policy import check_policy, public
from jetbridge.server.rates import Rates
from jetbridge.server.refusals import tell_refusal
from jetbridge.server.respond import Answer, empty
from jetbridge.server.running import Running
from jetbridge.server.visit import Visit
from jetbridge.server.visitors import Visitors
from jetbridge.wire.limits import Limits
from jetbridge.wire.protocol import HEADER_ABORT, HEADER_TOKEN, REASON_CLIENT, REASON_TOKEN

__all__ = ["Acting"]

_TOKEN: Final = HEADER_TOKEN.encode()
_ABORT: Final = HEADER_ABORT.encode()
_TOO_OFTEN = "This was done too often. Wait a little, then try again."
_FOR_PEOPLE = {408: "What was sent took too long to arrive.", 413: "What was sent is too large."}
_UNREADABLE = "What was sent could not be read."
_NOT_YOURS = "This form is not from a page of yours, or your cookies are gone. Load the page again."


class Plan(NamedTuple):
    """What a wire id names; how many bytes a body may have, the limits while it is read and when it is whole, and
    whether all may come. `most` is how many bytes may take the straight way, 0 where it does not lead to the action.
    """

    target: Target
    body: int
    reading: Limits
    decoding: Limits
    is_open: bool
    most: int


class Acting(Struct, frozen=True):
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
    plans: dict[str, Plan] = field(default_factory=dict[str, Plan])  # by wire id; never many, for we signed each

    async def act(self, visit: Visit) -> ASGIApp:
        """A call or a form: what may be refused is refused before the body is read, and the body before the action."""
        door, raw, marks = FETCH if visit.wants_flight else FORM, visit.headers.raw, visit.marks
        submission: Submission | None = None
        try:
            verdict = check_origin(raw, visit.scheme, self.allowed_origins)
            if isinstance(verdict, ForbiddenOrigin):
                tell_refusal(verdict.reason, verdict.detail)
                return await self.answers.refuse(visit, door, 403, self._told_origin(verdict), verdict.reason)
            if is_stale(raw):
                return await self.answers.refuse(visit, door, 409, STALE, REASON_CLIENT)
            wire_id = visit.action or ""
            plan = self.plans.get(wire_id) or self._plan_for(wire_id)
            target = plan.target
            action = target.action
            visit.named = action.qualname
            visitor = self.visitors.of(visit)
            if door is FETCH:
                token = raw.get(_TOKEN, b"").decode("latin-1")
                if not self._has_vouched(verdict, visitor, token):
                    return await self.answers.refuse(visit, door, 403, _NOT_YOURS, REASON_TOKEN)
            if _ABORT in raw:
                await self.performer.aborts.call_off(visitor, visit.headers[HEADER_ABORT])
                return empty(204)
            if not plan.is_open or self.performer.crowd.is_full:
                answer = await self._turned_away(visit, door, action)
                if answer is not None:
                    return answer
            if marks is not None:
                marks["guard"] = perf_counter()
            body = await read_body(visit.receive, visit.headers, plan.body, plan.reading)
            if isinstance(body, bytes):
                visit.receive.body = body
                visit.bytes_in = len(body)
            else:
                visit.receive.body = b""
                visit.bytes_in = int(raw.get(b"content-length", b"0"))
                visit.uploads = uploads_in(body)
            if marks is not None:
                marks["body"] = perf_counter()
            submission = door.decode(raw, body, plan.decoding, target, wire_id)
            if door is FORM and not self._has_vouched(verdict, visitor, submission.token):
                if verdict.vouched:  # from a page of ours, whose cookie is gone
                    return await self.late.answer(visit, submission, status=403, reason=REASON_TOKEN)
                return await self.answers.refuse(visit, door, 403, _NOT_YOURS, REASON_TOKEN)
            call = self.references.open(target, submission.values_for(target), submission.leading, visitor)
        except WireError as error:
            tell_refusal(error.reason, str(error))
            if error.status == 409 and door is FORM:
                return await self.late.answer(visit, submission, status=409, reason=error.reason)
            return await self.answers.refuse(visit, door, error.status, self._told(visit, door, error), error.reason)
        if self.log_arguments or self.development:
            visit.shown = shown_arguments(submission, action.signature)
            visit.arguments = visit.shown if self.log_arguments else None
        if marks is not None:
            marks["decode"] = perf_counter()
        if submission.rows is not None and submission.fields is not None:
            return await self.answers.rows(visit, call, submission, submission.rows)
        done, key = await self.performer.perform(visit, call, submission, visitor)
        if marks is not None:
            marks["wait"] = perf_counter()
        return await self.tell(visit, door, call, submission, done, key)

    async def tell(
        self, visit: Visit, door: Door, call: Call, submission: Submission, done: Done, key: bytes | None
    ) -> ASGIApp:
        """The answer to a submit that has run; `key` is what `Once` knows it by."""
        outcome = self.answers.led(visit, done.outcome)
        visit.ran = call.action.qualname, outcome
        if done.session is not None or done.reply is not None or not visit.is_first:
            self._take_over(visit, done)
        answering = self.answers.form if door is FORM else self.answers.call
        answer = await answering(visit, call, submission, outcome)
        if visit.marks is not None:
            visit.marks["render"] = perf_counter()
        if key is not None and isinstance(answer, Answer):
            self.performer.once.weigh(key, max(len(answer.body), visit.bytes_kept))
        if visit.stream is not None:
            self.running.streams.add(visit.stream)
        return answer

    def _take_over(self, visit: Visit, done: Done) -> None:
        """What the run has left besides its outcome, for each answer saves it, that of a repeated submit as well."""
        visit.context.touched = set(done.touched)
        visit.context.session = None if done.session is None else copy(done.session)
        visit.context.reply = None if done.reply is None else done.reply.copy()
        if done.session is not None and done.session.renewed:
            self.visitors.renew(visit)

    def _has_vouched(self, verdict: Allowed, visitor: str, token: str | None) -> bool:
        return self.visitors.vouches(visitor, token) if token else verdict.vouched

    def _plan_for(self, wire_id: str) -> Plan:
        """Raises what `References.find` does."""
        target = self.references.find(wire_id)
        limits, options = self.limits, target.action.options
        if options.max_files is not None:
            limits = replace(limits, files=options.max_files)
        is_open = options.rate is None and options.allow in (None, public)
        body = limits.body_bytes if options.max_bytes is None else options.max_bytes
        whole = limits if options.max_bytes is None else replace(limits, body_bytes=body)
        most = min(body, limits.body_bytes) if not target.takes_bound and self._is_plain(target.action) else 0
        made = Plan(target, body, limits, whole, is_open, most)
        self.plans[wire_id] = made
        return made

    def _is_plain(self, action: Action) -> bool:
        """Whether the action asks for nothing but its arguments, and may take as long as it likes."""
        plain, allow = Options(), action.options.allow
        asks = structs.replace(
            action.options,
            allow=None if allow is public else allow,
            aliases=plain.aliases,
            max_bytes=plain.max_bytes,
            max_files=plain.max_files,
            mode=plain.mode,
        )
        is_limited = self.performer.timeout is not None or asks != plain
        return action.is_direct and action.converter.passes_by_name and action.nested is None and not is_limited

    async def _turned_away(self, visit: Visit, door: Door, action: Action) -> ASGIApp | None:
        """What a request is told that comes too often or too late in the queue, or may not come at all."""
        if action.options.rate is not None:
            try:
                wait = await self.rates.wait(visit, action, action.options.rate)
            except (Exception, ControlFlow, BaseExceptionGroup) as error:
                return await self.answers.turn_away(visit, door, outcome_of(error, f"rate_by of {action.qualname}"))
            if wait > 0:
                return await self.answers.refuse(visit, door, 429, _TOO_OFTEN, None, retry_after=ceil(wait))
        if action.options.allow is not None:
            refusal = await check_policy(action.options.allow, visit.context, action.qualname)
            if refusal is not None:
                return await self.answers.turn_away(visit, door, refusal)
        if self.performer.crowd.is_full:  # else the body is read in vain
            return await self.answers.refuse(visit, door, 503, BUSY.message, None, retry_after=BUSY.retry_after)
        return None

    def _told(self, visit: Visit, door: Door, error: WireError) -> str:
        """What is wrong with a body: in words for who sent it, where a person can, and for a program."""
        sentence = _FOR_PEOPLE.get(error.status, _UNREADABLE if door is FORM else None)
        return str(error) if sentence is None else f"{visit.said(sentence)} ({error})"

    def _told_origin(self, verdict: ForbiddenOrigin) -> str:
        return verdict.detail if self.development else "This request did not come from a page of this site."
