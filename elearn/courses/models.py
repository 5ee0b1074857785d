"""The table of courses. Private to this package."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from elearn.db import CanonicalJson
from elearn.ledger.facts import Fact


class Course(Fact):
    """One row is one course as it is given on one policy version, with its rules. Changed rules are a new row.

    Personal data: none. Kept: for ever.
    """

    __tablename__ = "courses"
    __table_args__ = (
        Index("ix_courses_organisation_id_policy_version_id", "organisation_id", "policy_version_id"),
    )
    KIND = "course.opened"

    key: Mapped[str] = mapped_column(String(30))
    title: Mapped[str] = mapped_column(String(200))
    policy_version_id: Mapped[UUID] = mapped_column(ForeignKey("policy_versions.id"))
    bundle_id: Mapped[UUID] = mapped_column(ForeignKey("content_bundles.id"))
    rules: Mapped[Any] = mapped_column(CanonicalJson)
