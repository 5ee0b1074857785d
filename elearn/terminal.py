"""What every command shares: the application where it needs the database, exit codes, how people are named."""

from __future__ import annotations

import functools
import json
import re
import secrets
import sys
import traceback
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click
from flask import Flask, current_app, has_app_context
from sqlalchemy import inspect, text
from sqlalchemy.exc import OperationalError

from elearn import clock
from elearn.config import Settings, load_settings, newest_migration
from elearn.db import db, let_go
from elearn.errors import ActionRefused, ConfigurationError, ElearnError, InvalidInput

FAILED = 1
CANNOT_TELL = 2
USAGE = 64
CRASH = 70

P = ParamSpec("P")
R = TypeVar("R")


class Program:
    """The running command line: makes the application when a command first needs it."""

    def __init__(self, create_app: Callable[[Settings], Flask]) -> None:
        self.create_app = create_app
        self.debug = False

    def app(self) -> Flask:
        """The application of this installation. Raises ConfigurationError where it cannot start."""
        return self.create_app(load_settings())


def needs_app(command: Callable[P, R]) -> Callable[P, R]:
    """Run a command inside the application, whose database may not be set up yet."""
    return _inside(command)


def needs_database(command: Callable[P, R]) -> Callable[P, R]:
    """Run a command inside the application. Raises ConfigurationError where the database is not set up, or is not at
    this program's version."""
    return _inside(command, check_database, check_version)


def needs_any_database(command: Callable[P, R]) -> Callable[P, R]:
    """The same for a command that is about the version of the database."""
    return _inside(command, check_database)


def _inside(command: Callable[P, R], *checks: Callable[[], None]) -> Callable[P, R]:
    @functools.wraps(command)
    def run(*args: P.args, **options: P.kwargs) -> R:
        if has_app_context():
            return command(*args, **options)
        program = click.get_current_context().find_object(Program)
        if program is None:
            raise RuntimeError("commands run under elearn.cli, or inside an application")
        with program.app().app_context():
            try:
                for check in checks:
                    check()
                return command(*args, **options)
            finally:
                let_go()
                db.engine.dispose()

    return run


def check_database() -> None:
    """Raises ConfigurationError where the database does not answer or has no tables yet."""
    if _is_missing():
        raise _not_set_up()
    try:
        is_set_up = inspect(db.engine).has_table("organisations")
    except OperationalError as error:
        where = db.engine.url.render_as_string(hide_password=True)
        raise ConfigurationError(f"the database {where} does not answer: check DATABASE_URL") from error
    if not is_set_up:
        raise _not_set_up()


def database_version() -> str | None:
    """The version that migrations have brought the database to; None where it is not there or was made without any."""
    if _is_missing():
        return None
    with db.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return found


def check_version() -> None:
    """Raises ConfigurationError where the database is at another version than this program needs."""
    found, needed = database_version(), newest_migration()
    if found is None or found == needed:
        return
    if found > needed:
        raise ConfigurationError(
            f"the database is at {found}, and this program knows {needed} only: update the program"
        )
    raise ConfigurationError(
        f"the database is at {found}, and this program needs {needed}. Stop the server, run `elearn db upgrade`, and "
        "start it again"
    )


def _is_missing() -> bool:
    """Whether SQLite's file is not there, which asking SQLite about would make."""
    url = db.engine.url
    named = url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:"
    return bool(named) and not Path(url.database or "").exists()


def _not_set_up() -> ConfigurationError:
    return ConfigurationError("the database has not been set up. Run `elearn db upgrade`")


def exits(code: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a command end with this code, in place of 1, for every expected failure."""

    def wrap(command: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(command)
        def run(*args: P.args, **options: P.kwargs) -> R:
            try:
                return command(*args, **options)
            except ElearnError as error:
                tell(error)
                click.get_current_context().exit(code)

        return run

    return wrap


_PLACE = re.compile(r"\S+:\d+: ")
"""A file and a line, which stay as they are written so that an editor opens them."""


def sentences(error: ElearnError) -> list[str]:
    """What an expected failure has to say, a sentence each."""
    found = [str(error)]
    if isinstance(error, InvalidInput):
        found = error.problems
    if isinstance(error, ActionRefused):
        found = [reason.sentence for reason in error.refusal.reasons]
    return [sentence if _PLACE.match(sentence) else sentence[:1].upper() + sentence[1:] for sentence in found]


def tell(error: ElearnError) -> None:
    """Print an expected failure on standard error."""
    for sentence in sentences(error):
        click.echo(sentence, err=True)


def print_json(value: object) -> None:
    """Print a value for a machine to read."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def table(rows: Sequence[tuple[str, ...]], heads: tuple[str, ...]) -> str:
    """Rows in columns under their heads, two spaces apart."""
    widths = [max(len(row[place]) for row in [heads, *rows]) for place in range(len(heads))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [heads, *rows]
    ]
    return "\n".join(lines)


def read_secret(what: str, *, from_stdin: bool) -> str:
    """A secret typed twice without showing, or the first line of standard input."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    entered: str = click.prompt(what, hide_input=True, confirmation_prompt=True)
    return entered


class Day(click.ParamType[date]):
    """A date as year-month-day; `today` too."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day meant. Fails as a usage error that names the option."""
        if isinstance(value, date):
            return value
        if value == "today":
            return clock.today()
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"'{value}' is not a date of the form 2026-09-01", param, ctx)


DAY = Day()
PERSON_HELP = "PERSON is organisation/payroll-number, or an id."


def crash_reference(error: BaseException) -> tuple[str, Path | None]:
    """Log an unexpected error under a reference: (reference, the log file, None where it cannot be written)."""
    reference = secrets.token_hex(4)
    try:
        folder = load_settings().instance if not has_app_context() else Path(current_app.instance_path)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "elearn.log"
        with path.open("a", encoding="utf-8") as file:
            file.write(
                f"{clock.now().isoformat()} error {reference}\n{''.join(traceback.format_exception(error))}\n"
            )
    except Exception:  # the crash may be in the very settings that say where the log is
        return reference, None
    return reference, path
