"""Alembic's environment: the application's own metadata, on the connection the application uses."""

from __future__ import annotations

from alembic import context
from flask import current_app

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
    with engine.connect().execution_options(write_unit=True) as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=include_object,
            render_as_batch=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run_migrations()
