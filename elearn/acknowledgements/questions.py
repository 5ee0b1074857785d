"""Questions about the policy, and reasons for not signing: raised by staff, answered by those whose work that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select

from elearn.acknowledgements.models import QuestionAnswered, QuestionRaised
from elearn.acknowledgements.service import SignatureView, list_signatures
from elearn.db import connection, transaction
from elearn.decisions import refuse
from elearn.errors import ActionRefused, InvalidInput, NotFound
from elearn.kept import asked_once
from elearn.ledger.service import record
from elearn.people.scopes import Scope, find_among
from elearn.people.service import PersonView, chunks
from elearn.prepared import Prepared

QUESTION_KINDS = {
    "question": "I have a question",
    "disagree": "I disagree with part of it",
    "help_reading": "I need help reading it",
    "other": "Something else",
}
MOST_READ = 1_000
LONGEST_TEXT = 2_000
NEWS_FOR = timedelta(days=30)
"""How long an answer stands on the home page of whoever asked."""


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One question raised, or reason for not signing."""

    id: UUID
    person_id: UUID
    version_id: UUID
    kind: str
    about: str
    text: str
    instead_of_signing: bool
    at: datetime
    answered_at: datetime | None
    """None as long as nobody has answered."""
    answer: str | None
    """What was written; no words where it was answered by word of mouth."""


_answers = QuestionAnswered.__table__.c
_questions = QuestionRaised.__table__.c
_QUESTION = (
    _questions.id,
    _questions.person_id,
    _questions.policy_version_id,
    _questions.kind,
    _questions.about,
    _questions.text,
    _questions.instead_of_signing,
    _questions.recorded_at,
    _answers.recorded_at.label("answered_at"),
    _answers.text.label("answer"),
)
_every_question = select(*_QUESTION).outerjoin_from(
    QuestionRaised, QuestionAnswered, _answers.question_id == _questions.id
)
QUESTIONS_OF = Prepared(
    _every_question.where(
        _questions.organisation_id == bindparam("organisation_id"),
        _questions.person_id.in_(bindparam("person_ids", expanding=True)),
    ).order_by(_questions.recorded_at)
)


def raise_question(
    person: PersonView,
    version_id: UUID,
    *,
    kind: str,
    about: str = "",
    text: str = "",
    instead_of_signing: bool = False,
    at: datetime,
) -> UUID:
    """Record a question, or why somebody does not sign now: its id. Raises InvalidInput: an unknown kind, no text."""
    if kind not in QUESTION_KINDS:
        raise InvalidInput("kind: choose what it is about")
    if kind in {"question", "other"} and not text.strip():
        raise InvalidInput("text: write what you would like to ask or say")
    _check_length(text)
    with transaction():
        row = record(
            QuestionRaised(
                organisation_id=person.organisation_id,
                recorded_at=at,
                person_id=person.id,
                policy_version_id=version_id,
                kind=kind,
                about=about[:300],
                text=text.strip(),
                instead_of_signing=instead_of_signing,
            )
        )
        return row.id


def answer_question(
    scope: Scope, question_id: UUID, *, day: date, text: str, answered_by_id: UUID, at: datetime
) -> None:
    """Record that a question was answered, with what was written; an empty text says: by word of mouth.

    Raises NotFound where nobody in scope asked it, ActionRefused where it has been answered, InvalidInput.
    """
    _check_length(text)
    with transaction():
        if get_asked(scope, question_id, day=day).question.answered_at is not None:
            raise ActionRefused(refuse("answered", "Somebody else has answered this question"))
        record(
            QuestionAnswered(
                organisation_id=scope.organisation_id,
                recorded_at=at,
                question_id=question_id,
                text=text.strip(),
                answered_by_id=answered_by_id,
            )
        )


def _check_length(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise InvalidInput(f"text: at most {LONGEST_TEXT:,} characters, this has {len(text):,}")


def list_questions(organisation_id: UUID, person_ids: Sequence[UUID]) -> dict[UUID, list[QuestionView]]:
    """The questions of these people, by person, oldest first."""
    found: dict[UUID, list[QuestionView]] = {}
    for chunk in chunks(person_ids):
        for question in _questions_of(organisation_id, tuple(chunk)):
            found.setdefault(question.person_id, []).append(question)
    return found


@asked_once
def _questions_of(organisation_id: UUID, person_ids: tuple[UUID, ...]) -> list[QuestionView]:
    rows = QUESTIONS_OF.all(organisation_id=organisation_id, person_ids=person_ids)
    return [QuestionView(*row) for row in rows]


def lately_answered(asked: Sequence[QuestionView], now: datetime) -> QuestionView | None:
    """The one of these that was answered in writing last, where that is no longer ago than `NEWS_FOR`."""
    news = [q for q in asked if q.answer and q.answered_at and now - q.answered_at <= NEWS_FOR]
    return max(news, key=lambda question: question.answered_at or now, default=None)


@dataclass(frozen=True, slots=True)
class AskedView:
    """A question with who asked it, and when they signed after it; None where they have not."""

    question: QuestionView
    person: PersonView
    signed_at: datetime | None


def list_asked(scope: Scope, *, day: date, limit: int) -> list[AskedView]:
    """What people in scope asked, or said instead of signing, at most so many: the newest first, and before all
    others those that nobody has answered.

    Looks through so many of the organisation's as `MOST_READ`.
    """
    query = (
        _every_question.where(_questions.organisation_id == scope.organisation_id)
        .order_by(_answers.id.is_not(None), _questions.recorded_at.desc(), _questions.id)
        .limit(MOST_READ)
    )
    return _asked(scope, query, day)[:limit]


def get_asked(scope: Scope, question_id: UUID, *, day: date) -> AskedView:
    """One question that somebody in scope asked. Raises NotFound."""
    query = _every_question.where(
        _questions.organisation_id == scope.organisation_id, _questions.id == question_id
    )
    found = _asked(scope, query, day)
    if not found:
        raise NotFound("no such question")
    return found[0]


def _asked(scope: Scope, query: Select[Any], day: date) -> list[AskedView]:
    found = [QuestionView(*row) for row in connection().execute(query)]
    people = find_among(scope, {question.person_id for question in found}, day=day)
    asked = [question for question in found if question.person_id in people]
    signatures = list_signatures(scope.organisation_id, list({question.person_id for question in asked}))
    return [
        AskedView(question, people[question.person_id], _signed_after(question, signatures))
        for question in asked
    ]


def _signed_after(
    question: QuestionView, signatures: Mapping[UUID, Sequence[SignatureView]]
) -> datetime | None:
    theirs = signatures.get(question.person_id, ())
    return next((signature.at for signature in theirs if signature.at >= question.at), None)
