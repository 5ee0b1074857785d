"""The database: one declarative base, one write unit, and the only commit in the program.

Units that write take the process's write lock and `BEGIN IMMEDIATE` on SQLite, so that concurrent writers
queue rather than fail; reads begin plainly and never wait for a writer. On PostgreSQL a unit is an ordinary
READ COMMITTED transaction, in which two people may both find a row standing and both replace it: the unique
constraint then stops the second, who is told so in words. Whatever must be written last (the ledger, whose head
row serialises an organisation's writers) registers with `before_commit`.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    PoolProxiedConnection,
    Text,
    TypeDecorator,
    UniqueConstraint,
    event,
    func,
    select,
)
from sqlalchemy.engine.interfaces import DBAPICursor, ExceptionContext
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import DeclarativeBase, Session, scoped_session
from sqlalchemy.pool import QueuePool

from elearn.current import this_app, this_g
from elearn.decisions import BUSY, CHANGED_MEANWHILE
from elearn.errors import ActionRefused, ElearnError, InvalidInput

CONSTRAINT_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of every table. Constraints have predictable names, so that errors can be told apart."""

    metadata = MetaData(naming_convention=CONSTRAINT_NAMES)


class Connections:
    """The driver's connections to one database, from SQLAlchemy's pool.

    They stay at hand when they are given back, unless the pool had to open more than it keeps: the way through the pool
    and back takes longer than a page's shortest question. To the pool they are in use. When one is found broken, or the
    pool is disposed of, all that were opened before are closed: those at hand at once, the others when they are given
    back.
    """

    __slots__ = ("_at_hand", "_generation", "engine")

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._at_hand: list[PoolProxiedConnection] = []
        self._generation = 0
        event.listen(engine, "engine_disposed", lambda engine: self._let_go_of_all())
        event.listen(engine, "handle_error", self._notice)

    def take(self) -> PoolProxiedConnection:
        """One that is in no transaction. Raises the driver's error where the database gives none, and SQLAlchemy's
        TimeoutError where all that there may be are in use.
        """
        try:
            return self._at_hand.pop()
        except IndexError:
            taken = self.engine.raw_connection()
            taken.info["generation"] = self._generation
            return taken

    def give_back(self, connection: PoolProxiedConnection) -> None:
        """Undo what it has not committed, and keep it for whoever is next."""
        pool = self.engine.pool
        if connection.info["generation"] != self._generation:
            connection.invalidate()
        elif not isinstance(pool, QueuePool) or pool.checkedout() > pool.size():
            connection.close()
        else:
            try:
                connection.rollback()
            except self.engine.dialect.loaded_dbapi.Error:
                connection.invalidate()
            else:
                self._at_hand.append(connection)

    def _notice(self, found: ExceptionContext) -> None:
        if found.is_disconnect:
            self._let_go_of_all()

    def _let_go_of_all(self) -> None:
        self._generation += 1
        while True:
            try:
                self._at_hand.pop().invalidate()
            except IndexError:
                return


