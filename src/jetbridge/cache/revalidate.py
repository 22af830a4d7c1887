"""What has changed, said by who changed it, so that whoever asks from then on gets it new.

The names are those of Next.js. A tag is any text that a page or a cached value depends on; a page depends on its own
path. An action's word counts when the action has ended, and committed; a script's counts at once.
"""

from typing import Protocol, cast
from urllib.parse import unquote

from jetbridge.cache.cache import Cache
from jetbridge.cache.tags import REFRESH, below_tag, path_tag
from jetbridge.context import Context, Phase, current, enter, peek
from jetbridge.errors import DefinitionError

__all__ = ["Caching", "Outside", "refresh", "revalidate_path", "revalidate_tag", "tell"]


class Caching(Protocol):
    """An app, as far as it has a cache."""

    @property
    def cache(self) -> Cache: ...


def revalidate_path(path: str, *, subtree: bool = False) -> None:
    """What the page at `path` (`/users`) shows has changed, and what it has read from the cache.

    `/users/{id}` is every page of that template; with `subtree` it is the page and all below it, so `"/"` is the whole
    site. `url(page)` gives a path too. The answer to the running action carries the page anew if the visitor is looking
    at it. Raises DefinitionError outside requests and `app.context()`, and while a page renders.
    """
    if not isinstance(path, str) or not path.startswith("/"):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise DefinitionError(f"revalidate_path() takes a path that starts with a slash, not {path!r}")
    routed = _as_routed(path)
    if subtree and "{" in routed:
        raise DefinitionError(f"revalidate_path({path!r}, subtree=True): a subtree begins at a path without parameters")
    _touch(below_tag(routed) if subtree else path_tag(routed), "revalidate_path()")


def _as_routed(path: str) -> str:
    """A path as pages know their own; `url(page)` gives it percent-encoded and below where the app is mounted."""
    request = current("revalidate_path()").request
    mounted = "" if request is None else request.scope.get("root_path", "").rstrip("/")
    path = path.partition("?")[0].partition("#")[0]
    if mounted and (path == mounted or path.startswith(f"{mounted}/")):
        path = path[len(mounted) :] or "/"
    return unquote(path)


def revalidate_tag(*tags: str) -> None:
    """What depends on one of `tags` has changed.

    Raises DefinitionError for what is no text, outside requests and `app.context()`, and while a page renders.
    """
    for tag in tags:
        if not isinstance(tag, str) or not tag:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise DefinitionError(f"revalidate_tag() was given {tag!r}: a tag is a text")
        _touch(tag, "revalidate_tag()")


def refresh() -> None:
    """The page the visitor is looking at is to be rendered anew, whatever it shows. What is cached stays."""
    _touch(REFRESH, "refresh()")


def _touch(tag: str, wanted_by: str) -> None:
    context = current(wanted_by)
    if context.phase in ("page", "cached"):
        doing = "a page renders" if context.phase == "page" else "a cached value is made"
        raise DefinitionError(
            f"{wanted_by} was called while {doing}: that reads, an action changes. Move it into an action"
        )
    context.touched.add(tag)
    if tag == REFRESH:
        return
    if context.phase == "script" and context.app is not None:
        cast("Caching", context.app).cache.revalidate_now([tag])
    elif context.revalidated is None:
        context.revalidated = {tag}
    else:
        context.revalidated.add(tag)


async def tell(context: Context) -> None:
    """Let all processes know what was revalidated in this context."""
    tags, context.revalidated = context.revalidated, None
    if tags and context.app is not None:
        await cast("Caching", context.app).cache.revalidate(tags)


class Outside:
    """`app.context()`: where code that is no request reads the cache and says what it has changed.

    A `with` block blocks its thread while the store is told, for a millisecond or so. An `async with` block waits for
    it at its end; what it reads before that it reads anew. Within a page or a cached value it is a part of that: what
    it reads is what that depends on, and it changes nothing.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._entered = enter(context)

    def __enter__(self) -> Context:
        self._begin("script")
        return self._entered.__enter__()

    def __exit__(self, *raised: object) -> None:
        self._entered.__exit__(*raised)
        told = self._context.touched - {REFRESH}
        if told:
            cast("Caching", self._context.app).cache.revalidate_now(told)

    async def __aenter__(self) -> Context:
        self._begin("action")
        return self._entered.__enter__()

    def _begin(self, phase: Phase) -> None:
        own, outer = self._context, peek()
        own.phase = phase
        if outer is not None and outer.phase in ("page", "cached"):
            own.phase, own.depends, own.route, own.inside = outer.phase, outer.depends, outer.route, outer.inside

    async def __aexit__(self, *raised: object) -> None:
        self._entered.__exit__(*raised)
        await tell(self._context)
