"""Browsers with JavaScript: pages in Chromium, opened through nginx and submitted, each counted as in `visitors`.

A person reads what the page says and goes on from there: after an error that asks for it they press the button again,
and where the page has gone they load it anew and look for what they wrote.
"""

import shutil
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import Error as PlaywrightError

from soak.visitors import TRIES, Tally, numbers

__all__ = ["Person", "chromium"]

PATIENCE = 20_000  # milliseconds
PAUSE = 500  # in which people look at what they have typed
SAID = """([text, before]) => {
  const said = document.body.innerText;
  if (said === before) return null;
  return said.includes(text) || /out of date|not certain|interrupted|reached|status 50|wrong/.test(said) ? said : null;
}"""


@asynccontextmanager
async def chromium() -> AsyncGenerator[Browser]:
    """One Chromium, Debian's."""
    async with async_playwright() as playwright:
        path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            await browser.close()


class Person:
    """Somebody with a page in Chromium, at `origin`."""

    def __init__(self, browser: Browser, origin: str, tally: Tally) -> None:
        self._browser, self._origin, self.tally = browser, origin, tally
        self.page: Page | None = None

    async def open(self, *, live: bool = True) -> None:
        """Open the page; `live` turns to its form, so that React has it."""
        context = await self._browser.new_context()
        self.page = await context.new_page()
        await self.page.goto(self._origin)
        if live:
            await self.page.focus("[name=text]")
            await self.page.wait_for_selector("#jetbridge[data-live]", state="attached")

    async def submit(self, form: str = "add", field: str = "text") -> None:
        """Write something and submit it until the page says that it is done, or that there is no such thing now."""
        if self.page is None:
            await self.open()
        page = self.page
        assert page is not None
        text = f"row {next(numbers)} of Chromium"
        await self._type(page, f"#{form} [name={field}]", text)
        began = time.monotonic()
        for _ in range(TRIES):
            said = await self._send(page, form, field, text)
            if form == "add" and text in said and "entered" not in said:
                self.tally.texts.append(text)
                break
            if "not certain" in said or "interrupted" in said:
                self.tally.uncertain.append(text)
                break
            if form != "add" and "out of date" in said and text in said:
                self.tally.counts["told that it is gone"] += 1
                break
            kept = await page.input_value(f"#{form} [name={field}]")
            if "out of date" in said and kept == text:
                self.tally.counts["page renewed"] += 1
                await self._type(page, f"#{form} [name={field}]", text)
            elif "reached" in said or "status 50" in said:
                self.tally.counts["sent again"] += 1
            else:
                self.tally.odd.append(f"Chromium, {form}, {text!r} became {kept!r}: {said!r}")
                break
        else:
            self.tally.odd.append(f"{text}: given up after {TRIES} tries")
        self.tally.seconds.append(time.monotonic() - began)

    async def _type(self, page: Page, selector: str, text: str) -> None:
        """Write into a field until it stands there, for a page that is loaded again meanwhile forgets it."""
        while await page.input_value(selector) != text:
            await page.fill(selector, text)
            self.tally.counts["typed"] += 1
            await page.wait_for_timeout(PAUSE)

    async def _send(self, page: Page, form: str, field: str, text: str) -> str:
        """Press Enter; what the page says then, as far as it has to do with that."""
        before = await page.inner_text("body")
        try:
            await page.press(f"#{form} [name={field}]", "Enter")
            said = await page.wait_for_function(SAID, arg=[text, before], timeout=PATIENCE)
            return str(await said.json_value())
        except PlaywrightError as problem:
            return f"{problem.message.splitlines()[0]} at {await page.inner_text('body')!r}"

    async def close(self) -> None:
        """Close the window."""
        if self.page is not None:
            await self.page.context.close()
