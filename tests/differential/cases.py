"""How long random tests run and where they begin: a seed that can be given, and printed when a case fails.

JETBRIDGE_SEED=123        begin with this seed instead of a new one
JETBRIDGE_SEED=123:45     run only its case 45
JETBRIDGE_CASES=5000      this many cases a test, however long they take
JETBRIDGE_SECONDS=60      or this many seconds for all tests together (20)
"""

import os
import secrets
import time
from collections.abc import Iterator

__all__ = ["SEED", "begun", "cases"]

# Kept in the environment, so that the processes among which pytest divides a run begin with the same one.
_GIVEN = os.environ["JETBRIDGE_SEED"] = os.environ.get("JETBRIDGE_SEED") or str(secrets.randbelow(10**9))
SEED = _GIVEN.partition(":")[0]
_ONLY = _GIVEN.partition(":")[2]
_COUNT = int(os.environ.get("JETBRIDGE_CASES", "0"))
_SECONDS = float(os.environ.get("JETBRIDGE_SECONDS", "20"))

begun: list[str] = []
"""The seeds of the cases so far; when one fails, it is the last."""


def cases(share: float) -> Iterator[str]:
    """The seeds of the cases of one test that may take this share of the time. At least one is given."""
    if _ONLY:
        begun.append(f"{SEED}:{_ONLY}")
        yield begun[-1]
        return
    end = time.monotonic() + _SECONDS * share
    number = 0
    while number < _COUNT if _COUNT else (number == 0 or time.monotonic() < end):
        number += 1
        begun.append(f"{SEED}:{number}")
        yield begun[-1]
