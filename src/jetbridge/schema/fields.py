"""Reading forms: the flat entries of a form and a shape in, the nested plain value for conversion out.

`address.street` and `items[0].qty` lead where the shape has such a place, and nowhere else: a name is only ever a key
that is looked up in a dict of fields, never an attribute, and an index only orders the items that were sent.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from jetbridge.schema.describe import MISSING
from jetbridge.schema.shape import Shape
from jetbridge.wire.model import FormData, Upload
from jetbridge.wire.protocol import FIELD_PREFIX

__all__ = ["FormReader", "path_of", "plain_object", "without_ours"]

# `a`, then `.b` or `[0]` or `[]`; a longer index than this is no index, so int() stays cheap.
STEP: Final = re.compile(r"\.([^.\[\]]+)|\[([0-9]{0,9})\]")
INDEX: Final = re.compile(r"0|[1-9][0-9]{0,8}")
HEAD: Final = re.compile(r"[^.\[\]]+")
MAX_STEPS: Final = 32  # far above any form; bounds the recursion below

# What checkboxes and selects post for a bool. msgspec reads fewer of these words than pydantic, hence one list here.
FLAGS: Final = {
    "on": True, "true": True, "1": True, "yes": True, "y": True, "t": True,
    "off": False, "false": False, "0": False, "no": False, "n": False, "f": False,
}  # fmt: skip

Value = str | Upload


class _Node:
    """What a form put at one place: values under its very name, and places below it."""

    __slots__ = ("below", "values")

    def __init__(self) -> None:
        self.values: list[Value] = []
        self.below: dict[str, _Node] = {}

    def at(self, step: str) -> "_Node":
        node = self.below.get(step)
        if node is None:
            node = self.below[step] = _Node()
        return node


EMPTY: Final = _Node()


class FormReader:
    """Reads one form by one shape. `indices` maps the path of a list to the indices its items had in the form.

    A client may send `items[2]` and `items[7]` after rows were removed: the list has two items, and an error in the
    second is reported at `items[7]`, where the person sees it. `checkboxes` is False for a query string, in which
    what is absent is not unchecked.
    """

    def __init__(self, *, checkboxes: bool = True) -> None:
        self.checkboxes = checkboxes
        self.indices: dict[tuple[str | int, ...], list[int]] = {}

    def read(self, entries: Iterable[tuple[str, Value]], shape: Shape) -> dict[str, Any]:
        """The plain object that `entries` describe; `shape` is a record."""
        root = _Node()
        for name, value in entries:
            node = root
            for step in _steps(name, shape):
                node = node.at(step)
            node.values.append(value)
        return self._record(root, shape, ())

    def _value(self, node: _Node, shape: Shape, path: tuple[str | int, ...]) -> Any:
        """What `node` means at a place of this shape; MISSING where nothing was entered."""
        match shape.kind:
            case "record" if node.below or not node.values:
                return self._record(node, shape, path)
            case "list":
                return self._list(node, shape.item or Shape(), path)
            case "mapping" if node.below:
                item = shape.item or Shape()
                return {key: self._value(child, item, (*path, key)) for key, child in node.below.items()}
            case "upload":
                return _chosen(node.values, shape)
            case "any" if len(node.values) != 1:
                return list(node.values)
            case _:
                return _single(node.values, shape)

    def _record(self, node: _Node, shape: Shape, path: tuple[str | int, ...]) -> dict[str, Any]:
        known = shape.fields
        found: dict[str, Any] = {}
        for name, child in node.below.items():
            field = known.get(name)
            if field is None:  # kept for models that allow or forbid extra fields
                value: Any = child.values[0] if len(child.values) == 1 else list(child.values)
                field_is_there = bool(child.values)
            else:
                value = self._value(child, field, (*path, name))
                field_is_there = value is not MISSING
            if field_is_there:
                found[name] = value
        for name, field in known.items():
            if name not in found and name not in node.below:
                value = self._absent(field, (*path, name))
                if value is not MISSING:
                    found[name] = value
        return found

    def _absent(self, shape: Shape, path: tuple[str | int, ...]) -> Any:
        """What a form says by not mentioning a field: browsers send nothing for what is not checked."""
        if shape.optional or not self.checkboxes:
            return MISSING
        if shape.kind == "flag":
            return False
        if shape.kind == "list":
            return []
        if shape.kind == "record" and shape.required and len(path) < MAX_STEPS:
            return self._record(EMPTY, shape, path)  # so that errors name the fields a person can see
        return MISSING

    def _list(self, node: _Node, item: Shape, path: tuple[str | int, ...]) -> list[Any]:
        found: list[Any] = []
        for value in node.values:
            one = _Node()
            one.values.append(value)
            found.append(self._value(one, item, (*path, len(found))))
        numbered = sorted((int(step), child) for step, child in node.below.items() if INDEX.fullmatch(step))
        if numbered:
            self.indices[path] = [*range(len(found)), *(index for index, _ in numbered)]
        for _, child in numbered:
            found.append(self._value(child, item, (*path, len(found))))
        return [value for value in found if value is not MISSING] if not numbered else _kept(found)


def _kept(items: Sequence[Any]) -> list[Any]:
    """Numbered items keep their places, so that errors do too; one in which nothing was entered is None."""
    return [None if value is MISSING else value for value in items]


def _steps(name: str, shape: Shape) -> Sequence[str]:
    """The way from the root to the place `name` means; the name itself where it leads nowhere."""
    if name in shape.fields:
        return (name,)
    head = HEAD.match(name)
    if head is None or head.end() == len(name) or head[0] not in shape.fields:
        return (name,)
    steps = [head[0]]
    position = head.end()
    while position < len(name):
        step = STEP.match(name, position)
        if step is None or len(steps) == MAX_STEPS:
            return (name,)
        key, index = step.groups()
        if key is not None:
            steps.append(key)
        elif index:
            steps.append(index.lstrip("0") or "0")
        position = step.end()  # `tags[]` is `tags`: some authors write repeated names so
    return steps


def _single(values: Sequence[Value], shape: Shape) -> Any:
    """The last of several values: a hidden input before a checkbox is the value of the unchecked box."""
    if not values:
        return MISSING
    value = values[-1]
    if value == "" and (shape.optional or shape.kind in {"leaf", "flag", "record", "mapping"}):
        return None if shape.optional else MISSING
    if shape.kind == "flag" and isinstance(value, str):
        return FLAGS.get(value.lower(), value)
    return value


def _chosen(values: Sequence[Value], shape: Shape) -> Any:
    """The file that was chosen; an input without one posts an empty file without a name."""
    for value in reversed(values):
        if isinstance(value, str):
            if value:
                return value
        elif value.name != "" or value.size > 0:
            return value
    return None if shape.optional else MISSING


def without_ours(form: FormData) -> FormData:
    """`form` without the fields that are Jetbridge's and React's own; their names start with `$`."""
    if any(name.startswith(FIELD_PREFIX) for name, _ in form.entries):
        return FormData(entry for entry in form.entries if not entry[0].startswith(FIELD_PREFIX))
    return form


def plain_object(form: FormData) -> dict[str, Any]:
    """The form as an object for a function that says no more: repeated names as lists, names as they are."""
    found: dict[str, list[Value]] = {}
    for name, value in form.entries:
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def path_of(
    location: Sequence[str | int], shape: Shape | None, indices: dict[tuple[str | int, ...], list[int]] | None = None
) -> str:
    """`("items", 0, "qty")` as `items[0].qty`, leaving out the steps a validator takes within one place.

    pydantic names the member of a union or the validator it was in; such steps are no fields of the shape.
    """
    text = ""
    walked: tuple[str | int, ...] = ()
    for step in location:
        if shape is None:
            break
        if shape.kind == "record":
            if step not in shape.fields:
                # An unexpected field is a path of the data; the name of a union's member is not.
                continue
            shape = shape.fields[str(step)]
        elif shape.kind in {"list", "mapping"} and (shape.kind == "mapping" or isinstance(step, int)):
            shape = shape.item
        else:
            continue
        if isinstance(step, int):
            text += f"[{(indices or {}).get(walked, {step: step})[step]}]"
        else:
            text += f".{step}" if text else step
        walked = (*walked, step)
    return text
