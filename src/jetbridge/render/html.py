"""The HTML printer: a resolved tree in, the HTML that React's own client hydrates out (wire-protocol D).

The partner of `render/flight`. Pure and synchronous: no components, no keys, no requests. Holes that are filled per
visitor come out as `Slot` parts. Tags whose start is more than their attributes in order are rows in `starts.STARTS`.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, cast

from msgspec import Struct

from jetbridge.elements.node import ABSENT, HtmlElement, Lazy
from jetbridge.errors import EncodeError
from jetbridge.render.attributes import TEXT_PREFIXES
from jetbridge.render.context import Context, Cuts, Mode, Page, Placed
from jetbridge.render.head import Part
from jetbridge.render.nodes import ByPrinter, ClientRendered, Slot
from jetbridge.render.opening import Start, start_custom, start_plain
from jetbridge.render.starts import NOTHING, SEPARATOR, STARTS
from jetbridge.render.suspended import Suspended
from jetbridge.render.text import escape, js_text, number_text, probe
from jetbridge.wire.model import Element, Symbol, Undefined

__all__ = ["Part", "Placed", "PrintedHtml", "encode_html", "print_html", "print_late"]


class PrintedHtml(Struct, frozen=True):
    """What `print_html` made: text with slots between.

    `head` is what moved to the head and waits to be put there; it is empty when the tree has its own `<html>` or
    `<head>`. `inline_scripts`, `inline_styles` and `style_attributes` are the texts a content security policy must
    allow by hash; what stands in raw HTML is not among them. `placed` are the places left for what is not known yet.
    """

    parts: list[Part]
    head: list[Part]
    inline_scripts: list[str]
    inline_styles: list[str]
    style_attributes: list[str]
    placed: list[Placed]

    def text(self, fill: Callable[[Slot], str] | None = None) -> str:
        """Head and body as one text; `fill` gives the text of each slot, escaped."""
        return "".join(part if isinstance(part, str) else _fill(part, fill) for part in [*self.head, *self.parts])


def _fill(slot: Slot, fill: Callable[[Slot], str] | None) -> str:
    if fill is None:
        raise EncodeError(f"the slot {slot.value} was not filled")
    return fill(slot)


def print_html(tree: Any, *, markers: bool = True, doctype: bool = False, preloads: bool = True) -> PrintedHtml:
    """Print a resolved `tree`.

    Without `markers` the HTML is clean and cannot be hydrated; `doctype` writes one before the tree's own `<html>`;
    `preloads` adds image preloads to the head as React does. Raises EncodeError for what was not resolved, for
    attributes that are no text, and for lists nested deeper than Python can walk.
    """
    return _print(tree, lambda: Context(Page(_PLAIN, markers=markers, preloads=preloads, whole=doctype)))


def print_late(place: Placed, tree: Any) -> PrintedHtml:
    """Print what belongs into a place that was left; raises as `print_html` does."""
    return _print(tree, lambda: place.context.on(place.context.page.next()))


def _print(tree: Any, begin: Callable[[], Context]) -> PrintedHtml:
    context = begin()
    page = context.page
    seen = page.head.seen
    out: list[Part] = []
    try:
        _write(tree, out, context, False)
    except RecursionError:
        page.head.go_back(seen)
        context = begin()
        page = context.page
        out = _write_deep(tree, context)
    doctype = page.whole
    hoisted = page.head.parts(page.inline_styles)
    if page.html_start is None and page.head_start is None:
        head, out = hoisted, [*(page.body_start or ()), *out]
    else:
        start = ["<!DOCTYPE html>"] if doctype and page.html_start is not None else []
        head_start = ["<head>"] if page.head_start is None else page.head_start
        opening = [*start, *(page.html_start or ()), *head_start, *hoisted, *page.head_children, "</head>"]
        head, out = [], [*opening, *(page.body_start or ()), *out]
    if page.body_start is not None:
        out.append("</body>")
    if page.html_start is not None:
        out.append("</html>")
    return PrintedHtml(
        _join(out, page),
        _join(head, page),
        page.inline_scripts,
        page.inline_styles,
        page.style_attributes,
        page.placed,
    )


def _write_deep(tree: Any, context: Context) -> list[Part]:
    """The parts of a tree that is too deep to be walked in one go: so many levels at a time, then what is below."""
    page = context.page
    page.plain, page.cuts = {}, Cuts()  # without the shortcut every element asks how deep it is
    out: list[Part] = []
    try:
        _write(tree, out, context, False)
        for children, into, around in page.cuts.left:  # which grows meanwhile
            _write(children, into, around, False)
    except RecursionError:
        raise EncodeError("lists in the tree are nested too deeply to be printed") from None
    page.head_children = _flat(page.head_children)
    return _flat(out)


def _flat(parts: list[Any]) -> list[Part]:
    """The parts, with those that were left for later where they belong."""
    flat: list[Part] = []
    rest = parts[::-1]
    while rest:
        part = rest.pop()
        if type(part) is list:
            rest += cast("list[Any]", part)[::-1]
        else:
            flat.append(part)
    return flat


def _join(parts: list[Part], page: Page) -> list[Part]:
    """The parts with neighbouring texts made one."""
    if not page.has_slots:
        return ["".join(cast("list[str]", parts))] if parts else []
    joined: list[Part] = []
    start = 0
    for index, part in enumerate(parts):
        if not isinstance(part, str):
            joined += ("".join(cast("list[str]", parts[start:index])), part)
            start = index + 1
    joined.append("".join(cast("list[str]", parts[start:])))
    return joined


_SURROGATES: Final = re.compile("[\ud800-\udfff]")


def encode_html(text: str) -> bytes:
    """`text` as UTF-8; half a surrogate pair becomes U+FFFD, as JavaScript's own encoder has it."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _SURROGATES.sub("\ufffd", text).encode()


