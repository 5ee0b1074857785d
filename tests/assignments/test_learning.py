"""Which courses somebody may take, in which job groups they are asked, and doing the induction again."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from flask import Flask

from elearn import clock
from elearn.assignments.learning import find_holder_course, get_learning, tasks_of
from elearn.assignments.rules import State
from elearn.assignments.service import standing_of
from elearn.courses.service import ACCOUNT_HOLDER
from elearn.errors import NotFound
from elearn.people.rules import JobGroup, PersonKind
from elearn.people.service import PersonView
from elearn.policies.rules import Change
from tests.factories import (
    NEXT_TEXT,
    Trust,
    answer_round,
    make_done,
    make_organisation,
    make_person,
    publish_policy,
    read_rules,
    sign,
)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), clock.LONDON)


def done_on(day: date) -> tuple[Trust, PersonView]:
    """Somebody who read, answered and signed on a day."""
    trust = make_organisation(at=noon(day))
    person = make_person(trust, at=noon(day))
    make_done(trust, person, at=noon(day))
    return trust, person


# --- the course for people who post ---------------------------------------------------------------------


def test_who_trains_to_post_is_asked_as_one_who_posts_and_the_induction_is_not(app: Flask) -> None:
    person = make_person(make_organisation(), job_group=JobGroup.KITCHEN)
    assert get_learning(person, clock.today(), ACCOUNT_HOLDER).learner.job_groups == {
        "kitchen",
        "account_holder",
    }
    assert get_learning(person, clock.today()).learner.job_groups == {"kitchen"}


def test_nobody_has_to_do_the_course_for_people_who_post(app: Flask) -> None:
    trust = make_organisation()
    person = make_person(trust)
    found = standing_of(
        person.id, organisation_id=trust.organisation.id, day=clock.today(), key=ACCOUNT_HOLDER
    )
    assert found is not None
    assert found.state is State.NOT_COVERED


def test_whom_the_policy_does_not_cover_cannot_take_it(app: Flask) -> None:
    person = make_person(make_organisation(), kind=PersonKind.CONTRACTOR)
    assert find_holder_course(person, clock.today()) is None
    with pytest.raises(NotFound):
        get_learning(person, clock.today(), ACCOUNT_HOLDER)


def test_how_far_somebody_is_with_it_needs_no_signature(app: Flask) -> None:
    day = date(2026, 9, 10)
    trust = make_organisation(at=noon(day))
    person = make_person(trust, at=noon(day))
    before = find_holder_course(person, day)
    assert before is not None
    assert (before.has_begun, before.counts) == (False, False)
    answer_round(trust, person, at=noon(day), key=ACCOUNT_HOLDER)
    for asked, counts in ((day, True), (date(2027, 9, 10), True), (date(2027, 9, 11), False)):
        after = find_holder_course(person, asked)
        assert after is not None
        assert (after.valid_until, after.counts, after.has_begun) == (date(2027, 9, 10), counts, True)


def test_passing_it_is_no_induction(app: Flask) -> None:
    trust = make_organisation()
    person = make_person(trust)
    answer_round(trust, person, key=ACCOUNT_HOLDER)
    tasks = tasks_of(get_learning(person, clock.today()), clock.today())
    assert not tasks.situations_done
    assert not tasks.has_begun


# --- the induction again, before it ends ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("done", "again", "until"),
    [
        (date(2026, 9, 10), date(2027, 8, 11), date(2028, 8, 11)),
        (date(2026, 9, 10), date(2027, 9, 10), date(2028, 9, 10)),
        (date(2028, 2, 29), date(2029, 1, 29), date(2030, 1, 29)),
        (date(2028, 2, 29), date(2029, 2, 28), date(2030, 2, 28)),
        (date(2027, 3, 1), date(2028, 2, 29), date(2029, 2, 28)),
    ],
)
def test_done_again_early_counts_a_further_year_from_that_day(
    app: Flask, done: date, again: date, until: date
) -> None:
    trust, person = done_on(done)
    first = tasks_of(get_learning(person, again), again)
    assert (first.standing.state, first.may_sign, first.renewed) == (State.EXPIRING, False, False)
    attempt = answer_round(trust, person, at=noon(again))
    between = tasks_of(get_learning(person, again), again)
    assert (between.standing.state, between.may_sign, between.renewed) == (State.EXPIRING, True, True)
    signature = sign(trust, person, at=noon(again))
    after = tasks_of(get_learning(person, again), again)
    assert (after.standing.state, after.standing.valid_until) == (State.CURRENT, until)
    assert (after.may_sign, after.renewed) == (False, False)
    assert [s.reference for s in after.signatures][-1] == signature.reference
    assert len(after.signatures) == 2
    assert sign(trust, person, at=noon(again)).reference == signature.reference
    assert attempt.number == 2


def test_an_editorial_version_asks_nobody_to_sign_again_and_renewal_reads_its_rules_first(app: Flask) -> None:
    trust, person = done_on(date(2026, 9, 10))
    changed = date(2027, 3, 1)
    publish_policy(trust, text=NEXT_TEXT, change=Change.EDITORIAL, in_force_from=changed, at=noon(changed))
    tasks = tasks_of(get_learning(person, changed), changed)
    assert (tasks.standing.state, tasks.renewed, tasks.may_sign) == (State.CURRENT, False, False)
    again = date(2027, 9, 1)
    answer_round(trust, person, at=noon(again))
    tasks = tasks_of(get_learning(person, again), again)
    assert (tasks.renewed, bool(tasks.unread), tasks.may_sign) == (True, True, False)
    read_rules(trust, person, at=noon(again))
    assert tasks_of(get_learning(person, again), again).may_sign
    sign(trust, person, at=noon(again))
    tasks = tasks_of(get_learning(person, again), again)
    assert (tasks.standing.state, tasks.standing.valid_until) == (State.CURRENT, date(2028, 9, 1))
