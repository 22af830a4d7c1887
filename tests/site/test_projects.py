"""Pages of the documentation that are projects of their own: the tutorial, and those on other frameworks."""

import subprocess
import sys

import pytest

from tests.docs.pages import DOCS, PROJECTS, settings_of, write_files

ELSEWHERE = [DOCS / "guide/sqlalchemy.md"]  # run on two databases by tests/integrations


@pytest.mark.parametrize("page", [page for page in PROJECTS if page not in ELSEWHERE], ids=lambda page: page.stem)
def test_project_runs(page, tmp_path):
    """A page that is a project of its own passes its tests, with the settings that it shows, as pytest runs them."""
    write_files(page, tmp_path)
    (tmp_path / "pyproject.toml").write_text(settings_of(page))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100)

    assert 0 == done.returncode, done.stdout
