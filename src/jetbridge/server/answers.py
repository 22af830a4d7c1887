"""What came of an action in, the answer out: Flight for React's call, a redirect or a page for a browser's form.

Both doors tell the same: a value, an expected error, a place to go, a refusal, or a failure by its digest.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from jetbridge.actions.forms import Call
from jetbridge.actions.invoke import meant_by, unwrapped
from jetbridge.actions.outcome import Expected, Failed, Moved, Outcome, Refused, Value, described_error
from jetbridge.actions.state import Submitted, rows_changed, state_of
from jetbridge.cache.tags import are_touched
from jetbridge.context import enter
from jetbridge.errors import ActionError, ControlFlow, EncodeError
from jetbridge.render.flight import begin_flight, print_flight
from jetbridge.render.resolve import Failure
from jetbridge.server.aborts import ABORTED
from jetbridge.server.body import Unread
from jetbridge.server.carry import Carrier
from jetbridge.server.doors import FETCH, FORM, Door, Submission
from jetbridge.server.failure import as_digest, describe_failure, log_failure, report, report_taken
from jetbridge.server.policy import login_redirect
from jetbridge.server.readers import takes_pieces
from jetbridge.server.respond import Answer, Streamed, flight, flight_stream, moved, plain
from jetbridge.server.shell import DirectResponse, Rendered
from jetbridge.server.showing import A, Showing
from jetbridge.server.shown import encode_result
from jetbridge.server.visit import Visit
from jetbridge.wire.flight import ErrorDetail, encode_plain_member
from jetbridge.wire.model import FormData
from jetbridge.wire.protocol import HEADER_REASON, HEADER_TAGS, HEADER_TOKEN

if TYPE_CHECKING:
    from jetbridge.server.development.workshop import Workshop

__all__ = ["Answers", "shown_tags", "status_of", "told"]

_UNREAD_SECONDS = {408: 0.0, 413: 10.0, 429: 2.0, 503: 2.0}  # for how long a body that was refused is thrown away
_STATUS: Mapping[type[Any], int] = {Value: 200, Expected: 200, Moved: 200, Failed: 500}


def told(outcome: Outcome, visit: Visit, *, workshop: "Workshop | None") -> dict[str, Any]:
    """The outcome as the root of a Flight answer has it; the page comes beside it."""
    match outcome:
        case Value(value):
            return {"value": value}
        case Expected(error):
            return {"error": described_error(error)}
        case Moved(move):
            return {"location": move.location}
        case Refused(status, message):
            return {"error": {"message": visit.said(message), "fieldErrors": {}, "code": str(status)}}
        case Failed(exception, digest):
            return {"failure": describe_failure(exception, digest, visit, workshop=workshop)}


def status_of(outcome: Outcome) -> int:
    """HTTP status on the fetch door: expected errors are answers like others (decision 19), and so is a call's end
    that its own client wished for.
    """
    if isinstance(outcome, Refused):
        return 200 if outcome == ABORTED else outcome.status
    return _STATUS[type(outcome)]


def shown_tags(raw: Mapping[bytes, bytes]) -> Collection[str]:
    """The tags of the page that the client shows, from its header."""
    tags = raw.get(_TAGS)
    return {unquote(tag) for tag in tags.decode("latin-1").split(",") if tag} if tags else ()


_TAGS: Final = HEADER_TAGS.encode()


class Answers(Struct, frozen=True):
    """Answers calls and forms, with the page that shows what they changed."""

    showing: Showing
    carrier: Carrier
    login: str | None
    workshop: "Workshop | None"  # in development

    async def call(self, visit: Visit, call: Call, submission: Submission, outcome: Outcome) -> Answer | Streamed:
        """Outcome and fresh page in one answer; the page only where something it shows was touched (decision 12)."""
        touched = visit.context.touched
        shows = not isinstance(outcome, Moved) and are_touched(shown_tags(visit.headers.raw), touched)
        if isinstance(outcome, Value) and not shows:
            rows = encode_plain_member("value", outcome.value)
            if rows is not None:  # most answers are plain
                return self._sent(visit, flight(rows))
        await self._keep_flash(visit, outcome)
        answer = told(outcome, visit, workshop=self.workshop)
        status = status_of(outcome)
        if shows:
            states = self._states(visit, call, submission, outcome)
            page = await self._fresh_page(visit, call, submission, outcome, states)
            if isinstance(page, Rendered):
                answer["page"] = page.as_payload()
                if isinstance(outcome, Expected) and _is_told(states[0], call, page):
                    answer["error"]["shown"] = True  # the page has asked for it; else the client says it
                elif page.shows_failure:
                    answer["failure"]["shown"] = True
            elif page is not None:
                answer["page"] = page
        doing = f"sending the result of {call.action.name}()"
        try:
            with enter(visit.context):
                rows, rest = begin_flight(answer, lambda error: self._report(error, doing, visit))
        except EncodeError as error:
            failure = describe_failure(error, log_failure(error, doing), visit, workshop=self.workshop)
            return self.showing.finish(visit, flight(_with_page(failure, answer.get("page")), status=500))
        if rest is not None and not visit.is_first:
            # A repeat of a submit, such as the second click of two. A stream goes to one reader, and running the
            # action again could do twice what was wanted once: so the repeat succeeds as the first did, and who reads
            # a stream of it is told that another has it.
            rows += rest.refuse(*report_taken(doing, development=self.workshop is not None))
            rest = None
        visit.stream = rest
        sent = flight(rows, status=status) if rest is None else flight_stream(rows, rest, status=status)
        if isinstance(outcome, Refused):
            sent.headers.extend(_retry_after(outcome.retry_after))
        return self._sent(visit, sent)

    def _report(self, error: BaseException, doing: str, visit: Visit) -> tuple[str, ErrorDetail | None]:
        """What the row of an error tells that comes while the result is sent: what the answer would have told of it."""
        outcome = meant_by(error)
        if outcome is None or isinstance(outcome, Moved):  # nobody can be sent elsewhere any more
            return report(error, doing, visit, workshop=self.workshop)
        root = told(outcome, visit, workshop=self.workshop)
        detail = None if self.workshop is None else ErrorDetail("ActionError", root["error"]["message"])
        return as_digest(root), detail

    def _sent(self, visit: Visit, sent: A) -> A:
        if visit.visitor is not None:  # someone else since this call: the page's token is void
            sent.headers.append((HEADER_TOKEN, self.showing.visitors.token(visit)))
        return self.showing.finish(visit, sent)

    async def _fresh_page(
        self, visit: Visit, call: Call, submission: Submission, outcome: Outcome, states: Sequence[Submitted]
    ) -> Rendered | dict[str, Any] | None:
        failure = _failure(call, submission, outcome.exception) if isinstance(outcome, Failed) else None
        try:
            # A repeat of a submit gets all at once: what it has to wait for is the first one's
            pieces = visit.is_first and takes_pieces(visit)
            return await self.showing.render(visit, states, failure, in_pieces=pieces)
        except (Exception, ControlFlow, BaseExceptionGroup) as raised:  # the action's outcome is told all the same
            if failure is not None and raised is failure.error:
                return None  # no boundary of the page shows it: the client does
            error = unwrapped(raised)
            if isinstance(error, ControlFlow | DirectResponse | HTTPException):
                return None  # the page has moved or is closed now: the client finds out when it goes there
            digest = log_failure(error, f"rendering {visit.path} after {call.action.name}()")
            return {"failure": describe_failure(error, digest, visit, workshop=self.workshop), "url": visit.address}

    async def rows(self, visit: Visit, call: Call, submission: Submission, wish: str) -> ASGIApp:
        """The page with one row more or less in a list of the form, all else as it was typed. Nothing has run."""
        state = rows_changed(submission.fields or FormData(), call.action.signature, wish)
        others = self._others(visit, call, submission)
        states = [Submitted(call.state_key, submission.form, state), *others]
        if not visit.wants_flight:
            shown = await self.showing.show(visit, states)
            return shown if shown is not None else await self.showing.error(visit, 404, "There is nothing here")
        said = visit.said("A row was taken out" if wish.startswith("-") else "A row was added")
        outcome = Expected(ActionError(said, code="rows"))
        page = await self._fresh_page(visit, call, submission, outcome, states)
        answer = told(outcome, visit, workshop=self.workshop)
        answer["error"]["shown"] = True
        if page is not None:
            answer["page"] = page.as_payload() if isinstance(page, Rendered) else page
        return self._sent(visit, flight(print_flight(answer)))

    async def form(self, visit: Visit, call: Call, submission: Submission, outcome: Outcome) -> ASGIApp:
        """Success goes to the page, so that a reload repeats nothing; an error stands in the page at once."""
        match outcome:
            case Value(value):
                try:
                    others = self._others(visit, call, submission) if submission.shown else ()
                    size = await self.carrier.put_result(visit, call.state_key, submission.form, value, others)
                    visit.bytes_kept = size
                except EncodeError as error:  # as on the other door, or it would work until someone has JavaScript
                    digest = log_failure(error, f"sending the result of {call.action.name}()")
                    return await self.showing.failure(visit, error, digest)
                return self.showing.finish(visit, moved(visit.address))
            case Moved(redirect):
                await self._keep_flash(visit, outcome)
                return self.showing.finish(visit, moved(redirect.location))
            case Refused(status, message, retry_after):
                return await self.showing.error(visit, status, message, headers=_retry_after(retry_after))
            case Failed(exception, digest):
                others = self._others(visit, call, submission)
                return await self.showing.show_failure(visit, others, _failure(call, submission, exception), digest)
            case Expected(error):
                return await self.showing.show_error(visit, error, self._states(visit, call, submission, outcome))

    def _states(self, visit: Visit, call: Call, submission: Submission, outcome: Outcome) -> Sequence[Submitted]:
        """What the page may show: of the outcome first, then of what it showed before.

        The same for both doors, so a result goes over the wire here too.
        """
        state = state_of(call.action, outcome, submission.fields)
        if state.result is not None:
            state = replace(state, result=self.carrier.as_shown(call.action, encode_result(state.result)))
        others = self._others(visit, call, submission)
        return [Submitted(call.state_key, submission.form, state), *others] if state.submitted else others

    def _others(self, visit: Visit, call: Call, submission: Submission) -> list[Submitted]:
        """What the page showed of other forms than this, and of this one's other actions nothing."""
        shown = self.carrier.open_shown(visit, self.showing.visitors.of(visit), submission.shown)
        return [one for one in shown if not _is_own(one, call.state_key, submission.form)]

    async def _keep_flash(self, visit: Visit, outcome: Outcome) -> None:
        if isinstance(outcome, Moved) and outcome.redirect.flash is not None:
            await self.carrier.put_flash(visit, outcome.redirect.flash)

    async def refuse(
        self, visit: Visit, door: Door, status: int, text: str, reason: str | None, *, retry_after: int | None = None
    ) -> ASGIApp:
        """A refusal in the words of the door: a sentence with a reason for the client, a page for a person."""
        text = visit.said(text)
        headers = _retry_after(retry_after)
        if door is FORM:
            headers += [(HEADER_REASON, reason)] if reason is not None else []
            answer = await self.showing.error(visit, status, text, headers=headers)
        else:
            answer = plain(text, status=status, reason=reason)
            answer.headers.extend(headers)
        return Unread(answer, visit.receive, _UNREAD_SECONDS[status]) if status in _UNREAD_SECONDS else answer

    def led(self, visit: Visit, outcome: Outcome) -> Outcome:
        """What the visitor is told, in their language: the way to the login page, where they are unknown."""
        if isinstance(outcome, Refused) and outcome.status == 401:
            login = login_redirect(self.login, visit.address)
            return outcome if login is None else Moved(login)
        if isinstance(outcome, Expected) and (said := visit.said(outcome.error.message)) != outcome.error.message:
            return Expected(ActionError(said, code=outcome.error.code))  # what we have to say of a repeat
        return outcome

    async def turn_away(self, visit: Visit, door: Door, outcome: Outcome) -> ASGIApp:
        """The answer where a policy has spoken and neither body nor action have been looked at."""
        outcome = self.led(visit, outcome)
        await self._keep_flash(visit, outcome)
        if door is FETCH:
            rows = print_flight(told(outcome, visit, workshop=self.workshop))
            return self.showing.finish(visit, flight(rows, status=status_of(outcome)))
        match outcome:
            case Moved(redirect):
                return self.showing.finish(visit, moved(redirect.location))
            case Failed(exception, digest):
                return await self.showing.failure(visit, exception, digest)
            case Refused(status, message):
                return await self.showing.error(visit, status, message)
            case _:
                return await self.showing.error(
                    visit, 403, outcome.error.message if isinstance(outcome, Expected) else ""
                )


def _failure(call: Call, submission: Submission, exception: BaseException) -> Failure:
    return Failure(call.state_key, submission.form, exception)


def _is_own(one: Submitted, key: str, form: str) -> bool:
    """Whether a state is of the form that was submitted, or of what is bound to its action, wherever that stands."""
    return one.form == form if form else one.key == key and (":" in key or not one.form)


def _is_told(submitted: Submitted, call: Call, page: Rendered) -> bool:
    """Whether the page says itself what came of the submit; one that is not whole yet may still do so."""
    return submitted.read or (page.late is not None and call.action.tag in page.tags)


def _retry_after(seconds: int | None) -> list[tuple[str, str]]:
    """The header that says when to try again (RFC 9110 section 10.2.3), if one may."""
    return [] if seconds is None else [("retry-after", str(seconds))]


def _with_page(failure: Mapping[str, Any], page: Any) -> bytes:
    """The answer to a call that failed while it was encoded; the page may be what cannot be."""
    try:
        return print_flight({"failure": failure} if page is None else {"failure": failure, "page": page})
    except EncodeError:
        return print_flight({"failure": failure})
