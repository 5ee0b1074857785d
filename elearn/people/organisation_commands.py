"""`elearn organisation`, `elearn academy` and `elearn admin`."""

from __future__ import annotations

from typing import Any

import click

from elearn import clock
from elearn.people import organisations
from elearn.people.options import json_option, organisation_option
from elearn.terminal import needs_database, print_json, table


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
    found = organisations.list_organisations()
    if as_json:
        print_json([_organisation_data(each.slug) for each in found])
        return
    rows = [
        (each.slug, each.name, ", ".join(a.slug for a in organisations.list_academies(each.id)) or "none")
        for each in found
    ]
    click.echo(table(rows, ("slug", "name", "academies")) if rows else "There is no organisation yet")


def _organisation_data(slug: str) -> dict[str, Any]:
    organisation = organisations.get_organisation_by_slug(slug)
    academies = organisations.list_academies(organisation.id)
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
    trust = organisations.get_organisation_by_slug(organisation)
    added = organisations.add_academy(trust.id, slug, name=name, is_central=central, at=clock.now())
    click.echo(f"Added {added.name} to {trust.name}")


@click.group("admin")
def admin_commands() -> None:
    """The first administrator of an organisation."""
