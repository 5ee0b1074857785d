"""`elearn access`, `elearn account` and `elearn hold`.

Exit codes: `access check` gives 0 for yes, 1 for not yet, 2 for cannot say or unknown. The others give 0 when
done, 1 when a rule refused (with every reason), 2 when something does not exist or cannot be used.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import Any, ParamSpec
from uuid import UUID

import click

from elearn import clock
from elearn.access import accounts, holds, service
from elearn.access.facts import Enforcement, HoldScope, Platform, Right
from elearn.access.requests import list_requests
from elearn.access.rules import AccessDecision, Answer, cannot_decide, end_of_school_year
from elearn.access.views import AccountLine, HoldView, RequestState, RequestView
from elearn.dates import spoken_day
from elearn.decisions import Reason
from elearn.errors import ActionRefused, ConfigurationError, ElearnError, InvalidInput, NotFound
from elearn.people.organisations import get_academy, get_organisation_by_slug
from elearn.people.service import resolve_person
from elearn.terminal import needs_database, sentences, tell

EXIT_CODES = {Answer.YES: 0, Answer.NOT_YET: 1, Answer.CANNOT_SAY: 2}
ANSWERS = {Answer.YES: "Yes", Answer.NOT_YET: "Not yet", Answer.CANNOT_SAY: "Cannot say"}
REFUSED, UNUSABLE = 1, 2
NOBODY = UUID(int=0)
"""An id that no row has: asking for it answers "unknown"."""

P = ParamSpec("P")


class Day(click.ParamType[date]):
    """A day such as 2026-09-01."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day, or a usage error."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"'{value}' is not a day such as 2026-09-01", param, ctx)


DAY = Day()
_by = click.option("--by", required=True, metavar="PERSON", help="Who does it.")
_organisation = click.option("--organisation", "slug", required=True, metavar="SLUG")
_json = click.option("--json", "as_json", is_flag=True, help="For a machine to read.")


