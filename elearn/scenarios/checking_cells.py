"""Checks of each scenario in each organisation: texts as filled, clauses that carry the key, coverage."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from elearn.people.rules import JobGroup, PersonKind, is_for_work
from elearn.scenarios.asked import Asked, Cell, NotAsked, Why
from elearn.scenarios.bank_content import Row, Scenario, Step
from elearn.scenarios.checking_bank import step_path
from elearn.scenarios.checking_flags import texts_of, words_told
from elearn.scenarios.content import Content, Path
from elearn.scenarios.coverage import coverage
from elearn.scenarios.drawable import course_is_for, is_drawn, people_of
from elearn.scenarios.findings import Findings
from elearn.scenarios.policy_content import Course
from elearn.scenarios.rules import CompiledBundle, audience, cells
from elearn.scenarios.vocabulary import NonAnswer, ScenarioType

# Which finding a fault of a cell is; faults of the table itself are found without any policy.
_FAULTS: Mapping[Why, str] = {
    Why.UNFILLED: "slot_empty",
    Why.TOO_FEW: "too_few_options",
    Why.RIGHT_NOT_OFFERED: "right_not_offered",
    Why.NO_CLAUSE: "key_without_clause",
}
DROPPING = frozenset(_FAULTS.values())
"""Findings of a cell that is not asked because of them."""


def compile_all(content: Content) -> dict[str, CompiledBundle]:
    """The compiled bundle of every organisation, by slug."""
    return {slug: CompiledBundle(content.bundle(slug)) for slug in content.policies}


def check_cells(findings: Findings, sound: set[str]) -> dict[str, list[Cell]]:
    """Every scenario in every organisation. Answers the cells by slug, of sound scenarios only.

    While some are not sound it says nothing about coverage and courses: their gaps would not be gaps.
    """
    found: dict[str, list[Cell]] = {}
    answered = _answered_by(findings.content)
    for slug, compiled in compile_all(findings.content).items():
        found[slug] = [cell for cell in cells(compiled) if cell.scenario in sound]
        for cell in found[slug]:
            check = _CellCheck(findings, slug, compiled, cell)
            check.run()
            check.check_rule_of_one_policy(answered)
        if len(sound) == len(findings.content.bank):
            _check_coverage(findings, slug, compiled, found[slug])
            _check_courses(findings, slug, compiled, found[slug])
            _check_drawn(findings, slug, compiled, found[slug])
    _check_never_asked(findings, sound, found)
    return found


def _answered_by(content: Content) -> dict[tuple[str, str | None], set[str]]:
    """Which organisations' policies answer a position in a case."""
    found: dict[tuple[str, str | None], set[str]] = {}
    for position in content.catalogue.positions:
        for case in position.cases or (None,):
            for slug, policy in content.policies.items():
                stances = policy.positions.get(position.id)
                stance = stances.stance(case) if stances else None
                if stance is not None and stance.is_answer:
                    found.setdefault((position.id, case), set()).add(slug)
    return found


