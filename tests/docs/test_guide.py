"""The guide runs: each page's code blocks are files, and the tests in them pass."""

import importlib
import inspect
import re
import sys
from pathlib import Path

import pytest

from tests.docs.pages import PROJECTS, RUNNING, files_of, write_files

ROOT = Path(__file__).parents[2]
PAGES = [page for page in RUNNING if page not in PROJECTS]  # those are run in tests/site
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def without_code(text):
    return re.sub(r"^```.*?^```|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors_of(path):
    headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.fixture
def modules(request, tmp_path, monkeypatch):
    """The modules that a page's blocks make, imported in order from a directory of their own."""
    monkeypatch.delenv("JETBRIDGE_SECRET", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "static").mkdir()
    (tmp_path / "static/app.css").write_text("body { margin: 0 }")
    files = files_of(request.param)
    write_files(request.param, tmp_path)
    for name in files:
        monkeypatch.delitem(sys.modules, name.removesuffix(".py").replace("/", "."), raising=False)
    yield [importlib.import_module(name.removesuffix(".py").replace("/", ".")) for name in files]
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.mark.parametrize("modules", PAGES, ids=lambda page: page.stem, indirect=True)
async def test_page_runs(modules):
    """The code of a page can be imported, and each test in it passes."""
    tests = [value for module in modules for name, value in vars(module).items() if name.startswith("test_")]
    for test in tests:
        result = test()
        if inspect.isawaitable(result):
            await result

    assert modules
    assert tests


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    """A link or image that is no URL names a file that exists, and a heading in it."""
    links = re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", without_code(document.read_text("utf-8")))
    targets = [((document.parent / path) if path else document, heading) for path, heading in links]

    assert [] == [path for path, _ in targets if not path.exists()]
    assert [] == [(path, heading) for path, heading in targets if heading and heading not in anchors_of(path)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_exist(document):
    """Each `make` target and `jetbridge` command that a page tells people to type is there."""
    from jetbridge.cli.main import main

    text = document.read_text("utf-8")
    targets = set(re.findall(r"^(?:\$ )?make ([\w-]+)|`make ([\w-]+)", text, re.MULTILINE))
    commands = set(re.findall(r"(?:^|`)(?:\$ )?jetbridge (\w+)", text, re.MULTILINE))
    rules = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)

    assert set() == {name for pair in targets for name in pair if name} - set(rules)
    assert set() == commands - set(main.commands)
