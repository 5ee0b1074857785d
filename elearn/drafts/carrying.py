"""Decisions about one text carried over to the next: what stands, what is asked again, and why. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from elearn.drafts.passages import SourceClause
from elearn.drafts.proposing import Proposal
from elearn.policies.importing import clause_fingerprint
from elearn.scenarios.vocabulary import NonAnswer

_SILENT = NonAnswer.SILENT.value


@dataclass(frozen=True, slots=True)
class ClauseChange:
    """One clause that differs: its wording before and after; "" where it was not, or is no more."""

    ref: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """How one text differs from the next. `kept` maps each clause whose wording stands to its new reference."""

    kept: Mapping[str, str]
    changed: tuple[ClauseChange, ...]
    gone: tuple[ClauseChange, ...]
    added: tuple[ClauseChange, ...]

    @property
    def renumbered(self) -> dict[str, str]:
        """Clauses that say the same under another number."""
        return {old: new for old, new in self.kept.items() if old != new}


@dataclass(frozen=True, slots=True)
class Worded:
    """What is known of a clause: the fingerprint of its wording, and the wording or a summary."""

    fingerprint: str
    text: str


def compare(before: Sequence[SourceClause], after: Sequence[SourceClause]) -> Comparison:
    """The differences between two texts."""
    return compare_worded(worded(before), worded(after))


def worded(clauses: Sequence[SourceClause]) -> dict[str, Worded]:
    """The wording of each clause by its reference."""
    return {clause.ref: Worded(clause_fingerprint(clause.text), clause.text) for clause in clauses}


def compare_worded(old: Mapping[str, Worded], new: Mapping[str, Worded]) -> Comparison:
    """The differences by fingerprint: a clause found once under another number is that clause."""
    kept = {ref: ref for ref in old if ref in new and new[ref].fingerprint == old[ref].fingerprint}
    free = {ref: new[ref].fingerprint for ref in new if ref not in kept.values()}
    times = Counter(free.values())
    times_old = Counter(old[ref].fingerprint for ref in old if ref not in kept)
    by_print = {found: ref for ref, found in free.items() if times[found] == 1}
    for ref, clause in old.items():
        found = by_print.get(clause.fingerprint)
        if ref not in kept and found is not None and times_old[clause.fingerprint] == 1:
            kept[ref] = found
    taken = set(kept.values())
    changed = tuple(
        ClauseChange(ref, old[ref].text, new[ref].text)
        for ref in old
        if ref not in kept and ref in new and ref not in taken
    )
    differs = {change.ref for change in changed}
    gone = tuple(
        ClauseChange(ref, old[ref].text, "") for ref in old if ref not in kept and ref not in differs
    )
    added = tuple(
        ClauseChange(ref, "", new[ref].text) for ref in new if ref not in taken and ref not in differs
    )
    return Comparison(kept, changed, gone, added)


@dataclass(frozen=True, slots=True)
class Carried:
    """What is decided already for a text by what was decided for the one before.

    `asked_again` has, for what is not, the clauses that are the reason: changed, gone, or new and close to it.
    `earlier` has what was decided, with the new references, to begin from.
    """

    values: Mapping[str, Any]
    asked_again: Mapping[str, tuple[str, ...]]
    earlier: Mapping[str, Any]


def carry(
    values: Mapping[str, Any],
    comparison: Comparison,
    proposals: Mapping[str, Proposal],
    *,
    position: str,
    covers: str,
    split: str,
) -> Carried:
    """Decisions that rest only on clauses that stand, with the new references.

    An answer is asked again where a clause of it changed or is gone, and where the answer proposed now rests on a
    clause that is new or changed: so silence does not stand where the new text speaks. `position`, `covers` and
    `split` are what those decisions are about.
    """
    fresh = {change.ref for change in (*comparison.changed, *comparison.added)}
    stands: dict[str, Any] = {}
    again: dict[str, tuple[str, ...]] = {}
    earlier: dict[str, Any] = {}
    for about, value in values.items():
        if not about.startswith((position, covers, split)):
            stands[about] = value
            continue
        refs = _refs(value) if about != covers else _refs_of_covers(value)
        lost = [ref for ref in refs if ref not in comparison.kept]
        proposal = proposals.get(about.removeprefix(position))
        if about.startswith(position) and proposal is not None:
            lost += [ref for ref in _refs(_plain(proposal)) if ref in fresh and ref not in lost]
        moved = _moved(value, comparison)
        if lost:
            again[about], earlier[about] = tuple(lost), moved
        else:
            stands[about] = moved
    return Carried(stands, again, earlier)


def _plain(proposal: Proposal) -> Any:
    return proposal.stances.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _refs(value: Any) -> list[str]:
    """Every clause that a stored value names, once."""
    if isinstance(value, Mapping):
        own = [value["ref"]] if isinstance(value.get("ref"), str) else []
        own += [ref for ref in value.get("but", ()) if isinstance(ref, str)]
        found = own + [ref for item in value.values() for ref in _refs(item)]
    elif isinstance(value, list | tuple):
        found = [ref for item in value for ref in _refs(item)]
    else:
        found = []
    return list(dict.fromkeys(found))


def _refs_of_covers(value: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(ref for told in value.values() if told != _SILENT for ref in told))


def _moved(value: Any, comparison: Comparison) -> Any:
    """The same with the new numbers of clauses that say the same under another one."""
    renumbered = comparison.renumbered
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return {
            key: renumbered.get(item, item)
            if key == "ref" and isinstance(item, str)
            else [renumbered.get(ref, ref) for ref in item]
            if _is_refs(item)
            else _moved(item, comparison)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_moved(item, comparison) for item in value]
    return value


def _is_refs(item: Any) -> bool:
    return isinstance(item, list | tuple) and bool(item) and all(isinstance(ref, str) for ref in item)
