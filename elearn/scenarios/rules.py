"""What one organisation is asked: right options, texts, people and clauses that follow from its positions.

Pure: a bundle of content goes in; a situation as this organisation's staff meet it comes out, or why it is
not asked there. `checking.py` reports what is wrong with content; here a faulty cell is not asked.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from elearn.people.rules import PersonKind, is_for_work
from elearn.scenarios.asked import Asked, Cell, Cited, NotAsked, Offered, Used, Why
from elearn.scenarios.bank_content import Artefact, Consequence, Option, Row, Scenario, Step, Variant
from elearn.scenarios.content import Bundle, Position
from elearn.scenarios.policy_content import Clause, Stance
from elearn.scenarios.slots import STANCE_SLOTS, UnfilledSlot, Words, filled, slots_of, texts_of
from elearn.scenarios.tables import Reading, answer_of, matching_rows, parse_decide
from elearn.scenarios.vocabulary import END, EVERYONE, NonAnswer, ScenarioType

Key = tuple[str, int, str]
"""Scenario, variant, step."""


class CompiledBundle:
    """A bundle with its look-ups and what has been worked out from it. What it answers never changes."""

    __slots__ = ("audiences", "bundle", "clauses", "plain", "positions", "results", "scenarios", "situations")

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.scenarios: dict[str, Scenario] = {scenario.id: scenario for scenario in bundle.bank}
        self.situations: dict[str, dict[str, Step]] = {
            scenario.id: {step.id: step for step in scenario.situations} for scenario in bundle.bank
        }
        self.positions: dict[str, Position] = {item.id: item for item in bundle.catalogue.positions}
        self.clauses: dict[str, Clause] = {clause.ref: clause for clause in bundle.policy.clauses}
        self.plain: dict[Key, Asked | NotAsked] = {}
        self.results: dict[Key, Asked | NotAsked] = {}
        self.audiences: dict[tuple[str, int], frozenset[PersonKind]] = {}

    def stance(self, position: str, case: str | None) -> Stance | None:
        """The policy's stance on a position in a case; None where it is not written down."""
        stances = self.bundle.policy.positions.get(position)
        return stances.stance(case) if stances else None


def resolve(
    compiled: CompiledBundle, scenario_id: str, variant: int, step: str | None = None
) -> Asked | NotAsked:
    """The situation as this organisation is asked it, or why it is not.

    Variants count from 0. Of a branch, `step` None is the first step that is asked here. Raises KeyError for
    an unknown scenario or step, IndexError for an unknown variant.
    """
    if step is None:
        entry = next(iter(compiled.situations[scenario_id]))
        asked = _asked_step(compiled, scenario_id, variant, entry)
        step = asked or entry
    key = (scenario_id, variant, step)
    found = compiled.results.get(key)
    if found is None:
        found = compiled.results[key] = _with_next_steps(compiled, key, _plain(compiled, key))
    return found


def _plain(compiled: CompiledBundle, key: Key) -> Asked | NotAsked:
    """One step by itself, before it is known where its options lead."""
    found = compiled.plain.get(key)
    if found is None:
        found = compiled.plain[key] = _resolve_step(compiled, *key)
    return found


def cells(compiled: CompiledBundle) -> list[Cell]:
    """Every scenario and variant of the bank, as this organisation is asked it or not."""
    return [
        _cell(compiled, scenario, number)
        for scenario in compiled.scenarios.values()
        for number in range(len(scenario.variants))
    ]


def _cell(compiled: CompiledBundle, scenario: Scenario, number: int) -> Cell:
    result = resolve(compiled, scenario.id, number)
    steps = tuple(
        (step, resolve(compiled, scenario.id, number, step)) for step in compiled.situations[scenario.id]
    )
    parts = [found.cell_hash if isinstance(found, Asked) else [found.why, found.reason] for _, found in steps]
    return Cell(scenario.id, number, scenario.variants[number].case, result, steps, _hash(parts))


def is_put_to(
    compiled: CompiledBundle,
    scenario_id: str,
    variant: int,
    kind: PersonKind,
    job_groups: Collection[str],
) -> bool:
    """Whether this situation is put to somebody of this kind in these job groups.

    It is where the organisation is asked it, the policy covers the kind, every stance it reads binds it,
    and both scenario and variant are for one of the job groups.
    """
    scenario = compiled.scenarios[scenario_id]
    telling = scenario.variants[variant]
    if not _is_for(scenario.job_groups, job_groups):
        return False
    if telling.job_groups is not None and not _is_for(telling.job_groups, job_groups):
        return False
    return kind in audience(compiled, scenario_id, variant)


def _is_for(wanted: str | Sequence[str], job_groups: Collection[str]) -> bool:
    return wanted == EVERYONE or any(is_for_work(wanted, group) for group in job_groups)


def audience(compiled: CompiledBundle, scenario_id: str, variant: int) -> frozenset[PersonKind]:
    """The kinds of person whom the policy covers and whom every stance read in its steps binds.

    Nobody, where the organisation is not asked it. Raises as `resolve` does.
    """
    key = (scenario_id, variant)
    found = compiled.audiences.get(key)
    if found is None:
        asked = _cell(compiled, compiled.scenarios[scenario_id], variant).asked
        used = [used for step in asked for used in step.used]
        stances = [compiled.stance(item.position, item.case) for item in used]
        kinds = _audience(compiled, [stance for stance in stances if stance is not None])
        found = compiled.audiences[key] = kinds if asked else frozenset()
    return found


