"""The names of what pages depend on: a tag is a short text; a path is one tag, and so is all that is below it."""

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Final

__all__ = ["REFRESH", "are_touched", "below_tag", "path_tag", "route_tags", "short_of"]

REFRESH = "*"  # touched by `refresh()`: every page depends on it; a page that depends on it depends on everything
_LONGEST: Final = 2000  # characters, which may be three times as many percent-encoded; servers take headers of 8 kB
_PATH: Final = "path:"
_BELOW: Final = "below:"
_PARAMETER: Final = re.compile(r"\{(\w+)(?::(\w+))?\}")


def path_tag(path: str) -> str:
    """The tag of the page at `path` (`/users/3`), without its query, or of all with a template (`/users/{id}`)."""
    return _PATH + _PARAMETER.sub(r"{\1}", _clean(path))


def below_tag(path: str) -> str:
    """The tag of the page at `path` and of all whose paths go on from there."""
    return _BELOW + _clean(path)


def _clean(path: str) -> str:
    return path.partition("?")[0].rstrip("/") or "/"


def route_tags(path: str, template: str | None) -> tuple[str, ...]:
    """The tags by which the page at `path` is revalidated: its own, its template's, and those of what it is below."""
    path = _clean(path)
    steps = [] if path == "/" else path.split("/")[1:]
    below = [below_tag("/" + "/".join(steps[:depth])) for depth in range(len(steps) + 1)]
    own = [path_tag(path)] if template is None else [path_tag(path), path_tag(template)]
    return tuple(dict.fromkeys((*own, *below)))


def short_of(tags: Collection[str]) -> list[str]:
    """`tags` in order; where they would not fit into a header, those of paths and that for all."""
    if sum(map(len, tags)) > _LONGEST:
        return sorted({REFRESH, *(tag for tag in tags if tag.startswith(_PATH))})
    return sorted(tags)


def are_touched(depends: Collection[str], touched: set[str]) -> bool:
    """Whether a page that depends on these tags shows something that was touched."""
    if not touched:
        return False
    if not depends:
        return REFRESH in touched
    if REFRESH in touched or REFRESH in depends or not touched.isdisjoint(depends):
        return True
    wide = [tag for tag in touched if tag.startswith((_PATH, _BELOW))]
    if not wide:  # most name what they touched
        return False
    paths = [tag.removeprefix(_PATH) for tag in depends if tag.startswith(_PATH)]
    return any(_covers(tag, path) for tag in wide for path in paths)


def _covers(tag: str, path: str) -> bool:
    if tag.startswith(_BELOW):
        top = tag.removeprefix(_BELOW)
        return path == top or path.startswith(f"{top.rstrip('/')}/")
    return "{" in tag and _pattern(tag.removeprefix(_PATH)).fullmatch(path) is not None


@lru_cache(256)
def _pattern(template: str) -> re.Pattern[str]:
    parts = _PARAMETER.split(template)[::3]
    return re.compile(".+".join(map(re.escape, parts)))  # a parameter may be a path
