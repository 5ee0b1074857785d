"""The gate: yes needs everything, no says why, on the last day and the day after."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elearn.access.decision import Answer, cannot_decide
from elearn.access.facts import (
    AccessFacts,
    HoldFact,
    HoldScope,
    RequestFact,
    Right,
    SignatureFact,
    TrainingFact,
)
from elearn.access.requirements import AccessRequirements, ApprovalNeed, Need, TrainingNeed
from elearn.access.rules import decide_access
from elearn.people.rules import OfficeView, Term
from tests.access.facts import (
    APPROVAL,
    CENTRE,
    CONTACT,
    DAY,
    GRANT,
    INDUCTION,
    IT_SLT,
    NEEDS,
    NOON,
    OTHER,
    POST,
    READY,
    REQUEST,
    SAM,
    TODAY,
    UNMET,
    codes,
    hold,
    with_grant,
    with_request,
)


def test_yes_needs_every_requirement_and_lists_each_as_met() -> None:
    decision = decide_access(READY, NEEDS, TODAY)
    assert decision.answer is Answer.YES
    assert decision.allowed
    assert [met.code for met in decision.met] == [
        "policy",
        "placement",
        "training",
        "signature",
        "registered",
        "two_contacts",
        "account_induction",
        "equipment",
        "two_step",
        "approval",
        "grant",
        "no_hold",
    ]


@pytest.mark.parametrize(("code", "facts"), UNMET.items())
def test_each_unmet_requirement_is_named_by_its_own_code(code: str, facts: AccessFacts) -> None:
    decision = decide_access(facts, NEEDS, TODAY)
    assert codes(facts) == [code]
    assert decision.answer is Answer.NOT_YET
    assert decision.reasons[0].next_step
    assert decision.reasons[0].who


@pytest.mark.parametrize(
    ("facts", "needs", "expected"),
    [
        (replace(READY, person=None), NEEDS, ["person_unknown"]),
        (replace(READY, account=None), NEEDS, ["account_unknown"]),
        (replace(READY, person=None, account=None), NEEDS, ["person_unknown", "account_unknown"]),
        (READY, None, ["requirements_missing"]),
        (READY, replace(NEEDS, approval=ApprovalNeed(("3 c",))), ["approver_unnamed"]),
    ],
)
def test_what_cannot_be_decided_is_cannot_say_and_never_yes(
    facts: AccessFacts, needs: AccessRequirements | None, expected: list[str]
) -> None:
    decision = decide_access(facts, needs, TODAY)
    assert decision.answer is Answer.CANNOT_SAY
    assert not decision.allowed
    assert list(decision.codes) == expected


def test_without_a_published_policy_and_its_content_the_reason_is_the_policy() -> None:
    decision = decide_access(replace(READY, policy=None), None, TODAY)
    assert (decision.answer, decision.codes) == (Answer.NOT_YET, ("policy_not_published",))


def test_every_unmet_requirement_is_listed_not_only_the_first() -> None:
    bare = AccessFacts(person=READY.person, account=READY.account, policy=READY.policy, at=NOON)
    assert codes(bare) == [
        "no_placement",
        "training_missing",
        "signature_missing",
        "two_contacts",
        "account_induction",
        "equipment",
        "two_step",
        "not_approved",
        "grant_missing",
    ]


def test_a_reason_cites_the_clause_that_asks_or_the_product() -> None:
    bare = AccessFacts(person=READY.person, account=READY.account, policy=READY.policy, at=NOON)
    found = {r.code: (r.basis, r.clauses) for r in decide_access(bare, NEEDS, TODAY).reasons}
    assert found["training_missing"] == ("clause", ("7.1.1",))
    assert found["signature_missing"] == ("product", ())
    assert found["not_approved"] == ("clause", ("4.2.1", "7.1.1"))
    assert found["two_step"] == ("product", ())
    assert found["grant_missing"] == ("product", ())


def test_training_that_is_the_products_own_rule_cites_no_clause() -> None:
    needs = replace(NEEDS, training=(TrainingNeed(),))
    reason = decide_access(UNMET["training_missing"], needs, TODAY).reasons[0]
    assert (reason.code, reason.basis, reason.clauses) == ("training_missing", "product", ())


def test_what_is_not_asked_for_is_neither_met_nor_unmet() -> None:
    needs = replace(NEEDS, two_contacts=None, account_induction=None, equipment=None, two_step=None)
    facts = replace(READY, contacts=(), inductions=())
    decision = decide_access(facts, needs, TODAY)
    assert decision.allowed
    assert not {"two_contacts", "account_induction", "equipment", "two_step"} & {m.code for m in decision.met}


# --- the last day and the day after -----------------------------------------------------------------


LAST = date(2027, 2, 28)
LEAP = date(2028, 2, 29)


@pytest.mark.parametrize("last", [LAST, LEAP, date(2026, 12, 31)])
@pytest.mark.parametrize(
    ("ends", "code"),
    [
        (
            lambda last: replace(
                READY, training={"induction": TrainingFact("induction", date(2026, 9, 4), last, True)}
            ),
            "training_not_current",
        ),
        (
            lambda last: replace(READY, placements=(replace(POST, term=Term(POST.term.starts_on, last)),)),
            "no_placement",
        ),
        (lambda last: with_grant(term=Term(GRANT.term.starts_on, last)), "grant_ended"),
        (lambda last: with_request(approval=replace(APPROVAL, ends_on=last)), "not_approved"),
        (
            lambda last: replace(
                READY, contacts=(CONTACT, replace(CONTACT, person_id=SAM, term=Term(TODAY, last)))
            ),
            "two_contacts",
        ),
        (
            lambda last: replace(
                READY, contacts=(CONTACT, replace(CONTACT, person_id=SAM, posts=(Term(TODAY, last),)))
            ),
            "two_contacts",
        ),
        (
            lambda last: replace(READY, account=replace(READY.account, closed_on=last + DAY)),  # type: ignore[type-var]
            "account_closed",
        ),
    ],
)
def test_everything_counts_to_its_last_day_and_not_on_the_day_after(ends, code: str, last: date) -> None:  # type: ignore[no-untyped-def]
    facts = replace(ends(last), at=None)
    long = Term(GRANT.term.starts_on, date(2030, 8, 31))
    request = facts.requests[0]
    if request.grant.term == GRANT.term:
        facts = replace(
            facts, requests=(replace(request, term=long, grant=replace(request.grant, term=long)),)
        )
    if code != "training_not_current":
        facts = replace(
            facts, training={"induction": TrainingFact("induction", date(2026, 9, 4), date(2030, 9, 3), True)}
        )
    assert codes(facts, today=last) == []
    assert codes(facts, today=last + DAY) == [code]
    assert decide_access(facts, NEEDS, TODAY).next_change_on == last + DAY


def test_a_grant_that_was_taken_back_is_gone_from_that_day() -> None:
    facts = replace(with_grant(ended_on=TODAY), at=None)
    assert codes(facts, today=TODAY - DAY) == []
    assert codes(facts, today=TODAY) == ["grant_ended"]


def test_a_signature_lapses_by_the_calendar_and_by_a_change_of_the_policy() -> None:
    facts = replace(READY, signature=SignatureFact(date(2026, 9, 4), LAST, True))
    assert codes(facts, today=LAST) == []
    assert codes(facts, today=LAST + DAY) == ["signature_not_current"]
    assert decide_access(facts, NEEDS, TODAY).next_change_on == LAST + DAY


def test_a_post_in_the_central_team_reaches_every_academy_and_another_school_does_not() -> None:
    assert codes(replace(READY, placements=(replace(POST, academy_id=CENTRE, is_central=True),))) == []
    assert codes(replace(READY, placements=(replace(POST, academy_id=OTHER),))) == ["no_placement"]


def test_a_post_that_is_covered_counts_beside_one_that_is_not() -> None:
    assert codes(replace(READY, placements=(replace(POST, kind="governor"), POST))) == []


def test_the_same_person_twice_is_one_contact_and_a_leaver_is_none() -> None:
    assert codes(replace(READY, contacts=(CONTACT, CONTACT))) == ["two_contacts"]
    left = replace(CONTACT, person_id=SAM, posts=(Term(date(2024, 9, 1), TODAY - DAY),))
    assert codes(replace(READY, contacts=(CONTACT, left))) == ["two_contacts"]


def test_an_induction_counts_only_from_who_held_an_office_that_the_policy_names_on_that_day() -> None:
    def given_by(*offices: OfficeView) -> list[str]:
        return codes(replace(READY, inductions=(replace(INDUCTION, offices=offices),)))

    day = INDUCTION.given_on
    missing = ["account_induction"]
    assert given_by(IT_SLT) == []
    assert given_by(replace(IT_SLT, academy_id=READY.account.academy_id)) == []
    assert given_by(replace(IT_SLT, academy_id=OTHER)) == missing
    assert given_by() == given_by(replace(IT_SLT, office="hr")) == missing
    assert given_by(replace(IT_SLT, term=Term(day + DAY))) == missing
    assert given_by(replace(IT_SLT, term=Term(date(2024, 9, 1), day - DAY))) == missing


def test_an_induction_that_does_not_count_says_who_has_to_give_it_until_they_do() -> None:
    another = replace(INDUCTION, offices=())
    (reason,) = decide_access(replace(READY, inductions=(another,)), NEEDS, TODAY).reasons
    assert reason.message == (
        "The induction given on 8 September 2026 does not count: it has to be given by the IT team"
    )
    assert (reason.clauses, reason.who) == (("4.4.3",), "the IT team")
    assert codes(replace(READY, inductions=(another, INDUCTION))) == []


def test_where_the_policy_names_nobody_an_induction_counts_whoever_gave_it() -> None:
    needs = replace(NEEDS, account_induction=Need(("4.4.3",)))
    assert codes(replace(READY, inductions=(replace(INDUCTION, offices=()),)), needs) == []


# --- holds ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", list(HoldScope))
def test_a_hold_of_any_scope_that_reaches_the_account_stops_it(scope: HoldScope) -> None:
    facts = replace(READY, holds=(hold(scope),))
    reason = decide_access(facts, NEEDS, TODAY).reasons[0]
    assert (reason.code, reason.clauses) == ("on_hold", ("4.6.1",))


@pytest.mark.parametrize(
    ("changes", "stopped"),
    [
        ({}, True),
        ({"starts_at": NOON, "starts_on": TODAY}, True),
        ({"starts_at": NOON + timedelta(seconds=1), "starts_on": TODAY}, False),
        ({"ends_at": NOON, "ends_on": TODAY}, False),
        ({"ends_at": NOON + timedelta(seconds=1), "ends_on": TODAY}, True),
        ({"lifted_at": NOON, "lifted_on": TODAY}, False),
        ({"lifted_at": NOON + timedelta(seconds=1), "lifted_on": TODAY}, True),
    ],
)
def test_a_hold_stands_from_its_first_moment_until_it_ends_or_is_lifted(
    changes: dict[str, object], stopped: bool
) -> None:
    assert codes(replace(READY, holds=(hold(**changes),))) == (["on_hold"] if stopped else [])  # type: ignore[arg-type]


def test_without_a_moment_a_hold_on_any_part_of_the_day_stops_it() -> None:
    evening = NOON + timedelta(hours=6)
    planned = hold(starts_at=evening, starts_on=TODAY)
    ending = hold(ends_at=NOON, ends_on=TODAY)
    lifted = hold(lifted_at=NOON, lifted_on=TODAY)
    assert codes(replace(READY, at=None, holds=(planned,))) == ["on_hold"]
    assert codes(replace(READY, at=None, holds=(ending,))) == ["on_hold"]
    assert codes(replace(READY, at=None, holds=(ending,)), today=TODAY + DAY) == []
    assert codes(replace(READY, at=None, holds=(lifted,))) == []


def test_the_end_of_a_hold_is_when_the_answer_changes_next() -> None:
    until = NOON + 3 * DAY
    decision = decide_access(
        replace(READY, holds=(hold(ends_at=until, ends_on=TODAY + 3 * DAY),)), NEEDS, TODAY
    )
    assert decision.next_change_on == TODAY + 3 * DAY
    later_today = hold(ends_at=NOON + timedelta(hours=1), ends_on=TODAY)
    assert decide_access(replace(READY, holds=(later_today,)), NEEDS, TODAY).next_change_on == TODAY


def test_lifting_a_hold_does_not_restore_somebody_whose_training_lapsed_meanwhile() -> None:
    lapsed = {"induction": TrainingFact("induction", date(2025, 9, 4), TODAY - DAY, True)}
    facts = replace(READY, training=lapsed, holds=(hold(lifted_at=NOON, lifted_on=TODAY),))
    assert codes(facts) == ["training_not_current"]


# --- when the answer changes --------------------------------------------------------------------------


def test_the_next_change_is_the_first_of_all_that_end() -> None:
    assert decide_access(READY, NEEDS, TODAY).next_change_on == date(2027, 9, 1)
    short = replace(READY, placements=(replace(POST, term=Term(date(2024, 9, 1), date(2026, 12, 18))),))
    assert decide_access(short, NEEDS, TODAY).next_change_on == date(2026, 12, 19)


def test_a_version_that_comes_into_force_may_change_the_answer_on_its_day() -> None:
    soon = replace(READY, next_version_on=date(2027, 1, 4))
    assert decide_access(soon, NEEDS, TODAY).next_change_on == date(2027, 1, 4)
    late = replace(READY, next_version_on=date(2027, 12, 1))
    assert decide_access(late, NEEDS, TODAY).next_change_on == date(2027, 9, 1)


def test_no_day_changes_a_no_that_waits_for_somebody() -> None:
    assert decide_access(UNMET["training_missing"], NEEDS, TODAY).next_change_on is None


def test_a_grant_that_starts_later_turns_to_yes_on_its_first_day() -> None:
    decision = decide_access(UNMET["grant_not_started"], NEEDS, TODAY)
    assert (decision.codes, decision.next_change_on) == (("grant_not_started",), TODAY + DAY)


def test_conditions_of_the_approval_come_with_the_answer() -> None:
    facts = with_request(approval=replace(APPROVAL, conditions="No replies to pupils"))
    assert decide_access(facts, NEEDS, TODAY).conditions == "No replies to pupils"


def test_who_is_given_more_keeps_the_conditions_of_what_they_had() -> None:
    """As where somebody who posts is to look after the account too."""
    first = replace(REQUEST, approval=replace(APPROVAL, conditions="No close-ups"))
    later = replace(REQUEST, id=uuid4(), right=Right.HOLDER, requested_at=NOON)

    def conditions(*requests: RequestFact) -> str:
        return decide_access(replace(READY, requests=requests), NEEDS, TODAY).conditions

    assert conditions(first, later) == "No close-ups"
    weekdays = replace(later, approval=replace(APPROVAL, conditions="Weekdays only"))
    assert conditions(weekdays, first) == "No close-ups; Weekdays only"
    assert conditions(weekdays, replace(first, grant=None)) == "Weekdays only", "that right is not live"


# --- properties -------------------------------------------------------------------------------------


SPOILERS = {
    "no_placement": lambda f: replace(f, placements=()),
    "not_covered": lambda f: replace(f, placements=tuple(replace(p, kind="governor") for p in f.placements)),
    "training_missing": lambda f: replace(f, training={}),
    "signature_missing": lambda f: replace(f, signature=None),
    "two_contacts": lambda f: replace(f, contacts=f.contacts[:1]),
    "account_induction": lambda f: replace(f, inductions=()),
    "induction_by_another": lambda f: replace(
        f, inductions=tuple(replace(i, offices=()) for i in f.inductions)
    ),
    "requests": lambda f: replace(f, requests=()),
    "not_approved": lambda f: replace(f, requests=tuple(replace(r, approval=None) for r in f.requests)),
    "grant_missing": lambda f: replace(f, requests=tuple(replace(r, grant=None) for r in f.requests)),
    "on_hold": lambda f: replace(f, holds=(*f.holds, hold(starts_on=date(2020, 1, 1)))),
    "policy_not_published": lambda f: replace(f, policy=None),
    "person_unknown": lambda f: replace(f, person=None),
    "account_unknown": lambda f: replace(f, account=None),
}


@given(
    spoilt=st.sets(st.sampled_from(sorted(SPOILERS))),
    one_more=st.sampled_from(sorted(SPOILERS)),
    day=st.dates(date(2026, 8, 1), date(2028, 3, 1)),
)
def test_one_more_unmet_requirement_never_turns_a_no_into_a_yes(
    spoilt: set[str], one_more: str, day: date
) -> None:
    facts = replace(READY, at=None)
    for name in sorted(spoilt):
        facts = SPOILERS[name](facts)
    before = decide_access(facts, NEEDS, day)
    after = decide_access(SPOILERS[one_more](facts), NEEDS, day)
    assert not after.allowed
    assert before.allowed == (before.reasons == ())
    assert after.reasons


@given(
    spoilt=st.sets(st.sampled_from(["on_hold", "training_missing", "grant_missing"]), max_size=1),
    day=st.dates(date(2026, 8, 1), date(2028, 3, 1)),
    post_ends=st.none() | st.dates(date(2026, 9, 1), date(2028, 3, 1)),
    hold_days=st.integers(0, 400),
)
def test_until_the_next_change_the_answer_stays_what_it_is(
    spoilt: set[str], day: date, post_ends: date | None, hold_days: int
) -> None:
    starts = datetime(2026, 10, 1, 9, tzinfo=UTC)
    ends = starts + timedelta(days=hold_days, hours=1)
    planned = HoldFact(uuid4(), HoldScope.ACADEMY, "Drill", starts, starts.date(), ends, ends.date())
    facts = replace(
        READY, at=None, placements=(replace(POST, term=Term(date(2024, 9, 1), post_ends)),), holds=(planned,)
    )
    for name in spoilt:
        facts = SPOILERS[name](facts)
    decision = decide_access(facts, NEEDS, day)
    horizon = decision.next_change_on or day + timedelta(days=500)
    between = (day + timedelta(days=n) for n in range(1, (horizon - day).days))
    assert all(decide_access(facts, NEEDS, other).answer is decision.answer for other in between)


# --- small rules --------------------------------------------------------------------------------------


def test_a_failure_is_cannot_say() -> None:
    assert cannot_decide("cannot_decide", "The database did not answer").answer is Answer.CANNOT_SAY
