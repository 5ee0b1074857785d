"""What a new text of the policy means for content that is kept in files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elearn.config import data_folder
from elearn.drafts.carrying import ClauseChange, Comparison, Worded
from elearn.drafts.renumbering import CitedAt, Outcome, citations, compare_content, renumbered
from elearn.errors import InvalidInput
from elearn.people.organisations import OrganisationView
from elearn.policies.importing import clause_fingerprint
from elearn.policies.service import VersionView, list_clauses, list_versions
from elearn.scenarios.content import Bundle, Content
from elearn.scenarios.loader import load_content
from elearn.scenarios.service import find_latest_bundle


@dataclass(frozen=True, slots=True)
class FileChanges:
    """A policy's files beside the text that was imported last."""

    version: VersionView
    content: Content
    slug: str
    comparison: Comparison
    cited: tuple[CitedAt, ...]

    def place(self, cited: CitedAt) -> str:
        """File and line of a citation."""
        found = self.content.place(cited.path)
        return f"policies/{self.slug}/{Path(found.file).name}:{found.line}"

    def number(self, outcome: Outcome) -> int:
        """How many citations came out so."""
        return sum(cited.outcome is outcome for cited in self.cited)

    @property
    def renumbered(self) -> Bundle:
        """The files' content with the new numbers."""
        bundle = self.content.bundle(self.slug)
        return bundle.model_copy(update={"policy": renumbered(bundle.policy, self.comparison)})


def changes_of_files(trust: OrganisationView, folder: Path | None) -> FileChanges:
    """The files of the policy whose content an organisation loaded last, beside its last text. Raises InvalidInput."""
    bundle = find_latest_bundle(trust.id)
    if bundle is None:
        raise InvalidInput(
            f"Nothing has been decided for an earlier text of {trust.name}, and no content is loaded"
        )
    folder = folder or data_folder("scenarios")
    if not (folder / "policies" / bundle.slug).is_dir():
        raise InvalidInput(
            f"{folder} has no files for policy {bundle.slug}: "
            f"elearn content export --organisation {trust.slug} --to FOLDER, then --folder FOLDER"
        )
    content = load_content(folder, [bundle.slug])
    version, *earlier = list_versions(trust.id)
    known = {clause_fingerprint(c.text): c.text for before in earlier for c in list_clauses(before.id)}
    now = {c.ref: Worded(clause_fingerprint(c.text), c.text) for c in list_clauses(version.id)}
    policy = content.policies[bundle.slug]
    comparison = compare_content(policy, now, known)
    return FileChanges(version, content, bundle.slug, comparison, tuple(citations(policy, comparison)))


def files_told(found: FileChanges) -> dict[str, Any]:
    """What became of every citation, ready for JSON."""
    comparison = found.comparison
    kinds = {"changed": comparison.changed, "gone": comparison.gone, "new": comparison.added}
    return {
        "version": found.version.version,
        "policy": found.slug,
        "unchanged": len(comparison.kept),
        "renumbered": comparison.renumbered,
        "citations": [
            {"at": found.place(cited), "ref": cited.ref, "now": cited.now, "outcome": cited.outcome.value}
            for cited in found.cited
        ],
    } | {kind: [_change(change) for change in changes] for kind, changes in kinds.items()}


def _change(change: ClauseChange) -> dict[str, str]:
    return {"ref": change.ref, "before": change.before, "after": change.after}


def files_lines(found: FileChanges) -> Iterator[str]:
    """The same in lines: every citation that does not simply stand, then the clauses that are new."""
    comparison = found.comparison
    yield (
        f"Files of policy {found.slug} against version {found.version.version}: {len(comparison.kept)} clauses as "
        f"before, {len(comparison.renumbered)} of them under another number"
    )
    for cited in found.cited:
        if cited.outcome is not Outcome.STANDS:
            yield f"{found.place(cited)}: clause {cited.ref} {_WORDS[cited.outcome].format(cited.now)}"
    for change in comparison.added:
        yield f"New: clause {change.ref}: {change.after}"
    yield ", ".join(f"{found.number(outcome)} {words}" for outcome, words in _COUNTED.items())


_WORDS = {
    Outcome.MOVED: "is now {}",
    Outcome.CHANGED: "reads differently: read it again",
    Outcome.LOST: "is gone",
}
_COUNTED = {
    Outcome.STANDS: "citations stand",
    Outcome.MOVED: "moved",
    Outcome.CHANGED: "rest on a clause that changed",
    Outcome.LOST: "on one that is gone",
}
