"""What the HTML printer does beyond React's: slots, head parts, texts for a policy, and refusals."""

import pytest

from jetbridge.elements.boundaries import ErrorBoundary, Suspense
from jetbridge.elements.component import component
from jetbridge.elements.h import h
from jetbridge.errors import EncodeError
from jetbridge.render.html import encode_html, print_html
from jetbridge.render.nodes import ByPrinter, ClientRendered, Slot
from jetbridge.wire.model import SUSPENSE, UNDEFINED, ClientReference, Element, ServerReference


@component
def card():
    return "card"


async def save():
    pass


def hidden(value):
    return Element("input", {"type": "hidden", "name": "$token", "value": value})


@pytest.mark.parametrize(
    ("tree", "parts"),
    [
        (hidden(Slot.TOKEN), ['<input type="hidden" name="$token" value="', Slot.TOKEN, '"/>']),
        (Element("p", {"children": ["a", Slot.SUBMIT_KEY, "b"]}), ["<p>a<!-- -->", Slot.SUBMIT_KEY, "<!-- -->b</p>"]),
        (Element("p", {"title": Slot.TOKEN, "id": "x"}), ['<p title="', Slot.TOKEN, '" id="x"></p>']),
        (Element("x-y", {"className": Slot.TOKEN}), ['<x-y class="', Slot.TOKEN, '"></x-y>']),
        ([Slot.TOKEN, Slot.TOKEN], ["", Slot.TOKEN, "<!-- -->", Slot.TOKEN, ""]),
        ("plain", ["plain"]),
        (None, []),
    ],
)
def test_slots_are_parts_of_their_own(tree, parts):
    """A slot comes out as itself, between the texts around it, wherever a text could stand."""
    assert parts == print_html(tree).parts


def test_fills_slots():
    """`text` puts the filling in as it is, and refuses to leave a slot empty."""
    printed = print_html(hidden(Slot.TOKEN))

    assert '<input type="hidden" name="$token" value="token"/>' == printed.text(lambda slot: slot.value)
    with pytest.raises(EncodeError, match="token was not filled"):
        printed.text()


def test_slots_only_stand_where_text_does():
    """A slot as an address or a switch would skip the rules of that attribute."""
    for name in ("href", "disabled", "style"):
        with pytest.raises(EncodeError):
            print_html(Element("p", {name: Slot.TOKEN}))


def test_prints_its_own_side():
    """A node shown differently by the two printers is printed as HTML has it."""
    node = ByPrinter(html=[h.b["x"], "y"], flight=object())

    assert "<p>a<b>x</b>y</p>" == print_html(Element("p", {"children": ["a", node]})).text()


@pytest.mark.parametrize(
    ("node", "html"),
    [
        (ClientRendered("w"), '<!--$!--><template data-dgst=""></template>w<!--/$-->'),
        (ClientRendered(h.i["w"], 'a"<'), '<!--$!--><template data-dgst="a&quot;&lt;"></template><i>w</i><!--/$-->'),
        (ClientRendered(h.title["w"], None), "<!--$!--><template></template><!--/$-->"),
    ],
)
def test_leaves_parts_to_the_client(node, html):
    """A part that the browser renders is React's own marker with the fallback in it."""
    assert html == print_html(node).text()


def test_head_parts_are_kept_apart():
    """What moves to the head comes beside the body, so that a document shell can put it there."""
    printed = print_html(h.div[h.title["T"], h.meta(name="a"), h.meta(charset="utf-8"), "x"])

    assert ['<meta charSet="utf-8"/><title>T</title><meta name="a"/>'] == printed.head
    assert ["<div>x</div>"] == printed.parts


def test_a_document_takes_its_head_parts_in():
    """With an <html> of its own the tree is printed whole, and nothing waits for a shell."""
    printed = print_html(h.html[h.body[h.title["T"], "x"]], doctype=True)

    assert [] == printed.head
    assert ["<!DOCTYPE html><html><head><title>T</title></head><body>x</body></html>"] == printed.parts


def test_texts_around_a_title_stay_two():
    """React's own output has them as one, which its client cannot hydrate; no separator is written without need."""
    assert "<p>a<!-- -->b</p>" == print_html(h.p["a", h.title["T"], "b"]).parts[0]
    assert "<p>a<b></b></p>" == print_html(h.p["a", h.title["T"], h.b]).parts[0]


