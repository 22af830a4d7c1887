"""The document around a page: printed HTML and its Flight rows in, bytes and their Content-Security-Policy out.

Decided with the shell (docs/decisions/001): React hydrates one container in the body, so the document itself is ours
and never re-rendered; what a page hoists (title, meta, style sheets) is React's own from then on.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from jetbridge.render.flight import PageRows
from jetbridge.render.html import Placed, PrintedHtml
from jetbridge.render.nodes import Slot
from jetbridge.render.text import escape
from jetbridge.wire.flight import FlightBlock
from jetbridge.wire.protocol import (
    ATTRIBUTE_CLIENT,
    ATTRIBUTE_ENCODING,
    ATTRIBUTE_MORE,
    ATTRIBUTE_TOKEN,
    CLIENT_VERSION,
    CONTAINER,
    CONTENT_TYPE,
    ROWS,
)

__all__ = [
    "Document",
    "Fill",
    "Pieces",
    "Scripts",
    "contained",
    "data_block",
    "document",
    "encoded",
    "filling",
    "policy",
    "rows_of",
]

Fill = Callable[[Sequence[str | Slot]], str]

_POLICY: dict[str, str] = {
    "default-src": "'self'",
    "base-uri": "'none'",
    # Chromium applies form-action to redirects after a submit too, and a checkout often goes elsewhere
    "form-action": "'self' https:",
    "frame-ancestors": "'self'",
    "img-src": "'self' data: blob:",
    "object-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
}

_SURROGATE = re.compile("[\ud800-\udfff]")
_INLINE = "'unsafe-inline'"
_MOST_HASHES = 20  # of style attributes; a page with more has computed styles, and a header of hashes would not end


class Document(Struct, frozen=True):
    """A printed page with its holes: `parts` hold text and `Slot`s, which a `Fill` gives values.

    Without an end where something is still to come: `placed` are the places for it, `rows` know what they wait for.
    """

    parts: tuple[str | Slot, ...]
    csp: str | None
    rows: PageRows
    placed: Sequence[Placed] = ()

    @property
    def is_open(self) -> bool:
        """Whether it is to be continued."""
        return bool(self.rows.waiting)


def filling(*, token: str, new_key: Callable[[], str], shown: str = "") -> Fill:
    """What gives parts their text: the visitor's token and what is `shown` in each of their places, another submit key
    for each form.
    """
    same = {Slot.TOKEN: escape(token), Slot.SHOWN: escape(shown)}

    def fill(parts: Sequence[str | Slot]) -> str:
        return "".join([part if isinstance(part, str) else same[part] if part in same else new_key() for part in parts])

    return fill


class Scripts(Struct, frozen=True):
    """Where the browser finds the starter, and the client that it loads when one is needed."""

    starter: str
    client: str


class Pieces(Struct, frozen=True):
    """What a document needs whose end comes later: where it is whole, and the script that puts pieces in their place,
    where React's own do not."""

    reveal: str | None
    whole: str


def contained(parts: Iterable[str | Slot]) -> list[str | Slot]:
    """The container with what Python printed."""
    return [f'<div id="{CONTAINER}">', *parts, "</div>"]


