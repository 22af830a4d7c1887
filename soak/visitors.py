"""Visitors: pages opened through nginx and submitted, each submit counted by what came of it.

A visitor who meets a broken connection sends the same form again, with the key in it, as our client does and as a
person with Back does. Who is given the page anew, filled, submits once more.
"""

import asyncio
import itertools
import time
from collections import Counter
from dataclasses import dataclass, field

import httpx

from jetbridge.testing import Client, Form, Page
from soak.app import app

TRIES = 20
numbers = itertools.count(1)


@dataclass
class Tally:
    """What has come of submits: `texts` are those that were answered as done."""

    counts: Counter[str] = field(default_factory=Counter)
    texts: list[str] = field(default_factory=list)
    uncertain: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)


class Visitor:
    """Somebody with a browser without JavaScript, who comes by way of nginx at `origin`."""

    def __init__(self, origin: str, tally: Tally) -> None:
        self.client = Client(app, origin)
        self.client.http = httpx.AsyncClient(base_url=origin, follow_redirects=True, timeout=60)
        self.tally = tally
        self.page: Page | None = None

    async def open(self) -> None:
        """Open the page, however often that takes."""
        while self.page is None:
            try:
                page = await self.client.open("/")
                self.page = page if page.status == 200 else None
            except httpx.HTTPError:
                pass
            if self.page is None:
                self.tally.counts["pages tried again"] += 1
                await asyncio.sleep(0.05)

    async def submit(self) -> None:
        """Submit the form of the page that is open, to its end; the page that answers is open then."""
        await self.open()
        assert self.page is not None
        text = f"row {next(numbers)}"
        began = time.monotonic()
        form = self.page.form()
        for _ in range(TRIES):
            page = await self._send(form, text)
            if page is None:
                self.tally.counts["sent again"] += 1
                await asyncio.sleep(0.05)
            elif page.status == 200 and text in page.text:
                self.tally.texts.append(text)
                self.page = page
                break
            elif "not certain" in page.text or "interrupted" in page.text:
                self.tally.uncertain.append(text)
                self.page = None
                break
            elif page.status in (403, 409) and self._form_of(page) is not None:
                self.tally.counts[f"page renewed ({page.status})"] += 1
                form = self._form_of(page) or form
            else:
                self.tally.odd.append(f"{page.status}: {page.text[:200]}")
                self.page = None
                break
        else:
            self.tally.odd.append(f"{text}: given up after {TRIES} tries")
            self.page = None
        self.tally.seconds.append(time.monotonic() - began)

    async def _send(self, form: Form, text: str) -> Page | None:
        try:
            page = await form.submit({"text": text})
        except httpx.HTTPError:
            return None
        return None if page.status in (502, 503, 504) else page

    def _form_of(self, page: Page) -> Form | None:
        try:
            return page.form()
        except LookupError:
            return None

    async def close(self) -> None:
        self.client.close()
        await self.client.http.aclose()
