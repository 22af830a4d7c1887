"""Markers for parameters that are not read from the wire: the server supplies them.

Row 2: knows neither the server nor how a provider runs (`actions/invoke.py` does that).
"""

from collections.abc import Callable
from typing import Annotated, Any, Final, TypeVar

from msgspec import Struct

__all__ = ["PREVIOUS", "Previous", "PreviousMark", "Provide", "is_request"]

T = TypeVar("T")


class Provide(Struct, frozen=True):
    """`Annotated[User, Provide(current_user)]`: the server calls `current_user` and passes what it gives.

    The function is sync (run in place: keep it short), async, or a generator of either kind, which is resumed when
    the action has succeeded and gets the exception when it has not. It may itself declare `Request` and `Provide`
    parameters. `redirect()` and its siblings, returned or raised, end the call before the action runs.
    """

    function: Callable[..., Any]


class PreviousMark(Struct, frozen=True):
    """What `Previous[T]` leaves in an annotation."""


PREVIOUS: Final = PreviousMark()

Previous = Annotated[T, PREVIOUS]
"""The state that React's useActionState passes first: `async def add(previous: Previous[int], form: FormData)`."""


def is_request(annotation: Any) -> bool:
    """Whether `annotation` is Starlette's Request or a subclass; told by name, so that nothing imports Starlette."""
    if not isinstance(annotation, type):
        return False
    return any(
        base.__module__ == "starlette.requests" and base.__qualname__ in {"Request", "HTTPConnection"}
        for base in annotation.__mro__
    )
