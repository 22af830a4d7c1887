"""Members in an SQLite file; the path comes from SIGNUP_DB."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiosqlite

PHOTO_TYPES = ("image/jpeg", "image/png", "image/webp")
SCHEMA = """
CREATE TABLE IF NOT EXISTS members (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL UNIQUE, plan TEXT NOT NULL,
    photo_type TEXT, photo BLOB
)
"""


@dataclass(frozen=True)
class Photo:
    type: str
    data: bytes


@dataclass(frozen=True)
class Member:
    id: int
    name: str
    plan: str
    has_photo: bool


@asynccontextmanager
async def _connect() -> AsyncIterator[aiosqlite.Connection]:
    async with aiosqlite.connect(os.environ.get("SIGNUP_DB", "signup.sqlite3")) as connection:
        await connection.execute(SCHEMA)
        yield connection


async def list_members() -> list[Member]:
    query = "SELECT id, name, plan, photo IS NOT NULL FROM members ORDER BY id"
    async with _connect() as connection, connection.execute(query) as rows:
        return [Member(number, name, plan, bool(has_photo)) async for number, name, plan, has_photo in rows]


async def find_member(email: str) -> bool:
    query = "SELECT 1 FROM members WHERE email = ?"
    async with _connect() as connection, connection.execute(query, (email,)) as rows:
        return await rows.fetchone() is not None


async def find_photo(member: int) -> Photo | None:
    query = "SELECT photo_type, photo FROM members WHERE id = ? AND photo IS NOT NULL"
    async with _connect() as connection, connection.execute(query, (member,)) as rows:
        row = await rows.fetchone()
        return Photo(*row) if row else None


async def add_member(name: str, email: str, plan: str, photo: Photo | None) -> None:
    values = (name, email, plan, photo and photo.type, photo and photo.data)
    async with _connect() as connection:
        await connection.execute(
            "INSERT INTO members (name, email, plan, photo_type, photo) VALUES (?, ?, ?, ?, ?)", values
        )
        await connection.commit()
