"""Statements of nearly every page, made ready once for each kind of database.

SQLAlchemy makes a statement ready anew with each use: it looks the compiled text up, binds the values, and sets up a
result that could be read in many ways. That takes two to three times as long as SQLite takes to answer. Here what
comes out of it (text, how values go in, how columns come out) is kept with the statement, and the driver is asked.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import CompoundSelect, Date, Dialect, Insert, Select, Update, Uuid
from sqlalchemy.types import TypeEngine

from elearn.db import OneConnection, UtcDateTime, count_changes, one_connection

Query = Select[Any] | CompoundSelect[Any]
Change = Insert | Update
Convert = Callable[[Any], Any] | None
"""What makes of our value the driver's or the other way round; None where it stays as it is."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A statement as one kind of database takes it."""

    text: str
    always: list[Any] | dict[str, Any]
    """What goes in, by place or by name as the driver wants it; with a gap for each value that is asked with."""
    gaps: tuple[tuple[Any, str, Convert], ...]
    """Where a value goes, under which name it is asked with, and what makes the driver's of it."""

    def bound(self, asked: Mapping[str, Any]) -> Any:
        """The values as the driver takes them. Raises KeyError where one is missing."""
        values: Any = self.always.copy()
        for place, name, convert in self.gaps:
            value = asked[name]
            values[place] = value if convert is None else convert(value)
        return values


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
        here = one_connection()
        single = _single(asked)
        if single is None:
            return here.over().execute(self.query, asked).all()
        dialect = here.engine.dialect
        found = self._ready.get(dialect.name)
        if found is None:
            ready = _make_ready(self.query, dialect, asked)
            found = self._ready[dialect.name] = (ready, _columns_of(self.query, dialect))
        ready, columns = found
        return [columns.told(row) for row in _run(here, ready.text, ready.bound(single), fetch=True)]

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
        here = one_connection()
        dialect = here.engine.dialect
        ready = self._ready.get(dialect.name)
        if ready is None:
            ready = self._ready[dialect.name] = _make_ready(self.change, dialect, rows[0])
        if len(rows) == 1:
            _run(here, ready.text, ready.bound(rows[0]))
        else:
            _run(here, ready.text, [ready.bound(row) for row in rows], many=True)


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


def _run(
    here: OneConnection, text: str, values: Any, *, many: bool = False, fetch: bool = False
) -> Sequence[Any]:
    """Have a statement run; `fetch` its rows, which a change has none of. Raises SQLAlchemy's DBAPIError.

    `many` values are run one by one. Whoever listens for statements hears of this one as of any other.
    """
    heard = here.engine.dispatch
    try:
        cursor = here.cursor()
        if heard.before_cursor_execute:
            heard.before_cursor_execute(here.over(), cursor, text, values, None, many)
        (cursor.executemany if many else cursor.execute)(text, values)
        if heard.after_cursor_execute:
            heard.after_cursor_execute(here.over(), cursor, text, values, None, many)
        return cursor.fetchall() if fetch else ()
    except here.engine.dialect.loaded_dbapi.Error as error:
        raise here.failure(error, text, values) from error


def _make_ready(statement: Query | Change, dialect: Dialect, asked: Mapping[str, Any]) -> _Ready:
    """The statement as this kind of database takes it, lists in it with the one member that they have."""
    rows = [column.key for column in statement.table.columns] if isinstance(statement, Insert) else None
    compiled = statement.compile(dialect=dialect, column_keys=rows)
    expanded = compiled.construct_expanded_state(asked)
    list_of = {one: name for name, members in expanded.parameter_expansion.items() for one in members}
    always: Any = {}
    gaps = []
    for place, name in enumerate(expanded.positiontup or expanded.parameters):
        bind = compiled.binds[list_of.get(name, name)]
        convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
        if convert is not None and isinstance(bind.type, Date):
            convert = lru_cache(DAYS_KEPT)(convert)  # nearly every question is about today
        where = place if expanded.positiontup else name
        if bind.required:
            gaps.append((where, bind.key, convert))
        value = None if bind.required else bind.effective_value
        always[where] = value if convert is None else convert(value)
    if expanded.positiontup:
        always = list(always.values())
    return _Ready(expanded.statement, always, tuple(gaps))


def _columns_of(query: Query, dialect: Dialect) -> _Columns:
    columns = list(query.exported_columns)
    make_row_class: Any = namedtuple  # the type checker wants its fields spelt out
    row = make_row_class("row", [column.key for column in columns], rename=True)
    converts = [_convert_of(column.type, dialect) for column in columns]
    return _Columns(
        row._make,
        tuple((place, convert) for place, convert in enumerate(converts) if convert is not None),
    )


UNCHANGING = (Uuid, UtcDateTime, Date)
"""Columns whose values can't be changed, so that one stands for all that are equal."""

VALUES_KEPT = 10_000
DAYS_KEPT = 100


def _convert_of(kind: TypeEngine[Any], dialect: Dialect) -> Convert:
    """What makes our value of a column's. The same ids and days come up on page after page, and are made once."""
    convert = kind.dialect_impl(dialect).result_processor(dialect, None)
    if convert is None or not isinstance(kind, UNCHANGING):
        return convert
    return _kept_converts.setdefault((dialect.name, repr(kind)), lru_cache(VALUES_KEPT)(convert))


_kept_converts: dict[tuple[str, str], Callable[[Any], Any]] = {}
