"""Who may decide a request."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest

from elearn.access.approval_rules import RequestParties, may_approve
from elearn.access.requirements import AccessRequirements, ApprovalNeed
from elearn.people.rules import OfficeView, Term
from tests.access.facts import ACADEMY, CEO, DAY, HEAD, KIM, NEEDS, NOON, OTHER, SAM, TODAY

PARTIES = RequestParties(person_id=KIM, requested_by_id=SAM, academy_id=ACADEMY)
ANY_OF = replace(NEEDS, approval=ApprovalNeed(("8.1",), "the Principal or the CEO", offices=("head", "ceo")))
ALL_OF = replace(ANY_OF, approval=replace(ANY_OF.approval, all_needed=True))


def office(
    name: str, person: UUID, academy: UUID | None = None, *, of: UUID | None = None, until: date | None = None
) -> OfficeView:
    return OfficeView(uuid4(), person, name, academy, of, Term(date(2024, 9, 1), until), NOON)


@pytest.mark.parametrize(
    ("offices", "needs", "expected"),
    [
        ([office("head", HEAD, ACADEMY)], ANY_OF, []),
        ([office("head", HEAD, OTHER)], ANY_OF, ["not_an_approver"]),
        ([office("head", HEAD, ACADEMY, until=TODAY)], ANY_OF, []),
        ([office("head", HEAD, ACADEMY, until=TODAY - DAY)], ANY_OF, ["not_an_approver"]),
        ([office("ceo", HEAD)], ANY_OF, []),
        ([office("dsl", HEAD, ACADEMY)], ANY_OF, ["not_an_approver"]),
        ([office("line_manager", HEAD, of=KIM)], NEEDS, []),
        ([office("line_manager", HEAD, of=SAM)], NEEDS, ["not_an_approver"]),
        ([office("head", CEO, ACADEMY)], ANY_OF, ["not_an_approver"]),
        ([office("head", HEAD, ACADEMY)], ALL_OF, ["not_an_approver"]),
        ([office("head", HEAD, ACADEMY), office("ceo", HEAD)], ALL_OF, []),
        ([office("head", HEAD, ACADEMY)], replace(NEEDS, approval=ApprovalNeed()), ["approver_unnamed"]),
    ],
)
def test_an_approver_holds_an_approving_office_that_reaches_the_person(
    offices: list[OfficeView], needs: AccessRequirements, expected: list[str]
) -> None:
    decision = may_approve(PARTIES, HEAD, offices, needs, TODAY)
    assert [reason.code for reason in decision.reasons] == expected


def test_nobody_approves_for_themselves_or_what_they_asked_for() -> None:
    own = may_approve(PARTIES, KIM, [office("head", KIM, ACADEMY)], ANY_OF, TODAY)
    asked = may_approve(PARTIES, SAM, [office("ceo", SAM)], ANY_OF, TODAY)
    both = may_approve(replace(PARTIES, requested_by_id=KIM), KIM, [office("ceo", KIM)], ANY_OF, TODAY)
    assert [reason.code for reason in own.reasons] == ["self_approval"]
    assert [reason.code for reason in asked.reasons] == ["requested_it"]
    assert [reason.code for reason in both.reasons] == ["self_approval", "requested_it"]
