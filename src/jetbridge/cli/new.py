"""A name in, a small project out: pages, one action, a test, ready to run."""

import keyword
import re
import sys
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from typing import Final

import click

__all__ = ["create_project"]

_SUFFIX = ".in"  # so that no tool takes the templates for code of ours
_NAME: Final = re.compile(r"[A-Za-z](?:[A-Za-z0-9_-]*[A-Za-z0-9])?")  # a distribution (PEP 508) and a package in one


def create_project(name: str, parent: Path) -> Path:
    """Write the project `name` below `parent` and return its directory.

    An empty directory of that name is filled. Raises click.ClickException for a name that cannot be a package, and
    where something is there already.
    """
    package = name.lower().replace("-", "_")
    if not _NAME.fullmatch(name):
        raise click.ClickException(
            f"{name!r} cannot be the name of a package; begin with a letter and use letters, digits and dashes, "
            f"such as {_nearest(name)}. The project is made in the directory you are in"
        )
    if keyword.iskeyword(package):
        raise click.ClickException(f"{name!r} is a word of Python's own; choose another name, such as my-{name}")
    if package in sys.stdlib_module_names or package in ("jetbridge", "tests"):
        raise click.ClickException(f"{name!r} would hide the package of that name; choose another, such as my-{name}")
    target = parent / name
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        what = "is not empty" if target.is_dir() else "is a file"
        raise click.ClickException(f"{target} {what}; choose another name, or take it away")
    try:
        for source, relative in _templates(files("jetbridge.cli") / "project", Path()):
            text = Template(source.read_text("utf-8")).substitute(distribution=name.lower(), package=package)
            path = target / _renamed(relative, package)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    except OSError as error:
        raise click.ClickException(f"cannot write {error.filename}: {error.strerror}")
    return target


def _nearest(name: str) -> str:
    """A name that would do, made of the last part of a path or of the words that were typed."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    words = "-".join(re.findall(r"[A-Za-z0-9]+", last)).lstrip("0123456789-")
    package = words.lower().replace("-", "_")
    good = _NAME.fullmatch(words) and not keyword.iskeyword(package) and package not in sys.stdlib_module_names
    return words if good else "my-notes"


def _templates(directory: Traversable, below: Path) -> list[tuple[Traversable, Path]]:
    found: list[tuple[Traversable, Path]] = []
    for entry in sorted(directory.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            found += _templates(entry, below / entry.name)
        elif entry.name.endswith(_SUFFIX):
            found.append((entry, below / entry.name.removesuffix(_SUFFIX)))
    return found


def _renamed(path: Path, package: str) -> Path:
    parts = [package if part == "package" else ".gitignore" if part == "gitignore" else part for part in path.parts]
    return Path(*parts)
