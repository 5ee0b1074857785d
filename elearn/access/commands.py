"""`elearn access`: ask, decide, grant, end, and check.

Exit codes: `access check` gives 0 for yes, 1 for not yet, 2 for cannot say or unknown; the others as in telling.py.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import click

from elearn import clock
from elearn.access import accounts, approving, asking, granting, service
from elearn.access.decision import AccessDecision, Answer, cannot_decide
from elearn.access.facts import Right
from elearn.access.request_rules import RequestState, end_of_school_year
from elearn.access.requests import list_requests
from elearn.access.telling import by_option, reason_line, telling
from elearn.access.views import RequestView
from elearn.dates import spoken_day
from elearn.errors import ConfigurationError
from elearn.people.options import json_option, organisation_option
from elearn.people.organisations import get_organisation_by_slug
from elearn.people.service import resolve_person
from elearn.terminal import DAY, needs_database, print_json, sentences

EXIT_CODES = {Answer.YES: 0, Answer.NOT_YET: 1, Answer.CANNOT_SAY: 2}
ANSWERS = {Answer.YES: "Yes", Answer.NOT_YET: "Not yet", Answer.CANNOT_SAY: "Cannot say"}
NOBODY = UUID(int=0)
"""An id that no row has: asking for it answers "unknown"."""


@click.group("access")
def access() -> None:
    """Ask, decide, grant and end access to business accounts, and check it."""


@access.command("check")
@click.argument("person")
@click.argument("account")
@click.option("--on", "day", type=DAY, metavar="DATE", help="The day asked about; today unless given.")
@json_option
@click.pass_context
def check(context: click.Context, person: str, account: str, day: date | None, as_json: bool) -> None:
    """May PERSON (organisation/payroll-number or id) use ACCOUNT (organisation/name or id)? Exits 0 for yes, 1 for
    not yet, 2 for cannot say or unknown.

    Example: elearn access check fernhill/10042 fernhill/millroad --json
    """
    now = clock.now()
    decision = _check_closed(person, account, day or clock.local_day(now), now)
    if as_json:
        print_json(service.decision_json(decision, now))
    else:
        _tell_decision(decision)
    context.exit(EXIT_CODES[decision.answer])


def _check_closed(person: str, account: str, day: date, now: datetime) -> AccessDecision:
    """The answer; an installation that cannot be asked, such as one whose database is down, cannot say."""
    try:
        return _check(person, account, day, now)
    except ConfigurationError as error:
        return cannot_decide(
            "cannot_decide",
            "; ".join(sentences(error)),
            next_step="Put that right, then ask again",
            who="IT",
        )


@needs_database
def _check(person: str, account: str, day: date, now: datetime) -> AccessDecision:
    """The answer; whoever or whatever cannot be found is unknown, and any failure is cannot say."""
    person_id = service.closed_lookup(lambda: resolve_person(person).id)
    account_id = service.closed_lookup(lambda: accounts.find_account(account).id)
    return service.check_access(person_id or NOBODY, account_id or NOBODY, day, at=now)


def _tell_decision(decision: AccessDecision) -> None:
    click.echo(f"{ANSWERS[decision.answer]}.")
    for reason in decision.reasons:
        click.echo(f"- {reason_line(reason)}")
    if decision.met:
        click.echo("Met:")
        for met in decision.met:
            basis = f"clause {', '.join(met.clauses)}" if met.clauses else "product rule"
            click.echo(f"- {met.message} [{basis}]")
    if decision.conditions and decision.allowed:
        click.echo(f"Conditions: {decision.conditions}")
    if decision.next_change_on is not None:
        click.echo(f"By the calendar, this can change on {spoken_day(decision.next_change_on)}.")


@access.command("request")
@click.argument("person")
@click.argument("account")
@by_option
@click.option("--purpose", required=True, help="What for. Never a password.")
@click.option("--right", type=click.Choice([right.value for right in Right]), default="poster")
@click.option("--from", "starts_on", type=DAY, metavar="DATE", help="First day; today unless given.")
@click.option("--until", "ends_on", type=DAY, metavar="DATE", help="Last day; the end of the school year.")
@click.option("--asset-number", help="Of the trust's device that will be used.")
@click.option("--equipment", is_flag=True, help="They will use equipment of the trust only.")
@click.option("--two-step", is_flag=True, help="Two-step sign-in is on.")
@telling
def request(
    person: str,
    account: str,
    by: str,
    purpose: str,
    right: str,
    starts_on: date | None,
    ends_on: date | None,
    asset_number: str | None,
    equipment: bool,
    two_step: bool,
) -> None:
    """Ask for access to ACCOUNT for PERSON. Nothing is granted by it.

    Example: elearn access request fernhill/10042 fernhill/millroad --by fernhill/10001 --purpose "Sports day"
    """
    now = clock.now()
    first = starts_on or clock.local_day(now)
    made = asking.request_access(
        accounts.find_account(account).id,
        resolve_person(person).id,
        requested_by_id=resolve_person(by).id,
        right=Right(right),
        purpose=purpose,
        starts_on=first,
        ends_on=ends_on or end_of_school_year(first),
        asset_number=asset_number,
        equipment_attested=equipment,
        two_step_confirmed=two_step,
        at=now,
    )
    click.echo(f"Asked for: request {made.id}, for {made.person_name} on {made.account_handle}.")


@access.command("approve")
@click.argument("request_id", type=click.UUID, metavar="REQUEST")
@by_option
@click.option("--conditions", default="", help="Shown to the holder.")
@click.option("--until", "ends_on", type=DAY, metavar="DATE", help="Approve for shorter.")
@click.option("--refuse", metavar="REASON", help="Refuse instead, and say why.")
@telling
def approve(request_id: UUID, by: str, conditions: str, ends_on: date | None, refuse: str | None) -> None:
    """Decide REQUEST as one of its approvers; never for oneself, nor what one asked for.

    Example: elearn access approve 0e5d6c1e-9c1a-4a53-8f0c-2f4f5f7f9a10 --by fernhill/10001
    """
    decided = approving.decide_request(
        request_id,
        approver_id=resolve_person(by).id,
        approved=refuse is None,
        conditions=conditions if refuse is None else refuse,
        ends_on=ends_on,
        at=clock.now(),
    )
    verb = "Approved" if refuse is None else "Not approved"
    click.echo(f"{verb}: {decided.person_name} on {decided.account_handle}.")


@access.command("grant")
@click.argument("request_id", type=click.UUID, metavar="REQUEST")
@by_option
@telling
def grant(request_id: UUID, by: str) -> None:
    """Turn an approved REQUEST into access, if every requirement is met at this moment.

    Example: elearn access grant 0e5d6c1e-9c1a-4a53-8f0c-2f4f5f7f9a10 --by fernhill/10003
    """
    made = granting.grant_access(request_id, granted_by_id=resolve_person(by).id, at=clock.now())
    assert made.grant is not None
    until = "" if made.grant.term.ends_on is None else f" until {spoken_day(made.grant.term.ends_on)}"
    click.echo(f"Granted: {made.person_name} on {made.account_handle}{until}; access {made.grant.id}.")


@access.command("end")
@click.argument("grant_id", type=click.UUID, metavar="ACCESS")
@by_option
@click.option("--reason", required=True)
@telling
def end(grant_id: UUID, by: str, reason: str) -> None:
    """Take granted ACCESS back from now on.

    Example: elearn access end 0e5d6c1e-9c1a-4a53-8f0c-2f4f5f7f9a10 --by fernhill/10003 --reason "Left the team"
    """
    actor = resolve_person(by)
    ended = granting.end_grant(
        grant_id,
        organisation_id=actor.organisation_id,
        reason=reason,
        ended_by_id=actor.id,
        at=clock.now(),
    )
    click.echo(f"Ended: {ended.person_name} on {ended.account_handle}.")


@access.command("list")
@organisation_option
@click.option("--all", "everything", is_flag=True, help="Refused, ended and past requests too.")
@json_option
@telling
def show_requests(organisation: str, everything: bool, as_json: bool) -> None:
    """List requests and what came of them.

    Example: elearn access list --organisation fernhill --all
    """
    today = clock.today()
    gone = {RequestState.REFUSED, RequestState.ENDED, RequestState.OVER}
    found = list_requests(get_organisation_by_slug(organisation).id)
    shown = [item for item in found if everything or item.state(today) not in gone]
    if as_json:
        print_json([_request_json(item, today) for item in shown])
        return
    for item in shown:
        click.echo(
            f"{item.id}  {item.state(today):9} {item.right:7} {item.account_handle}: {item.person_name}"
        )
    click.echo(f"{len(shown)} requests")


def _request_json(item: RequestView, today: date) -> dict[str, Any]:
    return {
        "request": str(item.id),
        "state": item.state(today).value,
        "account": item.account_slug,
        "person": str(item.person_id),
        "name": item.person_name,
        "right": item.right.value,
        "until": None if item.term.ends_on is None else item.term.ends_on.isoformat(),
        "access": None if item.grant is None else str(item.grant.id),
    }
