"""Commands for the ways in: slips, passwords, API tokens, and the first administrator."""

from __future__ import annotations

from datetime import date, timedelta

import click

from elearn import clock
from elearn.auth import service
from elearn.db import transaction
from elearn.people.options import json_option, organisation_option
from elearn.people.organisations import get_organisation_by_slug
from elearn.people.roles import give_role
from elearn.people.service import add_person, find_person_by_number, resolve_person
from elearn.permissions import Role
from elearn.terminal import DAY, PERSON_HELP, needs_database, print_json, read_secret, table

SLIP_DAYS = 30
TOKEN_DAYS = 365

login_option = click.option("--login", required=True, help="Their e-mail address or another sign-in name.")
stdin_option = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


@click.group("slip")
def slip_commands() -> None:
    """One-time codes for people without an account."""


@slip_commands.command("issue", epilog=PERSON_HELP)
@click.argument("person")
@click.option("--until", type=DAY, help=f"Last day of the code; in {SLIP_DAYS} days unless given.")
@needs_database
def issue(person: str, until: date | None) -> None:
    """Issue a code and print it. It is shown this once; earlier codes of the person stop.

    Example: elearn slip issue fernhill/10042 --until 2026-09-30
    """
    slip = service.issue_slip(
        resolve_person(person).id,
        expires_on=until or clock.today() + timedelta(days=SLIP_DAYS),
        issued_by_id=None,
        at=clock.now(),
    )
    click.echo(f"{slip.code}  for {slip.person.initialled}, until {slip.expires_on}")
    click.echo(f"{slip.more}  comes after it, only where four more letters are asked for")


@slip_commands.command("void", epilog=PERSON_HELP)
@click.argument("person")
@click.option("--reason", default="stopped from the command line", show_default=True)
@needs_database
def void(person: str, reason: str) -> None:
    """Stop a person's codes and the sessions that they opened.

    Example: elearn slip void fernhill/10042 --reason "slip lost"
    """
    somebody = resolve_person(person)
    live = [slip for slip in service.list_slips(somebody.id) if not slip.voided]
    with transaction():
        for slip in live:
            service.void_slip(
                slip.id,
                organisation_id=somebody.organisation_id,
                reason=reason,
                voided_by_id=None,
                at=clock.now(),
            )
    click.echo(f"Stopped {len(live)} {'code' if len(live) == 1 else 'codes'} of {somebody.name}")


@slip_commands.command("list", epilog=PERSON_HELP)
@click.argument("person")
@json_option
@needs_database
def list_slips(person: str, as_json: bool) -> None:
    """List a person's slips, without their codes: those are kept nowhere.

    Example: elearn slip list fernhill/10042
    """
    rows = [
        (clock.local_day(s.issued_at).isoformat(), s.expires_on.isoformat(), _slip_state(s))
        for s in service.list_slips(resolve_person(person).id)
    ]
    if as_json:
        print_json([dict(zip(("issued", "until", "state"), row, strict=True)) for row in rows])
        return
    click.echo(table(rows, ("issued", "until", "state")) if rows else "No slips")


def _slip_state(slip: service.SlipView) -> str:
    if slip.voided:
        return "stopped"
    if slip.expires_on < clock.today():
        return "ran out"
    return "in use" if slip.used else "not used yet"


@click.group("password")
def password_commands() -> None:
    """Passwords of people who sign in with one."""


@password_commands.command("set", epilog=PERSON_HELP)
@click.argument("person")
@login_option
@stdin_option
@needs_database
def set_password(person: str, login: str, password_stdin: bool) -> None:
    """Set a person's sign-in name and password, and end their sessions.

    Example: elearn password set fernhill/10042 --login amira.begum@fernhill.example
    """
    somebody = resolve_person(person)
    password = read_secret("Password", from_stdin=password_stdin)
    service.set_password(somebody.id, login=login, password=password, at=clock.now())
    click.echo(f"{somebody.name} signs in as {login.strip().casefold()}")


@click.command("add")
@organisation_option
@click.option("--payroll-number", required=True, help="What identifies them.")
@click.option("--name", required=True, help="Their full name.")
@login_option
@stdin_option
@needs_database
def add_administrator(
    organisation: str, payroll_number: str, name: str, login: str, password_stdin: bool
) -> None:
    """Make somebody administrator; they are added where the payroll number is not known yet.

    Example: elearn admin add --organisation fernhill --payroll-number 1 --name "Jo Reed" --login jo@fernhill.example
    """
    trust = get_organisation_by_slug(organisation)
    password = read_secret("Password", from_stdin=password_stdin)
    at = clock.now()
    with transaction():
        person = find_person_by_number(trust.id, payroll_number) or add_person(
            trust.id, payroll_number=payroll_number, name=name, at=at
        )
        give_role(person.id, Role.ADMINISTRATOR, starts_on=clock.local_day(at), at=at)
        service.set_password(person.id, login=login, password=password, at=at)
    click.echo(f"{person.name} is administrator of {trust.name} and signs in as {login.strip().casefold()}")


@click.group("token")
def token_commands() -> None:
    """Bearer tokens of the HTTP API."""


@token_commands.command("create")
@organisation_option
@click.option("--name", required=True, help="What it is for; revoking names it.")
@click.option(
    "--scope", "scopes", multiple=True, default=("access:read",), show_default=True, help="What it may read."
)
@click.option("--until", type=DAY, help=f"Last day; in {TOKEN_DAYS} days unless given.")
@needs_database
def create_token(organisation: str, name: str, scopes: tuple[str, ...], until: date | None) -> None:
    """Make a token and print it. It is shown this once.

    Example: elearn token create --organisation fernhill --name scheduler
    """
    token = service.create_token(
        get_organisation_by_slug(organisation).id,
        name=name,
        scopes=scopes,
        expires_on=until or clock.today() + timedelta(days=TOKEN_DAYS),
        at=clock.now(),
    )
    click.echo(token)


@token_commands.command("revoke")
@organisation_option
@click.option("--name", required=True, help="The name it was made under.")
@needs_database
def revoke_token(organisation: str, name: str) -> None:
    """End every token of this name.

    Example: elearn token revoke --organisation fernhill --name scheduler
    """
    service.revoke_token(get_organisation_by_slug(organisation).id, name, at=clock.now())
    click.echo(f"Revoked {name}")
