"""What an action says it has changed, so that pages that show it are rendered anew.

The names are those of Next.js. A tag is any text a page depends on; a page depends on its own path.
"""

from urllib.parse import unquote

from jetbridge.cache.tags import REFRESH, path_tag
from jetbridge.context import current
from jetbridge.errors import DefinitionError

__all__ = ["refresh", "revalidate_path", "revalidate_tag"]


def revalidate_path(path: str) -> None:
    """What the page at `path` (`/users`) shows has changed.

    `url(page)` gives such a path too. The answer to the running action carries that page anew if the visitor is
    looking at it. Raises DefinitionError outside requests and while a page renders.
    """
    if not path.startswith("/"):
        raise DefinitionError(f"revalidate_path() takes a path that starts with a slash, not {path!r}")
    _touch(path_tag(_as_routed(path)), "revalidate_path()")


def _as_routed(path: str) -> str:
    """A path as pages know their own; `url(page)` gives it percent-encoded and below where the app is mounted."""
    request = current("revalidate_path()").request
    mounted = "" if request is None else request.scope.get("root_path", "").rstrip("/")
    path = path.partition("?")[0].partition("#")[0]
    if mounted and (path == mounted or path.startswith(f"{mounted}/")):
        path = path[len(mounted) :] or "/"
    return unquote(path)


def revalidate_tag(tag: str) -> None:
    """What depends on `tag` has changed. Raises DefinitionError outside requests and while a page renders."""
    _touch(tag, "revalidate_tag()")


def refresh() -> None:
    """The page the visitor is looking at is to be rendered anew, whatever it shows."""
    _touch(REFRESH, "refresh()")


def _touch(tag: str, wanted_by: str) -> None:
    context = current(wanted_by)
    if context.phase == "page":
        raise DefinitionError(
            f"{wanted_by} was called while a page renders: a page reads, an action changes. Move it into an action"
        )
    context.touched.add(tag)
