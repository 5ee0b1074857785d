"""Standing, worked out from what is stored."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from elearn.assignments.service import standing_of
from elearn.policies.rules import Change
from elearn.quizzes import service as quizzes
from tests import factories

pytestmark = pytest.mark.usefixtures("app")

SEPTEMBER = datetime(2026, 9, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "due_on"), [(Change.EDITORIAL, date(2026, 9, 14)), (Change.MATERIAL, date(2026, 10, 4))]
)
def test_only_a_change_that_asks_for_a_signature_puts_the_due_day_off(change: Change, due_on: date) -> None:
    trust = factories.make_organisation(at=SEPTEMBER)
    person = factories.make_person(trust, at=SEPTEMBER)
    later = SEPTEMBER + timedelta(days=19)
    factories.publish_policy(trust, text=factories.NEXT_TEXT, change=change, at=later)
    day = date(2026, 9, 21)
    standing = standing_of(person.id, organisation_id=trust.organisation.id, day=day)
    assert standing is not None
    assert standing.due_on == due_on


def test_a_round_passed_long_after_it_began_counts_from_the_day_it_was_passed() -> None:
    trust = factories.make_organisation(at=SEPTEMBER)
    person = factories.make_person(trust, at=SEPTEMBER)
    course = factories.course_of(trust, SEPTEMBER.date())
    posts = factories.list_posts(person)
    learner = quizzes.Learner(
        person.id, frozenset(post.kind for post in posts), frozenset(post.job_group for post in posts)
    )
    quizzes.start_round(course, learner, at=SEPTEMBER)
    factories.answer_round(trust, person, at=SEPTEMBER + timedelta(days=60))
    assert quizzes.progress(course, person.id, day=date(2027, 10, 31)).passed
    assert not quizzes.progress(course, person.id, day=date(2027, 11, 1)).passed
