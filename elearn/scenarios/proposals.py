"""A changed file of an organisation's policy: checked, proposed by one person, accepted by another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from elearn.db import canonical_json, db, transaction
from elearn.decisions import refuse
from elearn.errors import ActionRefused, InvalidInput, NotFound
from elearn.kept import Kept
from elearn.ledger.service import record
from elearn.people.organisations import lock_organisation
from elearn.scenarios.bundles import bundle_sha256, bundle_to_json, content_from_json
from elearn.scenarios.changes import CellChange, ValueChange, cell_changes, value_changes
from elearn.scenarios.checking import check_content
from elearn.scenarios.content import Bundle, Content, Path, Place
from elearn.scenarios.findings import Finding
from elearn.scenarios.loader import POLICY_FILES, read_policy_file
from elearn.scenarios.models import ContentAcceptance, ContentProposal
from elearn.scenarios.rules import CompiledBundle, cells
from elearn.scenarios.service import BundleView, find_latest_bundle, get_bundle, load_bundle


@dataclass(frozen=True, slots=True)
class Change:
    """What one file changes: values of the file, and situations as staff meet them. Nothing is stored by it."""

    file: str
    bundle: Bundle
    values: tuple[ValueChange, ...]
    cells: tuple[CellChange, ...]


@dataclass(frozen=True, slots=True)
class AcceptanceView:
    """Who proposed a bundle, and whose yes loaded it when."""

    proposed_by_id: UUID
    accepted_by_id: UUID
    accepted_at: datetime


WHOLE = "whole"
"""The `file` of a proposal that is a whole content."""

_changes: Kept[UUID, Change] = Kept(10)


@dataclass(frozen=True, slots=True)
class ProposalView:
    """One proposal. `base_id` is None for an organisation's first content; `accepted_by_id` and `accepted_at` are None
    while nobody has said yes."""

    id: UUID
    organisation_id: UUID
    base_id: UUID | None
    file: str
    note: str
    cells: int
    proposed_by_id: UUID
    proposed_at: datetime
    accepted_by_id: UUID | None
    accepted_at: datetime | None


def read_change(base: BundleView, file: str, data: bytes) -> Change:
    """What this file in place of the loaded one would change.

    Raises InvalidInput, each problem with its line, where it has not the shape of such a file, brings an error
    that the loaded content does not have, or changes nothing.
    """
    if file not in POLICY_FILES:
        raise InvalidInput("file: choose which file it is")
    value, places = read_policy_file(file, _text(data), base.slug)
    before = get_bundle(base.id)
    policy = before.bundle.policy.model_copy(update={file: value})
    if policy.policy.slug != base.slug:
        raise InvalidInput(
            f"policy.yaml: the slug is {policy.policy.slug}, and that of your content {base.slug}"
        )
    bundle = before.bundle.model_copy(update={"policy": policy})
    problems = _new_errors(base.slug, before.bundle, bundle, places)
    if problems:
        raise InvalidInput(problems)
    if bundle_sha256(bundle_to_json(bundle)) == base.sha256:
        raise InvalidInput("file: it says the same as the content that is loaded")
    return _change(file, before, bundle)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput("file: this is not UTF-8 text") from None


def _new_errors(slug: str, before: Bundle, after: Bundle, places: Mapping[Path, Place]) -> list[str]:
    known = {(found.code, found.at, found.sentence) for found in _errors(slug, before, {})}
    return [
        f"{found.file}:{found.line}: {found.sentence}. {found.mend}"
        for found in _errors(slug, after, places)
        if (found.code, found.at, found.sentence) not in known
    ]


def _errors(slug: str, bundle: Bundle, places: Mapping[Path, Place]) -> tuple[Finding, ...]:
    content = Content(bundle.catalogue, bundle.bank, {slug: bundle.policy}, places=places, is_whole=False)
    return check_content(content).errors


def _change(file: str, before: CompiledBundle | None, after: Bundle) -> Change:
    compared = "positions" if file == WHOLE else file
    return Change(
        file,
        after,
        tuple(value_changes(before.bundle, after, compared)) if before else (),
        tuple(cell_changes(cells(before) if before else [], cells(CompiledBundle(after)), after.bank)),
    )


def propose_change(
    base: BundleView, file: str, data: bytes, *, note: str, proposed_by_id: UUID, at: datetime
) -> ProposalView:
    """Store a change for somebody else to accept. Raises as `read_change` does."""
    change = read_change(base, file, data)
    return _propose(base.organisation_id, base, change, note=note, proposed_by_id=proposed_by_id, at=at)


def propose_content(
    organisation_id: UUID,
    base: BundleView | None,
    bundle: Bundle,
    *,
    note: str,
    proposed_by_id: UUID,
    at: datetime,
) -> ProposalView:
    """Store a whole content for somebody else to accept, in place of what is loaded, if anything is.

    Raises InvalidInput where the same is loaded already.
    """
    if base is not None and bundle_sha256(bundle_to_json(bundle)) == base.sha256:
        raise InvalidInput("This says the same as the content that is loaded")
    change = _change(WHOLE, None if base is None else get_bundle(base.id), bundle)
    return _propose(organisation_id, base, change, note=note, proposed_by_id=proposed_by_id, at=at)


def _propose(
    organisation_id: UUID,
    base: BundleView | None,
    change: Change,
    *,
    note: str,
    proposed_by_id: UUID,
    at: datetime,
) -> ProposalView:
    body = bundle_to_json(change.bundle)
    with transaction():
        row = record(
            ContentProposal(
                organisation_id=organisation_id,
                recorded_at=at,
                base_id=None if base is None else base.id,
                file=change.file,
                sha256=bundle_sha256(body),
                body=canonical_json(body),
                cells=[[cell.scenario, cell.variant] for cell in change.cells],
                note=note.strip(),
                proposed_by_id=proposed_by_id,
            )
        )
        return _view(row, None)


def list_proposals(organisation_id: UUID) -> list[ProposalView]:
    """Every proposal of an organisation, the latest first."""
    found = db.session.execute(
        select(ContentProposal, ContentAcceptance)
        .outerjoin(ContentAcceptance, ContentAcceptance.proposal_id == ContentProposal.id)
        .where(ContentProposal.organisation_id == organisation_id)
        .order_by(ContentProposal.recorded_at.desc())
    )
    return [_view(proposal, acceptance) for proposal, acceptance in found]


def get_proposal(proposal_id: UUID, *, organisation_id: UUID) -> ProposalView:
    """One proposal. Raises NotFound, also for another organisation's."""
    row = _row(proposal_id, organisation_id)
    acceptance = db.session.scalar(
        select(ContentAcceptance).where(ContentAcceptance.proposal_id == proposal_id)
    )
    return _view(row, acceptance)


