"""Front ends that tests build: a copy that may be changed, the commands in it, and Vite beside Python."""

import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import ROOT, free_port, serving, wait_for_answer

EXAMPLES = ROOT / "examples"


@contextmanager
def copied(source):
    """A copy of the directory `source` among the examples, where npm's packages are found; gone at the end."""
    if not (EXAMPLES / "node_modules/vite").is_dir():
        pytest.fail("the examples' packages are missing: `make test` installs them")
    directory = Path(tempfile.mkdtemp(prefix=".copy-", dir=EXAMPLES))
    try:
        ignored = shutil.ignore_patterns("node_modules", "dist", "__pycache__")
        shutil.copytree(source, directory, dirs_exist_ok=True, ignore=ignored)
        yield directory
    finally:
        shutil.rmtree(directory)


def jetbridge(*arguments, cwd):
    """A command, run to its end."""
    command = [sys.executable, "-m", "jetbridge", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=110, check=False)


def build(*arguments, cwd):
    """`jetbridge build`, which has to succeed."""
    done = jetbridge("build", *arguments, cwd=cwd)
    assert 0 == done.returncode, done.stdout + done.stderr


@contextmanager
def developing(target, *, cwd, ready="/"):
    """The address of Vite, with Python beside it: one command."""
    port = free_port()
    with serving("dev", target, "--vite-port", str(port), ready=ready, cwd=cwd) as (_, process):
        url = f"http://localhost:{port}"
        wait_for_answer(url, process)
        yield url


@contextmanager
def begun(template):
    """What `jetbridge new notes` makes of a template, where npm's packages are found; gone at the end."""
    if not (EXAMPLES / "node_modules/vite").is_dir():
        pytest.fail("the examples' packages are missing: `make test` installs them")
    with tempfile.TemporaryDirectory(prefix=".new-", dir=EXAMPLES) as directory:
        done = jetbridge("new", "notes", "--template", template, cwd=directory)
        assert 0 == done.returncode, done.stdout + done.stderr
        yield Path(directory) / "notes"
