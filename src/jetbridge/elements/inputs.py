"""Inputs: a record or an action in, for each of its fields the attributes of its control out.

`h.input(**fields.email)` is complete: name, type, limits, what was typed before, and its error for screen readers. What
the browser lets through and what the server takes are the same as far as HTML can say it.
"""

import functools
import re
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, cast

from msgspec import Struct
from msgspec.structs import replace

from jetbridge.actions.registry import Registry
from jetbridge.actions.state import ActionState, action_state, is_sensitive, state_key
from jetbridge.context import peek
from jetbridge.elements.constraints import autocomplete_of, constraints_of, text_of
from jetbridge.elements.h import h
from jetbridge.elements.node import Element
from jetbridge.errors import DefinitionError
from jetbridge.schema.describe import MISSING, Signature, describe
from jetbridge.schema.facets import Choice, Facets, facets_of
from jetbridge.schema.fields import MAX_INDEX
from jetbridge.schema.members import Member, members_of
from jetbridge.schema.messages import message
from jetbridge.schema.shape import SECRETS, shape_of
from jetbridge.wire.model import Upload
from jetbridge.wire.protocol import FIELD_ROWS

__all__ = ["Input", "InputList", "Inputs", "inputs"]


class Input(dict[str, Any]):
    """The attributes of one control, for `h.input(**field)`, `h.select(**field)[field.options]`, `h.textarea(**field)`.

    `tag` says which of the three it is. `label`, `description` and `error` are texts, `error` None where there is none;
    `message` is the error as an element that the control names in `aria-describedby`. `options` are the children of a
    select, `choices` the same values as radio buttons or check boxes, wanted where `by_radio` or `multiple`. `id` is
    the control's, `name` its own, `error_path` where its error is found.
    """

    def __init__(self, tag: str, attributes: Mapping[str, Any], *, label: str, description: str | None) -> None:
        super().__init__(attributes)
        self.tag = tag
        self.label = label
        self.description = description
        self.name: str = attributes["name"]
        self.id: str = attributes["id"]
        self.error: str | None = None
        self.error_path = self.name
        self.by_radio = False
        self.options: list[Element] = []
        self.choices: list[Input] = []

    @property
    def error_id(self) -> str:
        """The id of `message`."""
        return f"{self.id}-error"

    @property
    def message(self) -> Element | None:
        """What is wrong, as an element to put beside the control; None where nothing is."""
        return None if self.error is None else h.p(id=self.error_id, className="error")[self.error]

    def control(self, *, described_by: str | None = None) -> Element:
        """The element itself, options included. `described_by` is the id of an element that explains it."""
        attributes = dict(self)
        if described_by is not None:
            attributes["aria-describedby"] = " ".join(filter(None, (described_by, self.get("aria-describedby"))))
        return h.select(**attributes)[self.options] if self.tag == "select" else h[self.tag](**attributes)


class _Form(Struct, frozen=True):
    """What all fields of one form share: the state of its last submit, and what their ids begin with."""

    state: ActionState[Any] | None
    prefix: str

    @property
    def failed(self) -> ActionState[Any] | None:
        """The state, where what was typed is to be shown again."""
        return self.state if self.state is not None and self.state.is_refilled else None

    def error(self, path: str) -> str | None:
        return None if self.state is None else self.state.field_errors.get(path)

    def error_at(self, path: str, *, multiple: bool) -> tuple[str, str | None]:
        """The error of a control and where it was found: several values that one control holds have paths of theirs."""
        if multiple and self.state is not None and path not in self.state.field_errors:
            for found, text in self.state.field_errors.items():
                if found.startswith(f"{path}["):
                    return found, text
        return path, self.error(path)

    def submitted(self, name: str) -> list[str] | None:
        """The texts that a failed submit had under `name`, an empty list where it had none; None where all is new."""
        failed = self.failed
        if failed is None:
            return None
        texts = failed.input.get(name, [])
        return [texts] if isinstance(texts, str) else texts

    def rows(self, path: str) -> list[int] | None:
        """The indices of a list's rows in a failed submit, `items[2].qty` and `items[7]`, and of one that is wanted."""
        failed = self.failed
        if failed is None:
            return None
        row = re.compile(re.escape(path) + r"(?:\[([0-9]{1,4})\]|\.([0-9]{1,4})(?=\.))")
        found = (row.match(name) for name in failed.input)
        rows = sorted({int(match[1] or match[2]) for match in found if match is not None})
        if failed.rows == f"+{path}":
            rows.append(rows[-1] + 1 if rows else 0)
        return rows

    def is_new(self, path: str) -> bool:
        """Whether somebody has just asked for one more row of this list."""
        return self.state is not None and self.state.rows == f"+{path}"

    def is_shorter(self, path: str) -> bool:
        """Whether somebody has just taken a row out of this list."""
        return self.state is not None and (self.state.rows or "").rpartition("[")[0] == f"-{path}"

    def id_of(self, path: str) -> str:
        return f"{self.prefix}-{re.sub('[^A-Za-z0-9_]+', '-', path).strip('-')}"


