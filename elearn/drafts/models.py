"""The table of drafts. Private to this package."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from elearn.db import CanonicalJson
from elearn.ledger.facts import Fact


class ContentDecision(Fact):
    """One row is what somebody decided about one part of the content for one policy text; the latest one counts.

    `about` is `position:` and its id, or covers, names, key_rules or signing. Personal data: who decided. Kept: for
    ever.
    """

    __tablename__ = "content_decisions"
    __table_args__ = (Index("ix_content_decisions_version_id", "version_id", "recorded_at"),)
    KIND = "content.decided"
    PUBLIC = ("about",)

    version_id: Mapped[UUID] = mapped_column(ForeignKey("policy_versions.id"))
    about: Mapped[str] = mapped_column(String(100))
    value: Mapped[Any] = mapped_column(CanonicalJson)
    decided_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
