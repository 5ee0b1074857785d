"""The table of content. Private to this package."""

from __future__ import annotations

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from elearn.ledger.facts import Fact


class ContentBundle(Fact):
    """One row is one organisation's content as it stood when loaded: catalogue, bank and its policy's files.

    Immutable, so that a paper drawn from it can be shown again. Personal data: none. Kept: for ever.
    """

    __tablename__ = "content_bundles"
    __table_args__ = (UniqueConstraint("organisation_id", "sha256"),)
    KIND = "content.loaded"
    PUBLIC = ("sha256",)

    sha256: Mapped[str] = mapped_column(String(64))
    slug: Mapped[str] = mapped_column(String(60))
    body: Mapped[str] = mapped_column(Text)
