"""Pages on their way out: a visit in, an answer with the page, or with what stands in its place, out."""

from collections.abc import Callable, Iterable, Sequence
from secrets import token_urlsafe
from typing import Any, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from jetbridge.actions.forms import Referring
from jetbridge.actions.invoke import unwrapped
from jetbridge.actions.state import Submitted
from jetbridge.context import enter
from jetbridge.elements.h import h
from jetbridge.errors import ActionError, ControlFlow, Redirect, Refusal
from jetbridge.render.flight import begin_flight, print_flight
from jetbridge.render.resolve import Failure
from jetbridge.server.carry import Carrier
from jetbridge.server.document import encoded, filling
from jetbridge.server.failure import describe_failure, failure_page, log_failure, report
from jetbridge.server.instead import late_part
from jetbridge.server.pages import Pages, call
from jetbridge.server.policy import login_redirect
from jetbridge.server.readers import note_whole, takes_pieces
from jetbridge.server.reply import Reply
from jetbridge.server.respond import COMMON, Answer, Streamed, flight, flight_stream, html, html_stream, moved, plain
from jetbridge.server.session import Session, Sessions
from jetbridge.server.shell import DirectResponse, Rendered, Shell
from jetbridge.server.streaming import PageStream, ReactStream
from jetbridge.server.visit import Visit
from jetbridge.server.visitors import Visitors
from jetbridge.wire.model import FRAGMENT, Element
from jetbridge.wire.protocol import HEADER_TAGS, HEADER_TOKEN

__all__ = ["Showing", "saying"]

A = TypeVar("A", bound=Answer | Streamed)
_SENT = Reply()
_SENT.sent = True
_FAILED = "Something went wrong"

States = Sequence[Submitted]


