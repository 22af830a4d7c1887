"""Start tags that are more than a name and its attributes in order, by tag: raw text, head parts, form controls.

Each function writes into `out` and gives back the children that the printer writes next; tags that have none, or that
wrote their end themselves, give None (wire-protocol D5, D7, D10).
"""

import re
from typing import Any, Final, cast

from jetbridge.errors import EncodeError
from jetbridge.render.attributes import attribute
from jetbridge.render.context import Context, Page
from jetbridge.render.controls import CONTROLS
from jetbridge.render.head import is_hoisted_link, is_hoisted_script, is_hoisted_style, preload_of
from jetbridge.render.opening import CONTENT, Out, Props, Start, enter, open_tag, push, raw_html
from jetbridge.render.text import escape, js_text
from jetbridge.wire.model import UNDEFINED

__all__ = ["NOTHING", "SEPARATOR", "STARTS"]

SEPARATOR: Final = "<!-- -->"
NOTHING: Final = object()
"""Given for children by a start that wrote nothing in its place, as if the element was not there."""


def _void(tag: str, props: Props, out: Out, context: Context, _after_text: bool) -> None:
    if open_tag(tag, props, out, context.page):
        raise EncodeError(f"<{tag}> is a void element: it has no children and no raw HTML")
    out.append("/>")


def _menuitem(tag: str, props: Props, out: Out, context: Context, _after_text: bool) -> None:
    if open_tag(tag, props, out, context.page):
        raise EncodeError("<menuitem> has no children and no raw HTML")
    out.append(">")


def _anchor(tag: str, props: Props, out: Out, context: Context, _after_text: bool) -> Any:
    out.append("<a")
    kept: dict[str, Any] = {}
    for prop, value in props.items():
        if value is None or value is UNDEFINED:
            continue
        if prop in CONTENT:
            kept[prop] = value
        elif prop == "href" and value == "":
            out.append(' href=""')  # a link to the page itself, unlike an image or style sheet without an address
        else:
            push(out, prop, value, context.page)
    return enter(tag, kept, out)


def _object(tag: str, props: Props, out: Out, context: Context, _after_text: bool) -> Any:
    # Here `data` is an address and follows the rules of src, in its own place among the attributes.
    out.append("<object")
    kept: dict[str, Any] = {}
    for prop, value in props.items():
        if value is None or value is UNDEFINED:
            continue
        if prop in CONTENT:
            kept[prop] = value
        elif prop == "data":
            out.append(attribute("src", js_text(value, "data")).replace(" src=", " data=", 1))
        else:
            push(out, prop, value, context.page)
    return enter(tag, kept, out)


# -- raw text ----------------------------------------------------------------------------------------------------------

_SCRIPT_TAG: Final = re.compile("(</|<)(s)(cript)", re.IGNORECASE)
_STYLE_TAG: Final = re.compile("(</|<)(s)(tyle)", re.IGNORECASE)


def _pre(tag: str, props: Props, out: Out, context: Context, _after_text: bool) -> Any:
    kept = open_tag(tag, props, out, context.page)
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


def _stays(context: Context, props: Props) -> bool:
    """Whether what could move to the head stays: where the tree says so, and as an item's property."""
    return context.keeps_head_parts or props.get("itemProp") not in (None, UNDEFINED)


def _script(tag: str, props: Props, out: Out, context: Context, after_text: bool) -> None:
    if _stays(context, props) or not is_hoisted_script(props):
        _write_script(tag, props, out, context.page)
        return
    kind = "module script" if props.get("type") == "module" else "script"
    if context.page.head.is_new(kind, props["src"]):
        _write_script(tag, props, context.page.head.scripts, context.page)
    _leave_place(out, context, after_text)


def _write_script(tag: str, props: Props, out: Out, page: Page) -> None:
    kept = open_tag(tag, props, out, page)
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
    if _stays(context, props) or not is_hoisted_style(props):
        kept = open_tag(tag, props, out, page)
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


def _title(tag: str, props: Props, out: Out, context: Context, _after_text: bool) -> Any:
    if _stays(context, props):
        _write_title(tag, props, out, context.page)
        return None
    if not context.fallback:
        _write_title(tag, props, context.page.head.others, context.page)
    # React forgets here that text stands before, writes the next text right behind it, and its own client then fails
    # to hydrate the page (wire-protocol D10).
    return NOTHING


def _write_title(tag: str, props: Props, out: Out, page: Page) -> None:
    kept = open_tag(tag, props, out, page)
    out.append(">")
    text = _only_text(kept.get("children"))
    if text is not None:
        out.append(escape(text))
    if "dangerouslySetInnerHTML" in kept:
        out.append(raw_html(kept["dangerouslySetInnerHTML"], kept.get("children"), tag))
    out.append("</title>")


def _meta(tag: str, props: Props, out: Out, context: Context, after_text: bool) -> None:
    if _stays(context, props):
        _void(tag, props, out, context, after_text)
        return
    if not context.fallback:
        _void(tag, props, context.page.head.meta_place(props), context, after_text)
    _leave_place(out, context, after_text)


def _link(tag: str, props: Props, out: Out, context: Context, after_text: bool) -> None:
    if _stays(context, props) or not is_hoisted_link(props):
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

STARTS: Final[dict[str, Start]] = (
    dict.fromkeys(_VOID.split(), _void)
    | CONTROLS
    | {
        "a": _anchor,
        "img": _image,
        "link": _link,
        "listing": _pre,
        "menuitem": _menuitem,
        "meta": _meta,
        "object": _object,
        "pre": _pre,
        "script": _script,
        "style": _style,
        "title": _title,
    }
)
"""The tags whose start is not `start_plain`."""