def document(
    body: Iterable[str | Slot],
    rows: PageRows,
    *,
    placed: Sequence[Placed],
    lang: str,
    scripts: Scripts | None,
    head: Iterable[str | Slot],
    csp: str | None,
    pieces: Pieces | None = None,
) -> Document:
    """The whole document, or with `pieces` the beginning of one."""
    parts: list[str | Slot] = [
        f'<!DOCTYPE html><html lang="{escape(lang)}"><head><meta charSet="utf-8"/>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
    ]
    if pieces is not None:  # a browser without scripts would show the fallbacks for ever
        parts.append(f'<noscript><meta http-equiv="refresh" content="0;url={escape(pieces.whole)}"/></noscript>')
    parts.extend(head)
    if scripts is not None and pieces is None:
        parts.append(f'<script type="module" src="{escape(scripts.starter)}"></script>')
    elif scripts is not None:  # the starter, further down, loads it at once
        parts.append(f'<link rel="modulepreload" href="{escape(scripts.client)}"/>')
    parts.append("</head><body>")
    parts.extend(body)
    more = f" {ATTRIBUTE_MORE}" if pieces is not None else ""
    parts += _first_block(rows.first, more)
    if pieces is None:
        parts.append("</body></html>")
    elif pieces.reveal is not None:
        parts.append(f"<script>{pieces.reveal}</script>")
    if scripts is not None and pieces is not None:  # `async`, or it would wait for the end of the document
        parts.append(f'<script type="module" async src="{escape(scripts.starter)}"></script>')
    return Document(tuple(parts), csp, rows, placed)


def _first_block(rows: FlightBlock, more: str) -> list[str | Slot]:
    attributes = f' id="{ROWS}" {ATTRIBUTE_CLIENT}="{CLIENT_VERSION}"{_encoding(rows)}{more}'
    return [f'<script type="{CONTENT_TYPE}"{attributes} {ATTRIBUTE_TOKEN}="', Slot.TOKEN, f'">{rows.text}</script>']


def data_block(rows: FlightBlock) -> str:
    """Further rows, as a `<script>` that no browser runs."""
    return f'<script type="{CONTENT_TYPE}"{_encoding(rows)}>{rows.text}</script>'


def _encoding(rows: FlightBlock) -> str:
    return f' {ATTRIBUTE_ENCODING}="{rows.encoding}"' if rows.encoding else ""


def rows_of(block: FlightBlock) -> bytes:
    """The rows of a block as the wire has them."""
    return base64.b64decode(block.text) if block.encoding else encoded(block.text)


def policy(
    printed: Iterable[PrintedHtml],
    overrides: Mapping[str, str],
    *,
    reveal: str | None = None,
    nonce: str | None = None,
) -> str:
    """A Content-Security-Policy: ours, the application's directives over it, and a hash for each inline piece.

    Only the text of `script` and `style` elements and of `style` attributes that an author wrote is allowed so (CSP3
    section 2.3.1); raw HTML is not. `reveal` is our own script in a document that comes in pieces, whose late `style`
    attributes cannot be known yet: all are allowed there. `nonce` is that of React's scripts in a page that it prints,
    whose `style` attributes nobody knows either.
    """
    directives = {**_POLICY, **overrides}
    if nonce is not None:
        directives.setdefault("style-src-attr", _INLINE)
        if _INLINE not in directives["script-src"]:
            directives["script-src"] += f" 'nonce-{nonce}'"
    if reveal is not None:
        directives.setdefault("style-src-attr", _INLINE)
        if _INLINE not in directives["script-src"]:
            directives["script-src"] += f" {_source(reveal)}"
    attributes: set[str] = set()
    for one in printed:
        attributes.update(one.style_attributes)
        for directive, texts in (("script-src", one.inline_scripts), ("style-src", one.inline_styles)):
            if _INLINE not in directives[directive]:  # a hash beside it would take it back (CSP3 section 6.7.3.2)
                directives[directive] = " ".join([directives[directive], *map(_source, dict.fromkeys(texts))])
    if attributes and (len(attributes) > _MOST_HASHES or _INLINE in directives["style-src"]):
        directives.setdefault("style-src-attr", _INLINE)
    elif attributes:
        directives.setdefault("style-src-attr", " ".join(["'unsafe-hashes'", *sorted(map(_source, attributes))]))
    return "; ".join(f"{name} {value}" for name, value in directives.items() if value)


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(encoded(text)).digest()).decode()}'"


def encoded(text: str) -> bytes:
    """UTF-8; half a surrogate pair, from a database say, becomes what React's TextEncoder makes of it."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text).encode()
