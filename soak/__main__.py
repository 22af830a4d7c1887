"""The run: phases in, what came of every submit out; it fails if one was lost, ran twice or met an unknown action.

`python -m soak [--write] [--visitors N]`: `--write` puts the figures into docs/performance.md.
"""

import argparse
import asyncio
import json
import os
import re
import shutil
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
    from soak.browsers import Person
    from soak.visitors import Tally, Visitor

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/performance.md"
BETWEEN = re.compile(r"(?<=<!-- soak -->\n).*?(?=<!-- /soak -->)", re.DOTALL)
PARKED = 40  # pages that stay open from the beginning to the end
OPEN = "pages open since the beginning"
GONE = "the same, and the action is gone; Chromium"
PEOPLE = 3  # pages of Chromium that submit all the time, and as many that wait until the end
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
    from soak.browsers import Person, chromium
    from soak.servers import Worker, free_port, nginx, redis
    from soak.visitors import Tally, Visitor

    store_port, port = free_port(), free_port()
    env = {"JETBRIDGE_STORE": f"redis://127.0.0.1:{store_port}/0", "JETBRIDGE_TRUSTED_PROXIES": "127.0.0.1"}
    env |= {"SOAK_VERSION": "1", "SOAK_CLIENT": str(other_client(directory / "client")), "JETBRIDGE_SECRET": old}
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
        async with chromium() as browser:
            people, waiting, noting = ([Person(browser, origin, Tally()) for _ in range(PEOPLE)] for _ in range(3))
            for person in (*people, *waiting, *noting):
                await person.open(live=person not in (waiting[0], noting[0]))
            for name, event in phases.items():
                tallies[name], tallies[f"{name}; Chromium"] = tally, scripted = Tally(), Tally()
                for person in people:
                    person.tally = scripted
                await under_load([Visitor(origin, tally) for _ in range(visitors)], people, event)
                print(line(name, tally), line(f"{name}; Chromium", scripted), sep="\n", flush=True)
            tallies[OPEN], tallies[f"{OPEN}; Chromium"] = late, scripted = Tally(), Tally()
            tallies[GONE] = gone = Tally()
            for visitor in parked:
                visitor.tally = late
            await asyncio.gather(*(visitor.submit() for visitor in parked))
            for person in waiting:
                person.tally = scripted
                await person.submit()
            for person in noting:
                person.tally = gone
                await person.submit("note", "about")
            for visitor in parked:
                await visitor.close()
    finally:
        for server in (proxy, *workers, store):
            await server.stop()
    return judge(tallies, database, write=write)


async def under_load(visitors: "list[Visitor]", people: "list[Person]", event: Callable[[], Awaitable[None]]) -> None:
    """Let visitors and people submit while `event` happens, and for a while after it."""
    done = asyncio.Event()
    tally = visitors[0].tally

    async def visit(visitor: "Visitor | Person") -> None:
        while not done.is_set():
            await visitor.submit()

    async with asyncio.TaskGroup() as group:  # a visitor who fails ends it all
        for visitor in (*visitors, *people):
            group.create_task(visit(visitor))
        await until(tally, REST)
        await event()
        await until(tally, len(tally.seconds) + REST)
        done.set()
    for visitor in visitors:
        await visitor.close()


def other_client(directory: Path) -> Path:
    """The files of the browser's client as another version of Jetbridge has them: with other contents and names."""
    shutil.copytree(ROOT / "src/jetbridge/server/client", directory)
    manifest = json.loads((directory / "manifest.json").read_text("utf-8"))
    names = {file: f"other-{file}" for file in manifest["files"].values()}
    for old, new in names.items():
        text = (directory / old).read_text("utf-8") + "\n// another version\n"
        for one, other in names.items():
            text = text.replace(f"./{one}", f"./{other}")
        (directory / new).write_text(text, "utf-8")
    manifest["files"] = {name: names[file] for name, file in manifest["files"].items()}
    (directory / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return directory


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
    odd += [f"nobody asked for {text!r}, or was told of it" for text in sorted(unasked)]
    head = "| what happens under load | submits | sent again | page renewed | not certain | median | longest |"
    table = [head, "|---|---|---|---|---|---|---|", *(line(name, tally) for name, tally in tallies.items())]
    verdict = (
        f"Of {len(told)} submits told as done {len(lost)} were lost and {len(twice)} ran twice; {len(odd)} met "
        "anything else."
    )
    print("\n".join([*table, "", verdict, *odd[:10]]))
    failed = bool(lost or twice or odd)
    if write and not failed:
        text = PAGE.read_text("utf-8")
        PAGE.write_text(BETWEEN.sub("\n" + "\n".join([*table, "", verdict]) + "\n\n", text), "utf-8")
    return int(failed)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="soak")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--visitors", type=int, default=12)
    given = parser.parse_args()
    sys.exit(asyncio.run(main(given.visitors, write=given.write)))
