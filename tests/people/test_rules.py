"""Who is what on a day: tables of cases."""

from __future__ import annotations

from datetime import date

import pytest

from elearn.people.rules import Term, may_end_administrator

TODAY = date(2026, 9, 2)
OPEN = Term(date(2026, 1, 1))


@pytest.mark.parametrize(
    ("held", "ends_on", "others", "allowed"),
    [
        (OPEN, TODAY, [], False),
        (OPEN, TODAY, [OPEN], True),
        (OPEN, TODAY, [Term(date(2026, 9, 3))], True),
        (OPEN, TODAY, [Term(date(2026, 9, 4))], False),
        (OPEN, TODAY, [Term(date(2026, 1, 1), date(2026, 12, 31))], False),
        (Term(date(2026, 1, 1), date(2026, 12, 31)), TODAY, [Term(TODAY, date(2026, 12, 31))], True),
        (Term(date(2026, 1, 1), date(2026, 12, 31)), TODAY, [Term(TODAY, date(2026, 12, 30))], False),
        (Term(date(2026, 1, 1), date(2026, 12, 31)), date(2027, 1, 31), [], True),
    ],
)
def test_an_organisation_keeps_an_administrator_as_long_as_it_had_one(
    held: Term, ends_on: date, others: list[Term], allowed: bool
) -> None:
    assert bool(may_end_administrator(held, ends_on, others)) is allowed
