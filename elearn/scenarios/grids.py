"""Content as an author reads it: one scenario over organisations, one position over organisations, the bank.

Pure: compiled bundles go in, rows for a page come out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from elearn.people.rules import is_for_work
from elearn.scenarios.asked import Asked, Cell, Cited, NotAsked, Why
from elearn.scenarios.bank_content import Scenario, Step, Variant
from elearn.scenarios.content import Position
from elearn.scenarios.flags import is_open, resting, why_apart
from elearn.scenarios.policy_content import Citation, Flag, Resolved, Stance
from elearn.scenarios.rules import CompiledBundle, resolve
from elearn.scenarios.slots import SLOT, joined
from elearn.scenarios.tables import answer_of, parse_decide


@dataclass(frozen=True, slots=True)
class Teaching:
    """What one organisation teaches. `is_own`: it is the organisation of whoever looks, from the database."""

    name: str
    is_own: bool
    compiled: CompiledBundle


@dataclass(frozen=True, slots=True)
class ClauseTold:
    """A clause that carries an answer, with our summary of it; none where the content does not list it."""

    ref: str
    part: str | None
    force: str
    summary: str


@dataclass(frozen=True, slots=True)
class StanceTold:
    """What a policy says on a position in a case, with offices and channels in its own words.

    `name` is what the scenario calls it, empty where no scenario asks.
    """

    name: str
    answer: str
    who: str
    how: str
    condition: str | None


@dataclass(frozen=True, slots=True)
class QuestionTold:
    """What a scenario reads: the question of a position in a case, or whether the policy names `office` there."""

    name: str
    position: str
    question: str
    case: str | None
    office: str


@dataclass(frozen=True, slots=True)
class GridRow:
    """One organisation in one section of a scenario's grid: the right options and clauses, or why not asked."""

    organisation: str
    is_own: bool
    stances: tuple[StanceTold, ...]
    right: tuple[str, ...]
    clauses: tuple[ClauseTold, ...]
    reason: str
    is_fault: bool = False

    @property
    def is_asked(self) -> bool:
        """Whether it is asked there."""
        return not self.reason


@dataclass(frozen=True, slots=True)
class Section:
    """One case (and step) of a scenario over all organisations. `variants` are the tellings that share it."""

    anchor: str
    case: str | None
    case_words: str
    step: str
    step_number: int
    variants: tuple[int, ...]
    questions: tuple[QuestionTold, ...]
    rows: tuple[GridRow, ...]


def scenario_grid(teachings: Sequence[Teaching], scenario_id: str) -> list[Section]:
    """One scenario of the first organisation's bank over all organisations, by case and step.

    Tellings of one case differ in words alone, so that they share a section; the first one's words are shown.
    Raises KeyError where the first organisation's bank has no such scenario.
    """
    own = teachings[0].compiled
    scenario = own.scenarios[scenario_id]
    sections = []
    for case in dict.fromkeys(telling.case for telling in scenario.variants):
        variants = tuple(n for n, telling in enumerate(scenario.variants) if telling.case == case)
        for number, step in enumerate(scenario.situations, start=1):
            rows = tuple(_grid_row(teaching, scenario_id, case, step.id) for teaching in teachings)
            words = case_words(own, scenario, case)
            questions = _questions(own, step, scenario.variants[variants[0]])
            anchor = "-".join(part for part in (case, step.id) if part)
            sections.append(Section(anchor, case, words, step.id, number, variants, questions, rows))
    return sections


def case_words(compiled: CompiledBundle, scenario: Scenario, case: str | None) -> str:
    """The catalogue's words for a case that this scenario's tellings are about."""
    for step in scenario.situations:
        for name, text in step.decide.items():
            reading = parse_decide(name, text, Variant.model_validate({"case": case} if case else {}))
            position = compiled.positions.get(reading.position) if reading else None
            if case and reading and reading.case == case and position and case in position.cases:
                return position.cases[case]
    return (case or "").replace("_", " ")


