"""The two actions on tables, as an application of ours."""

from datetime import UTC, datetime, timedelta
from typing import TypedDict

from jetbridge import App, action


class Row(TypedDict):
    id: int
    name: str
    email: str
    active: bool
    score: float
    created: datetime


START = datetime(2024, 1, 1, 12, 30, tzinfo=UTC)
TABLE: list[Row] = [
    Row(
        id=i,
        name=f"Name {i}",
        email=f"user{i}@example.com",
        active=i % 2 == 0,
        score=i / 7,
        created=START + timedelta(days=i % 300, seconds=i % 60),
    )
    for i in range(1000)
]


@action
async def rows() -> list[Row]:
    return TABLE


@action
async def count(table: list[Row]) -> int:
    return len(table)


app = App(__name__, secret="only for benches, on the loopback interface")
