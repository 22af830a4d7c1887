"""A page of documentation in, the Python files that its code blocks make out.

A block whose first line is a comment with a file name, `# app.py`, begins that file; one without continues the file
before it. A block in an HTML comment, `<!-- python … -->`, is run and not shown. Blocks stand at the line they have in
the page, so that a traceback points at it.
"""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^(?:```|<!-- )python\n(.*?)^(?:```|-->)$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"# ([\w/]+\.py)$")


def files_of(page: Path) -> dict[str, str]:
    """The files of a page, by name, in the order in which they first appear."""
    text = page.read_text("utf-8")
    files: dict[str, list[str]] = {}
    name = f"{page.stem}.py"
    for block in BLOCK.finditer(text):
        code = block[1].splitlines()
        named = NAME.match(code[0])
        name = named[1] if named else name
        lines = files.setdefault(name, [])
        starts_at = text.count("\n", 0, block.start(1))
        lines += [""] * (starts_at - len(lines)) + code
    return {name: "\n".join(lines) + "\n" for name, lines in files.items()}


def settings_of(page: Path) -> str:
    """What a page says belongs into pyproject.toml."""
    return "\n".join(re.findall(r"^```toml\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL))


RUNNING = sorted(page for page in DOCS.rglob("*.md") if "\n```python\n" in page.read_text("utf-8"))
# Those with a conftest.py need pytest's fixtures and a process of their own.
PROJECTS = [page for page in RUNNING if any(name.endswith("conftest.py") for name in files_of(page))]
