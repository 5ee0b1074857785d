"""Clauses of a policy that clash, and which of the decisions between them the trust itself has still to confirm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from elearn.scenarios.content import Position
from elearn.scenarios.policy_content import PolicyContent, Stance, Stances


@dataclass(frozen=True, slots=True)
class Clash:
    """A decision between clauses that clash: what is taught, on which clauses, against which, why and since when.

    `cases` are the situations it is for, in words; none where the question has no cases.
    """

    position: str
    question: str
    cases: tuple[str, ...]
    answer: str
    clauses: tuple[str, ...]
    against: tuple[str, ...]
    why: str
    on: str


def clashes_to_confirm(policy: PolicyContent, positions: Mapping[str, Position]) -> list[Clash]:
    """The decisions that whoever wrote the content has taken for now, in the order of the catalogue."""
    found = []
    for name, position in positions.items():
        stances = policy.positions.get(name)
        for stance, cases in _told(position, stances) if stances else ():
            resolved = stance.resolved
            if resolved is None or resolved.is_confirmed:
                continue
            found.append(
                Clash(
                    name,
                    position.question,
                    tuple(position.cases[case] for case in cases if position.cases),
                    stance.answer,
                    tuple(dict.fromkeys(citation.ref for citation in stance.clauses)),
                    stance.but,
                    resolved.why,
                    resolved.on,
                )
            )
    return found


def _told(position: Position, stances: Stances) -> list[tuple[Stance, list[str]]]:
    """Each stance with the cases that it is for."""
    if not position.cases:
        return [(stances.default, [])] if stances.default else []
    excepted = {case for exception in stances.exceptions for case in exception.cases}
    found: list[tuple[Stance, list[str]]] = []
    if stances.default:
        found.append((stances.default, [case for case in position.cases if case not in excepted]))
    return found + [
        (exception, [case for case in exception.cases if case in position.cases])
        for exception in stances.exceptions
    ]
