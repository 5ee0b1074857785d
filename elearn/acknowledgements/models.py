"""Tables of reading, signatures and questions raised. Private to this package."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    Index,
    Select,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    exists,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from elearn.db import CanonicalJson, UtcDateTime
from elearn.ledger.facts import Fact, plain_value
from elearn.ledger.macs import MacRow, of_organisation
from elearn.prepared import Prepared
from elearn.quizzes.service import sealed_answers


class ReadingStep(MacRow):
    """One row says that a person was shown one key rule, or opened the policy text, of a version.

    Personal data: what somebody read, and when. Kept: see docs/retention.md, class B. Committed in the ledger
    with the signature that follows; until then it has its MAC.
    """

    __tablename__ = "reading_steps"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    policy_version_id: Mapped[UUID] = mapped_column(ForeignKey("policy_versions.id"), primary_key=True)
    step: Mapped[str] = mapped_column(String(80), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    @classmethod
    def not_entered(cls, organisation_id: UUID | None) -> Select[Any] | None:
        """Reading that no signature under the version followed yet."""
        if organisation_id is None:
            return None
        signed = exists().where(
            Acknowledgement.person_id == cls.person_id,
            Acknowledgement.policy_version_id == cls.policy_version_id,
            Acknowledgement.recorded_at >= cls.at,
        )
        return select(*cls.__table__.c).where(
            of_organisation(cls.__table__.c.organisation_id, organisation_id), ~signed
        )


class Acknowledgement(Fact):
    """One row is one person's signature under one policy version. Append-only; every year's stays.

    Personal data: name as typed and on file, e-mail, job, how they showed who they are, browser with its languages
    and time zone, and address. Kept: see docs/retention.md, class C; browser, languages, time zone and address class A.
    """

    __tablename__ = "acknowledgements"
    __table_args__ = (
        UniqueConstraint("reference"),
        UniqueConstraint("attempt_id", "policy_version_id"),
        Index("ix_acknowledgements_organisation_id_person_id", "organisation_id", "person_id"),
    )
    KIND = "acknowledgement.signed"
    PUBLIC = ("policy_version_id", "policy_sha256", "statement_sha256", "content_sha256")

    reference: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    policy_version_id: Mapped[UUID] = mapped_column(ForeignKey("policy_versions.id"))
    policy_sha256: Mapped[str] = mapped_column(String(64))
    statement_sha256: Mapped[str] = mapped_column(String(64))
    content_sha256: Mapped[str] = mapped_column(String(64))
    statement: Mapped[str] = mapped_column(Text)
    quoted_clauses: Mapped[Any] = mapped_column(CanonicalJson)
    typed_name: Mapped[str] = mapped_column(String(200))
    name_on_file: Mapped[str] = mapped_column(String(200))
    names_agree: Mapped[bool]
    email: Mapped[str | None] = mapped_column(String(200))
    job_title: Mapped[str] = mapped_column(String(300))
    academy: Mapped[str] = mapped_column(String(500))
    kind: Mapped[str] = mapped_column(String(100))
    ticked: Mapped[bool]
    method: Mapped[str] = mapped_column(String(20))
    authenticated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    session_digest: Mapped[str] = mapped_column(String(64))
    shown_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempts.id"))
    attempt_number: Mapped[int]
    score: Mapped[str] = mapped_column(String(20))
    review_overdue: Mapped[bool]
    address: Mapped[str | None] = mapped_column(String(60))
    browser: Mapped[str | None] = mapped_column(String(400))
    languages: Mapped[str | None] = mapped_column(String(200))
    time_zone: Mapped[str | None] = mapped_column(String(60))

    @classmethod
    def child_values(cls, rows: Iterable[Self]) -> Mapping[UUID, dict[str, Any]]:
        """The answers and the reading that the signature rests on."""
        listed = list(rows)
        answers = sealed_answers([row.attempt_id for row in listed])
        reading = _reading_of({row.person_id for row in listed})
        return {
            row.id: {
                "answers": answers[row.attempt_id],
                "reading": [
                    [step, plain_value(at)]
                    for step, at in reading.get((row.person_id, row.policy_version_id), [])
                    if at <= row.recorded_at
                ],
            }
            for row in listed
        }


_steps = ReadingStep.__table__.c
READING_OF = Prepared(
    select(_steps.person_id, _steps.policy_version_id, _steps.step, _steps.at)
    .where(_steps.person_id.in_(bindparam("person_ids", type_=Uuid(), expanding=True)))
    .order_by(_steps.step)
)


def _reading_of(person_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], list[tuple[str, datetime]]]:
    found: dict[tuple[UUID, UUID], list[tuple[str, datetime]]] = {}
    for row in READING_OF.all(person_ids=list(person_ids)):
        key = (row.person_id, row.policy_version_id)
        found.setdefault(key, []).append((row.step, row.at))
    return found


class QuestionRaised(Fact):
    """One row is a question, or a reason for not signing, that somebody put to their organisation.

    Personal data: what somebody wrote. Kept: see docs/retention.md, class B.
    """

    __tablename__ = "questions_raised"
    __table_args__ = (Index("ix_questions_raised_organisation_id_person_id", "organisation_id", "person_id"),)
    KIND = "question.raised"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    policy_version_id: Mapped[UUID] = mapped_column(ForeignKey("policy_versions.id"))
    kind: Mapped[str] = mapped_column(String(20))
    about: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    instead_of_signing: Mapped[bool]


class QuestionAnswered(Fact):
    """One row says that a question was answered: with this text, or by word of mouth where there is none.

    Personal data: what somebody was told, and by whom. Kept: see docs/retention.md, class B.
    """

    __tablename__ = "questions_answered"
    __table_args__ = (UniqueConstraint("question_id"),)
    KIND = "question.answered"

    question_id: Mapped[UUID] = mapped_column(ForeignKey("questions_raised.id"))
    text: Mapped[str] = mapped_column(Text)
    answered_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
