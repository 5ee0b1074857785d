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
from elearn.people.rules import Term, last_day_of_role_stopped, last_day_of_what_stops, may_stop


def give_last_day(
    table: type[Replaceable], row_id: UUID, organisation_id: UUID, *, ends_on: date | None, at: datetime
) -> None:
    """Record a copy of a standing row with its last day set; without one it is stopped at once, and one that was
    recorded that same day then counted on no day.

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
            ends_on = _stopped(row, Term(kept["starts_on"], kept["ends_on"]), at)
        else:
            check_term(kept["starts_on"], ends_on)
        changed = {"id": uuid4(), "recorded_at": at, "ends_on": ends_on, "replaces_id": row_id}
        record(table(**kept | changed))


def last_day(ends_on: date | None, at: datetime) -> date:
    """The last day on which it may still have counted: the one given or, where it is stopped now, yesterday."""
    return last_day_of_what_stops(local_day(at)) if ends_on is None else ends_on


def _stopped(row: Replaceable, held: Term, at: datetime) -> date:
    """The last day of what is stopped now. Raises ActionRefused where it has ended already."""
    day = local_day(at)
    verdict = may_stop(held, day)
    if isinstance(verdict, Refused):
        raise ActionRefused(verdict)
    return last_day_of_role_stopped(
        held, local_day(row.recorded_at), is_changed=row.replaces_id is not None, day=day
    )


def check_term(starts_on: date, ends_on: date | None) -> None:
    """Raises InvalidInput where the last day lies before the first."""
    if ends_on is not None and ends_on < starts_on:
        first, last = spoken_day(starts_on), spoken_day(ends_on)
        raise InvalidInput(f"last day: {last} is before the first day, {first}")
