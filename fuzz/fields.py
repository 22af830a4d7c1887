"""Invariant: any names of form fields are arguments or an ActionError that names fields, in linear work.

Parts as in `parts`, submitted to a function with every shape a form can fill: records, lists, mappings, files, models
that contain themselves, unions. A name only ever leads to a place the annotations have.
"""

import datetime as dt
import enum
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel

from fuzz.parts import decode_parts
from jetbridge.errors import ActionError
from jetbridge.schema.convert import convert
from jetbridge.schema.describe import Signature, describe
from jetbridge.wire.model import FormData, Upload

__all__ = ["check"]


class Level(enum.Enum):
    """A choice."""

    LOW = "low"


class Address(BaseModel):
    """A record in a record."""

    street: str
    lift: bool = True


class Item(BaseModel):
    """A record in a list, which may hold itself."""

    qty: int
    tags: list[str] = []
    below: "list[Item]" = []


class Order(BaseModel):
    """A form."""

    name: str
    address: Address
    items: list[Item] = []
    prices: dict[str, Decimal] = {}
    born: dt.date | None = None
    level: Level | Literal["none"] = "none"
    photo: Upload | None = None
    either: int | Address = 0
    matrix: list[list[int]] = []


def _submit(order: Order) -> None: ...


def _save(name: str, items: list[Item], address: Address | None = None, agree: bool = False) -> None: ...


_SIGNATURES = [describe(_submit), describe(_save)]


def check(data: bytes) -> None:
    """Raise AssertionError, or whatever the conversion raised, where the invariant does not hold."""
    entries = decode_parts(data)
    for signature in _SIGNATURES:
        error = _refusal(signature, entries)
        if error is not None:
            assert error.field_errors or error.message, "an error that says nothing"
            # A name that leads nowhere is an error under that very name, cut where it is long.
            names = [name for name, _ in entries]
            own = [path for path in error.field_errors if not any(n.startswith(path.removesuffix("…")) for n in names)]
            assert all("__class__" not in path for path in own), "a path that is no place of the form"


def _refusal(signature: Signature, entries: list[tuple[str, str | Upload]]) -> ActionError | None:
    try:
        convert(signature, [FormData(entries)])
    except ActionError as error:
        return error
    return None
