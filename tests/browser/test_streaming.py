"""Streams in a browser: React's own client reads them, and whoever leaves ends them."""

import json
import time
import urllib.request
from functools import partial

import pytest
from conftest import ROOT, become_live, serving
from playwright.sync_api import expect

MODULES = {
    "react": "react/cjs/react.{build}.js",
    "react-dom": "react-dom/cjs/react-dom.{build}.js",
    "client": "react-server-dom-webpack/cjs/react-server-dom-webpack-client.browser.{build}.js",
}
# React's packages are CommonJS; this is as much of it as they need.
LOAD = """sources => {
    globalThis.__webpack_require__ = Object.assign(() => ({}), { u: chunk => chunk });
    globalThis.__webpack_chunk_load__ = async () => {};
    const loaded = {};
    const require = name => {
        if (!(name in loaded)) {
            const module = { exports: (loaded[name] = {}) };
            new Function("require", "module", "exports", sources[name])(require, module, module.exports);
            loaded[name] = module.exports;
        }
        return loaded[name];
    };
    globalThis.Flight = require("client");
    globalThis.items = [];
    globalThis.ended = null;
}"""
CALL = """async address => {
    globalThis.leaving = new AbortController();
    const root = await Flight.createFromFetch(fetch(address, {
        method: "POST",
        body: await Flight.encodeReply([]),
        headers: { accept: "text/x-component" },
        signal: leaving.signal,
    }));
    (async () => {
        for await (const item of root.value) {
            const letters = [];
            if (item.letters) for await (const letter of item.letters) letters.push(letter);
            items.push([item.number, await item.later, letters]);
        }
    })().catch(error => { globalThis.ended = error.name });
}"""


@pytest.fixture(scope="module")
def url():
    """In development, where React says what it does not like."""
    with serving("dev", "tests.browser.streaming:app", "--no-reload") as (address, _):
        yield address


def tell(url, order="look"):
    """What the application has seen happen."""
    asked = urllib.request.Request(f"{url}/control/{order}", method="POST")
    with urllib.request.urlopen(asked, timeout=10) as answer:
        return json.load(answer)


@pytest.fixture
def told(url):
    tell(url, "reset")
    yield partial(tell, url)
    tell(url, "open")


@pytest.fixture
def reader(open_page, url, told):
    """A page in which React's client reads what `count` streams."""
    page = open_page(url)
    page.evaluate(
        LOAD,
        {
            name: (ROOT / "js/node_modules" / path.format(build="production")).read_text("utf-8")
            for name, path in MODULES.items()
        },
    )
    page.evaluate(CALL, told()["address"])
    return page


def has_ended(told):
    """Whether the generator's `finally` runs within a second."""
    until = time.monotonic() + 1
    while "ended" not in told()["happened"]:
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def test_items_arrive_as_they_are_made(reader, told):
    """The first is in the page while the server waits to make the second; promises and streams within come, too."""
    reader.wait_for_function("items.length === 1")
    before = reader.evaluate("items")
    told("open")
    reader.wait_for_function("items.length === 2")

    assert [[1, "kept", []]] == before
    assert [[1, "kept", []], [2, None, ["a", "b"]]] == reader.evaluate("items")
    assert ["begun"] == told()["happened"]


def test_an_aborted_fetch_ends_the_generator(reader, told):
    """Its `finally` runs within a second, and the page's reader gets the abort."""
    reader.wait_for_function("items.length === 1")
    reader.evaluate("leaving.abort()")
    reader.wait_for_function("ended")

    assert has_ended(told)
    assert "AbortError" == reader.evaluate("ended")


@pytest.mark.parametrize("leave", [lambda page: page.close(), lambda page: page.goto("about:blank")])
def test_who_leaves_the_page_ends_the_generator(reader, told, leave):
    """A closed tab and another page need no abort of ours."""
    reader.wait_for_function("items.length === 1")
    leave(reader)

    assert has_ended(told)


@pytest.mark.parametrize("javascript", [True, False], ids=["with-js", "without-js"])
def test_a_double_click_on_a_form_whose_action_streams(open_page, url, told, javascript):
    """It runs once, both clicks succeed, and nobody sees an error."""
    page = open_page(url, javascript=javascript)
    if javascript:
        become_live(page)
    page.fill("input[name=name]", "Ada")
    page.locator("button").dblclick(no_wait_after=True)
    while not told()["happened"]:
        page.wait_for_timeout(10)
    page.wait_for_timeout(100)
    told("open")
    expect(page.locator("[role=status]")).to_have_text("Thank you")
    expect(page.locator("form")).not_to_have_attribute("aria-busy", "true")

    assert ["submitted Ada"] == told()["happened"]
    assert 0 == page.locator("[role=alert]").count()
