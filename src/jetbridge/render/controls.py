"""Form controls: their start tags, in React's order of attributes (wire-protocol D6)."""

from typing import Any, Final, cast

from jetbridge.errors import EncodeError
from jetbridge.render.context import Context, Page
from jetbridge.render.opening import CONTENT, Out, Props, Start, enter, open_tag, push
from jetbridge.render.text import escape, is_truthy, js_text
from jetbridge.wire.model import ServerReference

__all__ = ["CONTROLS"]

_SUBMITTER: Final = ("name", "formAction", "formEncType", "formMethod", "formTarget")
_FORM: Final = ("action", "encType", "method", "target")
_BUTTON_APART: Final = CONTENT.union(_SUBMITTER)
_FORM_APART: Final = CONTENT.union(_FORM)
_INPUT_APART: Final = _BUTTON_APART | {"checked", "defaultChecked", "value", "defaultValue"}
_SELECT_APART: Final = CONTENT | {"value", "defaultValue"}
_OPTION_APART: Final = CONTENT | {"selected"}


def _push_late(order: tuple[str, ...], kept: dict[str, Any], out: Out, page: Page) -> None:
    for prop in order:
        if prop in kept:
            if prop in ("action", "formAction") and (callable(kept[prop]) or isinstance(kept[prop], ServerReference)):
                raise EncodeError(f"{prop}= holds an action that was not resolved to an address")
            push(out, prop, kept[prop], page)


def _input(tag: str, props: Props, out: Out, context: Context, _after_text: bool) -> None:
    kept = open_tag(tag, props, out, context.page, _INPUT_APART)
    if not CONTENT.isdisjoint(kept):
        raise EncodeError("<input> is a void element: it has no children and no raw HTML")
    _push_late(_SUBMITTER, kept, out, context.page)
    if is_truthy(kept.get("checked", kept.get("defaultChecked"))):
        out.append(' checked=""')
    push(out, "value", kept.get("value", kept.get("defaultValue")), context.page)
    out.append("/>")


def _button(tag: str, props: Props, out: Out, context: Context, _after_text: bool) -> Any:
    kept = open_tag(tag, props, out, context.page, _BUTTON_APART)
    _push_late(_SUBMITTER, kept, out, context.page)
    return enter(tag, kept, out)


def _form(tag: str, props: Props, out: Out, context: Context, _after_text: bool) -> Any:
    kept = open_tag(tag, props, out, context.page, _FORM_APART)
    _push_late(_FORM, kept, out, context.page)
    return enter(tag, kept, out)


def _textarea(tag: str, props: Props, out: Out, context: Context, _after_text: bool) -> None:
    kept = open_tag(tag, props, out, context.page, _SELECT_APART)
    if "dangerouslySetInnerHTML" in kept:
        raise EncodeError("<textarea> holds text, dangerouslySetInnerHTML has no meaning in it")
    out.append(">")
    value = kept.get("value", kept.get("defaultValue"))
    if "children" in kept:
        if value is not None:
            raise EncodeError("<textarea> has both a value and children")
        value = _only_child(tag, kept["children"])
    if value is not None:
        text = js_text(value, "the content of <textarea>")
        # The HTML parser drops one newline after the start tag.
        out.append(f"\n{escape(text)}" if text.startswith("\n") else escape(text))
    out.append("</textarea>")


def _only_child(tag: str, children: Any) -> Any:
    if not isinstance(children, (list, tuple)):
        return children
    items: list[Any] = list(children)  # pyright: ignore[reportUnknownArgumentType]
    if len(items) > 1:
        raise EncodeError(f"<{tag}> has one child, its text")
    return items[0] if items else ""


def _select(tag: str, props: Props, out: Out, context: Context, _after_text: bool) -> Any:
    return enter(tag, open_tag(tag, props, out, context.page, _SELECT_APART), out)


def _option(tag: str, props: Props, out: Out, context: Context, _after_text: bool) -> Any:
    kept = open_tag(tag, props, out, context.page, _OPTION_APART)
    if context.selected is None:
        chosen = is_truthy(kept.get("selected"))
    else:
        value = props.get("value")
        own = _option_text(kept.get("children")) if value is None else js_text(value, "value of <option>")
        several = isinstance(context.selected, (list, tuple))
        wanted: list[Any] = list(context.selected) if several else [context.selected]
        chosen = any(js_text(item, "value of <select>") == own for item in wanted)
    if chosen:
        out.append(' selected=""')
    return enter(tag, kept, out)


def _option_text(children: Any) -> str:
    if isinstance(children, (list, tuple)):
        return "".join(map(_option_text, cast("list[Any]", children)))
    if isinstance(children, (str, int, float)) and not isinstance(children, bool):
        return js_text(children, "text of <option>")
    return ""


CONTROLS: Final[dict[str, Start]] = {
    "button": _button,
    "form": _form,
    "input": _input,
    "option": _option,
    "select": _select,
    "textarea": _textarea,
}
"""The start of each form control, by tag."""
