"""Written for Python 3.11 to 3.14, of which one is at hand: nothing is used that another has not, or has changed.

Each row says what has changed, from which version on, and which file may use it because it knows.
"""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src" / "jetbridge"
FILES = sorted(SRC.rglob("*.py"))

# Names: what is deprecated, removed or behaves otherwise. `module.name`, as imported or as an attribute.
CHANGED = {
    "datetime.utcnow": "3.12 deprecates it: datetime.now(UTC)",
    "datetime.utcfromtimestamp": "3.12 deprecates it: datetime.fromtimestamp(…, UTC)",
    "asyncio.get_event_loop": "3.14 raises where none runs: get_running_loop()",
    "asyncio.iscoroutinefunction": "3.14 deprecates it: inspect.iscoroutinefunction",
    "asyncio.set_event_loop_policy": "3.14 deprecates it",
    "asyncio.get_event_loop_policy": "3.14 deprecates it",
    "pkgutil.find_loader": "removed in 3.14",
    "pkgutil.get_loader": "removed in 3.14",
    "typing.ByteString": "removed in 3.14",
    "typing.override": "new in 3.12: typing_extensions has it",
    "typing.TypeIs": "new in 3.13: typing_extensions has it",
    "typing.ReadOnly": "new in 3.13: typing_extensions has it",
    "typing.TypeAliasType": "new in 3.12: typing_extensions has it",
    "warnings.deprecated": "new in 3.13: typing_extensions has it",
    "collections.abc.Buffer": "new in 3.12",
    "itertools.batched": "new in 3.12",
    "ast.Str": "removed in 3.14",
    "ast.Num": "removed in 3.14",
    "ast.NameConstant": "removed in 3.14",
    "shutil.rmtree(onerror)": "3.12 deprecates it: onexc, which 3.11 has not",
    "importlib.resources.open_text": "removed in 3.13",
    "importlib.resources.read_text": "removed in 3.13",
    "importlib.resources.is_resource": "removed in 3.13",
    "sys.last_exc": "new in 3.12",
    "concurrent.interpreters": "new in 3.14",
    "cgi": "removed in 3.13",
    "crypt": "removed in 3.13",
    "imghdr": "removed in 3.13",
    "pipes": "removed in 3.13",
    "distutils": "removed in 3.12",
    "imp": "removed in 3.12",
}
# What may be asked in one place only, which knows how versions differ.
ONE_PLACE = {
    r"\.co_consts\b": {"actions/nested.py"},  # where the docstring lies: first until 3.13, if there is one; then a flag
    r"CO_HAS_DOCSTRING\b": {"actions/nested.py"},
    r"\bannotationlib\b": {"schema/written.py"},  # since 3.14
    r"\btaskName\b": {"server/log.py"},  # in log records since 3.12
}


def names_in(tree):
    """Every `module.name` that a file imports, and every dotted attribute that it reads."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Attribute):
            yield ast.unparse(node)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SRC).as_posix())
def test_uses_what_all_versions_have(path):
    """No name that another version has changed, and syntax of the oldest."""
    tree = ast.parse(path.read_text("utf-8"), feature_version=(3, 11))
    names = {name for found in names_in(tree) for name in (found, found.partition(".")[2]) if name}

    assert {} == {name: CHANGED[name] for name in names & set(CHANGED)}


@pytest.mark.parametrize("pattern", ONE_PLACE)
def test_one_place_knows(pattern):
    """What differs between versions is asked where that is known, and nowhere else."""
    users = {path.relative_to(SRC).as_posix() for path in FILES if re.search(pattern, path.read_text("utf-8"))}

    assert users <= ONE_PLACE[pattern]


def test_one_place_reads_annotations():
    """3.14 evaluates annotations when they are asked for, so `__annotations__` is read where that is known."""
    raw = {
        path.relative_to(SRC).as_posix()
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr == "__annotations__" and isinstance(node.ctx, ast.Load))
        or (isinstance(node, ast.Constant) and node.value == "__annotations__")
    }

    assert {"schema/written.py"} == raw


def test_what_is_promised():
    """The package says which versions it is for, and tools check against the oldest."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    listed = [one.rpartition(" ")[2] for one in project["project"]["classifiers"] if "Python :: 3." in one]

    assert (">=3.11", ["3.11", "3.12", "3.13", "3.14"]) == (project["project"]["requires-python"], listed)
    assert ("py311", "3.11") == (project["tool"]["ruff"]["target-version"], project["tool"]["pyright"]["pythonVersion"])
