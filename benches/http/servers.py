"""Servers as processes: started on a free port, watched for CPU time and memory, ended by their id."""

import http.client
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Server", "free_port", "running"]

_PATIENCE = 60.0
_COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}  # after its first start each has its bytecode, as after an installation


@dataclass(frozen=True)
class Server:
    """One that answers. `started` is how many seconds it took from the start of its process to the first answer."""

    pid: int
    port: int
    started: float
    log: Path

    def cpu_seconds(self) -> float:
        """CPU time of the process and those it has started, since they began; in steps of 10 ms."""
        return sum(_cpu_seconds(pid) for pid in _family(self.pid))

    def pss(self) -> int:
        """Bytes of memory, what is shared with others counted in proportion."""
        return sum(_pss(pid) for pid in _family(self.pid))

    def forget_log(self) -> None:
        """Empty the file that the server writes its log to."""
        os.truncate(self.log, 0)


@contextmanager
def running(
    command: Sequence[str], port: int, *, environment: Mapping[str, str], directory: Path | None = None
) -> Iterator[Server]:
    """`command` while the block runs. Raises RuntimeError with its log where it does not answer."""
    with tempfile.NamedTemporaryFile(mode="ab") as log:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            env={**os.environ, **_COMPILED, **environment},
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            while not _answers(port):
                if process.poll() is not None or time.perf_counter() - began > _PATIENCE:
                    raise RuntimeError(f"{' '.join(command)} does not answer:\n{Path(log.name).read_text()}")
                time.sleep(0.002)
            yield Server(process.pid, port, time.perf_counter() - began, Path(log.name))
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _family(pid: int) -> list[int]:
    """The process and all below it."""
    found = [pid]
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += _family(int(child))
    return found


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"no Pss in /proc/{pid}/smaps_rollup")
