"""Filling a form again: the props of one control and the fields of a failed submit in, its new props out."""

from collections.abc import Mapping
from typing import Any

__all__ = ["refilled"]

# What they hold is not what the person typed, or must not stand in a page again (HTML, section 4.10.5.1).
_NEVER = frozenset({"password", "hidden", "file", "submit", "button", "image", "reset"})
_CHOICES = frozenset({"checkbox", "radio"})


def refilled(tag: Any, props: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """A fresh dict of `props` in which what `fields` (name to text, or list of texts) has for this control stands.

    A control whose name was not submitted keeps what its author gave, except check boxes and radio buttons: a browser
    does not submit those that are off.
    """
    fresh = dict(props)
    name = props.get("name")
    if not isinstance(name, str) or tag not in ("input", "textarea", "select"):
        return fresh
    kind = str(props.get("type", "text")).lower() if tag == "input" else tag
    if kind in _NEVER:
        return fresh
    submitted = fields.get(name)
    texts = [submitted] if isinstance(submitted, str) else list(submitted or ())
    if kind in _CHOICES:
        fresh.pop("checked", None)
        fresh["defaultChecked"] = str(props.get("value", "on")) in texts
    elif texts:
        several = tag == "select" and props.get("multiple")
        fresh.pop("value", None)
        fresh["defaultValue"] = texts if several else texts[-1]
    return fresh