_LEVELS: Final = 50  # of elements that are walked at a time where a tree is deep
_type_of = cast("Callable[[object], type[Any]]", type)  # what type() gives is unknown to pyright


# -- the walk ----------------------------------------------------------------------------------------------------------


def _write(node: Any, out: list[Part], context: Context, after_text: bool) -> bool:
    """Write `node`; `after_text` and the result say whether a text node stands directly before, or now does."""
    if type(node) is str:
        if not node:
            return after_text
        out.append(f"{SEPARATOR}{escape(node)}" if after_text else escape(node))
        return context.page.markers
    if type(node) is list:
        return _write_all(cast("list[Any]", node), out, context, after_text)
    if type(node) is HtmlElement:
        return _write_plain(node, node.attributes or _NONE, node.children, out, context, after_text)
    if type(node) is Element:
        return _write_plain(node, node.props, None, out, context, after_text)
    if node is None or type(node) is bool:
        return after_text
    return _write_rare(node, out, context, after_text)


def _write_all(nodes: list[Any], out: list[Part], context: Context, after_text: bool) -> bool:
    """Write siblings. Large pages are made of cells and items, one text in a bare tag: those are written right here."""
    append = out.append
    plain = context.page.plain
    for node in nodes:
        if type(node) is HtmlElement and node.attributes is None and node.type in plain:
            _, start, end = plain[node.type]
            children = node.children
            kind = _type_of(children)
            if kind is str:
                append(f"{start}{children if probe(children) is children else escape(children)}{end}")
                after_text = False
                continue
            if kind is int or kind is float:
                append(f"{start}{children if kind is int else number_text(children)}{end}")
                after_text = False
                continue
            if kind is list:
                append(start)
                _write_all(children, out, context.below or context, False)
                append(end)
                after_text = False
                continue
        after_text = _write(node, out, context, after_text)
    return after_text


def _write_plain(
    node: Element, attributes: Mapping[str, Any], children: Any, out: list[Part], context: Context, after_text: bool
) -> bool:
    """Write an element whose attributes are all text, or leave it to `_write_element`."""
    plain = context.page.plain.get(node.type)
    if plain is None:
        return _write_element(node, out, context, after_text)
    start, _, end = plain
    for prop in attributes:
        value = attributes[prop]
        if prop == "children":
            children = value
        elif type(value) is str and prop in TEXT_PREFIXES:
            start += f'{TEXT_PREFIXES[prop]}{escape(value)}"'
        elif type(value) is int and prop in TEXT_PREFIXES:
            start += f'{TEXT_PREFIXES[prop]}{value}"'
        elif value is not None:
            return _write_element(node, out, context, after_text)
    if type(children) is str:
        out.append(f"{start}>{escape(children)}{end}")
        return False
    out.append(start + ">")
    if children is not None and children is not ABSENT:
        _write(children, out, context.below or context, False)
    out.append(end)
    return False


