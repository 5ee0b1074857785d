"""Questions about the policy, and reasons for not signing: raised by staff, read by those who answer them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import bindparam, select

from elearn.acknowledgements.models import QuestionRaised
from elearn.acknowledgements.service import SignatureView, list_signatures
from elearn.db import connection, transaction
from elearn.errors import InvalidInput
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
)
QUESTIONS_OF = Prepared(
    select(*_QUESTION)
    .where(
        _questions.organisation_id == bindparam("organisation_id"),
        _questions.person_id.in_(bindparam("person_ids", expanding=True)),
    )
    .order_by(_questions.recorded_at)
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
) -> None:
    """Record a question, or why somebody does not sign now. Raises InvalidInput for an unknown kind or no text."""
    if kind not in QUESTION_KINDS:
        raise InvalidInput("kind: choose what it is about")
    if kind in {"question", "other"} and not text.strip():
        raise InvalidInput("text: write what you would like to ask or say")
    if len(text) > 2000:
        raise InvalidInput(f"text: at most 2,000 characters, this has {len(text):,}")
    with transaction():
        record(
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


@dataclass(frozen=True, slots=True)
class AskedView:
    """A question with who asked it, and when they signed after it; None where they have not."""

    question: QuestionView
    person: PersonView
    signed_at: datetime | None


def list_asked(scope: Scope, *, day: date, limit: int) -> list[AskedView]:
    """What people in scope asked, or said instead of signing; the newest first, at most so many.

    Looks through the organisation's last `MOST_READ`.
    """
    query = (
        select(*_QUESTION)
        .where(_questions.organisation_id == scope.organisation_id)
        .order_by(_questions.recorded_at.desc(), _questions.id)
        .limit(MOST_READ)
    )
    found = [QuestionView(*row) for row in connection().execute(query)]
    people = find_among(scope, {question.person_id for question in found}, day=day)
    asked = [question for question in found if question.person_id in people][:limit]
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
