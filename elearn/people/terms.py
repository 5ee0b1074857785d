"""First and last days of posts, roles and offices: checked, changed, stopped at once."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import select

from elearn.clock import local_day
from elearn.dates import spoken_day
from elearn.db import transaction
from elearn.decisions import CHANGED_MEANWHILE, Refused
from elearn.errors import ActionRefused, InvalidInput, NotFound
from elearn.ledger.facts import Replaceable
from elearn.ledger.service import record
from elearn.people.rules import Term, last_day_of_what_stops, may_stop


def give_last_day(
    table: type[Replaceable], row_id: UUID, organisation_id: UUID, *, ends_on: date | None, at: datetime
) -> None:
    """Record a copy of a standing row with its last day set; without one it is stopped at once.

    Raises NotFound, InvalidInput, ActionRefused where it is replaced or has ended already.
    """
    with transaction() as session:
        row = session.get(table, row_id)
        if row is None or row.organisation_id != organisation_id:
            raise NotFound("no such record")
        if session.scalar(select(table.id).where(table.replaces_id == row_id)) is not None:
            raise ActionRefused(CHANGED_MEANWHILE)
        kept = {c.key: getattr(row, c.key) for c in table.__table__.columns}
        if ends_on is None:
            _check_stop(Term(kept["starts_on"], kept["ends_on"]), at)
        else:
            check_term(kept["starts_on"], ends_on)
        changed = {"id": uuid4(), "recorded_at": at, "ends_on": last_day(ends_on, at), "replaces_id": row_id}
        record(table(**kept | changed))


def last_day(ends_on: date | None, at: datetime) -> date:
    """The day given or, without one, that of something stopped at this moment."""
    return last_day_of_what_stops(local_day(at)) if ends_on is None else ends_on


def _check_stop(held: Term, at: datetime) -> None:
    verdict = may_stop(held, local_day(at))
    if isinstance(verdict, Refused):
        raise ActionRefused(verdict)


def check_term(starts_on: date, ends_on: date | None) -> None:
    """Raises InvalidInput where the last day lies before the first."""
    if ends_on is not None and ends_on < starts_on:
        first, last = spoken_day(starts_on), spoken_day(ends_on)
        raise InvalidInput(f"last day: {last} is before the first day, {first}")
