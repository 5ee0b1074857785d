"""`elearn person` and `elearn placement`: people and their posts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import click

from elearn import clock
from elearn.people import organisations, placements, service, taking_back
from elearn.people.options import (
    academy_id_of,
    academy_option,
    from_option,
    json_option,
    on_option,
    organisation_option,
    the_one,
    until_option,
)
from elearn.people.rules import JobGroup, PersonKind, PlacementView
from elearn.people.scopes import Scope, search_people
from elearn.people.service import PersonView
from elearn.terminal import PERSON_HELP, needs_database, print_json, table


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
    trust = organisations.get_organisation_by_slug(organisation)
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
    trust = organisations.get_organisation_by_slug(organisation)
    everybody = Scope(trust.id, trust.id, True, frozenset())
    people = search_people(everybody, search, day=clock.today(), limit=1_000_000)
    posts = placements.list_placements(trust.id, [person.id for person in people])
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
    placements.add_placement(
        somebody.id,
        academy_id=organisations.get_academy(somebody.organisation_id, academy).id,
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
    wanted = academy_id_of(somebody, academy)
    posts = [
        post
        for post in placements.list_posts(somebody)
        if post.term.ends_on is None and wanted in (None, post.academy_id)
    ]
    post = the_one(posts, f"open post of {somebody.name}")
    placements.end_placement(
        post.id, ends_on=ends_on, organisation_id=somebody.organisation_id, at=clock.now()
    )
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
    wanted, whose = academy_id_of(somebody, academy), somebody.organisation_id
    posts = [post for post in placements.list_posts(somebody) if wanted in (None, post.academy_id)]
    of_today = [
        p for p in posts if taking_back.placement_may_be_taken_back(p.id, organisation_id=whose, at=at)
    ]
    post = the_one(of_today if len(posts) > 1 else posts, f"post of {somebody.name} recorded today")
    taking_back.take_back_placement(post.id, organisation_id=whose, at=at)
    click.echo(f"{somebody.name}: {post.job_title} at {post.academy_name} is taken back")
