"""Statements of nearly every page, made ready once for each kind of database.

SQLAlchemy makes a statement ready anew with each use: it looks the compiled text up, binds the values, and sets up a
result that could be read in many ways. That takes two to three times as long as SQLite takes to answer. Here what
comes out of it (text, how values go in, how columns come out) is kept with the statement, and the driver is asked.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CompoundSelect, Connection, Dialect, Insert, Select, Update
from sqlalchemy.exc import DBAPIError, StatementError

from elearn.db import connection, count_changes

Query = Select[Any] | CompoundSelect[Any]
Change = Insert | Update
Convert = Callable[[Any], Any] | None
"""What makes of our value the driver's or the other way round; None where it stays as it is."""


@dataclass(frozen=True, slots=True)
class _Value:
    """One value that goes in: under which name, and which of those asked with it is, or what it always is."""

    name: str
    asked: str | None
    always: Any
    convert: Convert

    def of(self, asked: Mapping[str, Any]) -> Any:
        """The value as the driver takes it. Raises KeyError where it is to be given and is not."""
        value = self.always if self.asked is None else asked[self.asked]
        return value if self.convert is None else self.convert(value)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A statement as one kind of database takes it."""

    text: str
    values: tuple[_Value, ...]
    by_place: bool

    def bound(self, asked: Mapping[str, Any]) -> Any:
        """The values as the driver takes them."""
        if self.by_place:
            return [value.of(asked) for value in self.values]
        return {value.name: value.of(asked) for value in self.values}


@dataclass(frozen=True, slots=True)
class _Columns:
    """How the rows of one kind of database come out of a query."""

    row: Callable[[Sequence[Any]], Any]
    converts: tuple[tuple[int, Callable[[Any], Any]], ...]
    """By place, what makes our value of a column's."""

    def told(self, found: Sequence[Any]) -> Any:
        """A row of the driver's as ours."""
        values = list(found)
        for place, convert in self.converts:
            values[place] = convert(values[place])
        return self.row(values)


class Prepared:
    """A query with named values, asked on the session's own connection and so inside its write unit.

    A list of values is made ready where it has one member; a longer one is SQLAlchemy's to ask.
    """

    def __init__(self, query: Query) -> None:
        self.query = query
        self._ready: dict[str, tuple[_Ready, _Columns]] = {}

    def all(self, **asked: Any) -> Sequence[Any]:
        """Every row, a tuple whose columns have their names. Raises KeyError where a value is missing."""
        opened = connection()
        single = _single(asked)
        if single is None:
            return opened.execute(self.query, asked).all()
        dialect = opened.dialect
        found = self._ready.get(dialect.name)
        if found is None:
            ready = _make_ready(self.query, dialect, asked)
            found = self._ready[dialect.name] = (ready, _columns_of(self.query, dialect))
        ready, columns = found
        return [columns.told(row) for row in _run(opened, ready.text, ready.bound(single))]

    def first(self, **asked: Any) -> Any:
        """The first row, None where there is none."""
        found = self.all(**asked)
        return found[0] if found else None

    def scalars(self, **asked: Any) -> list[Any]:
        """The first column of every row."""
        return [row[0] for row in self.all(**asked)]

    def scalar(self, **asked: Any) -> Any:
        """The first column of the first row, None where there is none."""
        found = self.first(**asked)
        return None if found is None else found[0]


class PreparedChange:
    """An insert of whole rows, or an update with named values, made on the connection of the write unit.

    Entities in the session that are not flushed yet are not in the database yet: what this one refers to has to be.
    """

    def __init__(self, change: Change) -> None:
        self.change = change
        self._ready: dict[str, _Ready] = {}

    def make(self, **given: Any) -> None:
        """Insert a row with these values, or update with them. Raises KeyError where a value is missing,
        RuntimeError outside a write unit.
        """
        self.make_all([given])

    def make_all(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """The same for each of these, in one go."""
        if not rows:
            return
        count_changes(len(rows))
        opened = connection()
        ready = self._ready.get(opened.dialect.name)
        if ready is None:
            ready = self._ready[opened.dialect.name] = _make_ready(self.change, opened.dialect, rows[0])
        if len(rows) == 1:
            _run(opened, ready.text, ready.bound(rows[0]))
        else:
            _run(opened, ready.text, [ready.bound(row) for row in rows], many=True)


def _single(asked: Mapping[str, Any]) -> dict[str, Any] | None:
    """The values asked with, each list's one member in its place; None where a list has not just one."""
    single = {}
    for name, value in asked.items():
        if isinstance(value, list | tuple):
            if len(value) != 1:
                return None
            value = value[0]
        single[name] = value
    return single


def _run(opened: Connection, text: str, values: Any, *, many: bool = False) -> Sequence[Any]:
    """Every row of the driver's, none for a change. Raises SQLAlchemy's DBAPIError. `many` values are run one by one.

    Whoever listens for statements hears of this one as of any other.
    """
    cursor = opened.connection.cursor()
    try:
        opened.dispatch.before_cursor_execute(opened, cursor, text, values, None, many)
        (cursor.executemany if many else cursor.execute)(text, values)
        opened.dispatch.after_cursor_execute(opened, cursor, text, values, None, many)
        return cursor.fetchall() if cursor.description else ()
    except opened.dialect.loaded_dbapi.Error as error:
        raise _failure(opened, error, text, values) from error
    finally:
        cursor.close()


def _failure(opened: Connection, error: Any, text: str, values: Any) -> StatementError:
    """What SQLAlchemy calls an error of the driver's."""
    dialect = opened.dialect
    if dialect.is_disconnect(error, opened.connection, None):
        # It sees the same, raises its own error, and lets go of every connection that is as old as this one.
        opened.exec_driver_sql("SELECT 1")
    told: StatementError = DBAPIError.instance(
        text,
        values,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=opened.engine.hide_parameters,
        dialect=dialect,
    )
    return told


def _make_ready(statement: Query | Change, dialect: Dialect, asked: Mapping[str, Any]) -> _Ready:
    """The statement as this kind of database takes it, lists in it with the one member that they have."""
    rows = [column.key for column in statement.table.columns] if isinstance(statement, Insert) else None
    compiled = statement.compile(dialect=dialect, column_keys=rows)
    expanded = compiled.construct_expanded_state(asked)
    list_of = {one: name for name, members in expanded.parameter_expansion.items() for one in members}
    values = []
    for name in expanded.positiontup or expanded.parameters:
        bind = compiled.binds[list_of.get(name, name)]
        convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
        values.append(_Value(name, bind.key if bind.required else None, bind.effective_value, convert))
    return _Ready(expanded.statement, tuple(values), by_place=expanded.positiontup is not None)


def _columns_of(query: Query, dialect: Dialect) -> _Columns:
    columns = list(query.exported_columns)
    make_row_class: Any = namedtuple  # the type checker wants its fields spelt out
    row = make_row_class("row", [column.key for column in columns], rename=True)
    converts = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    return _Columns(
        row._make,
        tuple((place, convert) for place, convert in enumerate(converts) if convert is not None),
    )
