"""Nested actions: found without running their outer function, refused where a rebuilt one would differ."""

import pytest

from jetbridge.actions.nested import docstring_of
from jetbridge.actions.registry import Registry
from jetbridge.errors import DefinitionError
from jetbridge.schema.convert import convert


def registered(package, source):
    """The registry of a package with this one module."""
    package(actions=source)
    registry = Registry("shop.app")
    registry.scan()
    return registry


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ('def f():\n  async def a():\n    "use server"', ["f.<locals>.a"]),
        ('async def f():\n  def g():\n    async def a():\n      "use server"', ["f.<locals>.g.<locals>.a"]),
        ('class C:\n  def f(self):\n    async def a():\n      "use server"', ["C.f.<locals>.a"]),
        ('class C:\n  @property\n  def f(self):\n    async def a():\n      "use server"', ["C.f.<locals>.a"]),
        (
            "import functools\ndef deco(f):\n  @functools.wraps(f)\n  def w(): return f()\n  return w\n"
            '@deco\ndef f():\n  async def a():\n    "use server"',
            ["f.<locals>.a"],
        ),
        (
            "class Component:\n  def __init__(self, function): self.function = function\n"
            '@Component\ndef f():\n  async def a():\n    "use server"',
            ["f.<locals>.a"],
        ),
        ('def f():\n  async def a():\n    "use server"\n    yield 1', ["f.<locals>.a"]),
        ('def f():\n  async def a():\n    x = "use server"\n  return ["use server" for _ in a]', []),
    ],
)
def test_finds_nested_actions_wherever_they_are(package, source, names):
    """In functions, methods, properties and below decorators, without running any of them."""
    assert names == [found.qualname for found in registered(package, source)]


def test_annotations_are_read_from_the_source_in_module_scope(package):
    """Types are enforced though the outer function has never run; names are those of the module."""
    registry = registered(
        package,
        "import dataclasses\n@dataclasses.dataclass\nclass P:\n  x: int\n"
        'def f(n):\n  async def a(p: P, k: "int" = n, *, q: str = "x") -> int:\n    "use server"\n    return n',
    )
    (found,) = registry
    module = __import__("shop.actions").actions

    assert {"p": module.P(1)} == convert(found.signature, [{"x": 1}]).kwargs
    assert [("p", True), ("k", False), ("q", False)] == [(p.name, p.required) for p in found.signature.parameters]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('def f():\n  n = 0\n  async def a():\n    "use server"\n    nonlocal n\n    n += 1', "assigns to 'n'"),
        (
            'def f():\n  n = 0\n  async def a():\n    "use server"\n    def g():\n      nonlocal n\n      n = 1',
            "assigns to 'n'",
        ),
        ('def d(x): return x\ndef f():\n  @d\n  async def a():\n    "use server"', "decorator"),
        ('def f():\n  def a():\n    "use server"', "`async def`"),
        ('def f():\n  async def a(x=1, /):\n    "use server"', "positional-only"),
        ('def f():\n  T = int\n  async def a(x: T):\n    "use server"', "'T' is not defined"),
    ],
)
def test_refuses_what_would_run_differently(package, source, words):
    """A rebuilt function has no outer variables to assign to, no decorators, and no names of its outer function."""
    with pytest.raises(DefinitionError) as caught:
        registered(package, source)

    assert words in str(caught.value)
    assert "actions.py:" in str(caught.value)


def test_knows_where_a_docstring_lies():
    """A first constant that is no docstring is not taken for one."""

    def with_docstring():
        """Yes"""

    def without():
        return "no"

    expected = ["Yes", None, None]
    assert expected == [docstring_of(f.__code__) for f in (with_docstring, without, lambda: "no")]
