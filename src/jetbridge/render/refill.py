"""Filling a form again: the props of one control and the fields of a failed submit in, its new props out."""

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["Refill", "refilled"]

# What they hold is not what the person typed, or must not stand in a page again (HTML, section 4.10.5.1).
_NEVER: Final = frozenset({"password", "hidden", "file", "submit", "button", "image", "reset"})
_CHOICES: Final = frozenset({"checkbox", "radio"})
# A browser submits none of these under their name, unless one is pressed; files are kept apart.
_UNSENT: Final = frozenset({"file", "submit", "button", "image", "reset"})


class Refill:
    """The fields of one failed submit, by name: a text, or a list of texts where the name was repeated.

    It counts the controls of each name as they come by, so that each of several gets its own text.
    """

    __slots__ = ("_fields", "_passed")

    def __init__(self, fields: Mapping[str, str | list[str]]) -> None:
        self._fields = fields
        self._passed: dict[str, int] = {}

    def texts(self, name: str) -> list[str]:
        """All that was submitted under `name`."""
        submitted = self._fields.get(name, [])
        return [submitted] if isinstance(submitted, str) else submitted

    def next_text(self, name: str) -> str | None:
        """What the next control called `name` submitted, or None where there were not so many."""
        at = self._passed.get(name, 0)
        self._passed[name] = at + 1
        texts = self.texts(name)
        return texts[at] if at < len(texts) else None


def refilled(tag: Any, props: Mapping[str, Any], refill: Refill) -> dict[str, Any]:
    """A fresh dict of `props` in which what was submitted for this control stands.

    A control that was not submitted keeps what its author gave, except check boxes, radio buttons and lists of which
    several may be chosen: a browser does not submit those that are off. None of this is for a disabled control, which
    a browser never submits.
    """
    fresh = dict(props)
    name = props.get("name")
    if not isinstance(name, str) or tag not in ("input", "textarea", "select") or props.get("disabled"):
        return fresh
    kind = str(props.get("type", "text")).lower() if tag == "input" else tag
    if kind in _CHOICES:
        fresh.pop("checked", None)
        fresh["defaultChecked"] = _submitted_value(props) in refill.texts(name)
    elif tag == "select" and props.get("multiple"):
        fresh.pop("value", None)
        fresh["defaultValue"] = refill.texts(name)
    elif kind not in _UNSENT:
        text = refill.next_text(name)
        if text is not None and kind not in _NEVER:
            fresh.pop("value", None)
            # A browser sends each line end as CRLF, and drops a first one of what it is given unless it is a plain LF
            fresh["defaultValue"] = text.replace("\r\n", "\n") if tag == "textarea" else text
    return fresh


def _submitted_value(props: Mapping[str, Any]) -> str:
    """What a browser submits for a check box or radio button that is on."""
    value = props.get("value")
    if value is None:
        return "on"
    return str(value).lower() if isinstance(value, bool) else str(value)
