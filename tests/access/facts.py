"""Somebody who meets every requirement of an account, and what spoils it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from elearn.access.facts import (
    AccessFacts,
    AccountFact,
    ApprovalFact,
    ContactFact,
    GrantFact,
    HoldFact,
    HoldScope,
    InductionFact,
    PersonFact,
    PlacementFact,
    PolicyFact,
    RequestFact,
    Right,
    SignatureFact,
    TrainingFact,
)
from elearn.access.requirements import AccessRequirements, ApprovalNeed, ContactsNeed, Need, TrainingNeed
from elearn.access.rules import decide_access
from elearn.people.rules import OfficeView, Term

ACADEMY, OTHER, CENTRE = uuid4(), uuid4(), uuid4()
KIM, SAM, HEAD, CEO = uuid4(), uuid4(), uuid4(), uuid4()
TODAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)

NEEDS = AccessRequirements(
    approval=ApprovalNeed(("4.2.1", "7.1.1"), "the line manager", offices=("line_manager",)),
    training=(TrainingNeed(("7.1.1",)),),
    covered_kinds=frozenset({"employee", "volunteer"}),
    registered=Need(("4.4.1",)),
    two_contacts=ContactsNeed(("4.4.2 bullet 3",)),
    account_induction=Need(("4.4.3",), "the IT team", offices=("it_slt",)),
    equipment=Need(("4.2.3",)),
    two_step=Need(),
    hold=Need(("4.6.1",)),
)
POST = PlacementFact("employee", ACADEMY, False, Term(date(2024, 9, 1)))
APPROVAL = ApprovalFact(uuid4(), True, date(2026, 9, 10))
GRANT = GrantFact(uuid4(), Term(date(2026, 9, 11), date(2027, 8, 31)))
REQUEST = RequestFact(
    id=uuid4(),
    requested_at=datetime(2026, 9, 9, 10, tzinfo=UTC),
    right=Right.POSTER,
    term=Term(date(2026, 9, 10), date(2027, 8, 31)),
    equipment_attested=True,
    two_step_confirmed=True,
    approval=APPROVAL,
    grant=GRANT,
)
IT_SLT = OfficeView(uuid4(), uuid4(), "it_slt", None, None, Term(date(2026, 9, 8), date(2026, 9, 8)), NOON)
INDUCTION = InductionFact(date(2026, 9, 8), (IT_SLT,))
CONTACT = ContactFact(KIM, Term(date(2026, 9, 1)), (Term(date(2024, 9, 1)),))
READY = AccessFacts(
    person=PersonFact(KIM, "Kim Shah"),
    account=AccountFact(uuid4(), "@millroad", ACADEMY, "Mill Road", date(2026, 9, 1)),
    policy=PolicyFact("version 2.1", date(2026, 9, 1)),
    placements=(POST,),
    training={"induction": TrainingFact("induction", date(2026, 9, 4), date(2027, 9, 3), True)},
    signature=SignatureFact(date(2026, 9, 4), date(2030, 9, 3), True),
    contacts=(CONTACT, replace(CONTACT, person_id=SAM)),
    inductions=(INDUCTION,),
    requests=(REQUEST,),
    at=NOON,
)


def codes(facts: AccessFacts, needs: AccessRequirements | None = NEEDS, today: date = TODAY) -> list[str]:
    return list(decide_access(facts, needs, today).codes)


def with_request(**changes: object) -> AccessFacts:
    return replace(READY, requests=(replace(REQUEST, **changes),))


def with_grant(**changes: object) -> AccessFacts:
    return with_request(grant=replace(GRANT, **changes))


def hold(scope: HoldScope = HoldScope.ACCOUNT, **changes: object) -> HoldFact:
    first = HoldFact(uuid4(), scope, "A crisis", NOON - DAY, TODAY - DAY)
    return replace(first, **changes)


UNMET: dict[str, AccessFacts] = {
    "no_placement": replace(READY, placements=()),
    "not_covered": replace(READY, placements=(replace(POST, kind="governor"),)),
    "training_missing": replace(READY, training={}),
    "training_not_current": replace(
        READY, training={"induction": TrainingFact("induction", date(2026, 9, 4), date(2027, 9, 3), False)}
    ),
    "signature_missing": replace(READY, signature=None),
    "signature_not_current": replace(READY, signature=SignatureFact(date(2026, 1, 4), None, False)),
    "account_closed": replace(READY, account=replace(READY.account, closed_on=TODAY)),  # type: ignore[type-var]
    "not_registered": replace(READY, account=replace(READY.account, registered_on=TODAY + DAY)),  # type: ignore[type-var]
    "two_contacts": replace(READY, contacts=(CONTACT,)),
    "account_induction": replace(READY, inductions=()),
    "equipment": with_request(equipment_attested=False),
    "two_step": with_request(two_step_confirmed=False),
    "approval_refused": with_request(approval=replace(APPROVAL, approved=False)),
    "not_approved": with_request(approval=None),
    "grant_missing": with_request(grant=None),
    "grant_ended": with_grant(ended_on=TODAY),
    "grant_not_started": with_grant(term=Term(TODAY + DAY, date(2027, 8, 31))),
    "on_hold": replace(READY, holds=(hold(),)),
    "policy_not_published": replace(READY, policy=None),
}
