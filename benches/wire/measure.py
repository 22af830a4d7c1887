"""Measuring: contenders in, the ratios between them out.

The contenders of a case take turns, so that what else the machine does falls on all alike, and only CPU time counts.
"""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

__all__ = ["Case", "Contender", "Effort", "Result", "call", "measure"]

Timer = Callable[[int], float]


@dataclass(frozen=True)
class Contender:
    """Something that does the job of a case. `most` is the ratio of ours to it that the project wants, if any."""

    name: str
    timer: Timer
    """Seconds of CPU for one time, when done that many times."""
    most: float | None = None


@dataclass(frozen=True)
class Case:
    """One job: ours, and others that do the same."""

    name: str
    ours: Timer
    others: tuple[Contender, ...]


@dataclass(frozen=True)
class Effort:
    """How long to measure: so many rounds, each contender at least so many seconds in each."""

    rounds: int
    seconds: float


@dataclass(frozen=True)
class Result:
    """Our time divided by another's, and our own in seconds."""

    case: str
    other: str
    ratio: float
    most: float | None
    ours: float


def call(run: Callable[[], Any]) -> Timer:
    """The timer of a Python function."""

    def timer(times: int) -> float:
        gc.collect()
        start = time.process_time()
        for _ in range(times):
            run()
        return (time.process_time() - start) / times

    return timer


def measure(case: Case, effort: Effort) -> list[Result]:
    """The ratios of one case."""
    timers = [case.ours, *(contender.timer for contender in case.others)]
    times = [_enough(timer, effort.seconds) for timer in timers]
    rounds = [[timer(count) for timer, count in zip(timers, times, strict=True)] for _ in range(effort.rounds)]
    ours = median(spent[0] for spent in rounds)
    return [
        # The median of each, not of the ratios: one disturbed round then spoils neither.
        Result(case.name, other.name, ours / median(spent[index] for spent in rounds), other.most, ours)
        for index, other in enumerate(case.others, 1)
    ]


def _enough(timer: Timer, seconds: float) -> int:
    timer(3)  # caches and V8's compiler
    once = timer(3)
    timer(max(3, int(seconds / max(once, 1e-7))))  # V8 again
    return max(3, int(seconds / max(once, 1e-7)))
