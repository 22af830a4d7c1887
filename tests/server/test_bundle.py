"""Bundle: what a build says of itself, and what of it can be fetched."""

import json
from pathlib import Path

import pytest

from jetbridge.actions.forms import References
from jetbridge.actions.registry import Registry
from jetbridge.actions.sealing import KeyRing
from jetbridge.elements.client import client_component
from jetbridge.elements.h import h
from jetbridge.errors import DefinitionError
from jetbridge.render.flight import print_flight
from jetbridge.render.html import print_html
from jetbridge.render.resolve import resolve
from jetbridge.server.bundle import Bundle
from jetbridge.wire.model import ClientReference

COUNTER = client_component("./Counter.tsx", "Counter")


@pytest.fixture
def bundle(tmp_path):
    """A build that holds the component."""
    name = Path(COUNTER.source).relative_to(Path(__file__).parents[1]).as_posix()
    pages = {"client": "pages-1.js", "styles": ["a-1.css"], "components": {name: "Counter-1.js"}}
    (tmp_path / ".vite").mkdir()
    (tmp_path / ".vite/jetbridge.json").write_text(json.dumps({"version": 1, "modules": {}, "pages": pages}))
    return Bundle(tmp_path)


def test_a_component_is_a_file_beside_the_client(bundle):
    """So it is found below whatever path the app is served."""
    wanted = ClientReference("./Counter-1.js", "Counter", (("./Counter-1.js", "./Counter-1.js"),))

    assert wanted == bundle.reference(COUNTER)


def test_a_component_that_is_not_in_it_says_what_to_do(bundle):
    """It was written after the build."""
    with pytest.raises(DefinitionError, match="run `jetbridge build` again"):
        bundle.reference(client_component("./Other.tsx", "Other"))


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"pages": 3}'])
def test_what_is_no_build_says_what_to_do(tmp_path, text):
    """Nothing was built, or something else lies there."""
    if text is not None:
        (tmp_path / ".vite").mkdir()
        (tmp_path / ".vite/jetbridge.json").write_text(text)
    with pytest.raises(DefinitionError, match="run `jetbridge build`"):
        Bundle(tmp_path).client()


async def test_props_are_what_the_wire_knows(bundle):
    """Nodes are resolved, wherever they stand; the HTML has the children in React's marker."""
    node = COUNTER(start=3, rows=[{"label": h.b["x"]}], key=1)[h.p["inside"]]
    references = References(Registry("tests.server"), KeyRing(["s" * 40]), frozenset())
    resolved = await resolve(node, references, locate=bundle.reference)
    printed = "".join(str(part) for part in print_html(resolved.tree).parts)

    assert '<!--$!--><template data-dgst=""></template><p>inside</p><!--/$-->' == printed
    assert b'"start":3,"rows":[{"label":["$","b",null,{"children":"x"}]}]' in print_flight(resolved.tree)
    assert resolved.runs_components


async def _later():
    return 1


@pytest.mark.parametrize("wait_for", [_later, lambda: (n async for n in _none())])
async def test_a_prop_to_wait_for_says_what_to_do(bundle, wait_for):
    """A component cannot be sent what is not known yet; nothing of it is left lying."""
    references = References(Registry("tests.server"), KeyRing(["s" * 40]), frozenset())
    with pytest.raises(DefinitionError, match="await it in the page"):
        await resolve(COUNTER(start=wait_for()), references, locate=bundle.reference)


async def _none():
    if False:
        yield
