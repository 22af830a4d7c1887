"""OpenTelemetry spans for actions, where its API is installed: a run in, the same run inside a span out.

Spans of the database and the like are children of it; it is a child of the request's, where that has one. Without
the package, and for applications that give it no SDK, nothing is done.
"""

import os
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from jetbridge.actions.outcome import Failed
from jetbridge.actions.registry import Action
from jetbridge.server.done import Done

__all__ = ["Tracer", "tracer_of", "within_span"]


_TRACE: Final = "opentelemetry.trace"
_PROVIDER: Final = "OTEL_PYTHON_TRACER_PROVIDER"  # by which the environment alone gives it an SDK


class Tracer:
    """OpenTelemetry's tracer for us; `is_heard` tells whether the process has given it an SDK.

    Who gives one has imported the package, so we need not.
    """

    __slots__ = ("_own",)

    def __init__(self) -> None:
        self._own: Any = None
        if os.environ.get(_PROVIDER):
            import_module(_TRACE)

    @property
    def is_heard(self) -> bool:
        trace: Any = sys.modules.get(_TRACE)
        return trace is not None and not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)

    @property
    def own(self) -> Any:
        if self._own is None:
            self._own = import_module(_TRACE).get_tracer("jetbridge")
        return self._own


def tracer_of() -> Tracer | None:
    """OpenTelemetry's tracer for us, or None where the package is not installed."""
    return None if find_spec("opentelemetry") is None else Tracer()


async def within_span(tracer: Tracer, action: Action, act: Callable[[], Awaitable[Done]]) -> Done:
    """What `act` gives; the span has its outcome, and the exception of one that failed."""
    attributes = {"jetbridge.action": action.qualname, "jetbridge.action_id": action.id}
    with tracer.own.start_as_current_span(f"action {action.qualname}", attributes=attributes) as span:
        done = await act()
        span.set_attribute("jetbridge.outcome", type(done.outcome).__name__.lower())
        if isinstance(done.outcome, Failed):
            span.set_attribute("jetbridge.digest", done.outcome.digest)
            span.record_exception(done.outcome.exception)
            status = import_module("opentelemetry.trace").StatusCode.ERROR
            span.set_status(status, type(done.outcome.exception).__name__)
        return done
