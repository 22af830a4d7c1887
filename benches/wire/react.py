"""React in one Node process: what to time as a dict in, CPU time out. `react.mjs` is the other end."""

import json
import os
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import Any, Self

from tests.differential.peer import node

from jetbridge.wire.flight import encode_flight

__all__ = ["React"]


class React:
    """One Node process with React's production build; a context manager."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [node(), str(Path(__file__).with_name("react.mjs"))],
            env={**os.environ, "NODE_ENV": "production"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def versions(self) -> dict[str, str]:
        """Of Node and of React."""
        return self._ask("versions")

    def give_value(self, name: str, value: Any) -> None:
        """Have `value` there as JavaScript's own, under `name`."""
        self._ask("value", name=name, rows=b64encode(encode_flight(value)).decode())

    def give_body(self, name: str, body: bytes, content_type: str = "") -> None:
        """Have `body` there, with the content type of a form."""
        self._ask("body", name=name, body=b64encode(body).decode(), type=content_type)

    def time(self, operation: str, name: str, times: int) -> float:
        """Seconds of CPU that one `operation` on the input `name` takes, V8's helper threads included."""
        return self._ask("time", operation=operation, input=name, times=times)["cpu"] / 1e6

    def _ask(self, ask: str, **request: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"ask": ask, **request}).encode() + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"Node stopped with code {self._process.wait(10)}")
        answer = json.loads(line)
        if "thrown" in answer:
            raise RuntimeError(f"{ask}: {answer['thrown']}")
        return answer
