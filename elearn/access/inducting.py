"""The short induction to an account: who gave it to whom, and who may."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from elearn.access.accounts import get_account_of
from elearn.access.decision import unmet
from elearn.access.induction_rules import gives_induction
from elearn.access.models import AccountInduction
from elearn.access.requirements import Need
from elearn.access.service import gather_or_refuse
from elearn.access.views import AccountView
from elearn.clock import local_day
from elearn.dates import spoken_day
from elearn.db import transaction
from elearn.decisions import Reason, Refused, refuse
from elearn.errors import ActionRefused, InvalidInput
from elearn.ledger.service import record
from elearn.people.offices import list_offices
from elearn.people.service import get_person_of


def record_induction(
    account_id: UUID,
    person_id: UUID,
    *,
    organisation_id: UUID,
    given_by_id: UUID,
    given_on: date,
    at: datetime,
) -> UUID:
    """Record the short induction to an account: who gave it to whom, and when; the id of the record.

    Raises NotFound; InvalidInput for a day to come; ActionRefused where somebody would induct themselves, where the
    policy names who gives it and the giver held no such office on that day, or where its content cannot be read.
    """
    if given_on > local_day(at):
        raise InvalidInput(f"given on: {spoken_day(given_on)} has not come yet")
    if given_by_id == person_id:
        raise ActionRefused(refuse("own_induction", "Nobody gives the induction to themselves"))
    with transaction():
        account = get_account_of(organisation_id, account_id)
        get_person_of(organisation_id, person_id)
        giver = get_person_of(organisation_id, given_by_id)
        need = induction_need(account, given_by_id, at=at)
        held, academy_id = list_offices(given_by_id), account.academy_id
        if need is not None and not gives_induction(
            held, need, academy_id=academy_id, person_id=person_id, day=given_on
        ):
            raise ActionRefused(Refused((_not_theirs(need, giver.name, given_on),)))
        row = record(
            AccountInduction(
                organisation_id=organisation_id,
                recorded_at=at,
                account_id=account_id,
                person_id=person_id,
                given_by_id=given_by_id,
                given_on=given_on,
            )
        )
        return row.id


def induction_need(account: AccountView, giver_id: UUID, *, at: datetime) -> Need | None:
    """What the policy in force asks of the induction to an account; None where it asks for none, or none is in
    force. Raises ActionRefused where its content cannot be read."""
    requirements = gather_or_refuse(giver_id, account.id, local_day(at), at).requirements
    return None if requirements is None else requirements.account_induction


def may_be_inducted_by(
    giver_id: UUID, person_ids: Iterable[UUID], account: AccountView, need: Need | None, day: date
) -> set[UUID]:
    """Those of these people to whom somebody may give the induction on a day."""
    held = list_offices(giver_id)
    return {
        person_id
        for person_id in person_ids
        if person_id != giver_id
        and gives_induction(held, need, academy_id=account.academy_id, person_id=person_id, day=day)
    }


def _not_theirs(need: Need, name: str, day: date) -> Reason:
    message = (
        f"The short induction for this account has to be given by {need.by}, "
        f"and {name} did not hold this office on {spoken_day(day)}"
    )
    return unmet("not_their_induction", message, need, "Have it given by somebody who does", need.by)