class Inputs:
    """The fields of a record, each as an attribute or by its name: an `Input`, or `Inputs` and `InputList` of them.

    Has no attributes of its own, so that every field can be reached. Iterating gives the fields in their order.
    """

    def __init__(self, form: _Form, members: Sequence[Member], path: str, value: Any, title: str = "") -> None:
        self._form = form
        self._members = {member.wire: member for member in members}
        self._wires = {member.name: member.wire for member in members}
        self._path = path
        self._value = value
        self._title = title

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError:
            known = ", ".join(self._wires)
            raise AttributeError(f"there is no field {name!r}; there are {known}") from None

    def __getitem__(self, name: str) -> Any:
        """The field that Python, or the wire, calls `name`."""
        member = self._members.get(name) or self._members[self._wires[name]]
        path = f"{self._path}.{member.wire}" if self._path else member.wire
        return _field(self._form, member, path, _part(self._value, member), tuple(self._members))

    def __iter__(self) -> Iterator[Any]:
        return (self[name] for name in self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, name: object) -> bool:
        return name in self._members or name in self._wires

    def __repr__(self) -> str:
        return f"<Inputs {', '.join(self._members)}>"


class InputList:
    """The rows of a list: `Inputs` for records, `Input`s for plain values. `rows[3]` is a row, be it there or not.

    Iterating gives the rows of the last submit or of the value, and as many as the list must have; `indexes` are their
    numbers, which have gaps where rows were taken out. `add` and `remove(index)` are the attributes of buttons that
    change the list and leave all else as it was typed: `h.button(**order.items.add)["Add"]`. `add` is None where the
    list may have no more.
    """

    def __init__(self, form: _Form, facets: Facets, path: str, value: Any, label: str) -> None:
        self._form = form
        self._facets = facets
        self.path = path
        self._values: list[Any] = list(value) if value is not MISSING and value is not None else []
        self._item = facets_of(facets.item)
        self.label = label
        self.description = facets.description
        self.error = form.error(path)

    def __getitem__(self, index: int) -> Any:
        value = self._values[index] if index < len(self._values) else MISSING
        path, label = f"{self.path}[{index}]", f"{self.label} {index + 1}"
        if self._item.members:
            return Inputs(self._form, self._item.members, path, value, label)
        member = Member("", self.path, (), self._facets.item, index < (self._facets.limits.min_length or 0))
        return _control(self._form, member, self._item, path, value, label=label)

    def __iter__(self) -> Iterator[Any]:
        return (self[index] for index in self.indexes)

    def __len__(self) -> int:
        return len(self.indexes)

    @property
    def indexes(self) -> Sequence[int]:
        """The numbers of the rows."""
        rows = self._form.rows(self.path)
        return range(max(len(self._values), self._facets.limits.min_length or 0)) if rows is None else rows

    @property
    def add(self) -> dict[str, Any] | None:
        """The attributes of a button that adds a row."""
        rows, most = self.indexes, self._facets.limits.max_length
        if (most is not None and len(rows) >= most) or (len(rows) > 0 and rows[-1] >= MAX_INDEX):
            return None
        # Where a row was taken out the button for it is gone, and the keyboard with it
        focus = {"autoFocus": True} if self._form.is_shorter(self.path) else {}
        return {**self._button(f"+{self.path}"), **focus}

    def remove(self, index: int) -> dict[str, Any]:
        """The attributes of a button that takes the row with this number out."""
        return self._button(f"-{self.path}[{index}]")

    def is_new(self, index: int) -> bool:
        """Whether this row has just been added, so that the keyboard belongs there."""
        return self._form.is_new(self.path) and index == self.indexes[-1]

    def _button(self, rows: str) -> dict[str, Any]:
        return {"type": "submit", "name": FIELD_ROWS, "value": rows, "formNoValidate": True}


