"""Children and attributes where an author writes them: what they become, and what is refused with which advice."""

from enum import IntEnum, StrEnum

import pytest

from jetbridge.elements.boundaries import Suspense
from jetbridge.elements.component import component
from jetbridge.elements.h import h
from jetbridge.errors import DefinitionError
from jetbridge.wire.model import UNDEFINED, Element, ServerReference


class Role(StrEnum):
    ADMIN = "admin"


class Size(IntEnum):
    BIG = 3


@component
def card():
    return "card"


async def save():
    pass


async def slow():
    return "slow"


async def stream():
    yield "x"


@pytest.mark.parametrize(
    ("written", "children"),
    [
        (lambda: h.p["a"], "a"),
        (lambda: h.p[5], 5),
        (lambda: h.p[None], None),
        (lambda: h.p[False], False),
        (lambda: h.p[UNDEFINED], UNDEFINED),
        (lambda: h.p["a", "b"], ["a", "b"]),
        (lambda: h.p["a",], ["a"]),
        (lambda: h.p[()], []),
        (lambda: h.p[["a"]], ["a"]),
        (lambda: h.p[[["a"], "b"]], [["a"], "b"]),
        (lambda: h.p["a", ["b"]], ["a", ["b"]]),
        (lambda: h.p[(text for text in "ab")], ["a", "b"]),
        (lambda: h.p["x", map(str, [1, 2])], ["x", ["1", "2"]]),
        (lambda: h.p[Role.ADMIN], "admin"),
        (lambda: h.p[Size.BIG], 3),
        (lambda: h.p[h.b["x"]], h.b["x"]),
        (lambda: h.p[Element("i", {})], Element("i", {})),
    ],
)
def test_keeps_the_shape_of_children(written, children):
    """One child stays single, several become a list, a list stays a list; both printers and React see the same."""
    found = written().props["children"]

    assert children == found
    assert type(children) is type(found)


def test_snapshots_lists():
    """A list that its author changes later does not change the element."""
    items = ["a"]
    element = h.ul[items]
    items.append("b")

    assert ["a"] == element.props["children"]


@pytest.mark.parametrize(
    ("child", "advice"),
    [
        (b"x", r"\.decode\(\)"),
        ({"a": 1}, "round brackets"),
        ({1}, "sorted"),
        (object(), r"str\(…\)"),
        (card, r"name\(\)"),
        (save, r"name\(\)"),
        (str, "the class str"),
        (stream(), "async for"),
    ],
)
def test_refuses_what_is_no_child(child, advice):
    """A wrong child fails where it is written, and the text says what to write."""
    for write in (lambda: h.p[child], lambda: h.p["a", child], lambda: h.p[[h.b, [child]]]):
        with pytest.raises(DefinitionError, match=advice):
            write()


@pytest.mark.parametrize(
    ("write", "advice"),
    [
        (lambda: h.p("text"), r"square brackets, h\.p\['text'\]"),
        (lambda: h.p(5), "one dict"),
        (lambda: h.p["a"]["b"], "already"),
        (lambda: h.p(dangerouslySetInnerHTML={"__html": ""})["b"], "takes no children"),
        (lambda: h.button(onClick=save), "action=save"),
        (lambda: h.button({"onclick": "x()"}), "event handlers"),
        (lambda: h.p(title=save), "only be action="),
        (lambda: h.p(title=b"x"), "decode"),
        (lambda: h.p(title=["x"]), "attribute is text"),
        (lambda: h.p(className=["a", "b"]), '" ".join'),
        (lambda: h.p(style="color: red"), "mapping"),
        (lambda: h.p(style={1: "red"}), "CSS property"),
        (lambda: h.p(dangerouslySetInnerHTML="<b>"), "__html"),
        (lambda: h.p(dangerouslySetInnerHTML={"html": "<b>"}), "__html"),
        (lambda: h.p({"@click": "x"}), "not an attribute name"),
        (lambda: h.p({"a b": "x"}), "not an attribute name"),
        (lambda: h.p(children="x"), "square brackets"),
        (lambda: h.p({"key": "x"}), "outside the dict"),
        (lambda: h.p(ref="x"), "client components"),
    ],
)
def test_refuses_wrong_attributes(write, advice):
    """A wrong attribute fails where it is written, and the text says what to write."""
    with pytest.raises(DefinitionError, match=advice):
        write()


