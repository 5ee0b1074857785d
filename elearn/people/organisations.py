"""Organisations and their academies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import bindparam, select

from elearn.db import db, transaction
from elearn.errors import InvalidInput, NotFound
from elearn.kept import Kept
from elearn.ledger.service import record
from elearn.people.models import Academy, Organisation
from elearn.people.wording import visible_line
from elearn.prepared import Prepared

SLUG = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")
COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """One trust, as other packages see it."""

    id: UUID
    slug: str
    name: str
    short_name: str
    colour: str
    help_contact: str


@dataclass(frozen=True, slots=True)
class AcademyView:
    """One school, or the central team."""

    id: UUID
    slug: str
    name: str
    is_central: bool


def add_organisation(
    slug: str,
    *,
    name: str,
    short_name: str,
    colour: str = "#1d4f76",
    help_contact: str = "the school office",
    at: datetime,
) -> OrganisationView:
    """Add a trust. Raises InvalidInput where the slug is taken or a value is malformed."""
    if not SLUG.fullmatch(slug):
        raise InvalidInput(f"slug: '{slug}' may hold small letters, digits, - and _")
    if not COLOUR.fullmatch(colour):
        raise InvalidInput(f"colour: '{colour}' is not of the form #1d4f76")
    with transaction():
        if find_organisation(slug) is not None:
            raise InvalidInput(f"slug: there is already an organisation called '{slug}'")
        key = uuid4()
        row = record(
            Organisation(
                id=key,
                organisation_id=key,
                recorded_at=at,
                slug=slug,
                name=visible_line("name", name, 200),
                short_name=visible_line("short name", short_name, 60),
                colour=colour,
                help_contact=visible_line("help contact", help_contact, 200),
            )
        )
        return _organisation(row)


def find_organisation(slug: str) -> OrganisationView | None:
    """The organisation of this slug, or None."""
    row = db.session.scalar(select(Organisation).where(Organisation.slug == slug))
    return None if row is None else _organisation(row)


_organisations: Kept[UUID, OrganisationView] = Kept(500)


def get_organisation(organisation_id: UUID) -> OrganisationView:
    """The organisation of this id. Raises NotFound."""

    def read() -> OrganisationView:
        row = db.session.get(Organisation, organisation_id)
        if row is None:
            raise NotFound("no such organisation")
        return _organisation(row)

    return _organisations.get(organisation_id, read)


_this_organisation = select(Organisation.id).where(Organisation.id == bindparam("organisation_id"))
LOCK_ALONE = Prepared(_this_organisation.with_for_update())
LOCK_TOGETHER = Prepared(_this_organisation.with_for_update(read=True))


def lock_organisation(organisation_id: UUID, *, exclusive: bool) -> None:
    """Keep an organisation's policy as it is until this unit ends (on SQLite the unit is alone anyway).

    Signing holds it together with other signers; publishing alone. So no signature is recorded under a version
    that was replaced a moment before.
    """
    (LOCK_ALONE if exclusive else LOCK_TOGETHER).all(organisation_id=organisation_id)


def get_organisation_by_slug(slug: str) -> OrganisationView:
    """The organisation of this slug. Raises NotFound naming it."""
    found = find_organisation(slug)
    if found is None:
        raise NotFound(f"there is no organisation called '{slug}'")
    return found


def list_organisations() -> list[OrganisationView]:
    """Every organisation of this installation, by name."""
    return [
        _organisation(row) for row in db.session.scalars(select(Organisation).order_by(Organisation.name))
    ]


def add_academy(
    organisation_id: UUID, slug: str, *, name: str, is_central: bool = False, at: datetime
) -> AcademyView:
    """Add a school or the central team. Raises InvalidInput where the slug is taken or malformed."""
    if not SLUG.fullmatch(slug):
        raise InvalidInput(f"slug: '{slug}' may hold small letters, digits, - and _")
    with transaction() as session:
        taken = select(Academy.id).where(Academy.organisation_id == organisation_id, Academy.slug == slug)
        if session.scalar(taken) is not None:
            raise InvalidInput(f"slug: there is already an academy called '{slug}'")
        row = record(
            Academy(
                organisation_id=organisation_id,
                recorded_at=at,
                slug=slug,
                name=visible_line("name", name, 200),
                is_central=is_central,
            )
        )
        return _academy(row)


def list_academies(organisation_id: UUID) -> list[AcademyView]:
    """An organisation's academies, by name."""
    query = select(Academy).where(Academy.organisation_id == organisation_id).order_by(Academy.name)
    return [_academy(row) for row in db.session.scalars(query)]


def get_academy(organisation_id: UUID, slug: str) -> AcademyView:
    """The academy of this slug in this organisation. Raises NotFound."""
    query = select(Academy).where(Academy.organisation_id == organisation_id, Academy.slug == slug)
    row = db.session.scalar(query)
    if row is None:
        raise NotFound(f"there is no academy called '{slug}'")
    return _academy(row)


def check_academy(organisation_id: UUID, academy_id: UUID | None) -> None:
    """Raises NotFound where an academy is named that is not this organisation's."""
    academy = None if academy_id is None else db.session.get(Academy, academy_id)
    if academy_id is not None and (academy is None or academy.organisation_id != organisation_id):
        raise NotFound("no such academy in this organisation")


def _organisation(row: Organisation) -> OrganisationView:
    return OrganisationView(row.id, row.slug, row.name, row.short_name, row.colour, row.help_contact)


def _academy(row: Academy) -> AcademyView:
    return AcademyView(row.id, row.slug, row.name, row.is_central)
