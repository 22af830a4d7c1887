"""The registry: ids that do not move, and answers to what is no action."""

import functools
import re
import subprocess
import sys

import pytest

from jetbridge.actions.ids import action_id, alias_id, relative_module
from jetbridge.actions.registry import Registry
from jetbridge.errors import DefinitionError


@pytest.mark.parametrize(
    ("module", "package", "expected"),
    [
        ("shop.actions", "shop", ".actions"),
        ("shop", "shop", "."),
        ("shopping", "shop", "shopping"),
        ("actions", "", "actions"),
    ],
)
def test_a_module_is_known_by_its_place_in_the_app(module, package, expected):
    """Renaming the package of an app changes no id; a module outside it keeps its full name."""
    assert expected == relative_module(module, package)


def test_an_id_is_safe_and_stable():
    """The id of a name never changes: pages rendered before a deploy hold it."""
    assert (
        "create_user-1f3e2b4ee2d9f3b2b0cb"[:12] == action_id("create_user", "shop.actions", "create_user", "shop")[:12]
    )
    assert re.fullmatch(r"[A-Za-z0-9_]+-[0-9a-f]{20}", action_id("größe", "m", "größe", ""))
    assert action_id("a", "x.m", "a", "x") == action_id("a", "y.m", "a", "y")
    assert action_id("a", "m", "a", "") != action_id("a", "m", "b.<locals>.a", "")


@pytest.mark.parametrize(
    ("alias", "expected"),
    [
        ("old", action_id("old", "shop.actions", "old", "shop")),
        ("shop.users.old", action_id("old", "shop.users", "old", "shop")),
        ("old-0123456789abcdef0123", "old-0123456789abcdef0123"),
    ],
)
def test_an_alias_is_a_former_name(alias, expected):
    """By name in the module, by full name, or by the id itself."""
    assert expected == alias_id(alias, "shop.actions", "shop")


def test_finds_actions_by_id_alias_and_function(app):
    """All ways lead to one action."""
    module, references = app(
        "from jetbridge.actions.define import action\n@action(aliases=['old'])\nasync def new(a: int = 0): ..."
    )
    registry = references.registry
    found = registry.of(module.new)

    assert found is registry.get(found.id)
    assert found is registry.get(action_id("old", "shop.actions", "old", "shop"))
    assert found is registry.of(functools.partial(functools.partial(module.new, 1)))
    assert ("new", "shop.actions", "new", 2) == (found.name, found.module, found.qualname, found.line)
    assert None is registry.get("new-00000000000000000000")


def test_adding_a_module_again_changes_nothing(app):
    """Scanning is repeated where an app starts twice, as in tests."""
    module, references = app('"use server"\nasync def a(): ...')
    references.registry.add_module(module)
    references.registry.scan()

    assert 1 == len(references.registry)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sync", "@action"),
        ("plain", "use server"),
        ("hidden", "use server"),
        ("nested", "docstring"),
        ("anonymous", "lambda"),
        ("number", "not int"),
    ],
)
def test_says_why_something_is_no_action(app, name, words):
    """Where a function is used as an action, the error says what it lacks, with its place."""
    module, references = app(
        "def sync(): ...\nasync def plain(): ...\nasync def hidden(): 'x'\nnumber = 3\nanonymous = lambda: 1\n"
        "def outer():\n    async def inner(): ...\n    return inner\nnested = outer()"
    )
    with pytest.raises(DefinitionError) as caught:
        references.registry.of(getattr(module, name))

    assert words in str(caught.value)


def test_a_module_imported_too_late_is_named(package):
    """An action that other workers do not know is refused, with how to make it known."""
    registry = Registry("shop.app")
    registry.scan()
    module = package(late='"use server"\nasync def a(): ...')
    with pytest.raises(DefinitionError, match=r"App\(__name__, actions=\['shop\.late'\]\)"):
        registry.of(module.a)


def test_two_actions_never_share_an_id(package):
    """Two nested actions of one name in one function are told apart by nothing: the error names both."""
    package(
        actions="def f(x):\n    if x:\n        async def a():\n            'use server'\n"
        "    else:\n        async def a():\n            'use server'\n    return a"
    )
    with pytest.raises(DefinitionError, match="same id") as caught:
        Registry("shop.app").scan()

    assert "actions.py:3" in str(caught.value)
    assert "actions.py:6" in str(caught.value)


def test_a_type_that_cannot_be_checked_is_an_error_at_start(package):
    """Not when the first visitor submits."""
    package(actions='"use server"\nclass Db: ...\nasync def a(db: Db): ...')
    with pytest.raises(DefinitionError, match="db of a"):
        Registry("shop.app").scan()


SCRIPT = """
import sys
sys.path.insert(0, {src!r})
from jetbridge.actions.registry import Registry
async def act():
    "use server"
registry = Registry(__name__)
registry.scan()
print([a.id for a in registry])
"""


def test_a_script_has_the_ids_of_the_module(tmp_path):
    """`python app.py`, `python -m app` and `import app` give the same id: any of them may have rendered the page."""
    (tmp_path / "app.py").write_text(SCRIPT.format(src=str(__file__).partition("/tests/")[0] + "/src"))
    runs = [["app.py"], ["-m", "app"], ["-c", "import app"]]
    ids = [
        subprocess.run([sys.executable, *run], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
        for run in runs
    ]

    assert 1 == len(set(ids))
    assert "act-" in ids[0]


def test_minus_oo_is_refused(tmp_path):
    """Really, with a Python that drops docstrings."""
    (tmp_path / "app.py").write_text(SCRIPT.format(src=str(__file__).partition("/tests/")[0] + "/src"))
    run = subprocess.run([sys.executable, "-OO", "app.py"], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert "drops docstrings" in run.stderr


def test_options_reach_the_registry(app):
    """What `@action(…)` says is beside the action."""
    _, references = app(
        "from jetbridge.actions.define import action\ndef may(request): ...\n"
        "@action(allow=may, max_bytes=10, timeout=2)\ndef a(): ..."
    )
    (found,) = references.registry

    assert ("may", 10, 2) == (found.options.allow.__name__, found.options.max_bytes, found.options.timeout)
