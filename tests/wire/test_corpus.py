"""The fuzzing targets on the corpus that is kept: what once failed does not again."""

from importlib import import_module
from pathlib import Path

import pytest

CORPUS = Path(__file__).parents[2] / "fuzz" / "corpus"
FILES = sorted(path for path in CORPUS.glob("*/*") if path.is_file())


@pytest.mark.parametrize("path", [pytest.param(path, id=f"{path.parent.name}/{path.name}") for path in FILES])
def test_the_invariant_holds(path):
    """Each target's invariant, which is said on top of it, holds for each input of its corpus."""
    import_module(f"fuzz.{path.parent.name}").check(path.read_bytes())


def test_every_target_has_a_corpus():
    """A target without inputs would fuzz in the dark."""
    assert {"fields", "multipart", "reply", "rows", "urlencoded"} == {path.parent.name for path in FILES}
