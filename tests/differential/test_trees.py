"""Random element trees: our HTML against react-dom/server's, and our Flight as React itself renders it."""

import base64

import pytest

from jetbridge.errors import EncodeError
from jetbridge.render.flight import print_flight
from jetbridge.render.html import print_html
from jetbridge.wire.model import Element
from tests.conformance.deviations import deviation
from tests.conformance.trees import read_tree
from tests.differential.cases import cases
from tests.differential.trees import TreeSource

SEPARATOR = "<!-- -->"


def test_trees_are_printed_as_react_prints_them(react):
    """Byte for byte renderToString and renderToStaticMarkup; and the Flight of the tree renders to the same."""
    for case in cases(0.25):
        source = TreeSource(case)
        node = source.tree(source.random.randint(1, 5))
        listed = deviation("html", {"tree": node})
        tree = read_tree(node)
        if listed and listed.outcome == "refused":
            with pytest.raises(EncodeError):
                print_html(tree)
            continue
        expected = react.ask("render", tree=node)
        rows = base64.b64encode(print_flight(tree)).decode()
        found = {
            "string": print_html(tree).text(),
            "static": print_html(tree, markers=False).text(),
            "flight": react.ask("renderRows", rows=rows)["string"],
        }
        expected["flight"] = expected["string"]
        if listed:
            expected["string"] = expected["string"].replace(SEPARATOR, "")
            found["string"] = found["string"].replace(SEPARATOR, "")

        assert expected == found, (case, node)


def test_react_reads_deep_trees(react):
    """Three hundred elements in one another: on Node's own stack, React's renderer would lose some of more."""
    tree = Element("p", {"children": "innermost"})
    for level in range(300):
        tree = Element("div", {"children": ["text ", tree, f"after {level}"]})

    found = react.ask("renderRows", rows=base64.b64encode(print_flight(tree)).decode())["string"]

    assert print_html(tree).text() == found
