"""Alembic's environment: the application's own metadata, on the connection the application uses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from flask import current_app
from sqlalchemy import Connection

import elearn.tables  # noqa: F401 - every table is registered by importing it
from elearn.db import Base

OTHER_TABLES = ("huey_",)
"""Prefixes of tables that are not ours, such as a job queue's in the same database."""


def include_object(obj: object, name: str | None, type_: str, reflected: bool, compare_to: object) -> bool:
    """Leave alone what belongs to somebody else."""
    return not (type_ == "table" and name is not None and name.startswith(OTHER_TABLES))


def run_migrations() -> None:
    """Run the migrations in one transaction on the application's database."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect().execution_options(purpose="write") as connection, tables_may_be_rebuilt(connection):
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=include_object,
            render_as_batch=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
            check_references(connection)
        connection.commit()


@contextmanager
def tables_may_be_rebuilt(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew, which rows that refer to it would forbid; so `check_references` looks at the end."""
    if connection.dialect.name != "sqlite":
        yield
        return
    database = connection.connection.driver_connection
    database.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        database.execute("PRAGMA foreign_keys=ON")


def check_references(connection: Connection) -> None:
    """Undo everything where a row would refer to one that is not there."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"the migration left rows that refer to nothing: {broken[:5]}")


run_migrations()
