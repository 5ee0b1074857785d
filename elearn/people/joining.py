"""Somebody joins: the person, their first post and who manages them, recorded together or not at all."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from elearn.db import transaction
from elearn.errors import InvalidInput
from elearn.people.offices import give_office
from elearn.people.placements import add_placement
from elearn.people.rules import LINE_MANAGER, JobGroup, PersonKind
from elearn.people.service import PersonView, add_person, find_person_by_number


def add_joiner(
    organisation_id: UUID,
    *,
    name: str,
    payroll_number: str,
    email: str | None,
    academy_id: UUID,
    kind: PersonKind,
    job_title: str,
    job_group: JobGroup,
    starts_on: date,
    ends_on: date | None,
    manager_number: str,
    at: datetime,
) -> PersonView:
    """Add a person with their first post and, where a payroll number is given, their line manager.

    Raises InvalidInput naming the field, NotFound for the academy; then nothing is stored.
    """
    with transaction():
        person = add_person(organisation_id, payroll_number=payroll_number, name=name, email=email, at=at)
        add_placement(
            person.id,
            academy_id=academy_id,
            kind=kind,
            job_title=job_title,
            job_group=job_group,
            starts_on=starts_on,
            ends_on=ends_on,
            at=at,
        )
        if manager_number.strip():
            manager = find_by_typed_number(organisation_id, manager_number, "manager")
            give_office(
                manager.id, LINE_MANAGER, for_person_id=person.id, starts_on=starts_on, ends_on=ends_on, at=at
            )
        return person


def find_by_typed_number(organisation_id: UUID, number: str, field: str) -> PersonView:
    """The person whose payroll number was typed into a field. Raises InvalidInput naming the field."""
    found = find_person_by_number(organisation_id, number.strip())
    if found is None:
        raise InvalidInput(f"{field}: nobody on the staff list has payroll number {number.strip()}")
    return found
