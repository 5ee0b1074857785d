"""`elearn policy publish`: put a version in force together with the courses that teach it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import click

from elearn import clock
from elearn.courses.service import publish_with_courses
from elearn.errors import InvalidInput, NotFound
from elearn.people.options import organisation_option, pick_policy_manager
from elearn.people.organisations import get_organisation_by_slug
from elearn.policies.rules import Change, review_is_overdue
from elearn.policies.service import VersionView, list_versions
from elearn.scenarios.service import find_latest_bundle
from elearn.terminal import DAY, needs_database


@click.command("publish")
@organisation_option
@click.option("--version", "wanted", help="Which version; needed where several were imported.")
@click.option("--from", "starts_on", type=DAY, default="today", show_default=True, help="First day in force.")
@click.option(
    "--change",
    type=click.Choice([change.value for change in Change]),
    default=Change.MAJOR.value,
    show_default=True,
    help="editorial: nothing to do; material: sign again; major: train and sign again.",
)
@click.option("--note", default="", help="What changed, in a sentence that people are shown.")
@click.option("--by", required=True, metavar="PERSON", help="Who publishes it; recorded.")
@needs_database
def publish_policy(
    organisation: str, wanted: str | None, starts_on: date, change: str, note: str, by: str
) -> None:
    """Put a policy version in force with the content loaded last, in the name of somebody who may publish.

    Content that was loaded by command has nobody else's yes: who loaded it, or answered its questions on the pages,
    cannot publish it.

    Example: elearn policy publish --organisation fernhill --version 2.1 --change material --by fernhill/10001
    """
    trust = get_organisation_by_slug(organisation)
    publisher = pick_policy_manager(trust, by, "publish policies")
    version = pick_version(trust.id, wanted)
    bundle = find_latest_bundle(trust.id)
    if bundle is None:
        raise NotFound(
            f"no content is loaded: elearn content load --organisation {organisation} --policy SLUG --by PERSON"
        )
    publish_with_courses(
        version.id,
        bundle.id,
        organisation_id=trust.id,
        in_force_from=starts_on,
        change=Change(change),
        note=note,
        published_by_id=publisher.id,
        at=clock.now(),
    )
    click.echo(f"{version.title}, version {version.version}, is in force at {trust.name} from {starts_on}")
    click.echo(f"Published by {publisher.name}")
    if review_is_overdue(version.review_due, clock.today()):
        click.echo(f"This policy is past its own review date, {clock.spoken_date(version.review_due)}")


def pick_version(organisation_id: UUID, wanted: str | None) -> VersionView:
    """The version meant: the only one, or the latest import of this number. Raises NotFound, InvalidInput."""
    versions = list_versions(organisation_id)
    if not versions:
        raise NotFound("no policy text has been imported: elearn policy import FILE")
    if wanted is None and len(versions) > 1:
        known = ", ".join(version.version for version in versions)
        raise InvalidInput(f"version: say which with --version: {known}")
    found = next((v for v in versions if wanted in (None, v.version)), None)
    if found is None:
        raise NotFound(f"version: there is no version '{wanted}'")
    return found
