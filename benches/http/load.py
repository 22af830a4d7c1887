"""Load: a raw request and so many connections in, how many were answered in a time and how fast out.

By wrk where it is there, else by a client of our own, which needs the processor itself: its throughput is a lower bound
then. A request that has MARK in it gets a text of its own there each time, as a submit key must be.
"""

import asyncio
import itertools
import json
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from statistics import quantiles

__all__ = ["LOADER", "MARK", "Sample", "load"]

MARK = "K" * 22
LOADER = "wrk" if shutil.which("wrk") else "asyncio"


@dataclass(frozen=True)
class Sample:
    """What came of one run; times in seconds."""

    requests: int
    seconds: float
    p50: float
    p99: float


def load(port: int, request: bytes, *, connections: int, seconds: float) -> Sample:
    """Send `request` over and over. Raises RuntimeError where an answer is an error."""
    prefix = token_hex(5)  # no key is used in two runs
    if LOADER == "wrk":
        return _by_wrk(port, request, prefix, connections, seconds)
    return asyncio.run(_by_asyncio(port, request, prefix, connections, seconds))


def _by_wrk(port: int, request: bytes, prefix: str, connections: int, seconds: float) -> Sample:
    # wrk knows whole seconds only; it ends early when it is told to.
    with tempfile.NamedTemporaryFile() as file:
        file.write(request)
        file.flush()
        script = str(Path(__file__).with_name("load.lua"))
        options = ["-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "20s", "-s", script]
        command = ["wrk", *options, f"http://127.0.0.1:{port}/", "--", file.name, prefix]
        output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60).stdout
    figures = json.loads(output.strip().rpartition("\n")[2])
    if figures.pop("errors") or not figures["requests"]:
        raise RuntimeError(f"port {port}: {output}\n{request[:300]!r}")
    return Sample(**figures)


async def _by_asyncio(port: int, request: bytes, prefix: str, connections: int, seconds: float) -> Sample:
    pieces = request.split(MARK.encode())
    numbers = itertools.count(1)
    spent: list[float] = []
    began = time.perf_counter()

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        while time.perf_counter() - began < seconds:
            writer.write(f"{prefix}{next(numbers):012d}".encode().join(pieces))
            sent = time.perf_counter()
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            if head[9:10] not in b"23":
                raise RuntimeError(f"port {port}: {head!r}")
            if b"transfer-encoding: chunked" in head:
                while size := int(await reader.readline(), 16):
                    await reader.readexactly(size + 2)
                await reader.readexactly(2)
            else:
                await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0] or b"0"))
            spent.append(time.perf_counter() - sent)
        writer.close()

    await asyncio.gather(*(client() for _ in range(connections)))
    cuts = quantiles(spent, n=100)
    return Sample(len(spent), time.perf_counter() - began, cuts[49], cuts[98])
