"""`examples/starlette-react`: a front end of its own beside Starlette, with a session and counts that are streamed."""

import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import pytest
from conftest import ROOT, free_port, serving
from playwright.sync_api import expect

EXAMPLES = ROOT / "examples"
TARGET = "backend.main:app"


@pytest.fixture(scope="module")
def example():
    """A copy of the example, beside it, where npm's packages are found."""
    directory = Path(tempfile.mkdtemp(prefix=".copy-", dir=EXAMPLES))
    ignored = shutil.ignore_patterns("node_modules", "dist", "__pycache__")
    shutil.copytree(EXAMPLES / "starlette-react", directory, dirs_exist_ok=True, ignore=ignored)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
def built(example):
    """The address of what `jetbridge build` built, served by Starlette."""
    command = [sys.executable, "-m", "jetbridge", "build", TARGET, "--check"]
    done = subprocess.run(command, cwd=example, capture_output=True, text=True, timeout=110, check=False)
    assert 0 == done.returncode, done.stdout + done.stderr
    env = {"JETBRIDGE_SECRET": "s" * 40, "JETBRIDGE_ENV": "production"}
    with serving("run", TARGET, env=env, cwd=example) as (url, _):
        yield url


@pytest.fixture(scope="module")
def developed(example):
    """The address of Vite, with Python beside it."""
    port = free_port()
    with serving("dev", TARGET, "--vite-port", str(port), ready="/api/me", cwd=example) as (_, process):
        url = f"http://localhost:{port}"
        for _ in range(300):
            assert process.poll() is None
            try:
                urllib.request.urlopen(url, timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield url


@pytest.mark.parametrize("door", ["built", "developed"])
def test_votes_are_on_every_screen(door, request, open_page, chromium):
    """A vote counts here and there, once for each visitor, who may change their mind."""
    url = request.getfixturevalue(door)
    page = open_page(url)
    expect(page.get_by_role("button", name="Tea")).to_have_text("Tea 0")
    other = chromium.new_context()
    try:
        second = other.new_page()
        second.goto(url)
        page.get_by_role("button", name="Tea").click()
        expect(page.get_by_role("button", name="Tea")).to_have_text("Tea 1")
        expect(second.get_by_role("button", name="Tea")).to_have_text("Tea 1")
        second.get_by_role("button", name="Tea").click()
        expect(page.get_by_role("button", name="Tea")).to_have_text("Tea 2")
        page.get_by_role("button", name="Tea").click()
        expect(page.get_by_role("alert")).to_have_text("You have voted for Tea already")
        page.get_by_role("button", name="Water").click()
        expect(second.get_by_role("button", name="Water")).to_have_text("Water 1")
        expect(second.get_by_role("button", name="Tea")).to_have_text("Tea 1")
    finally:
        other.close()
