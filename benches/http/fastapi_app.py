"""The same two as FastAPI endpoints, with models in and out."""

from datetime import datetime

from fastapi import FastAPI
from pydantic import BaseModel

from benches.http.jetbridge_app import TABLE


class Row(BaseModel):
    id: int
    name: str
    email: str
    active: bool
    score: float
    created: datetime


app = FastAPI()
MODELS = [Row(**row) for row in TABLE]


@app.post("/rows")
async def rows() -> list[Row]:
    return MODELS


@app.post("/count")
async def count(table: list[Row]) -> int:
    return len(table)
