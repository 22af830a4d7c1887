"""Random element trees in the vectors' notation: what a page of Python's may hold, and what its author may do wrong.

Not drawn: what React throws on (children of void elements), and nesting that only a browser's parser would mend.
"""

import random
from collections.abc import Callable
from typing import Any

__all__ = ["TreeSource"]

BLOCKS = (
    "div", "section", "main", "p", "h1", "ul", "li", "span", "b", "a", "label", "DIV", "details",
    "summary", "td", "pre",
)  # fmt: skip
VOID = ("br", "hr", "wbr", "area", "col", "embed", "source", "track")
CUSTOM = ("my-element", "x-y", "font-face", "annotation-xml")
TEXTS = (
    "", " ", "text", "<b>&\"'</b>", "\nline", "a\r\nb", "é日本😀", "\u2028", "$1", "</script>", "<!--x-->",
    "&amp;", "\0", "0", "]]>",
)  # fmt: skip
NAMES = (
    "className", "id", "title", "lang", "dir", "role", "htmlFor", "tabIndex", "hidden", "href", "src",
    "target", "rel", "style", "data-x", "data-Foo", "aria-label", "aria-hidden", "draggable",
    "contentEditable", "spellCheck", "width", "height", "colSpan", "rowSpan", "cols", "rows", "size",
    "span", "start", "maxLength", "autoComplete", "autoFocus", "disabled", "readOnly", "required",
    "open", "download", "capture", "crossOrigin", "acceptCharset", "httpEquiv", "encType", "method",
    "name", "value", "type", "onClick", "onclick", "once", "on", "suppressHydrationWarning",
    "defaultValue", "defaultChecked", "innerHTML", "itemProp", "viewBox", "strokeWidth", "clipPath",
    "xlinkHref", "xmlLang", "fill", "muted", "multiple", "controls", "async", "inert", "unknownName",
    "x:y", "1bad", "bad name", "a b", "_ok", "é", "formAction", "action", "content", "charSet", "media",
    "translate",
)  # fmt: skip
URLS = (
    "/x", "", "javascript:alert(1)", " JavaScript:x", "java\nscript:x", "https://e.org/?a=1&b=2",
    "#top", "\x01javascript:1",
)  # fmt: skip
STYLES = (
    "color", "backgroundColor", "WebkitTransition", "msTransform", "MozAppearance", "--x", "--My-Var",
    "lineHeight", "width", "zIndex", "flex", "opacity", "gridRow", "marginTop", "float", "a-b",
    "WebkitLineClamp", "fontWeight",
)  # fmt: skip
FRAGMENT, SUSPENSE = {"t": "symbol", "key": "react.fragment"}, {"t": "symbol", "key": "react.suspense"}
TRANSPARENT = ("react.strict_mode", "react.profiler", "react.fragment")


