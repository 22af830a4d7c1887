"""`h`: a factory for every element of HTML, SVG and MathML, `h.div(className="app")[…]`, `h["my-element"]`.

Elements stay data until a printer reads them. What React wants differently from a Python author is settled here: a
field's `value` is what it starts with (`defaultValue`), since nothing in Python can hear it change.
"""

import re
from typing import Any, Final, Self, cast

from jetbridge.elements.node import HtmlElement, Node, adopt
from jetbridge.errors import DefinitionError
from jetbridge.wire.model import Undefined

__all__ = [
    "Factories",
    "InputElement",
    "MediaElement",
    "SelectElement",
    "TextElement",
    "TextareaElement",
    "VoidElement",
    "h",
]

_TAG: Final = re.compile(r"[a-zA-Z][a-zA-Z:_.\-0-9]*")
_VOID: Final = frozenset({"keygen", "param"})  # void elements of the past, which h has no attribute for
_KEEPS_VALUE: Final = frozenset({"button", "checkbox", "hidden", "image", "radio", "reset", "submit"})
_CHOICES: Final = frozenset({"checkbox", "radio"})


class VoidElement(HtmlElement):
    """An element without an end tag: it takes no children."""

    def __getitem__(self, children: Any) -> Self:
        raise DefinitionError(f"h.{self.type} is a void element: it takes no children")

    def _settle(self, props: dict[str, Any]) -> dict[str, Any]:
        if "dangerouslySetInnerHTML" in props:
            raise DefinitionError(f"h.{self.type} is a void element: it takes no content")
        return props


class InputElement(VoidElement):
    """`<input>`: `value` and `checked` are what it starts with, but for types whose value the visitor cannot edit."""

    def _settle(self, props: dict[str, Any]) -> dict[str, Any]:
        renamed = {"checked": "defaultChecked"}
        if props.get("type") not in _KEEPS_VALUE:
            renamed["value"] = "defaultValue"
        settled = _rename(super()._settle(props), renamed)
        if props.get("type") in _CHOICES:
            # Said even where it is off: React leaves a mark that an earlier page made until it hears otherwise
            settled = {"defaultChecked": False, **settled}
        return settled


class TextElement(HtmlElement):
    """`<title>`, `<script>` and `<style>`: they hold one text. Several become one, since React would drop them."""

    def __getitem__(self, children: Node) -> Self:
        return super().__getitem__(_hide_own_tag(self.type, _one_text(self.type, children)))


class MediaElement(HtmlElement):
    """`<audio>` and `<video>`: `muted` is an attribute for HTML only, and React's development build reports it."""

    def _settle(self, props: dict[str, Any]) -> dict[str, Any]:
        return {**props, "suppressHydrationWarning": True} if "muted" in props else props


class TextareaElement(HtmlElement):
    """`<textarea>`: `value`, or the text in square brackets, is what it starts with."""

    def __getitem__(self, children: Node) -> Self:
        return self(defaultValue=_one_text(self.type, children) or "")

    def _settle(self, props: dict[str, Any]) -> dict[str, Any]:
        settled = _rename(props, {"value": "defaultValue"})
        text = settled.get("defaultValue")
        if isinstance(text, str) and "\r" in text:
            # Browsers send each line end as CRLF and show it as LF; printed as it was sent, a first one would be lost
            settled = {**settled, "defaultValue": text.replace("\r\n", "\n").replace("\r", "\n")}
        return settled


# Each tag in its own text, and how the language inside may spell the tag's first letter instead.
_OWN_TAG: Final = {
    "script": (re.compile("(</?)(s)(?=cript)", re.IGNORECASE), {"s": "\\u0073", "S": "\\u0053"}),
    "style": (re.compile("(</?)(s)(?=tyle)", re.IGNORECASE), {"s": "\\73 ", "S": "\\53 "}),
}


def _hide_own_tag(tag: str, text: str | None) -> str | None:
    """A script's or style's text in which HTML's parser does not see an end of it.

    The HTML printer spells it so (wire-protocol D7). Settled here, React is told the same and finds what it expects.
    """
    if text is None or tag not in _OWN_TAG:
        return text
    pattern, spelled = _OWN_TAG[tag]
    return pattern.sub(lambda found: found[1] + spelled[found[2]], text)


