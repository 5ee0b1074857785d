"""Which request counts, when one may be made, and when one may be granted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from elearn.access.facts import Right
from elearn.access.request_rules import (
    OPEN,
    RequestState,
    current_request,
    eligible_to_request,
    end_of_school_year,
    may_grant,
    may_request,
    offered_rights,
    request_state,
)
from elearn.access.rules import decide_access
from elearn.people.rules import Term
from tests.access.facts import APPROVAL, DAY, GRANT, NEEDS, NOON, READY, REQUEST, TODAY, UNMET, codes, hold


def test_a_live_grant_counts_although_a_later_request_was_refused() -> None:
    refused = replace(
        REQUEST,
        id=uuid4(),
        requested_at=NOON,
        approval=replace(APPROVAL, approved=False),
        grant=None,
    )
    assert codes(replace(READY, requests=(REQUEST, refused))) == []


def test_after_a_grant_has_ended_an_open_request_is_the_one_that_counts() -> None:
    ended = replace(REQUEST, grant=replace(GRANT, ended_on=TODAY - DAY))
    fresh = replace(REQUEST, id=uuid4(), requested_at=NOON, approval=None, grant=None)
    assert current_request((fresh, ended), TODAY) == fresh
    assert codes(replace(READY, requests=(ended, fresh))) == ["not_approved", "grant_missing"]


def test_eligible_to_request_leaves_out_what_the_request_brings_about_and_a_hold() -> None:
    facts = replace(READY, requests=(), holds=(hold(),))
    assert eligible_to_request(decide_access(facts, NEEDS, TODAY))
    missing = eligible_to_request(decide_access(replace(facts, training={}), NEEDS, TODAY))
    assert [reason.code for reason in missing.reasons] == ["training_missing"]


def test_a_request_may_come_before_training_and_signature() -> None:
    facts = replace(READY, requests=(), training={}, signature=None)
    assert may_request(decide_access(facts, NEEDS, TODAY), ())


@pytest.mark.parametrize("code", ["no_placement", "not_covered", "account_closed", "policy_not_published"])
def test_a_request_that_cannot_come_to_anything_is_refused(code: str) -> None:
    decision = may_request(decide_access(UNMET[code], NEEDS, TODAY), ())
    assert [reason.code for reason in decision.reasons] == [code]


def test_a_second_request_for_the_same_is_refused() -> None:
    decision = may_request(decide_access(READY, NEEDS, TODAY), {RequestState.GRANTED, RequestState.WAITING})
    assert [reason.code for reason in decision.reasons] == ["already_granted", "already_requested"]


def test_a_grant_needs_everything_but_itself() -> None:
    waiting = replace(REQUEST, grant=None)
    facts = replace(READY, requests=(waiting,))
    assert may_grant(decide_access(facts, NEEDS, TODAY), waiting, TODAY)
    held = may_grant(decide_access(replace(facts, holds=(hold(),)), NEEDS, TODAY), waiting, TODAY)
    assert [reason.code for reason in held.reasons] == ["on_hold"]


def test_a_request_is_granted_once_and_not_after_its_last_day() -> None:
    again = may_grant(decide_access(READY, NEEDS, TODAY), REQUEST, TODAY)
    assert [reason.code for reason in again.reasons] == ["already_granted"]
    over = replace(REQUEST, grant=None, term=Term(date(2026, 9, 10), TODAY - DAY))
    decision = decide_access(replace(READY, requests=(over,)), NEEDS, TODAY)
    assert "request_over" in [reason.code for reason in may_grant(decision, over, TODAY).reasons]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 9, 1), date(2027, 8, 31)),
        (date(2026, 8, 31), date(2026, 8, 31)),
        (date(2028, 2, 29), date(2028, 8, 31)),
    ],
)
def test_the_school_year_ends_on_31_august(day: date, expected: date) -> None:
    assert end_of_school_year(day) == expected


@pytest.mark.parametrize("state", RequestState)
def test_a_page_offers_to_ask_only_where_asking_for_the_same_would_not_be_refused(
    state: RequestState,
) -> None:
    decision = decide_access(READY, NEEDS, TODAY)
    again = {RequestState.REFUSED, RequestState.ENDED, RequestState.OVER}
    for right in Right:
        offered = right in offered_rights([(right, state)])
        assert offered == (state in again) == bool(may_request(decision, {state}))


def test_who_posts_may_ask_to_look_after_the_account_and_who_looks_after_it_has_all_there_is() -> None:
    poster, holder = Right.POSTER, Right.HOLDER
    assert offered_rights(()) == (poster, holder)
    assert offered_rights([(poster, RequestState.REFUSED), (poster, RequestState.GRANTED)]) == (holder,)
    assert offered_rights([(poster, RequestState.WAITING)]) == (holder,)
    assert offered_rights([(holder, RequestState.GRANTED)]) == ()
    assert offered_rights([(holder, RequestState.APPROVED), (poster, RequestState.ENDED)]) == ()


@pytest.mark.parametrize(
    ("approved", "granted", "is_ended", "on_last_day", "day_after"),
    [
        (None, False, False, RequestState.WAITING, RequestState.OVER),
        (True, False, False, RequestState.APPROVED, RequestState.OVER),
        (False, False, False, RequestState.REFUSED, RequestState.REFUSED),
        (True, True, False, RequestState.GRANTED, RequestState.ENDED),
        (True, True, True, RequestState.ENDED, RequestState.ENDED),
    ],
)
def test_a_request_stands_to_the_last_day_of_its_term(
    approved: bool | None,
    granted: bool,
    is_ended: bool,
    on_last_day: RequestState,
    day_after: RequestState,
) -> None:
    term = Term(TODAY - DAY, TODAY)

    def state(day: date) -> RequestState:
        right = term if granted else None
        return request_state(term, approved=approved, granted=right, is_ended=is_ended, day=day)

    assert (state(TODAY), state(TODAY + DAY)) == (on_last_day, day_after)
    assert {state for state in RequestState if state in OPEN} == {RequestState.WAITING, RequestState.APPROVED}
