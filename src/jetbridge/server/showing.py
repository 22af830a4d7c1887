"""Pages on their way out: a visit in, an answer with the page, or with what stands in its place, out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from secrets import token_urlsafe
from typing import Any, TypeVar

from jetbridge.actions.state import ActionState
from jetbridge.elements.h import h
from jetbridge.errors import ActionError, ControlFlow, Redirect, Refusal
from jetbridge.render.flight import print_flight
from jetbridge.server.carry import Carrier
from jetbridge.server.failure import describe_failure, failure_page, log_failure
from jetbridge.server.pages import Pages, call
from jetbridge.server.respond import Answer, Streamed, flight, html, moved
from jetbridge.server.shell import DirectResponse, Rendered, Shell
from jetbridge.server.visit import Visit
from jetbridge.server.visitors import Visitors
from jetbridge.wire.protocol import HEADER_TOKEN

__all__ = ["Showing"]

A = TypeVar("A", Answer, Streamed)
States = Mapping[str, ActionState[Any]]


@dataclass(frozen=True, slots=True)
class Showing:
    """Renders the pages of an app and answers with them."""

    pages: Pages
    shell: Shell
    carrier: Carrier
    visitors: Visitors
    error_pages: dict[int, Callable[..., Any]] = field(default_factory=dict[int, Callable[..., Any]])

    async def render(self, visit: Visit, states: States) -> Rendered | None:
        """The page at the visit's path with what a submit came to, or None where there is no page.

        Raises what the page raises, control flow included.
        """
        found = self.pages.match(visit.path)
        if found is None:
            return None
        page, path = found
        visit.context.flashes = self.carrier.waiting_flashes(visit)
        rendered = await self.shell.render(
            visit,
            lambda: call(page, path, visit.query, visit.context),
            title=page.title,
            layout=page.layout,
            states=states,
        )
        if visit.context.flashes_read:
            self.carrier.drop_flashes(visit)
        return rendered

    async def show(self, visit: Visit, states: States, *, status: int = 200) -> Any:
        """The answer with the page at the visit's path; None where there is no page."""
        try:
            rendered = await self.render(visit, states)
            return None if rendered is None else await self.answer(visit, rendered, status=status)
        except ControlFlow as flow:
            return await self.instead(visit, flow)
        except DirectResponse as direct:
            return direct.response
        except ActionError as refused:  # path or query parameters that the page's annotations refuse
            found = self.pages.match(visit.path)
            names = found[0].names if found is not None else frozenset[str]()
            in_path = any(name.partition(".")[0] in names for name in refused.field_errors)
            told = "; ".join(f"{name}: {message}" for name, message in refused.field_errors.items())
            return await self.error(visit, 404 if in_path else 400, told or refused.message)
        except Exception as error:  # the last place that can tell the visitor
            return await self.failed(visit, error)

    async def instead(self, visit: Visit, flow: ControlFlow) -> Answer:
        """The answer to control flow that a page or an action ended with."""
        if isinstance(flow, Redirect):
            if flow.flash is not None:
                self.carrier.put_flash(visit, flow.flash)
            return self.finish(visit, moved(flow.location))
        return await self.error(visit, flow.status, flow.message if isinstance(flow, Refusal) else "")

    async def answer(self, visit: Visit, rendered: Rendered, *, status: int = 200) -> Answer:
        """A rendered page as Flight or as a document, whichever the visit asks for."""
        token = self.visitors.token(visit) if rendered.submits else ""
        if visit.wants_flight:
            answer = flight(print_flight(rendered.as_payload()), status=status)
            if token:
                answer.headers.append((HEADER_TOKEN, token))
        else:
            page = await self.shell.as_document(visit, rendered)
            answer = html(page.fill(token=token, new_key=lambda: token_urlsafe(16)), status=status, csp=page.csp)
        return self.finish(visit, answer)

    async def error(self, visit: Visit, status: int, message: str) -> Answer:
        """The page for an error status: the application's own where it has one, else a plain one."""
        own = self.error_pages.get(status)
        title = HTTPStatus(status).phrase
        content = own if own is not None else lambda: h.main[h.h1[title], message and h.p[message]]
        try:
            return await self._around(visit, content, title, status)
        except Exception as error:  # an error page that fails itself
            return await self.failed(visit, error)

    async def failed(self, visit: Visit, error: Exception) -> Answer:
        """The answer to an unexpected exception, which is logged."""
        digest = log_failure(error, f"{visit.method} {visit.path}")
        return await self.failure(visit, error, digest)

    async def failure(self, visit: Visit, error: BaseException, digest: str) -> Answer:
        """The answer to an unexpected exception that is in the log under `digest`."""
        development = self.shell.development
        if visit.wants_flight:
            told = {"failure": describe_failure(error, digest, development=development), "url": visit.address}
            return self.finish(visit, flight(print_flight(told), status=500))
        own = self.error_pages.get(500)
        if own is not None and not development:
            try:
                return await self._around(visit, own, "Something went wrong", 500)
            except Exception as second:
                log_failure(second, "the page for errors")
        about = {"method": visit.method, "address": visit.address, **_harmless(visit.headers)}
        content = failure_page(error, digest, about, development=development)
        return await self._around(visit, lambda: content, "Something went wrong", 500, layout=False)

    async def _around(
        self, visit: Visit, content: Callable[[], Any], title: str, status: int, layout: bool | None = None
    ) -> Answer:
        rendered = await self.shell.render(visit, content, title=title, layout=layout, states={})
        return await self.answer(visit, rendered, status=status)

    def finish(self, visit: Visit, answer: A) -> A:
        """Put the cookies of the visit on its answer."""
        answer.headers.extend(("set-cookie", cookie) for cookie in visit.sets)
        visit.sets.clear()
        return answer


def _harmless(headers: Mapping[str, str]) -> dict[str, str]:
    """Request headers without those that sign a person in."""
    return {name: "…" if name in ("cookie", "authorization") else value for name, value in headers.items()}
