"""The straight way of calls and forms: most of them, from the request to the answer in one go.

A fast path, right only because it gives what `acting` gives. It first makes sure that there is nothing special about a
submit: it bears everything that vouches for it, its key is new, its action was called before and asks nothing of the
server, its body is here as a whole. What is in doubt is left to `acting` while nothing has happened yet; an outcome
that is more than a plain value is answered there. Tests run both ways side by side; see docs/decisions/016.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from time import perf_counter
from typing import Any, Final, Protocol

from msgspec import Struct
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from jetbridge.actions.forms import Call
from jetbridge.actions.invoke import RAISED, outcome_in, outcome_of
from jetbridge.actions.outcome import Value
from jetbridge.actions.registry import Action
from jetbridge.cache.revalidate import tell
from jetbridge.cache.tags import are_touched
from jetbridge.context import Context, adopt
from jetbridge.server.acting import Acting, Plan
from jetbridge.server.answers import shown_tags
from jetbridge.server.arrival import Arrivals
from jetbridge.server.body import Resumed, ask
from jetbridge.server.done import Done
from jetbridge.server.doors import FETCH, FORM, Submission
from jetbridge.server.guard import is_stale
from jetbridge.server.log import TakeLine, line_of, line_taker
from jetbridge.server.once import Wish
from jetbridge.server.performing import once_key
from jetbridge.server.respond import flight_head, moved_head, pairs_of
from jetbridge.server.visit import Visit, cookies_of, host_cookie, place_of
from jetbridge.wire.flight import encode_plain_member
from jetbridge.wire.protocol import (
    CONTENT_TYPE,
    COOKIE_VISITOR,
    HEADER_ABORT,
    HEADER_BOUND,
    HEADER_TOKEN,
)

__all__ = ["Straight"]

_FLIGHT: Final = CONTENT_TYPE.encode()
_BEFORE, _BEHIND = b'0:{"value":', b"}\n"  # what is around the value in the rows of an answer
_LONGEST: Final = 12  # digits of a Content-Length
_TOKEN: Final = HEADER_TOKEN.encode()
_ABORT: Final = HEADER_ABORT.encode()
_BOUND: Final = HEADER_BOUND.encode()


class Exchange(Protocol):
    """A request and its answer as a server has them that knows more than messages: that of `jetbridge run`."""

    def whole_body(self) -> bytes | None: ...
    def take_body(self) -> None: ...
    def answer_whole(self, status: int, head: bytes, body: bytes) -> bool: ...


def exchange_of(receive: Receive, send: Send) -> Exchange | None:
    """What both belong to, where that is one."""
    of: Any = getattr(send, "__self__", None)
    return of if hasattr(of, "answer_whole") and getattr(receive, "__self__", None) is of else None


class Straight(Struct, frozen=True):
    """Answers the calls that it can, in the tasks of their requests. `complete` has the answer to a visit sent."""

    app: Any
    acting: Acting
    arrivals: Arrivals
    complete: Callable[[Visit, Coroutine[Any, Any, ASGIApp], Send, float, TakeLine | None], Coroutine[Any, Any, None]]

    async def answer(self, scope: Scope, receive: Receive, send: Send, exchange: Exchange | None) -> Receive | None:
        """Answer the request of `scope`; where it is not answered, what `acting` is to receive its body from.

        `exchange` is what `receive` and `send` of the server belong to, if it has one.
        """
        began = perf_counter()
        acting, performer = self.acting, self.acting.performer
        take_line = line_taker(began)
        pairs = scope["headers"]
        raw: dict[bytes, bytes] = dict(pairs)
        place = place_of(scope)
        plan = acting.plans.get(place.action or "")
        if (
            plan is None
            or not plan.most
            or take_line is None
            or self.app.watchers
            or raw.get(b"sec-fetch-site") != b"same-origin"
            or is_stale(raw)
            or _ABORT in raw
            or _BOUND in raw
            or len(raw) != len(pairs)
            or not performer.crowd.has_room
        ):
            return receive
        scheme = scope["scheme"]
        visitor = cookies_of(raw).get(host_cookie(scheme, COOKIE_VISITOR), "")
        is_call = raw.get(b"accept", b"").startswith(_FLIGHT)
        if is_call and not acting.visitors.vouches(visitor, raw.get(_TOKEN, b"").decode("latin-1")):
            return receive
        self.arrivals.look(scheme, raw.get(b"host", b""))

        given: Receive = receive
        if exchange is not None:
            body = exchange.whole_body()
        else:
            declared = raw.get(b"content-length", b"")
            if not declared.isdigit() or len(declared) > _LONGEST or (size := int(declared)) > plan.most:
                return receive
            try:
                message = ask(receive)
            except Exception:  # as in `_read`
                return receive
            if isinstance(message, Resumed):
                return message
            given = Resumed(receive, message)
            body = message.get("body", b"")
            if len(body) != size or message.get("more_body", False):
                return given
        if body is None or len(body) > plan.most:
            return given
        submission = self._read(raw, body, plan, place.action or "", visitor, is_call)
        if submission is None:
            return given
        key, action = submission.key or "", plan.target.action
        wished = once_key(visitor, key, action.id, submission.content, submission.before)
        if performer.once.find(wished, action.tag) is not None:
            return given

        if exchange is not None:
            exchange.take_body()
            given = Resumed(receive, {"type": "http.request", "body": body, "more_body": False})
        context = Context(self.app, partial(Request, scope, given), phase="action")
        wish = Wish()
        wish.task = asyncio.current_task()  # pyright: ignore[reportAttributeAccessIssue]  # we are in one
        performer.once.keep(wished, wish)
        act = partial(_act, action, submission.arguments, context)
        run = performer.run(context, action, wish, performer.aborts.name_of(visitor, key), act)
        try:
            done, is_first = await performer.once.run(wished, wish, run, action.tag)
        except BaseException as error:
            await self.complete(
                self._visit(scope, receive, context, action, body), _raised(error), send, began, take_line
            )
            return None
        if (
            type(done.outcome) is Value
            and is_first
            and done.session is None
            and done.reply is None
            and context.after is None
            and not submission.shown
            and not (is_call and are_touched(shown_tags(raw), context.touched))
        ):
            rows = encode_plain_member("value", done.outcome.value)
            if rows is not None:
                if len(done.touched) == 1:
                    performer.once.settle(wished, wish, rows)
                else:
                    performer.once.weigh(wished, len(rows))
                if is_call:
                    status, head, sent = 200, flight_head(len(rows)), rows
                else:
                    status, head, sent = 303, self._moved(rows, action, submission.form, place.address, scheme), b""
                if head is not None:
                    lines = head + self.arrivals.staying(scheme)
                    if exchange is None or not exchange.answer_whole(status, lines, sent):
                        await send({"type": "http.response.start", "status": status, "headers": pairs_of(head)})
                        await send({"type": "http.response.body", "body": sent})
                    take_line(line_of("POST", place.address, status, began, action.qualname, done.outcome))
                    return None
        visit = self._visit(scope, receive, context, action, body)
        visit.is_first = is_first
        call = Call(action, submission.arguments, 0, action.function, action.id)
        telling = acting.tell(visit, FETCH if is_call else FORM, call, submission, done, wished)
        await self.complete(visit, telling, send, began, take_line)
        return None

    def _read(
        self, raw: Mapping[bytes, bytes], body: bytes, plan: Plan, wire_id: str, visitor: str, is_call: bool
    ) -> Submission | None:
        """What was sent, if it has a key and whoever sent it is vouched for; None for `acting` to see."""
        try:
            submission = (FETCH if is_call else FORM).decode(raw, body, plan.decoding, plan.target, wire_id)
        except Exception:  # whatever it is: `acting` comes to the same, and can tell
            return None
        if not submission.key or submission.rows is not None or submission.sealed is not None or submission.leading:
            return None
        if not is_call and not (submission.token and self.acting.visitors.vouches(visitor, submission.token)):
            return None
        return submission

    def _moved(self, rows: bytes, action: Action, form: str, address: str, scheme: str) -> bytes | None:
        """The head that leads back to the page, with the value in these `rows` for it; None if it is too large."""
        own = b"0:" + rows[len(_BEFORE) : -len(_BEHIND)] + b"\n"
        cookie = self.acting.answers.carrier.small_result(action.id, form, own, address, scheme)
        return None if cookie is None else moved_head(address, cookie)

    def _visit(self, scope: Scope, receive: Receive, context: Context, action: Action, body: bytes) -> Visit:
        """What `acting` would have come to by now."""
        visit = Visit(scope, receive, self.app)
        visit.context, visit.named, visit.bytes_in = context, action.qualname, len(body)
        visit.receive.body, visit.receive.ended = body, True
        return visit


async def _act(action: Action, values: list[Any], context: Context) -> Done:
    adopt(context)  # a model's own validators may ask for the request, too
    try:
        arguments = action.converter.convert(values).kwargs
    except RAISED as error:  # wrong input, or a validator's
        context.touched.clear()
        context.touched.add(action.tag)
        outcome = outcome_of(error, action.qualname)
    else:
        context.touched.add(action.tag)
        try:
            outcome = outcome_in(action, await action.function(**arguments), context)
        except RAISED as error:
            outcome = outcome_of(error, action.qualname)
    if context.revalidated is not None:
        await tell(context)
    return Done(outcome, frozenset(context.touched), context.session, context.reply)


async def _raised(error: BaseException) -> ASGIApp:
    try:
        raise error
    finally:
        del error  # else its traceback had this frame, which had it
