"""The floor: the least an honest Flask app can cost for one key SELECT, one INSERT and COMMIT, and one journey.

A stand-in for ../shared/floor where that folder is absent, with the same routes; where it is there, that one is used.
Run by gunicorn with BENCH_DB naming an empty database: `python -m tests.benchmarks.floor` fills it.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import sqlite3
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, event, insert, select
from sqlalchemy.engine import Engine

PEOPLE = 10_000
app = Flask(__name__)
app.config.update(SECRET_KEY="x" * 32, SQLALCHEMY_DATABASE_URI=os.environ["BENCH_DB"])
if os.environ["BENCH_DB"].startswith("postgres"):
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_size": 8, "max_overflow": 4}
db = SQLAlchemy(app)
metadata = MetaData()
STAFF = Table(
    "staff",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(80)),
    Column("academy_id", Integer, index=True),
)
ANSWERS = Table(
    "answer",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("staff_id", Integer, index=True),
    Column("question", Integer),
    Column("choice", Integer),
    Column("at", DateTime),
    Column("note", String(400)),
)


@event.listens_for(Engine, "connect")
def _pragmas(connection: Any, record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        for pragma in ("journal_mode=WAL", "busy_timeout=10000", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")


@app.get("/pk/core")
def key_select() -> dict[str, Any]:
    """One key SELECT through SQLAlchemy Core, as JSON."""
    with db.engine.connect() as connection:
        row = connection.execute(select(STAFF).where(STAFF.c.id == random.randint(1, PEOPLE))).one()
    return {"id": row.id, "name": row.name}


@app.post("/insert")
def insert_and_commit() -> tuple[str, int]:
    """One INSERT and COMMIT."""
    values = {"staff_id": random.randint(1, PEOPLE), "question": 3, "choice": 1, "note": "n" * 80}
    with db.engine.begin() as connection:
        connection.execute(insert(ANSWERS).values(at=dt.datetime.now(dt.UTC).replace(tzinfo=None), **values))
    return "", 204


def fill() -> None:
    """Make the tables and ten thousand people."""
    with app.app_context():
        metadata.drop_all(db.engine)
        metadata.create_all(db.engine)
        rows = [{"id": n, "name": f"First{n} Last{n}", "academy_id": n % 40} for n in range(1, PEOPLE + 1)]
        with db.engine.begin() as connection:
            connection.execute(insert(STAFF), rows)


if __name__ == "__main__":
    fill()
