"""What all contenders work on: tables of 6 columns, one of them dates, and users with a name and an address."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import TypedDict

__all__ = ["EMAIL", "Row", "count_user", "create_by_hand", "table_of"]

EMAIL = r"^[^@\s]+@[^@\s]+$"


class Row(TypedDict):
    """A row of the table."""

    id: int
    name: str
    email: str
    active: bool
    score: float
    created: datetime


_START = datetime(2024, 1, 1, 12, 30, tzinfo=UTC)


def table_of(rows: int) -> list[Row]:
    """So many rows."""
    return [
        Row(
            id=i,
            name=f"Name {i}",
            email=f"user{i}@example.com",
            active=i % 2 == 0,
            score=i / 7,
            created=_START + timedelta(days=i % 300, seconds=i % 60),
        )
        for i in range(rows)
    ]


_users = itertools.count(1)


def count_user() -> int:
    """The number of a new user; nothing is kept of them."""
    return next(_users)


def create_by_hand(name: object, email: object) -> int:
    """Check a user as one does without a library."""
    if not (isinstance(name, str) and 1 <= len(name) <= 100):
        raise ValueError("name")
    if not (isinstance(email, str) and len(email) <= 100 and "@" in email):
        raise ValueError("email")
    return count_user()
