"""Rows that count before any fact commits to them, and the MAC that each carries until then.

An answer counts before its round is over, and a session before anything is signed in it. An entry for each would have
everybody wait for the end of the chain. Such a row carries a message authentication code instead: whoever changes it
in the database has not got the key, which is made of the installation's secret. docs/decisions/0013 says what this
finds and what it does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, bindparam, inspect, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from elearn.config import secret_key, secret_keys
from elearn.db import Base, transaction
from elearn.ledger import rules
from elearn.ledger.facts import plain_value
from elearn.ledger.models import LedgerHead

MAC_TABLES: dict[str, type[MacRow]] = {}
"""Every table of such rows, by its name."""


class MacRow(Base):
    """The base of a table whose rows each carry a MAC over all their other columns."""

    __abstract__ = True

    mac: Mapped[str] = mapped_column(String(64))

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        MAC_TABLES[cls.__tablename__] = cls

    @classmethod
    def not_entered(cls, organisation_id: UUID) -> Select[Any]:
        """The organisation's rows that no entry of its ledger commits to."""
        raise NotImplementedError


def of_organisation(column: ColumnElement[UUID], organisation_id: UUID) -> ColumnElement[bool]:
    """Rows of an organisation, and those of none that has a ledger, which every verification is to find."""
    return or_(column == organisation_id, column.not_in(select(LedgerHead.organisation_id)))


def with_mac(table: type[MacRow], row: Mapping[Any, Any]) -> dict[str, Any]:
    """A whole row of the table as it is to be stored, with its MAC in place of any that it had."""
    return {**row, "mac": _mac(table, row, secret_key())}


def mac_holds(table: type[MacRow], row: Mapping[Any, Any]) -> bool:
    """Whether a row is as it was stored, under the secret key now set or an earlier one still accepted."""
    return any(row["mac"] == _mac(table, row, secret) for secret in secret_keys())


def renew_macs(organisation_id: UUID) -> tuple[int, int]:
    """Put an organisation's rows from under an earlier secret key under the one now set.

    Answers how many there are under it now, and how many fit no key and so were left as they are.
    """
    renewed = left = 0
    with transaction() as session:
        for table in MAC_TABLES.values():
            keys = [column.name for column in inspect(table).primary_key]
            change = (
                update(table)
                .where(*(table.__table__.c[name] == bindparam(f"this_{name}") for name in keys))
                .values(mac=bindparam("new_mac"))
            )
            rows = (
                session.execute(table.not_entered(organisation_id).with_for_update(of=table)).mappings().all()
            )
            good = [row for row in rows if mac_holds(table, row)]
            left += len(rows) - len(good)
            renewed += len(good)
            for row in good:
                named = {f"this_{name}": row[name] for name in keys}
                session.connection().execute(change, named | {"new_mac": with_mac(table, row)["mac"]})
    return renewed, left


def _mac(table: type[MacRow], row: Mapping[Any, Any], secret: str) -> str:
    values = {name: plain_value(value) for name, value in row.items() if name != "mac"}
    return rules.row_mac(secret, table.__tablename__, values)