@pytest.mark.parametrize(
    ("element", "props"),
    [
        (h.div(class_="a", for_="b"), {"className": "a", "htmlFor": "b"}),
        (h.div(className="a"), {"className": "a"}),
        (h.div({"class": "a", "for": "b"}), {"className": "a", "htmlFor": "b"}),
        (h.div(aria_label="x", data_user_id=3), {"aria-label": "x", "data-user-id": 3}),
        (h.div(tabindex=0, readonly=True, max_length=3), {"tabIndex": 0, "readOnly": True, "maxLength": 3}),
        (h.div({"hx-get": "/x", "data-fooBar": "y"}), {"hx-get": "/x", "data-fooBar": "y"}),
        (h.div(hx_get="/x"), {"hx-get": "/x"}),
        (h.path(stroke_width=2, fill="none"), {"strokeWidth": 2, "fill": "none"}),
        (h.path({"stroke-width": 2}), {"strokeWidth": 2}),
        (h.meta(http_equiv="x", charset="utf-8"), {"httpEquiv": "x", "charSet": "utf-8"}),
        (h.script(async_=True, type="module"), {"async": True, "type": "module"}),
        (h.div(hidden=None, title=UNDEFINED), {"hidden": None, "title": UNDEFINED}),
        (h.div(title=Role.ADMIN, tabIndex=Size.BIG), {"title": "admin", "tabIndex": 3}),
        (h.div(style={"background-color": "red", "--x": 1}), {"style": {"backgroundColor": "red", "--x": 1}}),
        (h.div(style={"margin_top": 4, "-ms-flex": 1}), {"style": {"marginTop": 4, "msFlex": 1}}),
        (h.div(style={"-webkit-flex": 1}), {"style": {"WebkitFlex": 1}}),
        (h.div(style=None), {"style": None}),
        (h.div(id="a")(title="b"), {"id": "a", "title": "b"}),
        (h.div(id="a")(id="b"), {"id": "b"}),
        (h.div["x"](id="b"), {"id": "b", "children": "x"}),
        (h.select(multiple=True, value=["a", Role.ADMIN]), {"multiple": True, "defaultValue": ["a", "admin"]}),
    ],
)
def test_names_attributes_as_react_does(element, props):
    """Python's and HTML's spellings become React's; exact types remain, in the order written, children last."""
    assert list(props.items()) == list(element.props.items())


@pytest.mark.parametrize(("key", "text"), [(None, None), ("a", "a"), (3, "3"), (0, "0")])
def test_keys_are_text(key, text):
    """`key=user.id` is React's key, which is text; it is no prop and stays through children."""
    element = h.li(key=key)["x"]

    assert (text, {"children": "x"}) == (element.key, element.props)


@pytest.mark.parametrize(
    ("element", "static"),
    [
        (h.p["a"], True),
        (h.ul[[h.li["a"], h.li[h.b["x"]]]], True),
        (h.form(action="/x", method="post")[h.button["Go"]], True),
        (h.p[card()], False),
        (h.div[h.p["a", card()]], False),
        (h.ul[[h.li["a"], [h.li[card()]]]], False),
        (h.p[Suspense()["x"]], False),
        (h.p[Element("b", {})], False),
        (h.form(action=save), False),
        (h.form(action=save)["x"], False),
        (h.form(action=ServerReference("x")), False),
        (h.button(formAction=save), False),
        (h.form[h.label[h.input(name="a")]], False),
        (h.form[h.textarea(name="a")["x"]], False),
        (h.form[h.select(name="a")[h.option["x"]]], False),
    ],
)
def test_static_means_that_nothing_needs_resolving(element, static):
    """A component, an action or a field below makes an element not static; anything else leaves it so."""
    assert static is element.static


def test_awaitables_may_stand_anywhere():
    """A coroutine is a child like any other; it is not awaited when given."""
    coroutine = slow()
    element = h.p["a", coroutine]
    coroutine.close()

    assert ["a", coroutine] == element.props["children"]
    assert not element.static