class OneConnection:
    """What a page, a command or a thread has to do with the database: one connection, for all it reads and writes.

    The connection is opened by the first query (`read`) or by the write unit (`transaction`), and goes back with the
    end of either. It is the driver's own, from the pool; SQLAlchemy's stands over it where somebody asks for that.
    On PostgreSQL what is only read needs no transaction: at READ COMMITTED each statement sees what is committed
    when it runs, inside one or not. On SQLite it is one snapshot.
    """

    __slots__ = ("_connections", "_cursor", "_over", "answers", "engine", "opened", "unit")

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self.engine = connections.engine
        self.opened: PoolProxiedConnection | None = None
        self._cursor: DBAPICursor | None = None
        self._over: Connection | None = None
        self.unit: Unit | None = None
        self.answers: dict[object, Any] = {}

    def read(self) -> PoolProxiedConnection:
        """The connection in use, opened for reading where there is none."""
        return self.opened or self.open("read")

    def open(self, purpose: Purpose) -> PoolProxiedConnection:
        """Begin on a connection of its own. Raises SQLAlchemy's error where there is none to be had."""
        statement = _how_to_begin(self.engine.dialect, purpose)
        try:
            opened = self.opened = self._connections.take()
            if statement:
                self.cursor().execute(statement)
        except self.engine.dialect.loaded_dbapi.Error as error:
            raise self.failure(error) from error
        return opened

    def cursor(self) -> DBAPICursor:
        """The driver's cursor of the connection in use: one, since each statement's rows are fetched at once."""
        if self._cursor is None:
            self._cursor = self.read().cursor()
        return self._cursor

    def over(self) -> Connection:
        """SQLAlchemy's connection over the one in use."""
        if self._over is None:
            self._over = Connection(self.engine, self.read())
            self._over.execution_options(purpose="joined")
            self._over.begin()
        return self._over

    def commit(self) -> None:
        """Store what was written."""
        if self._over is not None:
            self._over.commit()
            return
        try:
            self.engine.dialect.do_commit(self.read())
        except self.engine.dialect.loaded_dbapi.Error as error:
            raise self.failure(error) from error

    def let_go(self) -> None:
        """Give the connection back, and forget what was found through it. What it has not committed is undone."""
        self.answers.clear()
        self._cursor = None
        over, self._over = self._over, None
        opened, self.opened = self.opened, None
        if over is not None:
            over.close()
        elif opened is not None:
            self._connections.give_back(opened)

    def failure(self, error: Any, text: str | None = None, values: Any = None) -> StatementError:
        """What SQLAlchemy calls an error of the driver's. Of a broken connection, all as old as it are let go too."""
        dialect = self.engine.dialect
        if self.opened is not None and dialect.is_disconnect(error, self.opened, None):
            # It sees the same, lets go of them, and raises its own error.
            self.over().exec_driver_sql("SELECT 1")
        told: StatementError = DBAPIError.instance(
            text,
            values,
            error,
            dialect.loaded_dbapi.Error,
            hide_parameters=self.engine.hide_parameters,
            dialect=dialect,
        )
        return told


Purpose = Literal["read", "walk", "write", "write_once"]
"""What a transaction is begun for: `read` is a page's, `walk` looks at one moment, the others are units."""

BEGIN = {
    "sqlite": {"write": "BEGIN IMMEDIATE", "write_once": "BEGIN IMMEDIATE"},
    "postgresql": {"read": "", "write_once": "", "walk": "BEGIN ISOLATION LEVEL REPEATABLE READ"},
}
"""How each kind of database begins for a purpose, where not with BEGIN; with nothing, each statement is by itself."""


def _how_to_begin(dialect: Dialect, purpose: str) -> str:
    """The statement that begins a transaction, which drivers in autocommit leave to us; "" where there is none."""
    return BEGIN[dialect.name].get(purpose, "BEGIN")


class EntitySession(FlaskSession):
    """The session of entities. It joins the one connection, whose read or write unit ends with it."""

    def get_bind(self, *args: Any, **named: Any) -> Connection:
        """Where entities are read from and written to."""
        return one_connection().over()

    def rollback(self) -> None:
        """Undo; outside a write unit that ends what was read."""
        super().rollback()
        here = one_connection()
        if here.unit is None:
            here.let_go()

    def close(self) -> None:
        """End everything."""
        super().close()
        one_connection().let_go()


db = SQLAlchemy(model_class=Base, session_options={"autoflush": False, "class_": EntitySession})
migrate = Migrate(render_as_batch=True)


