"""`h`: a factory for every element of HTML, SVG and MathML, `h.div(className="app")[…]`, `h["my-element"]`.

Elements stay data until a printer reads them. What React wants differently from a Python author is settled here: a
field's `value` is what it starts with (`defaultValue`), since nothing in Python can hear it change.
"""

import re
from typing import Any, Final, cast

from jetbridge.elements.node import HtmlElement, Node, adopt
from jetbridge.errors import DefinitionError

__all__ = ["Factories", "InputElement", "SelectElement", "TextareaElement", "VoidElement", "h"]

_TAG: Final = re.compile(r"[a-zA-Z][a-zA-Z:_.\-0-9]*")
_VOID: Final = frozenset({"keygen", "param"})  # void elements of the past, which h has no attribute for
_KEEPS_VALUE: Final = frozenset({"button", "checkbox", "hidden", "image", "radio", "reset", "submit"})


class VoidElement(HtmlElement):
    """An element without an end tag: it takes no children."""

    __slots__ = ()

    def __getitem__(self, children: Any) -> "VoidElement":
        raise DefinitionError(f"h.{self.type} is a void element: it takes no children")

    def _settle(self, props: dict[str, Any]) -> dict[str, Any]:
        if "dangerouslySetInnerHTML" in props:
            raise DefinitionError(f"h.{self.type} is a void element: it takes no content")
        return props


class InputElement(VoidElement):
    """`<input>`: `value` and `checked` are what it starts with, but for types whose value the visitor cannot edit."""

    __slots__ = ()

    def _settle(self, props: dict[str, Any]) -> dict[str, Any]:
        renamed = {"checked": "defaultChecked"}
        if props.get("type") not in _KEEPS_VALUE:
            renamed["value"] = "defaultValue"
        return _rename(super()._settle(props), renamed)


class TextareaElement(HtmlElement):
    """`<textarea>`: `value`, or the one text in square brackets, is what it starts with."""

    __slots__ = ()

    def __getitem__(self, children: Node) -> "TextareaElement":
        adopted, _ = adopt(children)
        parts = cast("list[Any]", adopted) if isinstance(adopted, list) else [adopted]
        if not all(isinstance(part, (str, int, float, type(None))) for part in parts):
            raise DefinitionError("h.textarea holds text only")
        return self(defaultValue="".join(str(part) for part in parts if part is not None and part is not False))

    def _settle(self, props: dict[str, Any]) -> dict[str, Any]:
        return _rename(props, {"value": "defaultValue"})


class SelectElement(HtmlElement):
    """`<select>`: `value` (a list with `multiple`) is what is chosen first; so is an option that says `selected`."""

    __slots__ = ()

    def __getitem__(self, children: Node) -> "SelectElement":
        made = super().__getitem__(children)
        chosen: list[Any] = []
        settled = _lift_selected(made.props["children"], chosen)
        if chosen and "defaultValue" not in made.props:
            # React wants the choice on the select: with `selected` on an option its development build warns.
            value = chosen if made.props.get("multiple") else chosen[-1]
            made.props = {**made.props, "children": settled, "defaultValue": value}
        return made

    def _settle(self, props: dict[str, Any]) -> dict[str, Any]:
        return _rename(props, {"value": "defaultValue"})


