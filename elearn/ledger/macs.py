"""Rows that count before any fact commits to them, and the MAC that each carries until then.

An answer counts before its round is over, and a session before anything is signed in it. An entry for each would have
everybody wait for the end of the chain. Such a row carries a message authentication code instead: whoever changes it
in the database has not got the key, which is made of the installation's secret. It is looked at where the row begins to
count for more (a round is sealed, a text is signed, a session is used), and by verification until then.
docs/decisions/0013 says what this finds and what it does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, bindparam, inspect, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from elearn.config import secret_key, secret_keys
from elearn.db import Base, transaction
from elearn.decisions import refuse
from elearn.errors import ActionRefused
from elearn.ledger import rules
from elearn.ledger.facts import plain_value
from elearn.ledger.models import LedgerHead
from elearn.ledger.service import append_event

MAC_TABLES: dict[str, type[MacRow]] = {}
"""Every table of such rows, by its name."""


class MacRow(Base):
    """The base of a table whose rows each carry a MAC over all their other columns."""

    __abstract__ = True

    mac: Mapped[str] = mapped_column(String(80))

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        MAC_TABLES[cls.__tablename__] = cls

    @classmethod
    def not_entered(cls, organisation_id: UUID | None) -> Select[Any] | None:
        """The organisation's rows that no entry of its ledger commits to; with None, those of no organisation.

        None where a table has none of that sort.
        """
        raise NotImplementedError


class MacState(StrEnum):
    """What the MAC of a row says of it."""

    HOLDS = "holds"
    CHANGED = "changed"
    OTHER_KEY = "other_key"
    """It was made with a key that is not known here, so that it says nothing."""


def of_organisation(column: ColumnElement[UUID], organisation_id: UUID) -> ColumnElement[bool]:
    """Rows of an organisation, and those of none that has a ledger, which every verification is to find."""
    return or_(column == organisation_id, column.not_in(select(LedgerHead.organisation_id)))


def with_mac(table: type[MacRow], row: Mapping[Any, Any]) -> dict[str, Any]:
    """A whole row of the table as it is to be stored, with its MAC in place of any that it had."""
    return {**row, "mac": _mac(table, row, secret_key())}


def mac_state(table: type[MacRow], row: Mapping[Any, Any]) -> MacState:
    """Whether a row is as it was stored, under the secret key now set or an earlier one still accepted."""
    key_id = row["mac"].partition(":")[0]
    known = [secret for secret in secret_keys() if rules.row_key_id(secret) == key_id]
    if not known:
        return MacState.OTHER_KEY
    return MacState.HOLDS if row["mac"] == _mac(table, row, known[0]) else MacState.CHANGED


def require_unchanged(table: type[MacRow], rows: Iterable[Any]) -> None:
    """Raises ActionRefused, `row_changed`, unless each of these rows is as it was stored.

    Before a fact commits to them: from then on the ledger would vouch for what somebody wrote into the database.
    """
    if any(mac_state(table, row._asdict()) is not MacState.HOLDS for row in rows):
        raise ActionRefused(
            refuse(
                "row_changed",
                "Something that you did before is not stored as it was. Nothing has been recorded now. Please tell "
                "the people who look after this site",
            )
        )


def renew_macs(organisation_id: UUID | None, *, accept: bool = False, at: datetime) -> tuple[int, int]:
    """Put an organisation's rows from under an earlier secret key under the one now set; with None, those of none.

    Answers how many there are under it now, and how many fit no key and so were left as they are. Where the key is
    lost, `accept` takes these as they stand, which the organisation's ledger records.
    """
    renewed: Counter[str] = Counter()
    misfits: Counter[str] = Counter()
    with transaction() as session:
        for name, table in MAC_TABLES.items():
            query = table.not_entered(organisation_id)
            if query is None:
                continue
            keys = [column.name for column in inspect(table).primary_key]
            change = (
                update(table)
                .where(*(table.__table__.c[key] == bindparam(f"this_{key}") for key in keys))
                .values(mac=bindparam("new_mac"))
            )
            for row in session.execute(query.with_for_update(of=table)).mappings().all():
                if mac_state(table, row) is not MacState.HOLDS:
                    misfits[name] += 1
                    if not accept:
                        continue
                renewed[name] += 1
                named = {f"this_{key}": row[key] for key in keys}
                session.connection().execute(change, named | {"new_mac": with_mac(table, row)["mac"]})
        if accept and misfits and organisation_id is not None:
            append_event("rows.accepted", organisation_id, at=at, public={"rows": dict(misfits)})
    return renewed.total(), 0 if accept else misfits.total()


def _mac(table: type[MacRow], row: Mapping[Any, Any], secret: str) -> str:
    values = {name: plain_value(value) for name, value in row.items() if name != "mac"}
    return rules.row_mac(secret, table.__tablename__, values)
