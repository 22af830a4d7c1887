"""Shown states: what submits of a page's forms came to, as bytes, and back.

So that the page which answers the next submit shows them still; see docs/decisions/012.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from jetbridge.actions.registry import Action
from jetbridge.actions.state import ActionState, Submitted, failed_state
from jetbridge.errors import ActionError, EncodeError
from jetbridge.wire.bulk import encode_scalars
from jetbridge.wire.flight import encode_flight
from jetbridge.wire.rows import decode_flight

__all__ = [
    "MOST",
    "decode_states",
    "describe_result",
    "describe_state",
    "encode_result",
    "encode_shown_result",
    "encode_states",
]

MOST: Final = 8  # forms of one page whose states stay, the newest of them


def describe_result(key: str, form: str, rows: bytes) -> list[Any]:
    """As `describe_state`, of a submit that came to the result with these `rows`."""
    return [key, form, None, None, _as_text(rows)]


def describe_state(one: Submitted) -> list[Any]:
    """A state as plain data."""
    error = one.state.error
    if one.state.rows is not None:
        return [one.key, one.form, one.state.rows, dict(one.state.input), b""]
    if error is None:
        return describe_result(one.key, one.form, encode_result(one.state.result))
    said = [error.message, error.field_errors, error.code, error.field_codes]
    return [one.key, one.form, said, dict(one.state.input), b""]


def encode_states(states: Iterable[list[Any]], limit: int | None = None) -> bytes:
    """What `describe_state` gave for each, the newest first, but those for which `limit` bytes have no room."""
    kept = list(states)[:MOST]
    if limit is not None:
        kept = list(_within(kept, limit))
    return _encoded(kept) if kept else b""


def encode_shown_result(key: str, form: str, rows: bytes) -> bytes:
    """As `encode_states` of the one that `describe_result` describes."""
    return _encoded([describe_result(key, form, rows)])


def _encoded(states: list[list[Any]]) -> bytes:
    for state in states:
        if type(state[-1]) is not str:  # rows of a result are text, beside which there is nothing else to look at
            return encode_flight(states)
    plain = encode_scalars(states)
    return encode_flight(states) if plain is None else b"0:" + plain + b"\n"


def _within(states: Iterable[list[Any]], limit: int) -> Iterator[list[Any]]:
    for state in states:
        needed = len(encode_flight(state))
        if needed <= limit:
            limit -= needed
            yield state


def decode_states(
    data: bytes, action: Callable[[str], Action | None], typed: Callable[[Action, bytes], Any]
) -> Sequence[Submitted]:
    """The states in `data`, without those of actions that are gone. `typed` reads the rows of a result."""
    found: list[Submitted] = []
    for key, form, said, typed_in, rows in decode_flight(data):
        of = action(key.partition(":")[0])
        if of is None:
            continue
        if said is None:
            rows = rows if isinstance(rows, bytes) else str(rows).encode()
            found.append(Submitted(key, form, ActionState(result=typed(of, rows), submitted=True)))
            continue
        if isinstance(said, str):
            found.append(Submitted(key, form, ActionState(input=typed_in, rows=said)))
            continue
        message, field_errors, code, field_codes = said
        error = ActionError(message, field_errors=field_errors, code=code, field_codes=field_codes)
        found.append(Submitted(key, form, failed_state(error, typed_in)))
    return found


def _as_text(rows: bytes) -> str | bytes:
    """Rows that are text as text, for that is plain data and written in one go; bytes and files have other rows."""
    try:
        return rows.decode()
    except UnicodeDecodeError:
        return rows


def encode_result(result: Any) -> bytes:
    """A result as Flight; one that cannot be encoded is as good as none, the action's success is not undone by it."""
    try:
        return encode_flight(result)
    except EncodeError:
        return encode_flight(None)
