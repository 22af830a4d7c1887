"""The README's first example is a file that runs."""

import importlib
import re
import sys
from pathlib import Path

import pytest

from jetbridge.testing import Client

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


@pytest.fixture
def hello(monkeypatch):
    monkeypatch.setenv("JETBRIDGE_SECRET", "s" * 40)
    for name in [name for name in sys.modules if name.startswith("examples.hello")]:
        monkeypatch.delitem(sys.modules, name)
    return importlib.import_module("examples.hello.app")


def test_example_is_the_file():
    """The first Python block of the README is examples/hello/app.py without its docstring."""
    first = re.search(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)[1]
    _, _, code = (ROOT / "examples/hello/app.py").read_text("utf-8").partition('"""\n\n')

    assert code == first


async def test_example_works(hello):
    """The form adds a user; a taken e-mail is an error on the page, and what was typed stays."""
    async with Client(hello.app) as client:
        page = await client.open("/")
        page = await page.form(hello.create_user).submit({"name": "Ada", "email": "ada@example.com"})
        again = await page.form(hello.create_user).submit({"name": "Augusta", "email": "ada@example.com"})

    assert (200, {"ada@example.com": "Ada"}) == (page.status, hello.users)
    assert "Ada ada@example.com" in page.text
    assert (422, True) == (again.status, "That e-mail is taken" in again.text)
    assert ("name", "Augusta") in again.form().fields


async def test_example_works_from_react(hello):
    """The same action answers React's call, with the page that shows its change."""
    async with Client(hello.app) as client:
        page = await client.open("/")
        result = await page.call(hello.create_user, "Grace", "grace@example.com")

    assert {"grace@example.com": "Grace"} == hello.users
    assert "grace@example.com" in str(result.page)
