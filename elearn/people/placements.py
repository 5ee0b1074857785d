"""Posts of people at academies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, or_, select

from elearn.db import transaction
from elearn.kept import asked_once
from elearn.ledger.facts import stands
from elearn.ledger.service import record
from elearn.people.models import Academy, Placement
from elearn.people.organisations import check_academy
from elearn.people.rules import JobGroup, PersonKind, PlacementView, Term
from elearn.people.service import PersonView, chunks, get_person
from elearn.people.terms import check_term, give_last_day
from elearn.people.wording import visible_line
from elearn.prepared import Prepared


def add_placement(
    person_id: UUID,
    *,
    academy_id: UUID,
    kind: PersonKind,
    job_title: str,
    job_group: JobGroup,
    starts_on: date,
    ends_on: date | None = None,
    at: datetime,
) -> UUID:
    """Record one post of a person at an academy; its id. Raises NotFound, InvalidInput."""
    check_term(starts_on, ends_on)
    with transaction():
        person = get_person(person_id)
        check_academy(person.organisation_id, academy_id)
        row = record(
            Placement(
                organisation_id=person.organisation_id,
                recorded_at=at,
                person_id=person_id,
                academy_id=academy_id,
                kind=kind.value,
                job_title=visible_line("job title", job_title, 120),
                job_group=job_group.value,
                starts_on=starts_on,
                ends_on=ends_on,
            )
        )
        return row.id


def end_placement(placement_id: UUID, *, ends_on: date, organisation_id: UUID, at: datetime) -> None:
    """Give a post its last day. Raises NotFound, InvalidInput where it is before the first day."""
    give_last_day(Placement, placement_id, organisation_id, ends_on=ends_on, at=at)


def _posts_of_people() -> Select[Any]:
    posts, academies = Placement.__table__.c, Academy.__table__.c
    return (
        select(
            posts.id,
            posts.person_id,
            posts.academy_id,
            academies.name,
            posts.kind,
            posts.job_title,
            posts.job_group,
            posts.starts_on,
            posts.ends_on,
        )
        .join_from(Placement.__table__, Academy.__table__, academies.id == posts.academy_id)
        .where(
            posts.organisation_id == bindparam("organisation_id"),
            posts.person_id.in_(bindparam("person_ids", expanding=True)),
            or_(posts.ends_on.is_(None), posts.ends_on >= posts.starts_on),
            stands(Placement),
        )
        .order_by(posts.starts_on)
    )


POSTS_OF = Prepared(_posts_of_people())


def list_placements(organisation_id: UUID, person_ids: Sequence[UUID]) -> dict[UUID, list[PlacementView]]:
    """The standing posts of these people of one organisation, past and future ones too, by person.

    One that was given by mistake and taken back is none.
    """
    found: dict[UUID, list[PlacementView]] = {person_id: [] for person_id in person_ids}
    for chunk in chunks(person_ids):
        for row in POSTS_OF.all(organisation_id=organisation_id, person_ids=chunk):
            found[row.person_id].append(_placement(row))
    return found


@asked_once
def list_posts(person: PersonView) -> tuple[PlacementView, ...]:
    """One person's standing posts, past and future ones too."""
    return tuple(list_placements(person.organisation_id, [person.id])[person.id])


def _placement(row: Any) -> PlacementView:
    return PlacementView(
        row.id,
        row.person_id,
        row.academy_id,
        row.name,
        PersonKind(row.kind),
        row.job_title,
        JobGroup(row.job_group),
        Term(row.starts_on, row.ends_on),
    )
