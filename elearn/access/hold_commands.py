"""`elearn hold`: stop posting, and lift it again."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import click

from elearn import clock
from elearn.access import accounts, holds
from elearn.access.facts import HoldScope
from elearn.access.telling import by_option, telling
from elearn.access.views import HoldView
from elearn.dates import spoken_day
from elearn.errors import InvalidInput
from elearn.people.options import json_option, organisation_option
from elearn.people.organisations import get_academy, get_organisation_by_slug
from elearn.people.service import resolve_person
from elearn.terminal import print_json


@click.group("hold")
def hold() -> None:
    """Stop posting on an account, an academy's accounts or all of them, and lift it again."""


@hold.command("start")
@organisation_option
@click.option("--academy", "academy_slug", metavar="SLUG", help="This academy's accounts only.")
@click.option("--account", "account_reference", metavar="ACCOUNT", help="This account only.")
@click.option("--reason", required=True)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]),
    help="UK time, such as 2026-09-10T17:00; until it is lifted unless given.",
)
@by_option
@telling
def start(
    organisation: str,
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
    trust, now = get_organisation_by_slug(organisation), clock.now()
    academy_id = get_academy(trust.id, academy_slug).id if academy_slug else None
    account_id = accounts.find_account(account_reference).id if account_reference else None
    scope = HoldScope.ACADEMY if academy_id else HoldScope.ACCOUNT if account_id else HoldScope.ORGANISATION
    reach = holds.preview_hold(
        trust.id,
        scope=scope,
        academy_id=academy_id,
        account_id=account_id,
        day=clock.local_day(now),
    )
    made = holds.start_hold(
        trust.id,
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
@by_option
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
@organisation_option
@click.option("--all", "past", is_flag=True, help="Ended and lifted holds too.")
@json_option
@telling
def show_holds(organisation: str, past: bool, as_json: bool) -> None:
    """List the holds that stand or are to come.

    Example: elearn hold list --organisation fernhill --all
    """
    now = clock.now()
    found = holds.list_holds(get_organisation_by_slug(organisation).id, at=now, past=past)
    if as_json:
        print_json([_hold_json(item, now) for item in found])
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
