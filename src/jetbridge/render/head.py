"""What leaves its place for the document's head, and in which order it stands there (wire-protocol D10).

Filled by the printer as it meets titles, metas, links, scripts and images; read once, at the end.
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct, field

from jetbridge.render.nodes import Slot
from jetbridge.render.text import escape

__all__ = ["Head", "Part", "Preload", "is_hoisted_link", "is_hoisted_script", "is_hoisted_style", "preload_of"]

Part = str | Slot

_MOST_HIGH_IMAGES: Final = 10  # React preloads this many images before scripts, the others after them


class _Precedence(Struct):
    """The style sheets and inline rules of one `precedence`."""

    sheets: list[Part] = field(default_factory=list[Part])
    rules: list[str] = field(default_factory=list[str])
    hrefs: list[str] = field(default_factory=list[str])


class Head(Struct):
    """The hoisted parts of one page, by kind."""

    charset: list[Part] = field(default_factory=list[Part])
    viewport: list[Part] = field(default_factory=list[Part])
    images: list[list[Part]] = field(default_factory=list[list[Part]])
    styles: dict[str, _Precedence] = field(default_factory=dict[str, _Precedence])
    scripts: list[Part] = field(default_factory=list[Part])
    late_images: dict[str, list[Part]] = field(default_factory=dict[str, list[Part]])
    others: list[Part] = field(default_factory=list[Part])
    _seen: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def next(self) -> "Head":
        """For a later piece of the same page: what was there is not asked for again."""
        return Head(_seen=self._seen)

    @property
    def seen(self) -> frozenset[tuple[str, str]]:
        """What was asked for so far, in all pieces."""
        return frozenset(self._seen)

    def go_back(self, seen: frozenset[tuple[str, str]]) -> None:
        """Forget what was asked for since, by a piece that is printed again."""
        self._seen &= seen

    def is_new(self, kind: str, name: str) -> bool:
        """Whether this resource was not asked for before; from now on it was."""
        if (kind, name) in self._seen:
            return False
        self._seen.add((kind, name))
        return True

    def precedence(self, name: str) -> _Precedence:
        """The style sheets under the precedence `name`; precedences stand in order of first appearance."""
        return self.styles.setdefault(name, _Precedence())

    def meta_place(self, props: Mapping[str, Any]) -> list[Part]:
        """Where a meta with these props goes: the character set must come first, the viewport early."""
        if isinstance(props.get("charSet"), str):
            return self.charset
        return self.viewport if props.get("name") == "viewport" else self.others

    def add_image(self, preload: "Preload", written: list[Part]) -> None:
        """Place a new preload; the first ten and those of high priority load before scripts."""
        if preload.high or len(self.images) < _MOST_HIGH_IMAGES:
            self.images.append(written)
        else:
            self.late_images[preload.name] = written

    def raise_image(self, preload: "Preload") -> None:
        """The image was met again: one that waited moves up if it is now of high priority."""
        waiting = self.late_images.get(preload.name)
        if waiting is not None and (preload.high or len(self.images) < _MOST_HIGH_IMAGES):
            self.images.append(self.late_images.pop(preload.name))

    def parts(self, inline_styles: list[str]) -> list[Part]:
        """Everything in the order React writes it; the text of inline rules is added to `inline_styles`."""
        parts: list[Part] = [*self.charset, *self.viewport]
        for written in self.images:
            parts += written
        for name, queue in self.styles.items():
            parts += queue.sheets
            if not queue.sheets or queue.hrefs:
                rules = "".join(queue.rules)
                hrefs = f' data-href="{" ".join(map(escape, queue.hrefs))}"' if queue.hrefs else ""
                parts.append(f'<style data-precedence="{escape(name)}"{hrefs}>{rules}</style>')
                inline_styles.append(rules)
        parts += self.scripts
        for written in self.late_images.values():
            parts += written
        return parts + self.others


def _handles(props: Mapping[str, Any]) -> bool:
    return bool(props.get("onLoad") or props.get("onError"))


def is_hoisted_link(props: Mapping[str, Any]) -> bool:
    """Whether a link moves to the head: any with rel and href, but style sheets only with a precedence."""
    rel, href = props.get("rel"), props.get("href")
    if not isinstance(rel, str) or not isinstance(href, str) or not href or _handles(props):
        return False
    if rel == "stylesheet":
        return isinstance(props.get("precedence"), str) and props.get("disabled") is None
    return True


def is_hoisted_script(props: Mapping[str, Any]) -> bool:
    """Whether a script moves to the head: async ones with a source."""
    src = props.get("src")
    return isinstance(src, str) and src != "" and bool(props.get("async")) and not _handles(props)


def is_hoisted_style(props: Mapping[str, Any]) -> bool:
    """Whether inline rules move to the head: those with href and precedence."""
    href = props.get("href")
    return isinstance(href, str) and href != "" and isinstance(props.get("precedence"), str)


class Preload(Struct, frozen=True):
    """An image worth preloading: the name it is told apart by, its priority, and the props of its link."""

    name: str
    high: bool
    link: dict[str, Any]


def preload_of(props: Mapping[str, Any]) -> Preload | None:
    """The preload for an image with these props, or None: lazy, low-priority and inline images have none."""
    src, srcset = props.get("src"), props.get("srcSet")
    if props.get("loading") == "lazy" or props.get("fetchPriority") == "low" or not (src or srcset):
        return None
    for url in (src, srcset):
        if url is not None and (not isinstance(url, str) or url[:5].lower() == "data:"):
            return None
    sizes = props.get("sizes") if isinstance(props.get("sizes"), str) else None
    cross = props.get("crossOrigin")
    link = {
        "rel": "preload",
        "as": "image",
        "href": None if srcset else src,
        "imageSrcSet": srcset,
        "imageSizes": sizes,
        "crossOrigin": (cross if cross == "use-credentials" else "") if isinstance(cross, str) else None,
        "integrity": props.get("integrity"),
        "type": props.get("type"),
        "fetchPriority": props.get("fetchPriority"),
        "referrerPolicy": props.get("referrerPolicy"),
    }
    name = f"{srcset}\n{sizes or ''}" if srcset else str(src)
    return Preload(name, props.get("fetchPriority") == "high", link)
