"""Granting decides again, once, whatever races with it; and what was granted can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from elearn.access import accounts, approving, granting, inducting, models, requests, service
from elearn.access.request_rules import RequestState
from elearn.db import db
from elearn.decisions import Refused
from elearn.errors import ActionRefused
from elearn.people import placements
from tests.access.asked import DAY, check, codes, together


def test_access_that_is_ended_is_gone_at_once_and_ended_once(ready: Any) -> None:
    request = ready.granted()
    trust = ready.trust
    ended = granting.end_grant(
        request.grant.id, organisation_id=trust.id, reason="New role", ended_by_id=ready.it.id, at=trust.now
    )
    assert ended.state(trust.now.date()) is RequestState.ENDED
    assert check(ready) == ("grant_ended",)
    with pytest.raises(ActionRefused) as refused:
        granting.end_grant(request.grant.id, organisation_id=trust.id, reason="Again", at=trust.now)
    assert codes(refused) == ["grant_ended"]
    again = trust.request(ready.kim, ready.account, ready.sam, at=trust.now + DAY)
    assert again.state(trust.now.date()) is RequestState.WAITING


def test_granting_decides_again_and_lists_every_reason(ready: Any) -> None:
    trust = ready.trust
    request = ready.approved()
    contact = accounts.list_contacts(ready.account.id, day=trust.now.date())[0]
    accounts.end_contact(contact.id, organisation_id=trust.id, ends_on=date(2026, 9, 9), at=trust.now)
    (post,) = placements.list_posts(ready.kim)
    placements.end_placement(post.id, ends_on=date(2026, 9, 9), organisation_id=trust.id, at=trust.now)
    with pytest.raises(ActionRefused) as refused:
        granting.grant_access(request.id, granted_by_id=ready.it.id, at=trust.now)
    assert codes(refused) == ["no_placement", "two_contacts"]
    assert requests.get_request(request.id).grant is None


def test_an_unapproved_request_is_not_granted(ready: Any) -> None:
    request = ready.trust.request(ready.kim, ready.account, ready.sam)
    with pytest.raises(ActionRefused) as refused:
        granting.grant_access(request.id, granted_by_id=ready.it.id, at=ready.trust.now)
    assert codes(refused) == ["not_approved"]


def test_a_request_is_granted_once(ready: Any) -> None:
    request = ready.granted()
    with pytest.raises(ActionRefused) as refused:
        granting.grant_access(request.id, granted_by_id=ready.it.id, at=ready.trust.now)
    assert codes(refused) == ["already_granted"]


def test_of_racing_grants_of_one_request_one_wins(ready: Any, app: Flask) -> None:
    request = ready.approved()
    granter, now = ready.it.id, ready.trust.now

    def grant() -> object:
        return granting.grant_access(request.id, granted_by_id=granter, at=now)

    outcomes = together(app, *[grant] * 6)
    refusals = [o for o in outcomes if isinstance(o, ActionRefused)]
    assert [o.refusal.reasons[0].code for o in refusals] == ["already_granted"] * 5, outcomes
    db.session.rollback()
    count = (
        select(func.count())
        .select_from(models.AccessGrant)
        .where(models.AccessGrant.request_id == request.id)
    )
    assert db.session.scalar(count) == 1


def test_a_grant_racing_with_the_end_of_a_post_never_leaves_a_usable_right(
    app: Flask, make_trust: Callable[..., Any]
) -> None:
    """Whichever comes first: the grant was refused, or the gate refuses its use."""
    trust = make_trust()
    trust.publish()
    sam, it = trust.person("Sam Okafor"), trust.it_leader("Ida Tan")
    other = trust.person("Ama Boateng")
    account = trust.account()
    trust.contacts(account, sam, other)
    now = trust.now
    seen = set()
    for number in range(20):
        kim = trust.person(f"Kim {number}")
        manager = trust.line_manager(f"Lee {number}", kim)
        trust.train(kim)
        inducting.record_induction(
            account.id, kim.id, organisation_id=trust.id, given_by_id=it.id, given_on=date(2026, 9, 8), at=now
        )
        request = trust.request(kim, account, sam)
        approving.decide_request(request.id, approver_id=manager.id, approved=True, at=now)
        (post,) = placements.list_posts(kim)
        db.session.rollback()
        outcomes = together(
            app,
            lambda request=request: granting.grant_access(request.id, granted_by_id=it.id, at=now),
            lambda post=post: placements.end_placement(
                post.id, ends_on=date(2026, 9, 9), organisation_id=trust.id, at=now
            ),
        )
        assert outcomes[1] is None, outcomes
        granted = not isinstance(outcomes[0], ActionRefused)
        assert granted or outcomes[0].refusal.reasons[0].code == "no_placement"
        seen.add(granted)
        decision = service.check_access(kim.id, account.id, now.date(), at=now)
        assert "no_placement" in decision.codes
        assert (requests.get_request(request.id).grant is not None) is granted
    assert seen


def test_people_who_ask_for_and_grant_to_each_other_do_not_wait_for_ever(ready: Any, app: Flask) -> None:
    trust, kim, sam = ready.trust, ready.kim, ready.sam
    trust.train(sam)
    inducting.record_induction(
        ready.account.id,
        sam.id,
        organisation_id=trust.id,
        given_by_id=ready.it.id,
        given_on=date(2026, 9, 8),
        at=trust.now,
    )
    managers = {kim.id: ready.manager, sam.id: trust.line_manager("Mo Reid", sam)}
    pairs = [(kim, sam), (sam, kim)]
    asked = together(app, *[lambda a=a, b=b: trust.request(a, ready.account, b) for a, b in pairs])
    assert not [o for o in asked if isinstance(o, Exception)], asked
    for request in asked:
        approving.decide_request(
            request.id, approver_id=managers[request.person_id].id, approved=True, at=trust.now
        )
    db.session.rollback()
    granted = together(
        app,
        *[
            lambda request=request: granting.grant_access(
                request.id, granted_by_id=request.requested_by_id, at=trust.now
            )
            for request in asked
        ],
    )
    assert not [o for o in granted if isinstance(o, Exception)], granted


def test_a_grant_racing_with_its_ending_leaves_no_live_right(ready: Any, app: Flask) -> None:
    request = ready.granted()
    trust = ready.trust

    def end() -> object:
        return granting.end_grant(request.grant.id, organisation_id=trust.id, reason="Left", at=trust.now)

    def grant_again() -> object:
        return granting.grant_access(request.id, granted_by_id=ready.it.id, at=trust.now)

    outcomes = together(app, end, grant_again, end)
    refused = [o for o in outcomes if isinstance(o, ActionRefused)]
    assert len(refused) == 2, outcomes
    assert isinstance(outcomes[1], ActionRefused)
    db.session.rollback()
    assert check(ready) == ("grant_ended",)


def test_a_refusal_can_be_shown_with_its_reasons(ready: Any) -> None:
    request = ready.trust.request(ready.kim, ready.account, ready.sam)
    with pytest.raises(ActionRefused) as refused:
        granting.grant_access(request.id, granted_by_id=ready.it.id, at=ready.trust.now)
    assert isinstance(refused.value.refusal, Refused)
    assert all(
        isinstance(reason.message, str) and reason.next_step for reason in refused.value.refusal.reasons
    )
