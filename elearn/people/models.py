"""Tables of organisations and people. Private to this package."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from elearn.ledger.facts import Fact, Replaceable


class Organisation(Fact):
    """One row is one trust. Its own id is also its organisation_id.

    Personal data: none, unless the help contact is a person's name. Kept: for ever.
    """

    __tablename__ = "organisations"
    __table_args__ = (
        UniqueConstraint("slug", info={"taken": "slug: there is already an organisation of this short name"}),
    )
    KIND = "organisation.added"

    slug: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(200))
    short_name: Mapped[str] = mapped_column(String(60))
    colour: Mapped[str] = mapped_column(String(7))
    help_contact: Mapped[str] = mapped_column(String(200))


class Academy(Fact):
    """One row is one school of an organisation, or its central team.

    Personal data: none. Kept: for ever.
    """

    __tablename__ = "academies"
    __table_args__ = (
        UniqueConstraint(
            "organisation_id", "slug", info={"taken": "slug: there is already an academy of this short name"}
        ),
    )
    KIND = "academy.added"

    slug: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(200))
    is_central: Mapped[bool]


class Person(Fact):
    """One row is one person the policy may cover. The payroll number identifies; names never do.

    Personal data: name, e-mail address, payroll number. Kept: see docs/retention.md, class C.
    """

    __tablename__ = "people"
    __table_args__ = (
        UniqueConstraint(
            "organisation_id",
            "payroll_number",
            info={"taken": "payroll number: it belongs to somebody already"},
        ),
        Index("ix_people_organisation_id_name", "organisation_id", "name"),
    )
    KIND = "person.added"

    payroll_number: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(200))


class Placement(Replaceable):
    """One row is one post of a person at an academy, as known when recorded. Ending it is a further row.

    One whose last day is before its first was given by mistake and taken back: it never counted.

    Personal data: job, dates. Kept: see docs/retention.md, class C.
    """

    __tablename__ = "placements"
    __table_args__ = (
        CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on OR replaces_id IS NOT NULL",
            name="ends_after_start_or_taken_back",
        ),
        Index("ix_placements_organisation_id_person_id", "organisation_id", "person_id"),
        Index("ix_placements_organisation_id_academy_id", "organisation_id", "academy_id"),
    )
    KIND = "placement.recorded"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    academy_id: Mapped[UUID] = mapped_column(ForeignKey("academies.id"))
    kind: Mapped[str] = mapped_column(String(20))
    job_title: Mapped[str] = mapped_column(String(120))
    job_group: Mapped[str] = mapped_column(String(30))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]


class RoleHolding(Replaceable):
    """One row is one permission role given to a person, everywhere or at one academy. Taking it is a further row.

    One whose last day is before its first was stopped at once: no whole day of it counted.

    Personal data: who may do what in the program. Kept: see docs/retention.md, class C.
    """

    __tablename__ = "role_holdings"
    __table_args__ = (
        CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on OR replaces_id IS NOT NULL",
            name="ends_after_start_or_stopped",
        ),
        Index("ix_role_holdings_organisation_id_person_id", "organisation_id", "person_id"),
    )
    KIND = "role.recorded"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    role: Mapped[str] = mapped_column(String(20))
    academy_id: Mapped[UUID | None] = mapped_column(ForeignKey("academies.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]


class OfficeHolding(Replaceable):
    """One row is one office held by a person: at an academy, everywhere, or as somebody's line manager.

    Ending or stopping it is a further row, as for a role.

    Personal data: who holds which office. Kept: see docs/retention.md, class C.
    """

    __tablename__ = "office_holdings"
    __table_args__ = (
        CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on OR replaces_id IS NOT NULL",
            name="ends_after_start_or_stopped",
        ),
        CheckConstraint("for_person_id IS NULL OR for_person_id <> person_id", name="not_own_manager"),
        CheckConstraint(
            "(office = 'line_manager') = (for_person_id IS NOT NULL)", name="manager_of_somebody"
        ),
        Index("ix_office_holdings_organisation_id_office", "organisation_id", "office"),
        Index("ix_office_holdings_organisation_id_person_id", "organisation_id", "person_id"),
        Index("ix_office_holdings_organisation_id_for_person_id", "organisation_id", "for_person_id"),
    )
    KIND = "office.recorded"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    office: Mapped[str] = mapped_column(String(40))
    academy_id: Mapped[UUID | None] = mapped_column(ForeignKey("academies.id"))
    for_person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
