"""Start tags that are more than a name and its attributes in order: form controls, head parts, raw text.

Each function writes into `out` and gives back the children that the printer writes next; tags that have none, or that
wrote their end themselves, give None. The order of attributes is React's (wire-protocol D5 to D7, D10).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from jetbridge.errors import EncodeError
from jetbridge.render.attributes import attribute, is_safe_name, style_text, text_prefix
from jetbridge.render.context import Context, Page
from jetbridge.render.head import Part, is_hoisted_link, is_hoisted_script, is_hoisted_style, preload_of
from jetbridge.render.nodes import Slot
from jetbridge.render.text import escape, is_truthy, js_text
from jetbridge.wire.model import UNDEFINED, ServerReference

__all__ = ["NOTHING", "SEPARATOR", "STARTS", "Start", "push", "raw_html", "start_custom", "start_plain"]

Props = Mapping[str, Any]
Out = list[Part]
Start = Callable[[str, Props, Out, Context, bool], Any]
"""(tag, props, out, context, whether text stands directly before) -> children."""

SEPARATOR: Final = "<!-- -->"
NOTHING: Final = object()
"""Given for children by a start that wrote nothing in its place, as if the element was not there."""
_CONTENT: Final = frozenset({"children", "dangerouslySetInnerHTML"})


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


def _open(tag: str, props: Props, out: Out, page: Page, apart: frozenset[str] = _CONTENT) -> dict[str, Any]:
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


def _enter(tag: str, kept: dict[str, Any], out: Out) -> Any:
    """Write `>` and raw content; gives the children."""
    out.append(">")
    children = kept.get("children")
    if "dangerouslySetInnerHTML" in kept:
        out.append(raw_html(kept["dangerouslySetInnerHTML"], children, tag))
    return children


def start_plain(tag: str, props: Props, out: Out, context: Context, after_text: bool) -> Any:  # noqa: ARG001
    """A tag with its attributes in order."""
    return _enter(tag, _open(tag, props, out, context.page), out)


def start_custom(tag: str, props: Props, out: Out, context: Context, after_text: bool) -> Any:  # noqa: ARG001
    """A custom element: all names as they are, but className; True is the empty text."""
    kept: dict[str, Any] = {}
    out.append(f"<{tag}")
    for prop, value in props.items():
        if value is None or value is UNDEFINED or value is False or prop in _NEVER_CUSTOM:
            continue
        if prop in _CONTENT:
            kept[prop] = value
        elif prop == "style":
            push(out, prop, value, context.page)
        elif isinstance(value, Slot):
            out += (f' {"class" if prop == "className" else prop}="', value, '"')
            context.page.has_slots = True
        elif isinstance(value, (str, int, float)) and is_safe_name(prop):
            text = "" if value is True else js_text(value, prop)
            out.append(f' {"class" if prop == "className" else prop}="{escape(text)}"')
    return _enter(tag, kept, out)


_NEVER_CUSTOM: Final = frozenset({"suppressContentEditableWarning", "suppressHydrationWarning", "ref", "key"})


def _void(tag: str, props: Props, out: Out, context: Context, after_text: bool) -> None:  # noqa: ARG001
    if _open(tag, props, out, context.page):
        raise EncodeError(f"<{tag}> is a void element: it has no children and no raw HTML")
    out.append("/>")


def _menuitem(tag: str, props: Props, out: Out, context: Context, after_text: bool) -> None:  # noqa: ARG001
    if _open(tag, props, out, context.page):
        raise EncodeError("<menuitem> has no children and no raw HTML")
    out.append(">")


def _anchor(tag: str, props: Props, out: Out, context: Context, after_text: bool) -> Any:  # noqa: ARG001
    out.append("<a")
    kept: dict[str, Any] = {}
    for prop, value in props.items():
        if value is None or value is UNDEFINED:
            continue
        if prop in _CONTENT:
            kept[prop] = value
        elif prop == "href" and value == "":
            out.append(' href=""')  # a link to the page itself, unlike an image or style sheet without an address
        else:
            push(out, prop, value, context.page)
    return _enter(tag, kept, out)


def _object(tag: str, props: Props, out: Out, context: Context, after_text: bool) -> Any:  # noqa: ARG001
    # Here `data` is an address and follows the rules of src, in its own place among the attributes.
    out.append("<object")
    kept: dict[str, Any] = {}
    for prop, value in props.items():
        if value is None or value is UNDEFINED:
            continue
        if prop in _CONTENT:
            kept[prop] = value
        elif prop == "data":
            out.append(attribute("src", js_text(value, "data")).replace(" src=", " data=", 1))
        else:
            push(out, prop, value, context.page)
    return _enter(tag, kept, out)


# -- form controls -----------------------------------------------------------------------------------------------------

_SUBMITTER: Final = ("name", "formAction", "formEncType", "formMethod", "formTarget")
_FORM: Final = ("action", "encType", "method", "target")
_BUTTON_APART: Final = _CONTENT.union(_SUBMITTER)
_FORM_APART: Final = _CONTENT.union(_FORM)
_INPUT_APART: Final = _BUTTON_APART | {"checked", "defaultChecked", "value", "defaultValue"}
_SELECT_APART: Final = _CONTENT | {"value", "defaultValue"}
_OPTION_APART: Final = _CONTENT | {"selected"}


def _push_late(order: tuple[str, ...], kept: dict[str, Any], out: Out, page: Page) -> None:
    for prop in order:
        if prop in kept:
            if prop in ("action", "formAction") and (callable(kept[prop]) or isinstance(kept[prop], ServerReference)):
                raise EncodeError(f"{prop}= holds an action that was not resolved to an address")
            push(out, prop, kept[prop], page)


def _input(tag: str, props: Props, out: Out, context: Context, after_text: bool) -> None:  # noqa: ARG001
    kept = _open(tag, props, out, context.page, _INPUT_APART)
    if not _CONTENT.isdisjoint(kept):
        raise EncodeError("<input> is a void element: it has no children and no raw HTML")
    _push_late(_SUBMITTER, kept, out, context.page)
    if is_truthy(kept.get("checked", kept.get("defaultChecked"))):
        out.append(' checked=""')
    push(out, "value", kept.get("value", kept.get("defaultValue")), context.page)
    out.append("/>")


def _button(tag: str, props: Props, out: Out, context: Context, after_text: bool) -> Any:  # noqa: ARG001
    kept = _open(tag, props, out, context.page, _BUTTON_APART)
    _push_late(_SUBMITTER, kept, out, context.page)
    return _enter(tag, kept, out)


def _form(tag: str, props: Props, out: Out, context: Context, after_text: bool) -> Any:  # noqa: ARG001
    kept = _open(tag, props, out, context.page, _FORM_APART)
    _push_late(_FORM, kept, out, context.page)
    return _enter(tag, kept, out)


def _textarea(tag: str, props: Props, out: Out, context: Context, after_text: bool) -> None:  # noqa: ARG001
    kept = _open(tag, props, out, context.page, _SELECT_APART)
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


def _select(tag: str, props: Props, out: Out, context: Context, after_text: bool) -> Any:  # noqa: ARG001
    return _enter(tag, _open(tag, props, out, context.page, _SELECT_APART), out)


def _option(tag: str, props: Props, out: Out, context: Context, after_text: bool) -> Any:  # noqa: ARG001
    kept = _open(tag, props, out, context.page, _OPTION_APART)
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
    return _enter(tag, kept, out)


def _option_text(children: Any) -> str:
    if isinstance(children, (list, tuple)):
        return "".join(map(_option_text, cast("list[Any]", children)))
    if isinstance(children, (str, int, float)) and not isinstance(children, bool):
        return js_text(children, "text of <option>")
    return ""


# -- raw text ----------------------------------------------------------------------------------------------------------

_SCRIPT_TAG: Final = re.compile("(</|<)(s)(cript)", re.IGNORECASE)
_STYLE_TAG: Final = re.compile("(</|<)(s)(tyle)", re.IGNORECASE)


def _pre(tag: str, props: Props, out: Out, context: Context, after_text: bool) -> Any:  # noqa: ARG001
    kept = _open(tag, props, out, context.page)
    out.append(">")
    children = kept.get("children")
    content = children
    if "dangerouslySetInnerHTML" in kept:
        content = raw_html(kept["dangerouslySetInnerHTML"], children, tag)
    if isinstance(content, str) and content.startswith("\n"):
        out.append("\n")  # the HTML parser drops one newline after the start tag
    if "dangerouslySetInnerHTML" in kept:
        out.append(cast("str", content))
    return children


def _script_text(text: str) -> str:
    return _SCRIPT_TAG.sub(lambda tag: tag[1] + ("\\u0073" if tag[2] == "s" else "\\u0053") + tag[3], text)


def _style_rules(text: str) -> str:
    return _STYLE_TAG.sub(lambda tag: tag[1] + ("\\73 " if tag[2] == "s" else "\\53 ") + tag[3], text)


def _leave_place(out: Out, context: Context, after_text: bool) -> None:
    """What moves to the head leaves nothing, but keeps the texts around it two."""
    if after_text and context.page.markers:
        out.append(SEPARATOR)


def _script(tag: str, props: Props, out: Out, context: Context, after_text: bool) -> None:
    if context.keeps_head_parts or props.get("itemProp") is not None or not is_hoisted_script(props):
        _write_script(tag, props, out, context.page)
        return
    kind = "module script" if props.get("type") == "module" else "script"
    if context.page.head.is_new(kind, props["src"]):
        _write_script(tag, props, context.page.head.scripts, context.page)
    _leave_place(out, context, after_text)


def _write_script(tag: str, props: Props, out: Out, page: Page) -> None:
    kept = _open(tag, props, out, page)
    out.append(">")
    children = kept.get("children")
    text = _script_text(children) if isinstance(children, str) else ""
    if "dangerouslySetInnerHTML" in kept:
        text = raw_html(kept["dangerouslySetInnerHTML"], children, tag)
    if text and not props.get("src"):
        page.inline_scripts.append(text)
    out += (text, "</script>")


def _style(tag: str, props: Props, out: Out, context: Context, after_text: bool) -> None:
    page = context.page
    if context.keeps_head_parts or props.get("itemProp") is not None or not is_hoisted_style(props):
        kept = _open(tag, props, out, page)
        rules = _rules(tag, kept)
        page.inline_styles.append(rules)
        out += (">", rules, "</style>")
        return
    if page.head.is_new("style", props["href"]):
        queue = page.head.precedence(props["precedence"])
        queue.hrefs.append(props["href"])
        queue.rules.append(_rules(tag, props))
    _leave_place(out, context, after_text)


def _rules(tag: str, props: Props) -> str:
    raw = props.get("dangerouslySetInnerHTML")
    if raw is not None:
        return raw_html(raw, props.get("children"), tag)
    return _style_rules(_only_text(props.get("children")) or "")


def _only_text(children: Any) -> str | None:
    """The text of a title or style; React writes none where there are several children."""
    if isinstance(children, (list, tuple)):
        items: list[Any] = list(children)  # pyright: ignore[reportUnknownArgumentType]
        children = items[0] if len(items) == 1 else None
    return None if children is None or children is UNDEFINED else js_text(children, "the text of a title or style")


# -- head parts --------------------------------------------------------------------------------------------------------


def _title(tag: str, props: Props, out: Out, context: Context, after_text: bool) -> Any:  # noqa: ARG001
    if context.keeps_head_parts or props.get("itemProp") is not None:
        _write_title(tag, props, out, context.page)
        return None
    if not context.fallback:
        _write_title(tag, props, context.page.head.others, context.page)
    # React forgets here that text stands before, writes the next text right behind it, and its own client then fails
    # to hydrate the page (wire-protocol D10).
    return NOTHING


def _write_title(tag: str, props: Props, out: Out, page: Page) -> None:
    kept = _open(tag, props, out, page)
    out.append(">")
    text = _only_text(kept.get("children"))
    if text is not None:
        out.append(escape(text))
    if "dangerouslySetInnerHTML" in kept:
        out.append(raw_html(kept["dangerouslySetInnerHTML"], kept.get("children"), tag))
    out.append("</title>")


def _meta(tag: str, props: Props, out: Out, context: Context, after_text: bool) -> None:
    if context.keeps_head_parts or props.get("itemProp") is not None:
        _void(tag, props, out, context, after_text)
        return
    if not context.fallback:
        _void(tag, props, context.page.head.meta_place(props), context, after_text)
    _leave_place(out, context, after_text)


def _link(tag: str, props: Props, out: Out, context: Context, after_text: bool) -> None:
    if context.keeps_head_parts or props.get("itemProp") is not None or not is_hoisted_link(props):
        _void(tag, props, out, context, after_text)
        return
    head = context.page.head
    if props["rel"] == "stylesheet":
        if head.is_new("style", props["href"]):
            moved = {**props, "data-precedence": props["precedence"], "precedence": None}
            _void(tag, moved, head.precedence(props["precedence"]).sheets, context, after_text)
    elif not context.fallback:
        _void(tag, props, head.others, context, after_text)
    _leave_place(out, context, after_text)


def _image(tag: str, props: Props, out: Out, context: Context, after_text: bool) -> None:
    page = context.page
    if page.preloads and not context.picture and not context.noscript:
        preload = preload_of(props)
        if preload is not None and page.head.is_new("image", preload.name):
            written: Out = []
            _void("link", preload.link, written, context, after_text)
            page.head.add_image(preload, written)
        elif preload is not None:
            page.head.raise_image(preload)
    _void(tag, props, out, context, after_text)


_VOID = "area base br col embed hr keygen param source track wbr"

STARTS: Final[dict[str, Start]] = dict.fromkeys(_VOID.split(), _void) | {
    "a": _anchor,
    "button": _button,
    "form": _form,
    "img": _image,
    "input": _input,
    "link": _link,
    "listing": _pre,
    "menuitem": _menuitem,
    "meta": _meta,
    "object": _object,
    "option": _option,
    "pre": _pre,
    "script": _script,
    "select": _select,
    "style": _style,
    "textarea": _textarea,
    "title": _title,
}
"""The tags whose start is not `start_plain`."""
