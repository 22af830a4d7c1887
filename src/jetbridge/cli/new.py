"""A name in, a small project out: pages, one action, a test, ready to run."""

import keyword
import sys
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

import click

__all__ = ["create_project"]

_SUFFIX = ".in"  # so that no tool takes the templates for code of ours


def create_project(name: str, parent: Path) -> Path:
    """Write the project `name` below `parent` and return its directory.

    Raises click.ClickException for a name that cannot be a package, and where something is there already.
    """
    package = name.lower().replace("-", "_")
    if not package.isidentifier() or keyword.iskeyword(package) or not package.isascii():
        raise click.ClickException(f"{name!r} cannot be a package; use letters, digits and dashes, such as my-notes")
    if package in sys.stdlib_module_names or package in ("jetbridge", "tests"):
        raise click.ClickException(f"{name!r} would hide a package of that name; choose another")
    target = parent / name
    if target.exists():
        raise click.ClickException(f"{target} is there already; choose another name or remove it")
    for source, relative in _templates(files("jetbridge.cli") / "project", Path()):
        text = Template(source.read_text("utf-8")).substitute(distribution=name.lower(), package=package)
        path = target / _renamed(relative, package)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return target


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
