"""Pages as they are kept: a page that was rendered for nobody in, the same one filled for each visitor out.

What belongs to a visitor is cut out of a page before it is kept, and put in on the way out: token and submit keys are
slots, sealed values are sealed anew, and so is the nonce of React's scripts. A page that asks for the visitor while it
is rendered is nobody else's: it is not kept. docs/decisions/014 has the reasons.
"""

import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, Final

import msgspec

from jetbridge.actions.forms import References
from jetbridge.actions.registry import Registry
from jetbridge.cache.cached import seconds_of, texts_of
from jetbridge.cache.entries import ReadError
from jetbridge.errors import DefinitionError
from jetbridge.render.nodes import Slot
from jetbridge.render.text import escape
from jetbridge.server.document import Document, encoded
from jetbridge.version import __version__
from jetbridge.wire.model import ServerReference
from jetbridge.wire.protocol import CLIENT_VERSION

__all__ = [
    "KeptPage",
    "PageCache",
    "PersonalError",
    "Recorded",
    "build_of",
    "cut",
    "encode_kept",
    "headers_of",
    "read_kept",
]

_SLOTS: Final = (Slot.TOKEN, Slot.SUBMIT_KEY, Slot.SHOWN)
_NONCE: Final = len(_SLOTS)
_FIRST_SEALED: Final = _NONCE + 1


@dataclass(frozen=True)
class PageCache:
    """How long a page is kept, and for whom: `@app.page("/", cache=PageCache(60, stale=300))`.

    It is rendered anew when its path, one of `tags` or a tag of what it reads is revalidated, or after `ttl` seconds
    (or a timedelta); for `stale` more the old one is given while it is rendered. `by` is a function of the request: for
    each text that it gives there is a page of its own, which may then ask for the request, cookies and session.
    `public` pages hold nothing of a visitor, and a CDN may keep them too, where no revalidation reaches them.
    """

    ttl: float | timedelta
    stale: float | timedelta = 0
    tags: Iterable[str] = ()
    public: bool = False
    by: Callable[[Any], str] | None = None
    ttl_seconds: float = field(init=False, repr=False)
    stale_seconds: float = field(init=False, repr=False)
    tag_texts: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.public and self.by is not None:
            raise DefinitionError("PageCache(public=True, by=…): a public page is the same for everybody")
        if self.by is not None and not callable(self.by):
            raise DefinitionError(f"PageCache(by=…) takes a function of the request, not {self.by!r}")
        object.__setattr__(self, "ttl_seconds", seconds_of(self.ttl, "PageCache(ttl)"))
        object.__setattr__(self, "stale_seconds", seconds_of(self.stale, "PageCache(stale=…)") if self.stale else 0.0)
        object.__setattr__(self, "tag_texts", texts_of(self.tags, "PageCache(tags=…)"))


