"""Places: where a form stands in its page in, a text that tells it from other forms of the same action out.

A form is at home in the components around it, each known by its key, or else by its number among those of its name
(React's key path). Who reads a state stands somewhere too, and sees what belongs there.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final
from urllib.parse import quote

__all__ = ["LONGEST", "Place", "belongs_to", "is_called", "reader", "reading"]

LONGEST: Final = 500  # characters of a place; one that is deeper has no text, and its form is known by its action alone

# Of a task, not of a request, for the components of a page run side by side; set only while there are states to read.
_reader: ContextVar["Place | None"] = ContextVar("jetbridge-reader", default=None)


class Place:
    """A component's place in a page. Its steps become text only when someone asks: most pages have few forms."""

    __slots__ = ("_name", "_numbers", "_outer", "_which")

    def __init__(self, outer: "Place | None" = None, name: str = "", which: str | int = 0) -> None:
        self._outer = outer
        self._name = name
        self._which = which
        self._numbers: dict[str, int] | None = None

    def inner(self, name: str, key: str | None) -> "Place":
        """The next place in this one for a `name`, which has a key or is counted."""
        if key is not None:
            return Place(self, name, key)
        numbers = self._numbers
        if numbers is None:
            numbers = self._numbers = {}
        number = numbers[name] = numbers.get(name, -1) + 1
        return Place(self, name, number)

    def steps(self) -> list[str]:
        """From the page inward: `row:7` with a key, `row*0` without."""
        found: list[str] = []
        place = self
        while place._outer is not None:
            which = place._which
            counted = f"*{which}" if isinstance(which, int) else f":{quote(which, safe='')}"
            found.append(f"{quote(place._name, safe='@#')}{counted}")
            place = place._outer
        return found[::-1]

    def text(self) -> str:
        """The steps as one text, or none where they are too many."""
        text = "/".join(self.steps())
        return text if len(text) <= LONGEST else ""


@contextmanager
def reading(place: Place) -> Generator[None]:
    """What runs in the block stands at `place`."""
    token = _reader.set(place)
    try:
        yield
    finally:
        _reader.reset(token)


def reader() -> Place | None:
    """Where the code stands that is running; None in the function of a page, to which all of it belongs."""
    return _reader.get()


def belongs_to(form: str, place: Place | None) -> bool:
    """Whether who stands at `place` is told about the form called `form`.

    That is one around the form or inside it, and anyone else but those who have a counterpart at the form: of two rows
    each has its own.
    """
    if not form or place is None:
        return True
    own, theirs = place.steps(), form.split("/")
    common = 0
    while common < min(len(own), len(theirs)) and own[common] == theirs[common]:
        common += 1
    return _names(own[common:]).isdisjoint(_names(theirs[common:]))


def is_called(form: str, id: str) -> bool:  # noqa: A002
    """Whether the form called `form` has this `id` in HTML."""
    return form.rpartition("/")[2].partition("*")[0] == quote(f"#{id}", safe="#")


def _names(steps: Sequence[str]) -> set[str]:
    return {step.partition("*")[0].partition(":")[0] for step in steps}