def inputs(
    source: Any,
    state: ActionState[Any] | None = None,
    *,
    values: Any = None,
    id: str | None = None,  # noqa: A002
) -> Inputs:
    """The fields of a record class, or those that an action (a function or partial) takes.

    `state` is what the last submit came to; an action's own is looked up. `values` is what the fields hold at first: a
    dict or an object of the class. `id` begins the ids of all controls; give one where the same form stands twice on a
    page. Raises DefinitionError for what has no fields.
    """
    members, name = _members_of(source)
    if state is None and callable(source) and not isinstance(source, type):
        state = _state_of(source)
    prefix = id or _prefix(source, name)
    return Inputs(_Form(state, prefix), members, "", MISSING if values is None else values)


def _members_of(source: Any) -> tuple[Sequence[Member], str]:
    """The fields of `source`, and what it is called."""
    origin = typing.get_origin(source) or source
    record = members_of(source, origin)
    if record is not None:
        return record, origin.__name__
    bound = 0
    keywords: set[str] = set()
    function = source
    while isinstance(function, functools.partial):
        bound += len(function.args)
        keywords |= function.keywords.keys()
        function = function.func
    if not callable(function) or isinstance(function, type):
        facets = facets_of(source)
        if facets.members:
            return facets.members, "fields"
        raise DefinitionError(
            f"inputs({source!r}): give a pydantic model, dataclass, TypedDict, msgspec Struct or an action"
        )
    return _parameters(_signature(function), bound, keywords), function.__name__


def _parameters(signature: Signature, bound: int, keywords: set[str]) -> Sequence[Member]:
    """What a form must hold for a call, as `schema/convert` reads it: one record's fields, or one per parameter."""
    open_ = [p for p in signature.parameters if p.kind in {"wire", "previous"} and p.passing not in {"rest", "others"}]
    open_ = [p for p in open_[bound:] if p.name not in keywords and p.kind == "wire"]
    if len(open_) == 1 and shape_of(open_[0].annotation).takes_form:
        members = facets_of(open_[0].annotation).members
        if not members:
            raise DefinitionError(
                f"{signature.place}: inputs({signature.name}): the parameter {open_[0].name!r} takes whatever the form "
                "has; annotate it with a record, or give inputs() the record"
            )
        return members
    return [
        Member(p.name, p.name, (), p.annotation, p.required, None if p.default is MISSING else _constant(p.default))
        for p in open_
        if shape_of(p.annotation).kind != "form"
    ]


def _constant(value: Any) -> Callable[[], Any]:
    return lambda: value


def _registry() -> Registry | None:
    context = peek()
    return None if context is None or context.app is None else context.app.registry


def _signature(function: Callable[..., Any]) -> Signature:
    """The app's own, which knows nested actions, or what the function says."""
    registry = _registry()
    found = None if registry is None else registry.find(function)
    return describe(function) if found is None else found.signature


def _is_action(source: Any) -> bool:
    while isinstance(source, functools.partial):
        source = source.func
    registry = _registry()
    return registry is not None and registry.find(source) is not None


def _state_of(source: Any) -> ActionState[Any] | None:
    return action_state(source) if _is_action(source) else None


def _prefix(source: Any, name: str) -> str:
    """What ids begin with: the name, and for bound values a digest, so that each row's form has its own."""
    dashed = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_+", "-", name).strip("-").lower() or "form"
    registry = _registry()
    digest = state_key(registry, source).partition(":")[2] if registry is not None and _is_action(source) else ""
    return f"{dashed}-{digest}" if digest else dashed


def _part(value: Any, member: Member) -> Any:
    """What a field holds at first: that of the given value, else its default."""
    if isinstance(value, Mapping):
        given = cast("Mapping[str, Any]", value)
        part = given.get(member.wire, given.get(member.name, MISSING))
    else:
        part = MISSING if value is MISSING else getattr(value, member.name, MISSING)
    return member.default() if part is MISSING and member.default is not None else part


