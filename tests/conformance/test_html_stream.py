"""The HTML printer against renderToPipeableStream, where the first flush holds the whole page."""

import pytest

from jetbridge.render.html import print_html
from tests.conformance.deviations import deviation
from tests.conformance.trees import read_tree
from tests.conformance.values import load

CASES = [pytest.param(vector, id=vector["name"]) for vector in load("html-stream.json")]


@pytest.mark.parametrize("vector", CASES)
def test_prints_the_shell_react_prints(vector):
    """A page that waits for nothing is printed as React streams it, document type and head included."""
    listed = deviation("html-stream", vector)
    if listed:
        pytest.skip(listed.reason)
    printed = print_html(read_tree(vector["tree"]), doctype=True).text()

    assert "".join(step["html"] for step in vector["steps"]) == printed
