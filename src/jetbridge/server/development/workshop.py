"""The workshop: what development adds to an app. An error in, all about it out; and news of changes to open pages.

`/_jetbridge/dev/actions` shows the last actions. `/_jetbridge/dev/open` opens a place in the editor, for pages of this
machine only. `/_jetbridge/dev/events` tells open pages which run of the server they talk to, so that they notice the
next one, and how many actions there have been; `jetbridge dev` turns it on.
"""

import asyncio
import base64
import hashlib
import ipaddress
from collections.abc import AsyncGenerator, Iterable
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, parse_qsl, urlencode

from starlette.types import ASGIApp

from jetbridge.elements.h import h
from jetbridge.errors import WireError
from jetbridge.render.flight import print_flight
from jetbridge.render.html import print_html
from jetbridge.server.assets import client_script
from jetbridge.server.body import read_body
from jetbridge.server.development.editor import EditorError, is_openable, open_editor
from jetbridge.server.development.explain import Explained, Place, explain
from jetbridge.server.development.mask import HIDDEN, Mask, is_secret
from jetbridge.server.development.page import STYLE, failure_tree
from jetbridge.server.development.panel import PANEL_STYLE, Panel
from jetbridge.server.guard import Allowed, check_origin
from jetbridge.server.respond import Answer, Streamed, empty, flight, html, plain
from jetbridge.server.visit import Visit
from jetbridge.wire.flight import ErrorDetail
from jetbridge.wire.limits import Limits
from jetbridge.wire.model import Element
from jetbridge.wire.protocol import (
    ASSETS,
    ATTRIBUTE_ENTRY,
    DEVELOPMENT_ACTED,
    DEVELOPMENT_ACTIONS,
    DEVELOPMENT_EVENTS,
    DEVELOPMENT_FAILED,
    DEVELOPMENT_FAILURE,
    DEVELOPMENT_OPEN,
    META_RUN,
)

__all__ = ["Workshop"]

_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_HERE: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_NOT_HERE = "Files are opened from pages on this machine only, at http://localhost or http://127.0.0.1."
_KEPT: Final = 20  # errors that can be asked for by their digest
_PLACE_LIMITS = Limits(body_bytes=10_000)