class Showing(Struct, frozen=True):
    """Renders the pages of an app and answers with them."""

    pages: Pages
    shell: Shell
    carrier: Carrier
    visitors: Visitors
    sessions: Sessions
    login: str | None
    error_pages: dict[int, Callable[..., Any]] = field(default_factory=dict[int, Callable[..., Any]])

    async def render(
        self,
        visit: Visit,
        states: States,
        failure: Failure | None = None,
        *,
        in_pieces: bool = False,
        references: Referring | None = None,
    ) -> Rendered | None:
        """The page at the visit's path with what a submit came to, or None where there is no page.

        `in_pieces` lets contents of Suspense come after it; `references` are in place of the visitor's own.
        Raises what the page raises, control flow included.
        """
        found = self.pages.match(visit.path)
        if found is None:
            return None
        page, path = found
        visit.context.flashes = await self.carrier.waiting_flashes(visit)
        rendered = await self.shell.render(
            visit,
            lambda: call(page, path, visit.query, visit.context, self.pages.allow),
            title=page.title,
            layout=page.layout,
            states=states,
            failure=failure,
            instead=(lambda error: self.late_part(visit, error)) if in_pieces else None,
            template=page.template,
            references=references,
            tags=() if page.cache is None else page.cache.tag_texts,
        )
        if visit.context.flashes_read and not _is_loaded_again(visit, rendered):
            self.carrier.drop_flashes(visit)
        shown = [one for one in states if one.read or one.filled or rendered.late is not None]
        if shown and rendered.forms:
            sealed = self.carrier.seal_shown(visit, self.visitors.known(visit), shown, rendered.forms)
            return replace(rendered, shown=sealed)
        return rendered

    async def show(self, visit: Visit, states: States) -> ASGIApp | None:
        """The answer with the page at the visit's path; None where there is no page."""
        try:
            rendered = await self.render(visit, states, in_pieces=not states and takes_pieces(visit))
            if rendered is None:
                return None
            note_whole(visit)
            return await self.answer(visit, rendered)
        except (Exception, ControlFlow, BaseExceptionGroup) as error:
            return await self.instead(visit, unwrapped(error))

    async def show_error(self, visit: Visit, error: ActionError, states: States) -> ASGIApp:
        """The page a form was submitted from, with its expected error, status 422; its state is the first.

        A page that does not ask for the state would say nothing: then we say it.
        """
        try:
            rendered = await self.render(visit, states)
            if rendered is None:
                return await self.error(visit, 422, error.message)
            if rendered.form is None:  # else the component has it
                rendered = saying(rendered, error, states[0])
            return await self.answer(visit, rendered, status=422)
        except (Exception, ControlFlow, BaseExceptionGroup) as raised:
            return await self.instead(visit, unwrapped(raised))

    async def show_failure(self, visit: Visit, states: States, failure: Failure, digest: str) -> ASGIApp:
        """The answer to a form whose action failed: its page, if an error boundary shows it there, else the usual."""
        try:
            rendered = await self.render(visit, states, failure)
            if rendered is not None and rendered.shows_failure:
                return await self.answer(visit, rendered, status=500)
        except (Exception, ControlFlow, BaseExceptionGroup) as raised:
            if raised is not failure.error:
                log_failure(raised, f"rendering {visit.path} after a failure")
        return await self.failure(visit, failure.error, digest)

    async def instead(self, visit: Visit, error: BaseException) -> ASGIApp:
        """The answer in place of a page that ended with `error`, be it control flow or unexpected."""
        match error:
            case Redirect():
                return await self._moved(visit, error)
            case Refusal(status=401) if (way := login_redirect(self.login, visit.address)) is not None:
                return await self._moved(visit, way)
            case ControlFlow():
                return await self.error(visit, error.status, error.message if isinstance(error, Refusal) else "")
            case DirectResponse():
                return self._direct(visit, error)
            case HTTPException():
                headers = (error.headers or {}).items()
                return await self.error(visit, error.status_code, error.detail, headers=headers)
            case ActionError():  # nearly always path or query parameters that the page's annotations refuse
                found = self.pages.match(visit.path)
                names = found[0].names if found is not None else frozenset[str]()
                in_path = any(name.partition(".")[0] in names for name in error.field_errors)
                told = "; ".join(f"{name}: {message}" for name, message in error.field_errors.items())
                return await self.error(visit, 404 if in_path else 400, told or error.message)
            case _:
                return await self.failed(visit, error)

    async def answer(self, visit: Visit, rendered: Rendered, *, status: int = 200) -> Answer | Streamed:
        """A rendered page as Flight or as a document, whichever the visit asks for."""
        token = self.visitors.token(visit) if rendered.is_live else ""
        if visit.wants_flight:
            answer = await self._as_flight(visit, rendered, status)
            if token:
                answer.headers.append((HEADER_TOKEN, token))
        else:
            answer = await self._as_document(visit, rendered, token, status)
        return self.finish(visit, answer)

    async def _as_flight(self, visit: Visit, rendered: Rendered, status: int) -> Answer | Streamed:
        payload = rendered.as_payload()
        if self.shell.workshop is not None:  # for a page that is shown anew after a change
            styles = self.shell.styles(visit.root)
            payload["head"] = styles + (await self.shell.print_head(visit)).text()
        if rendered.late is None:
            return flight(print_flight(payload), status=status)
        doing, workshop = f"sending {visit.path}", self.shell.workshop
        with enter(visit.context):
            rows, rest = begin_flight(payload, lambda error: report(error, doing, visit, workshop=workshop))
        visit.stream = rest
        return flight(rows, status=status) if rest is None else flight_stream(rows, rest, status=status)

    async def _as_document(self, visit: Visit, rendered: Rendered, token: str, status: int) -> Answer | Streamed:
        def failed(error: BaseException) -> Element:
            return self.late_part(visit, error)

        made = await self.shell.as_document(visit, rendered)
        page = made.document
        fill = filling(token=token, new_key=lambda: token_urlsafe(16), shown=rendered.shown)
        first = encoded(fill(page.parts))
        if rendered.late is None or not page.is_open:
            return html(first, status=status, csp=page.csp)
        stream: PageStream | ReactStream
        if made.react is not None:
            stream = ReactStream(page.rows, made.react, rendered.late, fill, nonce=made.nonce, failed=failed)
        else:
            stream = PageStream(page.rows, page.placed, rendered.late, fill, inline=page.csp is None, failed=failed)
        visit.stream = stream
        return html_stream(first, stream, status=status, csp=page.csp)

    def late_part(self, visit: Visit, error: BaseException) -> Element:
        """What stands in the place of a late content that ended with `error`, when the page is out."""
        return late_part(unwrapped(error), visit, login=self.login, workshop=self.shell.workshop)

    async def error(
        self,
        visit: Visit,
        status: int,
        message: str,
        headers: Iterable[tuple[str, str]] = (),
        *,
        more: Sequence[Any] = (),
    ) -> ASGIApp:
        """The page for an error status: the application's own where it has one, else a plain one with `more`."""
        title = self.shell.languages.titled(visit.context, status)
        own = self.error_pages.get(status)
        if own is not None:
            try:
                return await self._around(visit, own, title, status, headers=headers)
            except (Exception, ControlFlow, BaseExceptionGroup) as error:  # an error page that fails itself
                log_failure(error, f"the page for errors with status {status}")
        try:
            around = h.main if self.shell.layout is None else h.section  # a layout nearly always has its own main
            content = around[h.h1[title], message and h.p[visit.said(message)], *more]
            return await self._around(visit, lambda: content, title, status, headers=headers)
        except (Exception, ControlFlow, BaseExceptionGroup) as error:  # then it is the layout or the head
            return await self.failed(visit, error)

    async def failed(self, visit: Visit, error: BaseException) -> ASGIApp:
        """The answer to an unexpected exception, which is logged."""
        digest = log_failure(error, f"{visit.method} {visit.path}")
        return await self.failure(visit, error, digest)

    async def failure(self, visit: Visit, error: BaseException, digest: str) -> ASGIApp:
        """The answer to an unexpected exception that is in the log under `digest`."""
        if self.shell.workshop is not None:
            return self.finish(visit, self.shell.workshop.page(error, digest, visit))
        if visit.wants_flight:
            told = {"failure": describe_failure(error, digest, visit, workshop=None), "url": visit.address}
            return self.finish(visit, flight(print_flight(told), status=500))
        own = self.error_pages.get(500)
        if own is not None:
            try:
                return await self._around(visit, own, visit.said(_FAILED), 500)
            except (Exception, ControlFlow, BaseExceptionGroup) as second:
                log_failure(second, "the page for errors with status 500")
        try:
            return await self._around(
                visit, lambda: failure_page(visit, digest), visit.said(_FAILED), 500, layout=False
            )
        except (Exception, ControlFlow, BaseExceptionGroup) as second:  # it is the head, then
            log_failure(second, "the page about a failure")
            text = f"{_FAILED}. The error has been recorded as {digest}."
            return self.finish(visit, plain(text, status=500))

    async def _around(
        self,
        visit: Visit,
        content: Callable[[], Any],
        title: str,
        status: int,
        *,
        layout: bool | None = None,
        headers: Iterable[tuple[str, str]] = (),
    ) -> ASGIApp:
        """The answer with a page that is not at the visit's path. One that redirects or responds by itself may."""
        try:
            rendered = await self.shell.render(visit, content, title=title, layout=layout, states=())
        except Redirect as move:
            return await self._moved(visit, move)
        except DirectResponse as direct:
            return self._direct(visit, direct)
        answer = await self.answer(visit, rendered, status=status)
        answer.headers.extend((name.lower(), value) for name, value in headers)
        return answer

    async def _moved(self, visit: Visit, move: Redirect) -> Answer:
        if move.flash is not None:
            await self.carrier.put_flash(visit, move.flash)
        return self.finish(visit, moved(move.location))

    def _direct(self, visit: Visit, direct: DirectResponse) -> ASGIApp:
        """A response of the application's own, with our headers where it has none of the kind."""
        for name, value in COMMON:
            direct.response.headers.setdefault(name, value)
        reply: Reply | None = visit.context.reply
        for name, value in reply.headers.items() if reply is not None else ():
            direct.response.headers.setdefault(name, value)
        for cookie in self.cookies(visit):
            direct.response.headers.append("set-cookie", cookie)
        return direct.response

    def finish(self, visit: Visit, answer: A) -> A:
        """Put the cookies of the visit on its answer, and the headers that the application has set."""
        reply: Reply | None = visit.context.reply
        if reply is not None:
            reply.put_on(answer.headers)
        for cookie in self.cookies(visit):
            answer.headers.append(("set-cookie", cookie))
        return answer

    def cookies(self, visit: Visit) -> Sequence[str]:
        """The Set-Cookie values that belong on the visit's answer, a changed session among them; given once."""
        session: Session | None = visit.context.session
        if session is not None:
            if session.renewed and visit.visitor is None:
                self.visitors.renew(visit)
            if session.changed:
                session.changed = False  # one that cannot be saved is an error once, and not of its error page too
                self.sessions.save(visit, session)
        given = visit.sets
        if given:
            visit.sets = ()
        reply: Reply | None = visit.context.reply
        if reply is not None and not reply.sent:
            given = (*given, *reply.lines())
        visit.context.reply = _SENT
        return given


def saying(rendered: Rendered, error: ActionError, submitted: Submitted) -> Rendered:
    """The page with `error` above it, unless it says so itself: then it has read the state that was `submitted`.

    Below it where there are client components: React knows their forms by the places they have from above.
    """
    if submitted.read:
        return rendered
    if rendered.runs_components and isinstance(rendered.tree, Element):
        children = [*rendered.tree.props["children"], _said(error)]
        return replace(rendered, tree=Element(FRAGMENT, {"children": children}))
    return replace(rendered, tree=Element(FRAGMENT, {"children": [_said(error), rendered.tree]}))


def _said(error: ActionError) -> Element:
    fields = [h.li(key=name)[f"{name}: {message}"] for name, message in error.field_errors.items()]
    return h.div(role="alert", key="jetbridge-error")[h.p[error.message], h.ul[fields] if fields else None]


def _is_loaded_again(visit: Visit, rendered: Rendered) -> bool:
    """Whether the client, which asks for another page than it shows, will load this one as a document instead."""
    return rendered.loads and visit.wants_flight and visit.method == "GET" and HEADER_TAGS not in visit.headers
