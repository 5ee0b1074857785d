"""Content in files when a new text of the policy comes in: which citations stand, moved or are lost. Pure.

A citation is any reference to a clause in the policy's files but for the rows of clauses.yaml themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from elearn.drafts.carrying import Comparison, Worded, compare_worded
from elearn.scenarios.content import Path
from elearn.scenarios.policy_content import PolicyContent
from elearn.scenarios.vocabulary import NonAnswer

_HOLD_REFS = frozenset(
    ("ref", "parent", "clauses", "but", "only", "refs", "basis", "covers", "quote_beside_signature")
)
_NO_REFS = frozenset((NonAnswer.SILENT.value, "product"))
_DUPLICATE = "duplicate_of_"
GONE = " (gone)"
"""What a reference to a clause that is no more ends in, so that it can never be taken for another clause."""


class Outcome(StrEnum):
    """What became of a citation."""

    STANDS = "stands"
    MOVED = "moved"
    CHANGED = "changed"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class CitedAt:
    """One citation: where it is written, the clause it names, and that clause's reference now ("" if lost)."""

    path: Path
    ref: str
    now: str
    outcome: Outcome


def compare_content(policy: PolicyContent, now: Mapping[str, Worded], texts: Mapping[str, str]) -> Comparison:
    """How the text that content was written for differs from a new one, by the fingerprints of clauses.yaml.

    `texts` has the wording of earlier clauses by fingerprint, where it is known; else our summary stands for it.
    """
    before = {
        clause.ref: Worded(clause.fingerprint, texts.get(clause.fingerprint) or clause.summary)
        for clause in policy.clauses
    }
    return compare_worded(before, now)


def citations(policy: PolicyContent, comparison: Comparison) -> list[CitedAt]:
    """Every citation of a policy's files with what became of it, in the order of the files."""
    changed = {change.ref for change in comparison.changed}
    found = []
    for path, ref in _refs(_data(policy), ("policy", policy.policy.slug)):
        if path[2] == "clauses":
            continue
        now = comparison.kept.get(ref, ref if ref in changed else "")
        outcome = Outcome.CHANGED if ref in changed else Outcome.MOVED
        if not now:
            outcome = Outcome.LOST
        elif ref not in changed and now == ref:
            outcome = Outcome.STANDS
        found.append(CitedAt(path, ref, now, outcome))
    return found


def renumbered(policy: PolicyContent, comparison: Comparison) -> PolicyContent:
    """The same content with the new numbers. A clause that is gone leaves clauses.yaml; what cites it says so."""
    gone = {change.ref for change in comparison.gone}

    def now(ref: str) -> str:
        return ref + GONE if ref in gone else comparison.kept.get(ref, ref)

    data = _data(policy)
    data["clauses"] = [clause for clause in data["clauses"] if clause["ref"] not in gone]
    return PolicyContent.model_validate(_mapped(data, now))


def _data(policy: PolicyContent) -> Any:
    return policy.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _refs(value: Any, path: Path, *, holds: bool = False) -> Iterator[tuple[Path, str]]:
    """Every reference to a clause, and where it stands."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _refs(item, (*path, key), holds=_holds(key, path))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _refs(item, (*path, index), holds=holds)
    elif holds and value not in _NO_REFS:
        yield path, value


def _holds(key: str, path: Path) -> bool:
    """Whether references stand under a key: by its name (an office of `names` may have it), or under `covers`."""
    return path[-1:] == ("covers",) or (key in _HOLD_REFS and path[-1:] != ("names",))


def _mapped(value: Any, now: Callable[[str], str], path: Path = (), *, holds: bool = False) -> Any:
    """The same with every reference as it is now, lists as the strict models want them."""
    if isinstance(value, Mapping):
        return {key: _mapped(item, now, (*path, key), holds=_holds(key, path)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_mapped(item, now, (*path, index), holds=holds) for index, item in enumerate(value))
    if not isinstance(value, str) or value in _NO_REFS:
        return value
    if value.startswith(_DUPLICATE):
        return _DUPLICATE + now(value.removeprefix(_DUPLICATE))
    return now(value) if holds else value
