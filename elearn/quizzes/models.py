"""Tables of papers, attempts and answers. Private to this package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Self
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, Select, String, UniqueConstraint, Uuid, bindparam, exists, select
from sqlalchemy.orm import Mapped, mapped_column

from elearn.db import CanonicalJson, UtcDateTime
from elearn.ledger.facts import Fact, plain_value
from elearn.ledger.macs import MacRow, of_organisation
from elearn.prepared import Prepared


class Attempt(Fact):
    """One row is one round of a course by one person, with the paper drawn for it.

    `number` counts a person's rounds of a course row, `round` those since they last passed or were helped.
    Personal data: what somebody was asked. Kept: see docs/retention.md, class B.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint(
            "organisation_id", "person_id", "course_id", "number", name="uq_attempts_person_course_number"
        ),
    )
    KIND = "attempt.started"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"))
    bundle_id: Mapped[UUID] = mapped_column(ForeignKey("content_bundles.id"))
    number: Mapped[int]
    round: Mapped[int]
    seed: Mapped[str] = mapped_column(String(64))
    paper: Mapped[Any] = mapped_column(CanonicalJson)


class Response(MacRow):
    """One row is the choice made in one question (one step of it, for a branch). The first choice stays.

    Personal data: what somebody answered. Kept: see docs/retention.md, class B. Committed in the ledger with
    the result of its attempt; until then it has its MAC.
    """

    __tablename__ = "responses"
    __table_args__ = (UniqueConstraint("attempt_id", "number", "step"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempts.id"))
    number: Mapped[int]
    step: Mapped[str] = mapped_column(String(60))
    chosen: Mapped[Any] = mapped_column(CanonicalJson)
    order_shown: Mapped[Any] = mapped_column(CanonicalJson)
    cell_hash: Mapped[str] = mapped_column(String(64))
    right: Mapped[bool]
    sure: Mapped[bool | None]
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @classmethod
    def not_entered(cls, organisation_id: UUID | None) -> Select[Any] | None:
        """Answers of rounds that are under way."""
        if organisation_id is None:
            return None
        over = exists().where(AttemptResult.attempt_id == cls.attempt_id)
        return select(*cls.__table__.c).where(
            of_organisation(cls.__table__.c.organisation_id, organisation_id), ~over
        )


ROWS_OF = Prepared(
    select(*Response.__table__.c).where(Response.__table__.c.attempt_id == bindparam("attempt_id"))
)
SEALED = ("number", "step", "chosen", "order_shown", "cell_hash", "right", "sure", "answered_at")
"""What is committed of an answer."""

_columns = Response.__table__.c
ANSWERS_OF = Prepared(
    select(_columns.attempt_id, *(_columns[name] for name in SEALED))
    .where(_columns.attempt_id.in_(bindparam("attempt_ids", type_=Uuid(), expanding=True)))
    .order_by(_columns.number, _columns.answered_at, _columns.id)
)


def answers_of(attempt_ids: Iterable[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The answers of attempts as they are committed, by attempt, in order."""
    ids = list(attempt_ids)
    found: dict[UUID, list[dict[str, Any]]] = {attempt_id: [] for attempt_id in ids}
    for row in ANSWERS_OF.all(attempt_ids=ids):
        found[row.attempt_id].append({name: plain_value(getattr(row, name)) for name in SEALED})
    return found


class AttemptResult(Fact):
    """One row is the outcome of one finished attempt; it seals the answers.

    Personal data: how somebody did. Kept: see docs/retention.md, class B.
    """

    __tablename__ = "attempt_results"
    __table_args__ = (
        UniqueConstraint("attempt_id"),
        Index("ix_attempt_results_organisation_id_person_id", "organisation_id", "person_id"),
    )
    KIND = "attempt.finished"

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempts.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"))
    passed: Mapped[bool]
    right: Mapped[int]
    questions: Mapped[int]
    missed_topics: Mapped[Any] = mapped_column(CanonicalJson)

    @classmethod
    def child_values(cls, rows: Iterable[Self]) -> Mapping[UUID, dict[str, Any]]:
        """The answers that the result was worked out from."""
        by_attempt = {row.attempt_id: row.id for row in rows}
        answers = answers_of(by_attempt)
        return {by_attempt[attempt_id]: {"answers": given} for attempt_id, given in answers.items()}


class HelpGiven(Fact):
    """One row says that a person helped somebody who had not passed in the rounds allowed: they start afresh.

    Personal data: that help was given, and by whom. Kept: see docs/retention.md, class B.
    """

    __tablename__ = "help_given"
    __table_args__ = (Index("ix_help_given_organisation_id_person_id", "organisation_id", "person_id"),)
    KIND = "help.given"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"))
    given_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
