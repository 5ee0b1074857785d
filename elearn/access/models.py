"""Tables of accounts, requests, grants and holds. Private to this package. No column holds a credential."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from elearn.db import UtcDateTime
from elearn.ledger.facts import Fact, Replaceable


class SocialAccount(Fact):
    """One row is one business social media account in the register.

    Personal data: a work e-mail address, who registered it. Kept: see docs/retention.md, class C.
    """

    __tablename__ = "social_accounts"
    __table_args__ = (
        UniqueConstraint(
            "organisation_id",
            "slug",
            info={"taken": "short name: there is already an account of this name; choose another"},
        ),
        Index("ix_social_accounts_organisation_id_academy_id", "organisation_id", "academy_id"),
    )
    KIND = "account.registered"

    slug: Mapped[str] = mapped_column(String(60))
    academy_id: Mapped[UUID] = mapped_column(ForeignKey("academies.id"))
    platform: Mapped[str] = mapped_column(String(20))
    handle: Mapped[str] = mapped_column(String(120))
    purpose: Mapped[str] = mapped_column(String(500))
    work_email: Mapped[str] = mapped_column(String(200))
    enforcement: Mapped[str] = mapped_column(String(20))
    registered_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))


class AccountClosing(Fact):
    """One row ends the use of one account: from that day nobody may. Grants and contacts stay as they were.

    Personal data: who closed it. Kept: see docs/retention.md, class C.
    """

    __tablename__ = "account_closings"
    __table_args__ = (UniqueConstraint("account_id"),)
    KIND = "account.closed"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("social_accounts.id"))
    closed_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(500))
    closed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))


class AccountContact(Replaceable):
    """One row is one administrative contact of an account. Ending it is a further row.

    Personal data: who looks after which account. Kept: see docs/retention.md, class C.
    """

    __tablename__ = "account_contacts"
    __table_args__ = (
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_start"),
        Index("ix_account_contacts_organisation_id_account_id", "organisation_id", "account_id"),
        Index("ix_account_contacts_organisation_id_person_id", "organisation_id", "person_id"),
    )
    KIND = "contact.recorded"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("social_accounts.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    named_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))


class AccountInduction(Fact):
    """One row is one short induction to an account: who gave it to whom, and on which day.

    Personal data: who was inducted. Kept: see docs/retention.md, class C.
    """

    __tablename__ = "account_inductions"
    __table_args__ = (
        CheckConstraint("given_by_id <> person_id", name="not_by_oneself"),
        Index(
            "ix_account_inductions_organisation_id_account_id", "organisation_id", "account_id", "person_id"
        ),
    )
    KIND = "induction.given"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("social_accounts.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    given_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    given_on: Mapped[date]


class AccessRequest(Fact):
    """One row is a request for one person's right on one account. It grants nothing.

    Personal data: who asks for whom, and why. Kept: see docs/retention.md, class C.
    """

    __tablename__ = "access_requests"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        Index("ix_access_requests_organisation_id_person_id", "organisation_id", "person_id"),
        Index("ix_access_requests_organisation_id_account_id", "organisation_id", "account_id", "person_id"),
    )
    KIND = "access.requested"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("social_accounts.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    requested_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    right: Mapped[str] = mapped_column(String(20))
    purpose: Mapped[str] = mapped_column(String(500))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    asset_number: Mapped[str | None] = mapped_column(String(60))
    equipment_attested: Mapped[bool]
    two_step_confirmed: Mapped[bool]


class Approval(Fact):
    """One row is one approver's decision on one request: yes, perhaps with conditions, or no.

    Person and requester stand here as well, so that the database itself refuses an approval of one's own.
    Personal data: who decided about whom. Kept: see docs/retention.md, class C.
    """

    __tablename__ = "access_approvals"
    __table_args__ = (
        UniqueConstraint("request_id"),
        CheckConstraint("approver_id <> person_id", name="not_for_oneself"),
        CheckConstraint("approver_id <> requested_by_id", name="not_by_requester"),
        Index("ix_access_approvals_organisation_id_approver_id", "organisation_id", "approver_id"),
    )
    KIND = "access.decided"

    request_id: Mapped[UUID] = mapped_column(ForeignKey("access_requests.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    requested_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    approver_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    office: Mapped[str] = mapped_column(String(40))
    approved: Mapped[bool]
    conditions: Mapped[str] = mapped_column(String(500))
    ends_on: Mapped[date | None]


class AccessGrant(Fact):
    """One row is one person's right on one account, as decided at the moment of granting.

    Personal data: who may use which account. Kept: see docs/retention.md, class C.
    """

    __tablename__ = "access_grants"
    __table_args__ = (
        UniqueConstraint("request_id"),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        Index("ix_access_grants_organisation_id_account_id", "organisation_id", "account_id"),
        Index("ix_access_grants_organisation_id_person_id", "organisation_id", "person_id"),
        Index("ix_access_grants_organisation_id_ends_on", "organisation_id", "ends_on"),
    )
    KIND = "access.granted"

    request_id: Mapped[UUID] = mapped_column(ForeignKey("access_requests.id"))
    approval_id: Mapped[UUID] = mapped_column(ForeignKey("access_approvals.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("social_accounts.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    right: Mapped[str] = mapped_column(String(20))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    granted_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))


class GrantEnding(Fact):
    """One row ends one grant, from the moment it is recorded.

    Personal data: who ended it, and why. Kept: see docs/retention.md, class C.
    """

    __tablename__ = "grant_endings"
    __table_args__ = (UniqueConstraint("grant_id"),)
    KIND = "access.ended"

    grant_id: Mapped[UUID] = mapped_column(ForeignKey("access_grants.id"))
    reason: Mapped[str] = mapped_column(String(500))
    ended_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))


class Hold(Fact):
    """One row stops posting on an account, an academy's accounts or all of them. It destroys no grant.

    Personal data: who started it. Kept: see docs/retention.md, class C.
    """

    __tablename__ = "holds"
    __table_args__ = (
        CheckConstraint(
            "(scope = 'organisation' AND academy_id IS NULL AND account_id IS NULL)"
            " OR (scope = 'academy' AND academy_id IS NOT NULL AND account_id IS NULL)"
            " OR (scope = 'account' AND academy_id IS NULL AND account_id IS NOT NULL)",
            name="scope_names_its_own",
        ),
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="ends_after_start"),
        Index("ix_holds_organisation_id_starts_at", "organisation_id", "starts_at"),
    )
    KIND = "hold.started"

    scope: Mapped[str] = mapped_column(String(20))
    academy_id: Mapped[UUID | None] = mapped_column(ForeignKey("academies.id"))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("social_accounts.id"))
    reason: Mapped[str] = mapped_column(String(500))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))


class HoldLifted(Fact):
    """One row ends one hold: lifted, from the moment it is recorded.

    Personal data: who lifted it. Kept: see docs/retention.md, class C.
    """

    __tablename__ = "holds_lifted"
    __table_args__ = (UniqueConstraint("hold_id"),)
    KIND = "hold.lifted"

    hold_id: Mapped[UUID] = mapped_column(ForeignKey("holds.id"))
    lifted_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
