"""`elearn content load`, which brings an organisation's content into the database."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from elearn import clock
from elearn.config import data_folder
from elearn.people.options import organisation_option
from elearn.people.organisations import OrganisationView, get_organisation_by_slug
from elearn.policies.service import list_publications, list_versions
from elearn.scenarios.loader import load_content
from elearn.scenarios.service import BundleView, find_latest_bundle, load_bundle
from elearn.terminal import needs_database

folder_option = click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The content folder; the one that comes with the program unless given.",
)


@click.command("load")
@organisation_option
@click.option(
    "--policy", metavar="SLUG", help="Whose content; that of the organisation's own slug unless given."
)
@folder_option
@needs_database
def load_content_command(organisation: str, policy: str | None, folder: Path | None) -> None:
    """Load an organisation's content into the database; published courses keep theirs until the next publication.

    Example: elearn content load --organisation fernhill --policy model
    """
    trust = get_organisation_by_slug(organisation)
    last = find_latest_bundle(trust.id)
    slug = policy or (trust.slug if last is None else last.slug)
    bundle = load_for(trust, slug, folder, at=clock.now())
    if last is not None and bundle.sha256 == last.sha256:
        click.echo("This content was loaded already; nothing changed")
    else:
        click.echo(f"Loaded the content of policy {bundle.slug} (SHA-256 {bundle.sha256[:12]})")
    for sentence in what_is_missing(trust):
        click.echo(sentence)


def load_for(trust: OrganisationView, policy: str, folder: Path | None, *, at: datetime) -> BundleView:
    """Store the content of a policy for an organisation. Raises InvalidInput with the file's problems."""
    content = load_content(folder or data_folder("scenarios"), [policy])
    return load_bundle(trust.id, content, policy, at=at)


def what_is_missing(trust: OrganisationView) -> list[str]:
    """What an organisation still lacks before people can sign, a sentence each with the command that helps."""
    missing = []
    if find_latest_bundle(trust.id) is None:
        missing.append(f"No content yet: elearn content load --organisation {trust.slug} --policy SLUG")
    if not list_versions(trust.id):
        missing.append(f"No policy text yet: elearn policy import FILE --organisation {trust.slug}")
    if not list_publications(trust.id):
        missing.append(f"No version in force yet: elearn policy publish --organisation {trust.slug}")
    return missing
