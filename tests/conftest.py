"""Fixtures shared by all tests: a served example, a browser that fails the test on any console noise."""

import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.differential.cases import SEED

ROOT = Path(__file__).parent.parent
SECRET = "only for tests: nobody has guessed it"
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # One process for all pages, which lives as long as the blank page of `contexts`: to start one takes as much of the
    # machine as to load and hydrate a page.
    "--disable-site-isolation-trials",
    "--renderer-process-limit=1",
]


def pytest_addoption(parser):
    parser.addoption(
        "--pictures", default="var/pictures", help="Where tests/browser/test_pictures.py saves its pictures."
    )


def pytest_collection_modifyitems(items):
    """Browser tests come last: Playwright's event loop stays open in this thread, and asyncio wants one of its own."""
    items.sort(key=lambda item: "browser" in item.path.parts)


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"differential tests began with JETBRIDGE_SEED={SEED}")


@pytest.fixture(autouse=True)
def unchanged_settings():
    """A test leaves the settings in the environment as they were, for the next one's application reads them."""
    before = _settings()
    yield
    assert before == _settings()


@pytest.fixture(autouse=True)
def usual_process():
    """A test begins with loggers and recursion as they came, whatever a program that one before it ran made of them."""
    sys.setrecursionlimit(_LEVELS)
    logging.getLogger().setLevel(logging.WARNING)
    for logger, (level, handlers, propagates) in _USUAL.items():
        logger.setLevel(level)
        logger.handlers[:] = handlers
        logger.propagate = propagates


_LEVELS = sys.getrecursionlimit()
_USUAL = {
    logger: (logger.level, [*logger.handlers], logger.propagate)
    for logger in map(logging.getLogger, ("jetbridge", "jetbridge.visits", "jetbridge.actions", "uvicorn"))
}


def _settings():
    return {name: value for name, value in os.environ.items() if name.startswith("JETBRIDGE")}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(*command, env=None, ready="/", cwd=ROOT, port=None):
    """Run `jetbridge <command>` at `port` or a free one; its address and process. Stopped by SIGTERM at the end."""
    port = port or free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "jetbridge", *command, "--port", str(port)],
        cwd=cwd,
        env={**os.environ, "JETBRIDGE_SECRET": SECRET, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for_answer(url + ready, process)
        yield url, process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        process.stdout.close()


def wait_for_answer(url, process):
    """Until there is one at `url`, be it an error, from what `process` serves."""
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"the server stopped: {process.stdout.read()}")
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not answer within 30 s")


@pytest.fixture(scope="session")
def redis_url():
    """The address of a Redis for the session; keys of one test stay away from another's by their prefix."""
    from redis_server import RedisServer

    server = RedisServer()
    server.start()
    yield server.url
    server.stop()


def become_live(page):
    """Turn to a form of a page that has loaded, as a person does, until React has it; others stay as they are."""
    if page.locator("script[type=module]").count() == 0:
        return
    page.evaluate(
        "document.querySelector('#jetbridge form')?.dispatchEvent(new FocusEvent('focusin', {bubbles: true}))"
    )
    page.wait_for_selector("#jetbridge[data-live]", state="attached")


@pytest.fixture(scope="session")
def chromium():
    """One Chromium for the session, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    # The same engine without a window, toolbar and tabs, which take as much of the machine as the page.
    executable = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if executable is None:
        pytest.fail("Chromium is missing: `make test` installs Debian's package `chromium-headless-shell`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def contexts(chromium):
    """One context of the browser with JavaScript and one without: a second one would load and compile it all again."""
    made = {javascript: chromium.new_context(java_script_enabled=javascript) for javascript in (True, False)}
    made[True].new_page()
    return made


@pytest.fixture
def open_page(contexts):
    """`open_page(url, javascript=True)` gives a page without cookies; the test fails on console errors or warnings.
    Without a URL the page is blank yet.

    `expected` holds substrings of messages that a test provokes on purpose, such as the browser's own line on a 500.
    """
    pages = []
    noise = []
    expected = []

    def open_(url, *, javascript=True):
        context = contexts[javascript]
        context.set_default_timeout(30_000)
        page = context.new_page()
        pages.append(page)
        page.on("console", lambda message: noise.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: noise.append(str(error)))
        if url is not None:
            page.goto(url)
        return page

    open_.expected = expected
    yield open_
    for page in pages:
        page.close()
    for context in contexts.values():
        context.clear_cookies()
        context.set_offline(False)

    assert [] == [text for text in noise if not any(part in text for part in expected)]
