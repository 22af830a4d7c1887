"""The jobs that are measured, and what is aimed at: ratios of ours to another's in one run."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["CURVES", "JOBS", "TARGETS", "Job", "Target"]


@dataclass(frozen=True)
class Job:
    """One kind of request, over so many connections at once; `size` where it has one (rows, or characters)."""

    name: str
    title: str
    connections: int
    size: int = 0


JOBS: tuple[Job, ...] = (
    Job("call", "Create a user: a call with an object", 1),
    Job("call", "Create a user: a call with an object", 32),
    Job("submit", "Create a user: a form submitted by React", 32),
    Job("multipart", "Create a user: a form without JavaScript, multipart", 1),
    Job("multipart", "Create a user: a form without JavaScript, multipart", 32),
    Job("urlencoded", "Create a user: a form without JavaScript, urlencoded", 32),
    Job("rows", "A table of 1,000 x 6 with dates as the result", 1, 1000),
    Job("count", "The same table as the checked argument", 1, 1000),
)
# For the plot: a job, what varies, and the values it takes.
CURVES: dict[str, tuple[Job, ...]] = {
    "rows of the result": tuple(Job("rows", "", 1, rows) for rows in (1, 10, 100, 1000, 5000)),
    "rows of the argument": tuple(Job("count", "", 1, rows) for rows in (1, 10, 100, 1000, 5000)),
    "characters in the body": tuple(Job("echo", "", 1, size) for size in (100, 1000, 10_000, 100_000, 500_000)),
    "connections": tuple(Job("call", "", connections) for connections in (1, 4, 16, 64, 256)),
}

Measure = Literal["throughput", "CPU time", "memory", "start"]


@dataclass(frozen=True)
class Target:
    """Ours divided by `other`'s: at least `bound` for throughput, at most for what is spent."""

    measure: Measure
    other: str
    bound: float
    job: Job | None = None

    def is_met(self, ratio: float) -> bool:
        """Whether this ratio is as good as what is aimed at."""
        return ratio >= self.bound if self.measure == "throughput" else ratio <= self.bound


_CALL, _FORM, _ROWS, _COUNT = JOBS[1], JOBS[4], JOBS[6], JOBS[7]
TARGETS: tuple[Target, ...] = (
    Target("throughput", "raw ASGI", 0.55, _CALL),
    Target("CPU time", "raw ASGI", 2.0, _CALL),
    Target("throughput", "FastAPI", 2.0, _CALL),
    Target("throughput", "Next.js", 15, _CALL),
    Target("throughput", "Starlette", 2.0, _FORM),
    Target("throughput", "FastAPI", 4.0, _FORM),
    Target("throughput", "Next.js", 30, _FORM),
    Target("throughput", "React on Node", 1.8, _ROWS),
    Target("throughput", "FastAPI", 1.8, _ROWS),
    Target("throughput", "Next.js", 3.0, _ROWS),
    Target("throughput", "React on Node", 0.8, _COUNT),
    Target("throughput", "FastAPI", 2.0, _COUNT),
    Target("throughput", "Next.js", 2.0, _COUNT),
    Target("start", "raw ASGI", 1.5),
    Target("start", "Next.js", 0.5),
    Target("memory", "Next.js", 0.35),
)
