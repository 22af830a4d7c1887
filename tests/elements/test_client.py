"""Client components: where their file is, and what they refuse."""

from pathlib import Path

import pytest

from jetbridge.elements.client import client_component
from jetbridge.elements.h import h
from jetbridge.errors import DefinitionError


def test_its_file_is_relative_to_the_one_that_names_it():
    """Wherever Python was started."""
    counter = client_component("../x/Counter.tsx", "Counter")

    assert (Path(__file__).parents[1] / "x/Counter.tsx").resolve() == counter.source


def test_children_are_given_once():
    """A second pair of brackets is a mistake, as for elements."""
    counter = client_component("./Counter.tsx")(start=3)[h.p["one"]]
    with pytest.raises(DefinitionError, match="has children already"):
        counter[h.p["two"]]


@pytest.mark.parametrize("export", ["", "a-b", "a b", "1"])
def test_an_export_is_a_name(export):
    """Else the browser would find out."""
    with pytest.raises(DefinitionError, match="not the name of an export"):
        client_component("./Counter.tsx", export)