class PersonalError(Exception):
    """A page asked for what belongs to its visitor, `what`: it cannot be kept for others."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Recorded:
    """References for a page that is kept: what is bound is sealed for nobody, and noted, to be sealed for each visitor.

    In a `public` page it is sealed for everybody.
    """

    def __init__(self, references: References, *, public: bool) -> None:
        self._references = references
        self._public = public
        self.sealed: dict[str, str] = {}  # the action's id by sealed text

    @property
    def registry(self) -> Registry:
        return self._references.registry

    def reference(self, action: Any) -> ServerReference:
        """The finished reference of a function or partial."""
        if self._public:
            return self._references.reference(action)
        made = self._references.for_nobody(action)
        for text in made.bound or ():
            self.sealed[text] = made.id.rpartition(".")[0]
        return made


class KeptPage(msgspec.Struct):
    """A page as it is kept. `html` and `rows` are texts with numbers of slots between them.

    `sealed` are the texts that were sealed for nobody, and their actions; `made` is when, in seconds since 1970.
    """

    html: list[str | int]
    csp: list[str | int] | None
    rows: list[bytes | int]
    sealed: list[tuple[str, str]]
    needs_token: bool
    etag: str
    made: float

    def as_html(self, values: Mapping[int, str], keys: Callable[[], str]) -> str:
        """The document, with what belongs into its slots."""
        return _filled(self.html, values, keys)

    def as_rows(self, values: Mapping[int, str]) -> bytes:
        """The rows for our client."""
        return b"".join([part if isinstance(part, bytes) else values[part].encode() for part in self.rows])

    def policy(self, values: Mapping[int, str]) -> str | None:
        """The Content-Security-Policy."""
        return None if self.csp is None else _filled(self.csp, values, str)

    def values(self, references: References, visitor: str, token: str) -> dict[int, str]:
        """What belongs into the slots for one visitor. Raises SealError where a secret is gone."""
        values = {_SLOTS.index(Slot.TOKEN): escape(token), _SLOTS.index(Slot.SHOWN): "", _NONCE: token_urlsafe(16)}
        for index, (text, action) in enumerate(self.sealed):
            values[_FIRST_SEALED + index] = references.reseal(action, text, visitor)
        return values


def _filled(parts: Sequence[str | int], values: Mapping[int, str], keys: Callable[[], str]) -> str:
    key = _SLOTS.index(Slot.SUBMIT_KEY)
    return "".join([part if isinstance(part, str) else keys() if part == key else values[part] for part in parts])


def encode_kept(page: KeptPage) -> bytes:
    """A page for the store."""
    return msgspec.msgpack.encode(page)


def read_kept(data: bytes) -> KeptPage:
    """What `encode_kept` was given. Raises ReadError for what another version of us has kept."""
    try:
        return msgspec.msgpack.decode(data, type=KeptPage)
    except msgspec.DecodeError as error:
        raise ReadError(str(error)) from None


def cut(
    document: Document, rows: bytes, sealed: Mapping[str, str], nonce: str, *, needs_token: bool, moment: float
) -> KeptPage:
    """A page that was rendered for nobody at this `moment`, cut where something is another visitor's next time."""
    csp = document.csp
    numbers = {nonce: _NONCE, **{text: _FIRST_SEALED + index for index, text in enumerate(sealed)}}
    pattern = re.compile("(" + "|".join(map(re.escape, numbers)) + ")")  # texts that nobody can guess
    html: list[str | int] = []
    for part in document.parts:
        html.extend(_split(pattern, numbers, encoded(part).decode()) if isinstance(part, str) else [_SLOTS.index(part)])
    policy = None if csp is None else _split(pattern, numbers, csp)
    # A row may hold bytes that are no text, so each of them is one character here.
    told = _split(pattern, numbers, rows.decode("latin-1"))
    flight = [part if isinstance(part, int) else part.encode("latin-1") for part in told]
    made = KeptPage(html, policy, flight, list(sealed.items()), needs_token, "", moment)
    # When it was rendered is no part of what it shows.
    shown = "\0".join(map(str, (*html, *(policy or ())))).replace(repr(moment), "")
    made.etag = blake2b(shown.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
    return made


def _split(pattern: "re.Pattern[str]", numbers: Mapping[str, int], text: str) -> list[str | int]:
    return [numbers.get(part, part) for part in pattern.split(text) if part]


def headers_of(how: PageCache, made: float, etag: str | None, *, by_language: bool) -> list[tuple[str, str]]:
    """What caches are told of a page (RFC 9111, RFC 5861); without an `etag` it holds something of the visitor."""
    vary = ("vary", "accept, accept-language" if by_language else "accept")
    if etag is None:
        return [("cache-control", "private, no-store"), vary]
    if not how.public:  # a browser that may store it shows it on the way back, older than its visitor's own write
        return [("cache-control", "private, no-store"), vary, ("etag", etag)]
    control = f"public, max-age=0, s-maxage={how.ttl_seconds:.0f}"
    if how.stale_seconds:
        control += f", stale-while-revalidate={how.stale_seconds:.0f}"
    age = max(0, round(time.time() - made))
    return [("cache-control", control), vary, ("etag", etag), ("age", str(age))]


def build_of(package: str, registry: Registry, proof: str) -> str:
    """What tells this build of an application from others: pages that another one has kept are not its own.

    `proof` is of the newest secret, by which references are signed.
    """
    digest = blake2b(f"{__version__} {CLIENT_VERSION} {proof}".encode(), digest_size=8)
    for known in sorted(f"{action.id}.{action.fingerprint}" for action in registry):
        digest.update(known.encode())
    inside = package.rpartition(".")[0] or package
    for name, module in sorted(sys.modules.copy().items()):
        file = getattr(module, "__file__", None)
        if file is not None and (name == inside or name.startswith(f"{inside}.")) and file.endswith(".py"):
            digest.update(Path(file).read_bytes())
    return digest.hexdigest()
