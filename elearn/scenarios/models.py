"""The tables of content. Private to this package."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from elearn.db import CanonicalJson
from elearn.ledger.facts import Fact


class ContentBundle(Fact):
    """One row is one organisation's content as it stood when loaded: catalogue, bank and its policy's files.

    Immutable, so that a paper drawn from it can be shown again. Personal data: none. Kept: for ever.
    """

    __tablename__ = "content_bundles"
    __table_args__ = (
        UniqueConstraint(
            "organisation_id", "sha256", info={"taken": "content: somebody else loaded the same a moment ago"}
        ),
    )
    KIND = "content.loaded"
    PUBLIC = ("sha256",)

    sha256: Mapped[str] = mapped_column(String(64))
    slug: Mapped[str] = mapped_column(String(60))
    body: Mapped[str] = mapped_column(Text)


class ContentLoading(Fact):
    """One row is somebody's loading of a bundle by command, also of one that was there already.

    A bundle without one came from a proposal, or was loaded before who loads was recorded. Personal data: who loaded.
    Kept: for ever.
    """

    __tablename__ = "content_loadings"
    __table_args__ = (Index("ix_content_loadings_bundle_id", "bundle_id"),)
    KIND = "content.loaded_by_command"
    PUBLIC = ("bundle_id",)

    bundle_id: Mapped[UUID] = mapped_column(ForeignKey("content_bundles.id"))
    loaded_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))


class ContentProposal(Fact):
    """One row is somebody's proposal to load other content in place of the bundle that it names, if there is one.

    `cells` are the situations and tellings that would change. Personal data: who proposed. Kept: for ever.
    """

    __tablename__ = "content_proposals"
    __table_args__ = (Index("ix_content_proposals_organisation_id", "organisation_id", "recorded_at"),)
    KIND = "content.proposed"
    PUBLIC = ("sha256",)

    base_id: Mapped[UUID | None] = mapped_column(ForeignKey("content_bundles.id"))
    file: Mapped[str] = mapped_column(String(20))
    sha256: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text)
    cells: Mapped[Any] = mapped_column(CanonicalJson)
    note: Mapped[str] = mapped_column(String(500))
    proposed_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))


class ContentAcceptance(Fact):
    """One row is a second person's yes to a proposal, and the bundle that was loaded by it.

    Personal data: who accepted. Kept: for ever.
    """

    __tablename__ = "content_acceptances"
    __table_args__ = (
        UniqueConstraint("proposal_id"),
        CheckConstraint("accepted_by_id <> proposed_by_id", name="not_by_proposer"),
        Index("ix_content_acceptances_bundle_id", "bundle_id"),
    )
    KIND = "content.accepted"
    PUBLIC = ("proposal_id", "bundle_id")

    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("content_proposals.id"))
    bundle_id: Mapped[UUID] = mapped_column(ForeignKey("content_bundles.id"))
    proposed_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    accepted_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
