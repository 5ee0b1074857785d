"""The gate over a real database: what is stored, what is refused, and that it fails closed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import event, func, inspect, select
from sqlalchemy.exc import IntegrityError, OperationalError

from elearn.access import accounts, gathering, holds, models, queries, service
from elearn.access.facts import HoldScope, Platform, Right
from elearn.access.requests import list_to_grant, list_waiting, requests_of
from elearn.access.rules import Answer
from elearn.access.views import RequestState
from elearn.completion.service import training_record
from elearn.db import db, transaction
from elearn.decisions import Refused
from elearn.errors import ActionRefused, InvalidInput, NotFound
from elearn.ledger.facts import Fact
from elearn.ledger.service import find_entry, record
from elearn.people import offices, placements
from elearn.people.rules import PersonKind
from elearn.policies.rules import Change

DAY = timedelta(days=1)


def codes(error: pytest.ExceptionInfo[ActionRefused]) -> list[str]:
    return [reason.code for reason in error.value.refusal.reasons]


def check(ready: Any, day: date | None = None, *, at: datetime | None = None) -> tuple[str, ...]:
    moment = at or ready.trust.now
    return service.check_access(ready.kim.id, ready.account.id, day or moment.date(), at=moment).codes


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every SQL statement of the block, but for the beginning of transactions."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


# --- from nothing to yes ------------------------------------------------------------------------------


def test_nobody_has_access_until_it_is_asked_for_approved_and_granted(ready: Any) -> None:
    trust = ready.trust
    assert check(ready) == ("equipment", "not_approved", "grant_missing")
    request = trust.request(ready.kim, ready.account, ready.sam)
    assert check(ready) == ("not_approved", "grant_missing")
    service.decide_request(
        request.id,
        approver_id=ready.manager.id,
        approved=True,
        conditions="No replies to pupils",
        at=trust.now,
    )
    assert check(ready) == ("grant_missing",)
    granted = service.grant_access(request.id, granted_by_id=ready.it.id, at=trust.now)
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


def test_access_that_is_ended_is_gone_at_once_and_ended_once(ready: Any) -> None:
    request = ready.granted()
    trust = ready.trust
    ended = service.end_grant(
        request.grant.id, organisation_id=trust.id, reason="New role", ended_by_id=ready.it.id, at=trust.now
    )
    assert ended.state(trust.now.date()) is RequestState.ENDED
    assert check(ready) == ("grant_ended",)
    with pytest.raises(ActionRefused) as refused:
        service.end_grant(request.grant.id, organisation_id=trust.id, reason="Again", at=trust.now)
    assert codes(refused) == ["grant_ended"]
    again = trust.request(ready.kim, ready.account, ready.sam, at=trust.now + DAY)
    assert again.state(trust.now.date()) is RequestState.WAITING


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
    service.end_grant(request.grant.id, organisation_id=trust.id, reason="Left", at=trust.now + DAY)
    assert check(ready, trust.now.date(), at=trust.now + 2 * DAY) == ()
    assert check(ready, at=trust.now + 2 * DAY) == ("grant_ended",)


# --- holds ----------------------------------------------------------------------------------------------


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


# --- asking and deciding ----------------------------------------------------------------------------------


def test_nobody_approves_their_own_access_or_what_they_asked_for(ready: Any) -> None:
    trust = ready.trust
    for asker in (ready.manager, ready.kim):
        request = trust.request(
            ready.kim, ready.account, asker, right=Right.POSTER if asker is ready.kim else Right.HOLDER
        )
        with pytest.raises(ActionRefused) as refused:
            service.decide_request(request.id, approver_id=asker.id, approved=True, at=trust.now)
        expected = "self_approval" if asker is ready.kim else "requested_it"
        assert expected in codes(refused)
        assert service.get_request(request.id).approval is None


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
        service.decide_request(request.id, approver_id=ready.kim.id, approved=True, at=trust.now)
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
        service.decide_request(request.id, approver_id=ready.manager.id, approved=False, at=trust.now)
    refused_request = service.decide_request(
        request.id, approver_id=ready.manager.id, approved=False, conditions="Not this term", at=trust.now
    )
    assert refused_request.state(trust.now.date()) is RequestState.REFUSED
    assert check(ready) == ("approval_refused", "grant_missing")
    with pytest.raises(ActionRefused) as refused:
        service.decide_request(request.id, approver_id=ready.manager.id, approved=True, at=trust.now)
    assert codes(refused) == ["already_decided"]
    trust.request(ready.kim, ready.account, ready.sam, at=trust.now + DAY)


def test_an_approval_for_shorter_bounds_the_grant(ready: Any) -> None:
    trust = ready.trust
    request = trust.request(ready.kim, ready.account, ready.sam)
    short = date(2026, 12, 18)
    with pytest.raises(InvalidInput, match="until"):
        service.decide_request(
            request.id, approver_id=ready.manager.id, approved=True, ends_on=date(2027, 9, 1), at=trust.now
        )
    service.decide_request(
        request.id, approver_id=ready.manager.id, approved=True, ends_on=short, at=trust.now
    )
    granted = service.grant_access(request.id, granted_by_id=ready.it.id, at=trust.now)
    assert granted.grant is not None
    assert granted.grant.term.ends_on == short


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
        service.request_access(
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


def test_pending_requests_are_those_this_person_may_decide(ready: Any) -> None:
    trust = ready.trust
    request = trust.request(ready.kim, ready.account, ready.sam)
    day = trust.now.date()
    assert [r.id for r in service.pending_requests_for(ready.manager.id, day)] == [request.id]
    assert service.pending_requests_for(ready.sam.id, day) == []
    assert service.pending_requests_for(ready.kim.id, day) == []
    assert [o.person_id for o in service.list_approvers(request.id, day)] == [ready.manager.id]
    review = service.review_request(request.id, approver_id=ready.manager.id, day=day, at=trust.now)
    assert review.may_approve
    assert review.decision.codes == ("not_approved", "grant_missing")
    service.decide_request(request.id, approver_id=ready.manager.id, approved=True, at=trust.now)
    assert service.pending_requests_for(ready.manager.id, day) == []
    assert [r.id for r in list_to_grant(trust.id, day)] == [request.id]


# --- granting decides again ---------------------------------------------------------------------------------


def test_granting_decides_again_and_lists_every_reason(ready: Any) -> None:
    trust = ready.trust
    request = ready.approved()
    contact = accounts.list_contacts(ready.account.id, day=trust.now.date())[0]
    accounts.end_contact(contact.id, organisation_id=trust.id, ends_on=date(2026, 9, 9), at=trust.now)
    (post,) = placements.list_posts(ready.kim)
    placements.end_placement(post.id, ends_on=date(2026, 9, 9), organisation_id=trust.id, at=trust.now)
    with pytest.raises(ActionRefused) as refused:
        service.grant_access(request.id, granted_by_id=ready.it.id, at=trust.now)
    assert codes(refused) == ["no_placement", "two_contacts"]
    assert service.get_request(request.id).grant is None


def test_an_unapproved_request_is_not_granted(ready: Any) -> None:
    request = ready.trust.request(ready.kim, ready.account, ready.sam)
    with pytest.raises(ActionRefused) as refused:
        service.grant_access(request.id, granted_by_id=ready.it.id, at=ready.trust.now)
    assert codes(refused) == ["not_approved"]


def test_a_request_is_granted_once(ready: Any) -> None:
    request = ready.granted()
    with pytest.raises(ActionRefused) as refused:
        service.grant_access(request.id, granted_by_id=ready.it.id, at=ready.trust.now)
    assert codes(refused) == ["already_granted"]


def test_nothing_of_another_organisation_can_be_reached(ready: Any, make_trust: Callable[..., Any]) -> None:
    stranger_trust = make_trust()
    stranger = stranger_trust.person("Stranger")
    trust, now = ready.trust, ready.trust.now
    request = ready.approved()
    for attempt in (
        lambda: service.grant_access(request.id, granted_by_id=stranger.id, at=now),
        lambda: service.decide_request(request.id, approver_id=stranger.id, approved=True, at=now),
        lambda: trust.request(stranger, ready.account, ready.sam),
        lambda: accounts.name_contact(
            ready.account.id, stranger.id, organisation_id=trust.id, starts_on=now.date(), at=now
        ),
        lambda: accounts.get_account_of(stranger_trust.id, ready.account.id),
        lambda: service.review_request(request.id, approver_id=stranger.id, day=now.date()),
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

    def fail(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("the database is gone"))

    monkeypatch.setattr(queries, "rows", fail)
    with caplog.at_level(logging.ERROR):
        decision = service.check_access(ready.kim.id, ready.account.id, ready_day, at=ready.trust.now)
    assert (decision.answer, decision.codes, decision.allowed) == (
        Answer.CANNOT_SAY,
        ("cannot_decide",),
        False,
    )
    assert "could not decide" in caplog.text
    with pytest.raises(OperationalError):
        service.grant_access(request.id, granted_by_id=ready.it.id, at=ready.trust.now)
    monkeypatch.undo()
    assert service.get_request(request.id).grant is None


@pytest.mark.parametrize(
    "error", [NotFound("no such content"), ValueError("not the shape of content"), KeyError("x")]
)
def test_missing_or_broken_content_gives_cannot_say_and_no_grant(
    ready: Any, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    request = ready.approved()

    def fail(*_: object) -> None:
        raise error

    gathering.requirements_of.cache_clear()
    monkeypatch.setattr(gathering, "get_bundle", fail)
    decision = service.check_access(
        ready.kim.id, ready.account.id, ready.trust.now.date(), at=ready.trust.now
    )
    assert (decision.answer, decision.codes) == (Answer.CANNOT_SAY, ("requirements_missing",))
    with pytest.raises(ActionRefused) as refused:
        service.grant_access(request.id, granted_by_id=ready.it.id, at=ready.trust.now)
    assert codes(refused) == ["requirements_missing"]
    assert service.pending_requests_for(ready.manager.id, ready.trust.now.date()) == []
    monkeypatch.undo()
    assert service.get_request(request.id).grant is None


# --- accounts -----------------------------------------------------------------------------------------------


def test_an_account_is_found_by_its_short_name_handle_or_id(ready: Any) -> None:
    slug = ready.trust.slug
    for reference in (f"{slug}/millroad", f"{slug}/@millroad", f"{slug}/@MillRoad", str(ready.account.id)):
        assert accounts.find_account(reference).id == ready.account.id
    for reference in (f"{slug}/nothing", "no-such-trust/millroad", "nonsense", str(uuid4())):
        with pytest.raises(NotFound):
            accounts.find_account(reference)


def test_a_personal_mailbox_and_a_taken_name_are_refused(ready: Any) -> None:
    trust = ready.trust
    given: dict[str, Any] = {
        "academy_id": trust.school.id,
        "platform": Platform.X,
        "handle": "@millroad",
        "purpose": "News",
        "at": trust.now,
    }
    with pytest.raises(InvalidInput, match="personal mailbox"):
        accounts.register_account(trust.id, slug="x", work_email_address="kim@gmail.com", **given)
    with pytest.raises(InvalidInput, match="already an account"):
        accounts.register_account(trust.id, work_email_address="office@millroad.example", **given)


def test_the_register_shows_contacts_rights_and_holds_in_few_statements(ready: Any) -> None:
    ready.granted()
    with statements() as seen:
        (line,) = accounts.list_accounts(ready.trust.id, day=ready.trust.now.date(), at=ready.trust.now)
    assert len(seen) == 4
    assert [contact.name for contact in line.contacts] == ["Kim Shah", "Sam Okafor"]
    assert (line.reachable_contacts, line.live_grants, line.on_hold) == (2, 1, False)


def test_nobody_is_a_contact_twice_or_inducts_themselves(ready: Any) -> None:
    trust = ready.trust
    with pytest.raises(ActionRefused) as twice:
        trust.contacts(ready.account, ready.kim)
    assert codes(twice) == ["contact_already"]
    with pytest.raises(ActionRefused) as own:
        accounts.record_induction(
            ready.account.id,
            ready.kim.id,
            organisation_id=trust.id,
            given_by_id=ready.kim.id,
            given_on=trust.now.date(),
            at=trust.now,
        )
    assert codes(own) == ["own_induction"]


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


# --- races ----------------------------------------------------------------------------------------------------


def together(app: Flask, *verbs: Callable[[], object]) -> list[object]:
    """Run verbs at the same moment, each in its own thread and session; what each gave or raised."""
    outcomes: list[object] = [None] * len(verbs)
    barrier = threading.Barrier(len(verbs))

    def run(number: int, verb: Callable[[], object]) -> None:
        with app.app_context():
            barrier.wait()
            try:
                outcomes[number] = verb()
            except Exception as error:
                outcomes[number] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(verbs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes


def test_of_racing_grants_of_one_request_one_wins(ready: Any, app: Flask) -> None:
    request = ready.approved()
    granter, now = ready.it.id, ready.trust.now

    def grant() -> object:
        return service.grant_access(request.id, granted_by_id=granter, at=now)

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


def test_of_racing_requests_and_decisions_one_wins(ready: Any, app: Flask) -> None:
    trust = ready.trust
    outcomes = together(app, *[lambda: trust.request(ready.kim, ready.account, ready.sam)] * 4)
    db.session.rollback()
    (request,) = requests_of(ready.kim.id)
    assert outcomes == [request] * 4
    approver = ready.manager.id
    outcomes = together(
        app,
        *[lambda: service.decide_request(request.id, approver_id=approver, approved=True, at=trust.now)] * 4,
    )
    assert sum(isinstance(o, ActionRefused) for o in outcomes) == 3, outcomes


def test_a_grant_racing_with_the_end_of_a_post_never_leaves_a_usable_right(
    app: Flask, make_trust: Callable[..., Any]
) -> None:
    """Whichever comes first: the grant was refused, or the gate refuses its use."""
    trust = make_trust()
    trust.publish()
    sam, it = trust.person("Sam Okafor"), trust.person("Ida Tan", academy=trust.centre.id)
    other = trust.person("Ama Boateng")
    account = trust.account()
    trust.contacts(account, sam, other)
    now = trust.now
    seen = set()
    for number in range(20):
        kim = trust.person(f"Kim {number}")
        manager = trust.line_manager(f"Lee {number}", kim)
        trust.train(kim)
        accounts.record_induction(
            account.id, kim.id, organisation_id=trust.id, given_by_id=it.id, given_on=date(2026, 9, 8), at=now
        )
        request = trust.request(kim, account, sam)
        service.decide_request(request.id, approver_id=manager.id, approved=True, at=now)
        (post,) = placements.list_posts(kim)
        db.session.rollback()
        outcomes = together(
            app,
            lambda request=request: service.grant_access(request.id, granted_by_id=it.id, at=now),
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
        assert (service.get_request(request.id).grant is not None) is granted
    assert seen


def test_people_who_ask_for_and_grant_to_each_other_do_not_wait_for_ever(ready: Any, app: Flask) -> None:
    trust, kim, sam = ready.trust, ready.kim, ready.sam
    trust.train(sam)
    accounts.record_induction(
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
        service.decide_request(
            request.id, approver_id=managers[request.person_id].id, approved=True, at=trust.now
        )
    db.session.rollback()
    granted = together(
        app,
        *[
            lambda request=request: service.grant_access(
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
        return service.end_grant(request.grant.id, organisation_id=trust.id, reason="Left", at=trust.now)

    def grant_again() -> object:
        return service.grant_access(request.id, granted_by_id=ready.it.id, at=trust.now)

    outcomes = together(app, end, grant_again, end)
    refused = [o for o in outcomes if isinstance(o, ActionRefused)]
    assert len(refused) == 2, outcomes
    assert isinstance(outcomes[1], ActionRefused)
    db.session.rollback()
    assert check(ready) == ("grant_ended",)


def test_a_refusal_can_be_shown_with_its_reasons(ready: Any) -> None:
    request = ready.trust.request(ready.kim, ready.account, ready.sam)
    with pytest.raises(ActionRefused) as refused:
        service.grant_access(request.id, granted_by_id=ready.it.id, at=ready.trust.now)
    assert isinstance(refused.value.refusal, Refused)
    assert all(
        isinstance(reason.message, str) and reason.next_step for reason in refused.value.refusal.reasons
    )


def test_ids_of_nothing_are_not_found(app: Flask) -> None:
    unknown: UUID = uuid4()
    for verb in (accounts.get_account, service.get_request, requests_of):
        with pytest.raises(NotFound):
            verb(unknown)
