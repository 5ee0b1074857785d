"""Clauses of a policy that clash or are flagged, and which decisions on them the trust itself has still to confirm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from elearn.scenarios.content import Position
from elearn.scenarios.flags import stances_by_case
from elearn.scenarios.policy_content import PolicyContent


@dataclass(frozen=True, slots=True)
class Clash:
    """A decision on clauses that clash or are flagged: what is taught, on which clauses, against which, and why.

    `cases` are the situations it is for, in words; none where the question has no cases. `flags` are the texts of the
    flags that it is taken in spite of.
    """

    position: str
    question: str
    cases: tuple[str, ...]
    answer: str
    clauses: tuple[str, ...]
    against: tuple[str, ...]
    why: str
    on: str
    flags: tuple[str, ...] = ()


def clashes_to_confirm(policy: PolicyContent, positions: Mapping[str, Position]) -> list[Clash]:
    """The decisions that whoever wrote the content has taken for now, in the order of the catalogue."""
    found = []
    for name, position in positions.items():
        stances = policy.positions.get(name)
        for stance, cases in stances_by_case(position, stances) if stances else ():
            resolved = stance.resolved
            if resolved is None or resolved.is_confirmed:
                continue
            found.append(
                Clash(
                    name,
                    position.question,
                    tuple(position.cases[case] for case in cases if case is not None),
                    stance.answer,
                    tuple(dict.fromkeys(citation.ref for citation in stance.clauses)),
                    stance.but,
                    resolved.why,
                    resolved.on,
                    tuple(flag.text for flag in policy.policy.flags if flag.id in stance.despite),
                )
            )
    return found
