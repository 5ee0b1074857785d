"""`elearn content load`, which brings an organisation's content into the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import click

from elearn import clock
from elearn.config import data_folder
from elearn.errors import InvalidInput
from elearn.people.options import organisation_option, pick_policy_manager
from elearn.people.organisations import OrganisationView, get_organisation_by_slug
from elearn.people.roles import has_administrator
from elearn.people.service import PersonView, names_of
from elearn.policies.importing import clause_fingerprint
from elearn.policies.service import list_clauses, list_publications, list_versions
from elearn.scenarios.checking import check_content, obstacles
from elearn.scenarios.loader import load_content
from elearn.scenarios.policy_content import PolicyContent
from elearn.scenarios.proposals import list_acceptances
from elearn.scenarios.service import BundleView, find_latest_bundle, load_bundle, loaders_of
from elearn.terminal import PERSON_HELP, needs_database

folder_option = click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The content folder; the one that comes with the program unless given.",
)


@click.command("load", epilog=PERSON_HELP)
@organisation_option
@click.option(
    "--policy", metavar="SLUG", help="Whose content; that of the organisation's own slug unless given."
)
@folder_option
@click.option("--by", required=True, metavar="PERSON", help="Who loads it; recorded.")
@needs_database
def load_content_command(organisation: str, policy: str | None, folder: Path | None, by: str) -> None:
    """Load an organisation's content into the database, in the name of somebody who may manage its policies.

    Published courses keep their content until the next publication. Whoever loads content cannot publish it: that is a
    second person's yes.

    Example: elearn content load --organisation fernhill --policy model --by fernhill/10002
    """
    trust = get_organisation_by_slug(organisation)
    person = pick_policy_manager(trust, by, "load content")
    last = find_latest_bundle(trust.id)
    before = frozenset() if last is None else loaders_of(last.id)
    slug = policy or (trust.slug if last is None else last.slug)
    bundle = load_for(trust, slug, folder, person, at=clock.now())
    if last is None or bundle.id != last.id:
        click.echo(f"Loaded the content of policy {bundle.slug} (SHA-256 {bundle.sha256[:12]})")
        click.echo(f"Loaded by {person.name}")
    elif person.id in before:
        click.echo("This content was loaded already; nothing changed")
    else:
        click.echo(f"This content was loaded already; now it is recorded as loaded by {person.name} too")
    for sentence in what_is_missing(trust):
        click.echo(sentence)


def load_for(
    trust: OrganisationView, policy: str, folder: Path | None, person: PersonView, *, at: datetime
) -> BundleView:
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
    return load_bundle(trust.id, content, policy, loaded_by_id=person.id, at=at)


def _text_meant(trust: OrganisationView, policy: PolicyContent) -> Mapping[str, str]:
    """The imported text that the content fits best, the newest of those that fit alike; none without a text."""
    texts = [{clause.ref: clause.text for clause in list_clauses(v.id)} for v in list_versions(trust.id)]

    def fitting(text: Mapping[str, str]) -> int:
        return sum(
            clause.ref in text and clause_fingerprint(text[clause.ref]) == clause.fingerprint
            for clause in policy.clauses
        )

    return max(texts, key=fitting, default={})


def administrator_missing(trust: OrganisationView) -> list[str]:
    """That an organisation has nobody yet who could give others their roles, with the command; else nothing."""
    if has_administrator(trust.id, clock.today()):
        return []
    return [
        f"No administrator yet: elearn admin add --organisation {trust.slug} --payroll-number NUMBER --name NAME "
        "--login NAME"
    ]


def what_is_missing(trust: OrganisationView) -> list[str]:
    """What an organisation still lacks before people can sign, a sentence each with the command that helps."""
    missing, of = administrator_missing(trust), f"--organisation {trust.slug}"
    if not list_versions(trust.id):
        missing.append(f"No policy text yet: elearn policy import FILE {of}")
    bundle = find_latest_bundle(trust.id)
    if bundle is None:
        missing.append(f"No content yet: elearn content load {of} --policy SLUG --by PERSON")
    if not list_publications(trust.id):
        missing.append(
            f"No version in force yet: elearn policy publish {of} --by PERSON{_but_not_by(bundle)}"
        )
    return missing


def _but_not_by(bundle: BundleView | None) -> str:
    """Who cannot be the publisher: whoever loads the content by command."""
    if bundle is None:
        return " (somebody other than who loads the content)"
    names = [] if list_acceptances(bundle.id) else sorted(names_of(loaders_of(bundle.id)).values())
    return f" (somebody other than {' and '.join(names)})" if names else ""
