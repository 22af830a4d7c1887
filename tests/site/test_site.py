"""The site of docs/ can be built, and has every public name with what its docstring says."""

import importlib
import inspect
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

import jetbridge

ROOT = Path(__file__).parents[2]
MODULES = runpy.run_path(str(ROOT / "docs/hooks.py"))["MODULES"]
PUBLIC = [name for name in jetbridge.__all__ if name != "__version__"]
FURTHER = [
    (module, name)
    for module in MODULES
    for name, value in vars(importlib.import_module(module)).items()
    if name in sys.modules[module].__all__
    and getattr(value, "__module__", None) == module
    and hasattr(value, "__name__")  # no constants
]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The directory of the site; a warning, such as a link to nowhere, fails its build."""
    directory = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", directory]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110)
    assert 0 == done.returncode, done.stderr
    return directory


@pytest.fixture(scope="module")
def api(site):
    return BeautifulSoup((site / "api/index.html").read_text("utf-8"), "html.parser")


def documented(api, identity):
    """What the page says of a name, below its heading."""
    heading = api.find(id=identity)
    body = (heading and heading.find_parent(class_="doc-object")) or heading
    contents = body and (body.find(class_="doc-contents") or body)
    return "" if contents is None else " ".join(contents.get_text(" ").split())


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_documented(api, name):
    """Each has its place in the API page, with a text that says more than the name."""
    home = jetbridge._HOME[name]

    assert len(documented(api, f"{home}.{name}")) > 20


@pytest.mark.parametrize(("module", "name"), FURTHER, ids=lambda one: one)
def test_so_is_what_other_modules_export(api, module, name):
    """The same for what people import from further modules."""
    assert api.find(id=f"{module}.{name}") is not None
    assert inspect.getdoc(getattr(sys.modules[module], name))


def test_every_page_is_in_the_navigation():
    """No page of docs/ is left out, but for the decisions, to which others link; the guide's come by themselves."""
    text = (ROOT / "mkdocs.yml").read_text("utf-8")
    named = set(re.findall(r": ([\w/-]+\.md)$", text, re.MULTILINE))
    there = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}

    assert there == named | {one for one in there if one.startswith(("decisions/", "guide/"))}


def test_nothing_is_loaded_from_elsewhere(site):
    """The site has its fonts, scripts and styles itself."""
    page = BeautifulSoup((site / "index.html").read_text("utf-8"), "html.parser")
    loaded = [tag.get("src") or tag.get("href") for tag in page.find_all(["script", "img", "link"])]

    assert [] == [one for one in loaded if one and re.match(r"(?:https?:)?//", one)]


def test_the_tests_of_pages_are_not_shown(site):
    """What runs in a comment is for the tests."""
    assert "test_no_secret_no_start" not in (site / "guide/deploying/index.html").read_text("utf-8")