_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical_json(value: object) -> str:
    """JSON with sorted keys and no spare space: one value, one text. NaN and infinity are refused."""
    return _canonical.encode(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored as UTC; naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Raises ValueError for one with an offset on SQLite, which compares moments as text: none of ours has."""
        if value is None:
            return None
        if value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        if dialect.name == "sqlite":
            raise ValueError(f"not a moment as it is stored here: {value}")
        return value.astimezone(UTC)


class CanonicalJson(TypeDecorator[Any]):
    """A JSON value kept as canonical text, so that the same value always has the same hash."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else canonical_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


_write_lock = threading.RLock()
_before_commit: list[Callable[[], None]] = []


def before_commit(hook: Callable[[], None]) -> Callable[[], None]:
    """Register what every unit writes last, in order of registration."""
    _before_commit.append(hook)
    return hook


@dataclass(slots=True)
class Unit:
    """A write unit that is under way. `notes` hold what hooks gather for its end, and go with it."""

    single_change: bool = False
    changes: int = 0
    doomed: bool = False
    notes: dict[str, Any] = field(default_factory=dict)


class UnitDoomed(RuntimeError):
    """An inner verb failed and its failure was swallowed: the whole unit is rolled back."""


def one_connection() -> OneConnection:
    """That of this request, command or thread."""
    kept = this_g()
    here: OneConnection | None = getattr(kept, "one_connection", None)
    if here is None:
        here = kept.one_connection = OneConnection(this_app().extensions["elearn_connections"])
    return here


def connection() -> Connection:
    """Where a query goes that is neither of entities nor prepared: the write unit under way, or the page's read."""
    return one_connection().over()


def let_go() -> None:
    """Give the connection back, with whatever entities were read through it."""
    db.session.remove()
    one_connection().let_go()


def look_at_one_moment() -> Session:
    """Read everything from here on as it is now, whatever is stored meanwhile; rows may come in batches."""
    let_go()
    one_connection().open("walk")
    return db.session()


def has_entities() -> bool:
    """Whether there is a session of entities: it is made when the first of them is read or added."""
    return bool(db.session.registry.has())


@contextmanager
def transaction(*, single_change: bool = False) -> Iterator[scoped_session[FlaskSession]]:
    """One write unit: all of it is stored, or none. Units nest; the outermost commits.

    Nothing outside the process is called inside a unit. Rows read before it began are stale: a unit reads
    again what it decides on. Where somebody else was first all the same, or the database lets nobody in, the
    outermost raises what `what_to_tell` says.

    A unit of a `single_change` of no fact needs no BEGIN and COMMIT on PostgreSQL, two ways to the server and back.
    There it is stored as soon as it is made, so it is the last thing that can fail in its unit.
    """
    here = one_connection()
    if here.unit is not None:
        try:
            yield db.session
        except BaseException:
            here.unit.doomed = True
            raise
        return
    if has_entities() and db.session().in_transaction():
        db.session.commit()  # entities read before are read again
    here.let_go()
    with _exclusive():
        try:
            unit = here.unit = Unit(single_change)
            here.open("write_once" if single_change else "write")
            yield db.session
            if unit.doomed:
                raise UnitDoomed("an inner step failed")
            for hook in () if single_change else _before_commit:
                hook()
            if has_entities() and db.session().in_transaction():
                db.session.commit()
            here.commit()
        except BaseException as error:
            if has_entities():
                db.session.rollback()
            told = what_to_tell(error) if isinstance(error, DBAPIError) else None
            if told is None:
                raise
            raise told from error
        finally:
            here.unit = None
            here.let_go()


CONTENTION = frozenset({"40001", "40P01", "55P03"})
"""What PostgreSQL calls a serialization failure, a deadlock, and a lock that is not to be had."""


def what_to_tell(error: DBAPIError) -> ElearnError | None:
    """What to say to somebody whose unit failed beside others'; None where it failed for another reason."""
    if isinstance(error, IntegrityError):
        return lost_race(error)
    if getattr(error.orig, "sqlstate", None) in CONTENTION:
        return ActionRefused(BUSY)
    code = getattr(error.orig, "sqlite_errorcode", None)
    return ActionRefused(BUSY) if code is not None and code & 0xFF in SQLITE_CONTENTION else None


SQLITE_CONTENTION = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
"""Another process, or another connection of this one, did not let go within the busy timeout."""


def lost_race(error: IntegrityError) -> ElearnError | None:
    """What to say to whoever came second at a unique constraint; None where the constraint is no matter of people.

    A row that follows another one (replaces it, ends it, decides it) does so once: its constraint is on that one
    reference alone. What may be entered once (a short name, say) has its sentence in the constraint's `info`.
    """
    broken = _broken_constraint(error)
    if broken is None:
        return None
    if "taken" in broken.info:
        return InvalidInput(str(broken.info["taken"]))
    columns = list(broken.columns)
    follows = len(columns) == 1 and bool(columns[0].foreign_keys)
    return ActionRefused(CHANGED_MEANWHILE) if follows else None


def is_there_already(table: type[Base], error: IntegrityError) -> bool:
    """Whether a unit met a unique constraint of this table, and did not fail for another reason."""
    broken = _broken_constraint(error)
    return broken is not None and broken.table is table.__table__


def _broken_constraint(error: IntegrityError) -> UniqueConstraint | None:
    """PostgreSQL names the constraint, SQLite its columns."""
    named = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    columns = str(error.orig).removeprefix("UNIQUE constraint failed: ")
    for table in Base.metadata.tables.values():
        for constraint in table.constraints:
            if isinstance(constraint, UniqueConstraint) and (
                constraint.name == named
                if named
                else columns == ", ".join(f"{table.name}.{c.name}" for c in constraint.columns)
            ):
                return constraint
    return None


def lock_name(name: str) -> None:
    """Have units that take one name wait for each other until this one ends; on SQLite a unit is alone anyway.

    For a name that no unique constraint can keep, since it is free again once the row that holds it is replaced.
    """
    if db.engine.dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        connection().execute(select(func.pg_advisory_xact_lock(number)))


def current_unit() -> Unit:
    """The unit under way; facts are recorded, and entities flushed, inside one only that can hold several changes."""
    unit = one_connection().unit
    if unit is None or unit.single_change:
        raise RuntimeError("rows are written inside db.transaction() only")
    return unit


def count_changes(number: int) -> None:
    """Refuse changes outside a unit, and more than one in a unit of a single change."""
    unit = one_connection().unit
    if unit is None:
        raise RuntimeError("rows are written inside db.transaction() only")
    unit.changes += number
    if unit.single_change and unit.changes > 1:
        raise RuntimeError("this unit is to make a single change")


@contextmanager
def _exclusive() -> Iterator[None]:
    """On SQLite, wait for this process's turn to write."""
    if db.engine.dialect.name != "sqlite":
        yield
        return
    with _write_lock:
        yield


@event.listens_for(Session, "before_flush")
def _refuse_write_outside_unit(session: Session, context: object, instances: object) -> None:
    changed = session.new or session.deleted or any(session.is_modified(row) for row in session.dirty)
    if changed:
        current_unit()


@event.listens_for(Engine, "connect")
def _prepare_connection(connection: Any, record: object) -> None:
    if not isinstance(connection, sqlite3.Connection):
        connection.autocommit = True  # the begin event below says whether and how a transaction begins
        return
    connection.isolation_level = None  # the same
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "busy_timeout=30000",
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")
    # SQLite's own knows the letters of English only, so that a search for łukasz would not find Łukasz.
    connection.create_function(
        "lower", 1, lambda text: None if text is None else str(text).lower(), deterministic=True
    )
    connection.create_function("translate", 3, _translate, deterministic=True)


def _translate(text: str | None, old: str, new: str) -> str | None:
    """SQL's translate(), which SQLite lacks: characters of `old` without a partner in `new` are left out."""
    return None if text is None else text.translate(_table(old, new))


@cache
def _table(old: str, new: str) -> dict[int, int | None]:
    return str.maketrans(old[: len(new)], new, old[len(new) :])


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    """For whoever has a connection of SQLAlchemy's by itself, as migrations do; one over ours has begun already."""
    purpose = connection.get_execution_options().get("purpose", "")
    statement = _how_to_begin(connection.dialect, purpose)
    if statement and purpose != "joined":
        connection.connection.cursor().execute(statement)


def _end(error: BaseException | None) -> None:
    """Give the connection back with the end of a request or command, where one was opened."""
    here: OneConnection | None = this_g().get("one_connection")
    if here is not None:
        here.let_go()


def init_app(app: Flask, migrations: str) -> None:
    """Bind the database and its migrations to the application."""
    app.teardown_appcontext(_end)  # the last one told of: the session of entities ends before
    db.init_app(app)
    migrate.init_app(app, db, directory=migrations)
    with app.app_context():
        app.extensions["elearn_connections"] = Connections(db.engine)
