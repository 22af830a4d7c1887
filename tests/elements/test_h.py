"""`h`: factories, and what of their fields React wants differently."""

import pytest

from jetbridge.elements.h import Factories, VoidElement, h
from jetbridge.elements.node import HtmlElement
from jetbridge.errors import DefinitionError


def test_every_factory_makes_the_tag_of_its_name():
    """`h.x` is an element of type x; the underscore of a Python keyword is not part of it."""
    wrong = [name for name, made in vars(h).items() if made.type != name.rstrip("_") or made.props != {}]

    assert [] == wrong


@pytest.mark.parametrize("tag", ["my-element", "font-face", "annotation-xml", "x-y.z"])
def test_takes_other_names_in_brackets(tag):
    """`h["x-name"]` is for custom elements and names that Python cannot spell."""
    assert tag == h[tag].type


@pytest.mark.parametrize("tag", ["", "1x", "a b", "a>b", "-x", "ä"])
def test_refuses_what_is_no_tag(tag):
    """A name that cannot be a tag is refused where it is written."""
    with pytest.raises(DefinitionError, match="not the name of an element"):
        h[tag]


def test_names_in_brackets_are_the_same_elements():
    """`h["input"]` is as careful as `h.input`."""
    assert h.input is h["input"]
    assert isinstance(h["keygen"], VoidElement)


def test_says_how_to_write_a_custom_element():
    """A name that `h` does not have is an AttributeError that says what to write."""
    with pytest.raises(AttributeError, match=r'h\["my-thing"\]'):
        h.my_thing  # noqa: B018


def test_elements_are_never_changed():
    """Attributes and children give new elements; the one they came from stays as it was."""
    cell = h.td(className="wide")
    first, second = cell["1"], cell["2"]

    assert ({"className": "wide"}, "1", "2") == (cell.props, first.props["children"], second.props["children"])
    assert {} == h.td.props


@pytest.mark.parametrize(
    ("element", "props"),
    [
        (h.input(name="a", value="x"), {"name": "a", "defaultValue": "x"}),
        (h.input(value="x", type="email"), {"defaultValue": "x", "type": "email"}),
        (h.input(type="hidden", value="x"), {"type": "hidden", "value": "x"}),
        (h.input(type="checkbox", value="x", checked=True), {"type": "checkbox", "value": "x", "defaultChecked": True}),
        (h.input(type="submit", value="Go"), {"type": "submit", "value": "Go"}),
        (h.input(type="hidden")(value="x"), {"type": "hidden", "value": "x"}),
        (h.textarea(value="x"), {"defaultValue": "x"}),
        (h.textarea["x"], {"defaultValue": "x"}),
        (h.textarea["x", None, 5], {"defaultValue": "x5"}),
        (h.select(value="b"), {"defaultValue": "b"}),
        (h.li(value=3), {"value": 3}),
        (h.button(value="x"), {"value": "x"}),
        (h.option(value="x"), {"value": "x"}),
        (h.progress(value=0.5), {"value": 0.5}),
        (h.video(muted=True), {"muted": True, "suppressHydrationWarning": True}),
        (h.video(controls=True), {"controls": True}),
    ],
)
def test_settles_what_react_wants_differently(element, props):
    """A value is what a field starts with: nothing in Python hears it change. `muted` is never compared."""
    assert props == element.props


def test_lifts_the_chosen_option_to_the_select():
    """`selected` on an option becomes the select's default value; React's development build warns otherwise."""
    chosen = h.select(name="s")[h.option(value="a")["A"], h.optgroup[h.option(selected=True)["B"]]]

    assert "B" == chosen.props["defaultValue"]
    assert {"children": "B"} == chosen.props["children"][1].props["children"].props


def test_lifts_several_chosen_options():
    """With `multiple` all chosen options count, in their order."""
    options = [h.option(value=value, selected=value != "b")[value] for value in "abc"]

    assert ["a", "c"] == h.select(multiple=True)[options].props["defaultValue"]


def test_an_option_never_keeps_selected():
    """Nor does one whose `selected` is false: React's development build warns about the name alone."""
    assert {"value": "a"} == h.select[h.option(value="a", selected=False)].props["children"].props


@pytest.mark.parametrize("element", [h.title, h.style, h.script])
def test_text_elements_hold_one_text(element):
    """Several texts become one, since React would drop them; anything but text is refused."""
    assert {"children": "a5b"} == element["a", 5, None, "b"].props
    assert {"children": None} == element[None].props
    with pytest.raises(DefinitionError, match="text only"):
        element["a", h.b["c"]]


@pytest.mark.parametrize("content", ["x", None, []])
def test_void_elements_take_no_children(content):
    """`h.br[…]` is refused, whatever it is given."""
    with pytest.raises(DefinitionError, match=r"h\.br is a void element"):
        h.br[content]


def test_factories_are_one_object():
    """`h` is the only instance anybody needs."""
    assert isinstance(h, Factories)
    assert isinstance(h.div, HtmlElement)
