"""A page of a hundred rows in, what it takes to answer a request for it out: rendered each time, and kept."""

import gc
import time
from statistics import median
from typing import Any

from jetbridge.elements.h import h
from jetbridge.server.app import App
from jetbridge.store.memory import MemoryStore
from jetbridge.store.redis import RedisStore

__all__ = ["pages"]

_SECRET = "only for benches, where the environment has none"


async def save(name: str) -> str:
    """use server"""
    return name


def page() -> Any:
    """A form and a table."""
    rows = [
        h.tr(key=number)[h.td[str(number)], h.td[f"Name {number}"], h.td["ada@example.com"]] for number in range(100)
    ]
    return h.main[h.form(action=save)[h.input(name="name"), h.button["Save"]], h.table[h.tbody[rows]]]


async def pages(redis: str | None, rounds: int, times: int) -> list[tuple[str, float, float]]:
    """For HTML and Flight: microseconds for an answer that is rendered, and for one that is kept."""
    app = App(__name__, store=MemoryStore() if redis is None else RedisStore(redis, prefix="pages:"))
    app.page("/rendered")(page)
    app.page("/kept", cache=3600)(page)
    app.start(secret=_SECRET)
    found: list[tuple[str, float, float]] = []
    for name, accept in (("HTML", b"text/html"), ("Flight", b"text/x-component")):
        spent: dict[str, list[float]] = {"/rendered": [], "/kept": []}
        for _ in range(rounds):
            for path, took in spent.items():
                gc.collect()
                began = time.perf_counter()
                for _ in range(times):
                    assert await _status(app, path, accept) == 200
                took.append((time.perf_counter() - began) / times * 1e6)
        found.append((name, median(spent["/rendered"]), median(spent["/kept"])))
    await app.cache.close()
    await app.store.close()
    return found


async def _status(app: App, path: str, accept: bytes) -> int:
    told: list[int] = []
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "scheme": "http",
        "http_version": "1.1",
        "headers": [(b"host", b"localhost"), (b"accept", accept), (b"cookie", b"jetbridge-visitor=me")],
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            told.append(message["status"])

    await app(scope, receive, send)
    return told[0]
