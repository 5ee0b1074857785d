"""Importing a policy's text as a version, publishing it, and reading it back exactly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, select

from elearn.db import db, transaction
from elearn.decisions import refuse
from elearn.errors import ActionRefused, InvalidInput, NotFound
from elearn.kept import Kept, asked_once
from elearn.ledger.service import record
from elearn.people.organisations import lock_organisation
from elearn.policies.importing import DateRole, ImportedPolicy, read_policy
from elearn.policies.importing.dates import read_date
from elearn.policies.models import Clause, PolicySource, PolicyVersion, Publication
from elearn.policies.rules import (
    Change,
    PublicationView,
    accepted_versions,
    publication_in_force,
    sha256_hex,
    text_sha256,
)
from elearn.prepared import Prepared


@dataclass(frozen=True, slots=True)
class ClauseView:
    """One clause of one version, as printed; `parent` is the clause that leads into it, or empty."""

    ref: str
    heading: str
    text: str
    force: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class VersionView:
    """One text of a policy. `dated` and `review_due` have day or month precision, or are empty."""

    id: UUID
    organisation_id: UUID
    title: str
    version: str
    dated: str
    review_due: str
    source_sha256: str
    text_sha256: str
    imported_at: datetime

    @property
    def number(self) -> str:
        """The version as it is said after that word: "V1.0" is 1.0. Empty where only the date tells the text."""
        return "" if self.version == self.dated else re.sub(r"^[vV](?=\d)", "", self.version)


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What an import did: `added` is False where the same file had been imported before."""

    version: VersionView
    policy: ImportedPolicy
    added: bool


def import_policy(
    organisation_id: UUID,
    data: bytes,
    filename: str,
    *,
    version: str | None = None,
    dated: str | None = None,
    at: datetime,
) -> ImportOutcome:
    """Import a policy file as a version of this organisation's policy. The same file again changes nothing.

    `dated` (31 January 2024, January 2024, 2024-01-31 or 2024-01) stands in for a date the file does not give.
    Raises InvalidInput, naming line or field, where the file cannot be read; then nothing is stored.
    """
    policy = read_policy(data, filename)
    digest = sha256_hex(data)
    dated = _given_date(dated)
    with transaction() as session:
        known = session.scalar(
            select(PolicyVersion).where(
                PolicyVersion.organisation_id == organisation_id, PolicyVersion.source_sha256 == digest
            )
        )
        if known is not None:
            return ImportOutcome(_version(known), policy, added=False)
        row = PolicyVersion(
            organisation_id=organisation_id,
            recorded_at=at,
            title=policy.title[:200],
            version=(version or policy.version or date_of(policy, _DATED) or "1")[:60],
            source_name=filename[:200],
            source_sha256=digest,
            text_sha256="",
            dated=dated or date_of(policy, _DATED),
            review_due=date_of(policy, (DateRole.REVIEW_DUE,)),
        )
        row.text_sha256 = text_sha256(
            row.title, row.version, ((c.ref, c.heading or "", c.text) for c in policy.clauses)
        )
        session.add(row)
        session.flush()
        _store_text(row, policy, data)
        record(row)
        return ImportOutcome(_version(row), policy, added=True)


_DATED = (
    DateRole.APPROVED,
    DateRole.RATIFIED,
    DateRole.EFFECTIVE,
    DateRole.PUBLISHED,
    DateRole.VERSION,
    DateRole.DATED,
    DateRole.LAST_REVIEWED,
    DateRole.WRITTEN,
)


def date_of(policy: ImportedPolicy, roles: Sequence[DateRole]) -> str:
    """The document's own date for the first of these roles that it gives, or nothing."""
    for role in roles:
        found = [entry.on for entry in policy.dates if entry.role is role and entry.on]
        if found:
            return max(found)
    return ""


def publish(
    version_id: UUID,
    *,
    organisation_id: UUID,
    in_force_from: date,
    change: Change,
    note: str = "",
    published_by_id: UUID | None = None,
    at: datetime,
) -> PublicationView:
    """Put a version in force from a day. Raises NotFound; ActionRefused where it is in force already."""
    with transaction():
        lock_organisation(organisation_id, exclusive=True)
        get_version(version_id, organisation_id=organisation_id)
        current = publication_in_force(list_publications(organisation_id), in_force_from)
        if current is not None and current.version_id == version_id:
            raise ActionRefused(refuse("already_in_force", "This version is in force already"))
        row = record(
            Publication(
                organisation_id=organisation_id,
                recorded_at=at,
                version_id=version_id,
                in_force_from=in_force_from,
                change=change.value,
                note=note[:500],
                published_by_id=published_by_id,
            )
        )
        return publication_view(row)


