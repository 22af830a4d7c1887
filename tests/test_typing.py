"""The public API means to mypy what it means to pyright: the same lines are mistakes, and no other."""

import re
from pathlib import Path

from mypy import api

FOLDER = Path(__file__).parents[1] / "typing_tests"


def marked():
    """Where pyright is told that it complains, which `make check` holds to."""
    return {
        (path.name, number)
        for path in FOLDER.glob("*.py")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(r"# pyright: ignore\[(?!reportUnused|reportUnnecessary)", line)
    }


def test_mypy_finds_the_same_mistakes():
    """A line that pyright refuses is refused by mypy too, in its strict mode; what passes there passes here."""
    text, told, _ = api.run(["--strict", "--follow-imports=silent", "--no-error-summary", str(FOLDER)])
    found = {(Path(match[1]).name, int(match[2])) for match in re.finditer(r"^(.+?):(\d+): error:", text, re.MULTILINE)}

    assert "" == told
    assert marked() == found, text
