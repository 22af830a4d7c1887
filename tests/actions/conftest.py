"""Modules from text: what an application's own files look like to the registry."""

import importlib
import sys
import textwrap

import pytest

from jetbridge.actions.forms import References
from jetbridge.actions.registry import Registry
from jetbridge.actions.sealing import KeyRing

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Writes modules of a package `shop` and imports them; gives the last one."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("")

    def write(**modules):
        for name, source in modules.items():
            (tmp_path / "shop" / f"{name}.py").write_text(textwrap.dedent(source).lstrip("\n"))
        importlib.invalidate_caches()
        return [importlib.import_module(f"shop.{name}") for name in modules][-1]

    yield write
    for name in [name for name in sys.modules if name.partition(".")[0] == "shop"]:
        del sys.modules[name]


@pytest.fixture
def app(package):
    """Writes one module `shop.actions` and gives it with references to what it has."""

    def make(source):
        module = package(actions=source)
        registry = Registry("shop.app")
        registry.scan()
        return module, References(registry, KeyRing([SECRET]))

    return make
