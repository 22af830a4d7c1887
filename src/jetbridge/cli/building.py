"""A front end that is built while one works on it: changes in, a new build for the pages of `jetbridge dev` out.

For applications whose pages have client components. Vite watches those; Python's declarations are written anew when
Python changes, and what Vite builds is then another.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jetbridge.cli.node import start_build, stop
from jetbridge.server.bundle import BUILT_MANIFEST

__all__ = ["Building"]

_FIRST = 60.0  # seconds that the first build may take before the server starts without it


class Building:
    """The build in `directory` for the application `target`. `say` gets a line about what is wrong."""

    def __init__(self, directory: Path, target: str, say: Callable[[str], None]) -> None:
        self._directory = directory
        self._target = target
        self._say = say
        self._components: Any = None
        self._vite: subprocess.Popen[bytes] | None = None

    def describe(self) -> bool:
        """Write declarations and manifest; whether the pages have client components."""
        command = [sys.executable, "-m", "jetbridge", "types", self._target]
        done = subprocess.run(command, cwd=self._directory, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode != 0:  # what is wrong with the application the server says too, and better
            return self._components is not None
        self._components = _components(self._directory / "actions.json")
        return self._components is not None

    def start(self) -> None:
        """Begin to watch, and wait for the first build."""
        built = [path.stat().st_mtime_ns for path in self._manifests()]
        self._vite = start_build(self._directory)
        until = time.monotonic() + _FIRST
        while self._vite.poll() is None and time.monotonic() < until:
            now = [path.stat().st_mtime_ns for path in self._manifests()]
            if now and now != built:
                return
            time.sleep(0.05)
        self._say("Vite has not built the components; the pages show what was built before")

    def follow(self) -> None:
        """Python has changed: write the declarations, and begin anew where there are other components."""
        before = self._components
        self.describe()
        if self._components != before and self._vite is not None:
            stop(self._vite)
            self._vite = start_build(self._directory)

    def close(self) -> None:
        """End it."""
        if self._vite is not None:
            stop(self._vite)

    def _manifests(self) -> list[Path]:
        """Where Vite leaves its manifest: in the directory that its configuration names."""
        return [path for path in self._directory.glob(f"*/{BUILT_MANIFEST}") if path.is_file()]


def _components(manifest: Path) -> Any:
    try:
        return json.loads(manifest.read_text("utf-8")).get("components")
    except (OSError, ValueError, AttributeError):
        return None
