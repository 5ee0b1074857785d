"""Commands that begin an organisation's content from its policy's text, and write content to files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from flask import current_app

from elearn import clock
from elearn.db import transaction
from elearn.drafts.files import changes_of_files, files_lines, files_told
from elearn.drafts.service import CarriedOver, Draft, find_draft, marked_as_proposed
from elearn.errors import InvalidInput, NotFound
from elearn.ledger.service import current_keys, enter_keys
from elearn.people.options import organisation_option
from elearn.people.organisations import OrganisationView, add_organisation, get_organisation_by_slug
from elearn.policies.service import import_policy
from elearn.scenarios.loading_commands import administrator_missing, folder_option, what_is_missing
from elearn.scenarios.service import find_latest_bundle, get_bundle
from elearn.scenarios.writing import write_content
from elearn.terminal import needs_database

REMARK = (
    "Proposed from the words of the policy's text: read what has the key proposed against its clause, mend it, and "
    "take the key out. Nothing is loaded before that."
)
_to = click.option(
    "--to",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to write to; nothing in it is written over.",
)


@click.command("add")
@click.argument("slug")
@click.option("--name", required=True, help="Its full name.")
@click.option("--short-name", required=True, help="What people call it.")
@click.option(
    "--policy-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Import this file as the text of its policy, and say how to set up content from it.",
)
@click.option("--colour", default="#1d4f76", show_default=True, help="Its colour on pages.")
@click.option("--help-contact", default="the school office", show_default=True, help="Whom people can ask.")
@needs_database
def add_organisation_command(
    slug: str, name: str, short_name: str, policy_file: Path | None, colour: str, help_contact: str
) -> None:
    """Add a trust, with --policy-file together with the text of its policy, and say what comes next.

    Example: elearn organisation add fernhill --name "Fernhill Academies Trust" --short-name Fernhill

    Example: elearn organisation add hill --name "Hill Trust" --short-name Hill --policy-file policy.md
    """
    at = clock.now()
    data = None if policy_file is None else _bytes_of(policy_file)
    with transaction():
        trust = add_organisation(
            slug, name=name, short_name=short_name, colour=colour, help_contact=help_contact, at=at
        )
        enter_keys("key.created", [trust.id], current_keys(), at=at)
        if data is not None and policy_file is not None:
            import_policy(trust.id, data, policy_file.name, at=at)
    click.echo(f"Added {trust.name} as {trust.slug}")
    for sentence in what_is_missing(trust) if data is None else what_comes_next(trust):
        click.echo(sentence)


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{file.name}: {error.strerror or 'cannot be opened'}") from error


@click.command("propose")
@organisation_option
@_to
@needs_database
def propose_content_command(organisation: str, folder: Path) -> None:
    """Write what is proposed for an organisation's last imported text as files, for authors who like files.

    What was confirmed on pages is written as confirmed. The rest has the key `proposed: yes`, and is not loaded while
    the key is there: read it against its clauses, then take the key out.

    Example: elearn content propose --organisation fernhill --to ./fernhill
    """
    trust = get_organisation_by_slug(organisation)
    draft = find_draft(trust)
    if draft is None:
        raise InvalidInput(f"No policy text yet: elearn policy import FILE --organisation {trust.slug}")
    write_content(marked_as_proposed(draft), folder, remark=REMARK)
    silent = sum(draft.proposal(position.id).is_silent for position in draft.undecided)
    click.echo(f"Wrote {folder / 'policies' / trust.slug}: {len(draft.clauses)} clauses")
    click.echo(
        f"{len(draft.decided.positions)} answers confirmed, {len(draft.undecided) - silent} proposed, "
        f"{silent} proposed as silent"
    )
    click.echo("What nobody has confirmed has the key proposed, and is not loaded while it is there")
    click.echo(
        f"Read each against its clause and take the key out, then: elearn content check --folder {folder}"
    )
    click.echo(
        f"And then: elearn content load --organisation {trust.slug} --policy {trust.slug} --folder {folder} "
        "--by PERSON"
    )


@click.command("changes")
@organisation_option
@folder_option
@click.option(
    "--to",
    "target",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the content with the new numbers to this folder; nothing in it is written over.",
)
@click.option("--json", "as_json", is_flag=True, help="For a machine.")
@needs_database
def content_changes_command(
    organisation: str, folder: Path | None, target: Path | None, as_json: bool
) -> None:
    """Say what a new text of the policy changes: which answers stand, which are asked again, and why.

    For content that came from files, or with --folder: which citations stand, moved, or rest on a clause that changed
    or is gone, with file and line.

    Example: elearn content changes --organisation fernhill

    Example: elearn content changes --organisation fernhill --to ./renumbered
    """
    trust = get_organisation_by_slug(organisation)
    draft = find_draft(trust)
    if draft is None:
        raise InvalidInput(f"No policy text yet: elearn policy import FILE --organisation {trust.slug}")
    of_files = folder is not None or target is not None or draft.carried is None
    if not of_files and draft.carried is not None:
        told = _changes_told(draft, draft.carried)
        click.echo(_as_json(told) if as_json else "\n".join(_changes_lines(told)))
        return
    files = changes_of_files(trust, folder)
    click.echo(_as_json(files_told(files)) if as_json else "\n".join(files_lines(files)))
    if target is not None:
        write_content(files.renumbered, target)
        next_step = f"elearn content check --folder {target}"
        click.echo(f"Wrote {target} with the new numbers. Read it, then: {next_step}", err=as_json)


def _as_json(told: Mapping[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, indent=2)


def _changes_lines(told: Mapping[str, Any]) -> Iterator[str]:
    """What differs for content that was set up on pages, a line each."""
    yield f"Version {told['version']} against version {told['before']}: {told['unchanged']} clauses as before"
    for kind in ("changed", "gone", "new"):
        for change in told[kind]:
            yield f"{kind.capitalize()}: clause {change['ref']}"
            yield from (
                f"  {words}: {change[key]}"
                for words, key in (("before", "before"), ("now", "after"))
                if change[key]
            )
            yield from (f"  asked again: {question}" for question in change["asked_again"])
    yield f"{told['standing']} answers stand, {told['again']} are asked again"


def _changes_told(draft: Draft, carried: CarriedOver) -> dict[str, Any]:
    """What differs, ready for JSON."""
    comparison = carried.comparison
    kinds = {"changed": comparison.changed, "gone": comparison.gone, "new": comparison.added}
    return {
        "version": draft.version.version,
        "before": carried.version.version,
        "unchanged": len(comparison.kept),
        "renumbered": comparison.renumbered,
        "standing": len(carried.standing),
        "again": len(carried.decisions.asked_again),
    } | {
        kind: [
            {
                "ref": change.ref,
                "before": change.before,
                "after": change.after,
                "asked_again": [position.id for position in draft.depending_on(change.ref)],
            }
            for change in found
        ]
        for kind, found in kinds.items()
    }


@click.command("export")
@organisation_option
@_to
@needs_database
def export_content_command(organisation: str, folder: Path) -> None:
    """Write the content that an organisation has loaded last to files, as `elearn content load` reads them.

    Example: elearn content export --organisation fernhill --to ./fernhill
    """
    trust = get_organisation_by_slug(organisation)
    bundle = find_latest_bundle(trust.id)
    if bundle is None:
        raise NotFound(f"{trust.name} has no content loaded")
    written = write_content(get_bundle(bundle.id).bundle, folder)
    click.echo(f"Wrote {len(written)} files of {bundle.slug} to {folder} (SHA-256 {bundle.sha256[:12]})")


def what_comes_next(trust: OrganisationView) -> list[str]:
    """How to go on from an imported text without content, a sentence each."""
    draft = find_draft(trust)
    if draft is None:
        return []
    base = current_app.extensions["elearn_settings"].base_url
    proposals = draft.proposals.positions.values()
    found = sum(not proposal.is_silent for proposal in proposals)
    return [
        *administrator_missing(trust),
        f"{len(draft.clauses)} clauses found; they seem to answer {found} of {len(proposals)} questions",
        f"An author confirms them at {base}/content/setup",
        f"Or as files: elearn content propose --organisation {trust.slug} --to FOLDER",
    ]