def _grid_row(teaching: Teaching, scenario_id: str, case: str | None, step_id: str) -> GridRow:
    compiled = teaching.compiled
    scenario = compiled.scenarios.get(scenario_id)
    variants = [n for n, telling in enumerate(scenario.variants) if telling.case == case] if scenario else []
    if scenario is None or not variants or step_id not in compiled.situations[scenario_id]:
        return GridRow(teaching.name, teaching.is_own, (), (), (), "its content does not have this situation")
    result = resolve(compiled, scenario_id, variants[0], step_id)
    stances = _stances(compiled, compiled.situations[scenario_id][step_id], scenario.variants[variants[0]])
    if isinstance(result, NotAsked):
        return GridRow(
            teaching.name, teaching.is_own, stances, (), (), result.reason, is_fault=result.why.is_fault
        )
    return GridRow(
        teaching.name, teaching.is_own, stances, right_texts(result), told_clauses(compiled, result), ""
    )


def right_texts(asked: Asked) -> tuple[str, ...]:
    """The right options as filled in, in order where order matters."""
    texts = {option.id: option.text for option in asked.options}
    return tuple(texts[name] for name in asked.right)


def told_clauses(compiled: CompiledBundle, asked: Asked) -> tuple[ClauseTold, ...]:
    """The clauses that carry the key, with our summaries."""
    return tuple(_told_clause(compiled, cited) for cited in asked.citations)


def _told_clause(compiled: CompiledBundle, cited: Cited) -> ClauseTold:
    clause = compiled.clauses.get(cited.ref)
    summary = clause.summary if clause else ""
    for part in clause.parts if clause else ():
        if part.part == cited.part:
            summary = part.summary
    return ClauseTold(cited.ref, cited.part, cited.force, summary)


def _cited(citation: Citation) -> Cited:
    return Cited(citation.ref, citation.part, citation.force.value)


def _questions(compiled: CompiledBundle, step: Step, telling: Variant) -> tuple[QuestionTold, ...]:
    names = compiled.bundle.policy.policy.names
    found = []
    for name, text in sorted(step.decide.items()):
        reading = parse_decide(name, text, telling)
        position = compiled.positions.get(reading.position) if reading else None
        if reading is not None and position is not None:
            office = names.get(reading.office, reading.office) if reading.office else ""
            found.append(QuestionTold(name, position.id, position.question, reading.case, office))
    return tuple(found)


def _stances(compiled: CompiledBundle, step: Step, telling: Variant) -> tuple[StanceTold, ...]:
    """What the policy says on everything that a step reads."""
    found = []
    for name, text in sorted(step.decide.items()):
        reading = parse_decide(name, text, telling)
        stance = compiled.stance(reading.position, reading.case) if reading else None
        if reading is not None and stance is not None:
            found.append(_stance(compiled, stance, answer_of(reading, stance), name))
    return tuple(found)


def _stance(compiled: CompiledBundle, stance: Stance, answer: str, name: str = "") -> StanceTold:
    names = compiled.bundle.policy.policy.names
    offices = [names.get(office, office) for office in stance.offices]
    how = [names.get(channel, channel) for channel in stance.how]
    return StanceTold(
        name,
        str(answer),
        joined(offices, "or" if stance.who and stance.who.any else "and") if offices else "",
        joined(how, "or") if how else "",
        stance.condition,
    )


# One position over organisations


@dataclass(frozen=True, slots=True)
class PositionRow:
    """One organisation's answer to a position in one case. `stance` is None where it is not written down.

    `clashes` are clauses that say otherwise, with who decided and why; `flags` what is wrong with its clauses and bears
    on it.
    """

    organisation: str
    is_own: bool
    stance: StanceTold | None
    clauses: tuple[ClauseTold, ...] = ()
    binds: tuple[str, ...] = ()
    clashes: tuple[str, ...] = ()
    resolved: str = ""
    note: str = ""
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class PositionCase:
    """One case of a position (None: it has none) over all organisations."""

    case: str | None
    words: str
    rows: tuple[PositionRow, ...]