class Workshop:
    """`secrets` are the app's own. `run` names this run of the server once `open` has been called."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = tuple(secrets)
        self._failures: dict[str, str] = {}  # as HTML, by digest
        self._panel = Panel()
        self._listening: set[asyncio.Queue[str | None]] = set()  # of what is written to each
        self._changes = 0
        self._is_closed = False
        self.run: str | None = None

    # -- errors -------------------------------------------------------------------------------------------------------

    def describe(self, error: BaseException, digest: str, visit: Visit) -> dict[str, str]:
        """What the client is told of an error, in the protocol's words. All about it can be had by its digest."""
        about = self._keep(error, digest, visit)
        return {"digest": digest, "message": about.title, "traceback": about.traceback}

    def detail(self, error: BaseException, digest: str, visit: Visit) -> ErrorDetail:
        """The same for an error that happens while an answer is sent, as its row has it. The page is shown over it."""
        about = self._keep(error, digest, visit)
        stack = tuple((frame.function, frame.place.file, frame.place.line, 1) for frame in about.frames)
        return ErrorDetail(about.kind, about.message, stack)

    def page(self, error: BaseException, digest: str, visit: Visit) -> Answer:
        """The answer with all about an error: a document of its own, whatever layout and head would do."""
        if visit.wants_flight:
            told = {"failure": self.describe(error, digest, visit), "url": visit.address}
            return flight(print_flight(told), status=500)
        self._keep(error, digest, visit)
        return _document(self._failures[digest], self.head(visit.root), status=500)

    def part(self, error: BaseException, digest: str, visit: Visit) -> Element:
        """What stands in the place of a late part that failed. With JavaScript the page about it is shown over it."""
        about = self._keep(error, digest, visit)
        more = visit.root + ASSETS + DEVELOPMENT_FAILURE + digest
        return h.div({DEVELOPMENT_FAILED: digest}, role="alert", className="jetbridge-alert")[
            h.p[about.title],
            h.p["Digest: ", h.code[digest], ". ", h.a(href=more, target="_blank")["Source, locals and request"]],
            h.pre[about.traceback],
        ]

    def _keep(self, error: BaseException, digest: str, visit: Visit) -> Explained:
        mask = self._mask(visit)
        about = explain(error, mask)
        tree = failure_tree(about, digest, _request(visit, mask), visit.root + ASSETS + DEVELOPMENT_OPEN)
        self._failures[digest] = print_html(tree).text()
        if len(self._failures) > _KEPT:
            del self._failures[next(iter(self._failures))]
        return about

    def _mask(self, visit: Visit) -> Mask:
        mask = Mask(self._secrets)
        mask.learn("headers", visit.headers)
        mask.learn("cookies", list(visit.context.request.cookies.values()) if visit.context.request else [])
        mask.learn("query", dict(parse_qsl(visit.query)))
        return mask

    # -- what pages ask -----------------------------------------------------------------------------------------------

    def open(self, run: str) -> None:
        """Tell open pages from now on that this is the run `run`."""
        self.run = run

    def announce(self) -> None:
        """Tell open pages that a file they show has changed."""
        self._changes += 1
        for queue in self._listening:
            queue.put_nowait(f"data: {self._state()}\n\n")

    def watch(self, visit: Visit, answer: ASGIApp, began: float) -> None:
        """Keep what an action came to, and tell open pages that there is one more."""
        if visit.action is None or visit.method != "POST":
            return
        self._panel.record(visit, answer, began, self._mask(visit))
        for queue in self._listening:
            queue.put_nowait(self._acted())

    def _acted(self) -> str:
        return f"event: {DEVELOPMENT_ACTED}\ndata: {self._panel.count}\n\n"

    def close(self) -> None:
        """End what pages listen to, and let them listen to the next server, so that this one can end."""
        self._is_closed = True
        for queue in self._listening:
            queue.put_nowait(None)

    def head(self, root: str, client: str | None = None) -> str:
        """What stands in the head of each document: which run of the server printed it, and what waits for the next;
        and where the `client` of the page is, if it has one.
        """
        if self.run is None:
            return ""
        script = escape(root + ASSETS + client_script("follower", development=True))
        entry = "" if client is None else f' {ATTRIBUTE_ENTRY}="{escape(client)}"'
        return (
            f'<meta name="{META_RUN}" content="{self._state()}"{entry}/><script type="module" src="{script}"></script>'
        )

    def _state(self) -> str:
        return f"{self.run}.{self._changes}"

    async def answer(self, visit: Visit) -> Answer | Streamed | None:
        """The answer at a path of the workshop's; None for all others."""
        name = visit.path.removeprefix(ASSETS)
        if name.startswith(DEVELOPMENT_FAILURE):
            kept = self._failures.get(name.removeprefix(DEVELOPMENT_FAILURE))
            return plain("This error is forgotten.", status=404) if kept is None else _document(kept)
        if name == DEVELOPMENT_OPEN:
            return await self._open(visit)
        if name == DEVELOPMENT_EVENTS and self.run is not None:
            kind = [("content-type", "text/event-stream"), ("cache-control", "no-store"), ("x-accel-buffering", "no")]
            if self._is_closed:
                kind.append(("connection", "close"))
            first = f"retry: 100\ndata: {self._state()}\n\n{self._acted()}"
            return Streamed(200, first.encode(), self._events(), kind)
        if name == DEVELOPMENT_ACTIONS:
            return _document(print_html(self._panel.tree()).text(), title="Actions", style=PANEL_STYLE)
        return None

    async def _events(self) -> AsyncGenerator[bytes]:
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        if self._is_closed:
            return
        self._listening.add(queue)
        try:
            while (told := await queue.get()) is not None:
                yield told.encode()
        finally:
            self._listening.discard(queue)

    async def _open(self, visit: Visit) -> Answer:
        if visit.method != "POST":
            return plain("This takes POST.", status=405)
        if not _is_from_here(visit):
            return plain(_NOT_HERE, status=403)
        try:
            body = await read_body(visit.receive, visit.headers, 10_000, _PLACE_LIMITS)
        except WireError as error:
            return plain(str(error), status=error.status)
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else ""
        file, _, number = parse_qs(text).get("place", [""])[0].rpartition(":")
        if not (number.isascii() and number.isdigit() and len(number) < 10 and is_openable(file)):
            return plain("There is no such place in the application.", status=404)
        try:
            open_editor(Place(file, int(number)))
        except (EditorError, OSError, ValueError) as error:
            return plain(f"The editor cannot be opened: {error}", status=409)
        return empty(204)  # the browser stays where it is (RFC 9110 section 15.3.5)


def _is_from_here(visit: Visit) -> bool:
    """Whether a page of ours in a browser on this machine asks: not another site, nor by way of a proxy or DNS."""
    try:
        loopback = ipaddress.ip_address((visit.scope.get("client") or ("",))[0]).is_loopback
    except ValueError:
        return False
    host = visit.headers.get("host", "")
    name = host[: host.rfind("]") + 1] if host.startswith("[") else host.partition(":")[0]
    verdict = check_origin(visit.headers.raw, scheme=visit.scope["scheme"])
    return (
        loopback
        and name in _HERE
        and not any(header in visit.headers for header in _FORWARDED)
        and isinstance(verdict, Allowed)
        and verdict.vouched
    )


def _document(
    shown: str, head: str = "", *, title: str = "Something went wrong", style: str = STYLE, status: int = 200
) -> Answer:
    """Elements in a document that runs nothing but what is ours."""
    text = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"/>'
        f"<title>{title}</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
        f"<style>{style}</style>{head}</head><body>{shown}</body></html>"
    )
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    csp = f"default-src 'self'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'self'; object-src 'none'"
    return html(text.encode("utf-8", "replace"), status=status, csp=csp)


def _request(visit: Visit, mask: Mask) -> dict[str, str]:
    """What is shown of the request."""
    query = [(name, HIDDEN if is_secret(name) else value) for name, value in parse_qsl(visit.query)]
    path = mask.text(visit.address.partition("?")[0])
    address = f"{path}?{mask.text(urlencode(query, safe=HIDDEN))}" if query else path
    shown = {"method": visit.method, "address": address}
    if visit.action is not None:
        shown["action"] = visit.action.partition("-")[0]
    for name, value in visit.headers.items():
        shown[name] = HIDDEN if is_secret(name) else mask.text(value)
    shown["working directory"] = str(Path.cwd())
    return shown
