"""A page of documentation in, its code blocks and the files that they make out.

A block whose first line is a comment with a file name, `# app.py` or `// Likes.tsx`, begins that file; one without
continues the file before it. A block in an HTML comment, `<!-- python … -->`, is run and not shown. Blocks stand at the
line they have in the page, so that a traceback points at it.
"""

import re
import textwrap
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md")), *sorted(ROOT.glob("examples/*/README.md"))]
BLOCK = re.compile(r"^( *)(?:```|<!-- )(\w*)\n(.*?)^ *(?:```|-->)$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"(?:#|//) ([\w/.]+\.(?:py|tsx?))$")
TYPESCRIPT = ("ts", "tsx")


class Block(NamedTuple):
    """What stands between two fences, and the line at which it begins."""

    language: str
    code: str
    line: int


def blocks_of(page: Path) -> list[Block]:
    """The blocks of a page, in their order, also those that are not shown."""
    text = page.read_text("utf-8")
    return [
        Block(found[2], textwrap.dedent(found[3]), text.count("\n", 0, found.start(3)))
        for found in BLOCK.finditer(text)
    ]


def files_of(page: Path, languages: tuple[str, ...] = ("python",)) -> dict[str, str]:
    """The files of a page in these languages, by name, in the order in which they first appear."""
    files: dict[str, list[str]] = {}
    name = f"{page.stem}.py"
    for block in blocks_of(page):
        if block.language in languages:
            code = block.code.splitlines()
            named = NAME.match(code[0])
            name = named[1] if named else name
            lines = files.setdefault(name, [])
            lines += [""] * (block.line - len(lines)) + code
    return {name: "\n".join(lines) + "\n" for name, lines in files.items()}


def write_files(page: Path, directory: Path, languages: tuple[str, ...] = ("python",)) -> None:
    """The same into a directory."""
    for name, text in files_of(page, languages).items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def settings_of(page: Path) -> str:
    """What a page says belongs into pyproject.toml."""
    return "\n".join(block.code for block in blocks_of(page) if block.language == "toml")


def pages_with(*languages: str) -> list[Path]:
    """The pages that have a block in one of these languages."""
    return [page for page in PAGES if any(block.language in languages for block in blocks_of(page))]


def title_of(page: Path) -> str:
    """How a test calls a page."""
    return page.relative_to(ROOT).with_suffix("").as_posix()


RUNNING = [page for page in pages_with("python") if page.is_relative_to(DOCS)]
# Those with a conftest.py need pytest's fixtures and a process of their own.
PROJECTS = [page for page in RUNNING if any(name.endswith("conftest.py") for name in files_of(page))]
