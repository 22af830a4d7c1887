"""People in an SQLite file; the path comes from USERS_DB."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiosqlite

SCHEMA = "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL UNIQUE)"


@dataclass(frozen=True)
class User:
    id: int
    name: str
    email: str


@asynccontextmanager
async def _connect() -> AsyncIterator[aiosqlite.Connection]:
    async with aiosqlite.connect(os.environ.get("USERS_DB", "users.sqlite3")) as connection:
        await connection.execute(SCHEMA)
        yield connection


async def list_users() -> list[User]:
    async with _connect() as connection, connection.execute("SELECT id, name, email FROM users ORDER BY id") as rows:
        return [User(*row) async for row in rows]


async def find_user(email: str) -> User | None:
    query = "SELECT id, name, email FROM users WHERE email = ?"
    async with _connect() as connection, connection.execute(query, (email,)) as rows:
        row = await rows.fetchone()
        return User(*row) if row else None


async def create_user(name: str, email: str) -> User:
    async with _connect() as connection:
        cursor = await connection.execute("INSERT INTO users (name, email) VALUES (?, ?)", (name, email))
        await connection.commit()
        return User(cursor.lastrowid or 0, name, email)
