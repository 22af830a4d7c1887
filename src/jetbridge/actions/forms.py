"""References and forms: an action in, what a page prints for it out; and back, a call or a submitted form in, the
action and its arguments out.

A reference is the action's id with a signature, and the bound values sealed. Nothing else can be called, but what a
front end's manifest lists.
"""

import functools
import json
import time
from collections.abc import Callable, Collection, Sequence
from hashlib import blake2b
from hmac import compare_digest
from types import FunctionType
from typing import Any, Final, NamedTuple, Protocol

from msgspec import Struct, field

from jetbridge.actions.bound import LARGEST, decode_bound, encode_bound
from jetbridge.actions.ids import alias_id
from jetbridge.actions.nested import Capture, capture, rebuild
from jetbridge.actions.places import LONGEST
from jetbridge.actions.registry import Action, Registry
from jetbridge.actions.sealing import DAY, KeyRing, SealError
from jetbridge.errors import DefinitionError, WireError
from jetbridge.schema.describe import MISSING
from jetbridge.wire.model import FormData, ServerReference, Upload
from jetbridge.wire.protocol import (
    FIELD_BOUND,
    FIELD_FORM,
    FIELD_KEY,
    FIELD_PREFIX,
    FIELD_PRESSED,
    FIELD_REACT,
    FIELD_ROWS,
    FIELD_SHOWN,
    FIELD_TOKEN,
    MARK_LATEST,
    REASON_ACTION,
    REASON_CHANGED,
    REFERENCE_BOUND,
    REFERENCE_FINGERPRINT,
    REFERENCE_SIGNATURE,
)

__all__ = ["Call", "FormSubmission", "References", "Referring", "Target", "bundled_id", "form_arguments", "state_key"]

PURPOSE: Final = "bound"
_KEPT: Final = "bound in a kept page"  # which no call opens
SEALED_DAYS: Final = 30  # for how long a page that stays open can submit what is bound


class Target(NamedTuple):
    """What a wire id names: an action, under the `identity` that was sealed with (its id, or an alias of it)."""

    action: Action
    identity: str
    takes_bound: bool


class Call(Struct):
    """One call of an action, opened but not converted: `values` by position, the first `bound` of them from us.

    The client bound the `leading` ones after those. `function` is what runs: the action's own, or a nested one made
    again with its variables. `state_key` tells the outcomes of calls apart by what was bound.
    """

    action: Action
    values: Sequence[Any]
    bound: int
    function: Callable[..., Any]
    state_key: str
    keywords: dict[str, Any] = field(default_factory=dict[str, Any])
    leading: int = 0


class FormSubmission(Struct, frozen=True):
    """A submitted form: the author's `fields`, and ours; `bound` goes before the fields as a value of the call.

    `form` is what its page calls it, `shown` what that page shows of other submits, and `rows` the change of a list
    that is wanted in place of a call. `react` are those that React's server renderer has made.
    """

    fields: FormData
    token: str | None
    key: str | None
    bound: str | None
    form: str
    shown: str | None
    rows: str | None
    react: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


class Referring(Protocol):
    """Gives the functions and partials in one page their references."""

    @property
    def registry(self) -> Registry: ...
    def reference(self, action: Any) -> ServerReference: ...


class VisitorsReferences(Struct, frozen=True):
    """References for one visitor's page: nobody else can use what is bound there.

    `visitor` is asked when a value is sealed: one who is new gets a cookie then.
    """

    references: "References"
    visitor: Callable[[], str]

    @property
    def registry(self) -> Registry:
        return self.references.registry

    def reference(self, action: Any) -> ServerReference:
        """The finished reference of a function or partial. Raises what `References.reference` does."""
        return self.references.reference(action, self.visitor)


