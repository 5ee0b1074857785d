"""Offices, which a policy names: head, designated safeguarding lead, line manager and others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from elearn.db import db, transaction
from elearn.errors import InvalidInput
from elearn.ledger.facts import stands
from elearn.ledger.service import record
from elearn.people.models import OfficeHolding
from elearn.people.organisations import check_academy
from elearn.people.rules import LINE_MANAGER, OFFICES, OfficeView, Term, nearest_office
from elearn.people.service import get_person, get_person_of
from elearn.people.terms import check_term, give_last_day


def give_office(
    person_id: UUID,
    office: str,
    *,
    academy_id: UUID | None = None,
    for_person_id: UUID | None = None,
    starts_on: date,
    ends_on: date | None = None,
    at: datetime,
) -> UUID:
    """Record that someone holds an office; its id.

    A line manager is recorded for the person they manage (`for_person_id`); any other office at an academy,
    or for the whole organisation. Raises NotFound, InvalidInput, also for an office that is not one of `OFFICES`.
    """
    _check_known(office)
    check_term(starts_on, ends_on)
    if (office == LINE_MANAGER) != (for_person_id is not None):
        raise InvalidInput("for: a line manager, and nobody else, is recorded for the person they manage")
    if for_person_id == person_id:
        raise InvalidInput("for: nobody is their own line manager")
    with transaction():
        person = get_person(person_id)
        if for_person_id is not None:
            get_person_of(person.organisation_id, for_person_id)
        check_academy(person.organisation_id, academy_id)
        row = record(
            OfficeHolding(
                organisation_id=person.organisation_id,
                recorded_at=at,
                person_id=person_id,
                office=office,
                academy_id=academy_id,
                for_person_id=for_person_id,
                starts_on=starts_on,
                ends_on=ends_on,
            )
        )
        return row.id


def take_office(holding_id: UUID, *, ends_on: date | None, organisation_id: UUID, at: datetime) -> None:
    """Give an office its last day or, without one, stop it: from this moment it counts no more, and where it was
    recorded today it counted on no day.

    Raises NotFound, InvalidInput, ActionRefused for what has ended already.
    """
    give_last_day(OfficeHolding, holding_id, organisation_id, ends_on=ends_on, at=at)


def list_offices(person_id: UUID) -> list[OfficeView]:
    """The standing offices that a person holds, with their terms."""
    query = select(OfficeHolding).where(
        OfficeHolding.organisation_id == get_person(person_id).organisation_id,
        OfficeHolding.person_id == person_id,
        stands(OfficeHolding),
    )
    return [_office(row) for row in db.session.scalars(query.order_by(OfficeHolding.starts_on))]


def list_office_holders(organisation_id: UUID, offices: Sequence[str]) -> list[OfficeView]:
    """Everyone who holds one of these offices in the organisation, with their terms."""
    query = select(OfficeHolding).where(
        OfficeHolding.organisation_id == organisation_id,
        OfficeHolding.office.in_(offices),
        stands(OfficeHolding),
    )
    return [_office(row) for row in db.session.scalars(query)]


def list_line_managers(person_id: UUID) -> list[OfficeView]:
    """The standing records of who manages a person, with their terms."""
    query = select(OfficeHolding).where(
        OfficeHolding.organisation_id == get_person(person_id).organisation_id,
        OfficeHolding.for_person_id == person_id,
        stands(OfficeHolding),
    )
    return [_office(row) for row in db.session.scalars(query.order_by(OfficeHolding.starts_on))]


def _check_known(office: str) -> None:
    """Raises InvalidInput for an office that neither the gate nor any content knows."""
    if office in OFFICES:
        return
    near = nearest_office(office)
    meant = f"Did you mean {near}? " if near else ""
    raise InvalidInput(f"office: there is no office '{office}'. {meant}There are {', '.join(OFFICES)}")


def _office(row: OfficeHolding) -> OfficeView:
    term = Term(row.starts_on, row.ends_on)
    return OfficeView(
        row.id, row.person_id, row.office, row.academy_id, row.for_person_id, term, row.recorded_at
    )
