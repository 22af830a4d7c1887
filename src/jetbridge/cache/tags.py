"""The names of what pages depend on: a tag is a short text; a path is one tag."""

from collections.abc import Collection

__all__ = ["REFRESH", "are_touched", "path_tag"]

REFRESH = "*"  # touched by `refresh()`: every page depends on it; a page that depends on it depends on everything


def path_tag(path: str) -> str:
    """The tag of the page at `path` (`/users/3`), without its query."""
    return "path:" + (path.partition("?")[0].rstrip("/") or "/")


def are_touched(depends: Collection[str], touched: set[str]) -> bool:
    """Whether a page that depends on these tags shows something that was touched."""
    return bool(touched) and (REFRESH in touched or REFRESH in depends or not touched.isdisjoint(depends))