def _lift_selected(node: Any, chosen: list[Any]) -> Any:
    """`node` with `selected` taken off its options; their values are added to `chosen`."""
    if isinstance(node, list):
        return [_lift_selected(child, chosen) for child in cast("list[Any]", node)]
    if not isinstance(node, HtmlElement):
        return node
    if node.type == "option" and node.props.get("selected"):
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
    made = HtmlElement(element.type, static=element.static)
    made.key = element.key
    made.props = props
    return made


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
        return VoidElement(tag) if tag in _VOID else HtmlElement(tag)

    def __getattr__(self, name: str) -> HtmlElement:
        raise AttributeError(f'h has no element {name}; a custom element is h["{name.replace("_", "-")}"]')

    def __init__(self) -> None:
        self.a = HtmlElement("a")
        self.abbr = HtmlElement("abbr")
        self.address = HtmlElement("address")
        self.area = VoidElement("area")
        self.article = HtmlElement("article")
        self.aside = HtmlElement("aside")
        self.audio = HtmlElement("audio")
        self.b = HtmlElement("b")
        self.base = VoidElement("base")
        self.bdi = HtmlElement("bdi")
        self.bdo = HtmlElement("bdo")
        self.blockquote = HtmlElement("blockquote")
        self.body = HtmlElement("body")
        self.br = VoidElement("br")
        self.button = HtmlElement("button")
        self.canvas = HtmlElement("canvas")
        self.caption = HtmlElement("caption")
        self.cite = HtmlElement("cite")
        self.code = HtmlElement("code")
        self.col = VoidElement("col")
        self.colgroup = HtmlElement("colgroup")
        self.data = HtmlElement("data")
        self.datalist = HtmlElement("datalist")
        self.dd = HtmlElement("dd")
        self.del_ = HtmlElement("del")
        self.details = HtmlElement("details")
        self.dfn = HtmlElement("dfn")
        self.dialog = HtmlElement("dialog")
        self.div = HtmlElement("div")
        self.dl = HtmlElement("dl")
        self.dt = HtmlElement("dt")
        self.em = HtmlElement("em")
        self.embed = VoidElement("embed")
        self.fieldset = HtmlElement("fieldset")
        self.figcaption = HtmlElement("figcaption")
        self.figure = HtmlElement("figure")
        self.footer = HtmlElement("footer")
        self.form = HtmlElement("form")
        self.h1 = HtmlElement("h1")
        self.h2 = HtmlElement("h2")
        self.h3 = HtmlElement("h3")
        self.h4 = HtmlElement("h4")
        self.h5 = HtmlElement("h5")
        self.h6 = HtmlElement("h6")
        self.head = HtmlElement("head")
        self.header = HtmlElement("header")
        self.hgroup = HtmlElement("hgroup")
        self.hr = VoidElement("hr")
        self.html = HtmlElement("html")
        self.i = HtmlElement("i")
        self.iframe = HtmlElement("iframe")
        self.img = VoidElement("img")
        self.input = InputElement("input", static=False)
        self.ins = HtmlElement("ins")
        self.kbd = HtmlElement("kbd")
        self.label = HtmlElement("label")
        self.legend = HtmlElement("legend")
        self.li = HtmlElement("li")
        self.link = VoidElement("link")
        self.main = HtmlElement("main")
        self.map = HtmlElement("map")
        self.mark = HtmlElement("mark")
        self.menu = HtmlElement("menu")
        self.meta = VoidElement("meta")
        self.meter = HtmlElement("meter")
        self.nav = HtmlElement("nav")
        self.noscript = HtmlElement("noscript")
        self.object = HtmlElement("object")
        self.ol = HtmlElement("ol")
        self.optgroup = HtmlElement("optgroup")
        self.option = HtmlElement("option")
        self.output = HtmlElement("output")
        self.p = HtmlElement("p")
        self.picture = HtmlElement("picture")
        self.pre = HtmlElement("pre")
        self.progress = HtmlElement("progress")
        self.q = HtmlElement("q")
        self.rp = HtmlElement("rp")
        self.rt = HtmlElement("rt")
        self.ruby = HtmlElement("ruby")
        self.s = HtmlElement("s")
        self.samp = HtmlElement("samp")
        self.script = HtmlElement("script")
        self.search = HtmlElement("search")
        self.section = HtmlElement("section")
        self.select = SelectElement("select", static=False)
        self.slot = HtmlElement("slot")
        self.small = HtmlElement("small")
        self.source = VoidElement("source")
        self.span = HtmlElement("span")
        self.strong = HtmlElement("strong")
        self.style = HtmlElement("style")
        self.sub = HtmlElement("sub")
        self.summary = HtmlElement("summary")
        self.sup = HtmlElement("sup")
        self.table = HtmlElement("table")
        self.tbody = HtmlElement("tbody")
        self.td = HtmlElement("td")
        self.template = HtmlElement("template")
        self.textarea = TextareaElement("textarea", static=False)
        self.tfoot = HtmlElement("tfoot")
        self.th = HtmlElement("th")
        self.thead = HtmlElement("thead")
        self.time = HtmlElement("time")
        self.title = HtmlElement("title")
        self.tr = HtmlElement("tr")
        self.track = VoidElement("track")
        self.u = HtmlElement("u")
        self.ul = HtmlElement("ul")
        self.var = HtmlElement("var")
        self.video = HtmlElement("video")
        self.wbr = VoidElement("wbr")
        # SVG; a, image, script, style, title and others are shared with HTML, and `switch` needs no underscore
        self.animate = HtmlElement("animate")
        self.animateMotion = HtmlElement("animateMotion")
        self.animateTransform = HtmlElement("animateTransform")
        self.circle = HtmlElement("circle")
        self.clipPath = HtmlElement("clipPath")
        self.defs = HtmlElement("defs")
        self.desc = HtmlElement("desc")
        self.ellipse = HtmlElement("ellipse")
        self.feBlend = HtmlElement("feBlend")
        self.feColorMatrix = HtmlElement("feColorMatrix")
        self.feComponentTransfer = HtmlElement("feComponentTransfer")
        self.feComposite = HtmlElement("feComposite")
        self.feConvolveMatrix = HtmlElement("feConvolveMatrix")
        self.feDiffuseLighting = HtmlElement("feDiffuseLighting")
        self.feDisplacementMap = HtmlElement("feDisplacementMap")
        self.feDistantLight = HtmlElement("feDistantLight")
        self.feDropShadow = HtmlElement("feDropShadow")
        self.feFlood = HtmlElement("feFlood")
        self.feFuncA = HtmlElement("feFuncA")
        self.feFuncB = HtmlElement("feFuncB")
        self.feFuncG = HtmlElement("feFuncG")
        self.feFuncR = HtmlElement("feFuncR")
        self.feGaussianBlur = HtmlElement("feGaussianBlur")
        self.feImage = HtmlElement("feImage")
        self.feMerge = HtmlElement("feMerge")
        self.feMergeNode = HtmlElement("feMergeNode")
        self.feMorphology = HtmlElement("feMorphology")
        self.feOffset = HtmlElement("feOffset")
        self.fePointLight = HtmlElement("fePointLight")
        self.feSpecularLighting = HtmlElement("feSpecularLighting")
        self.feSpotLight = HtmlElement("feSpotLight")
        self.feTile = HtmlElement("feTile")
        self.feTurbulence = HtmlElement("feTurbulence")
        self.filter = HtmlElement("filter")
        self.foreignObject = HtmlElement("foreignObject")
        self.g = HtmlElement("g")
        self.image = HtmlElement("image")
        self.line = HtmlElement("line")
        self.linearGradient = HtmlElement("linearGradient")
        self.marker = HtmlElement("marker")
        self.mask = HtmlElement("mask")
        self.metadata = HtmlElement("metadata")
        self.mpath = HtmlElement("mpath")
        self.path = HtmlElement("path")
        self.pattern = HtmlElement("pattern")
        self.polygon = HtmlElement("polygon")
        self.polyline = HtmlElement("polyline")
        self.radialGradient = HtmlElement("radialGradient")
        self.rect = HtmlElement("rect")
        self.set = HtmlElement("set")
        self.stop = HtmlElement("stop")
        self.svg = HtmlElement("svg")
        self.switch = HtmlElement("switch")
        self.symbol = HtmlElement("symbol")
        self.text = HtmlElement("text")
        self.textPath = HtmlElement("textPath")
        self.tspan = HtmlElement("tspan")
        self.use = HtmlElement("use")
        self.view = HtmlElement("view")
        # MathML
        self.math = HtmlElement("math")
        self.mi = HtmlElement("mi")
        self.mn = HtmlElement("mn")
        self.mo = HtmlElement("mo")
        self.ms = HtmlElement("ms")
        self.mtext = HtmlElement("mtext")
        self.mrow = HtmlElement("mrow")
        self.mfrac = HtmlElement("mfrac")
        self.msqrt = HtmlElement("msqrt")
        self.mroot = HtmlElement("mroot")
        self.msub = HtmlElement("msub")
        self.msup = HtmlElement("msup")
        self.msubsup = HtmlElement("msubsup")
        self.munder = HtmlElement("munder")
        self.mover = HtmlElement("mover")
        self.munderover = HtmlElement("munderover")
        self.mtable = HtmlElement("mtable")
        self.mtr = HtmlElement("mtr")
        self.mtd = HtmlElement("mtd")
        self.mspace = HtmlElement("mspace")
        self.semantics = HtmlElement("semantics")
        self.annotation = HtmlElement("annotation")


h: Final = Factories()
