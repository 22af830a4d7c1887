"""What makes a function an action, and what only looks as if it did."""

import pytest

from jetbridge.actions.define import action, is_action
from jetbridge.actions.directive import has_directive, near_miss, refuse_stripped
from jetbridge.actions.registry import Registry
from jetbridge.errors import DefinitionError

MODULE = '''
"""use server

More about it.
"""
from asyncio import sleep
from jetbridge.actions.define import action
import functools

class Model: ...
constant = 1

def checked(function):
    @functools.wraps(function)
    async def wrapper(*args):
        return await function(*args)
    return wrapper

async def create(name: str): ...
async def _private(): ...
def helper(): ...
async def stream():
    yield 1
@checked
async def wrapped(a: int): ...
@action
def sync(): ...
again = create
'''


def names(package, **modules):
    """The qualified names of the actions in a package of these modules."""
    package(**modules)
    registry = Registry("shop.app")
    registry.scan()
    return sorted(found.qualname for found in registry)


def problems(package, source):
    """What the registry says about one module, by line."""
    with pytest.raises(DefinitionError) as caught:
        names(package, actions=source)
    return str(caught.value)


def test_a_use_server_module_exposes_its_public_async_functions(package):
    """Not private, sync or imported ones, nor classes; a decorator's wrapper counts as what it wraps."""
    assert ["create", "stream", "sync", "wrapped"] == names(package, actions=MODULE)


def test_all_limits_what_is_exposed(package):
    """With `__all__`, what is in it is public, and nothing else."""
    source = '"use server"\n__all__ = ["_a", "Model"]\nclass Model: ...\nasync def _a(): ...\nasync def b(): ...'

    assert ["_a"] == names(package, actions=source)


def test_a_directive_exposes_one_function(package):
    """A function's own docstring makes it an action in any module, private or not."""
    source = 'async def _a():\n    """use server\n\n    More."""\nasync def b(): ...'

    assert ["_a"] == names(package, actions=source)


def test_an_imported_function_is_not_exposed_again(package):
    """Importing a function into a `use server` module does not make an action of it."""
    found = names(package, db="async def query(): ...", actions='"use server"\nfrom shop.db import query')

    assert [] == found


def test_an_action_stays_the_function_it_was():
    """Marking changes nothing about calling."""

    def sync(x): ...

    sync.__qualname__ = "sync"

    assert action(sync) is sync
    assert action(timeout=3)(sync) is sync
    assert is_action(sync)


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [("use server", True), ("\n  use server  \nMore", True), ("use server.", False), ("Use server", False),
     ("x\nuse server", False), (None, False), ("", False)],
)  # fmt: skip
def test_the_directive_is_the_first_line(docstring, expected):
    """Exactly these two words, alone on the first line."""
    assert expected == has_directive(docstring)


@pytest.mark.parametrize(
    "docstring",
    ["use sever", "Use Server", "use server;", "'use server'", "use-server", "use_server", "useserver", "use servr",
     "use  server", "user server", "use server.", "use client", "“use server”", "USE SERVER\n\nmore"],
)  # fmt: skip
def test_near_misses_are_noticed(docstring):
    """A slip of the finger, of case, or of punctuation."""
    assert near_miss(docstring) is not None


@pytest.mark.parametrize("docstring", [None, "", "use server", "Uses the server.", "Use a service.", "Server", "Users"])
def test_ordinary_docstrings_are_not(docstring):
    """Prose that happens to be about servers, and the directive itself."""
    assert near_miss(docstring) is None


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ('"use sever"\nasync def a(): ...', 1, "'use sever' is not the directive"),
        ('async def a():\n    "Use server"', 1, "'Use server' is not the directive"),
        ('import os\n"use server"\nasync def a(): ...', 2, "too late to be a docstring"),
        ('async def a():\n    x = 1\n    "use server"', 3, "too late to be a docstring"),
        ('f"use server"\nasync def a(): ...', 1, "without f"),
        ('# use server\nasync def a(): ...', 1, "a comment does nothing"),
        ('x = 1\ndef a():\n    "use server"', 2, "mark it with @action"),
        ('def a():\n    "use server"\n    yield 1', 1, "a generator"),
        ('class A:\n    "use server"', 1, "actions are functions"),
        ('class A:\n    async def b(self):\n        "use server"', 2, "A.b is a method"),
        ('"use server"\n__all__ = ["gone"]', 1, "__all__ names 'gone'"),
        ('def out():\n    def a():\n        "use server"\n    return a', 2, "`async def`"),
        ('def out():\n    async def a():\n        "use servr"\n    return a', 2, "'use servr' is not the directive"),
    ],
)  # fmt: skip
def test_near_misses_are_reported_with_file_and_line(package, source, line, words):
    """What the author finds when the app starts: the place, and what to write."""
    said = problems(package, source)

    assert f"actions.py:{line}: " in said
    assert words in said


def test_all_mistakes_are_reported_at_once(package):
    """One start is enough to see them all."""
    said = problems(package, 'def a():\n    "use server"\n\nclass B:\n    "use server"')

    assert ["actions.py:1", "actions.py:4"] == [
        line.rpartition("/")[2].partition(": ")[0] for line in said.splitlines()
    ]


def test_a_decorator_that_hides_its_function_is_reported(package):
    """Without functools.wraps an action would silently be gone."""
    decorators = "def plain(f):\n    async def inner(*a): return await f(*a)\n    return inner"
    with pytest.raises(DefinitionError, match=r"functools\.wraps"):
        names(
            package,
            decorators=decorators,
            actions='"use server"\nfrom shop.decorators import plain\n@plain\nasync def a(): ...',
        )


def decorate(source):
    """Run a decoration as a module would."""
    exec(source, {"action": action})


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("@action\nclass A: ...", "a class"),
        ("action(lambda: 1)", "a name"),
        ("def f():\n  @action\n  async def g(): ...\nf()", 'write "use server"'.lower()),
        ("class A:\n  @action\n  async def g(self): ...", "move it out of the class"),
        ("@action\ndef g():\n  yield", "generator"),
        ("action(len)", "builtin_function_or_method"),
        ("action(timeout=0)", "above 0"),
        ("action(max_files=-1)", "0 or more"),
        ('action(rate="10 per minute")', "10/minute"),
        ('action(rate="0/minute")', "10/minute"),
        ('action(rate="10/fortnight")', "10/minute"),
        ("action(rate=10)", "10/minute"),
        ("action(rate_by=print)", "give both"),
        ('action(rate="1/second", rate_by="ip")', "function of the request"),
        ('action(mode="newest")', "latest"),
        ("action(max_bytes=-1)", "above 0"),
        ("action(aliases='x')", "aliases=['x']"),
        ("action(allow=3)", "function of the request"),
    ],
)
def test_action_refuses_what_cannot_be_one(source, words):
    """The message says what to do instead."""
    with pytest.raises(DefinitionError) as caught:
        decorate(source)

    assert words in str(caught.value).replace('Write "', 'write "')


@pytest.mark.parametrize(("level", "refused"), [(0, False), (1, False), (2, True)])
def test_python_without_docstrings_is_refused(level, refused):
    """-OO drops the directive, so nothing would be an action: the app does not start."""
    if refused:
        with pytest.raises(DefinitionError, match="-OO"):
            refuse_stripped(level)
    else:
        refuse_stripped(level)
