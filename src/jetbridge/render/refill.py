"""Filling a form again: the props of one control and the fields of a failed submit in, its new props out.

What the submit got wrong is marked, so that style sheets see it and screen readers say it, and where the keyboard
starts in a page that was loaded is the first of those.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from jetbridge.render.nodes import ByPrinter
from jetbridge.wire.model import Element

__all__ = ["Refill", "focus_first", "refilled"]

_CONTROLS: Final = frozenset({"input", "textarea", "select"})

# A browser submits none of these under their name, unless one is pressed.
_BUTTONS: Final = frozenset({"submit", "button", "image", "reset"})
# What they hold is not what the person typed, or must not stand in a page again (HTML, section 4.10.5.1).
_NEVER: Final = frozenset({"password", "hidden", "file"})
_CHOICES: Final = frozenset({"checkbox", "radio"})


class Refill:
    """The fields of one failed submit, by name: a text, or a list of texts where the name was repeated.

    `errors` are messages by the path of the field. It counts the controls of each name as they come by, so that each
    of several gets its own text and mark. `fields` is None where nothing is to be filled in.
    """

    __slots__ = ("_errors", "_passed", "fields")

    def __init__(self, fields: Mapping[str, str | list[str]] | None, errors: Mapping[str, str] | None = None) -> None:
        self.fields = fields
        self._errors = errors or {}
        self._passed: dict[tuple[str, bool], int] = {}

    def pass_by(self, name: str, *, is_file: bool) -> int:
        """How many controls of this name have come by before this one. Files are kept apart from texts."""
        at = self._passed.get((name, is_file), 0)
        self._passed[name, is_file] = at + 1
        return at

    def texts(self, name: str) -> list[str]:
        """All that was submitted under `name`."""
        submitted = (self.fields or {}).get(name, [])
        return [submitted] if isinstance(submitted, str) else submitted

    def is_wrong(self, name: str, at: int | None) -> bool:
        """Whether the control called `name`, the one at index `at` of several, has an error.

        Without `at` the control speaks for all that is chosen under its name.
        """
        if not self._errors:
            return False
        if name in self._errors:
            return True
        items = f"{name}["
        if at is None:
            return any(path.startswith(items) for path in self._errors)
        item = f"{items}{at}]"
        return any(path.startswith(item) and path[len(item) :][:1] in ("", ".", "[") for path in self._errors)


def refilled(tag: Any, props: Mapping[str, Any], refill: Refill) -> dict[str, Any]:
    """A fresh dict of `props` in which what was submitted for this control stands, marked where it is wrong.

    A control that was not submitted keeps what its author gave, except check boxes, radio buttons and lists of which
    several may be chosen: a browser does not submit those that are off. None of this is for a disabled control, which
    a browser never submits.
    """
    fresh = dict(props)
    name = props.get("name")
    if not isinstance(name, str) or tag not in _CONTROLS or props.get("disabled"):
        return fresh
    kind = str(props.get("type", "text")).lower() if tag == "input" else tag
    if kind in _BUTTONS:
        return fresh
    chosen = kind in _CHOICES or (tag == "select" and bool(props.get("multiple")))
    at = None if chosen else refill.pass_by(name, is_file=kind == "file")
    if kind != "hidden" and refill.is_wrong(name, at):
        fresh.setdefault("aria-invalid", "true")
    if refill.fields is not None:
        for prop, held in _filled(kind, chosen, at, props, refill.texts(name)).items():
            fresh.pop(_CONTROLLED[prop], None)
            fresh[prop] = held
    return fresh


_CONTROLLED: Final = {"defaultValue": "value", "defaultChecked": "checked"}


def _filled(kind: Any, chosen: bool, at: int | None, props: Mapping[str, Any], texts: list[str]) -> dict[str, Any]:
    """The props in which what was submitted for a control stands. `texts` is all of its name, `at` where its own is."""
    if kind in _CHOICES:
        return {"defaultChecked": _submitted_value(props) in texts}
    if chosen:
        return {"defaultValue": texts}
    if kind in _NEVER or at is None or at >= len(texts):
        return {}
    # A browser sends each line end as CRLF, and drops a first one of what it is given unless it is a plain LF
    return {"defaultValue": texts[at].replace("\r\n", "\n") if kind == "textarea" else texts[at]}


def focus_first(tree: Any) -> None:
    """Let the first control in `tree` (resolved, of a failed form) that is marked have the keyboard, and no other."""
    controls = list(_controls(tree))
    wrong = [control for control in controls if control.get("aria-invalid") in (True, "true")]
    if wrong:
        for control in controls:
            control.pop("autoFocus", None)
        wrong[0]["autoFocus"] = True


def _controls(tree: Any) -> Iterator[dict[str, Any]]:
    """The props of the controls in `tree`, in the order of the document."""
    rest: list[Any] = [tree]
    while rest:
        node = rest.pop()
        if isinstance(node, list):
            rest += reversed(cast("list[Any]", node))
        elif isinstance(node, ByPrinter):
            rest.append(node.html)
        elif isinstance(node, Element):
            if node.type in _CONTROLS and isinstance(node.props, dict):
                yield node.props
            rest.append(node.props.get("children"))


def _submitted_value(props: Mapping[str, Any]) -> str:
    """What a browser submits for a check box or radio button that is on."""
    value = props.get("value")
    if value is None:
        return "on"
    return str(value).lower() if isinstance(value, bool) else str(value)
