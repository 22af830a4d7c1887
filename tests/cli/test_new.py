"""`jetbridge new`: what it says of names and places, and that the project it makes works where only a wheel is."""

import os
import subprocess
import sys
import sysconfig
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ROOT, free_port

from jetbridge.cli.main import main

PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]


@pytest.fixture
def new(tmp_path, monkeypatch):
    """Runs `jetbridge new …` in an empty directory."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, ["new", *arguments], prog_name="jetbridge")


def written(directory):
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("2notes", "such as notes"),
        ("my notes", "such as my-notes"),
        ("notes-", "such as notes"),
        ("_notes", "such as notes"),
        ("../notes", "such as notes"),
        ("there/my-notes/", "such as my-notes"),
        (".", "such as my-notes"),
        ("", "such as my-notes"),
        ("größe", "begin with a letter"),
        ("class", "such as my-class"),
        ("json", "such as my-json"),
        ("jetbridge", "such as my-jetbridge"),
    ],
)
def test_refuses_a_name(new, tmp_path, name, told):
    """What cannot be a package is refused with a name that can, and nothing is written."""
    done = new(name)

    assert (1, []) == (done.exit_code, written(tmp_path))
    assert told in done.stderr


def test_no_name(new):
    """Without a name it says what is missing, and how it is called."""
    done = new()

    assert 2 == done.exit_code
    assert "jetbridge new [OPTIONS] NAME" in done.stderr
    assert "Missing argument 'NAME'" in done.stderr


def test_an_empty_directory_is_filled(new, tmp_path):
    """A directory that somebody has made already will do, and one with something in it will not."""
    (tmp_path / "notes").mkdir()
    first = new("notes")
    before = written(tmp_path)
    second = new("notes")

    assert (0, True) == (first.exit_code, "notes/notes/app.py" in before)
    assert (1, before) == (second.exit_code, written(tmp_path))
    assert "is not empty; choose another name" in second.stderr


def test_a_file_in_the_way(new, tmp_path):
    """A file of that name stays."""
    (tmp_path / "notes").write_text("mine")
    done = new("notes")

    assert (1, "mine") == (done.exit_code, (tmp_path / "notes").read_text())
    assert "is a file" in done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The programs of an environment with our wheel in it, what builds one and, from our own environment, all else."""
    directory = tmp_path_factory.mktemp("installed")
    run([sys.executable, "-m", "venv", "--without-pip", "environment"], directory)
    environment = directory / "environment"
    ours, theirs = (sysconfig.get_path("purelib", vars=at) for at in ({}, {"base": str(environment)}))
    # A .pth in a directory that a .pth names is not read, so the clone that ours has is not there.
    Path(theirs, "needed.pth").write_text(ours)
    pip = [*PIP, "--python", environment / "bin/python"]
    run([*pip, "install", "--constraint", ROOT / "constraints.txt", "hatchling", "editables"], directory)
    run([*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", directory, ROOT], directory)
    run([*pip, "install", "--no-deps", "--no-index", *directory.glob("*.whl")], directory)
    return environment / "bin"


def run(command, cwd):
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("JETBRIDGE", "PYTHON", "PYTEST"))
    }
    done = subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.timeout(300)  # pip fetches what builds a wheel
def test_a_new_project_from_a_wheel(installed, tmp_path):
    """The commands that `new` prints work where Jetbridge is only installed: install, serve; and its tests pass."""
    told = run([installed / "jetbridge", "new", "my-notes"], tmp_path)
    project = tmp_path / "my-notes"
    pip = [*PIP, "--python", installed / "python"]
    run([*pip, "install", "--no-build-isolation", "--no-deps", "-e", ".[dev]"], project)
    where = run([installed / "python", "-c", "import jetbridge; print(jetbridge.__file__)"], project)
    tested = run([installed / "python", "-m", "pytest", "-q", "-W", "error"], project)

    assert ['pip install -e ".[dev]"', "jetbridge dev my_notes.app:app"] == [
        line.strip() for line in told.splitlines() if "pip" in line or "dev my" in line
    ]
    assert str(installed.parent) in where
    assert "2 passed" in tested
    port = free_port()
    process = subprocess.Popen(
        [installed / "jetbridge", "dev", "my_notes.app:app", "--port", str(port)],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = process.stdout.readline()
        shown = urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60).read().decode()
    finally:
        process.terminate()
        process.communicate(timeout=30)

    assert f"Jetbridge (development) at http://127.0.0.1:{port}" in said
    assert "<h1>Notes</h1>" in shown
