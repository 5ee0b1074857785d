"""Facts: append-only rows whose every value is committed in the organisation's ledger.

A package declares a table by deriving from `Fact`, and stores a row with `record`. The row is the record:
the ledger keeps a salted commitment to each value, and verification recomputes them from the row itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from typing import Any, ClassVar, Self
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, ForeignKey, exists, select
from sqlalchemy.orm import Mapped, aliased, declared_attr, mapped_column

from elearn.db import Base, UtcDateTime

FACT_TABLES: dict[str, type[Fact]] = {}
"""Every kind of fact, by the kind its ledger entries carry."""


class Fact(Base):
    """The base of a fact table: never updated, never deleted; a correction is a new row.

    `KIND` names its ledger entries (a dotted past tense, such as `policy.published`). Columns in `PUBLIC`
    stand in the chain itself and so must hold no personal data; every other column is committed under a salt.
    """

    __abstract__ = True
    KIND: ClassVar[str]
    PUBLIC: ClassVar[tuple[str, ...]] = ()

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "KIND" in cls.__dict__:
            if cls.KIND in FACT_TABLES and FACT_TABLES[cls.KIND].__name__ != cls.__name__:
                raise TypeError(f"two fact tables are called {cls.KIND}")
            FACT_TABLES[cls.KIND] = cls

    @classmethod
    def child_values(cls, rows: Iterable[Self]) -> Mapping[UUID, dict[str, Any]]:
        """Values of other rows that belong to these facts and are committed with them, by fact id.

        For an attempt's answers, say: rows of their own that the fact seals. Plain values only.
        """
        return {}


class Replaceable(Fact):
    """A fact that a later one may correct or end: the later row names it in `replaces_id`, once."""

    __abstract__ = True

    @declared_attr
    @classmethod
    def replaces_id(cls) -> Mapped[UUID | None]:
        """The row that this one stands in place of."""
        return mapped_column(ForeignKey(f"{cls.__tablename__}.id"), unique=True)


@cache
def stands(table: type[Replaceable]) -> ColumnElement[bool]:
    """Whether a row has not been replaced. Put together once for each table."""
    later = aliased(table)
    return ~exists(select(later.id).where(later.replaces_id == table.id))


def plain_value(value: object) -> Any:
    """A column's value as canonical JSON may hold it: text, whole number, true, false, null, list or mapping."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        moment = value if value.tzinfo is UTC else value.astimezone(UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, float):
        raise TypeError("a record holds no floating point numbers")
    return value
