"""What is public: the same names in `__all__`, in the reference and in the typing tests; and what importing costs."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import jetbridge

ROOT = Path(__file__).parent.parent


def run(code):
    """What `code` prints as JSON, in an interpreter of its own."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def names_documented():
    text = (ROOT / "docs/reference.md").read_text("utf-8")
    public = text.partition("\n## Other modules")[0]
    return re.findall(r"^### `(\w+)", public, re.MULTILINE)


def names_typed():
    tree = ast.parse((ROOT / "typing_tests/public_api.py").read_text("utf-8"))
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "jetbridge")
    return {alias.name for node in imports for alias in node.names}


def test_reference_documents_every_public_name():
    """Each name in `__all__` has one heading in docs/reference.md, and nothing else has."""
    assert sorted(jetbridge.__all__) == sorted(names_documented())


def test_typing_tests_use_every_public_name():
    """Each name in `__all__` is used in typing_tests/public_api.py."""
    assert sorted(jetbridge.__all__) == sorted(names_typed())


@pytest.mark.parametrize("name", jetbridge.__all__)
def test_each_name_is_there(name):
    """Every public name can be had, and says what it is."""
    assert getattr(jetbridge, name).__doc__


def test_star_import_gives_them_all():
    """`from jetbridge import *` gives exactly the public names."""
    given = run("from jetbridge import *; import json; print(json.dumps([n for n in dir() if n not in ('json',)]))")

    assert set(jetbridge.__all__) == {name for name in given if name == "__version__" or not name.startswith("__")}


def test_import_loads_the_standard_library_only():
    """`import jetbridge` loads two modules of ours and no package that was installed."""
    loaded = run(
        "import sys; before = set(sys.modules); import jetbridge; after = set(sys.modules);"
        "import json; print(json.dumps(sorted(after - before)))"
    )
    ours = [name for name in loaded if name.partition(".")[0] == "jetbridge"]
    installed = {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names - {"jetbridge"}

    assert ["jetbridge", "jetbridge.version"] == ours
    assert set() == installed


@pytest.mark.parametrize(
    "name", ["ActionError", "FormData", "Fragment", "Provide", "action", "component", "h", "redirect"]
)
def test_attributes_are_lazy(name):
    """What an actions module or a component imports brings in no web framework and no pydantic."""
    heavy = run(
        f"import jetbridge, sys, json; jetbridge.{name};"
        "print(json.dumps([name for name in ('starlette', 'pydantic', 'uvicorn', 'anyio') if name in sys.modules]))"
    )

    assert [] == heavy


def test_unknown_names_are_attribute_errors():
    """A misspelt name fails as in any module, and `dir` lists the names that are not loaded yet."""
    with pytest.raises(AttributeError, match="has no attribute 'Ap'"):
        jetbridge.Ap  # noqa: B018

    assert sorted(jetbridge.__all__) == dir(jetbridge)
