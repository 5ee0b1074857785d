"""The gate over a real database: what takes an access away, who is shown, and that it fails closed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from elearn.access import accounts, approving, gathering, granting, holds, requests, service
from elearn.access.decision import Answer
from elearn.access.facts import HoldScope, Right
from elearn.access.request_rules import RequestState
from elearn.access.requests import requests_of
from elearn.completion.service import training_record
from elearn.errors import ActionRefused, NotFound
from elearn.ledger.service import find_entry
from elearn.people import placements
from elearn.policies.rules import Change
from elearn.prepared import Prepared
from tests.access.asked import DAY, check, codes, statements
from tests.prepared_queries import answers_alike, asked_of, prepared_queries

# --- from nothing to yes ------------------------------------------------------------------------------


def test_nobody_has_access_until_it_is_asked_for_approved_and_granted(ready: Any) -> None:
    trust = ready.trust
    assert check(ready) == ("equipment", "not_approved", "grant_missing")
    request = trust.request(ready.kim, ready.account, ready.sam)
    assert check(ready) == ("not_approved", "grant_missing")
    approving.decide_request(
        request.id,
        approver_id=ready.manager.id,
        approved=True,
        conditions="No replies to pupils",
        at=trust.now,
    )
    assert check(ready) == ("grant_missing",)
    granted = granting.grant_access(request.id, granted_by_id=ready.it.id, at=trust.now)
    assert granted.state(trust.now.date()) is RequestState.GRANTED
    decision = service.check_access(ready.kim.id, ready.account.id, trust.now.date(), at=trust.now)
    assert decision.answer is Answer.YES
    assert (decision.right, decision.conditions) == (Right.POSTER, "No replies to pupils")
    assert decision.next_change_on == date(2027, 9, 1)


def test_every_step_is_in_the_ledger(ready: Any) -> None:
    request = ready.granted()
    for fact_id in (ready.account.id, request.id, request.approval.id, request.grant.id):
        assert find_entry(ready.trust.id, fact_id) is not None


def test_training_in_another_course_than_the_one_asked_for_is_not_enough(ready: Any) -> None:
    ready.trust.train(ready.sam, courses=("account_holder",))
    decision = service.check_access(
        ready.sam.id, ready.account.id, ready.trust.now.date(), at=ready.trust.now
    )
    assert "training_missing" in decision.codes
    (reason,) = [r for r in decision.reasons if r.code == "training_missing"]
    assert (reason.basis, reason.clauses) == ("clause", ("7.1.1",))
    assert reason.next_step == "Finish the training"


def test_the_induction_alone_is_not_enough_and_the_next_step_names_the_course(ready: Any) -> None:
    ready.trust.train(ready.sam, courses=("induction",))
    decision = service.check_access(
        ready.sam.id, ready.account.id, ready.trust.now.date(), at=ready.trust.now
    )
    (reason,) = [r for r in decision.reasons if r.code == "training_missing"]
    assert reason.message == "Posting for the trust: not passed yet"
    assert reason.next_step == "Do the situations for people who post"


def test_a_holder_passes_the_same_gate_as_a_poster(ready: Any) -> None:
    decision = service.check_access(
        ready.sam.id, ready.account.id, ready.trust.now.date(), at=ready.trust.now
    )
    assert {"training_missing", "signature_missing", "account_induction"} <= set(decision.codes)
    request = ready.trust.request(ready.kim, ready.account, ready.sam, right=Right.HOLDER)
    assert request.right is Right.HOLDER


# --- what ends it ---------------------------------------------------------------------------------------


def test_a_post_that_ends_takes_the_access_away_on_the_day_after(ready: Any) -> None:
    ready.granted()
    trust = ready.trust
    (post,) = placements.list_posts(ready.kim)
    last = trust.now.date() + DAY
    placements.end_placement(post.id, ends_on=last, organisation_id=trust.id, at=trust.now)
    assert check(ready, last, at=trust.now + DAY) == ()
    # Kim is a contact of the account as well, and a leaver is no contact.
    assert check(ready, last + DAY, at=trust.now + 2 * DAY) == ("no_placement", "two_contacts")


def test_a_major_version_takes_the_access_away_at_once_and_a_material_one_until_it_is_signed(
    ready: Any,
) -> None:
    ready.granted()
    trust = ready.trust
    later = trust.now + 5 * DAY
    trust.publish(on=later.date(), change=Change.MATERIAL, at=trust.now)
    assert check(ready) == ()
    before = service.check_access(ready.kim.id, ready.account.id, trust.now.date(), at=trust.now)
    assert before.next_change_on == later.date()
    assert check(ready, at=later) == ("signature_not_current",)
    trust.publish(on=later.date() + DAY, change=Change.MAJOR, at=later)
    both = ("training_not_current", "training_not_current")
    assert check(ready, at=later + DAY) == (*both, "signature_not_current")
    trust.train(ready.kim, at=later + DAY + timedelta(hours=1))
    assert check(ready, at=later + DAY + timedelta(hours=2)) == ()


def test_a_contact_who_goes_leaves_the_account_short(ready: Any) -> None:
    ready.granted()
    trust = ready.trust
    contact = accounts.list_contacts(ready.account.id, day=trust.now.date())[1]
    accounts.end_contact(contact.id, organisation_id=trust.id, ends_on=trust.now.date(), at=trust.now)
    assert check(ready) == ()
    assert check(ready, at=trust.now + DAY) == ("two_contacts",)


def test_a_closed_account_is_nobodys(ready: Any) -> None:
    ready.granted()
    accounts.close_account(
        ready.account.id,
        organisation_id=ready.trust.id,
        closed_on=ready.trust.now.date(),
        reason="Merged with the trust's page",
        at=ready.trust.now,
    )
    assert check(ready) == ("account_closed",)
    assert accounts.list_accounts(ready.trust.id, day=ready.trust.now.date()) == []


def test_a_past_day_is_answered_as_it_was_known_then(ready: Any) -> None:
    ready.granted()
    trust = ready.trust
    yesterday = trust.now.date() - DAY
    assert check(ready, yesterday) == ("equipment", "not_approved", "grant_missing")
    request = (
        service.requests_of(ready.kim.id)[0]
        if hasattr(service, "requests_of")
        else requests_of(ready.kim.id)[0]
    )
    assert request.grant is not None
    granting.end_grant(request.grant.id, organisation_id=trust.id, reason="Left", at=trust.now + DAY)
    assert check(ready, trust.now.date(), at=trust.now + 2 * DAY) == ()
    assert check(ready, at=trust.now + 2 * DAY) == ("grant_ended",)


def test_nothing_of_another_organisation_can_be_reached(ready: Any, make_trust: Callable[..., Any]) -> None:
    stranger_trust = make_trust()
    stranger = stranger_trust.person("Stranger")
    trust, now = ready.trust, ready.trust.now
    request = ready.approved()
    for attempt in (
        lambda: granting.grant_access(request.id, granted_by_id=stranger.id, at=now),
        lambda: approving.decide_request(request.id, approver_id=stranger.id, approved=True, at=now),
        lambda: trust.request(stranger, ready.account, ready.sam),
        lambda: accounts.name_contact(
            ready.account.id, stranger.id, organisation_id=trust.id, starts_on=now.date(), at=now
        ),
        lambda: accounts.get_account_of(stranger_trust.id, ready.account.id),
        lambda: approving.review_request(request.id, approver_id=stranger.id, day=now.date()),
    ):
        with pytest.raises(NotFound):
            attempt()
    within = service.check_access_within(stranger_trust.id, ready.kim.id, ready.account.id, at=now)
    assert within.codes == ("person_unknown", "account_unknown")
    assert (
        service.check_access(stranger.id, ready.account.id, now.date(), at=now).codes[0] == "person_unknown"
    )


# --- fails closed -----------------------------------------------------------------------------------------


def test_an_unknown_person_or_account_is_cannot_say(ready: Any) -> None:
    day = ready.trust.now.date()
    nobody = service.check_access(uuid4(), ready.account.id, day)
    nothing = service.check_access(ready.kim.id, uuid4(), day)
    assert (nobody.answer, nobody.codes) == (Answer.CANNOT_SAY, ("person_unknown",))
    assert (nothing.answer, nothing.codes) == (Answer.CANNOT_SAY, ("account_unknown",))


def test_without_a_published_policy_nobody_is_allowed(app: Flask, make_trust: Callable[..., Any]) -> None:
    trust = make_trust()
    kim, account = trust.person("Kim Shah"), trust.account()
    decision = service.check_access(kim.id, account.id, trust.now.date(), at=trust.now)
    assert decision.codes == ("policy_not_published",)
    with pytest.raises(ActionRefused) as refused:
        trust.request(kim, account, kim)
    assert codes(refused) == ["policy_not_published"]


def test_a_database_that_fails_gives_cannot_say_and_a_line_in_the_log(
    ready: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    request = ready.approved()
    ready_day = ready.trust.now.date()

    def fail(*_: object, **_asked: object) -> None:
        raise OperationalError("SELECT", {}, Exception("the database is gone"))

    monkeypatch.setattr(Prepared, "all", fail)
    with caplog.at_level(logging.ERROR):
        decision = service.check_access(ready.kim.id, ready.account.id, ready_day, at=ready.trust.now)
    assert (decision.answer, decision.codes, decision.allowed) == (
        Answer.CANNOT_SAY,
        ("cannot_decide",),
        False,
    )
    assert "could not decide" in caplog.text
    with pytest.raises(OperationalError):
        granting.grant_access(request.id, granted_by_id=ready.it.id, at=ready.trust.now)
    monkeypatch.undo()
    assert requests.get_request(request.id).grant is None


@pytest.mark.parametrize(
    "error", [NotFound("no such content"), ValueError("not the shape of content"), KeyError("x")]
)
def test_missing_or_broken_content_gives_cannot_say_and_no_grant(
    ready: Any, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    request = ready.approved()

    def fail(*_: object, **_asked: object) -> None:
        raise error

    gathering.requirements_of.cache_clear()
    monkeypatch.setattr(gathering, "get_bundle", fail)
    decision = service.check_access(
        ready.kim.id, ready.account.id, ready.trust.now.date(), at=ready.trust.now
    )
    assert (decision.answer, decision.codes) == (Answer.CANNOT_SAY, ("requirements_missing",))
    with pytest.raises(ActionRefused) as refused:
        granting.grant_access(request.id, granted_by_id=ready.it.id, at=ready.trust.now)
    assert codes(refused) == ["requirements_missing"]
    assert approving.pending_requests_for(ready.manager.id, ready.trust.now.date()) == []
    monkeypatch.undo()
    assert requests.get_request(request.id).grant is None


def test_the_roster_lists_live_rights_with_the_answer_of_each(ready: Any) -> None:
    ready.granted()
    trust = ready.trust
    (entry,) = service.roster(ready.account.id, trust.now.date(), at=trust.now)
    assert (entry.name, entry.right, entry.decision.answer) == ("Kim Shah", Right.POSTER, Answer.YES)
    holds.start_hold(
        trust.id,
        scope=HoldScope.ORGANISATION,
        reason="Drill",
        starts_at=trust.now,
        started_by_id=ready.it.id,
        at=trust.now,
    )
    with statements() as seen:
        (entry,) = service.roster(ready.account.id, trust.now.date(), at=trust.now)
    assert entry.decision.codes == ("on_hold",)
    assert len(seen) <= 8


# --- cost -----------------------------------------------------------------------------------------------------


def test_a_check_takes_at_most_seven_statements_however_many_people_there_are(ready: Any) -> None:
    ready.granted()
    check(ready)
    with statements() as before:
        assert check(ready) == ()
    for number in range(20):
        person = ready.trust.person(f"Colleague {number}")
        ready.trust.request(person, ready.account, ready.sam)
    with statements() as after:
        assert check(ready) == ()
    assert len(before) == len(after) <= 7


def test_the_gate_sees_the_training_that_the_training_record_shows(ready: Any) -> None:
    """It reads rows of its own for speed; what counts, and until when, is the same."""
    trust, day = ready.trust, ready.trust.now.date()
    for change in (Change.EDITORIAL, Change.MATERIAL, Change.MAJOR):
        facts = gathering.gather([ready.kim.id], ready.account.id, day, at=trust.now).facts[ready.kim.id]
        for key, seen in facts.training.items():
            shown = training_record(ready.kim.id, key, organisation_id=trust.id, day=day)
            assert shown is not None
            assert seen.accepted is (shown.passed is not None)
            assert seen.valid_until == shown.training_until
            assert facts.signature is not None
            assert facts.signature.accepted is (shown.signed is not None)
            assert facts.signature.valid_until == shown.signature_until
        trust.publish(on=day, change=change, at=trust.now)


def test_ids_of_nothing_are_not_found(app: Flask) -> None:
    unknown: UUID = uuid4()
    for verb in (accounts.get_account, requests.get_request, requests_of):
        with pytest.raises(NotFound):
            verb(unknown)


def test_the_queries_of_the_gate_answer_as_sqlalchemy_does(ready: Any) -> None:
    ready.granted()
    now = ready.trust.now
    known = {
        "organisation_id": ready.trust.organisation.id,
        "account_id": ready.account.id,
        "person_ids": [ready.kim.id],
        "day_starts": gathering.start_of(now.date()),
        "known_by": now + DAY,
    }
    found = {
        name: answers_alike(query, asked_of(query, known))
        for name, query in prepared_queries("access").items()
    }
    assert len(found) == 6
    assert all(found.values())
