"""An application that several workers run, on one database: each action writes down when it begins and when it ends.

The tests drive the actions through the database, too: one that was told to wait goes on when its name is released.
"""

import asyncio
import os
import sqlite3

from jetbridge import ActionError, App, Upload, action, action_state, flashes, h, redirect, revalidate_tag, session

app = App(
    __name__,
    session_days=1,
    timeout=float(os.environ.get("WORKERS_TIMEOUT", "600")),
    max_concurrent=int(os.environ.get("WORKERS_CONCURRENT", "200")),
    max_queued=1,
)


class Database:
    """Events and releases, in a file."""

    def __init__(self, path):
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=30)
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("create table if not exists events (what text, name text)")
        self._connection.execute("create table if not exists released (name text)")

    def note(self, what, name):
        self._connection.execute("insert into events values (?, ?)", (what, name))

    def release(self, name):
        self._connection.execute("insert into released values (?)", (name,))

    def is_released(self, name):
        return self._connection.execute("select 1 from released where name = ?", (name,)).fetchone() is not None

    @property
    def events(self):
        return self._connection.execute("select what, name from events order by rowid").fetchall()


db = Database(os.environ["WORKERS_DB"]) if "WORKERS_DB" in os.environ else None


@action
async def write(name: str, then: str = "") -> dict:
    """Writes one row at once, or once it is released; then ends as it was told."""
    db.note("begin", name)
    if then.startswith("wait"):
        while not db.is_released(name):  # noqa: ASYNC110  # another process says it
            await asyncio.sleep(0.01)
    db.note("end", name)
    revalidate_tag("rows")
    match then.removeprefix("wait "):
        case "refuse":
            raise ActionError("Taken", field_errors={"name": "taken"}, code="taken")
        case "fail":
            raise RuntimeError("broken on purpose")
        case "move":
            return redirect("/elsewhere", flash=f"Wrote {name}")
        case "sign in":
            session()["user"] = name
    return {"name": name, "large": "x" * (5000 if then == "large" else 0), "set": {1, 2}, "big": 1.5}


@action(timeout=0.2)
async def limited(name: str):
    """Ends by itself only when it is released, and its time is over before that."""
    await _write_with_cleanup(name)


@action(cancel_on_disconnect=True)
async def dependent(name: str):
    """Ends when its client goes away."""
    await _write_with_cleanup(name)


@action
async def untimed(name: str):
    """Has the app's own limit, if there is one."""
    await _write_with_cleanup(name)


async def _write_with_cleanup(name):
    db.note("begin", name)
    revalidate_tag("rows")
    try:
        while not db.is_released(name):  # noqa: ASYNC110  # another process says it
            await asyncio.sleep(0.01)
    except asyncio.CancelledError:
        db.note("cancelled", name)
        raise
    db.note("end", name)


@action
async def stubborn(name: str) -> str:
    """Commits, come what may: what it has begun it ends."""
    try:
        await _write_with_cleanup(name)
    except asyncio.CancelledError:
        db.note("committed", name)
    return name


@action(rate="3/minute", max_files=1)
async def rated(name: str, file: Upload | None = None):
    """May be called three times a minute."""
    db.note("end", name)


@action(rate="2/hour", rate_by=lambda request: request.headers.get("x-team"))
async def by_team(name: str):
    """Counts the calls of a team, and of a visitor where there is none."""
    db.note("end", name)


@action
async def stream(name: str):
    """Gives what can be read once only."""
    db.note("begin", name)

    async def items():
        for number in range(3):
            yield number
        db.note("end", name)

    return {"items": items()}


@app.page("/")
def home():
    state = action_state(write)
    return h.main[
        h.p(id="flashes")[", ".join(flashes())],
        h.p(id="user")[session().get("user", "nobody")],
        h.p(id="result")[str(state.result and len(state.result["large"]))],
        h.form(action=write)[h.input(name="name"), h.input(name="then"), h.button["Write"]],
        state.error and h.p(role="alert")[state.error.message],
    ]


@app.page("/elsewhere")
def elsewhere():
    return h.p(id="flashes")[", ".join(flashes())]
