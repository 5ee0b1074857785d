"""Posts given by mistake, taken back on the same day by a further row that names the first."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select

from elearn.clock import local_day
from elearn.db import db, transaction
from elearn.decisions import CHANGED_MEANWHILE, Decision, Refused
from elearn.errors import ActionRefused, NotFound
from elearn.ledger.service import record
from elearn.people.models import Placement
from elearn.people.rules import last_day_of_what_is_taken_back, may_take_back


def placement_may_be_taken_back(placement_id: UUID, *, organisation_id: UUID, at: datetime) -> Decision:
    """Whether a post was given by mistake just today, so that it can be taken back. Raises NotFound."""
    row = _placement(placement_id, organisation_id)
    is_changed = row.replaces_id is not None
    return may_take_back(local_day(row.recorded_at), is_changed=is_changed, day=local_day(at))


def take_back_placement(placement_id: UUID, *, organisation_id: UUID, at: datetime) -> None:
    """Record that a post was given by mistake: it never counted. Raises NotFound, ActionRefused."""
    with transaction() as session:
        row = _placement(placement_id, organisation_id)
        if session.scalar(select(Placement.id).where(Placement.replaces_id == placement_id)) is not None:
            raise ActionRefused(CHANGED_MEANWHILE)
        verdict = placement_may_be_taken_back(placement_id, organisation_id=organisation_id, at=at)
        if isinstance(verdict, Refused):
            raise ActionRefused(verdict)
        kept = {column.key: getattr(row, column.key) for column in Placement.__table__.columns}
        last = last_day_of_what_is_taken_back(row.starts_on, local_day(at))
        record(
            Placement(
                **kept | {"id": uuid4(), "recorded_at": at, "ends_on": last, "replaces_id": placement_id}
            )
        )


def _placement(placement_id: UUID, organisation_id: UUID) -> Placement:
    row = db.session.get(Placement, placement_id)
    if row is None or row.organisation_id != organisation_id:
        raise NotFound("no such post")
    return row
