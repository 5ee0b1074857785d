"""Commands of the installation itself: its database, its web server and its nightly pass."""

from __future__ import annotations

import os

import click
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import current_app
from flask_migrate import downgrade as migrate_down
from flask_migrate import upgrade as migrate_up
from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from waitress import serve as serve_forever

import elearn.tables  # noqa: F401 - every table is registered by importing it
from elearn import clock
from elearn.auth.service import prune_sessions
from elearn.config import newest_migration, secret_key
from elearn.db import Base, db
from elearn.errors import ConfigurationError
from elearn.ledger.service import sign_checkpoint
from elearn.people.organisations import list_organisations
from elearn.terminal import database_version, needs_any_database, needs_app, needs_database, print_json


@click.group("db")
def db_commands() -> None:
    """Set up the database, or change its tables to those of this version."""


@db_commands.command("upgrade")
@needs_app
def upgrade() -> None:
    """Bring the database to this version: makes it where there is none. Doing it twice changes nothing.

    Example: elearn db upgrade
    """
    _make_sqlite_folder()
    migrate_up()
    click.echo(f"The database is at {database_version()}")


@db_commands.command("downgrade")
@click.argument("revision")
@click.option("--discard-records", is_flag=True, help="Go on although records are lost with their tables.")
@needs_any_database
def downgrade(revision: str, discard_records: bool) -> None:
    """Take the database back to an earlier REVISION, such as 0005, or `base` for nothing.

    Refused while there are organisations, since a table goes with all that is in it.

    Example: elearn db downgrade 0005
    """
    with db.engine.connect() as connection:
        organisations = connection.scalar(
            select(func.count()).select_from(Base.metadata.tables["organisations"])
        )
    if organisations and not discard_records:
        raise ConfigurationError(
            f"records of {organisations} organisations could be lost. Back up first, then add --discard-records"
        )
    migrate_down(revision=revision)
    click.echo(f"The database is at {database_version() or 'base'}")


@db_commands.command("check")
@click.pass_context
@needs_any_database
def check(context: click.Context) -> None:
    """Say whether the database is as this version needs it. Exits with 1 where it is not.

    Example: elearn db check
    """
    found, latest = database_version(), newest_migration()
    if found != latest:
        click.echo(
            f"The database is at {found or 'nothing'}, this version needs {latest}. Run `elearn db upgrade`"
        )
        context.exit(1)
    with db.engine.connect() as connection:
        migrations = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(migrations, Base.metadata)
    for difference in differences:
        click.echo(f"The tables differ from this version's: {difference}")
    if differences:
        context.exit(1)
    click.echo(f"The database is at {found}, as this version needs it")


def _make_sqlite_folder() -> None:
    url = make_url(current_app.config["SQLALCHEMY_DATABASE_URI"])
    if url.get_backend_name() == "sqlite" and url.database:
        os.makedirs(os.path.dirname(url.database) or ".", exist_ok=True)


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--threads", type=click.IntRange(1, 64), default=8, show_default=True)
@needs_database
def serve(host: str, port: int, threads: int) -> None:
    """Serve the pages and the API, behind a reverse proxy that speaks https in real use.

    Example: elearn serve --port 8000
    """
    if current_app.debug or os.environ.get("FLASK_DEBUG", "0") not in ("", "0"):
        raise ConfigurationError(
            "debugging is on, and its pages would show secrets: unset FLASK_DEBUG to serve"
        )
    secret_key()
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    click.echo(f"Listening on http://{host}:{port}")
    serve_forever(app, host=host, port=port, threads=threads, ident=None)


@click.command("nightly")
@click.option("--json", "as_json", is_flag=True, help="Print what was done, in numbers.")
@needs_database
def nightly(as_json: bool) -> None:
    """Do what is due each night. Doing it twice, or missing a night, does no harm.

    It removes the sessions that ended more than twelve months ago (docs/retention.md), and signs a checkpoint of each
    organisation's records where something was added since the last one.

    Example: elearn nightly
    """
    removed = prune_sessions(at=clock.now())
    signed = sum(sign_checkpoint(each.id, at=clock.now()) for each in list_organisations())
    if as_json:
        print_json({"sessions_removed": removed, "checkpoints_signed": signed})
        return
    sessions = "1 session" if removed == 1 else f"{removed} sessions"
    checkpoints = "1 checkpoint" if signed == 1 else f"{signed} checkpoints"
    click.echo(f"Removed {sessions} that ended more than twelve months ago, and signed {checkpoints}")
