"""A service: GET /health, and GET /weekday?of=2024-02-29."""

from __future__ import annotations

import datetime

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI(title="Weekdays")


class Weekday(BaseModel):
    """A date and its name."""

    date: datetime.date
    weekday: str
    day_of_year: int


@app.get("/health")
def health() -> dict[str, str]:
    """Whether the service answers."""
    return {"status": "ok"}


@app.get("/weekday")
def weekday(of: datetime.date) -> Weekday:
    """On which weekday a date falls."""
    return Weekday(date=of, weekday=f"{of:%A}", day_of_year=of.timetuple().tm_yday)