def _audience(compiled: CompiledBundle, stances: Sequence[Stance]) -> frozenset[PersonKind]:
    covers = compiled.bundle.policy.policy.covers
    kinds = {kind for kind, clauses in covers.items() if clauses != "silent"}
    for stance in stances:
        if stance.binds is not None:
            kinds &= set(stance.binds)
    return frozenset(kinds)


@dataclass(frozen=True, slots=True)
class _Read:
    """A reading with the stance it found."""

    reading: Reading
    stance: Stance
    answer: str

    @property
    def used(self) -> Used:
        return Used(self.reading.name, self.reading.position, self.reading.case, str(self.answer))


def _resolve_step(compiled: CompiledBundle, scenario_id: str, variant: int, step_id: str) -> Asked | NotAsked:
    scenario = compiled.scenarios[scenario_id]
    step = compiled.situations[scenario_id][step_id]
    telling = scenario.variants[variant]
    reads = _read(compiled, step, telling)
    if isinstance(reads, NotAsked):
        return reads
    not_asked = _find_quiet(compiled, scenario, step, reads)
    if not_asked is not None:
        return not_asked
    used = tuple(read.used for read in reads)
    rows = matching_rows(step.answers, {read.reading.name: read.answer for read in reads})
    if len(rows) != 1:
        why = Why.OVERLAP if rows else Why.HOLE
        return NotAsked(why, f"{len(rows)} rows of the table fit these answers", used)
    row = step.answers[rows[0]]
    if row.right is None:
        return NotAsked(Why.TABLE, row.not_asked or "", used)
    return _ask(compiled, _Situation(scenario, variant, step, telling, tuple(reads), row, rows[0]))


def _read(compiled: CompiledBundle, step: Step, telling: Variant) -> list[_Read] | NotAsked:
    """The answers to `decide`, by name: stored content has lost the order in which it was written."""
    reads = []
    for name in sorted(step.decide):
        reading = parse_decide(name, step.decide[name], telling)
        stance = compiled.stance(reading.position, reading.case) if reading else None
        if reading is None or stance is None:
            return NotAsked(Why.UNREADABLE, f"{step.decide[name]} is not answered in the positions")
        reads.append(_Read(reading, stance, answer_of(reading, stance)))
    return reads


def _find_quiet(
    compiled: CompiledBundle, scenario: Scenario, step: Step, reads: Sequence[_Read]
) -> NotAsked | None:
    used = tuple(read.used for read in reads)
    for read in reads:
        position = compiled.positions.get(read.reading.position)
        question = position.question if position else read.reading.position
        if read.answer in {NonAnswer.INDIRECT, NonAnswer.UNCLEAR}:
            return NotAsked(Why(read.answer), f"the policy is {read.answer} on: {question}", used)
        if read.answer == NonAnswer.SILENT and read.reading.name not in step.may_be_silent:
            return NotAsked(Why.SILENT, f"the policy is silent on: {question}", used)
        if read.stance.condition is not None and read.stance.condition not in scenario.given:
            return NotAsked(Why.CONDITION, f"the story does not tell {read.stance.condition}", used)
    if not _audience(compiled, [read.stance for read in reads]):
        return NotAsked(Why.AUDIENCE, "nobody is both covered by the policy and bound by these rules", used)
    return None


@dataclass(frozen=True, slots=True)
class _Situation:
    """All that a situation's texts and key come from, once the row is known."""

    scenario: Scenario
    variant: int
    step: Step
    telling: Variant
    reads: tuple[_Read, ...]
    row: Row
    row_number: int

    @property
    def right(self) -> tuple[str, ...]:
        return self.row.right or ()

    def offered(self) -> list[Option]:
        """The options left after `drop` and after those whose office would be right too."""
        named = {office for read in self.reads for office in read.stance.offices}
        return [
            option
            for option in self.step.options
            if option.id in self.right or (option.id not in self.row.drop and option.office not in named)
        ]

    def carriers(self, offered: Sequence[Option]) -> tuple[str, ...]:
        """The names in `decide` that the key rests on: those the row asks about or a right option shows."""
        names = set(self.row.when)
        for option in offered:
            if option.id in self.right:
                names |= {slot.partition(".")[0] for slot in slots_of(option.text)}
        known = tuple(read.reading.name for read in self.reads if read.reading.name in names)
        return known or tuple(read.reading.name for read in self.reads)


