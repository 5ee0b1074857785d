"""`elearn role` and `elearn office`: what people may do in the program, and what offices they hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from uuid import UUID

import click

from elearn import clock
from elearn.people import offices, organisations, roles, service
from elearn.people.options import (
    academy_id_of,
    academy_option,
    from_option,
    json_option,
    on_option,
    the_one,
    until_option,
)
from elearn.people.roles import RoleView
from elearn.people.rules import LINE_MANAGER, OfficeView
from elearn.people.service import PersonView
from elearn.permissions import Role
from elearn.terminal import PERSON_HELP, needs_database, print_json, table

ROLES = [role.value for role in Role if role is not Role.LEARNER]
at_once_option = click.option(
    "--at-once", is_flag=True, help="Stop it now, today too; as when the wrong person was given it."
)


@click.group("role")
def role_commands() -> None:
    """Permission roles: what somebody may do in the program."""


@role_commands.command("give", epilog=PERSON_HELP)
@click.argument("person")
@click.argument("role", type=click.Choice(ROLES))
@academy_option
@from_option
@until_option
@needs_database
def give_role(person: str, role: str, academy: str | None, starts_on: date, ends_on: date | None) -> None:
    """Give a permission role, everywhere or at one academy.

    Example: elearn role give fernhill/10042 hr --academy mill-road
    """
    somebody = service.resolve_person(person)
    roles.give_role(
        somebody.id,
        Role(role),
        academy_id=academy_id_of(somebody, academy),
        starts_on=starts_on,
        ends_on=ends_on,
        at=clock.now(),
    )
    click.echo(f"{somebody.name} is {role}{_at(academy)} from {starts_on}")


@role_commands.command("take", epilog=PERSON_HELP)
@click.argument("person")
@click.argument("role", type=click.Choice(ROLES))
@academy_option
@on_option
@at_once_option
@needs_database
def take_role(person: str, role: str, academy: str | None, ends_on: date, at_once: bool) -> None:
    """Give a permission role its last day, or stop it at once.

    Example: elearn role take fernhill/10042 hr --on 2026-12-31
    """
    somebody = service.resolve_person(person)
    wanted = academy_id_of(somebody, academy)
    held = [
        each
        for each in roles.list_roles(somebody.id)
        if each.role is Role(role)
        and not each.term.is_over(clock.today())
        and wanted in (None, each.academy_id)
    ]
    found = the_one(held, f"open {role} role of {somebody.name}")
    take = partial(roles.take_role, found.id, organisation_id=somebody.organisation_id, at=clock.now())
    take(ends_on=None if at_once else ends_on)
    click.echo(f"{somebody.name} is {_until(f'{role}{_at(academy)}', ends_on, at_once)}")


@role_commands.command("list", epilog=PERSON_HELP)
@click.argument("person")
@json_option
@needs_database
def list_roles(person: str, as_json: bool) -> None:
    """List a person's permission roles.

    Example: elearn role list fernhill/10042
    """
    somebody = service.resolve_person(person)
    names = _academy_names(somebody)
    _show_holdings(
        [(r.role.value, names.get(r.academy_id, "everywhere"), r) for r in roles.list_roles(somebody.id)],
        "role",
        as_json,
    )


@click.group("office")
def office_commands() -> None:
    """Offices: head, ceo, dsl, hr, it_slt, line_manager and others that a policy names."""


@office_commands.command("give", epilog=PERSON_HELP)
@click.argument("person")
@click.argument("office")
@academy_option
@click.option("--for", "for_person", metavar="PERSON", help="Whose line manager they are.")
@from_option
@until_option
@needs_database
def give_office(
    person: str,
    office: str,
    academy: str | None,
    for_person: str | None,
    starts_on: date,
    ends_on: date | None,
) -> None:
    """Record that a person holds an office at an academy, everywhere, or as somebody's line manager.

    Example: elearn office give fernhill/10001 head --academy mill-road
    """
    somebody = service.resolve_person(person)
    managed = None if for_person is None else service.resolve_person(for_person)
    offices.give_office(
        somebody.id,
        office,
        academy_id=academy_id_of(somebody, academy),
        for_person_id=None if managed is None else managed.id,
        starts_on=starts_on,
        ends_on=ends_on,
        at=clock.now(),
    )
    of = f" of {managed.name}" if managed else ""
    click.echo(f"{somebody.name} is {office}{of}{_at(academy)} from {starts_on}")


@office_commands.command("take", epilog=PERSON_HELP)
@click.argument("person")
@click.argument("office")
@academy_option
@click.option("--for", "for_person", metavar="PERSON", help="Whose line manager they were.")
@on_option
@at_once_option
@needs_database
def take_office(
    person: str, office: str, academy: str | None, for_person: str | None, ends_on: date, at_once: bool
) -> None:
    """Give an office its last day, or stop it at once.

    Example: elearn office take fernhill/10001 head --academy mill-road --on 2026-12-31
    """
    somebody = service.resolve_person(person)
    wanted = academy_id_of(somebody, academy)
    managed = None if for_person is None else service.resolve_person(for_person).id
    held = [
        each
        for each in offices.list_offices(somebody.id)
        if each.office == office
        and not each.term.is_over(clock.today())
        and wanted in (None, each.academy_id)
        and managed in (None, each.for_person_id)
    ]
    found = the_one(held, f"open office '{office}' of {somebody.name}")
    take = partial(offices.take_office, found.id, organisation_id=somebody.organisation_id, at=clock.now())
    take(ends_on=None if at_once else ends_on)
    click.echo(f"{somebody.name} is {_until(f'{office}{_at(academy)}', ends_on, at_once)}")


@office_commands.command("list", epilog=PERSON_HELP)
@click.argument("person")
@json_option
@needs_database
def list_offices(person: str, as_json: bool) -> None:
    """List the offices that a person holds.

    Example: elearn office list fernhill/10001
    """
    somebody = service.resolve_person(person)
    names = _academy_names(somebody)
    rows = [(o.office, _office_where(o, names), o) for o in offices.list_offices(somebody.id)]
    _show_holdings(rows, "office", as_json)


def _office_where(office: OfficeView, names: dict[UUID | None, str]) -> str:
    if office.office == LINE_MANAGER and office.for_person_id is not None:
        return f"for {service.get_person(office.for_person_id).name}"
    return names.get(office.academy_id, "everywhere")


def _academy_names(person: PersonView) -> dict[UUID | None, str]:
    return {each.id: each.name for each in organisations.list_academies(person.organisation_id)}


def _at(academy: str | None) -> str:
    return f" at {academy}" if academy else ""


def _until(what: str, ends_on: date, at_once: bool) -> str:
    return f"no longer {what}: it was stopped at once" if at_once else f"{what} until {ends_on}"


def _show_holdings(rows: Sequence[tuple[str, str, RoleView | OfficeView]], what: str, as_json: bool) -> None:
    listed = [(name, where, held.term.starts_on.isoformat(), *_end_of(held)) for name, where, held in rows]
    heads = (what, "where", "from", "until", "stopped")
    if as_json:
        print_json([dict(zip(heads, row, strict=True)) for row in listed])
        return
    click.echo(table(listed, heads) if listed else f"No {what}")


def _end_of(held: RoleView | OfficeView) -> tuple[str, str]:
    """The last day that counted, and the moment at which it was stopped where no day of it counted whole."""
    if held.term.was_stopped_at_once:
        return "", held.recorded_at.isoformat(timespec="seconds")
    return held.term.ends_on.isoformat() if held.term.ends_on else "", ""