def element(kind: Any, props: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    """The notation of an element."""
    return {"t": "element", "type": kind, "key": key, "props": [list(prop) for prop in props.items()]}


class TreeSource:
    """One random tree after another; `tree(depth)` is the next."""

    def __init__(self, seed: object) -> None:
        self.random = random.Random(str(seed))
        self._families: list[Callable[[int], Any]] = [
            self.block, self.block, self.block, self.block, self.text, self.text, self.list, self.void, self.custom,
            self.input, self.textarea, self.select, self.button, self.form, self.table, self.svg, self.fragment,
            self.suspense, self.raw, self.hoistable, self.image, self.script, self.noscript, self.option, self.picture,
            self.activity,
        ]  # fmt: skip

    def tree(self, depth: int) -> Any:
        """A tree of at most `depth` levels."""
        return self.text(0) if depth <= 0 else self.random.choice(self._families)(depth - 1)

    # Children.

    def text(self, _: int) -> Any:
        rare = [None, True, False, 0, -1, 1.5, 1e21, 1e-7, {"t": "undefined"}, {"t": "nan"}, {"t": "-0"}, {"t": "inf"}]
        bigint = {"t": "bigint", "v": str(self.random.randint(-(10**20), 10**20))}
        return self.random.choice([*TEXTS, *TEXTS, *rare, bigint])

    def list(self, depth: int) -> Any:
        return [self.tree(depth) for _ in range(self.random.randint(0, 4))]

    def children(self, depth: int) -> Any:
        return self.list(depth) if self.random.random() < 0.6 else self.tree(depth)

    def words(self) -> str:
        return self.random.choice(TEXTS).replace("\0", "") + self.random.choice(["a", "b", ""])

    # Props.

    def value(self, name: str) -> Any:
        if name == "style":
            return self.style()
        if name in {"href", "src", "action", "formAction", "xlinkHref"} and self.random.random() < 0.7:
            return self.random.choice(URLS)
        rare = [None, True, False, 0, 1, -1, 2.5, 1e21, {"t": "undefined"}, {"t": "nan"}, {"t": "-0"}, {"t": "inf"}]
        symbol = [] if name in {"checked", "defaultChecked"} else [FRAGMENT]  # nobody ticks a box with a symbol
        return self.random.choice([*TEXTS, *rare, *symbol, "5", "true", "until-found"])

    def style(self) -> Any:
        values = [
            "red",
            "",
            " 1px ",
            0,
            1,
            -1.5,
            1e21,
            None,
            True,
            False,
            '"a"',
            "a;b",
            {"t": "undefined"},
            {"t": "-0"},
        ]
        names = self.random.sample(STYLES, self.random.randint(0, 4))
        return {"t": "object", "entries": [[name, self.random.choice(values)] for name in names]}

    def props(self, *, without: tuple[str, ...] = (), most: int = 3) -> dict[str, Any]:
        names = self.random.sample(NAMES, self.random.randint(0, most))
        return {name: self.value(name) for name in names if name not in without}

    # Families of elements.

    def block(self, depth: int) -> Any:
        tag = self.random.choice(BLOCKS)
        # An itemProp keeps what would move to the head in its place.
        return element(tag, {**self.props(), "children": self.children(depth)}, self.random.choice([None, None, "k"]))

    def void(self, _: int) -> Any:
        return element(self.random.choice(VOID), self.props())

    def custom(self, depth: int) -> Any:
        return element(self.random.choice(CUSTOM), {**self.props(), "children": self.children(depth)})

    def input(self, _: int) -> Any:
        kind = self.random.choice(["text", "checkbox", "radio", "hidden", "submit", "image", "number"])
        return element("input", self.shuffled({"type": kind, **self.controlled(), **self.props(without=("type",))}))

    def controlled(self) -> dict[str, Any]:
        names = [
            "value",
            "defaultValue",
            "checked",
            "defaultChecked",
            "name",
            "formMethod",
            "formEncType",
            "formTarget",
        ]
        return {name: self.value(name) for name in self.random.sample(names, self.random.randint(0, 4))}

    def shuffled(self, props: dict[str, Any]) -> dict[str, Any]:
        names = list(props)
        self.random.shuffle(names)
        return {name: props[name] for name in names}

    def textarea(self, _: int) -> Any:
        content = self.random.choice(["value", "defaultValue", "children", "name"])
        return element(
            "textarea", self.shuffled({**self.props(without=("value", "defaultValue")), content: self.words()})
        )

    def select(self, depth: int) -> Any:
        choices = [self.option(depth) for _ in range(self.random.randint(0, 3))]
        group = element("optgroup", {"label": "g", "children": [self.option(depth)]})
        props = self.props(without=("value", "defaultValue", "multiple"))
        several = self.random.random() < 0.3
        picked: Any = [self.words(), "a"] if several else self.random.choice([self.words(), "a", 1, None])
        value = {self.random.choice(["value", "defaultValue"]): picked} if self.random.random() < 0.8 else {}
        multiple = {"multiple": True} if several else {}
        return element("select", {**props, **multiple, **value, "children": [*choices, group]})

    def option(self, _: int) -> Any:
        props: dict[str, Any] = {"children": self.random.choice(["a", "b", self.words(), 1])}
        if self.random.random() < 0.6:
            props["value"] = self.random.choice(["a", "b", 1, self.words()])
        if self.random.random() < 0.3:
            props["selected"] = self.random.choice([True, False])
        return element("option", self.shuffled(props))

    def button(self, depth: int) -> Any:
        props = self.shuffled({**self.controlled(), **self.props()})
        return element("button", {**props, "children": self.children(depth)})

    def form(self, depth: int) -> Any:
        names = ("action", "encType", "method", "target")
        props = {name: self.value(name) for name in self.random.sample(names, self.random.randint(0, 3))}
        return element("form", {**self.shuffled({**props, **self.props()}), "children": self.children(depth)})

    def table(self, depth: int) -> Any:
        row = element(
            "tr",
            {"children": [element("td", {**self.props(), "children": self.children(depth - 1)}) for _ in range(2)]},
        )
        return element("table", {**self.props(), "children": element("tbody", {"children": [row]})})

    def svg(self, depth: int) -> Any:
        inner = self.random.choice(
            ["path", "g", "title", "foreignObject", "foreignObject", "a", "linearGradient", "style"]
        )
        # HTML directly in SVG is taken out of it by every parser.
        content = self.children(depth) if inner == "foreignObject" else self.words()
        return element("svg", {**self.props(), "children": element(inner, {**self.props(), "children": content})})

    def fragment(self, depth: int) -> Any:
        kind = {"t": "symbol", "key": self.random.choice(TRANSPARENT)}
        props = {"id": "p"} if kind["key"] == "react.profiler" else {}
        return element(kind, {**props, "children": self.children(depth)}, self.random.choice([None, "k"]))

    def suspense(self, depth: int) -> Any:
        return element(SUSPENSE, {"fallback": "…", "children": self.children(depth)})

    def activity(self, depth: int) -> Any:
        kind = {"t": "symbol", "key": "react.activity"}
        mode = self.random.choice([{}, {"mode": "visible"}, {"mode": "hidden"}])
        return element(kind, {**mode, "children": self.children(depth)})

    def raw(self, _: int) -> Any:
        tag = self.random.choice(["div", "pre", "my-element", "script", "style"])
        html = self.random.choice([*TEXTS, None, 5])
        return element(tag, {**self.props(), "dangerouslySetInnerHTML": {"t": "object", "entries": [["__html", html]]}})

    def hoistable(self, _: int) -> Any:
        kept = {"itemProp": "x"} if self.random.random() < 0.2 else {}
        few = ("src", "href", "rel", "type", "content", "charSet", "name", "async", "media", "precedence")
        match self.random.randint(0, 4):
            case 0:
                return element("title", {**kept, "children": self.words()})
            case 1:
                name = self.random.choice(["charSet", "name", "property"])
                return element("meta", {name: self.random.choice(["utf-8", "viewport", "x"]), "content": "c", **kept})
            case 2:
                kind = self.random.choice(
                    ["stylesheet", "icon", "canonical", "preload", "preconnect", "alternate", "modulepreload"]
                )
                extra = {"as": self.random.choice(["style", "font", "image", "script"])} if kind == "preload" else {}
                extra |= {"precedence": "high"} if kind == "stylesheet" and self.random.random() < 0.5 else {}
                return element(
                    "link", {"rel": kind, "href": self.random.choice(["/a", "/b", "/c?<&"]), **extra, **kept}
                )
            case 3:
                return element("script", {"async": True, "src": self.random.choice(["/a.js", "/b.js"]), **kept})
            case _:
                props = {**self.props(without=(*few, "children")), "href": "/s", "precedence": "low"}
                return element("style", {**props, "children": ".a{}"})

    def image(self, _: int) -> Any:
        props: dict[str, Any] = {"src": self.random.choice(["/a.png", "/b.png", "data:,x", ""])}
        for name, values in (
            ("loading", ["lazy", "eager"]),
            ("fetchPriority", ["high", "low", "auto"]),
            ("srcSet", ["/c.png 2x"]),
            ("sizes", ["50vw"]),
            ("crossOrigin", ["anonymous", "", "use-credentials"]),
            ("alt", [self.words()]),
        ):
            if self.random.random() < 0.3:
                props[name] = self.random.choice(values)
        return element("img", self.shuffled({**props, **self.props(without=("src", "crossOrigin"), most=1)}))

    def picture(self, depth: int) -> Any:
        return element("picture", {"children": [element("source", {"srcSet": "/x 2x"}), self.image(depth)]})

    def script(self, _: int) -> Any:
        tag = self.random.choice(["script", "style"])
        text = self.random.choice(["let a = 1 < 2", "</SCRIPT>", "<script", "a > b {}", "</style>", "", "é"])
        return element(tag, {**self.props(without=("src", "href", "async", "innerHTML"), most=2), "children": text})

    def noscript(self, depth: int) -> Any:
        return element("noscript", {"children": self.children(depth)})
