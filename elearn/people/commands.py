"""Commands for organisations, academies, people, posts, permission roles and offices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import click

from elearn import clock
from elearn.errors import InvalidInput, NotFound
from elearn.people import service, taking_back
from elearn.people.rules import LINE_MANAGER, JobGroup, OfficeView, PersonKind, PlacementView
from elearn.people.service import PersonView, RoleView
from elearn.permissions import Role
from elearn.terminal import DAY, PERSON_HELP, needs_database, print_json, table

Command = TypeVar("Command", bound=Callable[..., Any])

ROLES = [role.value for role in Role if role is not Role.LEARNER]

organisation_option = click.option("--organisation", required=True, metavar="SLUG", help="The organisation.")
json_option = click.option("--json", "as_json", is_flag=True, help="For a machine to read.")
academy_option = click.option("--academy", metavar="SLUG", help="The academy.")
from_option = click.option(
    "--from", "starts_on", type=DAY, default="today", show_default=True, help="First day, such as 2026-09-01."
)
until_option = click.option(
    "--until", "ends_on", type=DAY, help="Last day; it counts. Open-ended unless given."
)
on_option = click.option(
    "--on", "ends_on", type=DAY, default="today", show_default=True, help="Last day; it still counts."
)
at_once_option = click.option(
    "--at-once", is_flag=True, help="Stop it now, today too; as when the wrong person was given it."
)


# --- organisations and academies -----------------------------------------------------------------


@click.group("organisation")
def organisation_commands() -> None:
    """Trusts: add one, list them."""


@organisation_commands.command("list")
@json_option
@needs_database
def list_organisations(as_json: bool) -> None:
    """List the organisations of this installation with their academies.

    Example: elearn organisation list
    """
    found = service.list_organisations()
    if as_json:
        print_json([_organisation_data(each.slug) for each in found])
        return
    rows = [
        (each.slug, each.name, ", ".join(a.slug for a in service.list_academies(each.id)) or "none")
        for each in found
    ]
    click.echo(table(rows, ("slug", "name", "academies")) if rows else "There is no organisation yet")


def _organisation_data(slug: str) -> dict[str, Any]:
    organisation = service.get_organisation_by_slug(slug)
    academies = service.list_academies(organisation.id)
    return {
        "id": str(organisation.id),
        "slug": slug,
        "name": organisation.name,
        "short_name": organisation.short_name,
        "academies": [{"slug": a.slug, "name": a.name, "central": a.is_central} for a in academies],
    }


@click.group("academy")
def academy_commands() -> None:
    """Schools of an organisation, and its central team."""


@academy_commands.command("add")
@click.argument("slug")
@organisation_option
@click.option("--name", required=True, help="Its name as people say it.")
@click.option("--central", is_flag=True, help="It is the central team, not a school.")
@needs_database
def add_academy(slug: str, organisation: str, name: str, central: bool) -> None:
    """Add a school or the central team.

    Example: elearn academy add mill-road --organisation fernhill --name "Mill Road Academy"
    """
    trust = service.get_organisation_by_slug(organisation)
    added = service.add_academy(trust.id, slug, name=name, is_central=central, at=clock.now())
    click.echo(f"Added {added.name} to {trust.name}")


# --- people and posts ----------------------------------------------------------------------------


@click.group("person")
def person_commands() -> None:
    """People whom the policy may cover."""


@person_commands.command("add")
@organisation_option
@click.option("--payroll-number", required=True, help="What identifies them; names never do.")
@click.option("--name", required=True, help="Their full name.")
@click.option("--email", help="Their work e-mail address, where they have one.")
@needs_database
def add_person(organisation: str, payroll_number: str, name: str, email: str | None) -> None:
    """Add a person; `elearn placement add` then gives them a post.

    Example: elearn person add --organisation fernhill --payroll-number 10042 --name "Amira Begum"
    """
    trust = service.get_organisation_by_slug(organisation)
    person = service.add_person(
        trust.id, payroll_number=payroll_number, name=name, email=email, at=clock.now()
    )
    click.echo(f"Added {person.name} as {organisation}/{person.payroll_number}")


@person_commands.command("list")
@organisation_option
@click.option("--search", default="", help="Only those whose name, number or e-mail address has these words.")
@json_option
@needs_database
def list_people(organisation: str, search: str, as_json: bool) -> None:
    """List people with their posts of today.

    Example: elearn person list --organisation fernhill --search begum
    """
    trust = service.get_organisation_by_slug(organisation)
    everybody = service.Scope(trust.id, trust.id, True, frozenset())
    people = service.search_people(everybody, search, day=clock.today(), limit=1_000_000)
    posts = service.list_placements(trust.id, [person.id for person in people])
    if as_json:
        print_json([_person_data(person, posts[person.id]) for person in people])
        return
    rows = [(p.payroll_number, p.name, _posts(posts[p.id], clock.today())) for p in people]
    click.echo(table(rows, ("number", "name", "posts today")) if rows else "Nobody found")


def _posts(posts: Sequence[PlacementView], day: date) -> str:
    standing = [post for post in posts if post.term.holds_on(day)]
    return "; ".join(f"{post.job_title}, {post.academy_name}" for post in standing) or "none"


def _person_data(person: PersonView, posts: Sequence[PlacementView]) -> dict[str, Any]:
    return {
        "id": str(person.id),
        "payroll_number": person.payroll_number,
        "name": person.name,
        "email": person.email,
        "placements": [
            {
                "academy": post.academy_name,
                "kind": post.kind.value,
                "job_title": post.job_title,
                "job_group": post.job_group.value,
                "from": post.term.starts_on.isoformat(),
                "until": post.term.ends_on.isoformat() if post.term.ends_on else None,
            }
            for post in posts
        ],
    }


@click.group("placement")
def placement_commands() -> None:
    """Posts of people at academies."""


@placement_commands.command("add", epilog=PERSON_HELP)
@click.argument("person")
@click.option("--academy", required=True, metavar="SLUG", help="Where the post is.")
@click.option("--job-title", required=True, help="As on their contract.")
@click.option("--job-group", required=True, type=click.Choice([g.value for g in JobGroup]))
@click.option(
    "--kind", type=click.Choice([k.value for k in PersonKind]), default="employee", show_default=True
)
@from_option
@until_option
@needs_database
def add_placement(
    person: str,
    academy: str,
    job_title: str,
    job_group: str,
    kind: str,
    starts_on: date,
    ends_on: date | None,
) -> None:
    """Give a person a post at an academy.

    Example: elearn placement add fernhill/10042 --academy mill-road --job-title "Cook" --job-group kitchen
    """
    somebody = service.resolve_person(person)
    service.add_placement(
        somebody.id,
        academy_id=service.get_academy(somebody.organisation_id, academy).id,
        kind=PersonKind(kind),
        job_title=job_title,
        job_group=JobGroup(job_group),
        starts_on=starts_on,
        ends_on=ends_on,
        at=clock.now(),
    )
    click.echo(f"{somebody.name} is {job_title} at {academy} from {starts_on}")


@placement_commands.command("end", epilog=PERSON_HELP)
@click.argument("person")
@academy_option
@on_option
@needs_database
def end_placement(person: str, academy: str | None, ends_on: date) -> None:
    """Give a person's post its last day. Who has several posts needs --academy.

    Example: elearn placement end fernhill/10042 --on 2026-12-31
    """
    somebody = service.resolve_person(person)
    wanted = _academy_id(somebody, academy)
    posts = [
        post
        for post in service.list_posts(somebody)
        if post.term.ends_on is None and wanted in (None, post.academy_id)
    ]
    post = _only(posts, f"open post of {somebody.name}")
    service.end_placement(post.id, ends_on=ends_on, organisation_id=somebody.organisation_id, at=clock.now())
    click.echo(f"{somebody.name}: {post.job_title} at {post.academy_name} ends on {ends_on}")


@placement_commands.command("take-back", epilog=PERSON_HELP)
@click.argument("person")
@academy_option
@needs_database
def take_back_placement(person: str, academy: str | None) -> None:
    """Take back a post that was given by mistake today: it never counted. Who has several needs --academy.

    Example: elearn placement take-back fernhill/10042
    """
    somebody, at = service.resolve_person(person), clock.now()
    wanted, whose = _academy_id(somebody, academy), somebody.organisation_id
    posts = [post for post in service.list_posts(somebody) if wanted in (None, post.academy_id)]
    of_today = [
        p for p in posts if taking_back.placement_may_be_taken_back(p.id, organisation_id=whose, at=at)
    ]
    post = _only(of_today if len(posts) > 1 else posts, f"post of {somebody.name} recorded today")
    taking_back.take_back_placement(post.id, organisation_id=whose, at=at)
    click.echo(f"{somebody.name}: {post.job_title} at {post.academy_name} is taken back")


# --- permission roles ----------------------------------------------------------------------------


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
    service.give_role(
        somebody.id,
        Role(role),
        academy_id=_academy_id(somebody, academy),
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
    wanted = _academy_id(somebody, academy)
    held = [
        each
        for each in service.list_roles(somebody.id)
        if each.role is Role(role)
        and not each.term.is_over(clock.today())
        and wanted in (None, each.academy_id)
    ]
    found = _only(held, f"open {role} role of {somebody.name}")
    take = partial(service.take_role, found.id, organisation_id=somebody.organisation_id, at=clock.now())
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
        [(r.role.value, names.get(r.academy_id, "everywhere"), r) for r in service.list_roles(somebody.id)],
        "role",
        as_json,
    )


# --- offices -------------------------------------------------------------------------------------


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
    service.give_office(
        somebody.id,
        office,
        academy_id=_academy_id(somebody, academy),
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
    wanted = _academy_id(somebody, academy)
    managed = None if for_person is None else service.resolve_person(for_person).id
    held = [
        each
        for each in service.list_offices(somebody.id)
        if each.office == office
        and not each.term.is_over(clock.today())
        and wanted in (None, each.academy_id)
        and managed in (None, each.for_person_id)
    ]
    found = _only(held, f"open office '{office}' of {somebody.name}")
    take = partial(service.take_office, found.id, organisation_id=somebody.organisation_id, at=clock.now())
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
    rows = [(o.office, _office_where(o, names), o) for o in service.list_offices(somebody.id)]
    _show_holdings(rows, "office", as_json)


def _office_where(office: OfficeView, names: dict[UUID | None, str]) -> str:
    if office.office == LINE_MANAGER and office.for_person_id is not None:
        return f"for {service.get_person(office.for_person_id).name}"
    return names.get(office.academy_id, "everywhere")


# --- the first administrator ---------------------------------------------------------------------


@click.group("admin")
def admin_commands() -> None:
    """The first administrator of an organisation."""


# --- inside --------------------------------------------------------------------------------------

Held = TypeVar("Held")


def _only(found: Sequence[Held], what: str) -> Held:
    """The one meant. Raises NotFound where there is none, InvalidInput where there are several."""
    if not found:
        raise NotFound(f"there is no {what}")
    if len(found) > 1:
        raise InvalidInput(f"there is more than one {what}: say which with --academy or --for")
    return found[0]


def _academy_id(person: PersonView, slug: str | None) -> UUID | None:
    return None if slug is None else service.get_academy(person.organisation_id, slug).id


def _academy_names(person: PersonView) -> dict[UUID | None, str]:
    return {each.id: each.name for each in service.list_academies(person.organisation_id)}


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
