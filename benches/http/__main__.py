"""Tables of 1,000 x 6 over HTTP, one connection: median wall time and server CPU a request, in interleaved rounds.

Each server runs alone on its port; rounds take turns, so that what disturbs one disturbs all. Loopback only.
"""

import http.client
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import orjson
from tests.differential.peer import node

from benches.http.jetbridge_app import TABLE, app, count, rows
from jetbridge.wire.reply import encode_reply

ROUNDS = 6
REQUESTS = 60
HERE = Path(__file__).parent
JSON = {"content-type": "application/json"}
FLIGHT = {"content-type": "text/plain;charset=UTF-8", "accept": "text/x-component", "sec-fetch-site": "same-origin"}


@dataclass
class Server:
    """One server: how it is started, and what is asked of it."""

    name: str
    port: int
    command: list[str]
    requests: dict[str, tuple[str, bytes, dict[str, str]]]
    wall: dict[str, list[float]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)
    pid: int = 0


def servers(base: int) -> list[Server]:
    app.start()
    reply = encode_reply([TABLE])
    assert isinstance(reply, str)
    uvicorn = [sys.executable, "-m", "uvicorn", "--log-level", "warning", "--no-access-log", "--port"]

    def path(action: object) -> str:
        return f"/?_action={app.references.reference(action).id}"

    return [
        Server(
            "jetbridge",
            base,
            [*uvicorn, str(base), "benches.http.jetbridge_app:app"],
            {"rows": (path(rows), b"[]", FLIGHT), "count": (path(count), reply.encode(), FLIGHT)},
        ),
        Server(
            "react",
            base + 1,
            [node(), "--conditions=react-server", str(HERE / "react.mjs"), str(base + 1)],
            {"rows": ("/rows", b"[]", FLIGHT), "count": ("/count", reply.encode(), FLIGHT)},
        ),
        Server(
            "fastapi",
            base + 2,
            [*uvicorn, str(base + 2), "benches.http.fastapi_app:app"],
            {"rows": ("/rows", b"", JSON), "count": ("/count", orjson.dumps(TABLE), JSON)},
        ),
    ]


@contextmanager
def running(server: Server) -> Iterator[None]:
    environment = {**os.environ, "NODE_ENV": "production", "JETBRIDGE_ENV": "production"}
    process = subprocess.Popen(server.command, env=environment)
    server.pid = process.pid
    try:
        for _ in range(200):
            try:
                http.client.HTTPConnection("127.0.0.1", server.port, timeout=1).connect()
                break
            except OSError:
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(10)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(server: Server, name: str) -> None:
    path, body, headers = server.requests[name]
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    before = cpu_seconds(server.pid)
    for _ in range(REQUESTS):
        began = time.perf_counter()
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        data = answer.read()
        server.wall.setdefault(name, []).append(time.perf_counter() - began)
        if answer.status != 200 or not data:
            raise SystemExit(f"{server.name} answered {name} with {answer.status}: {data[:200]!r}")
    server.cpu.setdefault(name, []).append((cpu_seconds(server.pid) - before) / REQUESTS)
    connection.close()


def main() -> None:
    all_servers = servers(18700)
    with ExitStack() as stack:
        for server in all_servers:
            stack.enter_context(running(server))
        for round_ in range(ROUNDS + 1):
            for server in all_servers:
                for name in server.requests:
                    measure(server, name)
            if round_ == 0:  # warming up
                for server in all_servers:
                    server.wall.clear()
                    server.cpu.clear()
    versions = ", ".join(f"{name} {version(name)}" for name in ("uvicorn", "fastapi", "pydantic"))
    print(f"Tables of 1,000 x 6 with dates over HTTP, one connection; {versions}, React 19.3.1")
    print(f"{'':12}{'rows: ms':>10}{'CPU ms':>8}{'x':>7}{'count: ms':>12}{'CPU ms':>8}{'x':>7}")
    ours = all_servers[0]
    for server in all_servers:
        line = f"{server.name:12}"
        for name, width in (("rows", 10), ("count", 12)):
            wall = statistics.median(server.wall[name])
            cpu = statistics.median(server.cpu[name])
            line += f"{wall * 1000:{width}.2f}{cpu * 1000:8.2f}{wall / statistics.median(ours.wall[name]):7.2f}"
        print(line)
    print("x: its median time over ours; above 1 we are faster")


if __name__ == "__main__":
    main()