def telling(command: Callable[P, None]) -> Callable[P, None]:
    """Run with the database; turn what a rule refuses, and what does not exist, into plain lines and an exit code."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            needs_database(command)(*args, **kwargs)
        except ActionRefused as refused:
            click.echo("Refused:", err=True)
            for reason in refused.refusal.reasons:
                click.echo(f"- {reason_line(reason)}", err=True)
            raise SystemExit(REFUSED) from refused
        except ElearnError as error:
            tell(error)
            raise SystemExit(UNUSABLE) from error

    return wrapped


def reason_line(reason: Reason) -> str:
    """A reason in one line: what, on what basis, what to do, who can."""
    if not reason.clauses:
        basis = "product rule"
    else:
        basis = ("clause " if len(reason.clauses) == 1 else "clauses ") + ", ".join(reason.clauses)
    step = f" {reason.next_step} ({reason.who})." if reason.who else f" {reason.next_step}."
    return f"{reason.message} [{basis}].{step if reason.next_step else ''}"


# --- elearn access ------------------------------------------------------------------------------------


@click.group("access")
def access() -> None:
    """Ask, decide, grant and end access to business accounts, and check it."""


@access.command("check")
@click.argument("person")
@click.argument("account")
@click.option("--on", "day", type=DAY, metavar="DATE", help="The day asked about; today unless given.")
@_json
@click.pass_context
def check(context: click.Context, person: str, account: str, day: date | None, as_json: bool) -> None:
    """May PERSON (organisation/payroll-number or id) use ACCOUNT (organisation/name or id)? Exits 0 for yes, 1 for
    not yet, 2 for cannot say or unknown.

    Example: elearn access check fernhill/10042 fernhill/millroad --json
    """
    now = clock.now()
    decision = _check_closed(person, account, day or clock.local_day(now), now)
    if as_json:
        click.echo(json.dumps(service.decision_json(decision, now), ensure_ascii=False, indent=2))
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
@_by
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
    made = service.request_access(
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
@_by
@click.option("--conditions", default="", help="Shown to the holder.")
@click.option("--until", "ends_on", type=DAY, metavar="DATE", help="Approve for shorter.")
@click.option("--refuse", metavar="REASON", help="Refuse instead, and say why.")
@telling
def approve(request_id: UUID, by: str, conditions: str, ends_on: date | None, refuse: str | None) -> None:
    """Decide REQUEST as one of its approvers; never for oneself, nor what one asked for.

    Example: elearn access approve 0e5d6c1e-9c1a-4a53-8f0c-2f4f5f7f9a10 --by fernhill/10001
    """
    decided = service.decide_request(
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
@_by
@telling
def grant(request_id: UUID, by: str) -> None:
    """Turn an approved REQUEST into access, if every requirement is met at this moment.

    Example: elearn access grant 0e5d6c1e-9c1a-4a53-8f0c-2f4f5f7f9a10 --by fernhill/10003
    """
    made = service.grant_access(request_id, granted_by_id=resolve_person(by).id, at=clock.now())
    assert made.grant is not None
    until = "" if made.grant.term.ends_on is None else f" until {spoken_day(made.grant.term.ends_on)}"
    click.echo(f"Granted: {made.person_name} on {made.account_handle}{until}; access {made.grant.id}.")


@access.command("end")
@click.argument("grant_id", type=click.UUID, metavar="ACCESS")
@_by
@click.option("--reason", required=True)
@telling
def end(grant_id: UUID, by: str, reason: str) -> None:
    """Take granted ACCESS back from now on.

    Example: elearn access end 0e5d6c1e-9c1a-4a53-8f0c-2f4f5f7f9a10 --by fernhill/10003 --reason "Left the team"
    """
    actor = resolve_person(by)
    ended = service.end_grant(
        grant_id,
        organisation_id=actor.organisation_id,
        reason=reason,
        ended_by_id=actor.id,
        at=clock.now(),
    )
    click.echo(f"Ended: {ended.person_name} on {ended.account_handle}.")


@access.command("list")
@_organisation
@click.option("--all", "everything", is_flag=True, help="Refused, ended and past requests too.")
@_json
@telling
def show_requests(slug: str, everything: bool, as_json: bool) -> None:
    """List requests and what came of them.

    Example: elearn access list --organisation fernhill --all
    """
    today = clock.today()
    gone = {RequestState.REFUSED, RequestState.ENDED, RequestState.OVER}
    found = list_requests(get_organisation_by_slug(slug).id)
    shown = [item for item in found if everything or item.state(today) not in gone]
    if as_json:
        click.echo(json.dumps([_request_json(item, today) for item in shown], ensure_ascii=False, indent=2))
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


# --- elearn account -----------------------------------------------------------------------------------


@click.group("account")
def account() -> None:
    """The register of business accounts. No command takes a password."""


@account.command("register")
@_organisation
@click.option("--academy", "academy_slug", required=True, metavar="SLUG")
@click.option("--platform", required=True, type=click.Choice([platform.value for platform in Platform]))
@click.option("--handle", required=True, help="Its name on the platform, such as @millroad.")
@click.option("--purpose", required=True)
@click.option("--work-email", required=True, help="A mailbox of the organisation.")
@click.option("--enforcement", type=click.Choice([level.value for level in Enforcement]), default="attested")
@click.option("--name", help="Short name for commands; made of the handle unless given.")
@click.option("--by", metavar="PERSON", help="Who registers it.")
@telling
def register(
    slug: str,
    academy_slug: str,
    platform: str,
    handle: str,
    purpose: str,
    work_email: str,
    enforcement: str,
    name: str | None,
    by: str | None,
) -> None:
    """Put an account in the register, a new one or one that exists already.

    Example: elearn account register --organisation fernhill --academy mill-road --platform facebook --handle @millroad
    --purpose "News for parents" --work-email social@fernhill.example
    """
    organisation = get_organisation_by_slug(slug)
    made = accounts.register_account(
        organisation.id,
        academy_id=get_academy(organisation.id, academy_slug).id,
        platform=Platform(platform),
        handle=handle,
        purpose=purpose,
        work_email_address=work_email,
        enforcement=Enforcement(enforcement),
        slug=name,
        registered_by_id=None if by is None else resolve_person(by).id,
        at=clock.now(),
    )
    click.echo(f"Registered: {slug}/{made.slug} ({made.id}). Name its contacts next.")


@account.command("contact")
@click.argument("account_reference", metavar="ACCOUNT")
@click.argument("person")
@click.option("--from", "starts_on", type=DAY, metavar="DATE", help="First day; today unless given.")
@click.option("--end", "ends_on", type=DAY, metavar="DATE", help="End them as a contact; their last day.")
@telling
def contact(account_reference: str, person: str, starts_on: date | None, ends_on: date | None) -> None:
    """Name PERSON an administrative contact of ACCOUNT, or end them with --end.

    Example: elearn account contact fernhill/millroad fernhill/10042
    """
    found, who, today = accounts.find_account(account_reference), resolve_person(person), clock.today()
    if ends_on is None:
        accounts.name_contact(
            found.id,
            who.id,
            organisation_id=found.organisation_id,
            starts_on=starts_on or today,
            at=clock.now(),
        )
        click.echo(f"{who.name} is a contact of {found.handle} from {spoken_day(starts_on or today)}.")
        return
    held = [c for c in accounts.list_contacts(found.id, day=today) if c.person_id == who.id]
    if not held:
        raise NotFound(f"{who.name} is not a contact of {found.handle}")
    accounts.end_contact(held[0].id, organisation_id=found.organisation_id, ends_on=ends_on, at=clock.now())
    click.echo(f"{who.name} is a contact of {found.handle} until {spoken_day(ends_on)}.")


@account.command("induction")
@click.argument("account_reference", metavar="ACCOUNT")
@click.argument("person")
@click.option("--given-by", required=True, metavar="PERSON")
@click.option("--on", "given_on", type=DAY, metavar="DATE", help="Today unless given.")
@telling
def induction(account_reference: str, person: str, given_by: str, given_on: date | None) -> None:
    """Record that PERSON was given the short induction to ACCOUNT.

    Example: elearn account induction fernhill/millroad fernhill/10042 --given-by fernhill/10003
    """
    found, who = accounts.find_account(account_reference), resolve_person(person)
    accounts.record_induction(
        found.id,
        who.id,
        organisation_id=found.organisation_id,
        given_by_id=resolve_person(given_by).id,
        given_on=given_on or clock.today(),
        at=clock.now(),
    )
    click.echo(f"Recorded: induction of {who.name} to {found.handle}.")


@account.command("close")
@click.argument("account_reference", metavar="ACCOUNT")
@click.option("--reason", required=True)
@click.option("--on", "closed_on", type=DAY, metavar="DATE", help="First day without it; today unless given.")
@telling
def close(account_reference: str, reason: str, closed_on: date | None) -> None:
    """Record that nobody may use ACCOUNT from a day on.

    Example: elearn account close fernhill/millroad --reason "No longer used"
    """
    found = accounts.find_account(account_reference)
    closed = accounts.close_account(
        found.id,
        organisation_id=found.organisation_id,
        closed_on=closed_on or clock.today(),
        reason=reason,
        at=clock.now(),
    )
    click.echo(f"Closed: {closed.handle}.")


@account.command("list")
@_organisation
@_json
@telling
def show_accounts(slug: str, as_json: bool) -> None:
    """List the register: contacts, live rights, holds.

    Example: elearn account list --organisation fernhill
    """
    now = clock.now()
    lines = accounts.list_accounts(get_organisation_by_slug(slug).id, day=clock.local_day(now), at=now)
    if as_json:
        click.echo(json.dumps([_account_json(line) for line in lines], ensure_ascii=False, indent=2))
        return
    for line in lines:
        held = "  ON HOLD" if line.on_hold else ""
        contacts = ", ".join(item.name for item in line.contacts) or "no contacts"
        click.echo(
            f"{slug}/{line.account.slug}  {line.account.platform}  {line.account.academy_name}  "
            f"contacts: {contacts}; {line.live_grants} with access{held}"
        )
    click.echo(f"{len(lines)} accounts")


def _account_json(line: AccountLine) -> dict[str, Any]:
    found = line.account
    return {
        "account": str(found.id),
        "name": found.slug,
        "platform": found.platform.value,
        "handle": found.handle,
        "academy": found.academy_name,
        "enforcement": found.enforcement.value,
        "contacts": [item.name for item in line.contacts],
        "contacts_in_post": line.reachable_contacts,
        "with_access": line.live_grants,
        "on_hold": line.on_hold,
    }


# --- elearn hold --------------------------------------------------------------------------------------


@click.group("hold")
def hold() -> None:
    """Stop posting on an account, an academy's accounts or all of them, and lift it again."""


