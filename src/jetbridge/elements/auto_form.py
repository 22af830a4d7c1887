"""A whole form from an action or a record: labels, groups for what belongs together, errors where they belong."""

from collections.abc import Callable, Iterator
from typing import Any, cast

from jetbridge.actions.state import ActionState, action_state
from jetbridge.elements.h import h
from jetbridge.elements.inputs import Input, InputList, Inputs, inputs
from jetbridge.elements.node import Element, HtmlElement, Node
from jetbridge.errors import DefinitionError
from jetbridge.schema.messages import message

__all__ = ["auto_form"]


def auto_form(
    source: Any,
    action: Callable[..., Any] | None = None,
    *,
    submit: Node = None,
    values: Any = None,
    id: str | None = None,  # noqa: A002
    **attributes: Any,
) -> HtmlElement:
    """A form for `action`, or for `source` where that is the action: `auto_form(create_user)`.

    A record as `source` says which fields there are, `auto_form(NewUser, action=create_user)`; without one it is what
    the action takes. `submit` is what the button says, `values` what the fields hold at first, `id` is the form's and
    begins all others, `attributes` are the form's too. A list has buttons that add a row and take one out, which need
    no JavaScript. Raises DefinitionError for what has no fields, and where there is no action.
    """
    target: Any = source if action is None else action
    if isinstance(target, type) or not callable(target):
        raise DefinitionError("auto_form(NewUser, action=create_user): a form needs the action that it submits to")
    state = action_state(target, form=id)
    fields = inputs(source, state, values=values, id=id)
    shown: set[str] = set()
    controls = [_shown(field, shown) for field in fields]
    # The Enter key presses the first button of a form, and that must not be one that adds a row
    first = h.button(type="submit", hidden=True, tabIndex=-1) if _has_list(fields) else None
    named = {} if id is None else {"id": id}
    return h.form(action=target, **named, **attributes)[
        first,
        _summary(state, shown),
        controls,
        h.button(type="submit")[message("submit").text if submit is None else submit],
    ]


def _has_list(fields: Any) -> bool:
    return any(isinstance(one, InputList) or (isinstance(one, Inputs) and _has_list(one)) for one in fields)


def _summary(state: ActionState[Any], shown: set[str]) -> Element | None:
    """What is wrong with the whole, and with fields that the form does not show."""
    if state.error is None:
        return None
    others = [h.li(key=path)[f"{path}: {text}"] for path, text in state.field_errors.items() if path not in shown]
    return h.div(role="alert")[h.p[state.error.message], h.ul[others] if others else None]


def _shown(field: Any, shown: set[str]) -> Node:
    """One field, its label and its error; `shown` gets the paths whose errors have a place."""
    if isinstance(field, Inputs):
        title = field._title  # pyright: ignore[reportPrivateUsage]  # every public name is a field's
        return h.fieldset[h.legend[title], [_shown(one, shown) for one in field]]
    if isinstance(field, InputList):
        return _list(field, shown)
    shown.add(field.error_path)
    if field.get("type") == "hidden":
        return field.control()
    if field.choices and (field.get("multiple") or field.by_radio):
        return _group(field)
    return _labelled(field)


def _labelled(field: Input) -> Node:
    hint_id = f"{field.id}-hint" if field.description else None
    control = field.control(described_by=hint_id)
    label = h.label(htmlFor=field.id)[field.label]
    around = [control, " ", label] if field.get("type") == "checkbox" else [label, " ", control]
    return h.div(className="field")[*around, _hint(field.description, hint_id), field.message]


def _group(field: Input) -> Node:
    """Radio buttons or check boxes: a group with a name, which screen readers say before each."""
    hint_id = f"{field.id}-hint" if field.description else None
    described = " ".join(filter(None, (hint_id, field.error and field.error_id))) or None
    role = "group" if field.get("multiple") else "radiogroup"
    return h.fieldset(id=field.id, role=role, aria_describedby=described)[
        h.legend[field.label],
        [h.div(key=one.id)[one.control(), " ", h.label(htmlFor=one.id)[one.label]] for one in field.choices],
        _hint(field.description, hint_id),
        field.message,
    ]


def _list(field: InputList, shown: set[str]) -> Node:
    rows = [_row(field, index, shown) for index in field.indexes]
    shown.add(field.path)
    wrong = h.p(className="error")[field.error] if field.error else None
    add = field.add
    more = (
        h.button(**add, aria_label=f"{message('add_row').text}: {field.label}")[message("add_row").text]
        if add
        else None
    )
    return h.fieldset[h.legend[field.label], rows, _hint(field.description, None), wrong, more]


def _row(field: InputList, index: int, shown: set[str]) -> Node:
    """One row of a list, with the button that takes it out. The keyboard goes to one that has just come."""
    row = field[index]
    controls = _shown(row, shown)
    first = next(_controls(controls), None) if field.is_new(index) else None
    if first is not None:
        first.props = {**first.props, "autoFocus": True}
    name = row.label if isinstance(row, Input) else row._title  # pyright: ignore[reportPrivateUsage]
    text = message("remove_row").text
    take_out = h.button(**field.remove(index), aria_label=f"{text}: {name}")[text]
    return h.div(key=index, className="row")[controls, take_out]


def _controls(node: Any) -> Iterator[Element]:
    """The controls in a node, in the order of the document."""
    if isinstance(node, list | tuple):
        for one in cast("list[Any]", node):
            yield from _controls(one)
    elif isinstance(node, Element):
        if node.type in {"input", "select", "textarea"} and node.props.get("type") != "hidden":
            yield node
        yield from _controls(node.props.get("children"))


def _hint(text: str | None, id: str | None) -> Element | None:  # noqa: A002
    return h.small(id=id)[text] if text else None
