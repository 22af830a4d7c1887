"""Reading forms: the flat entries of a form and a shape in, the nested plain value for conversion out.

`address.street` and `items[0].qty` lead where the shape has such a place, and nowhere else: a name is only ever a key
that is looked up in a dict of fields, never an attribute, and an index only orders the items that were sent. A name
that begins with a field and leads nowhere in it is an error of that name; one that no field begins is left to the
record, which may allow, ignore or forbid it.
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
STEP: Final = re.compile(r"\.([^.\[\]]+)|\[([^.\[\]]*)\]")
INDEX: Final = re.compile("[0-9]+")
HEAD: Final = re.compile(r"[^.\[\]]+")
MAX_STEPS: Final = 32  # far above any form; bounds the recursion below
MAX_NAME: Final = 200  # of a name in an answer
FLAT: Final = frozenset({"text", "flag", "leaf"})
NOWHERE: Final = "extra_forbidden"

MAX_INDEX: Final = 9999  # ten times the entries that a form may have
MAX_MISPLACED: Final = 100

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

    `misplaced` maps names that lead nowhere, or where something else was sent as well, to the code of what to say.

    A client may send `items[2]` and `items[7]` after rows were removed: the list has two items, and an error in the
    second is reported at `items[7]`, where the person sees it. `checkboxes` is False for a query string, in which
    what is absent is not unchecked.
    """

    def __init__(self, *, checkboxes: bool = True) -> None:
        self.checkboxes = checkboxes
        self.indices: dict[tuple[str | int, ...], list[int]] = {}
        self.misplaced: dict[str, str] = {}

    def read(self, entries: Sequence[tuple[str, Value]], shape: Shape) -> dict[str, Any]:
        """The plain object that `entries` describe; `shape` is a record."""
        flat = self.read_flat(entries, shape)
        return self.read_deep(entries, shape) if flat is None else flat

    def read_flat(self, entries: Sequence[tuple[str, Value]], shape: Shape) -> dict[str, Any] | None:
        """As `read`, where each name is that of a field with one value, and stands there once, as in most forms; else
        None.
        """
        known = shape.fields
        found: dict[str, Any] = {}
        is_missing = False
        for name, value in entries:
            field = known.get(name)
            if field is None or field.kind not in FLAT or name in found:
                return None
            if value and type(value) is str:  # what `_read_one` does with most that is entered
                text = value.replace("\r\n", "\n") if "\r" in value else value
                found[name] = text if field.read is None else field.read(text)
            else:
                found[name] = read = _read_one(value, field)
                is_missing = is_missing or read is MISSING
        if len(found) < len(known):
            for name, field in known.items():
                if name not in found:
                    found[name] = read = self._absent(field, (name,))
                    is_missing = is_missing or read is MISSING
        if is_missing:
            return {name: value for name, value in found.items() if value is not MISSING}
        return found

    def read_deep(self, entries: Iterable[tuple[str, Value]], shape: Shape) -> dict[str, Any]:
        """`read` by way of a tree of all places, which is always right."""
        root = _Node()
        for name, value in entries:
            steps = _steps(name, shape)
            if isinstance(steps, str):
                self._misplace(name, steps)
                continue
            node = root
            for step in steps:
                node = node.at(step)
            node.values.append(value)
        return self._record(root, shape, ())

    def _misplace(self, name: str, code: str) -> None:
        # In a query string anybody may put anything: a page shows all the same.
        if self.checkboxes and len(self.misplaced) < MAX_MISPLACED:
            self.misplaced.setdefault(name if len(name) <= MAX_NAME else f"{name[:MAX_NAME]}…", code)

    def _name_of(self, path: tuple[str | int, ...]) -> str:
        """A path as the form names it, with the indices that it had there."""
        text = ""
        for at, step in enumerate(path):
            if isinstance(step, int):
                order = self.indices.get(path[:at])
                text += f"[{step if order is None else order[step]}]"
            else:
                text += f".{step}" if text else step
        return text

    def _value(self, node: _Node, shape: Shape, path: tuple[str | int, ...]) -> Any:
        """What `node` means at a place of this shape; MISSING where nothing was entered."""
        if node.below and node.values:
            self._misplace(self._name_of(path), "sent_twice")
        match shape.kind:
            case "record" if node.below or not node.values:
                return self._record(node, shape, path)
            case "list":
                if shape.optional and not node.below and all(value == "" for value in node.values):
                    return None
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
            return False if shape.read is None or shape.read("false") is False else MISSING
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
        found = [value for value in found if value is not MISSING]
        order = list(range(len(found)))
        for index, child in sorted((int(step), child) for step, child in node.below.items()):
            order.append(index)
            self.indices[path] = order  # what is below it may be named in an error
            value = self._value(child, item, (*path, len(found)))
            if value is MISSING:  # nothing was entered
                order.pop()
            else:
                found.append(value)
        return found


def _steps(name: str, shape: Shape) -> Sequence[str] | str:
    """The way from the root to the place `name` means: the name itself where no field begins it.

    The code of a message where a field begins it and it leads nowhere there.
    """
    if name in shape.fields:
        return (name,)
    head = HEAD.match(name)
    if head is None or head.end() == len(name) or head[0] not in shape.fields:
        return (name,)
    steps = [head[0]]
    place: Shape | None = shape.fields[head[0]]
    position = head.end()
    while position < len(name):
        found = STEP.match(name, position)
        if found is None or len(steps) == MAX_STEPS or place is None:
            return NOWHERE
        key, index = found.groups()
        step = index if key is None else key
        position = found.end()
        if not step:  # `tags[]` is `tags`: some authors write repeated names so
            if position < len(name):
                return NOWHERE
            break
        if place.kind == "list":
            if not INDEX.fullmatch(step):
                return NOWHERE
            step = step.lstrip("0") or "0"
            if len(step) > len(str(MAX_INDEX)) or int(step) > MAX_INDEX:
                return "index_too_large"
        elif place.kind not in {"record", "mapping"} or (key is None and place.kind == "record"):
            return NOWHERE
        steps.append(step)
        # An unknown key in a record is that record's to judge, but nothing is below it.
        place = place.fields.get(step) if place.kind == "record" else place.item
    return steps


def _single(values: Sequence[Value], shape: Shape) -> Any:
    """The last of several values: a hidden input before a checkbox is the value of the unchecked box."""
    return _read_one(values[-1], shape) if values else MISSING


def _read_one(value: Value, shape: Shape) -> Any:
    """What a field means in which this was entered; MISSING where that is nothing."""
    if value == "" and (shape.optional or shape.kind in {"leaf", "flag", "record", "mapping"}):
        return None if shape.optional else MISSING
    if isinstance(value, str):
        # Browsers send each line end as CRLF, which no one has typed and a limit of characters does not mean
        value = value.replace("\r\n", "\n")
        return value if shape.read is None else shape.read(value)
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
    for name, _ in form.entries:
        if name.startswith(FIELD_PREFIX):
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
            order = (indices or {}).get(walked, ())
            text += f"[{order[step] if step < len(order) else step}]"  # an item that is missing has no number
        else:
            text += f".{step}" if text else step
        walked = (*walked, step)
    return text
