"""The document around a page: printed HTML and its Flight rows in, bytes and their Content-Security-Policy out.

Decided with the shell (docs/decisions/001): React hydrates one container in the body, so the document itself is ours
and never re-rendered; what a page hoists (title, meta, style sheets) is React's own from then on.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape

from jetbridge.render.html import PrintedHtml
from jetbridge.render.nodes import Slot
from jetbridge.wire.flight import FlightBlock
from jetbridge.wire.protocol import (
    ATTRIBUTE_CLIENT,
    ATTRIBUTE_ENCODING,
    ATTRIBUTE_TOKEN,
    CLIENT_VERSION,
    CONTAINER,
    CONTENT_TYPE,
    ROWS,
)

__all__ = ["Document", "document", "policy"]

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


@dataclass(frozen=True, slots=True)
class Document:
    """A printed page with its holes: `parts` hold text and `Slot`s, which `fill` gives values."""

    parts: tuple[str | Slot, ...]
    csp: str | None

    def fill(self, *, token: str, new_key: Callable[[], str]) -> bytes:
        """The document as UTF-8: the visitor's token in each of its places, and another submit key for each form."""
        token = escape(token)
        text = "".join(
            [part if isinstance(part, str) else token if part is Slot.TOKEN else new_key() for part in self.parts]
        )
        return _encoded(text)


def document(
    printed: PrintedHtml, rows: FlightBlock, *, lang: str, script: str, head: Iterable[str | Slot], csp: str | None
) -> Document:
    """The whole document."""
    parts: list[str | Slot] = [
        f'<!DOCTYPE html><html lang="{escape(lang)}"><head><meta charSet="utf-8"/>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
    ]
    parts.extend(printed.head)
    parts.extend(head)
    parts.append(f'<script type="module" src="{escape(script)}"></script>')
    parts.append(f'</head><body><div id="{CONTAINER}">')
    parts.extend(printed.parts)
    encoding = f' {ATTRIBUTE_ENCODING}="{rows.encoding}"' if rows.encoding else ""
    block = f'<script type="{CONTENT_TYPE}" id="{ROWS}" {ATTRIBUTE_CLIENT}="{CLIENT_VERSION}"{encoding}'
    parts += (f'</div>{block} {ATTRIBUTE_TOKEN}="', Slot.TOKEN, f'">{rows.text}</script></body></html>')
    return Document(tuple(parts), csp)


def policy(printed: Iterable[PrintedHtml], overrides: Mapping[str, str]) -> str:
    """A Content-Security-Policy: ours, the application's directives over it, and a hash for each inline piece.

    Only the text of `script` and `style` elements and of `style` attributes that an author wrote is allowed so (CSP3
    section 2.3.1); raw HTML is not.
    """
    directives = {**_POLICY, **overrides}
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
    return f"'sha256-{base64.b64encode(hashlib.sha256(_encoded(text)).digest()).decode()}'"


def _encoded(text: str) -> bytes:
    """UTF-8; half a surrogate pair, from a database say, becomes what React's TextEncoder makes of it."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text).encode()
