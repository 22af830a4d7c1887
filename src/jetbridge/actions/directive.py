"""The directive: a docstring in, whether it says `use server` out, and what nearly says so and does nothing.

Python ignores what is misspelt or misplaced, so the person who wrote it would be left with a form that does not work.
"""

import ast
import re
import sys
import tokenize
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Final, cast

from msgspec import Struct

from jetbridge.errors import DefinitionError

__all__ = ["DIRECTIVE", "Problem", "has_directive", "near_miss", "refuse_stripped", "stray_directives"]

DIRECTIVE: Final = "use server"

# Only a source with such a line is parsed: a string or a comment that begins with the directive.
SUSPECT: Final = re.compile(r"""^[ \t]*(?:#|[A-Za-z]{0,2}["'])[#"'\s]*use server\b""", re.MULTILINE)


class Problem(Struct, frozen=True):
    """Something that looks as if it was meant to be an action and is none."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


def refuse_stripped(optimize: int = sys.flags.optimize) -> None:
    """Refuse to run where Python drops docstrings: every action would silently be gone."""
    if optimize >= 2:
        raise DefinitionError(
            f'Python runs with -OO (or PYTHONOPTIMIZE=2), which drops docstrings, and "{DIRECTIVE}" is one: no action '
            "would exist. Run it with -O or without"
        )


def has_directive(docstring: str | None) -> bool:
    """Whether a docstring's first line is exactly the directive."""
    return docstring is not None and _first_line(docstring) == DIRECTIVE


def _first_line(docstring: str) -> str:
    return docstring.lstrip().partition("\n")[0].strip()


def near_miss(docstring: str | None) -> str | None:
    """What to say where a docstring's first line is almost the directive, or None."""
    if docstring is None:
        return None
    line = _first_line(docstring)
    if line == DIRECTIVE or len(line) > 2 * len(DIRECTIVE):
        return None
    letters = re.sub(r"[\W_]+", "", line).lower()
    if letters == "useclient":
        return 'Python has no "use client": client components are .tsx files'
    if _distance(letters, "useserver") <= 2:
        return f'{line!r} is not the directive; the first line of the docstring is exactly "{DIRECTIVE}"'
    return None


def _distance(one: str, other: str) -> int:
    """How many letters to add, drop or change (Levenshtein); both are short."""
    row = list(range(len(other) + 1))
    for index, letter in enumerate(one, 1):
        before, row[0] = row[0], index
        for place, wanted in enumerate(other, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (letter != wanted))
    return row[-1]


def stray_directives(module: ModuleType) -> Iterator[Problem]:
    """The directive as a comment, an f-string or a string that is no docstring: Python drops those unseen."""
    file = getattr(module, "__file__", None)
    if not file or not file.endswith(".py"):
        return
    try:
        with tokenize.open(file) as handle:
            source = handle.read()
    except (OSError, SyntaxError, UnicodeDecodeError):
        return
    if SUSPECT.search(source) is None:
        return
    for number, line in enumerate(source.splitlines(), 1):
        if line.lstrip().startswith("#") and line.strip("#\"'; \t") == DIRECTIVE:
            yield Problem(
                f"{file}:{number}", f'a comment does nothing; write the string "{DIRECTIVE}" as the docstring'
            )
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        body: Any = getattr(node, "body", None)
        if isinstance(body, list):
            yield from _stray_in(node, cast("list[Any]", body), file)


def _stray_in(parent: ast.AST, body: list[Any], file: str) -> Iterator[Problem]:
    """Strings among the statements of one block that say the directive and are not its docstring."""
    has_docstring = isinstance(parent, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    for index, statement in enumerate(body):
        if not isinstance(statement, ast.Expr):
            continue
        value = statement.value
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and has_directive(value.value):
            if index > 0 or not has_docstring:
                yield Problem(
                    f"{file}:{statement.lineno}",
                    f'"{DIRECTIVE}" stands too late to be a docstring: make it the first statement, above all imports',
                )
        elif isinstance(value, ast.JoinedStr) and len(value.values) == 1:
            part = value.values[0]
            if isinstance(part, ast.Constant) and has_directive(str(part.value)):
                yield Problem(
                    f"{file}:{statement.lineno}", f'an f-string is no docstring; write "{DIRECTIVE}" without f'
                )
