"""`elearn content load`, which brings an organisation's content into the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import click

from elearn import clock
from elearn.config import data_folder
from elearn.errors import InvalidInput
from elearn.people.options import organisation_option
from elearn.people.organisations import OrganisationView, get_organisation_by_slug
from elearn.policies.importing import clause_fingerprint
from elearn.policies.service import list_clauses, list_publications, list_versions
from elearn.scenarios.checking import check_content, obstacles
from elearn.scenarios.loader import load_content
from elearn.scenarios.policy_content import PolicyContent
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
    """Store the content of a policy for an organisation, checked as on the pages, against its imported text too.

    Raises InvalidInput with every problem and error, each with file and line; then nothing is stored.
    """
    content = load_content(folder or data_folder("scenarios"), [policy])
    text = _text_meant(trust, content.policies[policy])
    found = obstacles(check_content(content, {policy: text} if text else None))
    if found:
        told = [f"{error.file}:{error.line}: {error.sentence}. {error.mend}" for error in found]
        raise InvalidInput(
            [*told, f"Nothing was loaded: {len(found)} {'error' if len(found) == 1 else 'errors'}"]
        )
    return load_bundle(trust.id, content, policy, at=at)


def _text_meant(trust: OrganisationView, policy: PolicyContent) -> Mapping[str, str]:
    """The imported text that the content fits best, the newest of those that fit alike; none without a text."""
    texts = [{clause.ref: clause.text for clause in list_clauses(v.id)} for v in list_versions(trust.id)]

    def fitting(text: Mapping[str, str]) -> int:
        return sum(
            clause.ref in text and clause_fingerprint(text[clause.ref]) == clause.fingerprint
            for clause in policy.clauses
        )

    return max(texts, key=fitting, default={})


def what_is_missing(trust: OrganisationView) -> list[str]:
    """What an organisation still lacks before people can sign, a sentence each with the command that helps."""
    missing = []
    if find_latest_bundle(trust.id) is None:
        missing.append(f"No content yet: elearn content load --organisation {trust.slug} --policy SLUG")
    if not list_versions(trust.id):
        missing.append(f"No policy text yet: elearn policy import FILE --organisation {trust.slug}")
    if not list_publications(trust.id):
        missing.append(
            f"No version in force yet: elearn policy publish --organisation {trust.slug} --by PERSON"
        )
    return missing
