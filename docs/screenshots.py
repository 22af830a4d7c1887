"""The pictures in the docs: `python docs/screenshots.py` uses the users example in Chromium and saves them."""

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
PORT = 8765
PEOPLE = [("Ada Lovelace", "ada@example.com"), ("Grace Hopper", "grace@example.com")]


def main() -> None:
    """Save docs/images/users.png."""
    with tempfile.TemporaryDirectory() as directory:
        environment = {**os.environ, "USERS_DB": str(Path(directory) / "users.sqlite3"), "JETBRIDGE_SECRET": "s" * 40}
        command = [sys.executable, "-m", "jetbridge", "run", "examples.users.app:app", "--port", str(PORT)]
        server = subprocess.Popen(command, cwd=ROOT, env=environment)  # noqa: S603  # our own command line
        try:
            wait_for(f"http://127.0.0.1:{PORT}/")
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
                page = browser.new_page(viewport={"width": 720, "height": 560})
                page.goto(f"http://127.0.0.1:{PORT}/")
                page.wait_for_load_state()
                use(page)
                page.screenshot(path=ROOT / "docs/images/users.png")
                browser.close()
        finally:
            server.terminate()
            server.wait()


def wait_for(url: str) -> None:
    """Return once something answers at `url`."""
    for _ in range(100):
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310  # our own address
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"nothing answers at {url}")


def use(page: Page) -> None:
    """Two people who are added, and a third whose e-mail is taken."""
    for name, email in PEOPLE:
        fill(page, name, email)
        page.wait_for_selector(f"text={email}")
    fill(page, "Augusta King", "ada@example.com")
    page.wait_for_selector("[role=alert]")


def fill(page: Page, name: str, email: str) -> None:
    """Fill in the form and submit it."""
    page.fill("input[name=name]", name)
    page.fill("input[name=email]", email)
    page.click("button[type=submit]")


if __name__ == "__main__":
    main()