class References:
    """Gives actions their references and opens calls of them again.

    A reference is `<id>.<fingerprint><signature>`, with a mark before the signature where values are bound to it.

    `bundled` are the references in a front end's bundle, which nobody signed: those of its manifest.
    """

    def __init__(self, registry: Registry, keyring: KeyRing, bundled: Collection[str] = ()) -> None:
        self.registry = registry
        self.keyring = keyring
        self._bundled = _targets(registry, frozenset(bundled))
        self._plain: dict[str, ServerReference] = {}  # by id; a page may print the same one a thousand times

    def to(self, visitor: Callable[[], str]) -> VisitorsReferences:
        """References for the page of one visitor."""
        return VisitorsReferences(self, visitor)

    def reference(self, action: Any, visitor: Callable[[], str] | None = None) -> ServerReference:
        """The finished reference of a function or partial; what is bound to it is sealed for `visitor`, if for anyone.

        Raises DefinitionError for what is no action and for a bound value that cannot be sealed.
        """
        return self._reference(action, visitor, PURPOSE)

    def _reference(self, action: Any, visitor: Callable[[], str] | None, purpose: str) -> ServerReference:
        found, payload = _parts(self.registry, action)
        if payload is None:
            reference = self._plain.get(found.id)
            if reference is None:
                reference = self._plain[found.id] = ServerReference(self._signed(found, ""))
            return reference
        known = self._plain.get(found.id + REFERENCE_BOUND)
        if known is None:
            known = self._plain[found.id + REFERENCE_BOUND] = ServerReference(self._signed(found, REFERENCE_BOUND))
        sealed = self._sealed(found.id, payload, "" if visitor is None else visitor(), purpose)
        return ServerReference(known.id, (sealed,))

    def for_nobody(self, action: Any) -> ServerReference:
        """As `reference`, for a page that is kept: what is bound is of no use until `reseal` seals it for a visitor."""
        return self._reference(action, lambda: "", _KEPT)

    def reseal(self, identity: str, sealed: str, visitor: str) -> str:
        """What `for_nobody` sealed for the action `identity`, sealed for `visitor`. Raises SealError."""
        payload = self.keyring.open(sealed, purpose=_KEPT, associated=_associated(identity, ""))
        return self._sealed(identity, payload, visitor, PURPOSE)

    def _sealed(self, identity: str, payload: bytes, visitor: str, purpose: str) -> str:
        # Whole days: a page that did not change is the same bytes until midnight.
        until = (time.time() // DAY + SEALED_DAYS + 1) * DAY
        return self.keyring.seal(payload, purpose=purpose, associated=_associated(identity, visitor), expires_at=until)

    def _signed(self, action: Action, mark: str) -> str:
        text = f"{action.id}.{action.fingerprint}{mark}"
        return f"{text}{self.keyring.mac(text)}{_mark(action)}"

    def find(self, wire_id: str) -> Target:
        """What a wire id names, before anything of the body is read.

        Raises WireError 409 for an id that is unknown or not signed by us, and for one whose action has changed what
        it takes: the page is older than the server.
        """
        return self._bundled.get(wire_id) or self._find_signed(wire_id)

    def _find_signed(self, wire_id: str) -> Target:
        identity, _, proof = wire_id.rpartition(".")
        proof = proof.removesuffix(MARK_LATEST)
        action = self.registry.get(identity)
        if action is not None:
            given = proof.encode("utf-8", "surrogatepass")
            for mark in ("", REFERENCE_BOUND):
                if any(compare_digest(signature, given) for signature in self._proofs(identity, action, mark)):
                    return Target(action, identity, bool(mark))
            if self._was_ours(identity, proof):
                raise WireError(
                    "this action takes other arguments now", at="the action's id", status=409, reason=REASON_CHANGED
                )
        raise _unknown("there is no such action")

    def _proofs(self, identity: str, action: Action, mark: str) -> tuple[bytes, ...]:
        """What may follow the id: the fingerprint, and a signature by any key."""
        own = f"{action.fingerprint}{mark}"
        return tuple(own.encode() + mac for mac in self.keyring.macs(f"{identity}.{own}"))

    def _was_ours(self, identity: str, proof: str) -> bool:
        """Whether we signed this once, when the action had another fingerprint."""
        if len(proof) == REFERENCE_FINGERPRINT:  # of a bundle, which nobody signs
            return any(known.rpartition(".")[0] == identity for known in self._bundled)
        split = len(proof) - REFERENCE_SIGNATURE
        return self.keyring.check_mac(f"{identity}.{proof[:split]}", proof[split:])

    def open(self, target: Target, values: Sequence[Any], leading: int = 0, visitor: str = "") -> Call:
        """The call of `target` with `values`, of which the first is the sealed text where some are bound.

        Raises SealError for a sealed text that is not the action's, or was made for another visitor than this.
        """
        action = target.action
        if not target.takes_bound:
            if action.nested is not None and action.nested.captures:
                raise _unknown("this reference lacks its variables")
            function = action.function if action.nested is None else _runs(action, None)
            return Call(action, values, 0, function, action.id, leading=leading)
        if not values or type(values[0]) is not str:
            raise SealError("the bound values are missing", at="$[0]")
        known = (_associated(target.identity, visitor), _associated(target.identity, ""))
        payload = self.keyring.open(values[0], purpose=PURPOSE, associated=known if visitor else known[1])
        args, keywords, captured = decode_bound(json.loads(payload))
        function = _runs(action, None if captured is None else Capture(*captured))
        key = _state_key(action, payload)
        return Call(action, [*args, *values[1:]], len(args), function, key, keywords, leading)


def bundled_id(action: Action) -> str:
    """The wire id by which a front end's bundle knows an action, with the mark that its client goes by."""
    return f"{action.id}.{action.fingerprint}{_mark(action)}"


def _targets(registry: Registry, bundled: frozenset[str]) -> dict[str, Target]:
    """What the ids of a bundle name; those of an action's former names too, for bundles that are still open."""
    allowed = [action for action in registry if bundled_id(action) in bundled]
    former = {
        f"{alias_id(alias, action.module, registry.package)}.{action.fingerprint}{_mark(action)}": action
        for action in allowed
        for alias in action.options.aliases
    }
    now = {bundled_id(action): action for action in allowed}
    return {
        identity: Target(action, identity.rpartition(".")[0], False) for identity, action in {**former, **now}.items()
    }


def _mark(action: Action) -> str:
    return MARK_LATEST if action.options.mode == "latest" else ""


def _associated(identity: str, visitor: str) -> bytes:
    """What a sealed text is tied to; neither part holds a zero byte of its own making."""
    return f"{identity}\0{visitor}".encode("utf-8", "surrogatepass")


def _unknown(message: str) -> WireError:
    return WireError(message, at="the action's id", status=409, reason=REASON_ACTION)


def state_key(registry: Registry, action: Any) -> str:
    """The key under which an outcome of this function or partial is known: its id, and a digest of what is bound."""
    found, payload = _parts(registry, action)
    return found.id if payload is None else _state_key(found, payload)


def form_arguments(entries: Sequence[tuple[str, str | Upload]]) -> FormSubmission:
    """Split a submitted form into the author's fields and ours, whose names start with `$` (as React's do)."""
    ours: dict[str, str] = {}
    react: list[tuple[str, str]] = []
    fields: list[tuple[str, str | Upload]] = []
    for entry in entries:
        name, value = entry
        if not name.startswith(FIELD_PREFIX):
            fields.append(entry)
        elif isinstance(value, str):
            if name.startswith(FIELD_REACT):
                react.append((name, value))
            else:
                ours[name] = value
    bound = ours.get(FIELD_PRESSED, ours.get(FIELD_BOUND))
    form = ours.get(FIELD_FORM, "")
    return FormSubmission(
        FormData(fields),
        ours.get(FIELD_TOKEN),
        ours.get(FIELD_KEY),
        bound,
        form if len(form) <= LONGEST else "",
        ours.get(FIELD_SHOWN),
        ours.get(FIELD_ROWS),
        react,
    )


def _runs(action: Action, captured: Capture | None) -> Callable[..., Any]:
    if action.nested is None:
        return action.function
    return rebuild(action.nested, captured or Capture({}, (), (), {}))


def _state_key(action: Action, payload: bytes) -> str:
    return f"{action.id}:{blake2b(payload, digest_size=8).hexdigest()}"


def _parts(registry: Registry, action: Any) -> tuple[Action, bytes | None]:
    """The action and its bound and captured values as bytes; None where there are none."""
    args: tuple[Any, ...] = ()
    keywords: dict[str, Any] = {}
    function = action
    if isinstance(action, functools.partial):
        args, keywords, function = action.args, action.keywords, action.func
    found = registry.of(function)
    captures = found.nested is not None and found.nested.captures
    if not args and not keywords and not captures:
        return found, None
    data = [
        _bound_args(found, args),
        _bound_keywords(found, keywords),
        _captured(found, function) if captures else None,
    ]
    payload = json.dumps(["l", data], separators=(",", ":")).encode()
    if len(payload) > LARGEST:
        raise DefinitionError(
            f"{found.signature.place}: the values bound to {found.name}() take {len(payload):,} bytes, which every "
            "page and submit would carry; bind an id and look the rest up"
        )
    return found, payload


def _bound_args(action: Action, args: Sequence[Any]) -> Any:
    takers = [p for p in action.signature.parameters if p.kind in {"wire", "previous"} and p.passing != "keyword"]
    encoded: list[Any] = []
    for index, value in enumerate(args):
        taker = takers[min(index, len(takers) - 1)] if takers else None
        if taker is None or (index >= len(takers) and taker.passing != "rest"):
            raise DefinitionError(
                f"{action.signature.place}: {action.name}() has no place for {len(args)} bound values"
            )
        encoded.append(_bound_value(action, taker.name, taker.annotation, value))
    return ["l", encoded]


def _bound_keywords(action: Action, keywords: dict[str, Any]) -> Any:
    by_name = {p.name: p for p in action.signature.parameters}
    others = any(p.passing == "others" for p in action.signature.parameters)
    encoded: list[Any] = []
    for name, value in sorted(keywords.items()):
        parameter = by_name.get(name)
        if (parameter is None and not others) or (parameter is not None and parameter.kind in {"request", "provide"}):
            raise DefinitionError(f"{action.signature.place}: {action.name}() takes no bound {name}=")
        annotation = parameter.annotation if parameter is not None else MISSING
        encoded.append([name, _bound_value(action, name, annotation, value)])
    return ["o", encoded]


def _bound_value(action: Action, name: str, annotation: Any, value: Any) -> Any:
    what = f"{action.signature.place}: the value bound to {name!r} of {action.name}()"
    return encode_bound(value, what=what, exact=annotation is MISSING or annotation is Any)


def _captured(action: Action, function: FunctionType) -> Any:
    """The cells, self-references and defaults of a nested function object."""
    where = f"{action.signature.place}: the variable {{}} that {action.name}() uses"
    try:
        found = capture(function)
    except NameError as error:
        raise DefinitionError(f"{where.format(repr(error.name))} has no value yet: show the action after it is set")
    cells = [
        [name, encode_bound(value, what=where.format(repr(name)), exact=True)] for name, value in found.cells.items()
    ]
    default = f"{action.signature.place}: a default of {action.name}()"
    defaults = ["a", [encode_bound(value, what=default, exact=True) for value in found.defaults]]
    named = [[name, encode_bound(v, what=default, exact=True)] for name, v in found.keyword_defaults.items()]
    return ["l", [["o", cells], ["a", list(found.itself)], defaults, ["o", named]]]