def position_grid(teachings: Sequence[Teaching], position_id: str) -> list[PositionCase]:
    """One position of the first organisation's catalogue over all organisations, by case. Raises KeyError."""
    position = teachings[0].compiled.positions[position_id]
    return [
        PositionCase(
            case,
            position.cases[case] if case else "",
            tuple(_position_row(teaching, position_id, case) for teaching in teachings),
        )
        for case in position.cases or (None,)
    ]


def _position_row(teaching: Teaching, position_id: str, case: str | None) -> PositionRow:
    compiled = teaching.compiled
    stance = compiled.stance(position_id, case)
    if stance is None:
        return PositionRow(teaching.name, teaching.is_own, None)
    resolved = stance.resolved
    return PositionRow(
        teaching.name,
        teaching.is_own,
        _stance(compiled, stance, stance.answer),
        tuple(_told_clause(compiled, _cited(citation)) for citation in stance.clauses),
        tuple(kind.value for kind in stance.binds or ()),
        stance.but,
        _decision(resolved) if resolved else "",
        stance.note or "",
        tuple(
            flag
            for flag in compiled.bundle.policy.policy.flags
            if is_open(flag, position_id, case)
            or (
                not why_apart(flag, position_id, case)
                and (resting(flag, stance) or set(stance.but) & set(flag.refs))
            )
        ),
    )


def _decision(resolved: Resolved) -> str:
    if resolved.is_confirmed:
        return f"Decided by {resolved.by}, {resolved.on}: {resolved.why}"
    told = f"Decided for now by whoever wrote this content, {resolved.on}: {resolved.why}"
    return f"{told} The trust has still to confirm it."


@dataclass(frozen=True, slots=True)
class PositionItem:
    """One position of the catalogue with the different answers that one organisation gives, and whom each names."""

    position: Position
    answers: tuple[StanceTold, ...]


def list_positions(compiled: CompiledBundle) -> list[PositionItem]:
    """Every position of the catalogue, in its order."""
    found = []
    for position in compiled.positions.values():
        stances = [compiled.stance(position.id, case) for case in position.cases or (None,)]
        told = (_stance(compiled, stance, stance.answer) for stance in stances if stance is not None)
        answers = dict.fromkeys(StanceTold("", stance.answer, stance.who, "", None) for stance in told)
        found.append(PositionItem(position, tuple(answers)))
    return found


# The bank of one organisation


@dataclass(frozen=True, slots=True)
class BankItem:
    """One scenario as one organisation has it: how many of its tellings are asked, or why none is."""

    scenario: Scenario
    opening: str
    asked: int
    reason: str
    why: Why | None

    @property
    def tellings(self) -> int:
        """How many tellings it has."""
        return len(self.scenario.variants)

    def is_for(self, group: str) -> bool:
        """Whether somebody in this job group may meet a telling of it."""
        return is_for_work(self.scenario.job_groups, group) and any(
            telling.job_groups is None or is_for_work(telling.job_groups, group)
            for telling in self.scenario.variants
        )


def list_bank(compiled: CompiledBundle, cells: Sequence[Cell]) -> list[BankItem]:
    """Every scenario of the bank, in its order."""
    by_scenario: dict[str, list[Cell]] = {}
    for cell in cells:
        by_scenario.setdefault(cell.scenario, []).append(cell)
    return [_bank_item(scenario, by_scenario[scenario.id]) for scenario in compiled.scenarios.values()]


def _bank_item(scenario: Scenario, cells: Sequence[Cell]) -> BankItem:
    asked = [cell for cell in cells if cell.asked]
    first = cells[0].result
    if asked:
        return BankItem(scenario, asked[0].asked[0].story, len(asked), "", None)
    reason, why = (first.reason, first.why) if isinstance(first, NotAsked) else ("", None)
    return BankItem(scenario, opening_of(scenario, 0), 0, reason, why)


def opening_of(scenario: Scenario, variant: int) -> str:
    """How a telling (from 0) that nobody is asked would begin: what only a policy can fill is left open."""
    words = scenario.variants[variant].words
    return SLOT.sub(lambda slot: words.get(slot[1], "…"), scenario.situations[0].story)
