"""Things to do in an SQLite file; the path comes from TODO_DB."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiosqlite

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS todos (id INTEGER PRIMARY KEY, text TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0)"
)


@dataclass(frozen=True)
class Todo:
    id: int
    text: str
    done: bool


@asynccontextmanager
async def _connect() -> AsyncIterator[aiosqlite.Connection]:
    async with aiosqlite.connect(os.environ.get("TODO_DB", "todo.sqlite3")) as connection:
        await connection.execute(SCHEMA)
        yield connection


async def _write(query: str, *values: Any) -> None:
    async with _connect() as connection:
        await connection.execute(query, values)
        await connection.commit()


async def list_all() -> list[Todo]:
    async with _connect() as connection, connection.execute("SELECT id, text, done FROM todos ORDER BY id") as rows:
        return [Todo(number, text, bool(done)) async for number, text, done in rows]


async def has(text: str) -> bool:
    async with _connect() as connection, connection.execute("SELECT 1 FROM todos WHERE text = ?", (text,)) as rows:
        return await rows.fetchone() is not None


async def add(text: str) -> None:
    await _write("INSERT INTO todos (text) VALUES (?)", text)


async def rename(todo: int, text: str) -> None:
    await _write("UPDATE todos SET text = ? WHERE id = ?", text, todo)


async def set_done(todo: int, done: bool) -> None:
    await _write("UPDATE todos SET done = ? WHERE id = ?", done, todo)


async def remove(todo: int) -> None:
    await _write("DELETE FROM todos WHERE id = ?", todo)


async def clear_done() -> None:
    await _write("DELETE FROM todos WHERE done")
