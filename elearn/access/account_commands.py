"""`elearn account`: the register of business accounts."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from elearn import clock
from elearn.access import accounts, inducting
from elearn.access.facts import Enforcement, Platform
from elearn.access.telling import telling
from elearn.access.views import AccountLine
from elearn.dates import spoken_day
from elearn.errors import NotFound
from elearn.people.options import json_option, organisation_option
from elearn.people.organisations import get_academy, get_organisation_by_slug
from elearn.people.service import resolve_person
from elearn.terminal import DAY, print_json


@click.group("account")
def account() -> None:
    """The register of business accounts. No command takes a password."""


@account.command("register")
@organisation_option
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
    organisation: str,
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
    trust = get_organisation_by_slug(organisation)
    made = accounts.register_account(
        trust.id,
        academy_id=get_academy(trust.id, academy_slug).id,
        platform=Platform(platform),
        handle=handle,
        purpose=purpose,
        work_email_address=work_email,
        enforcement=Enforcement(enforcement),
        slug=name,
        registered_by_id=None if by is None else resolve_person(by).id,
        at=clock.now(),
    )
    click.echo(f"Registered: {organisation}/{made.slug} ({made.id}). Name its contacts next.")


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
    """Record that PERSON was given the short induction to ACCOUNT, by somebody whom the policy names for it.

    Example: elearn account induction fernhill/millroad fernhill/10042 --given-by fernhill/10003
    """
    found, who = accounts.find_account(account_reference), resolve_person(person)
    inducting.record_induction(
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
@organisation_option
@json_option
@telling
def show_accounts(organisation: str, as_json: bool) -> None:
    """List the register: contacts, live rights, holds.

    Example: elearn account list --organisation fernhill
    """
    now = clock.now()
    lines = accounts.list_accounts(
        get_organisation_by_slug(organisation).id, day=clock.local_day(now), at=now
    )
    if as_json:
        print_json([_account_json(line) for line in lines])
        return
    for line in lines:
        held = "  ON HOLD" if line.on_hold else ""
        contacts = ", ".join(item.name for item in line.contacts) or "no contacts"
        click.echo(
            f"{organisation}/{line.account.slug}  {line.account.platform}  {line.account.academy_name}  "
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
