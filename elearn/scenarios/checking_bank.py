"""Checks of the catalogue and of each scenario by itself, before any policy.

Readings of `decide`, the table over every combination of answers, slots, the graph of a branch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from elearn.scenarios.bank_content import Consequence, Row, Scenario, Step
from elearn.scenarios.content import Catalogue, Path, Position
from elearn.scenarios.findings import Findings, duplicates
from elearn.scenarios.slots import OFFICE, ORGANISATION, STANCE_SLOTS, slots_of, texts_of, uncapitalised
from elearn.scenarios.tables import Reading, combinations, domain, matching_rows, parse_decide
from elearn.scenarios.vocabulary import (
    END,
    Answer,
    Does,
    NonAnswer,
    OfficeAnswer,
    ScenarioType,
    WhoRule,
)
from elearn.scenarios.words import groups_named

# What a right option does, by the answer it follows from. `tell` and a position's own words are exempt.
AGREES: Mapping[str, Does] = {
    Answer.NOT_ALLOWED: Does.AVOID,
    Answer.ALLOWED: Does.DO,
    Answer.NOT_BARRED: Does.DO,
    Answer.ASK_FIRST: Does.AFTER,
    Answer.ALLOWED_IF: Does.AFTER,
    Answer.JUDGEMENT: Does.AFTER,
}
_ONE_RIGHT = frozenset({ScenarioType.CHOOSE, ScenarioType.BRANCH})
_RESERVED_ANSWERS = frozenset(NonAnswer) | frozenset(OfficeAnswer)


def check_catalogue(findings: Findings) -> None:
    """Ids once, topics known, answers that mean nothing else."""
    catalogue = findings.content.catalogue
    topics = {topic.id for topic in catalogue.topics}
    # Offices and channels share the `names` of a policy, so they share their ids too.
    for key, ids in (
        ("topics", [topic.id for topic in catalogue.topics]),
        ("offices", [office.id for office in catalogue.offices]),
        ("positions", [position.id for position in catalogue.positions]),
    ):
        for number, name in duplicates(ids):
            findings.add("duplicate_id", ("catalogue", key, number), f"{name} is there twice", name)
    offices = [office.id for office in catalogue.offices]
    for number, name in duplicates([*offices, *(channel.id for channel in catalogue.channels)]):
        if number >= len(offices):
            path: Path = ("catalogue", "channels", number - len(offices))
            findings.add("duplicate_id", path, f"{name} is there twice", name)
    for number, position in enumerate(catalogue.positions):
        path = ("catalogue", "positions", number)
        if position.topic not in topics:
            findings.add(
                "unknown_topic", (*path, "topic"), f"there is no topic {position.topic}", position.id
            )
        for answer in _RESERVED_ANSWERS & set(position.answers):
            findings.add("answer_reserved", (*path, "answers"), f"{answer} is no answer", position.id)
    _check_all_words(findings)


def _check_all_words(findings: Findings) -> None:
    """Words of positions, offices, channels and kinds of person."""
    catalogue = findings.content.catalogue
    for number, position in enumerate(catalogue.positions):
        _check_words(findings, position, ("catalogue", "positions", number))
    for key, named in (("offices", catalogue.offices), ("channels", catalogue.channels)):
        for number, item in enumerate(named):
            _check_groups(findings, [item.words or ""], ("catalogue", key, number), item.id)
    for kind, text in catalogue.kind_words.items():
        _check_groups(findings, [text], ("catalogue", "kind_words"), kind)


def _check_words(findings: Findings, position: Position, path: Path) -> None:
    """The words of a position name cases and answers that it has, and groups that there are."""
    for case, texts in position.case_words.items():
        _check_groups(findings, texts, (*path, "case_words", case), position.id)
    within = (*position.case_within, *position.case_within.values())
    for key, cases in (
        ("case_words", position.case_words),
        ("cases_apart", position.cases_apart),
        ("case_within", within),
    ):
        for case in cases:
            if case not in position.cases:
                sentence = f"{position.id} has no case {case}"
                findings.add("unknown_case", (*path, key), sentence, position.id)
    for answer, texts in position.answer_words.items():
        if answer not in position.answers:
            sentence = f"{answer} is no answer of {position.id}"
            findings.add("unknown_answer", (*path, "answer_words", answer), sentence, position.id)
        _check_groups(findings, texts, (*path, "answer_words", answer), position.id)
    for key in ("words", "wider_words", "bearing_words"):
        _check_groups(findings, getattr(position, key), (*path, key), position.id)


def _check_groups(findings: Findings, texts: Iterable[str], path: Path, at: str) -> None:
    known = findings.content.catalogue.word_groups
    for name in (name for text in texts for name in groups_named(text)):
        if name not in known:
            findings.add("unknown_word_group", path, f"there is no word group {name}", at)


def check_bank(findings: Findings) -> set[str]:
    """Every scenario by itself. The ids of those whose readings are sound enough to be put to policies."""
    catalogue = findings.content.catalogue
    positions = {position.id: position for position in catalogue.positions}
    topics = {topic.id for topic in catalogue.topics}
    twice = duplicates(scenario.id for scenario in findings.content.bank)
    for _, name in twice:
        findings.add("duplicate_id", ("scenario", name), f"two scenarios are called {name}", name)
    sound = set()
    for scenario in findings.content.bank:
        if scenario.topic not in topics:
            path = ("scenario", scenario.id, "topic")
            findings.add("unknown_topic", path, f"there is no topic {scenario.topic}", scenario.id)
        checks = [
            _StepCheck(findings, scenario, step, step_path(scenario, step.id), catalogue, positions)
            for step in scenario.situations
        ]
        unsound = [check for check in checks if not check.run()]
        if not unsound:
            sound.add(scenario.id)
        check_graph(findings, scenario)
    return sound - {name for _, name in twice}


def step_path(scenario: Scenario, step_id: str) -> Path:
    """The path of a step in the content; a scenario that is no branch is its own step."""
    for number, step in enumerate(scenario.steps):
        if step.id == step_id:
            return ("scenario", scenario.id, "steps", number)
    return ("scenario", scenario.id)


@dataclass(slots=True)
class _StepCheck:
    """The checks of one step (or of a scenario that is no branch)."""

    findings: Findings
    scenario: Scenario
    step: Step
    path: Path
    catalogue: Catalogue
    positions: Mapping[str, Position]

    def note(self, code: str, below: Path, sentence: str) -> None:
        self.findings.add(code, (*self.path, *below), sentence, self.scenario.id)

    def run(self) -> bool:
        """Run all checks; whether `decide` can be read in every variant."""
        self._check_options()
        readable = self._check_decide()
        self._check_slots()
        if readable and self._check_rows():
            self._check_table()
        return readable

    def _check_options(self) -> None:
        offices = {office.id for office in self.catalogue.offices}
        for number, name in duplicates(option.id for option in self.step.options):
            self.note("duplicate_id", ("options", number), f"two options are called {name}")
        for number, option in enumerate(self.step.options):
            below: Path = ("options", number)
            if option.office is not None and option.office not in offices:
                self.note("unknown_office", (*below, "office"), f"there is no office {option.office}")
            if option.does is None and self.scenario.type in _ONE_RIGHT | {ScenarioType.CHOOSE_ALL}:
                self.note("does_missing", below, f"option {option.id} does not say what it does")
            if option.then is None and self.scenario.type is not ScenarioType.ORDER:
                self.note("consequence_missing", below, f"option {option.id} has no consequence")

    # decide

    def _check_decide(self) -> bool:
        before = len(self.findings.found)
        for name, text in self.step.decide.items():
            for variant in self.scenario.variants:
                reading = parse_decide(name, text, variant)
                if reading is None:
                    self.note("decide_unreadable", ("decide", name), f"{text} cannot be read")
                    break
                self._check_reading(reading, text)
        for name in self.step.may_be_silent:
            if name not in self.step.decide:
                self.note("unknown_decide_name", ("may_be_silent",), f"{name} is no name of decide")
        return len(self.findings.found) == before

    def _check_reading(self, reading: Reading, text: str) -> None:
        position = self.positions.get(reading.position)
        below: Path = ("decide", reading.name)
        if position is None:
            self.note("unknown_position", below, f"there is no position {reading.position}")
            return
        if reading.case is None and (position.cases or "[" in text):
            self.note("case_missing", below, f"{position.id} is read without a case")
        if reading.case is not None and reading.case not in position.cases:
            self.note("unknown_case", below, f"{position.id} has no case {reading.case}")
        if reading.office is not None:
            if reading.office not in {office.id for office in self.catalogue.offices}:
                self.note("unknown_office", below, f"there is no office {reading.office}")
            if position.who is WhoRule.NONE:
                self.note("office_never_named", below, f"stances on {position.id} name no office")

    def readings(self) -> list[Reading]:
        """What the first variant reads: answers do not depend on the case."""
        found = (
            parse_decide(name, text, self.scenario.variants[0]) for name, text in self.step.decide.items()
        )
        return [reading for reading in found if reading is not None]

    # rows

    def _check_rows(self) -> bool:
        before = len(self.findings.found)
        domains = {
            reading.name: domain(reading, self.positions[reading.position]) for reading in self.readings()
        }
        for number, row in enumerate(self.step.answers):
            for name, wanted in row.when.items():
                below: Path = ("answers", number, "when", name)
                if name not in domains:
                    self.note("unknown_decide_name", below, f"{name} is no name of decide")
                    continue
                silent = {NonAnswer.SILENT.value} if name in self.step.may_be_silent else set()
                for answer in sorted(set(wanted) - set(domains[name]) - silent):
                    self.note("unknown_answer", below, f"{answer} is no answer of {self.step.decide[name]}")
            self._check_row_options(number, row)
        return len(self.findings.found) == before

    def _check_row_options(self, number: int, row: Row) -> None:
        known = {option.id for option in self.step.options}
        for key, ids in (("right", row.right or ()), ("drop", row.drop)):
            for option in ids:
                if option not in known:
                    self.note("unknown_option", ("answers", number, key), f"there is no option {option}")
        if row.right is not None:
            self._check_right(number, row, row.right)

    def _check_right(self, number: int, row: Row, right: Sequence[str]) -> None:
        below: Path = ("answers", number, "right")
        offered = [option.id for option in self.step.options if option.id not in row.drop]
        dropped = sorted(set(right) & set(row.drop))
        if dropped:
            self.note("right_dropped", below, f"{', '.join(dropped)} is right and dropped")
        least = 2 if self.scenario.type is ScenarioType.BRANCH else 3
        if len(offered) < least:
            self.note("too_few_options", below, f"{len(offered)} options are offered")
        if self.scenario.type is ScenarioType.ORDER:
            if sorted(right) != sorted(offered):
                self.note("not_a_permutation", below, "right does not order all that is offered")
        elif self.scenario.type in _ONE_RIGHT:
            if len(right) != 1:
                self.note("right_count", below, f"{len(right)} options are right where one is chosen")
        elif len(set(right)) != len(right) or not 1 <= len(right) < len(offered):
            self.note("right_count", below, f"{len(right)} of {len(offered)} options are right")

    # table

    def _check_table(self) -> None:
        hit: set[int] = set()
        wrong: set[str] = set()
        right: set[str] = set()
        for answers in combinations(self.step, self.readings(), self.positions):
            rows = matching_rows(self.step.answers, answers)
            hit |= set(rows)
            told = (
                ", ".join(f"{name} {answer}" for name, answer in sorted(answers.items()))
                or "no answer at all"
            )
            if not rows:
                self.note("hole", ("answers",), f"no row for {told}")
            elif len(rows) > 1:
                which = " and ".join(str(row + 1) for row in rows)
                self.note("overlap", ("answers", rows[1]), f"rows {which} both fit {told}")
            else:
                self._check_does(rows[0], answers)
        for number, row in enumerate(self.step.answers):
            if number not in hit:
                self.note("dead_row", ("answers", number), f"row {number + 1} fits no answers")
            elif row.right is not None:
                right |= set(row.right)
                wrong |= {option.id for option in self.step.options} - set(row.right) - set(row.drop)
        self._check_consequences(right & wrong)

    def _check_does(self, number: int, answers: Mapping[str, str]) -> None:
        row = self.step.answers[number]
        if row.right is None or self.scenario.type not in _ONE_RIGHT:
            return
        carrying = [answers[name] for name in row.when]
        agreeing = {AGREES[answer] for answer in carrying if answer in AGREES}
        if not agreeing or any(answer not in AGREES for answer in carrying):
            return
        for option in self.step.options:
            if option.id in row.right and option.does is not None and option.does not in agreeing:
                told = ", ".join(carrying)
                self.note(
                    "does_disagrees",
                    ("answers", number, "right"),
                    f"{option.id} ({option.does}) is right where the answer is {told}",
                )

    def _check_consequences(self, either: set[str]) -> None:
        if self.scenario.type is ScenarioType.ORDER:
            return
        for number, option in enumerate(self.step.options):
            if option.id in either and option.then is not None and not isinstance(option.then, Consequence):
                sentence = f"option {option.id} is right in one row and wrong in another"
                self.note("consequence_one_sided", ("options", number), sentence)

    # slots

    def _check_slots(self) -> None:
        words = [set(variant.words) for variant in self.scenario.variants]
        common = set.intersection(*words)
        offices = {office.id for office in self.catalogue.offices}
        for below, text in texts_of(self.step).items():
            for slot in slots_of(text):
                name, dot, what = slot.partition(".")
                if not dot:
                    known = slot == ORGANISATION or slot in common
                elif name == OFFICE:
                    known = what in offices or uncapitalised(what) in offices
                else:
                    known = name in self.step.decide and what.lower() in STANCE_SLOTS
                if not known:
                    self.note("unknown_slot", below, f"{{{slot}}} is filled by nothing")
                elif dot and what.lower() == "who":
                    self._check_who_slot(name, below)

    def _check_who_slot(self, name: str, below: Path) -> None:
        if name == OFFICE:
            return
        reading = parse_decide(name, self.step.decide[name], self.scenario.variants[0])
        position = self.positions.get(reading.position) if reading else None
        if position is not None and position.who is WhoRule.NONE:
            self.note("slot_without_who", below, f"stances on {position.id} name nobody")


def check_graph(findings: Findings, scenario: Scenario) -> None:
    """A branch: steps that exist, no way back to a step, every step reached from the first."""
    steps = {step.id: step for step in scenario.steps}
    for number, name in duplicates(step.id for step in scenario.steps):
        path: Path = ("scenario", scenario.id, "steps", number)
        findings.add("duplicate_id", path, f"two steps are called {name}", scenario.id)
    for step in scenario.steps:
        path = step_path(scenario, step.id)
        for number, option in enumerate(step.options):
            if option.next is None:
                sentence = f"option {option.id} does not say what follows"
                findings.add("next_missing", (*path, "options", number), sentence, scenario.id)
        for target in follows(step):
            if target != END and target not in steps:
                findings.add("unknown_step", path, f"there is no step {target}", scenario.id)
    if scenario.steps:
        _check_ways(findings, scenario, steps)


def follows(step: Step) -> list[str]:
    """The steps that may come after this one, and `end`."""
    found = [option.next for option in step.options if option.next is not None]
    return [*found, step.otherwise] if step.otherwise is not None else found


def _check_ways(findings: Findings, scenario: Scenario, steps: Mapping[str, Step]) -> None:
    reached: set[str] = set()
    finished: set[str] = set()

    def walk(name: str, way: tuple[str, ...]) -> None:
        if name in way:
            sentence = f"{' to '.join((*way, name))} goes round"
            findings.add("loop", step_path(scenario, way[-1]), sentence, scenario.id)
            return
        reached.add(name)
        if name not in finished:
            for target in follows(steps[name]):
                if target in steps:
                    walk(target, (*way, name))
            finished.add(name)

    walk(scenario.steps[0].id, ())
    for name in steps:
        if name not in reached:
            findings.add(
                "unreachable_step", step_path(scenario, name), f"no way leads to {name}", scenario.id
            )
