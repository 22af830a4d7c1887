"""How often an action may be called: `10/minute` as its author wrote it in, a number and seconds out."""

import re
from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from jetbridge.errors import DefinitionError

__all__ = ["Rate", "rate_of"]

_FORM: Final = re.compile(r"([1-9][0-9]{0,5})\s*/\s*(?:([1-9][0-9]{0,4})\s*)?([a-z]+)")
_UNITS: Final = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86400,
    "s": 1,
    "m": 60,
    "min": 60,
    "h": 3600,
    "d": 86400,
}


class Rate(Struct, frozen=True):
    """At most `limit` calls within any `seconds`, for each visitor or whoever `by` says the request is from."""

    limit: int
    seconds: int
    by: Callable[[Any], Any] | None = None


def rate_of(text: str | None, by: Callable[[Any], Any] | None) -> Rate | None:
    """The rate that `@action(rate=…, rate_by=…)` means. Raises DefinitionError for what means none."""
    if text is None:
        if by is not None:
            raise DefinitionError("@action(rate_by=…) says whose calls to count, and rate=… how many: give both")
        return None
    found = _FORM.fullmatch(text.strip().lower()) if isinstance(text, str) else None  # pyright: ignore[reportUnnecessaryIsInstance]  # a user may have no checker
    unit = None if found is None else _UNITS.get(found[3], _UNITS.get(found[3].removesuffix("s")))
    if found is None or unit is None:
        raise DefinitionError(f'@action(rate=…) is written like "10/minute", "1/second" or "100/6 hours", not {text!r}')
    if by is not None and not callable(by):
        raise DefinitionError("@action(rate_by=…) takes a function of the request")
    return Rate(int(found[1]), int(found[2] or 1) * unit, by)