@hold.command("start")
@_organisation
@click.option("--academy", "academy_slug", metavar="SLUG", help="This academy's accounts only.")
@click.option("--account", "account_reference", metavar="ACCOUNT", help="This account only.")
@click.option("--reason", required=True)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]),
    help="UK time, such as 2026-09-10T17:00; until it is lifted unless given.",
)
@_by
@telling
def start(
    slug: str,
    academy_slug: str | None,
    account_reference: str | None,
    reason: str,
    until: datetime | None,
    by: str,
) -> None:
    """Stop posting from this moment. Nobody loses their access for good by it.

    Example: elearn hold start --organisation fernhill --account fernhill/millroad --reason "Odd posts"
    --by fernhill/10003
    """
    if academy_slug and account_reference:
        raise InvalidInput("Give --academy or --account, not both.")
    organisation, now = get_organisation_by_slug(slug), clock.now()
    academy_id = get_academy(organisation.id, academy_slug).id if academy_slug else None
    account_id = accounts.find_account(account_reference).id if account_reference else None
    scope = HoldScope.ACADEMY if academy_id else HoldScope.ACCOUNT if account_id else HoldScope.ORGANISATION
    reach = holds.preview_hold(
        organisation.id,
        scope=scope,
        academy_id=academy_id,
        account_id=account_id,
        day=clock.local_day(now),
    )
    made = holds.start_hold(
        organisation.id,
        scope=scope,
        academy_id=academy_id,
        account_id=account_id,
        reason=reason,
        starts_at=now,
        ends_at=None if until is None else until.replace(tzinfo=clock.LONDON),
        started_by_id=resolve_person(by).id,
        at=now,
    )
    click.echo(
        f"Stopped: {made.where}; hold {made.id}. It reaches {reach.people} people at {reach.accounts} accounts."
    )