def _one_text(tag: str, children: Node) -> str | None:
    adopted, _ = adopt(children)
    parts = cast("list[Any]", adopted) if isinstance(adopted, list) else [adopted]
    texts = [part for part in parts if part is not None and not isinstance(part, (bool, Undefined))]
    if not all(isinstance(part, (str, int, float)) for part in texts):
        raise DefinitionError(f"h.{tag} holds text only")
    return "".join(map(str, texts)) if texts else None


class SelectElement(HtmlElement):
    """`<select>`: `value` (a list with `multiple`) is what is chosen first; so is an option that says `selected`."""

    def __getitem__(self, children: Node) -> Self:
        made = super().__getitem__(children)
        chosen: list[Any] = []
        props = {**made.props, "children": _lift_selected(made.props["children"], chosen)}
        if chosen and "defaultValue" not in props:
            props["defaultValue"] = chosen if props.get("multiple") else chosen[-1]
        made.props = props
        return made

    def _settle(self, props: dict[str, Any]) -> dict[str, Any]:
        return _rename(props, {"value": "defaultValue"})


def _lift_selected(node: Any, chosen: list[Any]) -> Any:
    """`node` with `selected` taken off its options; the values of those that had it are added to `chosen`.

    React wants the choice on the select: its development build warns about the option's own.
    """
    if isinstance(node, list):
        return [_lift_selected(child, chosen) for child in cast("list[Any]", node)]
    if not isinstance(node, HtmlElement):
        return node
    if node.type == "option" and "selected" in node.props:
        if node.props["selected"]:
            chosen.append(_option_value(node))
        return _with_props(node, {name: value for name, value in node.props.items() if name != "selected"})
    if node.type == "optgroup" and "children" in node.props:
        return _with_props(node, {**node.props, "children": _lift_selected(node.props["children"], chosen)})
    return node


def _option_value(option: HtmlElement) -> Any:
    value = option.props.get("value")
    if value is not None:
        return value
    text = option.props.get("children")
    return "".join(map(str, cast("list[Any]", text))) if isinstance(text, list) else text


def _with_props(element: HtmlElement, props: dict[str, Any]) -> HtmlElement:
    return HtmlElement.make(element.type, static=element.static, key=element.key, props=props)


def _rename(props: dict[str, Any], renamed: dict[str, str]) -> dict[str, Any]:
    if renamed.keys().isdisjoint(props):
        return props
    return {renamed.get(name, name): value for name, value in props.items()}


