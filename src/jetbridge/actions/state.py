"""Action state: what the last submit of an action came to, for the page that shows its form.

The server records an outcome in the request's context; the page reads it there, and depends on it by reading.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from msgspec import Struct

from jetbridge.actions.forms import state_key
from jetbridge.actions.outcome import Expected, Outcome, Value
from jetbridge.actions.places import belongs_to, is_called, reader
from jetbridge.actions.registry import Action, Registry
from jetbridge.context import visitors
from jetbridge.errors import ActionError
from jetbridge.schema.convert import converter_of
from jetbridge.schema.describe import Signature
from jetbridge.wire.model import FormData

__all__ = [
    "ActionState",
    "Submitted",
    "action_state",
    "failed_state",
    "input_of",
    "is_sensitive",
    "rows_changed",
    "state_key",
    "state_of",
]

T = TypeVar("T")

# Fields that are never shown again, by a part of their name; more by annotation (SecretStr).
SENSITIVE: Final = re.compile(
    r"passw|passphrase|passcode|pwd|secret|credit.?card|card.?number|(?:^|[_-])(?:otp|pin|cvc|cvv|csc|ssn|token)(?:$|[_-])",
    re.IGNORECASE,
)
PART: Final = re.compile(r"[^.\[\]]+")


@dataclass(frozen=True, slots=True)
class ActionState(Generic[T]):
    """The last submit: its `result` or `error`, errors and their codes by field path, what was typed by field name.

    `input` has no files, no passwords and no names with a leading underscore. Nothing was submitted: `submitted` is
    False and all else empty.
    """

    result: T | None = None
    error: ActionError | None = None
    field_errors: Mapping[str, str] = field(default_factory=dict[str, str])
    input: Mapping[str, str | list[str]] = field(default_factory=dict[str, "str | list[str]"])
    submitted: bool = False
    field_codes: Mapping[str, str] = field(default_factory=dict[str, str])
    rows: str | None = None  # not submitted: a list is to have one more row, `+items`, or has one less, `-items[2]`

    @property
    def is_refilled(self) -> bool:
        """Whether the form is to hold what was typed, and nothing else."""
        return self.error is not None or self.rows is not None


NOTHING: Final[ActionState[Any]] = ActionState()


class Submitted(Struct):
    """The state that the submit of one form left: by the state `key` of its action, and the `form` as `places` call it.

    `read` and `filled` say what the page that is being rendered made of it: somebody asked for it, its form holds
    again what was typed.
    """

    key: str
    form: str
    state: ActionState[Any]
    read: bool = False
    filled: bool = False


def action_state(action: Callable[..., Any], *, form: str | None = None) -> ActionState[Any]:
    """What the last submit of `action` (a function or partial) came to, while a page is rendered.

    Forms are told apart by the values bound to their action. Where nothing is bound a component is told of the forms
    it is around, and `form` names one by its `id`. Reading makes the page depend on it: an answer to any submit of
    `action` carries the page anew.
    """
    context = visitors("action_state()", marks=False)
    registry: Registry = context.app.registry
    found = registry.of(action)
    context.depends.add(found.tag)
    if not context.states:
        return NOTHING
    key = state_key(registry, action)
    for one in context.states:
        if one.key == key and (key != found.id or _is_meant(one.form, form)):
            one.read = True
            return one.state
    return NOTHING


def _is_meant(submitted: str, form: str | None) -> bool:
    return belongs_to(submitted, reader()) if form is None else is_called(submitted, form)


def state_of(action: Action, outcome: Outcome, form: FormData | None = None) -> ActionState[Any]:
    """The state that `outcome` leaves; empty where it leaves none.

    `form` is what was submitted; what was typed is kept for an expected error only: after success a form is empty.
    """
    match outcome:
        case Value(value):
            return ActionState(result=value, submitted=True)
        case Expected(error):
            typed = input_of(form, action.signature) if form is not None else {}
            return failed_state(error, typed)
        case _:
            return NOTHING


def failed_state(error: ActionError, typed: Mapping[str, str | list[str]]) -> ActionState[Any]:
    """The state of a submit that ended with an expected error."""
    return ActionState(
        error=error, field_errors=error.field_errors, input=typed, submitted=True, field_codes=error.field_codes
    )


def rows_changed(form: FormData, signature: Signature, rows: str) -> ActionState[Any]:
    """The state of a form one of whose lists is changed as `rows` says, and all else left as it was typed."""
    taken = rows.removeprefix("-") if rows.startswith("-") else None
    kept = FormData([one for one in form.entries if taken is None or not _is_in(one[0], taken)])
    return ActionState(input=input_of(kept, signature), rows=rows)


def _is_in(name: str, path: str) -> bool:
    return name.startswith(path) and name[len(path) :][:1] in ("", ".", "[")


def input_of(form: FormData, signature: Signature) -> dict[str, str | list[str]]:
    """What may be shown again of a submitted form: texts by name, repeated ones as lists."""
    secret = converter_of(signature).secrets
    found: dict[str, list[str]] = {}
    for name, value in form.entries:
        if isinstance(value, str) and not is_sensitive(name, secret):
            found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def is_sensitive(name: str, secret: Sequence[str] | frozenset[str] = ()) -> bool:
    """Whether what was typed into a field of this name is kept out of every answer."""
    return name.startswith("$") or any(
        part.startswith("_") or part in secret or SENSITIVE.search(part) is not None for part in PART.findall(name)
    )
