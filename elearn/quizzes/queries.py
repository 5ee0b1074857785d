"""What pages ask about rounds and answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from elearn.db import connection
from elearn.kept import asked_once
from elearn.prepared import Prepared
from elearn.quizzes.models import Attempt, AttemptResult, HelpGiven, Response

_attempts, _results = Attempt.__table__.c, AttemptResult.__table__.c
_responses, _help = Response.__table__.c, HelpGiven.__table__.c

ROUNDS_OF = Prepared(
    select(
        *_attempts,
        _results.recorded_at.label("finished_at"),
        _results.passed,
        _results.right,
        _results.questions,
        _results.missed_topics,
    )
    .join_from(Attempt.__table__, AttemptResult.__table__, _results.attempt_id == _attempts.id, isouter=True)
    .where(
        _attempts.organisation_id == bindparam("organisation_id"),
        _attempts.person_id == bindparam("person_id"),
    )
    .order_by(_attempts.number)
)
STARTED = Prepared(
    select(_attempts.person_id).where(
        _attempts.organisation_id == bindparam("organisation_id"),
        _attempts.course_id == bindparam("course_id"),
        _attempts.person_id.in_(bindparam("person_ids", expanding=True)),
    )
)
PASSES_OF = Prepared(
    select(
        _results.person_id,
        _results.course_id,
        _results.recorded_at,
        _results.attempt_id,
        _attempts.number,
        _attempts.round,
        _results.right,
        _results.questions,
    )
    .join_from(AttemptResult.__table__, Attempt.__table__, _attempts.id == _results.attempt_id)
    .where(
        _results.organisation_id == bindparam("organisation_id"),
        _results.person_id.in_(bindparam("person_ids", expanding=True)),
        _results.passed,
    )
    .order_by(_results.recorded_at)
)
ATTEMPT = Prepared(select(*_attempts).where(_attempts.id == bindparam("attempt_id")))
RESPONSES_OF = Prepared(
    select(
        _responses.number,
        _responses.step,
        _responses.chosen,
        _responses.right,
        _responses.sure,
    )
    .where(_responses.attempt_id == bindparam("attempt_id"))
    .order_by(_responses.number, _responses.answered_at)
)
HELPED_AT = Prepared(
    select(_help.recorded_at)
    .where(
        _help.organisation_id == bindparam("organisation_id"),
        _help.person_id == bindparam("person_id"),
        _help.course_id == bindparam("course_id"),
    )
    .order_by(_help.recorded_at.desc())
    .limit(1)
)


@asked_once
def rounds_of(organisation_id: UUID, person_id: UUID) -> Sequence[Any]:
    """A person's attempts at every course, by number, each with its result where it is finished."""
    return ROUNDS_OF.all(organisation_id=organisation_id, person_id=person_id)


def started(organisation_id: UUID, course_id: UUID, person_ids: Sequence[UUID]) -> Sequence[UUID]:
    """Those of these people who have an attempt at a course."""
    return STARTED.scalars(organisation_id=organisation_id, course_id=course_id, person_ids=person_ids)


def failed(organisation_id: UUID, course_id: UUID, person_ids: Sequence[UUID]) -> Sequence[UUID]:
    """Those of these people who have not passed some round of a course."""
    query = select(_results.person_id).where(
        _results.organisation_id == organisation_id,
        _results.course_id == course_id,
        _results.person_id.in_(person_ids),
        _results.passed.is_(False),
    )
    return connection().execute(query.distinct()).scalars().all()


@asked_once
def passes_of(organisation_id: UUID, person_ids: tuple[UUID, ...]) -> Sequence[Any]:
    """The passed attempts of these people, oldest first."""
    return PASSES_OF.all(organisation_id=organisation_id, person_ids=person_ids)


def attempt_row(attempt_id: UUID) -> Any:
    """One attempt, None where there is none of this id."""
    return ATTEMPT.first(attempt_id=attempt_id)


def responses_of(attempt_id: UUID) -> list[dict[str, Any]]:
    """The answers given in an attempt, in order."""
    return [row._asdict() for row in RESPONSES_OF.all(attempt_id=attempt_id)]


def helped_at(organisation_id: UUID, person_id: UUID, course_id: UUID) -> datetime | None:
    """When somebody was last helped with a course, None where nobody had to."""
    found: datetime | None = HELPED_AT.scalar(
        organisation_id=organisation_id, person_id=person_id, course_id=course_id
    )
    return found
