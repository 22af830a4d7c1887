"""What a resolved tree holds besides elements: nodes that `resolve` writes and only the printers read.

Plain data; nothing here prints.
"""

from enum import Enum
from typing import Any

from msgspec import Struct

__all__ = ["ByPrinter", "ClientRendered", "Slot"]


class Slot(Enum):
    """A hole of a printed page that `respond` fills, so that the page itself can be cached and never holds secrets.

    As a child or as an attribute's value; the filling is escaped by whoever fills it.
    """

    TOKEN = "token"  # noqa: S105 - the visitor's signed token
    SUBMIT_KEY = "submit-key"  # fresh for every printed form
    SHOWN = "shown"  # what other submits came to that the page shows, sealed


class ByPrinter(Struct):
    """A node that HTML and Flight show differently; what both contain is shared by reference."""

    html: Any
    flight: Any


class ClientRendered(Struct):
    """In HTML: a part that is left to the browser, which shows `fallback` until its own React has rendered the part.

    An empty `digest` says that this is on purpose, and React stays silent; with any other the client reports a
    recoverable error under that digest. Flight needs a Suspense element at the same place.
    """

    fallback: Any = None
    digest: str | None = ""