def _write_rare(node: Any, out: list[Part], context: Context, after_text: bool) -> bool:
    """Write what is neither text, list nor a plain element."""
    if isinstance(node, (int, float)):
        text = js_text(node, "a child")
        out.append(f"{SEPARATOR}{text}" if after_text else text)
        return context.page.markers
    if isinstance(node, str):
        return _write(str.__str__(node), out, context, after_text)
    if isinstance(node, tuple):
        return _write(list(cast("tuple[Any]", node)), out, context, after_text)
    if isinstance(node, Element):
        return _write_element(node, out, context, after_text)
    if isinstance(node, ByPrinter):
        return _write(node.html, out, context, after_text)
    if isinstance(node, ClientRendered):
        return _write_client_rendered(node, out, context)
    if isinstance(node, Undefined):
        return after_text
    if isinstance(node, Slot):
        out += (SEPARATOR, node) if after_text else (node,)
        context.page.has_slots = True
        return context.page.markers
    if isinstance(node, (Lazy, Awaitable)) or callable(node):
        raise EncodeError(f"{node!r} was not resolved before printing")
    if isinstance(node, Iterable) and not isinstance(node, (bytes, bytearray, Mapping)):
        return _write(list(cast("Iterable[Any]", node)), out, context, after_text)
    raise EncodeError(f"a child cannot be of type {cast('object', node).__class__.__name__}")


def _write_element(node: Element, out: list[Part], context: Context, after_text: bool) -> bool:
    """Write an element with whatever its tag needs."""
    name = node.type
    if not isinstance(name, str):
        return _write_symbol(node, out, context, after_text)
    if context.mode < Mode.CONTENT and name in _SINGLETONS:
        _write_singleton(name, node.props, out, context)
        return False
    start, end = _SPECIAL.get(name) or _make_tag(name)
    children = start(name, node.props, out, context, after_text)
    if children is NOTHING:
        return after_text
    if children is not None:
        inside = _INSIDE[name](context, node.props) if name in _INSIDE else context.below or context
        cuts = context.page.cuts
        if cuts is None:
            _write(children, out, inside, False)
        elif cuts.level < _LEVELS:
            cuts.level += 1
            _write(children, out, inside, False)
            cuts.level -= 1
        else:
            later: list[Part] = []
            cuts.left.append((children, later, inside))
            out.append(cast("Any", later))
    out.append(end)
    return False


def _write_singleton(name: str, props: Mapping[str, Any], out: list[Part], context: Context) -> None:
    """Write the document's own html, head or body: their starts stand apart, since head parts go between them."""
    page = context.page
    if name == "html" and context.mode is Mode.DOCUMENT:
        raise EncodeError("<html> stands in another <html>")
    if getattr(page, f"{name}_start") is not None:
        raise EncodeError(f"<{name}> is in the tree twice")
    if context.boundary and page.markers and page.whole:
        out.append(f"<!--{name}-->")  # tells the client which tags a boundary brought, should it be replaced
    start: list[Part] = []
    children = start_plain(name, props, start, context, False)
    setattr(page, f"{name}_start", start)
    if name == "head":
        _write(children, page.head_children, context.change(Mode.CONTENT), False)
    else:
        _write(children, out, context.change(Mode.DOCUMENT if name == "html" else Mode.CONTENT), False)


def _write_symbol(node: Element, out: list[Part], context: Context, after_text: bool) -> bool:
    """Write a fragment, a boundary, or another of React's own types."""
    key = node.type.key if isinstance(node.type, Symbol) else None
    children = node.props.get("children")
    if key in _TRANSPARENT:
        return _write(children, out, context, after_text)
    if key == "react.suspense":
        inside = context if context.mode >= Mode.CONTENT else context.change(context.mode, boundary=True)
        if isinstance(children, Suspended):
            if not children.is_known:
                return _write_place(children, node.props.get("fallback"), out, inside)
            children = children.tree
        return _write_between("<!--$-->", children, "<!--/$-->", out, inside)
    if key == "react.activity":
        if node.props.get("mode") == "hidden":
            return after_text
        return _write_between("<!--&-->", children, "<!--/&-->", out, context)
    raise EncodeError(f"an element of type {node.type!r} has no HTML: give it one with ByPrinter or ClientRendered")


