"""One page with every feature of HTML that React and a browser could disagree about."""

from jetbridge import Fragment, component, h

__all__ = ["every_feature"]


def every_feature():
    return [
        h.meta(name="description", content='A "page" & its <parts>'),
        h.link(rel="canonical", href="/features"),
        texts(),
        inline(),
        structure(),
        media(),
        pictures(),
        fields(),
        attributes(),
        raw(),
        head_parts(),
        wrapped("boxed")[h.b["inside"], " and text"],
    ]


@component
def texts():
    return h.section(id="texts")[
        "Text ", "beside ", "text ", 1, 2.5, -0.0, 1e21, True, False, None, "",
        h.p[""], h.p[[]], h.p["a", None, "b"], h.p[["a", ["b", ["c"]]], "d"],
        h.p["<b> & \"quotes\" 'single' >"],
        h.p["\u00a0 \u2028 \u202e \U0001f468\u200d\U0001f469\u200d\U0001f467 e\u0301 \ufeff"],
        h.p["line\nbreaks\r\nand\rreturns\ttabs"],
        h.p["$dollar ", "$$two ", "@at ", "</script><!--"],
        h.pre["\nbegins with a newline"], h.pre["\n\ntwo"], h.pre[h.code["\nin code"]],
        Fragment["a", Fragment(key="k")["b"], "c"],
        (h.i(key=number)[number] for number in range(3)),
    ]  # fmt: skip


def inline():
    return h.p(id="inline")[
        h.a(href="/?a=1&b=2#c", target="_blank", rel="noopener")["link"], h.abbr(title="x")["y"], h.bdi["z"],
        h.bdo(dir="rtl")["w"], h.br, h.cite["c"], h.code["d"], h.data(value="1")["one"], h.del_["gone"],
        h.dfn["e"], h.em["f"], h.ins(cite="/i")["g"], h.kbd["h"], h.mark["i"], h.q(cite="/q")["j"],
        h.ruby["漢", h.rp["("], h.rt["kan"], h.rp[")"]], h.s["k"], h.samp["l"], h.small["m"], h.strong["n"],
        h.sub["o"], h.sup["p"], h.time(dateTime="2024-01-01")["q"], h.u["r"], h.var["s"], h.wbr, h.label(for_="t")["t"],
        h.output(for_="t", name="out")["5"], h.progress(value=0.3, max=1), h.meter(min=0, max=10, value=3, low=2)["3"],
    ]  # fmt: skip


def structure():
    return h.article(id="structure", itemScope=True, itemType="https://schema.org/Thing")[
        h.hgroup[h.h1["1"], h.h2["2"], h.h3["3"], h.h4["4"], h.h5["5"], h.h6["6"]],
        h.nav(aria_label="main")[h.ul[h.li["a"], h.li(value=7)["b"]]],
        h.section[h.ol(start=3, reversed=True, type="a")[h.li["c"]]],
        h.dl[h.dt["t"], h.dd["d"]],
        h.blockquote(cite="/b")["q"], h.address["a"], h.aside["s"], h.hr, h.search["x"],
        h.figure[h.figcaption["f"]],
        h.details(open=True)[h.summary["more"], "detail"],
        h.dialog(open=True)["dialog"],
        h.menu[h.li["m"]],
        h.table[
            h.caption["c"],
            h.colgroup[h.col(span=2)],
            h.thead[h.tr[h.th(scope="col", colSpan=2)["h"]]],
            h.tbody[[h.tr(key=row)[[h.td(key=cell, rowSpan=1)[cell] for cell in "ab"]] for row in range(2)]],
            h.tfoot[h.tr[h.td["f"]]],
        ],
        h.template,
        h.noscript[h.p["no script"]],
        h["my-element"]({"some-attribute": "x"}, flag=True, off=False, number=3)[h.span(slot="s")["slotted"]],
    ]  # fmt: skip


PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


def media():
    return h.section(id="media")[
        h.img(src=PIXEL, alt="", width=10, height="20", loading="lazy", decoding="async", fetchPriority="low"),
        h.picture[h.source(srcSet=f"{PIXEL} 1x", media="(min-width: 1px)"), h.img(src=PIXEL, alt="p")],
        h.audio(controls=True, muted=True, preload="none"),
        h.video(controls=True, muted=True, playsInline=True, width=20, preload="none")[
            h.track(kind="captions", default=True)
        ],
        h.map(name="m")[h.area(shape="rect", coords="0,0,1,1", href="#a", alt="a")],
        h.iframe(title="i", srcDoc="<p>inner</p>", sandbox="", width=10),
        h.canvas(width=10, height=10)["c"],
        h.object(width=10)["o"],
    ]  # fmt: skip


