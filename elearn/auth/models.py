"""Tables of the ways in. Private to this package."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Select, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from elearn.db import CanonicalJson, UtcDateTime
from elearn.ledger.facts import Fact, Replaceable
from elearn.ledger.macs import MacRow, of_organisation


class Slip(Fact):
    """One row is one code issued to a person. Only a keyed digest of the code is kept.

    Personal data: who was given a code. Kept: see docs/retention.md, class B.
    """

    __tablename__ = "slips"
    __table_args__ = (
        UniqueConstraint("code_digest"),
        Index("ix_slips_organisation_id_person_id", "organisation_id", "person_id"),
    )
    KIND = "slip.issued"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    code_digest: Mapped[str] = mapped_column(String(64))
    expires_on: Mapped[date]
    issued_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))


class SlipUse(Fact):
    """One row binds a slip to the device on which it was first used.

    Personal data: a digest of a random device cookie. Kept: see docs/retention.md, class A.
    """

    __tablename__ = "slip_uses"
    __table_args__ = (UniqueConstraint("slip_id"),)
    KIND = "slip.used"

    slip_id: Mapped[UUID] = mapped_column(ForeignKey("slips.id"))
    device_digest: Mapped[str] = mapped_column(String(64))


class SlipVoid(Fact):
    """One row stops a slip for good.

    Personal data: who stopped it. Kept: see docs/retention.md, class B.
    """

    __tablename__ = "slip_voids"
    __table_args__ = (UniqueConstraint("slip_id"),)
    KIND = "slip.voided"

    slip_id: Mapped[UUID] = mapped_column(ForeignKey("slips.id"))
    reason: Mapped[str] = mapped_column(String(200))
    voided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))


class Password(Replaceable):
    """One row is a password set for a person, as its argon2id hash; a new one replaces it.

    Personal data: sign-in name. Kept: until replaced or the person leaves.
    """

    __tablename__ = "passwords"
    __table_args__ = (
        Index("ix_passwords_login", "login"),
        Index("ix_passwords_organisation_id_person_id", "organisation_id", "person_id"),
    )
    KIND = "password.set"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    login: Mapped[str] = mapped_column(String(200))
    hash: Mapped[str] = mapped_column(String(200))


class ApiToken(Fact):
    """One row is a bearer token for the API, as its digest, with what it may read.

    Personal data: who made it. Kept: see docs/retention.md, class C.
    """

    __tablename__ = "api_tokens"
    __table_args__ = (UniqueConstraint("token_digest"),)
    KIND = "token.created"

    name: Mapped[str] = mapped_column(String(100))
    token_digest: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[Any] = mapped_column(CanonicalJson)
    expires_on: Mapped[date]


class TokenRevocation(Fact):
    """One row ends an API token.

    Personal data: none. Kept: see docs/retention.md, class C.
    """

    __tablename__ = "token_revocations"
    __table_args__ = (UniqueConstraint("token_id"),)
    KIND = "token.revoked"

    token_id: Mapped[UUID] = mapped_column(ForeignKey("api_tokens.id"))


class SignInSession(MacRow):
    """One row is one signed-in browser. Ending the row ends every copy of its cookie.

    Personal data: who is signed in, since when. Kept: see docs/retention.md, class A.
    """

    __tablename__ = "sign_in_sessions"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    method: Mapped[str] = mapped_column(String(20))
    slip_id: Mapped[UUID | None] = mapped_column(ForeignKey("slips.id"))
    confirmed: Mapped[bool]
    authenticated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @classmethod
    def not_entered(cls, organisation_id: UUID | None) -> Select[Any] | None:
        """All of the organisation's: a signature commits to what it used of a session, and not to its row."""
        if organisation_id is None:
            return None
        return select(*cls.__table__.c).where(
            of_organisation(cls.__table__.c.organisation_id, organisation_id)
        )


class SignInFailure(MacRow):
    """One row is one failed way in: a wrong password for a login, or an unknown code from an address.

    Personal data: a digest of login or address. Kept: see docs/retention.md, class A.
    """

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index("ix_sign_in_failures_key_at", "key", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    @classmethod
    def not_entered(cls, organisation_id: UUID | None) -> Select[Any] | None:
        """All, since they belong to no organisation."""
        return select(*cls.__table__.c) if organisation_id is None else None
