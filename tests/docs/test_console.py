"""What the documentation has people type is typed: the commands of each page run, and print what the page shows.

A page's console blocks are one bash session in a directory with the page's files, in which names of programs are
functions: `jetbridge` is ours, and a server is asked for its first page and stopped; what would install is only checked
for being there. Shown output is the beginning of the real one, line by line; `…` stands for any text, and for any lines
where it is one itself.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT, blocks_of, files_of, pages_with, title_of, write_files

REACT = DOCS / "guide/react.md"
TUTORIAL = DOCS / "tutorial.md"
PAGES = [page for page in pages_with("console") if page.is_relative_to(DOCS) or page == ROOT / "README.md"]
SESSION = r"""
shopt -s expand_aliases
jetbridge() { "$PYTHON" -m tests.docs.typed jetbridge "$@"; }
uvicorn() { "$PYTHON" -m tests.docs.typed uvicorn "$@"; }
pip() { "$PYTHON" -m tests.docs.typed pip "$@"; }
mkdir() { command mkdir -p "$@"; }
python3() { [ "$*" = "-m venv .venv" ] && "$PYTHON" -m venv --without-pip .venv; }
pytest() { "$PYTHON" -m pytest -q -p no:cacheprovider -W error >pytest.log || { cat pytest.log; return 1; }; }
make() { grep -q "^$1:" "$ROOT/Makefile"; }
npm() { [ "$1 $2" != "install path/to/jetbridge/js" ] || [ -e "$ROOT/js/package.json" ]; }
npx() { :; }
"""


def typed_and_shown(page):
    """The lines that a page has people type, each with the lines that it shows below."""
    commands = []
    for block in blocks_of(page):
        for line in block.code.splitlines() if block.language == "console" else ():
            if line.startswith("$ "):
                commands.append((line[2:], []))
            elif line.strip():
                commands[-1][1].append(line)
    return commands


@pytest.fixture
def place(request, tmp_path):
    """A page, and a directory with its files; for the page on React the example that it describes."""
    page = request.param
    if page == REACT:
        shutil.copytree(ROOT / "examples/fastapi-react", tmp_path, dirs_exist_ok=True)
        (tmp_path / "node_modules").symlink_to(ROOT / "examples/node_modules")
    elif page == ROOT / "README.md":
        (tmp_path / "app.py").write_text(files_of(page)["README.py"])
    else:
        write_files(page, tmp_path / ("recipes" if page == TUTORIAL else ""))
    toml = "\n".join(block.code for block in blocks_of(page) if block.language == "toml")
    (tmp_path / ("recipes" if page == TUTORIAL else "") / "pyproject.toml").write_text(toml)
    return page, tmp_path


@pytest.mark.parametrize("place", PAGES, ids=title_of, indirect=True)
def test_commands_do_what_the_page_shows(place):
    """Each command ends well, but for a check that finds something, and prints what stands below it."""
    page, directory = place
    commands = typed_and_shown(page)
    script = SESSION + "\n".join(
        f"{{ {command}\n}} >{directory}/said-{number} 2>&1; echo {number} $? >>{directory}/codes"
        for number, (command, _) in enumerate(commands)
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith(("JETBRIDGE", "PYTEST"))}
    env |= {"PYTHON": sys.executable, "ROOT": str(ROOT), "PYTHONPATH": f"{ROOT}:."}
    subprocess.run(["bash", "-c", script], cwd=directory, env=env, timeout=110, check=False)
    codes = dict(line.split() for line in (directory / "codes").read_text().splitlines())
    failed = [
        (command, said_of(directory, number))
        for number, (command, _) in enumerate(commands)
        if codes.get(str(number)) not in (("0", "1") if "jetbridge check" in command else ("0",))
    ]
    differs = [
        (command, shown, said_of(directory, number))
        for number, (command, shown) in enumerate(commands)
        if not re.match(pattern_of(shown), said_of(directory, number))
    ]

    assert [] == failed
    assert [] == differs


def said_of(directory, number):
    return Path(directory, f"said-{number}").read_text()


def pattern_of(shown):
    """A regular expression for output that begins with these lines, in which `…` is any text, or any lines."""
    return "".join(r"(?:.*\n)*?" if line == "…" else re.escape(line).replace("…", ".*") + "\n" for line in shown)