def _field(form: _Form, member: Member, path: str, value: Any, siblings: Sequence[str]) -> Any:
    facets = facets_of(member.annotation)
    label = facets.title or _words(member.wire)
    if facets.members:
        return Inputs(form, facets.members, path, value, label)
    if facets.item is not MISSING:
        item = facets_of(facets.item)
        if not item.choices and item.type is not Upload:
            return InputList(form, facets, path, value, label)
        inner = replace(item, limits=facets.limits, file=facets.file or item.file, control=facets.control)
        return _control(form, member, inner, path, value, label=label, multiple=True, siblings=siblings)
    return _control(form, member, facets, path, value, label=label, siblings=siblings)


def _control(
    form: _Form,
    member: Member,
    facets: Facets,
    path: str,
    value: Any,
    *,
    label: str,
    multiple: bool = False,
    siblings: Sequence[str] = (),
) -> Input:
    """One control: its rules, then what it holds, then what is wrong with it."""
    shape = shape_of(member.annotation)
    tag, rules = constraints_of(facets, member, shape, multiple=multiple)
    attributes: dict[str, Any] = {**rules, "name": path, "id": form.id_of(path)}
    hint = None if facets.choices else autocomplete_of(member.wire, rules, siblings)
    if hint is not None:
        attributes["autoComplete"] = hint
    if facets.control is not None:
        attributes |= facets.control.attributes
    made = Input(tag, attributes, label=label, description=facets.description)
    made.by_radio = facets.control is not None and facets.control.kind == "radio"
    secret = rules.get("type") == "password" or shape.secret
    submitted = None if secret or is_sensitive(member.wire) else form.submitted(path)
    texts = submitted if submitted is not None else [] if secret else _initial(value, multiple)
    _hold(made, texts, multiple=multiple)
    _choose(made, facets, texts, multiple=multiple, optional=shape.optional, required=member.required)
    made.error_path, made.error = form.error_at(path, multiple=multiple)
    if made.error is not None:
        made |= {"aria-invalid": "true", "aria-describedby": made.error_id}
    return made


def _initial(value: Any, multiple: bool) -> list[str]:
    """The texts of what a field holds at first."""
    if value is MISSING or value is None:
        return []
    if multiple and not isinstance(value, str):
        return [text_of(one) for one in value if not isinstance(one, Upload)]
    return [] if isinstance(value, (Upload, *SECRETS)) else [text_of(value)]


def _hold(made: Input, texts: list[str], *, multiple: bool) -> None:
    """Put what a control holds into its attributes."""
    kind = made.get("type")
    if kind == "checkbox":
        made["defaultChecked"] = bool(texts) and texts[-1].lower() not in _OFF
    elif kind == "file" or not texts:
        return
    else:
        made["defaultValue"] = texts if multiple else texts[-1]
        if made.get("step") not in {None, "any"} and not _is_on_step(texts[-1], made):
            made["step"] = "any"  # else the browser would count steps from what is wrong


_OFF: Final = frozenset({"false", "off", "0", "no", ""})


def _is_on_step(text: str, attributes: Mapping[str, Any]) -> bool:
    try:
        return (Decimal(text) - Decimal(str(attributes.get("min", 0)))) % Decimal(str(attributes["step"])) == 0
    except InvalidOperation:
        return True


def _choose(made: Input, facets: Facets, texts: list[str], *, multiple: bool, optional: bool, required: bool) -> None:
    """The options and choices of a control that has some."""
    choices: Sequence[Choice] = facets.choices
    if facets.type is bool and optional:
        choices = (Choice("true", True, message("yes").text), Choice("false", False, message("no").text))
    if not choices or made.get("type") == "checkbox":
        return
    if not multiple and (optional or (required and not texts)):
        made.options.append(h.option(value="", key="")[""])
    made.options += [h.option(value=one.text, key=one.text)[one.label] for one in choices]
    for index, one in enumerate(choices):
        attributes = {
            "type": "checkbox" if multiple else "radio",
            "name": made.name,
            "id": f"{made.id}-{index}",
            "value": one.text,
            "defaultChecked": one.text in texts,
        }
        if not multiple and made.get("required"):
            attributes["required"] = True
        made.choices.append(Input("input", attributes, label=one.label, description=None))


def _words(name: str) -> str:
    """`first_name`, `firstName` and `first-name` as `First name`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_\-]+", " ", name).strip()
    words = " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in spaced.split())
    return words[:1].upper() + words[1:]
