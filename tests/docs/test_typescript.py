"""TypeScript in the documentation is checked by tsc, against the npm package and the page's own Python actions."""

import json
import shutil
import subprocess
import sys

import pytest

from tests.docs.pages import DOCS, ROOT, TYPESCRIPT, files_of, pages_with, title_of, write_files

APPS = {"guide/actions.md": "searching:app", "guide/react.md": "backend.main:app", "howto/optimistic.md": "app:app"}
MODULES = ROOT / "examples/node_modules"


@pytest.fixture
def project(request, tmp_path):
    """A page's files in a directory where npm's packages are found, with the declarations of its actions."""
    page = request.param
    if not (MODULES / "typescript").is_dir():
        pytest.fail("the examples' packages are missing: `make test` installs them")
    write_files(page, tmp_path, ("python", *TYPESCRIPT))
    (tmp_path / "node_modules").symlink_to(MODULES)
    shutil.copy(ROOT / "examples/fastapi-react/tsconfig.json", tmp_path / "example.json")
    files = sorted(files_of(page, TYPESCRIPT))
    (tmp_path / "tsconfig.json").write_text(json.dumps({"extends": "./example.json", "files": files, "include": []}))
    run([sys.executable, "-m", "jetbridge", "types", APPS[page.relative_to(DOCS).as_posix()]], tmp_path)
    return tmp_path


def run(command, cwd):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=100)
    assert 0 == done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("project", pages_with(*TYPESCRIPT), ids=title_of, indirect=True)
def test_typescript_is_right(project):
    """Each block compiles, and fits the functions that it calls."""
    run([MODULES / ".bin/tsc", "--noEmit"], project)


@pytest.mark.parametrize("project", [DOCS / "guide/react.md"], indirect=True, ids=["react"])
def test_a_wrong_call_is_found(project):
    """The check above reads the declarations: a field that the action does not take is an error."""
    path = project / "src/add.ts"
    path.write_text(path.read_text().replace('text: "Milk"', "text: 3"))
    with pytest.raises(AssertionError, match="number"):
        run([MODULES / ".bin/tsc", "--noEmit"], project)