@dataclass(slots=True)
class _CellCheck:
    """The checks of one scenario and variant in one organisation."""

    findings: Findings
    slug: str
    compiled: CompiledBundle
    cell: Cell

    @property
    def scenario(self) -> Scenario:
        return self.compiled.scenarios[self.cell.scenario]

    def note(self, code: str, path: Path, sentence: str) -> None:
        self.findings.add(code, path, sentence, self.cell.scenario, self.slug)

    def run(self) -> None:
        """Check every step."""
        for step_id, result in self.cell.steps:
            step = self.compiled.situations[self.cell.scenario][step_id]
            path = step_path(self.scenario, step_id)
            if isinstance(result, NotAsked):
                code = _FAULTS.get(result.why)
                if code is not None:
                    self.note(code, path, f"{result.reason} in variant {self.cell.variant + 1}")
                continue
            self._check_alike(step, result, path)
            self._check_longest(result, path)
            self._check_offices(step, result, path)
            self._check_flagged_words(result, path)

    def _check_alike(self, step: Step, asked: Asked, path: Path) -> None:
        numbers = {option.id: number for number, option in enumerate(step.options)}
        seen: dict[str, str] = {}
        for option in asked.options:
            text = " ".join(re.findall(r"\w+", option.text.lower()))
            if text in seen:
                sentence = f"options {seen[text]} and {option.id} read the same"
                self.note("options_alike", (*path, "options", numbers[option.id]), sentence)
            seen.setdefault(text, option.id)

    def _check_longest(self, asked: Asked, path: Path) -> None:
        if asked.type not in {ScenarioType.CHOOSE, ScenarioType.CHOOSE_ALL, ScenarioType.BRANCH}:
            return
        right = min(len(option.text) for option in asked.options if option.is_right)
        wrong = max((len(option.text) for option in asked.options if not option.is_right), default=right)
        if 2 * right >= 3 * wrong:
            sentence = f"the right option has {right} characters, the longest other {wrong}"
            self.note("right_longest", (*path, "options"), sentence)

    def _check_flagged_words(self, asked: Asked, path: Path) -> None:
        for flag in self.compiled.bundle.policy.policy.flags:
            for words in words_told(flag, texts_of(asked)):
                self.note("flag_word_told", path, f"it says {words}, and {flag.id} rules that out")

    def _check_offices(self, step: Step, asked: Asked, path: Path) -> None:
        """Offices written out instead of slots: right where not named here, or wrong where named."""
        named = self._named(asked)
        reads_office = any("?" in text for text in step.decide.values())
        offered = {option.id for option in asked.options}
        for number, option in enumerate(step.options):
            if option.id not in offered:
                continue
            below: Path = (*path, "options", number)
            if option.id in asked.right:
                if option.office is not None and option.office not in named and not reads_office:
                    sentence = f"{option.id} is right, but the policy does not name {option.office}"
                    self.note("right_names_wrong_office", below, sentence)
            elif option.office is None:
                self._check_unmarked(option.text, named, below)

    def _named(self, asked: Asked) -> set[str]:
        stances = [self.compiled.stance(used.position, used.case) for used in asked.used]
        return {office for stance in stances if stance is not None for office in stance.offices}

    def _check_unmarked(self, text: str, named: set[str], below: Path) -> None:
        names = self.compiled.bundle.policy.policy.names
        for office in sorted(named):
            words = re.sub(r"^(the|a|an|your)\s+", "", names.get(office, ""), flags=re.IGNORECASE)
            if words and re.search(rf"\b{re.escape(words)}\b", text, flags=re.IGNORECASE):
                sentence = f"a wrong option names {words}, whom the policy names here"
                self.note("office_unmarked", below, sentence)

    def check_rule_of_one_policy(self, answered: Mapping[tuple[str, str | None], set[str]]) -> None:
        """A silent position that plays a part here, although one other policy alone has that rule."""
        for asked in self.cell.asked:
            step = self.compiled.situations[self.cell.scenario][asked.step]
            row = step.answers[asked.row]
            for used in asked.used:
                owners = answered.get((used.position, used.case), set())
                if used.answer == NonAnswer.SILENT and _matters(row, used.name) and len(owners) == 1:
                    sentence = (
                        f"only {', '.join(owners)} answers {used.position}, and the policy here is silent"
                    )
                    self.note("rule_of_one_policy", step_path(self.scenario, asked.step), sentence)


def _matters(row: Row, name: str) -> bool:
    return name in row.when


def _check_coverage(findings: Findings, slug: str, compiled: CompiledBundle, found: Sequence[Cell]) -> None:
    numbers = {clause.ref: number for number, clause in enumerate(compiled.bundle.policy.clauses)}
    for covered in coverage(compiled, found):
        if not covered.is_duty and not covered.is_recommendation:
            continue
        part = f" part {covered.part}" if covered.part else ""
        path: Path = ("policy", slug, "clauses", numbers[covered.ref])
        if covered.is_uncovered:
            sentence = f"no situation covers the {covered.force} {covered.ref}{part}"
            code = "uncovered_clause" if covered.is_duty else "uncovered_recommendation"
            findings.add(code, path, sentence, covered.ref, slug)
        elif covered.is_undrawn:
            sentence = (
                f"a situation covers the {covered.force} {covered.ref}{part}, but no course puts it to anybody: "
                f"{', '.join(covered.scenarios)} ({', '.join(covered.topics)})"
            )
            findings.add("clause_never_drawn", path, sentence, covered.ref, slug)