class Factories:
    """The type of `h`: one attribute per element, and `h["x-name"]` for custom ones."""

    def __getitem__(self, tag: str) -> HtmlElement:
        """An element by its name: custom elements, and names Python cannot spell."""
        if not _TAG.fullmatch(tag):
            raise DefinitionError(f"h[{tag!r}]: this is not the name of an element")
        known = self.__dict__.get(tag)
        if known is not None:
            return known
        return VoidElement.make(tag) if tag in _VOID else HtmlElement.make(tag)

    def __getattr__(self, name: str) -> HtmlElement:
        raise AttributeError(f'h has no element {name}; a custom element is h["{name.replace("_", "-")}"]')

    def __init__(self) -> None:
        self.a = HtmlElement.make("a")
        self.abbr = HtmlElement.make("abbr")
        self.address = HtmlElement.make("address")
        self.area = VoidElement.make("area")
        self.article = HtmlElement.make("article")
        self.aside = HtmlElement.make("aside")
        self.audio = MediaElement.make("audio")
        self.b = HtmlElement.make("b")
        self.base = VoidElement.make("base")
        self.bdi = HtmlElement.make("bdi")
        self.bdo = HtmlElement.make("bdo")
        self.blockquote = HtmlElement.make("blockquote")
        self.body = HtmlElement.make("body")
        self.br = VoidElement.make("br")
        self.button = HtmlElement.make("button")
        self.canvas = HtmlElement.make("canvas")
        self.caption = HtmlElement.make("caption")
        self.cite = HtmlElement.make("cite")
        self.code = HtmlElement.make("code")
        self.col = VoidElement.make("col")
        self.colgroup = HtmlElement.make("colgroup")
        self.data = HtmlElement.make("data")
        self.datalist = HtmlElement.make("datalist")
        self.dd = HtmlElement.make("dd")
        self.del_ = HtmlElement.make("del")
        self.details = HtmlElement.make("details")
        self.dfn = HtmlElement.make("dfn")
        self.dialog = HtmlElement.make("dialog")
        self.div = HtmlElement.make("div")
        self.dl = HtmlElement.make("dl")
        self.dt = HtmlElement.make("dt")
        self.em = HtmlElement.make("em")
        self.embed = VoidElement.make("embed")
        self.fieldset = HtmlElement.make("fieldset")
        self.figcaption = HtmlElement.make("figcaption")
        self.figure = HtmlElement.make("figure")
        self.footer = HtmlElement.make("footer")
        self.form = HtmlElement.make("form")
        self.h1 = HtmlElement.make("h1")
        self.h2 = HtmlElement.make("h2")
        self.h3 = HtmlElement.make("h3")
        self.h4 = HtmlElement.make("h4")
        self.h5 = HtmlElement.make("h5")
        self.h6 = HtmlElement.make("h6")
        self.head = HtmlElement.make("head")
        self.header = HtmlElement.make("header")
        self.hgroup = HtmlElement.make("hgroup")
        self.hr = VoidElement.make("hr")
        self.html = HtmlElement.make("html")
        self.i = HtmlElement.make("i")
        self.iframe = HtmlElement.make("iframe")
        self.img = VoidElement.make("img")
        self.input = InputElement.make("input", static=False)
        self.ins = HtmlElement.make("ins")
        self.kbd = HtmlElement.make("kbd")
        self.label = HtmlElement.make("label")
        self.legend = HtmlElement.make("legend")
        self.li = HtmlElement.make("li")
        self.link = VoidElement.make("link")
        self.main = HtmlElement.make("main")
        self.map = HtmlElement.make("map")
        self.mark = HtmlElement.make("mark")
        self.menu = HtmlElement.make("menu")
        self.meta = VoidElement.make("meta")
        self.meter = HtmlElement.make("meter")
        self.nav = HtmlElement.make("nav")
        self.noscript = HtmlElement.make("noscript")
        self.object = HtmlElement.make("object")
        self.ol = HtmlElement.make("ol")
        self.optgroup = HtmlElement.make("optgroup")
        self.option = HtmlElement.make("option")
        self.output = HtmlElement.make("output")
        self.p = HtmlElement.make("p")
        self.picture = HtmlElement.make("picture")
        self.pre = HtmlElement.make("pre")
        self.progress = HtmlElement.make("progress")
        self.q = HtmlElement.make("q")
        self.rp = HtmlElement.make("rp")
        self.rt = HtmlElement.make("rt")
        self.ruby = HtmlElement.make("ruby")
        self.s = HtmlElement.make("s")
        self.samp = HtmlElement.make("samp")
        self.script = TextElement.make("script", static=False)
        self.search = HtmlElement.make("search")
        self.section = HtmlElement.make("section")
        self.select = SelectElement.make("select", static=False)
        self.slot = HtmlElement.make("slot")
        self.small = HtmlElement.make("small")
        self.source = VoidElement.make("source")
        self.span = HtmlElement.make("span")
        self.strong = HtmlElement.make("strong")
        self.style = TextElement.make("style", static=False)
        self.sub = HtmlElement.make("sub")
        self.summary = HtmlElement.make("summary")
        self.sup = HtmlElement.make("sup")
        self.table = HtmlElement.make("table")
        self.tbody = HtmlElement.make("tbody")
        self.td = HtmlElement.make("td")
        self.template = HtmlElement.make("template")
        self.textarea = TextareaElement.make("textarea", static=False)
        self.tfoot = HtmlElement.make("tfoot")
        self.th = HtmlElement.make("th")
        self.thead = HtmlElement.make("thead")
        self.time = HtmlElement.make("time")
        self.title = TextElement.make("title")
        self.tr = HtmlElement.make("tr")
        self.track = VoidElement.make("track")
        self.u = HtmlElement.make("u")
        self.ul = HtmlElement.make("ul")
        self.var = HtmlElement.make("var")
        self.video = MediaElement.make("video")
        self.wbr = VoidElement.make("wbr")
        # SVG; a, image, script, style, title and others are shared with HTML, and `switch` needs no underscore
        self.animate = HtmlElement.make("animate")
        self.animateMotion = HtmlElement.make("animateMotion")
        self.animateTransform = HtmlElement.make("animateTransform")
        self.circle = HtmlElement.make("circle")
        self.clipPath = HtmlElement.make("clipPath")
        self.defs = HtmlElement.make("defs")
        self.desc = HtmlElement.make("desc")
        self.ellipse = HtmlElement.make("ellipse")
        self.feBlend = HtmlElement.make("feBlend")
        self.feColorMatrix = HtmlElement.make("feColorMatrix")
        self.feComponentTransfer = HtmlElement.make("feComponentTransfer")
        self.feComposite = HtmlElement.make("feComposite")
        self.feConvolveMatrix = HtmlElement.make("feConvolveMatrix")
        self.feDiffuseLighting = HtmlElement.make("feDiffuseLighting")
        self.feDisplacementMap = HtmlElement.make("feDisplacementMap")
        self.feDistantLight = HtmlElement.make("feDistantLight")
        self.feDropShadow = HtmlElement.make("feDropShadow")
        self.feFlood = HtmlElement.make("feFlood")
        self.feFuncA = HtmlElement.make("feFuncA")
        self.feFuncB = HtmlElement.make("feFuncB")
        self.feFuncG = HtmlElement.make("feFuncG")
        self.feFuncR = HtmlElement.make("feFuncR")
        self.feGaussianBlur = HtmlElement.make("feGaussianBlur")
        self.feImage = HtmlElement.make("feImage")
        self.feMerge = HtmlElement.make("feMerge")
        self.feMergeNode = HtmlElement.make("feMergeNode")
        self.feMorphology = HtmlElement.make("feMorphology")
        self.feOffset = HtmlElement.make("feOffset")
        self.fePointLight = HtmlElement.make("fePointLight")
        self.feSpecularLighting = HtmlElement.make("feSpecularLighting")
        self.feSpotLight = HtmlElement.make("feSpotLight")
        self.feTile = HtmlElement.make("feTile")
        self.feTurbulence = HtmlElement.make("feTurbulence")
        self.filter = HtmlElement.make("filter")
        self.foreignObject = HtmlElement.make("foreignObject")
        self.g = HtmlElement.make("g")
        self.image = HtmlElement.make("image")
        self.line = HtmlElement.make("line")
        self.linearGradient = HtmlElement.make("linearGradient")
        self.marker = HtmlElement.make("marker")
        self.mask = HtmlElement.make("mask")
        self.metadata = HtmlElement.make("metadata")
        self.mpath = HtmlElement.make("mpath")
        self.path = HtmlElement.make("path")
        self.pattern = HtmlElement.make("pattern")
        self.polygon = HtmlElement.make("polygon")
        self.polyline = HtmlElement.make("polyline")
        self.radialGradient = HtmlElement.make("radialGradient")
        self.rect = HtmlElement.make("rect")
        self.set = HtmlElement.make("set")
        self.stop = HtmlElement.make("stop")
        self.svg = HtmlElement.make("svg")
        self.switch = HtmlElement.make("switch")
        self.symbol = HtmlElement.make("symbol")
        self.text = HtmlElement.make("text")
        self.textPath = HtmlElement.make("textPath")
        self.tspan = HtmlElement.make("tspan")
        self.use = HtmlElement.make("use")
        self.view = HtmlElement.make("view")
        # MathML
        self.math = HtmlElement.make("math")
        self.mi = HtmlElement.make("mi")
        self.mn = HtmlElement.make("mn")
        self.mo = HtmlElement.make("mo")
        self.ms = HtmlElement.make("ms")
        self.mtext = HtmlElement.make("mtext")
        self.mrow = HtmlElement.make("mrow")
        self.mfrac = HtmlElement.make("mfrac")
        self.msqrt = HtmlElement.make("msqrt")
        self.mroot = HtmlElement.make("mroot")
        self.msub = HtmlElement.make("msub")
        self.msup = HtmlElement.make("msup")
        self.msubsup = HtmlElement.make("msubsup")
        self.munder = HtmlElement.make("munder")
        self.mover = HtmlElement.make("mover")
        self.munderover = HtmlElement.make("munderover")
        self.mtable = HtmlElement.make("mtable")
        self.mtr = HtmlElement.make("mtr")
        self.mtd = HtmlElement.make("mtd")
        self.mspace = HtmlElement.make("mspace")
        self.semantics = HtmlElement.make("semantics")
        self.annotation = HtmlElement.make("annotation")


h: Final = Factories()
"""The elements of HTML, SVG and MathML: `h.div(className="app")["text", child]`; others as `h["my-element"]`."""
