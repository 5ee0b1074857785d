"""Queries that nearly every page asks, made ready once for each kind of database.

SQLAlchemy makes a statement ready anew with each use: it looks the compiled text up, binds the values, and sets up a
result that could be read in many ways. That takes two to three times as long as SQLite takes to answer. Here what
comes out of it (text, how values go in, how columns come out) is kept with the statement, and the driver is asked.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CompoundSelect, Connection, Dialect, Select

from elearn.db import connection

Query = Select[Any] | CompoundSelect[Any]
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
    """A query as one kind of database takes it."""

    text: str
    values: tuple[_Value, ...]
    by_place: bool
    row: Callable[[Sequence[Any]], Any]
    converts: tuple[tuple[int, Callable[[Any], Any]], ...]
    """By place, what makes our value of a column's."""

    def bound(self, asked: Mapping[str, Any]) -> Any:
        """The values as the driver takes them."""
        if self.by_place:
            return [value.of(asked) for value in self.values]
        return {value.name: value.of(asked) for value in self.values}

    def told(self, found: Sequence[Any]) -> Any:
        """A row of the driver's as ours."""
        values = list(found)
        for place, convert in self.converts:
            values[place] = convert(values[place])
        return self.row(values)


class Prepared:
    """A query with named values, asked on the session's own connection and so inside its write unit.

    It takes no lock. A list of values is made ready where it has one member; a longer one is SQLAlchemy's to ask.
    """

    def __init__(self, query: Query) -> None:
        self.query = query
        self._ready: dict[str, _Ready] = {}

    def all(self, **asked: Any) -> Sequence[Any]:
        """Every row, a tuple whose columns have their names. Raises KeyError where a value is missing."""
        opened = connection()
        single = _single(asked)
        if single is None:
            return opened.execute(self.query, asked).all()
        dialect = opened.dialect
        ready = self._ready.get(dialect.name)
        if ready is None:
            ready = self._ready[dialect.name] = _make_ready(self.query, dialect, asked)
        values = ready.bound(single)
        try:
            found = _fetch(opened, ready.text, values)
        except dialect.loaded_dbapi.Error:
            # Asked once more, SQLAlchemy says what is wrong in its own words and lets a broken connection go.
            return opened.execute(self.query, asked).all()
        return [ready.told(row) for row in found]

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


def _fetch(opened: Connection, text: str, values: Any) -> Sequence[Any]:
    """Every row of the driver's. Whoever listens for statements hears of this one as of any other."""
    cursor = opened.connection.cursor()
    try:
        opened.dispatch.before_cursor_execute(opened, cursor, text, values, None, False)
        cursor.execute(text, values)
        opened.dispatch.after_cursor_execute(opened, cursor, text, values, None, False)
        found: Sequence[Any] = cursor.fetchall()
        return found
    finally:
        cursor.close()


def _make_ready(query: Query, dialect: Dialect, asked: Mapping[str, Any]) -> _Ready:
    """The query as this kind of database takes it, lists in it with the one member that they have."""
    compiled = query.compile(dialect=dialect)
    expanded = compiled.construct_expanded_state(asked)
    list_of = {one: name for name, members in expanded.parameter_expansion.items() for one in members}
    values = []
    for name in expanded.positiontup or expanded.parameters:
        bind = compiled.binds[list_of.get(name, name)]
        convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
        values.append(_Value(name, bind.key if bind.required else None, bind.effective_value, convert))
    columns = list(query.exported_columns)
    make_row_class: Any = namedtuple  # the type checker wants its fields spelt out
    row = make_row_class("row", [column.key for column in columns], rename=True)
    converts = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    return _Ready(
        text=expanded.statement,
        values=tuple(values),
        by_place=expanded.positiontup is not None,
        row=row._make,
        converts=tuple((place, convert) for place, convert in enumerate(converts) if convert is not None),
    )
