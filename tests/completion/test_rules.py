"""Whether training and signature count, and until when."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import pytest

from elearn.completion.rules import Passed, Signed, TrainingRules, training_record
from elearn.courses.rules import add_months

NOW_IN_FORCE, EARLIER = uuid4(), uuid4()


def rules(
    *, training: tuple[UUID, ...] = (NOW_IN_FORCE,), signature: tuple[UUID, ...] = (NOW_IN_FORCE,)
) -> TrainingRules:
    return TrainingRules(12, frozenset(training), frozenset(signature))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 9, 2), 12, date(2027, 9, 2)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2028, 2, 29), 48, date(2032, 2, 29)),
        (date(2026, 8, 31), 1, date(2026, 9, 30)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
    ],
)
def test_months_later_is_the_same_day_or_the_months_last(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@pytest.mark.parametrize(("today", "counts"), [(date(2027, 9, 2), True), (date(2027, 9, 3), False)])
def test_training_counts_to_the_last_day_of_its_year(today: date, counts: bool) -> None:
    record = training_record([Passed(date(2026, 9, 2), NOW_IN_FORCE)], [], rules())
    assert record.training_counts_on(today) is counts


def test_the_latest_accepted_pass_and_signature_count() -> None:
    record = training_record(
        [Passed(date(2025, 9, 1), NOW_IN_FORCE), Passed(date(2026, 9, 1), NOW_IN_FORCE)],
        [Signed(date(2026, 9, 3), NOW_IN_FORCE, "R-1"), Signed(date(2025, 9, 3), NOW_IN_FORCE, "R-0")],
        rules(),
    )
    assert (record.training_until, record.signature_until) == (date(2027, 9, 1), date(2027, 9, 3))
    assert record.valid_until == date(2027, 9, 1)


def test_a_signature_under_a_version_that_is_not_accepted_does_not_count() -> None:
    record = training_record(
        [Passed(date(2026, 9, 1), EARLIER)],
        [Signed(date(2026, 9, 1), EARLIER, "R-1")],
        rules(training=(NOW_IN_FORCE, EARLIER)),
    )
    assert record.training_counts_on(date(2026, 9, 2))
    assert not record.signature_counts_on(date(2026, 9, 2))
    assert record.valid_until is None
    assert not record.counts_on(date(2026, 9, 2))


def test_nothing_done_is_nothing_valid() -> None:
    record = training_record([], [], rules())
    assert (record.passed, record.signed, record.valid_until) == (None, None, None)
