"""Languages: a request in, the language and the sentences in which its visitor is told what is wrong out."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from msgspec import Struct, field

from jetbridge.context import Context
from jetbridge.errors import DefinitionError
from jetbridge.schema.catalogs import CATALOGS
from jetbridge.schema.sentences import ENGLISH, HERE

__all__ = ["Languages", "Locale", "accept_language"]

Locale = str | Callable[[Any], str]
_CODES: Final = {sentence: code for code, sentence in ENGLISH.items()}


class Languages(Struct, frozen=True):
    """The languages of an app: `locale` is one or asked of each request, `messages` are sentences of its own."""

    locale: Locale = "en"
    messages: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    _merged: dict[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])

    def __post_init__(self) -> None:
        if isinstance(self.locale, str) and self._catalogs(self.locale) == []:
            known = ", ".join(sorted({*CATALOGS, *self.messages}))
            raise DefinitionError(
                f"App(locale={self.locale!r}): there are messages in {known}; add yours with "
                f"App(messages={{{self.locale!r}: {{…}}}})"
            )

    @property
    def is_asked(self) -> bool:
        """Whether each request is asked for its language."""
        return not isinstance(self.locale, str)

    def of(self, context: Context) -> str:
        """The language of the running request, such as `de` or `de-AT`."""
        if context.language is None:
            if isinstance(self.locale, str):
                context.language = self.locale
            else:
                context.language = "en" if context.request is None else self.locale(context.request) or "en"
        return context.language

    def catalog(self, context: Context) -> Mapping[str, str]:
        """The sentences of that language by their codes, the app's own first; English for a language nobody knows."""
        tag = self.of(context)
        known = self._merged.get(tag)
        if known is not None:
            return known
        merged: dict[str, str] = {}
        for catalog in reversed(self._catalogs(tag)):
            merged |= catalog
        if tag in CATALOGS or tag in self.messages:  # never many, whatever a request may ask for
            self._merged[tag] = merged
        return merged or CATALOGS["en"]

    def said(self, context: Context, text: str, values: Mapping[str, Any] | None = None) -> str:
        """One of our own English sentences in the language of the request; any other text as it is."""
        code = _CODES.get(text)
        if code is None:
            return text
        try:
            return self.catalog(context).get(code, text).format_map(values or {})
        except (LookupError, ValueError, AttributeError):  # a catalog of the app's with a name that the code has not
            return text.format_map(values or {})

    def titled(self, context: Context, status: int) -> str:
        """What a status is called."""
        own = self.catalog(context).get(f"status_{status}") or ENGLISH.get(f"status_{status}")
        if own is not None:
            return own
        try:
            return HTTPStatus(status).phrase
        except ValueError:
            return f"Error {status}"

    def words(self, context: Context) -> Mapping[str, str]:
        """What our client says in that language, by code; nothing where that is what it says by itself."""
        catalog = self.catalog(context)
        return {code: catalog[code] for code in HERE if catalog.get(code, ENGLISH[code]) != ENGLISH[code]}

    def _catalogs(self, tag: str) -> list[Mapping[str, str]]:
        """Those for a tag, the most exact first: `de-AT` before `de`, the app's before ours."""
        base = tag.partition("-")[0]
        tags = (tag,) if tag == base else (tag, base)
        return [found[one] for one in tags for found in (self.messages, CATALOGS) if one in found]


def accept_language(*offered: str) -> Callable[[Any], str]:
    """A `locale` for the App: of the languages `offered` the one that the visitor's browser likes best, else the first.

    Reads Accept-Language (RFC 9110 section 12.5.4); `de` is also right for who asks for `de-AT`.
    """
    if not offered:
        raise DefinitionError('accept_language() takes the languages of the app: accept_language("en", "de")')

    def locale(request: Any) -> str:
        wanted = _wanted(request.headers.get("accept-language", ""))
        best = max(offered, key=lambda one: max((q for tag, q in wanted if _fits(one, tag)), default=0.0))
        return best if any(_fits(best, tag) and q > 0 for tag, q in wanted) else offered[0]

    return locale


def _wanted(header: str) -> list[tuple[str, float]]:
    """Language ranges with their weights; what cannot be read counts as not wanted."""
    wanted: list[tuple[str, float]] = []
    for part in header.split(",")[:20]:
        tag, _, weight = part.partition(";")
        number = weight.strip().removeprefix("q=")
        try:
            wanted.append((tag.strip().lower(), float(number) if number else 1.0))
        except ValueError:
            continue
    return wanted


def _fits(offered: str, tag: str) -> bool:
    one = offered.lower()
    return tag == "*" or tag == one or tag.startswith(f"{one}-") or one.startswith(f"{tag}-")
