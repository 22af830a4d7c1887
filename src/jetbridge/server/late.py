"""A form that comes too late, from before a deploy or after its cookie, in; a page that keeps what was typed out.

Nothing of it has run. Where the page can tell which form it was, that form is filled again; else the texts are listed.
"""

from collections.abc import Mapping

from msgspec import Struct
from starlette.types import ASGIApp

from jetbridge.actions.outcome import Expected
from jetbridge.actions.registry import Action, Registry
from jetbridge.actions.state import Submitted, input_of, is_sensitive, state_of
from jetbridge.elements.h import h
from jetbridge.elements.node import Node
from jetbridge.errors import ActionError, ControlFlow, WireError
from jetbridge.server.body import ClientGone, read_body
from jetbridge.server.doors import FORM, Submission, uploads_in
from jetbridge.server.showing import Showing, saying
from jetbridge.server.visit import Visit
from jetbridge.wire.limits import Limits
from jetbridge.wire.model import FormData
from jetbridge.wire.protocol import HEADER_REASON

__all__ = ["Late"]

_TEXT = "This page was out of date, so nothing has been saved. Please look over what you entered and send it again."
_LISTED = "This page was out of date, so nothing has been saved. Load the page again; this is what you entered:"
_EMPTY = "This page was out of date, so nothing has been saved. Load the page again."


class Late(Struct, frozen=True):
    """Answers browsers' forms that cannot be taken any more, by nobody's fault."""

    showing: Showing
    registry: Registry
    limits: Limits

    async def answer(self, visit: Visit, submission: Submission | None, *, status: int, reason: str | None) -> ASGIApp:
        """The page with the form as it was, or one that says what was typed. `submission` where it has been read."""
        if submission is None:
            submission = await self._read(visit)
        action = self.registry.get((visit.action or "").rpartition(".")[0])
        headers = [(HEADER_REASON, reason)] if reason is not None else []
        if submission is not None and action is not None and submission.sealed is None:
            error = ActionError(visit.said(_TEXT), code=reason)
            state = state_of(action, Expected(error), submission.fields)
            submitted = Submitted(action.id, submission.form, state)
            try:
                rendered = await self.showing.render(visit, [submitted])
                if rendered is not None and rendered.refills:
                    said = saying(rendered, error, submitted)
                    answer = await self.showing.answer(visit, said, status=status)
                    answer.headers.extend(headers)
                    return answer
            except (Exception, ControlFlow, BaseExceptionGroup):  # noqa: S110  # the list below is good enough then
                pass
        typed = [] if submission is None else _typed(submission.fields, action)
        more = [h.p[h.a(href=visit.address)[visit.said("Load the page again")]], _listed(typed)]
        return await self.showing.error(visit, status, _LISTED if typed else _EMPTY, headers, more=more)

    async def _read(self, visit: Visit) -> Submission | None:
        try:
            limit = self.limits.body_bytes
            body = await read_body(visit.receive, visit.headers, limit, self.limits)
            visit.uploads = uploads_in(body)
            return FORM.decode(visit.headers.raw, body, self.limits, None, visit.action or "")
        except (WireError, ClientGone):
            return None


def _typed(fields: FormData | None, action: Action | None) -> list[tuple[str, str]]:
    """What may be shown again: texts that are no secrets."""
    shown: Mapping[str, str | list[str]]
    if fields is None:
        return []
    if action is not None:
        shown = input_of(fields, action.signature)
    else:
        shown = {name: value for name, value in fields.entries if isinstance(value, str) and not is_sensitive(name)}
    return [(name, value if isinstance(value, str) else ", ".join(value)) for name, value in shown.items() if value]


def _listed(typed: list[tuple[str, str]]) -> Node:
    return h.dl[[[h.dt(key=f"{name} name")[name], h.dd(key=name)[h.pre[value]]] for name, value in typed]]
