"""Entries of guest books in an SQLite file; the path comes from GUESTBOOK_DB."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiosqlite

BOOKS = {"wedding": "Our wedding", "garden": "The garden party"}
SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY, book TEXT NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL,
    hearts INTEGER NOT NULL DEFAULT 0
)
"""


@dataclass(frozen=True)
class Entry:
    id: int
    name: str
    text: str
    hearts: int


@asynccontextmanager
async def _connect() -> AsyncIterator[aiosqlite.Connection]:
    async with aiosqlite.connect(os.environ.get("GUESTBOOK_DB", "guestbook.sqlite3")) as connection:
        await connection.execute(SCHEMA)
        yield connection


async def list_entries(book: str) -> list[Entry]:
    query = "SELECT id, name, text, hearts FROM entries WHERE book = ? ORDER BY id DESC"
    async with _connect() as connection, connection.execute(query, (book,)) as rows:
        return [Entry(*row) async for row in rows]


async def add_entry(book: str, name: str, text: str) -> None:
    async with _connect() as connection:
        await connection.execute("INSERT INTO entries (book, name, text) VALUES (?, ?, ?)", (book, name, text))
        await connection.commit()


async def add_heart(entry: int) -> None:
    async with _connect() as connection:
        await connection.execute("UPDATE entries SET hearts = hearts + 1 WHERE id = ?", (entry,))
        await connection.commit()
