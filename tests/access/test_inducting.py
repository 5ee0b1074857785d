"""The short induction to an account: who may give it, by service, page and command."""

from __future__ import annotations

import html
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from elearn.access import inducting, service
from elearn.access.account_commands import account
from elearn.access.models import AccountInduction
from elearn.access.pages import list_inductions
from elearn.db import transaction
from elearn.errors import ActionRefused
from elearn.ledger.service import record
from elearn.people import offices, roles
from elearn.people.service import PersonView
from elearn.permissions import Role
from tests.access.asked import codes
from tests.access.conftest import FIRST_DAY, NOW, TODAY
from tests.access.typed import Run, account_of, person
from tests.factories import post
from tests.staff_world import browser

THEIRS = "The short induction for this account has to be given by the Trust IT Senior Leadership Team"


def induct(ready: Any, given_by: PersonView, given_on: date = TODAY) -> UUID:
    return inducting.record_induction(
        ready.account.id,
        ready.sam.id,
        organisation_id=ready.trust.id,
        given_by_id=given_by.id,
        given_on=given_on,
        at=NOW,
    )


def in_the_account(ready: Any) -> int:
    return len(list_inductions(ready.account))


def test_who_holds_no_office_that_the_policy_names_is_refused(ready: Any) -> None:
    with pytest.raises(ActionRefused) as refused:
        induct(ready, ready.manager)
    (reason,) = refused.value.refusal.reasons
    assert reason.message == f"{THEIRS}, and Lee Marsh did not hold this office on 10 September 2026"
    assert (reason.code, reason.clauses) == ("not_their_induction", ("4.4.3",))
    assert in_the_account(ready) == 1


def test_the_office_counts_on_the_day_of_the_induction_and_at_its_own_academy(ready: Any) -> None:
    trust = ready.trust
    ended, elsewhere = trust.person("Joe Ely"), trust.person("Mia Ross")
    offices.give_office(
        ended.id, "it_slt", starts_on=FIRST_DAY, ends_on=TODAY - timedelta(days=1), at=trust.now
    )
    offices.give_office(elsewhere.id, "it_slt", academy_id=trust.other.id, starts_on=FIRST_DAY, at=trust.now)
    for giver in (ended, elsewhere):
        with pytest.raises(ActionRefused) as refused:
            induct(ready, giver)
        assert codes(refused) == ["not_their_induction"]
    assert induct(ready, ended, TODAY - timedelta(days=1))


def test_a_policy_that_names_nobody_takes_whoever_gave_it(ready: Any, make_trust: Any) -> None:
    trust = make_trust("raleigh")
    trust.publish()
    sam, kim, page = trust.person("Sam Okafor"), trust.person("Kim Shah"), trust.account()
    assert inducting.record_induction(
        page.id, sam.id, organisation_id=trust.id, given_by_id=kim.id, given_on=TODAY, at=NOW
    )


def test_the_gate_does_not_count_one_that_was_written_down_from_somebody_else(ready: Any) -> None:
    ready.granted()
    holding = offices.list_offices(ready.it.id)[0]

    def answer() -> tuple[str, ...]:
        return service.check_access(ready.kim.id, ready.account.id, TODAY, at=NOW).codes

    assert answer() == ()
    offices.take_office(holding.id, ends_on=date(2026, 9, 8), organisation_id=ready.trust.id, at=NOW)
    assert answer() == (), "held on the day, and no longer"
    later = offices.list_offices(ready.it.id)[0]
    offices.take_office(later.id, ends_on=date(2026, 9, 7), organisation_id=ready.trust.id, at=NOW)
    assert answer() == ("account_induction",)
    with transaction():
        record(
            AccountInduction(
                organisation_id=ready.trust.id,
                recorded_at=NOW,
                account_id=ready.account.id,
                person_id=ready.kim.id,
                given_by_id=ready.trust.it_leader("Ada Moss").id,
                given_on=TODAY,
            )
        )
    assert answer() == ()


def test_the_page_offers_people_only_to_who_gives_it_and_says_who_does(app: Flask, ready: Any) -> None:
    everywhere = {"starts_on": FIRST_DAY, "at": NOW}
    for who in (ready.it, ready.manager):
        roles.give_role(who.id, Role.IT, **everywhere)
    address = f"/accounts/{ready.account.id}/inductions/add"
    data = {"person": str(ready.sam.id), "given_on-day": "9", "given_on-month": "9", "given_on-year": "2026"}

    theirs, mine = browser(app, ready.manager), browser(app, ready.it)
    assert THEIRS in theirs.get(address).text
    assert str(ready.sam.id) not in theirs.get(address).text
    assert post(theirs, address, data).status_code == 422
    assert THEIRS not in mine.get(address).text
    assert str(ready.sam.id) in mine.get(address).text
    early = post(mine, address, data | {"given_on-month": "8"})
    assert early.status_code == 422
    assert f"{THEIRS}, and Ida Tan did not hold this office on 9 August 2026" in html.unescape(early.text)
    assert in_the_account(ready) == 1
    assert post(mine, address, data).status_code == 303
    assert in_the_account(ready) == 2


def test_the_command_refuses_who_does_not_give_it(run: Run, ready: Any) -> None:
    words = ("induction", account_of(ready), person(ready, "sam"), "--given-by")
    refused = run(account, *words, person(ready, "manager"))
    assert refused.exit_code != 0
    assert THEIRS in refused.stderr
    assert run(account, *words, person(ready, "it")).exit_code == 0
    assert in_the_account(ready) == 2
