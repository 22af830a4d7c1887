"""An application from text, as its author would have written it into files."""

import importlib
import sys
import textwrap

import pytest

from tests.conftest import SECRET


def forget():
    for name in [name for name in sys.modules if name.partition(".")[0] == "shop"]:
        del sys.modules[name]


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """Writes the modules of a package `shop`, in place of those before, and gives the last one."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("JETBRIDGE_SECRET", SECRET)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("")

    def write(**modules):
        forget()
        for name, source in modules.items():
            (tmp_path / "shop" / f"{name}.py").write_text(textwrap.dedent(source).lstrip("\n"))
        importlib.invalidate_caches()
        return [importlib.import_module(f"shop.{name}") for name in modules][-1]

    yield write
    forget()