def change_of(proposal: ProposalView) -> Change:
    """What a proposal changes against the content that it was written for."""

    def read() -> Change:
        row = _row(proposal.id, proposal.organisation_id)
        before = None if row.base_id is None else get_bundle(row.base_id)
        return _change(row.file, before, content_from_json(json.loads(row.body)))

    return _changes.get(proposal.id, read)


def accept_proposal(
    proposal_id: UUID, *, organisation_id: UUID, accepted_by_id: UUID, at: datetime
) -> BundleView:
    """Load the content of a proposal on a second person's yes.

    Raises NotFound; ActionRefused for the proposer themselves, where it was accepted before, or where other
    content has been loaded since.
    """
    with transaction():
        # Of two proposals for the same content, the second one waits here and is then out of date.
        lock_organisation(organisation_id, exclusive=True)
        proposal = get_proposal(proposal_id, organisation_id=organisation_id)
        _may_accept(proposal, accepted_by_id)
        bundle = content_from_json(json.loads(_row(proposal_id, organisation_id).body))
        slug = bundle.policy.policy.slug
        content = Content(bundle.catalogue, bundle.bank, {slug: bundle.policy}, is_whole=False)
        loaded = load_bundle(organisation_id, content, slug, at=at)
        record(
            ContentAcceptance(
                organisation_id=organisation_id,
                recorded_at=at,
                proposal_id=proposal_id,
                bundle_id=loaded.id,
                proposed_by_id=proposal.proposed_by_id,
                accepted_by_id=accepted_by_id,
            )
        )
        return loaded


def list_acceptances(bundle_id: UUID) -> list[AcceptanceView]:
    """The proposals that a second person accepted for just this content; none where it was loaded by command only."""
    rows = db.session.execute(
        select(
            ContentAcceptance.proposed_by_id, ContentAcceptance.accepted_by_id, ContentAcceptance.recorded_at
        )
        .where(ContentAcceptance.bundle_id == bundle_id)
        .order_by(ContentAcceptance.recorded_at)
    )
    return [AcceptanceView(*row) for row in rows]


def _may_accept(proposal: ProposalView, person_id: UUID) -> None:
    if proposal.accepted_at is not None:
        raise ActionRefused(refuse("already_accepted", "This proposal has been accepted already"))
    if proposal.proposed_by_id == person_id:
        raise ActionRefused(refuse("own_proposal", "Somebody else has to say yes to what you proposed"))
    latest = find_latest_bundle(proposal.organisation_id)
    if (None if latest is None else latest.id) != proposal.base_id:
        raise ActionRefused(
            refuse("other_content", "Other content has been loaded since: propose the change again")
        )


def _row(proposal_id: UUID, organisation_id: UUID) -> ContentProposal:
    row = db.session.get(ContentProposal, proposal_id)
    if row is None or row.organisation_id != organisation_id:
        raise NotFound("no such proposal")
    return row


def _view(row: ContentProposal, acceptance: ContentAcceptance | None) -> ProposalView:
    return ProposalView(
        row.id,
        row.organisation_id,
        row.base_id,
        row.file,
        row.note,
        len(row.cells),
        row.proposed_by_id,
        row.recorded_at,
        acceptance.accepted_by_id if acceptance else None,
        acceptance.recorded_at if acceptance else None,
    )
