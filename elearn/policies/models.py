"""Tables of policies. Private to this package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Self
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from elearn.db import Base, CanonicalJson, db
from elearn.ledger.facts import Fact
from elearn.policies.rules import clauses_sha256, sha256_hex


class PolicyVersion(Fact):
    """One row is one text of an organisation's policy, exactly as imported. A changed text is a new row.

    Personal data: none, unless the policy names people. Kept: for ever.
    """

    __tablename__ = "policy_versions"
    __table_args__ = (
        UniqueConstraint(
            "organisation_id",
            "source_sha256",
            info={"taken": "file: somebody else imported this very file a moment ago"},
        ),
    )
    KIND = "policy.imported"
    PUBLIC = ("title", "version", "source_sha256", "text_sha256")

    title: Mapped[str] = mapped_column(String(200))
    version: Mapped[str] = mapped_column(String(60))
    source_name: Mapped[str] = mapped_column(String(200))
    source_sha256: Mapped[str] = mapped_column(String(64))
    text_sha256: Mapped[str] = mapped_column(String(64))
    dated: Mapped[str] = mapped_column(String(10))
    review_due: Mapped[str] = mapped_column(String(10))

    @classmethod
    def child_values(cls, rows: Iterable[Self]) -> Mapping[UUID, dict[str, Any]]:
        """The clauses and the file itself, as hashes recomputed from their rows."""
        values: dict[UUID, dict[str, Any]] = {}
        for row in rows:
            clauses = db.session.scalars(
                select(Clause)
                .where(Clause.version_id == row.id, Clause.organisation_id == row.organisation_id)
                .order_by(Clause.number)
            )
            source = db.session.scalar(
                select(PolicySource.content).where(
                    PolicySource.version_id == row.id, PolicySource.organisation_id == row.organisation_id
                )
            )
            values[row.id] = {
                "clauses": clauses_sha256(
                    (c.ref, c.parent, c.heading, c.kind, c.text, c.force, c.line_start, c.line_end)
                    for c in clauses
                ),
                "source": None if source is None else sha256_hex(source),
            }
        return values


class PolicySource(Base):
    """One row is the file that a policy version was imported from, byte for byte.

    Personal data: none, unless the policy names people. Kept: for ever, with its version.
    """

    __tablename__ = "policy_sources"

    version_id: Mapped[UUID] = mapped_column(ForeignKey("policy_versions.id"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    left_out: Mapped[Any] = mapped_column(CanonicalJson)


class Clause(Base):
    """One row is one addressable piece of one policy version.

    Personal data: none, unless the policy names people. Kept: for ever, with its version.
    """

    __tablename__ = "clauses"
    __table_args__ = (UniqueConstraint("version_id", "ref"),)

    version_id: Mapped[UUID] = mapped_column(ForeignKey("policy_versions.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    ref: Mapped[str] = mapped_column(String(300))
    parent: Mapped[str] = mapped_column(String(300))
    heading: Mapped[str] = mapped_column(String(300))
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    force: Mapped[str] = mapped_column(String(20))
    line_start: Mapped[int]
    line_end: Mapped[int]


class Publication(Fact):
    """One row puts a policy version in force from a day. The latest that has begun is the one in force.

    Personal data: who published. Kept: for ever.
    """

    __tablename__ = "publications"
    __table_args__ = (
        Index("ix_publications_organisation_id_in_force_from", "organisation_id", "in_force_from"),
    )
    KIND = "policy.published"

    version_id: Mapped[UUID] = mapped_column(ForeignKey("policy_versions.id"))
    in_force_from: Mapped[date]
    change: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(String(500))
    published_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
