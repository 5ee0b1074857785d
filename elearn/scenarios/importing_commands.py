"""`elearn policy import`: read a document into clauses, with force and topics proposed, and store it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from elearn import clock
from elearn.config import data_folder
from elearn.errors import InvalidInput
from elearn.people.organisations import get_organisation_by_slug
from elearn.policies import service
from elearn.policies.importing import MAX_BYTES, ImportedPolicy, read_policy
from elearn.policies.rules import review_is_overdue
from elearn.scenarios.loader import ContentProblems, load_catalogue
from elearn.scenarios.proposing import imported_to_json, propose_all_topics
from elearn.terminal import needs_database

UNREADABLE = 2
_LEFT_OUT_SHOWN = 12


@click.group("policy")
def policy() -> None:
    """Import policy documents and publish their versions."""


@policy.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--organisation", metavar="SLUG", help="Whose policy it is.")
@click.option(
    "--version", "version", metavar="V", help="The version's name, where the document does not give it."
)
@click.option("--published-on", metavar="DATE", help="The day it was published (2026-09-01).")
@click.option("--dry-run", is_flag=True, help="Only read the file and show what would be imported.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a summary.")
def import_policy(
    file: Path,
    organisation: str | None,
    version: str | None,
    published_on: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Read FILE (.docx, .pdf, .txt or .md) into clauses and store it as a version.

    Force and topics of each clause are proposed from its words, for the author to confirm. Exits with 2 where
    the file cannot be read; then nothing is stored. A path that begins with scenarios/ and is not here is looked for
    among the content that comes with the program.

    Example: elearn policy import policy.docx --organisation fernhill --version 2.1
    """
    try:
        file = _found(file)
        read = read_policy(_read_bytes(file), file.name)
    except InvalidInput as error:
        click.echo(f"Cannot read the policy. {error}", err=True)
        raise SystemExit(UNREADABLE) from error
    if not dry_run and organisation is None:
        raise click.UsageError("Give --organisation SLUG, or --dry-run to only look.")
    stored = [] if dry_run else _store(file, str(organisation), version, published_on)
    topics = _topics(read)
    if as_json:
        click.echo(json.dumps(imported_to_json(read, topics), ensure_ascii=False, indent=2))
        return
    click.echo(summary(read, topics))
    for sentence in stored:
        click.echo(sentence)


def _found(file: Path) -> Path:
    """The file meant: as it is named or, where there is none, in the content that comes with the program."""
    if file.exists() or file.is_absolute() or file.parts[:1] != ("scenarios",):
        return file
    own = data_folder("scenarios").joinpath(*file.parts[1:])
    return own if own.is_file() else file


def _topics(read: ImportedPolicy) -> dict[str, tuple[str, ...]]:
    """The topics proposed for each clause, none where the catalogue cannot be read."""
    try:
        catalogue = load_catalogue(data_folder("scenarios"))
    except ContentProblems as error:
        click.echo(
            f"No topics are proposed, since the catalogue cannot be read: {error.problems[0]}", err=True
        )
        return {}
    return propose_all_topics(read.clauses, catalogue.topics)


@needs_database
def _store(file: Path, organisation: str, version: str | None, published_on: str | None) -> list[str]:
    """Store the document as a version; what to say about it."""
    trust = get_organisation_by_slug(organisation)
    outcome = service.import_policy(
        trust.id, _read_bytes(file), file.name, version=version, dated=published_on, at=clock.now()
    )
    stored = outcome.version
    if not outcome.added:
        return [f"This file is version {stored.version} of {trust.name} already; nothing changed"]
    said = [f"Imported as version {stored.version} of {trust.name}"]
    if review_is_overdue(stored.review_due, clock.today()):
        said.append(f"This policy is past its own review date, {clock.spoken_date(stored.review_due)}")
    return said


def _read_bytes(file: Path) -> bytes:
    """At most one byte more than is allowed, so that a huge file is refused without being read."""
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"{file.name}: {error.strerror or 'cannot be opened'}") from error


def summary(read: ImportedPolicy, topics: Mapping[str, Sequence[str]]) -> str:
    """What was read, for a person: counts, dates, warnings and the first lines left out."""
    forces = Counter(clause.force for clause in read.clauses)
    likeliest = Counter(names[0] for names in topics.values() if names)
    rows = [
        f"{read.title}, {read.organisation or 'organisation not found'}",
        f"Version: {read.version or 'not given'}",
        f"{len(read.clauses)} clauses, {len(read.headings)} headings, {len(read.left_out)} lines left out",
        "Force (proposed): " + ", ".join(f"{count} {force}" for force, count in forces.most_common()),
        "Topics (proposed): "
        + (", ".join(f"{count} {name}" for name, count in likeliest.most_common()) or "none"),
        *(f"{date.label}: {date.on or 'unknown'} ({date.role}, line {date.line})" for date in read.dates),
        *(f"Warning: {warning}" for warning in read.warnings),
    ]
    rows += [
        f"Left out, line {row.line} ({row.why}): {row.text[:70]}" for row in read.left_out[:_LEFT_OUT_SHOWN]
    ]
    if len(read.left_out) > _LEFT_OUT_SHOWN:
        rows.append(f"… and {len(read.left_out) - _LEFT_OUT_SHOWN} more lines left out; --json lists all")
    return "\n".join(rows)
