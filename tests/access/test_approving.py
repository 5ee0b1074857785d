"""Deciding a request: who may, once, and what comes of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from elearn.access import approving, granting, models, requests
from elearn.access.facts import Right
from elearn.access.request_rules import RequestState
from elearn.access.requests import list_to_grant, requests_of
from elearn.db import db, transaction
from elearn.errors import ActionRefused, InvalidInput
from elearn.ledger.service import record
from elearn.people import offices
from tests.access.asked import DAY, check, codes, together


def test_nobody_approves_their_own_access_or_what_they_asked_for(ready: Any) -> None:
    trust = ready.trust
    for asker, right in ((ready.manager, Right.POSTER), (ready.kim, Right.HOLDER)):
        request = trust.request(ready.kim, ready.account, asker, right=right)
        with pytest.raises(ActionRefused) as refused:
            approving.decide_request(request.id, approver_id=asker.id, approved=True, at=trust.now)
        expected = "self_approval" if asker is ready.kim else "requested_it"
        assert expected in codes(refused)
        assert requests.get_request(request.id).approval is None


def test_an_office_does_not_help_to_approve_for_oneself(ready: Any) -> None:
    """Two offices, a second role or a request by somebody else make no difference."""
    trust = ready.trust
    offices.give_office(
        ready.manager.id, "head", academy_id=trust.school.id, starts_on=date(2026, 9, 1), at=trust.now
    )
    offices.give_office(
        ready.kim.id, "line_manager", for_person_id=ready.sam.id, starts_on=date(2026, 9, 1), at=trust.now
    )
    request = trust.request(ready.kim, ready.account, ready.sam)
    with pytest.raises(ActionRefused) as refused:
        approving.decide_request(request.id, approver_id=ready.kim.id, approved=True, at=trust.now)
    assert codes(refused) == ["self_approval", "not_an_approver"]


@pytest.mark.parametrize("own", ["person_id", "requested_by_id"])
def test_the_database_itself_refuses_an_approval_of_ones_own(ready: Any, own: str) -> None:
    trust = ready.trust
    request = trust.request(ready.kim, ready.account, ready.sam)
    parties = {"person_id": ready.kim.id, "requested_by_id": ready.sam.id}
    with pytest.raises(IntegrityError, match=r"not_for_oneself|not_by_requester"), transaction():
        record(
            models.Approval(
                organisation_id=trust.id,
                recorded_at=trust.now,
                request_id=request.id,
                approver_id=parties[own],
                office="line_manager",
                approved=True,
                conditions="",
                **parties,
            )
        )


def test_a_decision_is_made_once_and_a_refusal_says_why(ready: Any) -> None:
    trust = ready.trust
    request = trust.request(ready.kim, ready.account, ready.sam)
    with pytest.raises(InvalidInput, match="reason"):
        approving.decide_request(request.id, approver_id=ready.manager.id, approved=False, at=trust.now)
    refused_request = approving.decide_request(
        request.id, approver_id=ready.manager.id, approved=False, conditions="Not this term", at=trust.now
    )
    assert refused_request.state(trust.now.date()) is RequestState.REFUSED
    assert check(ready) == ("approval_refused", "grant_missing")
    with pytest.raises(ActionRefused) as refused:
        approving.decide_request(request.id, approver_id=ready.manager.id, approved=True, at=trust.now)
    assert codes(refused) == ["already_decided"]
    trust.request(ready.kim, ready.account, ready.sam, at=trust.now + DAY)


def test_an_approval_for_shorter_bounds_the_grant(ready: Any) -> None:
    trust = ready.trust
    request = trust.request(ready.kim, ready.account, ready.sam)
    short = date(2026, 12, 18)
    with pytest.raises(InvalidInput, match="until"):
        approving.decide_request(
            request.id, approver_id=ready.manager.id, approved=True, ends_on=date(2027, 9, 1), at=trust.now
        )
    approving.decide_request(
        request.id, approver_id=ready.manager.id, approved=True, ends_on=short, at=trust.now
    )
    granted = granting.grant_access(request.id, granted_by_id=ready.it.id, at=trust.now)
    assert granted.grant is not None
    assert granted.grant.term.ends_on == short


def test_pending_requests_are_those_this_person_may_decide(ready: Any) -> None:
    trust = ready.trust
    request = trust.request(ready.kim, ready.account, ready.sam)
    day = trust.now.date()
    assert [r.id for r in approving.pending_requests_for(ready.manager.id, day)] == [request.id]
    assert approving.pending_requests_for(ready.sam.id, day) == []
    assert approving.pending_requests_for(ready.kim.id, day) == []
    assert [o.person_id for o in approving.list_approvers(request.id, day)] == [ready.manager.id]
    review = approving.review_request(request.id, approver_id=ready.manager.id, day=day, at=trust.now)
    assert review.may_approve
    assert review.decision.codes == ("not_approved", "grant_missing")
    approving.decide_request(request.id, approver_id=ready.manager.id, approved=True, at=trust.now)
    assert approving.pending_requests_for(ready.manager.id, day) == []
    assert [r.id for r in list_to_grant(trust.id, day)] == [request.id]


def test_of_racing_requests_and_decisions_one_wins(ready: Any, app: Flask) -> None:
    trust = ready.trust
    outcomes = together(app, *[lambda: trust.request(ready.kim, ready.account, ready.sam)] * 4)
    db.session.rollback()
    (request,) = requests_of(ready.kim.id)
    assert outcomes == [request] * 4
    approver = ready.manager.id
    outcomes = together(
        app,
        *[lambda: approving.decide_request(request.id, approver_id=approver, approved=True, at=trust.now)]
        * 4,
    )
    assert sum(isinstance(o, ActionRefused) for o in outcomes) == 3, outcomes
