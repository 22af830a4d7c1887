"""The panel of development: visits in, the last actions out, with what they were given, came to, cost and touched.

It stands in the page in a frame of its own, so that it can neither disturb the page nor be disturbed by it.
"""

import time
from collections import deque
from typing import Any, Final

from msgspec import Struct

from jetbridge.actions.outcome import Expected, Failed, Moved, Refused
from jetbridge.actions.registry import STATES
from jetbridge.elements.h import h
from jetbridge.server.development.mask import Mask
from jetbridge.server.log import phases
from jetbridge.server.visit import Visit
from jetbridge.wire.model import Element

__all__ = ["PANEL_STYLE", "Panel"]

_KEPT: Final = 50

PANEL_STYLE: Final = """
body { margin: 0; color-scheme: light dark; font: 13px/1.5 system-ui, sans-serif; color: CanvasText;
  background: Canvas }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem; border-bottom: 1px solid GrayText;
  overflow-wrap: anywhere }
th { font-weight: 500; white-space: nowrap }
code { font: 12px/1.5 ui-monospace, monospace }
small { color: GrayText }
p { margin: 1rem .75rem }
"""


class _Run(Struct, frozen=True):
    """One call or form. Times are milliseconds; `steps` are the log's, in the order in which they were taken."""

    at: str
    action: str
    address: str
    status: int
    outcome: str
    arguments: str
    took: float
    steps: dict[str, float]
    touched: tuple[str, ...]


class Panel:
    """Keeps the last runs."""

    def __init__(self) -> None:
        self._runs: deque[_Run] = deque(maxlen=_KEPT)
        self.count = 0  # of all that there have been

    def record(self, visit: Visit, answer: Any, began: float, mask: Mask) -> None:
        """Keep a visit that named an action. It began at `began`, by `perf_counter`."""
        self.count += 1
        self._runs.appendleft(
            _Run(
                time.strftime("%H:%M:%S"),
                visit.named or (visit.action or "").partition("-")[0],
                mask.text(visit.address),
                getattr(answer, "status", None) or getattr(answer, "status_code", 0),
                mask.text(_told(visit)),
                mask.text(visit.shown or ""),
                (time.perf_counter() - began) * 1000,
                phases(visit, began),
                tuple(sorted(tag for tag in visit.context.touched if not tag.startswith(STATES))),
            )
        )

    def tree(self) -> Element:
        """The table, newest first."""
        if not self._runs:
            return h.p["No action has run yet."]
        titles = ("When", "Action", "Arguments", "Outcome", "Time", "Touched")
        return h.table[
            h.thead[h.tr[[h.th(key=title, scope="col")[title] for title in titles]]],
            h.tbody[[_row(run, str(self.count - at)) for at, run in enumerate(self._runs)]],
        ]


def _row(run: _Run, key: str) -> Element:
    steps = ", ".join(f"{name.removesuffix('_ms')} {took:.1f}" for name, took in run.steps.items())
    return h.tr(key=key)[
        h.td[run.at],
        h.th(scope="row")[h.code[run.action], h.br, h.small[run.address]],
        h.td[h.code[run.arguments]],
        h.td[f"{run.status} ", run.outcome],
        h.td[f"{run.took:.1f} ms", h.br, h.small[steps]],
        h.td[[h.code(key=tag)[tag, " "] for tag in run.touched]],
    ]


def _told(visit: Visit) -> str:
    """What it came to, in words."""
    if visit.ran is None:
        return "turned away"
    outcome = visit.ran[1]
    repeated = " (a repeat of an earlier submit)" if not visit.is_first else ""
    match outcome:
        case Expected():
            told = f"error shown: {outcome.error.message}"
        case Moved():
            told = f"redirect to {outcome.redirect.location}"
        case Refused():
            told = f"refused: {outcome.message}"
        case Failed():
            told = f"failed: {type(outcome.exception).__name__}, digest {outcome.digest}"
        case _:
            told = "done"
    return told + repeated
