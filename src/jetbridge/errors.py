"""Every exception Jetbridge raises, and the control flow an action or page may return or raise.

Row 0: imports nothing of ours. Who raises what: `WireError` is the client's fault (4xx), `EncodeError` and
`DefinitionError` are the application's, `ActionError` is an expected outcome that crosses the wire in full.
"""

import logging
import sys
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeVar

__all__ = [
    "ActionError",
    "ControlFlow",
    "DefinitionError",
    "EncodeError",
    "ExitError",
    "JetbridgeError",
    "NotFoundOutcome",
    "Redirect",
    "Refusal",
    "WireError",
    "forbidden",
    "not_found",
    "redirect",
    "unauthorized",
]


_log: Final = logging.getLogger("jetbridge")
F = TypeVar("F", bound="ControlFlow")


class JetbridgeError(Exception):
    """Base of every error Jetbridge raises on its own account."""


class WireError(JetbridgeError, ValueError):
    """Bytes from a client that cannot be read, or that exceed a budget.

    `message` never echoes the value; `at` is the place in it (`$[0].price`, `part 3`); `status` is the HTTP status
    that tells the client (400, or 413 for sizes); `budget` names the limit that was exceeded, if one was; `reason` is
    machine-readable, for our own client.
    """

    def __init__(
        self, message: str, *, at: str = "$", status: int = 400, budget: str | None = None, reason: str | None = None
    ) -> None:
        super().__init__(f"{message} - at {at}")
        self.message = message
        self.at = at
        self.status = status
        self.budget = budget
        self.reason = reason


class EncodeError(JetbridgeError, TypeError):
    """A value that Flight cannot carry; `at` is its path in the value that was to be sent."""

    def __init__(self, message: str, *, at: str = "$") -> None:
        super().__init__(f"{message} - at {at}")
        self.message = message
        self.at = at


class DefinitionError(JetbridgeError, TypeError):
    """A mistake in the application's own code, found when it is defined or at start. The text says what to write."""


class ActionError(JetbridgeError):
    """An expected error of an action: message, errors by field path, and a code, shown to the person who submitted.

    `field_errors` maps a field's path (`email`, `address.street`, `items[0].qty`) to what is wrong with it, and
    `field_codes` to a code by which a program knows it: `missing`, `int_parsing`, `too_short` where the input did not
    fit the annotations, else what the author gives.
    """

    def __init__(
        self,
        message: str,
        *,
        field_errors: Mapping[str, str] | None = None,
        code: str | None = None,
        field_codes: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field_errors: dict[str, str] = dict(field_errors or {})
        self.code = code
        self.field_codes: dict[str, str] = dict(field_codes or {})

    def __bool__(self) -> Literal[True]:
        """Always true; said so that `state.error and h.p[…]` is a node or None to mypy too."""
        return True


class ControlFlow(BaseException):
    """What `redirect()` and its siblings give: an action or page returns it or raises it.

    Derives from BaseException so that `except Exception` in an action does not swallow it. In development one that is
    made while a request runs and dropped is an error of that request: someone has forgotten to write `return`.
    """

    status: int = 500
    _watch: tuple[Any, str] | None = None  # the running request's context, and what to say

    def taken(self) -> None:
        """Say that it is being followed; for those who got it as a return value."""
        self._watch = None

    def __del__(self) -> None:
        if self._watch is not None and self.__traceback__ is None:  # raised, it would have one
            context, text = self._watch
            context.dropped = text
            _log.error("%s", text)


class Redirect(ControlFlow):
    """Go to `location`; `flash` is shown by `flashes()` on the next page."""

    status = 303

    def __init__(self, location: str, flash: str | None = None) -> None:
        super().__init__(location)
        self.location = location
        self.flash = flash


class NotFoundOutcome(ControlFlow):
    """There is nothing here: status 404."""

    status = 404


class Refusal(ControlFlow):
    """The visitor may not do this: status 401 (not known) or 403 (known, not allowed)."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def redirect(location: str, *, flash: str | None = None) -> Redirect:
    """Send the visitor to `location` (a path or URL); return or raise what this gives.

    Raises ValueError where `location` could not stand in a Location header or names a script.
    """
    if not location or any(ord(char) < 0x20 or ord(char) == 0x7F for char in location):
        raise ValueError("redirect() takes a path or URL without control characters")
    scheme = location.partition(":")[0].lower() if ":" in location.partition("/")[0] else ""
    if scheme not in {"", "http", "https"}:
        raise ValueError(f"redirect() takes a path or an http(s) URL, not {scheme}:")
    return _watched(Redirect(location, flash), "redirect()")


def not_found() -> NotFoundOutcome:
    """Answer 404; return or raise what this gives."""
    return _watched(NotFoundOutcome(), "not_found()")


def unauthorized(message: str = "Sign in to continue") -> Refusal:
    """Answer 401: the visitor is not known; return or raise what this gives."""
    return _watched(Refusal(401, message), "unauthorized()")


def forbidden(message: str = "You may not do this") -> Refusal:
    """Answer 403: the visitor is known and not allowed; return or raise what this gives."""
    return _watched(Refusal(403, message), "forbidden()")


def _watched(flow: F, made_by: str) -> F:
    """`flow`, which in development is not to be dropped."""
    from jetbridge.context import peek  # it needs DefinitionError, above

    context = peek()
    if context is not None and context.request is not None and getattr(context.app, "development", False):
        frame = sys._getframe(2)  # pyright: ignore[reportPrivateUsage]  # inspect.stack() reads sources
        place = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        flow._watch = (  # pyright: ignore[reportPrivateUsage]
            context,
            f"{place}: {made_by} was made here and neither returned nor raised, so it does nothing: write "
            f"`return {made_by}` or `raise {made_by}`",
        )
    return flow


class ExitError(Exception):
    """Somebody called sys.exit() where only a request should end: out of a task, SystemExit ends the event loop."""

    def __init__(self, error: SystemExit) -> None:
        super().__init__(f"SystemExit: {error.code}")
        self.__cause__ = error
