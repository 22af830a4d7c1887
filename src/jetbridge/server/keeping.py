"""Keeping pages: a visit in, the answer with a page that is kept out, or None where it is to be rendered for them.

`kept` is what is kept and how it is filled; this renders it, and says who may have it.
"""

import logging
from collections.abc import Callable
from secrets import token_urlsafe
from typing import Any, Final

from msgspec import Struct, field
from starlette.types import ASGIApp

from jetbridge.actions.invoke import unwrapped
from jetbridge.actions.registry import STATES
from jetbridge.actions.sealing import SealError
from jetbridge.cache.cache import Cache, Wanted
from jetbridge.cache.entries import Made
from jetbridge.cache.keys import digest_of
from jetbridge.cache.tags import route_tags
from jetbridge.context import enter
from jetbridge.errors import ControlFlow
from jetbridge.render.flight import print_flight
from jetbridge.server.document import encoded
from jetbridge.server.kept import KeptPage, PageCache, PersonalError, Recorded, cut, encode_kept, headers_of, read_kept
from jetbridge.server.pages import Page
from jetbridge.server.policy import require
from jetbridge.server.respond import Answer, flight, html
from jetbridge.server.shell import DirectResponse
from jetbridge.server.showing import Showing
from jetbridge.server.visit import Visit
from jetbridge.wire.protocol import COOKIE_FLASH, HEADER_TOKEN

__all__ = ["Keeping"]

_log: Final = logging.getLogger("jetbridge.cache")


class Keeping(Struct, frozen=True):
    """The pages of an app that are declared with `cache=`; `build` tells this build of the app from others."""

    showing: Showing
    cache: Cache
    build: Callable[[], str]
    _personal: set[Callable[..., Any]] = field(default_factory=set[Callable[..., Any]])  # pages that no other may get

    async def show(self, visit: Visit) -> ASGIApp | None:
        """The answer with the page at the visit's path, if it is kept; never in development, where it changes."""
        if self.showing.shell.workshop is not None:
            return None
        try:
            return await self._find(visit)
        except (Exception, ControlFlow, BaseExceptionGroup) as error:
            return await self.showing.instead(visit, unwrapped(error))

    async def _find(self, visit: Visit) -> Answer | None:
        """The answer with a page that is kept; None where there is none, or none for this visitor."""
        found = self.showing.pages.match(visit.path)
        if found is None or found[0].cache is None or visit.cookie(COOKIE_FLASH) is not None:
            return None
        page, how = found[0], found[0].cache
        await require(page.policy or self.showing.pages.allow, visit.context)
        if page.function in self._personal:
            return None
        wanted = Wanted(
            self._key(visit, page, how),
            (*route_tags(visit.path, page.template), *how.tag_texts),
            how.ttl_seconds,
            how.stale_seconds,
            lambda: self._make(visit, how),
            read_kept,
        )
        try:
            kept: KeptPage = (await self.cache.fetch(wanted, self.cache.awaiting)).value
            return self._fill(visit, kept, how)
        except SealError:  # a secret is gone
            return None
        except PersonalError as error:
            if page.function not in self._personal:  # several may have asked at once
                self._personal.add(page.function)
                _log.warning(
                    "%s is declared with cache= and asks for %s, so it is rendered for each visitor. What it depends "
                    "on may be said by a function of the request: PageCache(…, by=…)",
                    page.template,
                    error.what,
                )
            return None

    def _key(self, visit: Visit, page: Page, how: PageCache) -> str:
        with enter(visit.context):
            by = "" if how.by is None else how.by(visit.context.request)
        parts = (self.build(), visit.address, self.showing.shell.languages.of(visit.context), by)
        return f"page:{digest_of(page.template, parts)}"

    async def _make(self, visit: Visit, how: PageCache) -> Made:
        """Render the page for nobody. Raises PersonalError where it asked who it is for."""
        own = Visit(visit.scope, visit.receive, visit.context.app)
        references = Recorded(self.showing.shell.references, public=how.public)
        try:
            rendered = await self.showing.render(own, (), references=references)
            made = None if rendered is None else await self.showing.shell.as_document(own, rendered)
        except DirectResponse:
            raise PersonalError("a response of its own") from None
        finally:
            asked = own.context.personal
        if rendered is None or made is None or (asked is not None and how.by is None):
            raise PersonalError(asked or "nothing")
        rows, needs_token = print_flight(rendered.as_payload()), rendered.is_live
        kept = cut(made.document, rows, references.sealed, made.nonce, needs_token=needs_token, moment=rendered.time)
        # States are of one visitor's submits, and whoever has one is not given what is kept.
        return Made(encode_kept(kept), frozenset(tag for tag in own.context.depends if not tag.startswith(STATES)))

    def _fill(self, visit: Visit, kept: KeptPage, how: PageCache) -> Answer:
        """What is kept, with what is the visitor's; or the word that they have it already (RFC 9110 section 13.1.2)."""
        has_own = not how.public and (kept.needs_token or bool(kept.sealed))
        tag = f'W/"{kept.etag}-{"f" if visit.wants_flight else "h"}"'
        headers = headers_of(
            how, kept.made, None if has_own else tag, by_language=self.showing.shell.languages.is_asked
        )
        known = visit.headers.get("if-none-match", "")
        if not has_own and (tag[2:] in known or known.strip() == "*"):
            return Answer(304, b"", headers)
        token = self.showing.visitors.token(visit) if has_own else ""
        values = kept.values(
            self.showing.shell.references, self.showing.visitors.known(visit) if kept.sealed else "", token
        )
        if visit.wants_flight:
            answer = flight(kept.as_rows(values))
        else:
            # One key for all who get a public page would make their submits one.
            new_key = (lambda: "") if how.public else (lambda: token_urlsafe(16))
            answer = html(encoded(kept.as_html(values, new_key)), csp=kept.policy(values))
        answer.headers = [*(one for one in answer.headers if one[0] not in ("cache-control", "vary")), *headers]
        if token and visit.wants_flight:
            answer.headers.append((HEADER_TOKEN, token))
        return answer if how.public else self.showing.finish(visit, answer)
