"""What every package's tests build on."""

from __future__ import annotations

from flask import Flask

from elearn.assignments.rules import State
from elearn.assignments.service import standing_of
from elearn.clock import today
from elearn.quizzes.service import get_result, progress
from tests.factories import answer_round, course_of, make_done, make_organisation, make_person


def test_somebody_made_done_is_done(app: Flask) -> None:
    trust = make_organisation()
    person = make_person(trust)
    signature = make_done(trust, person)
    standing = standing_of(person.id, organisation_id=trust.organisation.id, day=today())
    assert standing is not None
    assert standing.state is State.CURRENT
    assert signature.score == "4/4"


def test_a_round_answered_wrongly_is_not_passed(app: Flask) -> None:
    trust = make_organisation()
    person = make_person(trust)
    attempt = answer_round(trust, person, right=False)
    assert not get_result(attempt.id, person_id=person.id).passed
    answer_round(trust, person, right=False)
    assert progress(course_of(trust), person.id, day=today()).needs_help