_columns = Publication.__table__.c
PUBLICATIONS = Prepared(
    select(
        _columns.id,
        _columns.version_id,
        _columns.in_force_from,
        _columns.change,
        _columns.note,
        _columns.recorded_at,
    )
    .where(_columns.organisation_id == bindparam("organisation_id"))
    .order_by(_columns.in_force_from, _columns.recorded_at)
)


@asked_once
def list_publications(organisation_id: UUID) -> Sequence[PublicationView]:
    """Every publication of an organisation's policy, oldest first."""
    return tuple(publication_view(row) for row in PUBLICATIONS.all(organisation_id=organisation_id))


def version_in_force(organisation_id: UUID, day: date) -> VersionView | None:
    """The policy text in force on a day, or None where nothing has been published by then."""
    publication = publication_in_force(list_publications(organisation_id), day)
    return (
        None if publication is None else get_version(publication.version_id, organisation_id=organisation_id)
    )


def accepted_for_signature(organisation_id: UUID, day: date) -> frozenset[UUID]:
    """The versions under which a signature counts on a day."""
    return accepted_versions(list_publications(organisation_id), day)


def accepted_for_training(organisation_id: UUID, day: date) -> frozenset[UUID]:
    """The versions on which training counts on a day."""
    changes = (Change.EDITORIAL, Change.MATERIAL)
    return accepted_versions(list_publications(organisation_id), day, changes=changes)


_versions: Kept[UUID, VersionView] = Kept(500)


def get_version(version_id: UUID, *, organisation_id: UUID) -> VersionView:
    """One version of this organisation's policy. Raises NotFound."""

    def read() -> VersionView:
        row = db.session.get(PolicyVersion, version_id)
        if row is None:
            raise NotFound("no such policy version")
        return _version(row)

    version = _versions.get(version_id, read)
    if version.organisation_id != organisation_id:
        raise NotFound("no such policy version")
    return version


def list_versions(organisation_id: UUID) -> list[VersionView]:
    """Every imported version, the latest import first."""
    query = (
        select(PolicyVersion)
        .where(PolicyVersion.organisation_id == organisation_id)
        .order_by(PolicyVersion.recorded_at.desc())
    )
    return [_version(row) for row in db.session.scalars(query)]


_clauses: Kept[UUID, dict[str, ClauseView]] = Kept(50)
"""The clauses of a version by reference, in the order of the document. The text of a long policy takes 100 kB."""


def list_clauses(version_id: UUID) -> list[ClauseView]:
    """The clauses of a version in the order of the document."""
    return list(_clauses_of(version_id).values())


def clauses_by_ref(version_id: UUID, refs: Sequence[str]) -> dict[str, ClauseView]:
    """The clauses of a version that have these references, in the document's order; others are left out."""
    wanted = frozenset(refs)
    return {ref: clause for ref, clause in _clauses_of(version_id).items() if ref in wanted}


def _clauses_of(version_id: UUID) -> dict[str, ClauseView]:
    def read() -> dict[str, ClauseView]:
        query = select(Clause).where(Clause.version_id == version_id).order_by(Clause.number)
        return {
            row.ref: ClauseView(row.ref, row.heading, row.text, row.force, row.parent)
            for row in db.session.scalars(query)
        }

    return _clauses.get(version_id, read)


def _given_date(text: str | None) -> str:
    if not text:
        return ""
    if re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", text) and read_date(text) != text:
        raise InvalidInput(f"date: {text} is not a day of the calendar")
    found = read_date(text)
    if found is None:
        raise InvalidInput(f"date: “{text}” is not a date such as 1 September 2026 or September 2026")
    return found


def _store_text(row: PolicyVersion, policy: ImportedPolicy, data: bytes) -> None:
    session = db.session()
    left_out = [{"line": item.line, "text": item.text, "why": item.why} for item in policy.left_out]
    session.add(
        PolicySource(version_id=row.id, organisation_id=row.organisation_id, content=data, left_out=left_out)
    )
    session.add_all(
        Clause(
            version_id=row.id,
            number=number,
            organisation_id=row.organisation_id,
            ref=clause.ref,
            parent=clause.parent or "",
            heading=clause.heading or "",
            kind=clause.kind.value,
            text=clause.text,
            force=clause.force.value,
            line_start=clause.line_start,
            line_end=clause.line_end,
        )
        for number, clause in enumerate(policy.clauses, start=1)
    )
    session.flush()


def _version(row: PolicyVersion) -> VersionView:
    return VersionView(
        row.id,
        row.organisation_id,
        row.title,
        row.version,
        row.dated,
        row.review_due,
        row.source_sha256,
        row.text_sha256,
        row.recorded_at,
    )


def publication_view(row: Publication | Row[*tuple[Any, ...]]) -> PublicationView:
    """A row of `PUBLICATIONS`."""
    return PublicationView(
        row.id, row.version_id, row.in_force_from, Change(row.change), row.note, row.recorded_at
    )
