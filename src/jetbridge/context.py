"""The one context variable: what the code of an application can know about the request it runs in.

Row 0: imports nothing of ours, so every row may read it. Only `server` (and `testing`) sets it.
"""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any, Literal

from jetbridge.errors import DefinitionError

__all__ = ["Context", "Phase", "adopt", "current", "enter", "peek", "visitors"]

Phase = Literal["script", "action", "page", "cached"]


class Context:
    """What belongs to one request, or to one `with app.context()` block.

    `request` is a starlette.requests.Request, or a function that makes one once it is asked for, or None outside
    requests. `touched` are the tags an action revalidated, `revalidated` those among them that the store has not been
    told of. `depends` are the tags of what is being made, a page or a cached value; `personal` is what that has asked
    of the visitor, such as `session()`; `inside` are the keys of the cached values that are being made. `states` are
    what submits of the page's forms came to, the newest first; `after` runs when the answer is out.
    """

    # What most requests leave as it is stands here, for each of them makes one of these.
    phase: Phase = "script"
    flashes_read: bool = False
    session: Any = None  # a server.session.Session, once asked for
    reply: Any = None  # a server.reply.Reply: cookies and headers, once asked for
    dropped: str | None = None  # what was made and neither returned nor raised, and where; in development
    language: str | None = None  # of messages, once asked for
    revalidated: set[str] | None = None
    personal: str | None = None
    inside: tuple[str, ...] = ()
    route: tuple[str, ...] = ()  # tags by which the page being rendered is revalidated
    memos: dict[Any, Any] | None = None  # what functions under @memo came to while the page renders, once asked for
    states: Sequence[Any] = ()  # of actions.state.Submitted
    after: list[Callable[[], Any]] | None = None  # once there is any
    flashes: Sequence[str] = ()

    def __init__(self, app: Any = None, request: Any = None, *, phase: Phase = "script", session: Any = None) -> None:
        self.app = app  # the App, for url() and asset()
        self.given = request  # or what makes it
        self.touched: set[str] = set()
        self.depends: set[str] = set()
        if phase != "script":
            self.phase = phase
        if session is not None:
            self.session = session

    @property
    def request(self) -> Any:
        """The request; made now if it was not before."""
        if callable(self.given):
            self.given = self.given()
        return self.given

    def complain(self) -> None:
        """Raise DefinitionError for control flow that was dropped; once, for its own error page is rendered too."""
        if self.dropped is not None:
            text, self.dropped = self.dropped, None
            raise DefinitionError(text)


_current: ContextVar[Context | None] = ContextVar("jetbridge", default=None)


def peek() -> Context | None:
    """The context of the running request, or None outside requests."""
    return _current.get()


def current(wanted_by: str) -> Context:
    """The context of the running request. Raises DefinitionError, naming `wanted_by`, outside requests."""
    context = _current.get()
    if context is None:
        raise DefinitionError(f"{wanted_by} works while a request is handled; elsewhere use `with app.context():`")
    return context


def visitors(wanted_by: str, *, marks: bool = True) -> Context:
    """As `current`, for what belongs to one visitor: a page that asks for it is no other visitor's, if it `marks`.

    Raises DefinitionError where a cached value is made, which all visitors get.
    """
    context = current(wanted_by)
    if context.phase == "cached":
        raise DefinitionError(
            f"a function under @cached called {wanted_by}: what it gives is kept for all visitors. Ask outside, and "
            "pass what it needs as an argument"
        )
    if marks and context.personal is None:
        context.personal = wanted_by
    return context


def adopt(context: Context) -> None:
    """Make `context` the running one for the rest of the running task, which must have been made for it."""
    _current.set(context)


class enter:  # noqa: N801  # read as a verb: `with enter(context):`; a generator would cost each request microseconds
    """Make `context` the running one for the block."""

    __slots__ = ("_context", "_token")

    def __init__(self, context: Context) -> None:
        self._context = context

    def __enter__(self) -> Context:
        self._token = _current.set(self._context)
        return self._context

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)