def test_image_preloads_can_be_left_out():
    """Preloads are React's habit and no part of the tree."""
    assert ['<link rel="preload" as="image" href="/a.png"/>'] == print_html(h.img(src="/a.png")).head
    assert [] == print_html(h.img(src="/a.png"), preloads=False).head


def test_collects_what_a_policy_must_allow():
    """Inline scripts, rules and style attributes come beside the page, exactly as a browser will hash them."""
    tree = [
        h.script["a < b </script>"],
        h.script(src="/a.js"),
        h.style["a > b {}"],
        h.style(href="x", precedence="y")[".c{}"],
        h.style(href="z", precedence="y")[".d{}"],
        h.p(style={"color": "red", "fontFamily": "'X'"}),
    ]
    printed = print_html(tree)

    assert ["a < b </\\u0073cript>"] == printed.inline_scripts
    assert ["a > b {}", ".c{}.d{}"] == printed.inline_styles
    assert ["color:red;font-family:'X'"] == printed.style_attributes


@pytest.mark.parametrize(
    "tree",
    [
        card(),
        h.p[card()],
        Suspense()["x"],
        ErrorBoundary()["x"],
        save,
        object(),
        b"x",
        {"a": "b"},
        h.form(action=save),
        h.button(formAction=save),
        Element("form", {"action": ServerReference("x")}),
        Element(ClientReference("m", "C"), {}),
        Element("p", {"title": {"a": 1}}),
        Element("p", {"title": b"x"}),
        Element("p", {"style": "color:red"}),
        Element("p", {"dangerouslySetInnerHTML": "x"}),
        Element("p", {"dangerouslySetInnerHTML": {"__html": "x"}, "children": "y"}),
        Element("br", {"children": "x"}),
        Element("input", {"children": "x"}),
        Element("input", {"dangerouslySetInnerHTML": {"__html": "x"}}),
        Element("menuitem", {"children": "x"}),
        Element("textarea", {"value": "x", "children": "y"}),
        Element("textarea", {"children": ["x", "y"]}),
        Element("textarea", {"dangerouslySetInnerHTML": {"__html": "x"}}),
        Element("a b", {}),
        Element("<p>", {}),
        Element("", {}),
        Element("html", {"children": Element("html", {})}),
        [Element("body", {}), Element("body", {})],
    ],
)
def test_refuses_what_has_no_html(tree):
    """What was not resolved, or cannot be written, is an EncodeError and never a guess."""
    with pytest.raises(EncodeError):
        print_html(tree)


def test_refuses_a_tree_too_deep_to_walk():
    """Nesting beyond what Python can walk is an error, not a crash."""
    tree = "x"
    for _ in range(100_000):
        tree = [tree]
    try:
        with pytest.raises(EncodeError, match="too deeply"):
            print_html(tree)
    finally:
        while isinstance(tree, list):  # taken apart by hand: freeing it at once would recurse as deep
            tree = tree.pop()


def test_halves_of_surrogate_pairs_become_replacement_characters():
    """JavaScript's own encoder has it so; Python's would raise in the middle of an answer."""
    assert "a\ufffdé".encode() == encode_html(print_html(["a\ud800é"]).text())


def test_prints_suspense_that_is_ready():
    """A boundary whose content is there has marks around it; static markup has none."""
    tree = Element("p", {"children": ["a", Element(SUSPENSE, {"children": "b"}), "c"]})

    assert "<p>a<!--$-->b<!--/$-->c</p>" == print_html(tree).text()
    assert "<p>abc</p>" == print_html(tree, markers=False).text()


def test_tables_of_tags_do_not_grow_with_the_data():
    """Names made from data are printed and forgotten."""
    tree = [Element(f"x{number}", {f"data-{number}": number}) for number in range(6000)]
    text = print_html(tree).text()

    assert text.endswith('<x5999 data-5999="5999"></x5999>')


@pytest.mark.parametrize("nothing", [None, UNDEFINED])
def test_moves_to_the_head_what_is_no_items_property(nothing):
    """An `itemProp` keeps a title where it stands; one that says nothing does not."""
    tree = Element("div", {"children": Element("title", {"itemProp": nothing, "children": "a"})})

    assert "<title>a</title><div></div>" == print_html(tree).text()
