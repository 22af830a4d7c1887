"""The beginning of a start tag: the name, the attributes in order, raw content. What every kind of tag is made of."""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from jetbridge.errors import EncodeError
from jetbridge.render.attributes import attribute, is_safe_name, style_text, text_prefix
from jetbridge.render.context import Context, Page
from jetbridge.render.head import Part
from jetbridge.render.nodes import Slot
from jetbridge.render.text import escape, js_text
from jetbridge.wire.model import UNDEFINED

__all__ = ["CONTENT", "Out", "Props", "Start", "enter", "open_tag", "push", "raw_html", "start_custom", "start_plain"]

Props = Mapping[str, Any]
Out = list[Part]
Start = Callable[[str, Props, Out, Context, bool], Any]
"""(tag, props, out, context, whether text stands directly before) -> children."""


CONTENT: Final = frozenset({"children", "dangerouslySetInnerHTML"})


def push(out: Out, prop: str, value: Any, page: Page) -> None:
    """Write one attribute."""
    if isinstance(value, Slot):
        prefix = text_prefix(prop)
        if prefix is None:
            raise EncodeError(f"a slot cannot stand in {prop}")
        out += (prefix, value, '"')
        page.has_slots = True
        return
    if prop == "style":
        page.style_attributes.append(style_text(value))
    out.append(attribute(prop, value))


def raw_html(value: Any, children: Any, tag: str) -> str:
    """The text of `dangerouslySetInnerHTML`, as it stands."""
    if children is not None:
        raise EncodeError(f"<{tag}> has both children and dangerouslySetInnerHTML")
    if not isinstance(value, Mapping) or "__html" not in value:
        raise EncodeError(f'dangerouslySetInnerHTML of <{tag}> is a mapping {{"__html": text}}')
    text: Any = cast("Mapping[str, Any]", value)["__html"]
    return "" if text is None or text is UNDEFINED else js_text(text, "__html")


def open_tag(tag: str, props: Props, out: Out, page: Page, apart: frozenset[str] = CONTENT) -> dict[str, Any]:
    """Write `<tag` and its attributes but for those in `apart`, which come back."""
    kept: dict[str, Any] = {}
    out.append(f"<{tag}")
    for prop, value in props.items():
        if value is None or value is UNDEFINED:
            continue
        if prop in apart:
            kept[prop] = value
        else:
            push(out, prop, value, page)
    return kept


def enter(tag: str, kept: dict[str, Any], out: Out) -> Any:
    """Write `>` and raw content; gives the children."""
    out.append(">")
    children = kept.get("children")
    if "dangerouslySetInnerHTML" in kept:
        out.append(raw_html(kept["dangerouslySetInnerHTML"], children, tag))
    return children


def start_plain(tag: str, props: Props, out: Out, context: Context, _after_text: bool) -> Any:
    """A tag with its attributes in order."""
    return enter(tag, open_tag(tag, props, out, context.page), out)


def start_custom(tag: str, props: Props, out: Out, context: Context, _after_text: bool) -> Any:
    """A custom element: all names as they are, but className; True is the empty text."""
    kept: dict[str, Any] = {}
    out.append(f"<{tag}")
    for prop, value in props.items():
        if value is None or value is UNDEFINED or value is False or prop in _NEVER_CUSTOM:
            continue
        if prop in CONTENT:
            kept[prop] = value
        elif prop == "style":
            push(out, prop, value, context.page)
        elif isinstance(value, Slot):
            out += (f' {"class" if prop == "className" else prop}="', value, '"')
            context.page.has_slots = True
        elif isinstance(value, (str, int, float)) and is_safe_name(prop):
            text = "" if value is True else js_text(value, prop)
            out.append(f' {"class" if prop == "className" else prop}="{escape(text)}"')
    return enter(tag, kept, out)


_NEVER_CUSTOM: Final = frozenset({"suppressContentEditableWarning", "suppressHydrationWarning", "ref", "key"})
