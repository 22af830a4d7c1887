"""Where the HTML printer is: what the elements around a node mean for it, and what it has collected for the page."""

from collections.abc import Iterator, Mapping
from enum import IntEnum
from itertools import count
from typing import Any

from msgspec import Struct, field

from jetbridge.render.head import Head, Part
from jetbridge.render.suspended import Suspended

__all__ = ["Context", "Cuts", "Mode", "Page", "Placed"]


class Mode(IntEnum):
    """What surrounds a node, as far as it changes what is written."""

    ROOT = 0  # nothing: <html>, <head> and <body> here are the document's own
    DOCUMENT = 1  # directly in <html>
    CONTENT = 2
    SVG = 3  # a title or style here belongs to the drawing


class Cuts(Struct):
    """Where the walk over a deep tree breaks off: the `level` it is at, and what is `left` with where it is written."""

    level: int = 0
    left: "list[tuple[Any, list[Part], Context]]" = field(default_factory=list["tuple[Any, list[Part], Context]"])


class Page(Struct):
    """What is asked for, and what is collected, while one tree is printed.

    `plain` are the start and end of the tags that are written without further ado.
    """

    plain: Mapping[Any, tuple[str, str, str]]
    markers: bool
    preloads: bool
    whole: bool
    head: Head = field(default_factory=Head)
    html_start: list[Part] | None = None
    head_start: list[Part] | None = None
    head_children: list[Part] = field(default_factory=list[Part])
    body_start: list[Part] | None = None
    has_slots: bool = False
    inline_scripts: list[str] = field(default_factory=list[str])
    inline_styles: list[str] = field(default_factory=list[str])
    style_attributes: list[str] = field(default_factory=list[str])
    placed: "list[Placed]" = field(default_factory=list["Placed"])
    numbers: Iterator[int] = field(default_factory=count)  # of the places, in all pieces of a document
    cuts: Cuts | None = None

    def next(self) -> "Page":
        """For a later piece of the same document."""
        return Page(self.plain, self.markers, self.preloads, self.whole, head=self.head.next(), numbers=self.numbers)


class Context:
    """The surroundings of a node; not changed once made. `selected` is the value of the select around it.

    `below` is the context inside a plain element where that is another one, at the top of a document.
    """

    __slots__ = ("below", "boundary", "fallback", "mode", "noscript", "page", "picture", "selected")

    def __init__(
        self,
        page: Page,
        mode: Mode = Mode.ROOT,
        selected: Any = None,
        *,
        noscript: bool = False,
        picture: bool = False,
        fallback: bool = False,
        boundary: bool = False,
    ) -> None:
        self.page = page
        self.mode = mode
        self.selected = selected
        self.noscript = noscript
        self.picture = picture
        self.fallback = fallback
        self.boundary = boundary
        self.below: Context | None = None if mode >= Mode.CONTENT else self.change(Mode.CONTENT)

    @property
    def keeps_head_parts(self) -> bool:
        """Whether titles, metas, links, scripts and styles stay where they are."""
        return self.mode is Mode.SVG or self.noscript

    def on(self, page: Page) -> "Context":
        """The same surroundings in a later piece."""
        return Context(
            page,
            self.mode,
            self.selected,
            noscript=self.noscript,
            picture=self.picture,
            fallback=self.fallback,
            boundary=self.boundary,
        )

    def change(
        self,
        mode: Mode,
        selected: Any = None,
        *,
        noscript: bool = False,
        picture: bool = False,
        fallback: bool = False,
        boundary: bool = False,
    ) -> "Context":
        """The context inside an element or boundary; what noscript, picture and fallback mean goes all the way down."""
        return Context(
            self.page,
            mode,
            selected,
            noscript=noscript or self.noscript,
            picture=picture or self.picture,
            fallback=fallback or self.fallback,
            boundary=boundary or self.boundary,
        )


class Placed(Struct, frozen=True):
    """A place in printed HTML for a content that comes later: its number in the document, and what is around it."""

    number: int
    suspended: Suspended
    context: Context

    @property
    def in_svg(self) -> bool:
        """Whether the content belongs to a drawing, and is parsed as such."""
        return self.context.mode is Mode.SVG
