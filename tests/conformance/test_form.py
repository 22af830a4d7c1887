"""Forms as React's server renderer prints them, where neither its hooks nor its hidden fields are involved."""

import pytest

from jetbridge.errors import EncodeError
from jetbridge.render.html import print_html
from tests.conformance.deviations import deviation
from tests.conformance.trees import read_tree
from tests.conformance.values import load

CASES = [pytest.param(vector, id=vector["name"]) for vector in load("form.json")]


@pytest.mark.parametrize("vector", CASES)
def test_prints_forms(vector):
    """A form without an action of ours is React's; one whose action was not resolved is refused, never printed."""
    listed = deviation("form", vector)
    if listed and listed.outcome == "skipped":
        pytest.skip(listed.reason)
    if listed:
        with pytest.raises(EncodeError):
            print_html(read_tree(vector["tree"]))
        return
    printed = print_html(read_tree(vector["tree"])).text()

    assert vector["html"] == printed
