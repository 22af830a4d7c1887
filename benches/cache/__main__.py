"""The benches, as one table: `make bench-cache`, or `BENCH=--short` for a look.

Contenders take turns, so that what else the machine does falls on all alike. Microseconds are of the wall, the median
of all rounds.
"""

import argparse
import asyncio
import gc
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from benches.cache.contenders import aiocache_, cashews_, jetbridge_
from benches.cache.pages import pages

JOBS = ("hit", "miss", "invalidate")


@contextmanager
def redis_server() -> Iterator[str | None]:
    """The address of a Redis of our own; None where Debian's redis-server is not installed."""
    executable = shutil.which("redis-server")
    if executable is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as directory:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [executable, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", directory]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            for _ in range(100):
                with socket.socket() as trial:
                    if trial.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait()


async def timed(job: Callable[[], Awaitable[Any]], times: int) -> float:
    """Microseconds for one time."""
    gc.collect()
    began = time.perf_counter()
    for _ in range(times):
        await job()
    return (time.perf_counter() - began) / times * 1e6


async def values(redis: str | None, rounds: int, times: int) -> Iterator[tuple[str, dict[str, float]]]:
    """A row for each job: the microseconds of each contender."""
    contenders = [make(redis) for make in (jetbridge_, cashews_, aiocache_)]
    for contender in contenders:
        await contender.hit()
    spent: dict[str, dict[str, list[float]]] = {job: {} for job in JOBS}
    for _ in range(rounds):
        for job in JOBS:
            for contender in contenders:
                await contender.hit()  # what an invalidation has taken away
                took = await timed(getattr(contender, job), times)
                spent[job].setdefault(contender.name, []).append(took)
    for contender in contenders:
        await contender.close()
    return iter([(job, {name: median(took) for name, took in by.items()}) for job, by in spent.items()])


async def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="benches.cache")
    options.add_argument("--short", action="store_true", help="a look, with more noise")
    short = options.parse_args().short
    rounds, times = (3, 100) if short else (9, 500)
    print("| microseconds | jetbridge | cashews | aiocache |\n|---|---|---|---|")
    with redis_server() as redis:
        for where, address in (("memory", None), ("Redis", redis)):
            if where == "Redis" and redis is None:
                print("redis-server is not installed: no figures for it", file=sys.stderr)
                continue
            for job, by in await values(address, rounds, times):
                print(f"| {where}: {job} | " + " | ".join(f"{by[name]:.0f}" for name in by) + " |")
        print("\n| microseconds | rendered | kept |\n|---|---|---|")
        for where, address in (("memory", None), ("Redis", redis)):
            if where == "memory" or redis is not None:
                for name, rendered, kept in await pages(address, rounds, times // 5):
                    print(f"| {where}: {name} | {rendered:.0f} | {kept:.0f} |")


if __name__ == "__main__":
    asyncio.run(main())
