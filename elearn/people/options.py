"""Options that several commands take, and which record they mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

import click

from elearn import clock
from elearn.errors import InvalidInput, NotFound
from elearn.people import organisations
from elearn.people.organisations import OrganisationView
from elearn.people.roles import permissions_held
from elearn.people.service import PersonView, resolve_person
from elearn.permissions import ROLE_PERMISSIONS, Permission
from elearn.terminal import DAY

Held = TypeVar("Held")

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


def the_one(found: Sequence[Held], what: str) -> Held:
    """The one meant. Raises NotFound where there is none, InvalidInput where there are several."""
    if not found:
        raise NotFound(f"there is no {what}")
    if len(found) > 1:
        raise InvalidInput(f"there is more than one {what}: say which with --academy or --for")
    return found[0]


def pick_policy_manager(trust: OrganisationView, reference: str, what: str) -> PersonView:
    """The person named by `--by`, who may manage the trust's policies today; `what` is what they are to do.

    Raises NotFound for nobody, InvalidInput for somebody who may not.
    """
    person = resolve_person(reference)
    may = Permission.MANAGE_POLICIES in permissions_held(person.id, clock.today())
    if person.organisation_id != trust.id or not may:
        needed = [role.value for role, held in ROLE_PERMISSIONS.items() if Permission.MANAGE_POLICIES in held]
        raise InvalidInput(
            f"by: {person.name} may not {what} at {trust.name}. It takes the role {' or '.join(needed)} there"
        )
    return person


def academy_id_of(person: PersonView, slug: str | None) -> UUID | None:
    """The academy of this slug in the person's organisation; None where none is named. Raises NotFound."""
    return None if slug is None else organisations.get_academy(person.organisation_id, slug).id
