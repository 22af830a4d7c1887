"""The one context variable: what the code of an application can know about the request it runs in.

Row 0: imports nothing of ours, so every row may read it. Only `server` (and `testing`) sets it.
"""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from jetbridge.errors import DefinitionError

__all__ = ["Context", "current", "enter", "peek"]

Phase = Literal["script", "action", "page"]
# The bare classes, for each request makes them all: called through an alias such as `set[str]` they take ten times as
# long.
_new_set = cast("Callable[[], set[str]]", set)
_new_list = cast("Callable[[], list[Any]]", list)


@dataclass(slots=True)
class Context:
    """What belongs to one request, or to one `with app.context()` block.

    `touched` are the tags an action revalidated, `depends` those that the page being rendered has read;
    `states` are what submits of the page's forms came to, the newest first; `after` runs when the answer is out.
    """

    request: Any = None  # a starlette.requests.Request, or None outside requests
    phase: Phase = "script"
    touched: set[str] = field(default_factory=_new_set)
    depends: set[str] = field(default_factory=_new_set)
    states: list[Any] = field(default_factory=_new_list)  # of actions.state.Submitted
    after: list[Callable[[], Any]] = field(default_factory=_new_list)
    flashes: list[str] = field(default_factory=_new_list)
    flashes_read: bool = False
    session: Any = None  # a server.session.Session, once asked for
    app: Any = None  # the App, for url() and asset()
    reply: Any = None  # a server.reply.Reply: cookies and headers, once asked for
    dropped: str | None = None  # what was made and neither returned nor raised, and where; in development
    language: str | None = None  # of messages, once asked for
    memos: dict[Any, Any] | None = None  # what functions under @memo came to while the page renders, once asked for

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
