"""Which clauses the situations of one organisation cover: duties, prohibitions and procedures first.

A clause counts as covered where a course can put a situation that covers it to somebody: else nobody is ever asked.

Recommendations are counted by themselves: what staff should do is taught too, but nobody breaks it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from elearn.scenarios.asked import Cell
from elearn.scenarios.drawable import is_drawn
from elearn.scenarios.policy_content import Clause
from elearn.scenarios.rules import CompiledBundle
from elearn.scenarios.vocabulary import ClauseForce

DUTIES = frozenset({ClauseForce.DUTY, ClauseForce.PROHIBITION, ClauseForce.PROCEDURE})
RECOMMENDATIONS = frozenset({ClauseForce.RECOMMENDATION})
# Reasons that say that no member of staff can get the clause itself right or wrong: its items say what to do, and are
# counted, or it binds the trust as a body. Every other reason leaves out something that staff could get wrong.
NOBODYS = frozenset({"heading", "for_the_organisation"})


@dataclass(frozen=True, slots=True)
class Covered:
    """One clause, or one part of a clause that has parts, and what covers it.

    `scenarios` are those that a course can put to somebody; where there is none, those that no course can, and
    `is_drawn` says so. `topics` are theirs. `positions` are the positions whose citation of it carries a key: coverage
    counts such pairs.
    """

    ref: str
    part: str | None
    force: ClauseForce
    summary: str
    not_quizable: str | None
    scenarios: tuple[str, ...]
    positions: tuple[str, ...]
    topics: tuple[str, ...] = ()
    is_drawn: bool = True

    @property
    def is_duty(self) -> bool:
        """Whether it is a duty, prohibition or procedure, whoever it binds."""
        return self.force in DUTIES

    @property
    def is_quizable(self) -> bool:
        """Whether it is a duty, prohibition or procedure that a member of staff can get right or wrong."""
        return self.is_duty and self.not_quizable not in NOBODYS

    @property
    def is_uncovered(self) -> bool:
        """Whether no situation covers it and no reason is given."""
        return not self.scenarios and self.not_quizable is None

    @property
    def is_undrawn(self) -> bool:
        """Whether situations cover it, but no course can put one to anybody, and no reason is given."""
        return bool(self.scenarios) and not self.is_drawn and self.not_quizable is None

    @property
    def is_asked(self) -> bool:
        """Whether a situation covers it that a course can put to somebody."""
        return bool(self.scenarios) and self.is_drawn

    @property
    def is_open(self) -> bool:
        """Whether nobody is asked about it, and no reason is given."""
        return self.is_uncovered or self.is_undrawn

    @property
    def is_gap(self) -> bool:
        """A duty, prohibition or procedure that nobody is asked about and for which no reason is given."""
        return self.is_duty and self.is_open

    @property
    def is_recommendation(self) -> bool:
        """Whether it says what somebody should do."""
        return self.force in RECOMMENDATIONS


def coverage(compiled: CompiledBundle, cells: Sequence[Cell]) -> list[Covered]:
    """Every clause, or part of one, in the order of the policy."""
    policy = compiled.bundle.policy
    scenarios: dict[tuple[str, str | None], set[str]] = {}
    drawn: dict[tuple[str, str | None], set[str]] = {}
    positions: dict[tuple[str, str | None], set[str]] = {}
    for cell in cells:
        covering = (scenarios, drawn) if is_drawn(compiled, cell) else (scenarios,)
        for asked in cell.asked:
            for cited in asked.citations:
                for found_by in covering:
                    found_by.setdefault((cited.ref, cited.part), set()).add(cell.scenario)
            for used in asked.used:
                stance = policy.positions[used.position].stance(used.case)
                if used.name in asked.carriers and stance is not None:
                    for citation in stance.clauses:
                        positions.setdefault((citation.ref, citation.part), set()).add(used.position)
    found = []
    for clause in policy.clauses:
        for part, force, summary, reason in _parts(clause):
            key = (clause.ref, part)
            names = drawn.get(key) or scenarios.get(key, set())
            topics = {compiled.scenarios[name].topic for name in names}
            found.append(
                Covered(
                    clause.ref,
                    part,
                    force,
                    summary,
                    reason,
                    tuple(sorted(names)),
                    tuple(sorted(positions.get(key, ()))),
                    tuple(sorted(topics)),
                    key in drawn,
                )
            )
    return found


def _parts(clause: Clause) -> list[tuple[str | None, ClauseForce, str, str | None]]:
    if not clause.parts:
        return [(None, clause.force, clause.summary, clause.not_quizable)]
    return [
        (part.part, part.force, part.summary, part.not_quizable or clause.not_quizable)
        for part in clause.parts
    ]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of what staff can get right or wrong is covered, a gap, or left out for a reason.

    `nobodys` are those that no member of staff can get right or wrong: not in `total`.
    """

    covered: int
    gaps: int
    left_out: int
    nobodys: int = 0

    @property
    def total(self) -> int:
        """All that staff can get right or wrong."""
        return self.covered + self.gaps + self.left_out

    @property
    def percentages(self) -> tuple[int, int, int]:
        """Covered, gaps, left out in whole per cent; together 100, or all 0 where there is none."""
        covered, gaps, left_out = whole_percentages((self.covered, self.gaps, self.left_out))
        return covered, gaps, left_out

    @property
    def share_left_out(self) -> float:
        """The per cent that is left out, with one decimal."""
        return round(100 * self.left_out / self.total, 1) if self.total else 0.0


def tally(rows: Sequence[Covered], forces: Collection[ClauseForce] = DUTIES) -> Tally:
    """The duties, prohibitions and procedures among these (or clauses of other forces), each counted once."""
    counted = [row for row in rows if row.force in forces]
    quizable = [row for row in counted if row.not_quizable not in NOBODYS]
    covered = sum(1 for row in quizable if row.is_asked)
    gaps = sum(1 for row in quizable if row.is_open)
    return Tally(covered, gaps, len(quizable) - covered - gaps, len(counted) - len(quizable))


def whole_percentages(counts: Sequence[int]) -> list[int]:
    """Whole per cent that add up to 100: what rounding down leaves goes to the largest remainders."""
    total = sum(counts)
    if not total:
        return [0] * len(counts)
    found = [100 * count // total for count in counts]
    by_remainder = sorted(range(len(counts)), key=lambda number: -(100 * counts[number] % total))
    for number in by_remainder[: 100 - sum(found)]:
        found[number] += 1
    return found
