"""The commands for a front end of its own: the declarations of its actions, and its build."""

from pathlib import Path

import click

from jetbridge.cli.load import TARGET, Located, load, split_target
from jetbridge.cli.node import has_vite, installed, run
from jetbridge.elements.client import components_in
from jetbridge.errors import DefinitionError
from jetbridge.typescript.project import Files, project_files, save, stale

__all__ = ["build", "declarations", "types"]

_CHECK = click.option("--check", is_flag=True, help="Write nothing; fail where a file is not as it would be written.")


@click.command()
@TARGET
@_CHECK
def types(target: str, check: bool) -> None:
    """Write TypeScript declarations for the actions, and actions.json for the Vite plugin, here."""
    _types(target, check)


@click.command()
@TARGET
@_CHECK
@click.option("--frontend", default=".", show_default=True, help="Directory of the front end's package.json.")
def build(target: str, check: bool, frontend: str) -> None:
    """Write the declarations, check the front end's types with tsc, and build it with Vite."""
    directory = Path(frontend).resolve()
    if not has_vite(directory):
        raise click.ClickException(
            f"there is no package.json in {directory} that has vite among its dependencies; run this where your front "
            "end is, or begin with one: jetbridge new NAME --template react"
        )
    _types(target, check)
    # The projects that a tsconfig.json refers to count too, as in Vite's own templates.
    run(
        installed("typescript", "tsc", directory),
        ["--build", "--noEmit"] if _has_references(directory) else ["--noEmit"],
        directory,
    )
    run(installed("vite", "vite", directory), ["build"], directory)


def _types(target: str, check: bool) -> None:
    files = declarations(target, load(target))
    here = Path.cwd()
    if not check:
        try:
            changed = save(files)
        except OSError as error:
            raise click.ClickException(f"cannot write {error.filename}: {error.strerror}")
        click.echo("\n".join(f"wrote {_shown(path, here)}" for path in changed) or "The declarations are up to date.")
        return
    changed = stale(files)
    if changed:
        names = ", ".join(_shown(path, here) for path in changed)
        raise click.ClickException(f"not up to date: {names}. Run `jetbridge types {target}` and commit what it writes")
    click.echo("The declarations are up to date.")


def declarations(target: str, located: Located) -> Files:
    """What `jetbridge types` writes in the working directory. Raises ClickException for mistakes in actions."""
    try:
        located.app.scan()
        registry = located.app.registry
        components = {component.source for component in components_in(registry.modules())}
        return project_files(
            registry, Path.cwd(), app=":".join(split_target(target)), url=located.path, components=components
        )
    except DefinitionError as error:
        raise click.ClickException(str(error))


def _has_references(directory: Path) -> bool:
    config = directory / "tsconfig.json"
    return config.is_file() and '"references"' in config.read_text("utf-8")


def _shown(path: Path, here: Path) -> str:
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else str(path)
