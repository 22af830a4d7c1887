"""The application `behaviour` served in development and in production, and pages of it with JavaScript and without."""

import json
import urllib.request
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from conftest import become_live, serving
from playwright.sync_api import expect

TARGET = "tests.browser.behaviour.app:app"

expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def development():
    with serving("dev", TARGET, "--no-reload") as (url, _):
        yield url


@pytest.fixture(scope="session")
def production():
    with serving("run", TARGET) as (url, _):
        yield url


@dataclass
class Site:
    """One way to visit the application: which server, and whether the browser runs scripts."""

    server: str
    url: str
    javascript: bool
    opener: object
    posts: list = field(default_factory=list)
    """What the pages opened have posted, as (resource type, address)."""

    def open(self, path="/"):
        """A page in a browser of its own, live where there is JavaScript."""
        page = self.blank()
        self.go(page, path)
        return page

    def load(self, path):
        """A page in a browser of its own that may be none of the application's, and stay as it was printed."""
        page = self.blank()
        page.goto(self.url + path)
        return page

    def close_overlay(self, page):
        """Close what development shows over the page; the text of it."""
        if self.server == "production" or not self.javascript:
            return ""
        body = page.frame_locator("jetbridge-overlay iframe").locator("body")
        expect(body).to_contain_text("Digest")
        text = body.text_content()
        page.click("jetbridge-overlay button")
        return text

    def open_early(self, path):
        """A page whose scripts have not arrived yet, and what lets them."""
        page = self.blank()
        held = []
        page.route("**/_jetbridge/*.js", lambda route: held.append(route) if holding else route.continue_())
        holding = True

        def release():
            nonlocal holding
            while not held:  # waiting runs the handlers
                page.wait_for_timeout(10)
            holding = False
            held.pop().continue_()

        page.goto(self.url + path, wait_until="commit")
        page.wait_for_selector("footer")
        return page, release

    def blank(self):
        """A page in a browser of its own, that has gone nowhere yet."""
        page = self.opener(None, javascript=self.javascript)
        page.on(
            "request",
            lambda asked: self.posts.append((asked.resource_type, asked.url)) if asked.method == "POST" else None,
        )
        return page

    def go(self, page, path):
        page.goto(self.url + path)
        self.wait(page)

    def wait(self, page):
        """Until a page that has just loaded is live."""
        if self.javascript:
            become_live(page)

    def tell(self, order="look"):
        """Reset, mend, or open a gate; what the application remembers then."""
        asked = urllib.request.Request(f"{self.url}/control/{order}", method="POST")
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return json.load(answer)

    @property
    def entries(self):
        return self.tell()["entries"]

    @property
    def calls(self):
        return self.tell()["calls"]

    def expect(self, *texts):
        """The browser's console may say these; nothing else."""
        self.opener.expected.extend(texts)

    def at(self, page):
        """Path, query and fragment that the URL bar shows."""
        parts = urlsplit(page.url)
        return (
            parts.path + (f"?{parts.query}" if parts.query else "") + (f"#{parts.fragment}" if parts.fragment else "")
        )


@pytest.fixture
def visit(request, open_page):
    """A `Site`, reset: parametrized indirectly by its server and whether there is JavaScript."""
    server, javascript = getattr(request, "param", ("development", True))
    site = Site(server, request.getfixturevalue(server), javascript, open_page)
    site.tell("reset")
    yield site
    site.tell("reset")
