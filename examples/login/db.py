"""Accounts in an SQLite file; the path comes from LOGIN_DB. Passwords are hashed with argon2id."""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS accounts (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, password TEXT NOT NULL)"
)
hasher = PasswordHasher()
_UNKNOWN = hasher.hash("nobody")  # an unknown name takes as long as a wrong password


@dataclass(frozen=True)
class Account:
    id: int
    name: str


def _connect() -> closing[sqlite3.Connection]:
    connection = sqlite3.connect(os.environ.get("LOGIN_DB", "login.sqlite3"))
    connection.execute(SCHEMA)
    return closing(connection)


def create_account(name: str, password: str) -> Account | None:
    """The new account, or None where the name is taken."""
    with _connect() as connection, connection:
        try:
            row = connection.execute(
                "INSERT INTO accounts (name, password) VALUES (?, ?)", (name, hasher.hash(password))
            )
        except sqlite3.IntegrityError:
            return None
        return Account(row.lastrowid or 0, name)


def find_account(account_id: int) -> Account | None:
    with _connect() as connection:
        row = connection.execute("SELECT id, name FROM accounts WHERE id = ?", (account_id,)).fetchone()
        return Account(*row) if row else None


def check_password(name: str, password: str) -> Account | None:
    """The account, if the password is its own."""
    with _connect() as connection:
        row = connection.execute("SELECT id, name, password FROM accounts WHERE name = ?", (name,)).fetchone()
    try:
        hasher.verify(row[2] if row else _UNKNOWN, password)
    except VerifyMismatchError:
        return None
    return Account(row[0], row[1]) if row else None
