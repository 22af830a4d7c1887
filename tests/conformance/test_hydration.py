"""What React's client accepts, as far as a printer can know: never to print what it was seen to reject."""

import pytest

from jetbridge.render.html import print_html
from tests.conformance.deviations import deviation
from tests.conformance.trees import read_tree
from tests.conformance.values import load

CASES = [pytest.param(vector, id=vector["name"]) for vector in load("hydration.json")]


@pytest.mark.parametrize("vector", CASES)
def test_never_prints_what_react_rejects(vector):
    """HTML that React's client throws away, or warns about, is not what we print for that tree."""
    listed = deviation("hydration", vector)
    if listed:
        pytest.skip(listed.reason)
    printed = print_html(read_tree(vector["tree"])).text()
    accepted = vector["production"] == "clean" and vector["development"] == "clean"

    assert accepted or vector["html"] != printed
