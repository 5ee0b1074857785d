"""The ledger's tables. Private to this package."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DDL, ForeignKey, Index, String, Text, event
from sqlalchemy.orm import Mapped, mapped_column

from elearn.db import Base, CanonicalJson, UtcDateTime


class LedgerEntry(Base):
    """One row is one entry of an organisation's chain: what happened, in commitments. Append-only.

    Personal data: none (random record ids and salted commitments). Kept: for ever.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (Index("uq_ledger_entries_organisation_rec", "organisation_id", "rec", unique=True),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(60))
    rec: Mapped[UUID]
    body: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(64))


class LedgerSalts(Base):
    """One row holds the salts of one entry's committed values; erasing a value deletes its salt here.

    Personal data: none by itself; with a value it opens that value's commitment. Kept: as long as the value.
    """

    __tablename__ = "ledger_salts"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    salts: Mapped[dict[str, str]] = mapped_column(CanonicalJson)


class LedgerHead(Base):
    """One row is the end of an organisation's chain; locking it serialises that organisation's writers.

    Personal data: none. Kept: for ever.
    """

    __tablename__ = "ledger_heads"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    frontier: Mapped[Any] = mapped_column(CanonicalJson)
    checkpoint_seq: Mapped[int]
    checkpoint_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


SQLITE_SEAT_BELTS = [
    f"CREATE TRIGGER IF NOT EXISTS ledger_entries_no_{verb} BEFORE {verb} ON ledger_entries "
    "BEGIN SELECT RAISE(ABORT, 'ledger entries are append-only'); END"
    for verb in ("update", "delete")
]
POSTGRESQL_SEAT_BELTS = [
    "CREATE OR REPLACE FUNCTION ledger_entries_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'ledger entries are append-only'; END $$",
    "CREATE OR REPLACE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE ON ledger_entries "
    "FOR EACH ROW EXECUTE FUNCTION ledger_entries_append_only()",
    "CREATE OR REPLACE TRIGGER ledger_entries_not_emptied BEFORE TRUNCATE ON ledger_entries "
    "FOR EACH STATEMENT EXECUTE FUNCTION ledger_entries_append_only()",
]
"""Triggers that stop accidents and our own mistakes. They do not stop an owner of the database: the chain does."""


for _dialect, _statements in (("sqlite", SQLITE_SEAT_BELTS), ("postgresql", POSTGRESQL_SEAT_BELTS)):
    for _statement in _statements:
        _belt = DDL(_statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
        event.listen(LedgerEntry.__table__, "after_create", _belt.execute_if(dialect=_dialect))
