"""Values for a subtree, as nodes."""

import pytest

from jetbridge.elements.h import h
from jetbridge.elements.provided import create_context
from jetbridge.errors import DefinitionError

Theme = create_context("light")


def test_outside_a_subtree_there_is_the_default():
    """`get()` gives the default where nothing else was given."""
    assert "light" == Theme.get()


def test_a_subtree_holds_value_key_and_children():
    """Brackets give a new node with children shaped as an element's are."""
    empty = Theme("dark", key=1)
    full = empty[h.i["a"], "b"]

    assert ("dark", "1", [h.i["a"], "b"]) == (full.value, full.key, full.children)
    assert None is empty.children


@pytest.mark.parametrize("write", [lambda: Theme("dark")[b"x"], lambda: Theme("dark")["a"]["b"]])
def test_refuses_where_it_is_written(write):
    """Children that are none, or given twice, fail where the author wrote them."""
    with pytest.raises(DefinitionError):
        write()
