"""What is noted as wrong with a policy's text, and which answers it bears on. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from elearn.scenarios.content import Position
from elearn.scenarios.policy_content import Flag, Stance, Stances


def told(position: str, case: str | None) -> str:
    """A position in a case as flags name it: `position[case]`, or `position` where it has no cases."""
    return f"{position}[{case}]" if case else position


def named(name: str) -> tuple[str, str]:
    """Position and case, which is empty where it has none, of what `told` says."""
    position, _, case = name.removesuffix("]").partition("[")
    return position, case


def resting(flag: Flag, stance: Stance) -> list[str]:
    """The clauses of a flag that a stance cites: only those parts of a clause that the flag is about count."""
    parts = {
        piece.ref: {other.part for other in flag.parts if other.ref == piece.ref} for piece in flag.parts
    }
    refs = [
        citation.ref
        for citation in stance.clauses
        if citation.ref in flag.refs
        and (citation.part is None or citation.part in parts.get(citation.ref, {citation.part}))
    ]
    return list(dict.fromkeys(refs))


def is_open(flag: Flag, position: str, case: str | None) -> bool:
    """Whether a flag says that the policy leaves a position open in a case."""
    return bool({position, told(position, case)} & set(flag.open))


def why_apart(flag: Flag, position: str, case: str | None) -> str:
    """Why a flag does not bear on a position in a case, although that rests on its clauses; empty where it may."""
    names = {position, told(position, case)}
    return next((apart.why for apart in flag.apart if names & set(apart.positions)), "")


def stances_by_case(position: Position, stances: Stances) -> list[tuple[Stance, list[str | None]]]:
    """Each stance on a position with the cases that it is for; [None] where the position has no cases."""
    excepted = {case for exception in stances.exceptions for case in exception.cases}
    left: list[str | None] = [case for case in position.cases if case not in excepted]
    found: list[tuple[Stance, list[str | None]]] = []
    if stances.default is not None:
        found.append((stances.default, left if position.cases else [None]))
    if position.cases:
        for exception in stances.exceptions:
            found.append((exception, [case for case in exception.cases if case in position.cases]))
    return found


def questions(names: Sequence[str], positions: Sequence[Position]) -> list[str]:
    """The questions, with the case in words, that a flag's `open` or `apart` names."""
    found = []
    for name in names:
        base, case = named(name)
        for position in positions:
            if position.id == base:
                words = position.cases.get(case, "")
                found.append(f"{position.question} ({words})" if words else position.question)
    return found