def pictures():
    return h.svg(viewBox="0 0 10 10", width=20, height=20, xmlns="http://www.w3.org/2000/svg", role="img")[
        h.title["a title of SVG"],
        h.defs[
            h.linearGradient(id="g", gradientTransform="rotate(90)")[
                h.stop(offset="0%", stopColor="red"), h.stop(offset="100%", stop_color="blue")
            ],
            h.clipPath(id="c")[h.circle(cx=5, cy=5, r=5)],
            h.filter(id="f")[h.feGaussianBlur(stdDeviation=1)],
        ],
        h.g(fill="url(#g)", strokeWidth=2, stroke_linecap="round", clipPath="url(#c)")[
            h.path(d="M0 0h10v10z", fillRule="evenodd", strokeDasharray="1 2"),
            h.use(href="#g", xlinkHref="#g"),
            h.text(x=1, y=2, textAnchor="middle", fontSize=3)[h.tspan["t"], "u"],
            h.foreignObject(width=5, height=5)[h.div["html in svg"]],
        ],
        h.style[".of-svg { fill: green }"],
    ]


def fields():
    return h.form(id="fields", action="/features", method="get", noValidate=True, acceptCharset="utf-8")[
        h.fieldset(disabled=True, name="f")[h.legend["l"], h.input(name="in")],
        [
            h.input(key=kind, type=kind, name=f"i-{kind}", value=value, aria_label=kind)
            for kind, value in {
                "text": 'a "b" & <c>', "search": "s", "tel": "1", "url": "https://x.y", "email": "a@b.c",
                "password": "p", "date": "2024-02-29", "month": "2024-02", "week": "2024-W09", "time": "12:30",
                "datetime-local": "2024-02-29T12:30", "number": 3.5, "range": 30, "color": "#ff0000",
                "hidden": "h", "submit": "Send", "reset": "Reset", "button": "B",
            }.items()
        ],
        h.input(type="text", name="empty", value=""),
        h.input(type="text", name="zero", value=0),
        h.input(type="file", name="file", accept="image/*", multiple=True),
        h.input(type="image", src=PIXEL, alt="send"),
        h.input(type="checkbox", name="c1", checked=True), h.input(type="checkbox", name="c2", value="two"),
        h.input(type="radio", name="r", value="1"), h.input(type="radio", name="r", value="2", checked=True),
        h.input(name="listed", list="options", maxLength=5, minLength=1, size=4, pattern="[a-z]*", placeholder="p",
                readOnly=True, required=True, autoComplete="off", autoCapitalize="none", spellCheck=False,
                inputMode="numeric", enterKeyHint="go", tabIndex=-1, autoFocus=True),
        h.datalist(id="options")[h.option(value="a"), h.option(value="b")["B"]],
        h.textarea(name="t1", rows=2, cols=10, wrap="hard")["\nnewline first\n</textarea>"],
        h.textarea(name="t2", value="by value"), h.textarea(name="t3"),
        h.select(name="s1", value="b")[h.option(value="a")["A"], h.option(value="b")["B"]],
        h.select(name="s2")[h.option["a"], h.option(selected=True)["b ", 1], h.option(disabled=True)["c"]],
        h.select(name="s3", multiple=True, value=["a", "c"], size=3)[h.option["a"], h.option["b"], h.option["c"]],
        h.select(name="s4")[h.optgroup(label="g", disabled=True)[h.option["a"]], h.hr, h.option["b"]],
        h.button(type="submit", name="go", value="1", formNoValidate=True, formMethod="get", formTarget="_self")["Go"],
        h.button(type="button", popoverTarget="pop", popoverTargetAction="toggle")["Pop"],
        h.div(id="pop", popover="auto")["popped"],
    ]  # fmt: skip


def attributes():
    return h.div(
        {"hx-get": "/x", "data-Case": "y", "@click": "no"} if False else {"hx-get": "/x", "data-case": "y"},
        id="attributes", className="one  two", lang="en-GB", dir="auto", hidden=False, draggable=True,
        contentEditable=True, suppressContentEditableWarning=True, translate="no", inert=False, title="", accessKey="k",
        aria_hidden=False, aria_label="l", aria_current="page", data_number=3, data_true=True, data_none=None,
        style={
            "color": "red", "marginTop": 3, "line_height": 1.5, "flex-grow": 1, "--own": "7", "width": "50%",
            "background_image": f'url("{PIXEL}")', "opacity": 0, "WebkitLineClamp": 2, "zIndex": None,
        },
    )["styled"]  # fmt: skip


def raw():
    return [
        h.div({"dangerouslySetInnerHTML": {"__html": "<b>raw</b> &amp; <i>html</i>"}}),
        h.div(dangerouslySetInnerHTML={"__html": ""}),
        h.style["#raw-probe { color: rgb(1, 2, 3) } /* </style> */"],
        h.p(id="raw-probe")["coloured by an inline style sheet"],
        h.script['document.documentElement.dataset.inline = "ran </script>"'],
        h.script(type="application/json", id="json")['{"a": "<b>"}'],
        h.math[h.mi["x"], h.mo["="], h.mn["1"]],
    ]


def head_parts():
    return [
        h.meta(property="og:title", content="o"),
        h.style(href="hoisted", precedence="default")["#hoisted-probe { color: rgb(4, 5, 6) }"],
        h.p(id="hoisted-probe")["coloured by a hoisted style sheet"],
    ]


@component
def wrapped(kind: str, children=None):
    return h.div(className=kind)[children]
