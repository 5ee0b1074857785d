"""The check that decides whether content may be used: every check, its counts, and what differs where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from elearn.scenarios.asked import Cell
from elearn.scenarios.checking_bank import check_bank, check_catalogue
from elearn.scenarios.checking_cells import DROPPING, check_cells
from elearn.scenarios.checking_flags import check_flags
from elearn.scenarios.checking_mutations import MUTATIONS, MutationCounts, check_mutations
from elearn.scenarios.checking_names import check_names
from elearn.scenarios.checking_policy import check_policies, check_texts
from elearn.scenarios.checking_writing import check_writing, distinct
from elearn.scenarios.clashes import clashes_to_confirm
from elearn.scenarios.content import Content
from elearn.scenarios.findings import Finding, Findings, Level, Overridden, apply_overrides


@dataclass(frozen=True, slots=True)
class Counts:
    """How much content there is, and how much of it is sound."""

    organisations: int
    positions: int
    scenarios: int
    distinct_scenarios: int
    cells_asked: int
    cells_not_asked: int
    errors: int
    warnings: int
    overridden: int
    to_confirm: int
    """Decisions on clauses that clash or are flagged, taken for now by whoever wrote the content."""
    mutations: MutationCounts | None = None
    """What was flipped and taken away to see whether it shows; None where nothing was."""


@dataclass(frozen=True, slots=True)
class Difference:
    """In what one scenario differs between organisations."""

    scenario: str
    right_option: bool
    people: bool
    not_asked_everywhere: bool

    @property
    def differs(self) -> bool:
        """Whether it differs at all."""
        return self.right_option or self.people or self.not_asked_everywhere


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Everything the check found. Content may be used where there is no error."""

    findings: tuple[Finding, ...]
    overridden: tuple[Overridden, ...]
    counts: Counts
    differences: tuple[Difference, ...]
    cells: Mapping[str, Sequence[Cell]]

    @property
    def is_clean(self) -> bool:
        """No errors; warnings may stand."""
        return not self.errors

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep content from being used."""
        return tuple(finding for finding in self.findings if finding.level is Level.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings for somebody to judge."""
        return tuple(finding for finding in self.findings if finding.level is Level.WARNING)


def obstacles(report: CheckReport) -> list[Finding]:
    """The errors that keep content from being used; a situation that drops out keeps nothing from it."""
    return [found for found in report.errors if not drops_out(found)]


def drops_out(found: Finding) -> bool:
    """Whether this only keeps a telling of one situation from being asked under one policy."""
    return bool(found.policy) and found.code in DROPPING


def check_content(
    content: Content,
    policies_texts: Mapping[str, Mapping[str, str]] | None = None,
    *,
    mutations: bool = False,
) -> CheckReport:
    """Check all content; with imported texts (slug to ref to text), their fingerprints too.

    With `mutations`, also whether a wrong answer would show: that is about the bank, and takes a second or two.

    Scenarios whose readings make no sense are left out of the cells: one mistake, one finding.
    """
    findings = Findings(content)
    check_catalogue(findings)
    sound = check_bank(findings)
    check_policies(findings)
    check_flags(findings)
    check_texts(findings, policies_texts or {})
    cells = check_cells(findings, sound)
    pairs = check_writing(findings, cells)
    check_names(findings)
    mutated = check_mutations(findings, sound) if mutations else None
    standing, accepted = apply_overrides(findings, () if mutated else MUTATIONS)
    positions = {position.id: position for position in content.catalogue.positions}
    asked = sum(1 for found in cells.values() for cell in found if cell.asked)
    counts = Counts(
        organisations=len(content.policies),
        positions=len(content.catalogue.positions),
        scenarios=len(content.bank),
        distinct_scenarios=distinct((scenario.id for scenario in content.bank), pairs),
        cells_asked=asked,
        cells_not_asked=sum(len(found) for found in cells.values()) - asked,
        errors=sum(1 for finding in standing if finding.level is Level.ERROR),
        warnings=sum(1 for finding in standing if finding.level is Level.WARNING),
        overridden=len(accepted),
        to_confirm=sum(len(clashes_to_confirm(policy, positions)) for policy in content.policies.values()),
        mutations=mutated,
    )
    standing.sort(key=lambda finding: (finding.file, finding.line, finding.code, finding.policy))
    return CheckReport(tuple(standing), tuple(accepted), counts, _differences(content, cells), cells)


def _differences(content: Content, cells: Mapping[str, Sequence[Cell]]) -> tuple[Difference, ...]:
    by_telling: dict[str, dict[int, list[Cell]]] = {}
    for found in cells.values():
        for cell in found:
            by_telling.setdefault(cell.scenario, {}).setdefault(cell.variant, []).append(cell)
    return tuple(
        _difference(scenario.id, list(by_telling[scenario.id].values()))
        for scenario in content.bank
        if scenario.id in by_telling
    )


def _difference(scenario: str, tellings: Sequence[Sequence[Cell]]) -> Difference:
    right = people = not_asked = False
    for cells in tellings:
        asked = [cell.asked for cell in cells if cell.asked]
        not_asked |= len(asked) < len(cells)
        for step in {item.step for steps in asked for item in steps}:
            here = [item for steps in asked for item in steps if item.step == step]
            right |= len({item.right for item in here}) > 1
            people |= len({item.people for item in here}) > 1
    return Difference(scenario, right, people, not_asked)


def changed_cells(before: Sequence[Cell], after: Sequence[Cell]) -> list[tuple[str, int]]:
    """The scenarios and variants whose cells differ between two versions of an organisation's content."""
    old = {(cell.scenario, cell.variant): cell.cell_hash for cell in before}
    new = {(cell.scenario, cell.variant): cell.cell_hash for cell in after}
    return sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
