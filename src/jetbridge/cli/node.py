"""Node and what a front end installed: found here, run from here."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from jetbridge.server.ssr.node import MISSING, find_node

__all__ = ["has_vite", "installed", "run", "start_build", "start_vite", "stop"]

_STOP_SECONDS = 5.0


def _node() -> str:
    found = find_node()
    if found is None:
        raise click.ClickException(MISSING)
    return found


def has_vite(directory: Path) -> bool:
    """Whether `directory` holds a front end that is built by Vite."""
    try:
        package: dict[str, Any] = json.loads((directory / "package.json").read_text("utf-8"))
        return any("vite" in package.get(key, ()) for key in ("dependencies", "devDependencies"))
    except (OSError, ValueError, AttributeError, TypeError):
        return False


def installed(package: str, program: str, directory: Path) -> Path:
    """The script of `program` in an npm package that was installed for `directory`. Raises ClickException."""
    for above in (directory, *directory.parents):
        home = above / "node_modules" / package
        if (home / "package.json").is_file():
            programs: Any = json.loads((home / "package.json").read_text("utf-8")).get("bin")
            return home / (programs if isinstance(programs, str) else programs[program])
    raise click.ClickException(f"{package} is not installed in {directory}: run `npm install` there")


def run(script: Path, arguments: list[str], directory: Path) -> None:
    """Run a script of npm's to its end. Raises ClickException where it fails; it has said why."""
    done = subprocess.run([_node(), str(script), *arguments], cwd=directory, check=False)  # noqa: S603  # our own
    if done.returncode != 0:
        raise click.ClickException(f"{script.parent.parent.name} {' '.join(arguments)} failed")


def start_vite(directory: Path, target: str, server: str, port: int | None) -> "subprocess.Popen[bytes]":
    """Start Vite's development server beside the Python server at `server`; it ends when its stdin does."""
    environment = {
        **os.environ,
        "JETBRIDGE_APP": target,
        "JETBRIDGE_PYTHON": sys.executable,
        "JETBRIDGE_SERVER": server,
    }
    arguments = ["--port", str(port), "--strictPort"] if port is not None else []
    command = [_node(), str(installed("vite", "vite", directory)), *arguments]
    return subprocess.Popen(command, cwd=directory, env=environment, stdin=subprocess.PIPE)  # noqa: S603  # our own


def start_build(directory: Path) -> "subprocess.Popen[bytes]":
    """Start Vite's build, which goes on whenever a file changes, with React for development; it ends with its stdin."""
    command = [_node(), str(installed("vite", "vite", directory)), "build", "--watch", "--mode", "development"]
    environment = {**os.environ, "NODE_ENV": "development"}
    environment.pop("JETBRIDGE_PYTHON", None)
    return subprocess.Popen(  # noqa: S603  # our own
        [*command, "--logLevel", "warn"], cwd=directory, env=environment, stdin=subprocess.PIPE
    )


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Stop a process that was started here."""
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
