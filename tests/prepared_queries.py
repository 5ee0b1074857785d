"""Every prepared query of the program, and what SQLAlchemy answers to it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Label

import elearn
from elearn.db import connection
from elearn.prepared import Prepared


def prepared_queries(*packages: str) -> dict[str, Prepared]:
    """Those of these packages by their names; those of all packages where none is given."""
    found = {}
    for module in pkgutil.walk_packages(elearn.__path__, "elearn."):
        package = module.name.split(".")[1]
        if module.name in ("elearn.wsgi", "elearn.__main__") or (packages and package not in packages):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, Prepared):
                found[name] = value
    return found


def asked_of(query: Prepared, known: Mapping[str, Any]) -> dict[str, Any]:
    """What this query is asked with, out of what is known. Raises KeyError where something else is asked."""
    binds = query.query.compile(dialect=connection().dialect).binds.values()
    return {bind.key: known[bind.key] for bind in binds if bind.required}


def answers_alike(query: Prepared, asked: Mapping[str, Any]) -> int:
    """How many rows there are. Both ways must give the same rows, with the same types, under the same names."""
    told, expected = query.all(**asked), connection().execute(query.query, asked).all()
    named = [column.key for column in query.query.exported_columns if isinstance(column, Column | Label)]
    assert [tuple(row) for row in told] == [tuple(row) for row in expected]
    for row, other in zip(told, expected, strict=True):
        assert [type(value) for value in row] == [type(value) for value in other]
        assert [getattr(row, name) for name in named] == [getattr(other, name) for name in named]
    return len(told)
