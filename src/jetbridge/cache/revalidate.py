"""What an action says it has changed, so that pages that show it are rendered anew.

The names are those of Next.js. A tag is any text a page depends on; a page depends on its own path.
"""

from jetbridge.cache.tags import REFRESH, path_tag
from jetbridge.context import current
from jetbridge.errors import DefinitionError

__all__ = ["refresh", "revalidate_path", "revalidate_tag"]


def revalidate_path(path: str) -> None:
    """What the page at `path` (`/users`) shows has changed.

    The answer to the running action carries that page anew if the visitor is looking at it. Raises DefinitionError
    outside requests and while a page renders.
    """
    if not path.startswith("/"):
        raise DefinitionError(f"revalidate_path() takes a path that starts with a slash, not {path!r}")
    _touch(path_tag(path), "revalidate_path()")


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