def _ask(compiled: CompiledBundle, situation: _Situation) -> Asked | NotAsked:
    used = tuple(read.used for read in situation.reads)
    offered = situation.offered()
    if not set(situation.right) <= {option.id for option in offered} - set(situation.row.drop):
        return NotAsked(Why.RIGHT_NOT_OFFERED, "a right option is not offered", used)
    least = 2 if situation.scenario.type is ScenarioType.BRANCH else 3
    if len(offered) < least:
        return NotAsked(Why.TOO_FEW, f"{len(offered)} options are left", used)
    carriers = situation.carriers(offered)
    citations = _citations(situation, carriers)
    if not citations:
        return NotAsked(Why.NO_CLAUSE, "no clause carries the key", used)
    policy = compiled.bundle.policy.policy
    stances = {read.reading.name: read.stance for read in situation.reads}
    words = Words(policy.organisation, policy.names, situation.telling.words, stances)
    try:
        return _fill(situation, offered, words, citations, carriers)
    except UnfilledSlot as error:
        return NotAsked(Why.UNFILLED, str(error), used)


def _citations(situation: _Situation, carriers: Sequence[str]) -> tuple[Cited, ...]:
    """The clauses of the carrying stances; first those that the row asks about."""
    asked_about = situation.row.when
    reads = [read for read in situation.reads if read.reading.name in carriers]
    reads.sort(key=lambda read: read.reading.name not in asked_about)
    found = (
        Cited(citation.ref, citation.part, citation.force.value)
        for read in reads
        for citation in read.stance.clauses
    )
    return tuple(dict.fromkeys(found))


def _fill(
    situation: _Situation,
    options: Sequence[Option],
    words: Words,
    citations: tuple[Cited, ...],
    carriers: tuple[str, ...],
) -> Asked:
    step = situation.step
    offered = tuple(
        Offered(
            option.id,
            words.fill(option.text),
            words.fill(_consequence(option, right=option.id in situation.right)),
            option.id in situation.right,
            does=option.does,
        )
        for option in options
    )
    artefact = None
    if step.artefact is not None:
        told = step.artefact.model_dump(by_alias=True, exclude_defaults=True)
        artefact = Artefact.model_validate(filled(told, words.fill))
    asked = Asked(
        scenario=situation.scenario.id,
        variant=situation.variant,
        step=step.id,
        type=situation.scenario.type,
        story=words.fill(step.story),
        ask=words.fill(step.ask),
        artefact=artefact,
        options=offered,
        right=situation.right,
        citations=citations,
        carriers=carriers,
        used=tuple(read.used for read in situation.reads),
        people=_people(step, options, words),
        row=situation.row_number,
        cell_hash="",
    )
    return replace(asked, cell_hash=_hash(_hashed(asked)))


def _consequence(option: Option, *, right: bool) -> str:
    if isinstance(option.then, Consequence):
        return option.then.right if right else option.then.wrong
    return option.then or ""


def _people(step: Step, options: Sequence[Option], words: Words) -> tuple[str, ...]:
    """This organisation's words for the people and channels that the story and the options name."""
    kept = {number for number, option in enumerate(step.options) if option in options}
    found = set()
    for path, text in texts_of(step).items():
        if "{" not in text or "then" in path or (path[0] == "options" and path[1] not in kept):
            continue
        for slot in slots_of(text):
            name, dot, what = slot.partition(".")
            if dot and what.lower() != STANCE_SLOTS[-1]:
                found.add(words.word(f"{name}.{what.lower()}"))
    return tuple(sorted(found))


def _hashed(asked: Asked) -> list[object]:
    """What a paper shows and is marked by."""
    artefact = asked.artefact.model_dump(mode="json", by_alias=True) if asked.artefact else None
    return [
        [asked.scenario, asked.step, asked.type.value, asked.story, asked.ask, artefact],
        [[option.id, option.text, option.consequence] for option in asked.options],
        list(asked.right),
        [[cited.ref, cited.part, cited.force] for cited in asked.citations],
        [[used.name, used.position, used.case, used.answer] for used in asked.used],
    ]


def _hash(value: object) -> str:
    """SHA-256 of the value's JSON with sorted keys, as 64 hex digits."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode("utf-8")).hexdigest()


def _with_next_steps(compiled: CompiledBundle, key: Key, result: Asked | NotAsked) -> Asked | NotAsked:
    scenario_id, variant, step_id = key
    if isinstance(result, NotAsked) or result.type is not ScenarioType.BRANCH:
        return result
    leads = {option.id: option.next for option in compiled.situations[scenario_id][step_id].options}
    options = tuple(
        replace(option, leads_to=_asked_step(compiled, scenario_id, variant, leads[option.id]))
        for option in result.options
    )
    hashed = [result.cell_hash, [[option.id, option.leads_to] for option in options]]
    return replace(result, options=options, cell_hash=_hash(hashed))


def _asked_step(compiled: CompiledBundle, scenario_id: str, variant: int, step: str | None) -> str | None:
    """This step, or by way of `else` the first that is asked here; None where the branch ends."""
    return next(_asked_steps(compiled, scenario_id, variant, step), None)


def _asked_steps(compiled: CompiledBundle, scenario_id: str, variant: int, step: str | None) -> Iterator[str]:
    situations: Mapping[str, Step] = compiled.situations[scenario_id]
    visited: set[str] = set()
    while step is not None and step != END and step in situations and step not in visited:
        visited.add(step)
        if isinstance(_plain(compiled, (scenario_id, variant, step)), Asked):
            yield step
        step = situations[step].otherwise
