"""The gate at the moment of use: may this person use this account, and who may."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from elearn.access import queries as q
from elearn.access.accounts import get_account
from elearn.access.decision import AccessDecision, cannot_decide
from elearn.access.gathering import Gathered, gather
from elearn.access.requests import list_live
from elearn.access.requirements import RequirementsUnusable
from elearn.access.rules import decide_access
from elearn.access.views import RosterEntry
from elearn.clock import local_day
from elearn.db import db, one_connection
from elearn.decisions import Refused
from elearn.errors import ActionRefused, NotFound
from elearn.ledger.facts import plain_value

log = logging.getLogger(__name__)

CONTENT_ERRORS = (RequirementsUnusable, NotFound, ValueError, KeyError)
"""What missing or broken content raises when it is read as requirements."""


def check_access(
    person_id: UUID, account_id: UUID, day: date, *, at: datetime | None = None
) -> AccessDecision:
    """Whether the person may use the account on a day, from facts and not from an earlier answer. Writes nothing.

    Give the moment `at` for today: it decides holds; without it a hold on any part of the day stops. A past day
    is answered as it was known by its end. Fails closed: whatever goes wrong is logged and gives `cannot_say`.
    """
    return _check(person_id, account_id, day, at, None)


def check_access_within(
    organisation_id: UUID, person_id: UUID, account_id: UUID, *, at: datetime
) -> AccessDecision:
    """The same at a moment, for somebody who may ask about one organisation only: what is another's is unknown."""
    return _check(person_id, account_id, local_day(at), at, organisation_id)


def _check(
    person_id: UUID, account_id: UUID, day: date, at: datetime | None, within: UUID | None
) -> AccessDecision:
    try:
        gathered = gather([person_id], account_id, day, at=at, within=within)
        return decide_access(gathered.facts[person_id], gathered.requirements, day)
    except CONTENT_ERRORS as error:
        return content_failed(error)
    except Exception:
        # Whatever failed, the answer is never yes. Inside a write unit the failure must go on and undo it.
        if one_connection().unit is not None:
            raise
        log.exception("the gate could not decide on account %s", account_id)
        with suppress(SQLAlchemyError):
            db.session.rollback()
        return cannot_decide(
            "cannot_decide",
            "The answer could not be worked out just now",
            next_step="Try again; if it stays, tell IT",
            who="IT",
        )


def closed_lookup(find: Callable[[], UUID]) -> UUID | None:
    """What a look-up before a check finds; None where there is nothing or it fails, so that the check refuses."""
    try:
        return find()
    except NotFound as error:
        log.info("unknown to the gate: %s", error)
    except SQLAlchemyError:
        log.exception("a look-up before the gate failed")
        with suppress(SQLAlchemyError):
            db.session.rollback()
    return None


def decision_json(decision: AccessDecision, decided_at: datetime) -> dict[str, Any]:
    """A decision as the command line and the API give it."""
    change = decision.next_change_on
    return {
        "answer": decision.answer.value,
        "allowed": decision.allowed,
        "reasons": [
            {
                "code": reason.code,
                "message": reason.message,
                "basis": reason.basis,
                "clause": list(reason.clauses),
                "next_step": reason.next_step,
                "who": reason.who,
            }
            for reason in decision.reasons
        ],
        "next_change_on": None if change is None else change.isoformat(),
        "decided_at": plain_value(decided_at),
    }


def content_failed(error: Exception) -> AccessDecision:
    """The answer where the content cannot be read as requirements: it is logged, and cannot be said."""
    log.error("the rules for accounts cannot be read: %s", error)
    return cannot_decide(
        "requirements_missing",
        "The rules for accounts cannot be read: the policy's content is missing or broken",
        next_step="Load the content again and run its checks",
        who="the policy's author",
    )


def roster(account_id: UUID, day: date, *, at: datetime | None = None) -> list[RosterEntry]:
    """Everybody with a live right on an account on a day, and whether they may use it, in a constant number of
    statements. A right stays on the list while a hold or a lapse suspends it. Raises NotFound."""
    account = get_account(account_id)
    requests = list_live(account.organisation_id, account_id, day)
    people = list(dict.fromkeys(request.person_id for request in requests))
    decisions = _decide_all(people, account_id, day, at)
    return [
        RosterEntry(
            request.person_id,
            request.person_name,
            request.right,
            request.grant.id,
            request.grant.term,
            "" if request.approval is None else request.approval.conditions,
            decisions[request.person_id],
        )
        for request in requests
        if request.grant is not None
    ]


def _decide_all(
    people: list[UUID], account_id: UUID, day: date, at: datetime | None
) -> dict[UUID, AccessDecision]:
    if not people:
        return {}
    try:
        gathered = gather(people, account_id, day, at=at)
    except CONTENT_ERRORS as error:
        return dict.fromkeys(people, content_failed(error))
    return {
        person_id: decide_access(facts, gathered.requirements, day)
        for person_id, facts in gathered.facts.items()
    }


def lock_request(request_id: UUID) -> None:
    """Have racing decisions and grants of one request wait for each other (PostgreSQL; SQLite has one writer)."""
    db.session.execute(select(q.requests.c.id).where(q.requests.c.id == request_id).with_for_update())


def gather_or_refuse(person_id: UUID, account_id: UUID, day: date, at: datetime | None) -> Gathered:
    """What is known for a write that the gate decides. Raises ActionRefused where the content cannot be read."""
    try:
        return gather([person_id], account_id, day, at=at)
    except CONTENT_ERRORS as error:
        raise ActionRefused(Refused(content_failed(error).reasons)) from error
