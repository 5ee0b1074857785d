"""Asking for access: what is stored, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import inspect

from elearn.access import accounts, asking, gathering, models, service
from elearn.access.facts import Platform, Right
from elearn.access.requests import list_waiting
from elearn.errors import ActionRefused, InvalidInput
from elearn.ledger.facts import Fact
from elearn.people.rules import PersonKind
from tests.access.asked import DAY, codes


def test_the_same_request_again_is_the_one_there_is_and_another_for_the_same_right_is_refused(
    ready: Any,
) -> None:
    trust = ready.trust
    first = trust.request(ready.kim, ready.account, ready.sam)
    assert trust.request(ready.kim, ready.account, ready.sam) == first
    with pytest.raises(ActionRefused) as refused:
        trust.request(ready.kim, ready.account, ready.manager)
    assert codes(refused) == ["already_requested"]


def test_a_request_may_come_before_the_training_but_not_for_somebody_who_works_elsewhere(ready: Any) -> None:
    trust = ready.trust
    trust.request(trust.person("New Starter"), ready.account, ready.sam)
    elsewhere = trust.person("Other School", academy=trust.other.id)
    with pytest.raises(ActionRefused) as refused:
        trust.request(elsewhere, ready.account, ready.sam)
    assert codes(refused) == ["no_placement"]
    assert not [r for r in list_waiting(trust.id, trust.now.date()) if r.person_id == elsewhere.id]


def test_who_the_policy_is_silent_about_is_not_covered(ready: Any) -> None:
    trust, day = ready.trust, ready.trust.now.date()
    needs = gathering.gather([ready.kim.id], ready.account.id, day).requirements
    assert needs is not None
    for kind in PersonKind:
        person = trust.person(f"Somebody {kind.value}", kind=kind)
        found = service.check_access(person.id, ready.account.id, day, at=trust.now).codes
        assert ("not_covered" in found) is (kind.value not in needs.covered_kinds)


def test_text_that_looks_like_a_password_is_never_stored(ready: Any) -> None:
    trust = ready.trust
    with pytest.raises(InvalidInput, match="password"):
        asking.request_access(
            ready.account.id,
            ready.kim.id,
            requested_by_id=ready.sam.id,
            right=Right.POSTER,
            purpose="Posting. Password: Sunshine1",
            starts_on=trust.now.date(),
            ends_on=trust.now.date() + DAY,
            at=trust.now,
        )
    with pytest.raises(InvalidInput, match="password"):
        accounts.register_account(
            trust.id,
            academy_id=trust.school.id,
            platform=Platform.X,
            handle="@x",
            purpose="News; pwd=abc",
            work_email_address="office@millroad.example",
            at=trust.now,
        )


def test_no_table_has_a_column_for_a_credential() -> None:
    tables = [
        t
        for t in models.__dict__.values()
        if isinstance(t, type) and issubclass(t, Fact) and hasattr(t, "__table__")
    ]
    names = {column.key for table in tables for column in inspect(table).columns}
    assert len(tables) == 10
    assert not {
        n for n in names if any(word in n for word in ("passw", "secret", "credential", "token", "pin"))
    }
