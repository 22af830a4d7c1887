"""The run: phases in, what came of every submit out; it fails if one was lost, ran twice or met an unknown action.

`python -m soak [--write] [--visitors N]`: `--write` puts the figures into docs/performance.md.
"""

import argparse
import asyncio
import os
import re
import signal
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from soak.visitors import Tally, Visitor

PAGE = Path(__file__).parents[1] / "docs/performance.md"
BETWEEN = re.compile(r"(?<=<!-- soak -->\n).*?(?=<!-- /soak -->)", re.DOTALL)
PARKED = 40  # pages that stay open from the beginning to the end
REST = 100  # submits after each event, so that what it has broken is seen


async def main(visitors: int, *, write: bool) -> int:
    """Start the servers, go through the phases, stop the servers; the exit code."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)  # so that what was started is stopped
    directory = Path(tempfile.mkdtemp(prefix="jetbridge-soak-"))
    old, new = token_urlsafe(32), token_urlsafe(32)
    database = directory / "soak.sqlite3"
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE rows (text TEXT, version TEXT)")
    connection.close()
    os.environ.update(SOAK_DB=str(database), JETBRIDGE_SECRET=f"{old},{new}")  # to know forms of both secrets' pages
    from soak.servers import Worker, free_port, nginx, redis
    from soak.visitors import Tally, Visitor

    store_port, port = free_port(), free_port()
    env = {"JETBRIDGE_STORE": f"redis://127.0.0.1:{store_port}/0", "JETBRIDGE_TRUSTED_PROXIES": "127.0.0.1"}
    env |= {"SOAK_VERSION": "1", "JETBRIDGE_SECRET": old}
    store = redis(directory, store_port)
    workers = [Worker(directory, **env) for _ in range(3)]
    proxy = nginx(directory, port, workers)
    store.start()
    for worker in workers:
        worker.start()
    tallies: dict[str, Tally] = {}
    try:
        await asyncio.gather(*(worker.ready() for worker in workers))
        proxy.start()
        origin = f"http://127.0.0.1:{port}"

        async def rolling(**change: str) -> None:
            for worker in workers:
                await worker.restart(**change)

        async def kill() -> None:
            await workers[0].stop(signal.SIGKILL)
            await asyncio.sleep(1)
            workers[0].start()
            await workers[0].ready()

        async def restart_store() -> None:
            await store.stop()
            await asyncio.sleep(2)
            store.start()

        async def rotate() -> None:
            await rolling(JETBRIDGE_SECRET=f"{old},{new}")
            await rolling(JETBRIDGE_SECRET=f"{new},{old}")

        async def nothing() -> None:
            """How it is without an event."""

        phases: dict[str, Callable[[], Awaitable[None]]] = {
            "nothing happens": nothing,
            "rolling restart to a new version": lambda: rolling(SOAK_VERSION="2"),
            "a worker is killed": kill,
            "Redis is restarted, empty": restart_store,
            "the secret is rotated": rotate,
        }
        parked = [Visitor(origin, Tally()) for _ in range(PARKED)]
        for visitor in parked:
            await visitor.open()
        for name, event in phases.items():
            tally = tallies[name] = Tally()
            await under_load([Visitor(origin, tally) for _ in range(visitors)], event, tally)
            print(line(name, tally), flush=True)
        late = tallies["pages open since the beginning"] = Tally()
        for visitor in parked:
            visitor.tally = late
        await asyncio.gather(*(visitor.submit() for visitor in parked))
        print(line("pages open since the beginning", late), flush=True)
        for visitor in parked:
            await visitor.close()
    finally:
        for server in (proxy, *workers, store):
            await server.stop()
    return judge(tallies, database, write=write)


async def under_load(visitors: "list[Visitor]", event: Callable[[], Awaitable[None]], tally: "Tally") -> None:
    """Let visitors submit while `event` happens, and for a while after it."""
    done = asyncio.Event()

    async def visit(visitor: "Visitor") -> None:
        while not done.is_set():
            await visitor.submit()
        await visitor.close()

    async with asyncio.TaskGroup() as group:  # a visitor who fails ends it all
        for visitor in visitors:
            group.create_task(visit(visitor))
        await until(tally, REST)
        await event()
        await until(tally, len(tally.seconds) + REST)
        done.set()


async def until(tally: "Tally", count: int) -> None:
    """Wait for so many submits."""
    while len(tally.seconds) < count:
        await asyncio.sleep(0.02)


def line(name: str, tally: "Tally") -> str:
    """A row of the table."""
    worst = max(tally.seconds)
    middle = statistics.median(tally.seconds)
    again = tally.counts["sent again"] + tally.counts["pages tried again"]
    renewed = sum(count for kind, count in tally.counts.items() if "renewed" in kind)
    return (
        f"| {name} | {len(tally.seconds)} | {again} | {renewed} | {len(tally.uncertain)} | {middle * 1000:.0f} ms "
        f"| {worst:.1f} s |"
    )


def judge(tallies: "dict[str, Tally]", database: Path, *, write: bool) -> int:
    """Compare what visitors were told with what is in the database."""
    connection = sqlite3.connect(database)
    rows = dict(connection.execute("SELECT text, count(*) FROM rows GROUP BY text").fetchall())
    connection.close()
    told = [text for tally in tallies.values() for text in tally.texts]
    uncertain = [text for tally in tallies.values() for text in tally.uncertain]
    lost = [text for text in told if text not in rows]
    twice = {text: count for text, count in rows.items() if count > 1}
    unasked = set(rows) - set(told) - set(uncertain)
    odd = [one for tally in tallies.values() for one in tally.odd]
    head = "| what happens under load | submits | sent again | page renewed | not certain | median | longest |"
    table = [head, "|---|---|---|---|---|---|---|", *(line(name, tally) for name, tally in tallies.items())]
    verdict = (
        f"Of {len(told)} submits told as done {len(lost)} were lost and {len(twice)} ran twice; {len(odd)} met "
        "anything else."
    )
    print("\n".join([*table, "", verdict, *odd[:10]]))
    if write:
        text = PAGE.read_text("utf-8")
        PAGE.write_text(BETWEEN.sub("\n" + "\n".join([*table, "", verdict]) + "\n\n", text), "utf-8")
    return 1 if lost or twice or unasked or odd else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="soak")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--visitors", type=int, default=12)
    given = parser.parse_args()
    sys.exit(asyncio.run(main(given.visitors, write=given.write)))
