"""`jetbridge new`: a name and a template in, a small project out: pages or a front end, an action, tests, checks."""

import io
import keyword
import re
import sys
import tarfile
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import Final, NamedTuple

import click

from jetbridge.version import __version__
from jetbridge.wire.protocol import CLIENT_VERSION

__all__ = ["TEMPLATES", "Kind", "create_project", "new"]

_SUFFIX = ".in"  # so that no tool takes the templates for code of ours
_NAME: Final = re.compile(r"[A-Za-z](?:[A-Za-z0-9_-]*[A-Za-z0-9])?")  # a distribution (PEP 508) and a package in one
_DOTTED: Final = frozenset({"gitignore", "dockerignore", "github"})  # hidden in a project, and not here


class Kind(NamedTuple):
    """A template: what it is, where its app is, and whether it has a front end of npm's."""

    about: str
    app: str
    has_frontend: bool


TEMPLATES: Final = {
    "pages": Kind("pages and forms in Python", "app:app", False),
    "react": Kind("pages in Python with React components in them", "app:app", True),
    "fastapi": Kind("a FastAPI application and a React front end that calls its actions", "main:app", True),
}


@click.command()
@click.argument("name")
@click.option(
    "--template",
    default="pages",
    show_default=True,
    type=click.Choice(list(TEMPLATES)),
    help="; ".join(f"{name}: {kind.about}" for name, kind in TEMPLATES.items()) + ".",
)
def new(name: str, template: str) -> None:
    """Write a small project into a new directory NAME."""
    target = create_project(name, Path.cwd(), template)
    kind = TEMPLATES[template]
    app = f"{name.lower().replace('-', '_')}.{kind.app}"
    install = 'pip install -e ".[dev]"' + (" && npm install" if kind.has_frontend else "")
    if template == "react":
        install += f" && jetbridge build {app}"
    click.echo(f"""Created {target.name}/. Next:
  cd {target.name}
  {install}
  jetbridge dev {app}""")


def create_project(name: str, parent: Path, template: str = "pages") -> Path:
    """Write the project `name` below `parent` and return its directory; `template` is one of `TEMPLATES`.

    An empty directory of that name is filled. Raises click.ClickException for a name that cannot be a package, and
    where something is there already.
    """
    package = name.lower().replace("-", "_")
    _refuse(name, package)
    target = parent / name
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        what = "is not empty" if target.is_dir() else "is a file"
        raise click.ClickException(f"{target} {what}; choose another name, or take it away")
    kind = TEMPLATES[template]
    words = {
        "distribution": name.lower(),
        "package": package,
        "target": f"{package}.{kind.app}",
        "react": CLIENT_VERSION.partition("/")[2],
        "npm": f"file:vendor/{_ARCHIVE}",
    }
    archive = _npm_package() if kind.has_frontend else None
    try:
        for directory in ("common", template):
            for source, relative in _templates(files("jetbridge.cli") / "project" / directory, Path()):
                path = target / _renamed(relative, package)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(Template(source.read_text("utf-8")).substitute(words), "utf-8")
        if archive is not None:
            (target / "vendor").mkdir()
            (target / "vendor" / _ARCHIVE).write_bytes(archive)
    except OSError as error:
        raise click.ClickException(f"cannot write {error.filename}: {error.strerror}")
    return target


def _refuse(name: str, package: str) -> None:
    if not _NAME.fullmatch(name):
        raise click.ClickException(
            f"{name!r} cannot be the name of a package; begin with a letter and use letters, digits and dashes, "
            f"such as {_nearest(name)}. The project is made in the directory you are in"
        )
    if keyword.iskeyword(package):
        raise click.ClickException(f"{name!r} is a word of Python's own; choose another name, such as my-{name}")
    if package in ("tests", "src", "fastapi") or _is_taken(package):
        raise click.ClickException(f"{name!r} would hide the package of that name; choose another, such as my-{name}")


def _is_taken(package: str) -> bool:
    """Whether Python or something that is installed has this name; pip would put the project in its place."""
    if package in sys.stdlib_module_names:
        return True
    found = find_spec(package)
    return found is not None and found.origin is not None  # without one it is a mere directory


def _nearest(name: str) -> str:
    """A name that would do, made of the last part of a path or of the words that were typed."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    words = "-".join(re.findall(r"[A-Za-z0-9]+", last)).lstrip("0123456789-")
    package = words.lower().replace("-", "_")
    good = _NAME.fullmatch(words) and not keyword.iskeyword(package) and not _is_taken(package)
    return words if good else "my-notes"


def _templates(directory: Traversable, below: Path) -> Iterator[tuple[Traversable, Path]]:
    for entry in sorted(directory.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _templates(entry, below / entry.name)
        elif entry.name.endswith(_SUFFIX):
            yield entry, below / entry.name.removesuffix(_SUFFIX)


def _renamed(path: Path, package: str) -> Path:
    return Path(*(package if part == "package" else f".{part}" if part in _DOTTED else part for part in path.parts))


# The npm package goes along, so that the client is of the same version as the server (decision 22).
_ARCHIVE: Final = f"jetbridge-{__version__}.tgz"


def _npm_package() -> bytes:
    """The npm package as npm packs one. Raises ClickException for an installation without it."""
    installed = files("jetbridge") / "npm"
    built = Path(str(files("jetbridge"))).parents[1] / "js/dist"  # in a clone
    home = next((one for one in (installed, built) if (one / "package.json").is_file()), None)
    if home is None:
        raise click.ClickException(
            "this installation has no npm package in it: install a wheel that `make dist` has built in Jetbridge's "
            "clone, or run `make install` in the clone that this one comes from"
        )
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for file, path in _files(home, Path("package")):
            content = file.read_bytes()
            entry = tarfile.TarInfo(path.as_posix())
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _files(directory: Traversable, below: Path) -> Iterator[tuple[Traversable, Path]]:
    for entry in sorted(directory.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _files(entry, below / entry.name)
        else:
            yield entry, below / entry.name
