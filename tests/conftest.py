"""What every test may use: an application on each database, and what is required where."""

from __future__ import annotations

import atexit
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Dialect, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

import elearn.tables  # noqa: F401 - registers every table
from elearn.app import create_app
from elearn.auth import passwords
from elearn.config import Settings
from elearn.db import Base, db, let_go
from elearn.ledger.keys import create_keys

hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parents[1]
LOCAL_POSTGRESQL = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
NOON = datetime(2026, 9, 2, 11, 0, tzinfo=UTC)
"""An ordinary moment: Wednesday 2 September 2026, noon in the United Kingdom."""


HASHER_AS_IT_COMES, NOBODY_AS_IT_COMES = passwords._hasher, passwords._NOBODY


def pytest_configure() -> None:
    """Spend no time on what tests do not need: nothing they write must outlast a power cut or a theft.

    In this process only: servers and commands in processes of their own are as they come.
    """
    event.listen(Engine, "connect", _wait_for_no_disk)
    event.listen(Engine, "do_connect", _let_the_server_wait_for_none)
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords._NOBODY = passwords._hasher.hash("nobody has this password")


def _wait_for_no_disk(connection: object, record: object) -> None:
    _connected.append(type(connection).__module__)
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=OFF")


def _let_the_server_wait_for_none(
    dialect: Dialect, record: object, given: object, options: dict[str, Any]
) -> None:
    if dialect.name == "postgresql":
        options.setdefault("options", "-c synchronous_commit=off")


# --- each test on both databases -----------------------------------------------------------------

NOT_BY_DATABASES = {
    "tests/demo/test_commands.py": "a demonstration is on SQLite, and refuses a database that is set",
}
"""Files whose tests ask a database that is not of the fixture `databases`. A new one is added here, in the open."""

_connected: list[str] = []
"""The driver of each connection to a database since the test under way began."""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Forget what earlier tests asked."""
    _connected.clear()


@pytest.hookimpl(trylast=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Fail a test that has passed, but on one kind of database only."""
    by_databases = "databases" in getattr(item, "fixturenames", ())
    if _connected and not by_databases and item.path.relative_to(ROOT).as_posix() not in NOT_BY_DATABASES:
        pytest.fail(
            "it asks a database, and is not run on each kind: use the fixture `databases`", pytrace=False
        )


# --- what is required, and in which order ---------------------------------------------------------


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with most long tests first, so that no worker begins one when the others are done."""
    long = Counter(item.path for item in items if any(map(item.get_closest_marker, ("slow", "browser"))))
    items.sort(key=lambda item: -long[item.path])


def skip_unless_required(name: str, why: str) -> None:
    """Skip a test that needs something this machine lacks, or fail where ELEARN_TEST_REQUIRE names it."""
    if name in os.environ.get("ELEARN_TEST_REQUIRE", "").split(","):
        pytest.fail(f"{name} is required here, but {why}", pytrace=False)
    pytest.skip(why)


def shared_policies() -> Path | None:
    """The folder of the published policies, beside the repository, or None."""
    for parent in Path(__file__).resolve().parents:
        folder = parent / "shared" / "policies"
        if folder.is_dir():
            return folder
    return None


@pytest.fixture(scope="session")
def policy_texts() -> Path:
    """The folder of the published policies; the test is skipped where it is absent."""
    folder = shared_policies()
    if folder is None:
        pytest.skip("../shared/policies is not here, and this test reads the published policies")
    return folder


# --- databases -----------------------------------------------------------------------------------


@cache
def postgresql_server() -> str | None:
    """The address of the PostgreSQL server for tests, where one answers."""
    url = os.environ.get("ELEARN_TEST_DATABASE_URL", LOCAL_POSTGRESQL)
    engine = create_engine(url, connect_args={"connect_timeout": 3})
    try:
        with engine.connect():
            return url
    except OperationalError:
        return None
    finally:
        engine.dispose()


def fresh_postgresql_database(name: str, template: str = "template1") -> str:
    """The address of a new database on the test server: empty, or as its template is, to which nobody is connected.

    The test is skipped where there is no server. The name is this process's own, so that two runs at once do not meet;
    the last of this name goes for it, and it goes when the process ends.
    """
    server = postgresql_server()
    if server is None:
        skip_unless_required("postgresql", "no PostgreSQL server answers (see ELEARN_TEST_DATABASE_URL)")
        raise AssertionError
    own = f"{name}_{os.getpid()}"
    _drop(server, own)
    _at_server(server, f'CREATE DATABASE "{own}" TEMPLATE "{template}"')
    _drop_at_the_end(server, own)
    return server.rsplit("/", 1)[0] + f"/{own}"


@cache
def _drop_at_the_end(server: str, name: str) -> None:
    atexit.register(_drop, server, name)


def _drop(server: str, name: str) -> None:
    _at_server(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _at_server(server: str, statement: str) -> None:
    engine = create_engine(server, execution_options={"purpose": "read"})
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


class Databases:
    """Makes databases of one kind and gives their addresses. A new one takes the place of the last of its name."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self._folder = folder
        self._made = 0

    def empty(self, name: str) -> str:
        """One with nothing in it, not even a file."""
        if self.kind == "postgresql":
            return fresh_postgresql_database(f"elearn_test_{name}")
        return self._file(name)

    def with_tables(self, name: str) -> str:
        """One with every table and nothing in them: a copy, which is there sooner than the tables are made."""
        return self.copy(self._tables, name)

    def copy(self, url: str, name: str) -> str:
        """One with all that is in another, to which nobody is connected."""
        database = make_url(url).database
        assert database is not None
        if self.kind == "postgresql":
            return fresh_postgresql_database(f"elearn_test_{name}", database)
        copied = self._file(name)
        shutil.copyfile(database, copied.removeprefix("sqlite:///"))
        return copied

    @cached_property
    def shared(self) -> str:
        """The one with every table that most tests share."""
        return self.with_tables("shared")

    @cached_property
    def _tables(self) -> str:
        url = self.empty("tables")
        engine = create_engine(url)
        Base.metadata.create_all(engine)
        engine.dispose()
        return url

    def _file(self, name: str) -> str:
        self._made += 1
        return f"sqlite:///{self._folder / f'{name}-{self._made}.db'}"


