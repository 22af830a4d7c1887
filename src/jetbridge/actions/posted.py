"""Forms that React's server renderer printed: their hidden fields in, what is bound to the action out; and what came of
the submit in, the state of `useActionState` out.

The partner of `js/src/ssr/reference.ts`, which says what the fields are.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from jetbridge.actions.outcome import described_error
from jetbridge.actions.state import Submitted
from jetbridge.wire.limits import Limits
from jetbridge.wire.protocol import FIELD_REACT, MARK_STATE
from jetbridge.wire.reply import decode_reference

__all__ = ["Hook", "Posted", "form_state", "read_posted"]

_REFERENCE = f"{FIELD_REACT}REF_"
_HOOK = "react:"
_LONGEST = 1000  # characters of a hook's key, which may hold a permalink
_PLAIN = f"{FIELD_REACT}ID_"


class Hook(Struct, frozen=True):
    """The `useActionState` that a submit belongs to: its key, how it names its action, how many values that has."""

    key: str
    name: str
    bound: int

    def text(self) -> str:
        """What the form is called by, as `places` calls those of Python's."""
        return _HOOK + json.dumps([self.key, self.name, self.bound])

    @property
    def is_settled(self) -> bool:
        """Whether its state tells of results and errors; else it is what the action returns."""
        return self.name.endswith(MARK_STATE)


class Posted(Struct, frozen=True):
    """What is bound to the action of a form, or of the button that was pressed. `leading` of the values come after what
    Python bound, and are the component's.
    """

    bound: list[Any]
    leading: int
    hook: Hook | None


def read_posted(ours: Sequence[tuple[str, str]], wire_id: str, *, takes_bound: bool, limits: Limits) -> Posted | None:
    """What the fields say of the action that `wire_id` names. None where they belong to another one of the form.

    Raises WireError for what is no reference.
    """
    chosen = next((name for name, _ in reversed(ours) if name.startswith((_REFERENCE, _PLAIN))), "")
    if not chosen.startswith(_REFERENCE):
        return None
    number = chosen.removeprefix(_REFERENCE).partition(".")[0]  # an image button adds where it was clicked
    reference = decode_reference(ours, prefix=f"{FIELD_REACT}{number}:", limits=limits)
    name = reference.id.removesuffix(MARK_STATE)
    if name != wire_id:
        return None
    bound = list(reference.bound or ())
    key = next((value for field, value in ours if field == f"{FIELD_REACT}KEY_{number}"), None)
    has_state = key is not None and name == reference.id
    count = len(bound) - has_state
    hook = None
    if key is not None and len(key) <= _LONGEST:
        hook = Hook(key, name.rpartition(".")[0] + reference.id.removeprefix(name), count)
    return Posted(bound, max(count - takes_bound, 0), hook)


def form_state(states: Sequence[Submitted]) -> Mapping[str, Any] | None:
    """What the page tells a hook of the submit that it answers, the first of `states`; None where that had none."""
    hook = hook_of(states[0].form) if states else None
    if hook is None:
        return None
    state = states[0].state
    about = {"key": hook.key, "name": hook.name, "bound": hook.bound}
    if not hook.is_settled:
        return {**about, "state": state.result} if state.error is None else None
    told = None if state.error is None else described_error(state.error)
    return {**about, "result": state.result, "error": told, "input": dict(state.input)}


def hook_of(form: str) -> Hook | None:
    """The hook whose `text` a form is called by. None for any other text: a client may have made it up."""
    if not form.startswith(_HOOK):
        return None
    try:
        match json.loads(form.removeprefix(_HOOK)):
            case [str() as key, str() as name, int() as bound]:
                return Hook(key, name, bound)
            case _:
                return None
    except (ValueError, RecursionError):
        return None
