"""Standing: the states of induction, on their last day and the day after."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from elearn.assignments.rules import StandingFacts, StandingRules, State, standing
from elearn.completion.rules import Passed, Signed, TrainingRecord, TrainingRules, training_record

VERSION = uuid4()
RULES = StandingRules(due_days=14, in_force_from=date(2026, 1, 1))
NOTHING = TrainingRecord(None, None, None, None)
STARTER = StandingFacts(date(2026, 9, 1), None, NOTHING, started=False, question_open=False)


def done_on(day: date) -> TrainingRecord:
    rules = TrainingRules(12, frozenset({VERSION}), frozenset({VERSION}))
    return training_record([Passed(day, VERSION)], [Signed(day, VERSION, "R-1")], rules)


DONE = replace(STARTER, record=done_on(date(2026, 9, 10)))


@pytest.mark.parametrize(
    ("facts", "today", "state"),
    [
        (replace(STARTER, placed_from=None), date(2026, 9, 1), State.NOT_COVERED),
        (STARTER, date(2026, 9, 1), State.NOT_STARTED),
        (STARTER, date(2026, 9, 15), State.NOT_STARTED),
        (STARTER, date(2026, 9, 16), State.OVERDUE),
        (replace(STARTER, started=True), date(2026, 9, 15), State.IN_PROGRESS),
        (replace(STARTER, started=True), date(2026, 9, 16), State.OVERDUE),
        (replace(STARTER, question_open=True), date(2026, 9, 30), State.QUESTION_RAISED),
        (DONE, date(2026, 9, 10), State.CURRENT),
        (DONE, date(2027, 8, 10), State.CURRENT),
        (DONE, date(2027, 8, 11), State.EXPIRING),
        (DONE, date(2027, 9, 10), State.EXPIRING),
        (DONE, date(2027, 9, 11), State.LAPSED),
        (replace(DONE, left_on=date(2026, 12, 18)), date(2026, 12, 18), State.CURRENT),
        (replace(DONE, left_on=date(2026, 12, 18)), date(2026, 12, 19), State.NOT_COVERED),
        (replace(DONE, question_open=True), date(2026, 9, 11), State.CURRENT),
    ],
)
def test_the_state_of_a_day(facts: StandingFacts, today: date, state: State) -> None:
    assert standing(facts, RULES, today).state is state


def test_somebody_here_before_a_version_is_due_so_many_days_after_it() -> None:
    later = StandingRules(due_days=14, in_force_from=date(2026, 10, 1))
    found = standing(STARTER, later, date(2026, 10, 2))
    assert found.due_on == date(2026, 10, 15)
    assert found.next_change_on == date(2026, 10, 16)


def test_a_signature_of_29_february_counts_to_28_february() -> None:
    facts = replace(STARTER, placed_from=date(2028, 2, 1), record=done_on(date(2028, 2, 29)))
    assert standing(facts, RULES, date(2029, 2, 28)).state is State.EXPIRING
    assert standing(facts, RULES, date(2029, 3, 1)).state is State.LAPSED


@pytest.mark.parametrize("day", [date(2027, 8, 11), date(2027, 9, 11)])
def test_every_change_is_told_the_day_it_comes(day: date) -> None:
    before = standing(DONE, RULES, date.fromordinal(day.toordinal() - 1))
    assert before.next_change_on == day


def test_what_is_left_is_named() -> None:
    assert [reason.code for reason in standing(STARTER, RULES, date(2026, 9, 2)).left] == [
        "training",
        "signature",
    ]
    assert standing(DONE, RULES, date(2026, 9, 11)).left == ()
