"""Pages, rendered: a page's function and its request in, a finished tree and what it depends on out.

Then, for whoever asks: `as_document` prints it as HTML with its rows, `as_payload` is what the client calls a page.
"""

import inspect
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from jetbridge.actions.forms import References, Referring
from jetbridge.actions.posted import form_state
from jetbridge.actions.state import Submitted
from jetbridge.cache.tags import path_tag, route_tags, short_of
from jetbridge.context import enter
from jetbridge.elements.component import Component
from jetbridge.render.flight import print_block
from jetbridge.render.html import PrintedHtml, print_html
from jetbridge.render.resolve import Failure, Instead, resolve
from jetbridge.render.suspended import Suspensions
from jetbridge.render.text import escape
from jetbridge.server.assets import client_script, reveal_script
from jetbridge.server.bundle import Bundle
from jetbridge.server.document import Document, Pieces, Scripts, contained, document, policy, rows_of
from jetbridge.server.languages import Languages
from jetbridge.server.readers import address_of_whole
from jetbridge.server.ssr.renderer import Printed, Renderer
from jetbridge.server.visit import Visit
from jetbridge.server.visitors import Visitors
from jetbridge.wire.model import FRAGMENT, Element
from jetbridge.wire.protocol import ASSETS

if TYPE_CHECKING:
    from jetbridge.server.development.workshop import Workshop

__all__ = ["DirectResponse", "Page", "Rendered", "Shell"]

Layout = Callable[..., Any]


class Rendered(Struct, frozen=True):
    """A finished page. `tags` are what it depends on, `time` when it began to read, in seconds since 1970.

    `submits`, `forms`, `loads`, `shows_failure`, `late`, `refills` and `runs_components` are as `Resolved` has them.
    `tags_now` gives the tags with those that late contents have added. `shown` is what it shows of submits, sealed.
    """

    tree: Any
    submits: bool
    loads: bool
    shows_failure: bool
    url: str
    tags: tuple[str, ...]
    time: float
    late: Suspensions | None
    tags_now: Callable[[], list[str]]
    refills: bool = False
    runs_components: bool = False
    forms: int = 0
    shown: str = ""
    client: str | None = None  # the build that its components are from
    form: Mapping[str, Any] | None = None  # what came of the submit that it is printed after, for `useActionState`

    @property
    def is_live(self) -> bool:
        """Whether React has anything to do with it; another page loads no scripts and calls nothing."""
        return self.submits or self.runs_components or self.late is not None

    def as_payload(self) -> dict[str, Any]:
        """The page as our client takes it."""
        payload: dict[str, Any] = {"tree": self.tree, "url": self.url, "tags": list(self.tags), "time": self.time}
        if self.late is not None:
            payload["rest"] = self.late.finally_(self.tags_now)
        if self.shown:
            payload["shown"] = self.shown
        if self.client is not None:
            payload["client"] = self.client
        if self.form is not None:
            payload["form"] = self.form
        return {**payload, "loads": True} if self.loads else payload


class Page(Struct, frozen=True):
    """A page as a document, and what goes on printing it where React does, with the nonce of its scripts."""

    document: Document
    react: Printed | None
    nonce: str