@dataclass(frozen=True)
class Kept:
    """What is made once of each kind of database: files that are run one by one use both kinds by turns."""

    databases: dict[str, Databases]
    applications: dict[str, Flask]


@pytest.fixture(scope="session")
def kept() -> Iterator[Kept]:
    """What was made so far, kept until the end."""
    made = Kept({}, {})
    yield made
    for app in made.applications.values():
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def databases(
    request: pytest.FixtureRequest, kept: Kept, tmp_path_factory: pytest.TempPathFactory
) -> Databases:
    """Makes databases, once of each kind: whatever uses it is run on both."""
    kind = str(request.param)
    if kind not in kept.databases:
        kept.databases[kind] = Databases(kind, tmp_path_factory.mktemp("databases"))
    return kept.databases[kind]


@pytest.fixture(scope="session")
def database_url(databases: Databases) -> str:
    """The database that most tests share, once of each kind."""
    return databases.shared


@pytest.fixture(scope="session")
def worker_database(databases: Databases) -> Callable[[str], str]:
    """Makes further empty databases of the same kind, by name."""
    return databases.empty


def settings_for(instance: Path, database_url: str, **changes: object) -> Settings:
    """The settings of a test's installation."""
    values = {
        "instance": instance,
        "database_url": database_url,
        "secret_key": "a secret key for tests, long enough",
        "secret_key_fallbacks": (),
        "base_url": "http://localhost",
        "allowed_hosts": ("localhost",),
        "trusted_proxies": 0,
        "production": False,
    }
    return Settings(**(values | changes))


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a new installation for commands, with nothing in it: not even there."""
    for name in ("DATABASE_URL", "ELEARN_PRODUCTION", "ELEARN_BASE_URL", "FLASK_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ELEARN_INSTANCE", str(tmp_path / "instance"))
    return tmp_path / "instance"


@pytest.fixture
def installation(databases: Databases, instance: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same with an empty database of each kind; SQLite's will be a file in this folder, as it is by default."""
    if databases.kind == "postgresql":
        monkeypatch.setenv("DATABASE_URL", databases.empty("installation"))
    return instance


class Browser(FlaskClient):
    """A test client whose every request has an application context of its own, as it has when served.

    Inside a test's own context a request would find `g` and the database session as the last one left them.
    """

    def open(self, *args: Any, **options: Any) -> TestResponse:
        """Make one request, and let the test see what it wrote."""
        let_go()
        with self.application.app_context():
            return super().open(*args, **options)


@pytest.fixture(scope="session")
def application(database_url: str, kept: Kept, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application on the shared database, with its own keys. Tests share it: each makes its own organisation."""
    if database_url not in kept.applications:
        instance = tmp_path_factory.mktemp("instance")
        create_keys(instance / "keys", "elearn test")
        app = create_app(settings_for(instance, database_url), TESTING=True)
        app.test_client_class = Browser
        kept.applications[database_url] = app
    return kept.applications[database_url]


@pytest.fixture
def app(application: Flask) -> Iterator[Flask]:
    """The application, with its context pushed."""
    with application.app_context():
        yield application
        let_go()