def _write_between(start: str, children: Any, end: str, out: list[Part], context: Context) -> bool:
    if not context.page.markers:
        return _write(children, out, context, False)
    out.append(start)
    _write(children, out, context, False)
    out.append(end)
    return False


def _write_place(suspended: Suspended, fallback: Any, out: list[Part], context: Context) -> bool:
    """Write the fallback where a content is to come, for whoever reveals it there."""
    place = Placed(next(context.page.numbers), suspended, context)
    context.page.placed.append(place)
    inside = context.change(context.mode, context.selected, fallback=True)
    return _write_between(f'<!--$?--><template id="B:{place.number}"></template>', fallback, "<!--/$-->", out, inside)


def _write_client_rendered(node: ClientRendered, out: list[Part], context: Context) -> bool:
    inside = context.change(context.mode, context.selected, fallback=True)
    digest = "" if node.digest is None else f' data-dgst="{escape(node.digest)}"'
    return _write_between(f"<!--$!--><template{digest}></template>", node.fallback, "<!--/$-->", out, inside)


# -- the tags ----------------------------------------------------------------------------------------------------------

_TRANSPARENT: Final = frozenset(
    {
        "react.fragment",
        "react.legacy_hidden",
        "react.profiler",
        "react.strict_mode",
        "react.suspense_list",
        "react.view_transition",
    }
)
_SINGLETONS: Final = frozenset({"html", "head", "body"})
_ENDED = "area base br col embed hr img input keygen link meta param source track wbr script style textarea title"
_WRITES_END: Final = frozenset(_ENDED.split())
_TAG_NAME: Final = re.compile(r"[a-zA-Z][a-zA-Z:_.\-0-9]*")
_NOT_CUSTOM: Final = frozenset(
    {
        "annotation-xml",
        "color-profile",
        "font-face",
        "font-face-format",
        "font-face-name",
        "font-face-src",
        "font-face-uri",
        "missing-glyph",
    }
)


def _in_select(context: Context, props: Mapping[str, Any]) -> Context:
    value = props.get("value")
    return context.change(Mode.CONTENT, props.get("defaultValue") if value is None else value)


def _in_content(context: Context, props: Mapping[str, Any]) -> Context:  # noqa: ARG001 - one row of the table
    return context.change(Mode.CONTENT)


_INSIDE: Final[dict[str, Callable[[Context, Mapping[str, Any]], Context]]] = {
    "foreignObject": _in_content,
    "math": _in_content,
    "noscript": lambda context, _: context.change(Mode.CONTENT, noscript=True),
    "picture": lambda context, _: context.change(Mode.CONTENT, picture=True),
    "select": _in_select,
    "svg": lambda context, _: context.change(Mode.SVG),
}


_NONE: Final[dict[str, Any]] = {}
_PLAIN: dict[Any, tuple[str, str, str]] = {}  # the start tag without its end, with it, and the end tag
_SPECIAL: dict[str, tuple[Start, str]] = {}
_MOST_TAGS: Final = 1024  # an application may make tag names from data; the tables must not grow with it


def _make_tag(name: str) -> tuple[Start, str]:
    """How the tag `name` starts and ends; entered into `_SPECIAL`, and into `_PLAIN` if nothing about it is special."""
    if not _TAG_NAME.fullmatch(name):
        raise EncodeError(f"{name!r} is not the name of an element")
    start = STARTS.get(name, start_plain)
    if "-" in name and name not in _NOT_CUSTOM:
        start = start_custom
    end = "" if name in _WRITES_END else f"</{name}>"
    if len(_SPECIAL) < _MOST_TAGS:
        _SPECIAL[name] = (start, end)
        if start is start_plain and name not in _SINGLETONS and name not in _INSIDE:
            _PLAIN[name] = (f"<{name}", f"<{name}>", end)
    return start, end
