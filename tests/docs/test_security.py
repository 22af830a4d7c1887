"""The page on security tells the truth: every test that it names exists, and every attack is named in it."""

import ast
import re
from pathlib import Path

import pytest

from jetbridge.wire import protocol

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/security.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py):(\w+)`", PAGE)))


def names_in(path):
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("place", NAMED, ids=":".join)
def test_tests_named_exist(place):
    """`file.py:test` names a test of that file."""
    path, name = place

    assert name.startswith("test_")
    assert name in names_in(path)


def test_every_attack_is_named():
    """No attack is played that the page does not tell of, but for what is meant to work."""
    attacks = {name for name in names_in("tests/attacks/test_attacks.py") if name.startswith("test_")}

    assert {"test_what_is_meant_to_work"} == attacks - {name for _, name in NAMED}


def test_every_reason_is_explained():
    """The table has all that a client may be told."""
    reasons = {getattr(protocol, name) for name in protocol.__all__ if name.startswith("REASON_")}

    assert reasons == set(re.findall(r"^\| \d+ \| `([\w-]+)`", PAGE, re.MULTILINE))