@hold.command("lift")
@click.argument("hold_id", type=click.UUID, metavar="HOLD")
@_by
@telling
def lift(hold_id: UUID, by: str) -> None:
    """Lift HOLD from this moment. It restores only people who still meet every requirement.

    Example: elearn hold lift 0e5d6c1e-9c1a-4a53-8f0c-2f4f5f7f9a10 --by fernhill/10003
    """
    actor = resolve_person(by)
    lifted = holds.lift_hold(
        hold_id, organisation_id=actor.organisation_id, lifted_by_id=actor.id, at=clock.now()
    )
    click.echo(f"Lifted: {lifted.where}.")


@hold.command("list")
@_organisation
@click.option("--all", "past", is_flag=True, help="Ended and lifted holds too.")
@_json
@telling
def show_holds(slug: str, past: bool, as_json: bool) -> None:
    """List the holds that stand or are to come.

    Example: elearn hold list --organisation fernhill --all
    """
    now = clock.now()
    found = holds.list_holds(get_organisation_by_slug(slug).id, at=now, past=past)
    if as_json:
        click.echo(json.dumps([_hold_json(item, now) for item in found], ensure_ascii=False, indent=2))
        return
    for item in found:
        until = "until lifted" if item.ends_at is None else f"until {_moment(item.ends_at)}"
        state = "stands" if item.stands_at(now) else "does not stand"
        click.echo(
            f"{item.id}  {item.where}, from {_moment(item.starts_at)} {until}, {state}: {item.reason} "
            f"({item.started_by_name})"
        )
    click.echo(f"{len(found)} holds")


def _hold_json(item: HoldView, now: datetime) -> dict[str, Any]:
    return {
        "hold": str(item.id),
        "scope": item.scope.value,
        "where": item.where,
        "reason": item.reason,
        "starts_at": item.starts_at.isoformat(),
        "ends_at": None if item.ends_at is None else item.ends_at.isoformat(),
        "lifted_at": None if item.lifted_at is None else item.lifted_at.isoformat(),
        "stands": item.stands_at(now),
    }


def _moment(moment: datetime) -> str:
    local = clock.local_time(moment)
    return f"{spoken_day(local.date())}, {local:%H:%M}"
