"""The HTML printer against what renderToString and renderToStaticMarkup of React wrote."""

import pytest

from jetbridge.errors import EncodeError
from jetbridge.render.html import print_html
from tests.conformance.deviations import deviation
from tests.conformance.trees import read_tree
from tests.conformance.values import load

SEPARATOR = "<!-- -->"
CASES = [pytest.param(vector, id=vector["name"]) for vector in load("html.json")]


@pytest.mark.parametrize("vector", CASES)
@pytest.mark.parametrize("form", ["string", "static"])
def test_prints_what_react_prints(vector, form):
    """Every tree is printed byte for byte as React prints it, with the marks of hydration and without."""
    listed = deviation("html", vector)
    if listed and listed.outcome == "skipped":
        pytest.skip(listed.reason)
    if listed and listed.outcome == "refused":
        with pytest.raises(EncodeError):
            print_html(read_tree(vector["tree"]), markers=form == "string")
        return
    expected = vector[form]
    printed = print_html(read_tree(vector["tree"]), markers=form == "string").text()
    if listed and form == "string":
        assert expected != printed
        expected, printed = expected.replace(SEPARATOR, ""), printed.replace(SEPARATOR, "")

    assert expected == printed