def _check_drawn(findings: Findings, slug: str, compiled: CompiledBundle, found: Sequence[Cell]) -> None:
    """Each situation that is asked here is put to somebody by some course, in one of its tellings at least."""
    asked = {cell.scenario for cell in found if cell.asked}
    drawn = {cell.scenario for cell in found if is_drawn(compiled, cell)}
    for scenario in compiled.bundle.bank:
        if scenario.id in asked - drawn:
            sentence = (
                f"{scenario.id} is asked here, and no course draws it: none draws from {scenario.topic} for "
                "somebody whom it is put to"
            )
            findings.add("situation_never_drawn", ("policy", slug, "courses"), sentence, scenario.id, slug)


def _check_courses(findings: Findings, slug: str, compiled: CompiledBundle, found: Sequence[Cell]) -> None:
    """Each course has as many situations as it draws: for somebody at all, and for everybody it is for."""
    met = [_Met.of(compiled, cell) for cell in found if cell.asked]
    for number, course in enumerate(compiled.bundle.policy.courses):
        path: Path = ("policy", slug, "courses", number)
        people = [person for person in people_of(compiled) if course_is_for(course, *person)]
        wanted = [(topic, count) for topic, count in course.topics.items()] + [("", course.questions)]
        for topic, count in wanted:
            topics = {topic} if topic else course.topics
            counting = [item for item in met if item.topic in topics]
            there = {
                (kind, group): len({c.scenario for c in counting if kind in c.kinds and group in c.groups})
                for kind, group in people
            }
            short = [f"{kind} ({group})" for (kind, group), have in there.items() if have < count]
            told = f"course {course.id} draws {count} {f'from {topic}' if topic else 'in all'}"
            below: Path = (*path, "topics", topic) if topic else (*path, "questions")
            if people and len(short) == len(people):
                sentence = f"{told}, and at most {max(there.values())} are asked here"
                findings.add("course_too_short", below, sentence, course.id, slug)
            elif short:
                sentence = f"{told}, too many for {', '.join(short)}"
                findings.add("course_short_for_some", below, sentence, course.id, slug)
        _check_must_get_right(findings, path, slug, compiled, course, met)


def _check_must_get_right(
    findings: Findings,
    path: Path,
    slug: str,
    compiled: CompiledBundle,
    course: Course,
    met: Sequence[_Met],
) -> None:
    """What everybody must get right decides in each course in which anybody can be asked it."""
    people = [person for person in people_of(compiled) if course_is_for(course, *person)]
    for topic in compiled.bundle.catalogue.topics:
        if not topic.must_get_right or topic.id in course.must_get_right:
            continue
        asked = {
            item.scenario
            for item in met
            if item.topic == topic.id
            and any(kind in item.kinds and group in item.groups for kind, group in people)
        }
        if asked:
            told = f"{topic.id} does not decide in course {course.id}, and {len(asked)} situations on it are asked"
            findings.add("course_leaves_out", (*path, "must_get_right"), told, course.id, slug)


@dataclass(frozen=True, slots=True)
class _Met:
    """Who meets one cell."""

    scenario: str
    topic: str
    kinds: frozenset[PersonKind]
    groups: frozenset[JobGroup]

    @classmethod
    def of(cls, compiled: CompiledBundle, cell: Cell) -> _Met:
        scenario = compiled.scenarios[cell.scenario]
        groups = frozenset(JobGroup)
        for wanted in (scenario.job_groups, scenario.variants[cell.variant].job_groups):
            if wanted is not None:
                groups = frozenset(group for group in groups if is_for_work(wanted, group))
        kinds = audience(compiled, scenario.id, cell.variant)
        return cls(scenario.id, scenario.topic, kinds, groups)


def _check_never_asked(findings: Findings, sound: set[str], found: Mapping[str, Sequence[Cell]]) -> None:
    """What nobody asks; one policy alone leaves situations to others, so that nothing can be said of it."""
    if not findings.content.is_whole or len(findings.content.policies) < 2:
        return
    asked = {cell.scenario for cells_here in found.values() for cell in cells_here if cell.asked}
    for scenario in findings.content.bank:
        if scenario.id in sound and scenario.id not in asked:
            sentence = f"no organisation is asked {scenario.id}"
            findings.add("never_asked", ("scenario", scenario.id), sentence, scenario.id)