class Shell(Struct, frozen=True):
    """What all pages of an app share."""

    references: References
    visitors: Visitors
    languages: Languages
    lang: str | None
    head: Callable[[], Any] | None
    layout: Layout | None
    csp: Mapping[str, str] | None
    workshop: "Workshop | None"  # in development
    bundle: Bundle | None = None  # where pages have components of their own
    renderer: Renderer | None = None  # of those

    async def render(
        self,
        visit: Visit,
        content: Callable[[], Any],
        *,
        title: str | None,
        layout: Layout | bool | None,
        states: Sequence[Submitted],
        failure: Failure | None = None,
        instead: Instead | None = None,
        template: str | None = None,
        references: Referring | None = None,
        tags: Iterable[str] = (),
    ) -> Rendered:
        """Call `content` (sync or async) for the page's own node, lay it out and resolve it.

        Raises whatever the page or a component raises, control flow included, and DirectResponse where the page gave
        a response of its own. With `instead` its late contents may come after it; see `resolve`.
        `template` is the path that the page was declared with; `references` are in place of the visitor's own; it
        depends on `tags` whatever it reads.
        """
        context = visit.context
        context.phase = "page"
        context.depends = {path_tag(visit.path), *tags}
        context.route = route_tags(visit.path, template)
        context.states = list(states)
        references = references or self.references.to(lambda: self.visitors.known(visit))
        began = time.time()  # before anything is read: newest page wins by this
        with enter(context):
            node = content()
            if inspect.isawaitable(node):
                node = await node
            if callable(node) and hasattr(node, "background"):  # a starlette Response
                raise DirectResponse(node)
            if isinstance(node, BaseException):
                raise node
            laid_out = _lay_out(node, self.layout if layout is None or layout is True else layout)
            children = [laid_out] if title is None else [Element("title", {"children": title}, "title"), laid_out]
            resolved = await resolve(
                Element(FRAGMENT, {"children": children}),
                references,
                query=visit.query,
                states=states,
                failure=failure,
                instead=instead,
                locate=None if self.bundle is None else cache(self.bundle.reference),  # which looks at the disk
            )
        context.complain()
        visit.late = resolved.late

        def tags_now() -> list[str]:
            return short_of(context.depends | resolved.tags)

        return Rendered(
            resolved.tree,
            resolved.submits,
            resolved.loads,
            resolved.shows_failure,
            visit.address,
            tuple(tags_now()),
            began,
            resolved.late,
            tags_now,
            resolved.refills,
            resolved.runs_components,
            resolved.forms,
            client=None if self.bundle is None else self.bundle.name(),
            form=form_state(states) if resolved.runs_components else None,
        )

    def _scripts(self, root: str, rendered: Rendered) -> Scripts | None:
        """None for a page that React has nothing to do with: it loads nothing."""
        if not rendered.is_live:
            return None
        if self.bundle is not None:
            client = root + self.bundle.client()
            return Scripts(client, client)
        starter, client = (client_script(name, development=self.workshop is not None) for name in ("starter", "client"))
        return Scripts(root + ASSETS + starter, root + ASSETS + client)

    def styles(self, root: str) -> str:
        """The style sheets that components import: of all, since a link may lead softly to a page with others."""
        styles = [] if self.bundle is None else self.bundle.styles()
        return "".join([f'<link rel="stylesheet" href="{escape(root + path)}"/>' for path in styles])

    async def print_head(self, visit: Visit) -> PrintedHtml:
        """What stands in the head of every document."""
        with enter(visit.context):
            head = await resolve(self.head() if self.head is not None else None, self.references)
        return print_html(head.tree)

    async def as_document(self, visit: Visit, rendered: Rendered) -> Page:
        """The page as an HTML document with its rows, to be filled. React prints it where it has client components."""
        root = visit.root
        printed_head = await self.print_head(visit)
        printed = print_html(rendered.tree)
        words = self.languages.words(visit.context) if rendered.submits else None
        payload = rendered.as_payload() | ({"words": words} if words else {})
        rows = print_block(payload)  # right after the HTML, so that both leave the same places
        react, nonce = None, token_urlsafe(16)
        if rendered.runs_components and self.renderer is not None:
            query = f"?{visit.query}&" if visit.query else "?"
            sent = rows_of(rows.first)
            react = await self.renderer.render(sent, query=query, nonce=nonce, whole=not rows.waiting)
        reveal = reveal_script() if rows.waiting and react is None else None
        pieces = Pieces(reveal, address_of_whole(visit)) if rows.waiting else None
        csp = None
        if self.csp is not None:
            own = None if react is None else nonce
            csp = policy((printed, printed_head), self.csp, reveal=reveal, nonce=own)
        scripts = self._scripts(root, rendered)
        made = document(
            contained(printed.parts) if react is None else react.body,
            rows,
            placed=printed.placed if react is None else (),
            lang=self.lang or self.languages.of(visit.context),
            scripts=scripts,
            head=(
                *(printed.head if react is None else react.head),
                "" if self.workshop is None else self.workshop.head(root, scripts and scripts.client),
                "" if scripts is None else self.styles(root),
                *printed_head.head,
                *printed_head.parts,
            ),
            csp=csp,
            pieces=pieces,
        )
        return Page(made, react, nonce)


class DirectResponse(Exception):  # noqa: N818  # control flow
    """A page gave a Starlette response of its own."""

    def __init__(self, response: Any) -> None:
        super().__init__()
        self.response = response


def _lay_out(node: Any, layout: Layout | bool | None) -> Any:
    if layout is None or isinstance(layout, bool):
        return node
    return layout()[node] if isinstance(layout, Component) else layout(node)
