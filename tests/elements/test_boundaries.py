"""Fragments and boundaries as nodes."""

import pytest

from jetbridge.elements.boundaries import ErrorBoundary, Fragment, Suspense
from jetbridge.elements.h import h
from jetbridge.errors import DefinitionError
from jetbridge.wire.model import FRAGMENT, Element


def test_a_fragment_is_an_element_of_reacts_type():
    """`Fragment(key=…)[…]` is React's keyed fragment, as static as what it holds."""
    fragment = Fragment(key=3)[h.dt["a"], h.dd["b"]]

    assert Element(FRAGMENT, {"children": [h.dt["a"], h.dd["b"]]}, "3") == fragment
    assert fragment.static


@pytest.mark.parametrize("kind", [Suspense, ErrorBoundary])
def test_boundaries_hold_fallback_and_children(kind):
    """Both keep fallback and children shaped as an element's children are; brackets give a new node."""
    empty = kind(fallback=h.i["wait"], key=1)
    full = empty["a", "b"]

    assert (h.i["wait"], ["a", "b"], "1") == (full.fallback, full.children, full.key)
    assert None is empty.children


@pytest.mark.parametrize(
    "write",
    [
        lambda: Fragment(className="x"),
        lambda: Suspense(fallback=b"x"),
        lambda: ErrorBoundary(fallback={"a": 1}),
        lambda: Suspense()[b"x"],
        lambda: Suspense()["a"]["b"],
    ],
)
def test_refuses_where_it_is_written(write):
    """Wrong fallbacks, children and attributes fail where the author wrote them."""
    with pytest.raises(DefinitionError):
        write()
