"""Holds: what they stop, where, and for how long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from elearn.access import accounts, holds, service
from elearn.access.facts import HoldScope
from elearn.errors import ActionRefused, InvalidInput
from tests.access.asked import check, codes


@pytest.mark.parametrize("scope", list(HoldScope))
def test_a_hold_stops_posting_at_once_and_lifting_it_restores(ready: Any, scope: HoldScope) -> None:
    ready.granted()
    trust = ready.trust
    hold = holds.start_hold(
        trust.id,
        scope=scope,
        academy_id=trust.school.id if scope is HoldScope.ACADEMY else None,
        account_id=ready.account.id if scope is HoldScope.ACCOUNT else None,
        reason="Incident at the school",
        starts_at=trust.now,
        started_by_id=ready.it.id,
        at=trust.now,
    )
    decision = service.check_access(ready.kim.id, ready.account.id, trust.now.date(), at=trust.now)
    assert decision.codes == ("on_hold",)
    assert decision.reasons[0].clauses == ("4.6.1",)
    assert accounts.list_accounts(trust.id, day=trust.now.date(), at=trust.now)[0].on_hold
    assert holds.list_holds(trust.id, at=trust.now) == [hold]
    lifted_at = trust.now + timedelta(hours=2)
    holds.lift_hold(hold.id, organisation_id=trust.id, lifted_by_id=ready.it.id, at=lifted_at)
    assert check(ready, at=trust.now + timedelta(hours=1)) == ("on_hold",)
    assert check(ready, at=lifted_at) == ()
    assert not accounts.list_accounts(trust.id, day=trust.now.date(), at=lifted_at)[0].on_hold
    assert holds.list_holds(trust.id, at=lifted_at) == []
    with pytest.raises(ActionRefused) as refused:
        holds.lift_hold(hold.id, organisation_id=trust.id, lifted_by_id=ready.it.id, at=lifted_at)
    assert codes(refused) == ["hold_lifted"]


def test_a_hold_elsewhere_does_not_reach_the_account(ready: Any) -> None:
    ready.granted()
    trust = ready.trust
    other = trust.account("@hilltop", academy=trust.other.id)
    for place in ({"academy_id": trust.other.id}, {"account_id": other.id}):
        scope = HoldScope.ACADEMY if "academy_id" in place else HoldScope.ACCOUNT
        holds.start_hold(
            trust.id,
            scope=scope,
            reason="Drill",
            starts_at=trust.now,
            started_by_id=ready.it.id,
            at=trust.now,
            **place,
        )
    assert check(ready) == ()


def test_a_hold_names_its_own_place_and_ends_after_it_starts(ready: Any) -> None:
    trust = ready.trust
    given = {"reason": "Drill", "starts_at": trust.now, "started_by_id": ready.it.id, "at": trust.now}
    with pytest.raises(InvalidInput, match="academy"):
        holds.start_hold(trust.id, scope=HoldScope.ACADEMY, **given)
    with pytest.raises(InvalidInput, match="account"):
        holds.start_hold(trust.id, scope=HoldScope.ORGANISATION, account_id=ready.account.id, **given)
    with pytest.raises(InvalidInput, match="until"):
        holds.start_hold(trust.id, scope=HoldScope.ORGANISATION, ends_at=trust.now, **given)


def test_a_preview_counts_whom_a_hold_would_reach(ready: Any) -> None:
    ready.granted()
    trust = ready.trust
    trust.account("@hilltop", academy=trust.other.id)
    everywhere = holds.preview_hold(trust.id, scope=HoldScope.ORGANISATION, day=trust.now.date())
    here = holds.preview_hold(
        trust.id, scope=HoldScope.ACADEMY, academy_id=trust.other.id, day=trust.now.date()
    )
    assert (everywhere.accounts, everywhere.people) == (2, 1)
    assert (here.accounts, here.people) == (1, 0)
