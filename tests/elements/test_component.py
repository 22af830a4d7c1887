"""Components: nodes that call their function later, with arguments checked now."""

import pytest

from jetbridge.elements.component import component
from jetbridge.elements.h import h
from jetbridge.errors import DefinitionError


@component
def card(title, *, note="", children=None):
    return h.div[title, note, children]


@component
async def plain():
    return "plain"


@component
def positional(first, /, *rest, **others):
    return (first, rest, others)


def test_calls_lazily():
    """The function runs when `call` does, with the arguments of the node."""
    node = card("x", note="y", key=1)

    assert (card.function, {"title": "x", "note": "y"}, "1") == (node.function, node.kwargs, node.key)
    assert h.div["x", "y", None] == node.call()


def test_children_are_an_argument():
    """`card(…)[…]` passes children under that name, shaped as an element's are."""
    node = card(title="x", key=1)["a", ["b"]]

    assert (["a", ["b"]], "1") == (node.kwargs["children"], node.key)
    assert "children" not in card(title="x").kwargs


def test_keeps_positional_arguments_where_they_must_be():
    """A function with positional-only parameters gets its arguments by position."""
    assert (1, (2, 3), {"a": 4}) == positional(1, 2, 3, a=4).call()


@pytest.mark.parametrize(
    ("write", "advice"),
    [
        (lambda: card(), "title"),
        (lambda: card(titel="x"), "titel"),
        (lambda: card("x", "y", "z"), "positional"),
        (lambda: plain()["x"], "children: Node = None"),
        (lambda: card("x")["a"]["b"], "already"),
        (lambda: card("x", children="a")["b"], "already"),
        (lambda: card("x")[b"a"], "decode"),
        (lambda: component(lambda key: None), "key"),
        (lambda: component(str), "function"),
        (lambda: component(5), "function"),
    ],
)
def test_refuses_where_it_is_written(write, advice):
    """Wrong arguments and children fail at the call, not when the page is rendered."""
    with pytest.raises(DefinitionError, match=advice):
        write()


def test_looks_like_its_function():
    """Name, docstring and module are the function's."""

    @component
    def named():
        """Its words."""

    assert ("named", "Its words.", __name__) == (named.__name__, named.__doc__, named.__module__)
    assert "<component named>" == repr(named)


def test_uses_in_lists_are_told_apart_by_key():
    """Each use has its own arguments."""
    uses = [card(title=name, key=name) for name in "ab"]

    assert [("a", {"title": "a"}), ("b", {"title": "b"})] == [(use.key, use.kwargs) for use in uses]
