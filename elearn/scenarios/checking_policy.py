"""Checks of one policy's folder against the catalogue, its own clauses and its imported text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from elearn.people.rules import PersonKind
from elearn.policies.importing import clause_fingerprint
from elearn.scenarios.bank_content import Variant
from elearn.scenarios.content import Path, Position
from elearn.scenarios.findings import Findings, duplicates
from elearn.scenarios.policy_content import (
    CaseStance,
    Citation,
    Clause,
    ClauseBasis,
    PolicyContent,
    Requirement,
    Stance,
    Stances,
)
from elearn.scenarios.slots import slots_of
from elearn.scenarios.tables import parse_decide
from elearn.scenarios.vocabulary import (
    Answer,
    CitationForce,
    NonAnswer,
    RequirementCode,
    WhoRule,
)

_OBLIGES = frozenset({CitationForce.MUST, CitationForce.SHOULD})
_PERMITS = frozenset({CitationForce.MAY, CitationForce.SAYS})
# Which citation force carries which answer; what is not here takes any.
CARRIES: Mapping[str, frozenset[CitationForce]] = {
    Answer.NOT_ALLOWED: _OBLIGES,
    Answer.ASK_FIRST: _OBLIGES,
    Answer.TELL: _OBLIGES,
    Answer.ALLOWED: _PERMITS,
    Answer.ALLOWED_IF: _PERMITS,
}
_WITHOUT_WHO = frozenset({Answer.ALLOWED, Answer.NOT_BARRED, Answer.JUDGEMENT, Answer.NOT_ALLOWED})
_STATEMENT_SLOTS = frozenset({"name", "organisation", "title", "version", "dated", "who_to_ask"})
FEWEST_KEY_RULES, MOST_KEY_RULES = 6, 10


def needs_who(position: Position, answer: str) -> bool:
    """Whether a stance with this answer has to name offices."""
    free = answer in _WITHOUT_WHO or answer in set(NonAnswer)
    return position.who is WhoRule.REQUIRED and not free


def names_somebody(position: Position, answer: str) -> bool:
    """Whether a stance with this answer can name offices and is about people who do something."""
    return position.who is not WhoRule.NONE and answer not in _WITHOUT_WHO | set(NonAnswer)


def check_policies(findings: Findings) -> None:
    """Every policy's folder by itself."""
    for slug, policy in findings.content.policies.items():
        _PolicyCheck(findings, slug, policy).run()


def check_texts(findings: Findings, texts: Mapping[str, Mapping[str, str]]) -> None:
    """Each clause against the imported text of its policy, where there is one."""
    for slug, clauses in texts.items():
        policy = findings.content.policies.get(slug)
        if policy is None:
            continue
        for number, clause in enumerate(policy.clauses):
            path: Path = ("policy", slug, "clauses", number)
            if clause.ref not in clauses:
                sentence = f"the imported text has no clause {clause.ref}"
                findings.add("clause_not_in_text", path, sentence, clause.ref, slug)
            elif clause_fingerprint(clauses[clause.ref]) != clause.fingerprint:
                sentence = f"the imported text of {clause.ref} is not the one summarised"
                findings.add("fingerprint_differs", (*path, "fingerprint"), sentence, clause.ref, slug)
        listed = {clause.ref for clause in policy.clauses}
        for ref in clauses:
            if ref not in listed:
                sentence = f"clause {ref} of the imported text is not listed"
                findings.add("clause_unlisted", ("policy", slug, "clauses"), sentence, ref, slug)


@dataclass(slots=True)
class _PolicyCheck:
    """The checks of one policy's folder."""

    findings: Findings
    slug: str
    policy: PolicyContent
    clauses: Mapping[str, Clause] = field(init=False)
    positions: Mapping[str, Position] = field(init=False)
    offices: frozenset[str] = field(init=False)
    channels: frozenset[str] = field(init=False)
    topics: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        catalogue = self.findings.content.catalogue
        self.clauses = {clause.ref: clause for clause in self.policy.clauses}
        self.positions = {position.id: position for position in catalogue.positions}
        self.offices = frozenset(office.id for office in catalogue.offices)
        self.channels = frozenset(channel.id for channel in catalogue.channels)
        self.topics = frozenset(topic.id for topic in catalogue.topics)

    def note(self, code: str, below: Path, sentence: str, at: str) -> None:
        self.findings.add(code, ("policy", self.slug, *below), sentence, at, self.slug)

    def run(self) -> None:
        """Run all checks."""
        self._check_clauses()
        self._check_positions()
        self._check_covers()
        self._check_policy()
        self._check_key_rules()
        self._check_access()
        self._check_courses()

    def _refs(self, refs: Iterable[str], below: Path, at: str) -> None:
        for ref in refs:
            if ref not in self.clauses:
                self.note("unknown_clause", below, f"there is no clause {ref}", at)

    def _office(self, office: str, below: Path, at: str) -> None:
        if office not in self.offices:
            self.note("unknown_office", below, f"there is no office {office}", at)
        elif office not in self.policy.policy.names:
            self.note("name_missing", below, f"this policy has no words for {office}", at)

    # clauses.yaml

    def _check_clauses(self) -> None:
        for number, name in duplicates(clause.ref for clause in self.policy.clauses):
            self.note("duplicate_id", ("clauses", number), f"clause {name} is there twice", name)
        for number, clause in enumerate(self.policy.clauses):
            below: Path = ("clauses", number)
            self._confirmed(clause.proposed, below, f"what is said of clause {clause.ref}", clause.ref)
            if clause.parent is not None and clause.parent not in self.clauses:
                self.note(
                    "unknown_parent", (*below, "parent"), f"there is no clause {clause.parent}", clause.ref
                )
            for reason in (clause.not_quizable, *(part.not_quizable for part in clause.parts)):
                same = (reason or "").partition("duplicate_of_")[2]
                if same:
                    self._refs([same], (*below, "not_quizable"), clause.ref)
            for topic in {*clause.topics, *(topic for part in clause.parts for topic in part.topics)}:
                if topic not in self.topics:
                    self.note("unknown_topic", below, f"there is no topic {topic}", clause.ref)

    # positions.yaml

    def _check_positions(self) -> None:
        for name in self.policy.positions:
            if name not in self.positions:
                self.note("unknown_position", ("positions", name), f"there is no position {name}", name)
        for name, position in self.positions.items():
            stances = self.policy.positions.get(name)
            if stances is None:
                self.note("position_unanswered", ("positions",), f"{name} has no stance", name)
                continue
            self._check_cases(position, stances)
            if stances.default is not None:
                self._check_stance(position, stances.default, ("positions", name, "default"))
            for number, exception in enumerate(stances.exceptions):
                self._check_stance(position, exception, ("positions", name, "except", number))

    def _check_cases(self, position: Position, stances: Stances) -> None:
        seen: set[str] = set()
        for number, exception in enumerate(stances.exceptions):
            self._check_exception(position, exception, seen, number)
        uncovered = [case for case in position.cases if case not in seen]
        if stances.default is None and (uncovered or not position.cases):
            told = f" in {', '.join(uncovered)}" if uncovered else ""
            sentence = f"{position.id} has no stance{told}"
            self.note("case_unanswered", ("positions", position.id), sentence, position.id)

    def _check_exception(
        self, position: Position, exception: CaseStance, seen: set[str], number: int
    ) -> None:
        below: Path = ("positions", position.id, "except", number, "cases")
        for case in exception.cases:
            if case not in position.cases:
                self.note("unknown_case", below, f"{position.id} has no case {case}", position.id)
            if case in seen:
                self.note("case_twice", below, f"{case} is in two exceptions", position.id)
            seen.add(case)

    def _confirmed(self, proposed: bool, below: Path, what: str, at: str) -> None:
        """Proposals are the program's guesses: only a person who takes `proposed` out makes them content."""
        if proposed:
            self.note("not_confirmed", (*below, "proposed"), f"{what} is not confirmed yet", at)

    def _check_stance(self, position: Position, stance: Stance, below: Path) -> None:
        self._confirmed(stance.proposed, below, f"the answer to {position.id}", position.id)
        if stance.is_answer:
            if stance.answer not in position.answers:
                sentence = f"{stance.answer} is no answer of {position.id}"
                self.note("unknown_answer", (*below, "is"), sentence, position.id)
            self._check_who(position, stance, below)
        elif stance.who is not None:
            sentence = f"{position.id} is {stance.answer} and yet names offices"
            self.note("who_unwanted", (*below, "who"), sentence, position.id)
        self._check_citations(position, stance, below)
        self._check_clash(position, stance, below)
        for office in stance.offices:
            self._office(office, (*below, "who"), position.id)
        for channel in stance.how:
            if channel not in self.channels:
                self.note("unknown_channel", (*below, "how"), f"there is no channel {channel}", position.id)
            elif channel not in self.policy.policy.names:
                sentence = f"this policy has no words for {channel}"
                self.note("name_missing", (*below, "how"), sentence, position.id)

    def _check_who(self, position: Position, stance: Stance, below: Path) -> None:
        if position.who is WhoRule.NONE and stance.who is not None:
            self.note("who_unwanted", (*below, "who"), f"{position.id} names nobody", position.id)
        if needs_who(position, stance.answer) and stance.who is None:
            self.note("who_missing", below, f"{position.id} is {stance.answer} and names nobody", position.id)

    def _check_citations(self, position: Position, stance: Stance, below: Path) -> None:
        path: Path = (*below, "clauses")
        if stance.answer == NonAnswer.SILENT:
            if stance.clauses:
                self.note("silent_with_clauses", path, f"{position.id} is silent and cites", position.id)
        elif not stance.clauses:
            sentence = f"{position.id} is {stance.answer} and cites nothing"
            self.note("clauses_missing", below, sentence, position.id)
        for number, citation in enumerate(stance.clauses):
            self._check_citation(position, citation, (*path, number))
        needed = CARRIES.get(stance.answer)
        if needed and stance.clauses and not any(citation.force in needed for citation in stance.clauses):
            forces = ", ".join(citation.force for citation in stance.clauses)
            sentence = (
                f"{position.id} is {stance.answer}, cited as {forces}: needs {' or '.join(sorted(needed))}"
            )
            self.note("force_too_weak", path, sentence, position.id)

    def _check_citation(self, position: Position, citation: Citation, below: Path) -> None:
        self._refs([citation.ref], below, position.id)
        clause = self.clauses.get(citation.ref)
        if clause is None:
            return
        parts = {part.part for part in clause.parts}
        if citation.part is not None and citation.part not in parts:
            sentence = f"clause {citation.ref} has no part {citation.part}"
            self.note("unknown_part", below, sentence, position.id)
        elif citation.part is None and parts:
            sentence = f"clause {citation.ref} has parts, and {position.id} names none"
            self.note("part_not_named", below, sentence, position.id)

    def _check_clash(self, position: Position, stance: Stance, below: Path) -> None:
        self._refs(stance.but, (*below, "but"), position.id)
        if stance.resolved is None and stance.answer != NonAnswer.UNCLEAR:
            if stance.but:
                sentence = f"{position.id} rests on clauses that clash with {', '.join(stance.but)}"
                self.note("clash_unresolved", (*below, "but"), sentence, position.id)
            if stance.despite:
                sentence = (
                    f"{position.id} stands despite {', '.join(stance.despite)}, and nobody has decided so"
                )
                self.note("clash_unresolved", (*below, "despite"), sentence, position.id)
        if stance.resolved is not None and not stance.but and not stance.despite:
            sentence = f"{position.id} resolves no clash"
            self.note("resolved_without_clash", (*below, "resolved"), sentence, position.id)

    # policy.yaml

    def _check_policy(self) -> None:
        policy = self.policy.policy
        self._confirmed(policy.proposed, ("policy",), "what this file says", "policy")
        for name in policy.names:
            if name not in self.offices | self.channels:
                sentence = f"{name} is neither office nor channel"
                self.note("unknown_name", ("policy", "names", name), sentence, name)
        for slot in slots_of(policy.statement):
            if slot not in _STATEMENT_SLOTS:
                sentence = f"{{{slot}}} is filled by nothing"
                self.note("statement_slot", ("policy", "statement"), sentence, "statement")
        for office in policy.who_to_ask:
            self._office(office, ("policy", "who_to_ask"), "who_to_ask")
        self._refs(policy.quote_beside_signature, ("policy", "quote_beside_signature"), "signature")
        for number, flag in enumerate(policy.flags):
            self._refs(flag.refs, ("policy", "flags", number), flag.id)
        for number, name in duplicates(flag.id for flag in policy.flags):
            self.note("duplicate_id", ("policy", "flags", number), f"flag {name} is there twice", name)

    def _check_covers(self) -> None:
        for kind in PersonKind:
            covering = self.policy.policy.covers.get(kind)
            if covering is None:
                self.note("covers_missing", ("policy", "covers"), f"covers does not say {kind}", kind)
            elif not isinstance(covering, str):
                self._refs(covering, ("policy", "covers", kind.value), kind)

    # key_rules.yaml

    def _check_key_rules(self) -> None:
        rules = self.policy.key_rules
        if not FEWEST_KEY_RULES <= len(rules) <= MOST_KEY_RULES:
            self.note("key_rule_count", ("key_rules",), f"there are {len(rules)} key rules", "key_rules")
        for number, name in duplicates(rule.id for rule in rules):
            self.note("duplicate_id", ("key_rules", number), f"key rule {name} is there twice", name)
        for number, rule in enumerate(rules):
            below: Path = ("key_rules", number)
            self._refs(rule.clauses, (*below, "clauses"), rule.id)
            self._confirmed(rule.proposed, below, f"the key rule {rule.id}", rule.id)
            words = len(rule.why.split())
            if not 40 <= words <= 60:
                self.note("key_rule_length", (*below, "why"), f"why has {words} words", rule.id)
            if rule.position is not None and not self._is_answered(rule.position):
                sentence = f"this policy does not answer {rule.position}"
                self.note("key_rule_position", (*below, "position"), sentence, rule.id)

    def _is_answered(self, text: str) -> bool:
        """Whether `position` or `position[case]` is settled; without a case, whether any stance on it is."""
        reading = parse_decide("position", text, Variant.model_validate({}))
        stances = self.policy.positions.get(reading.position) if reading else None
        if reading is None or stances is None:
            return False
        if reading.case is not None:
            stance = stances.stance(reading.case)
            return stance is not None and stance.is_answer
        found = [*([stances.default] if stances.default else []), *stances.exceptions]
        return any(stance.is_answer for stance in found)

    # access.yaml

    def _check_access(self) -> None:
        access = self.policy.access
        self._confirmed(access.proposed, ("access",), "what this file asks for", "access")
        self._check_approval()
        for number, requirement in enumerate(access.requirements):
            below: Path = ("access", "requirements", number)
            for basis in (requirement.basis, requirement.otherwise and requirement.otherwise.basis):
                if isinstance(basis, ClauseBasis):
                    self._refs(basis.clauses, below, requirement.code)
            for office in requirement.by or ():
                self._office(office, (*below, "by"), requirement.code)
            if requirement.position is not None:
                self._check_requirement_position(requirement, requirement.position, below)
            courses = {course.id for course in self.policy.courses}
            if requirement.code is RequirementCode.TRAINING and requirement.course not in courses:
                sentence = f"there is no course {requirement.course}"
                self.note("access_course", below, sentence, requirement.code)

    def _check_approval(self) -> None:
        approval = self.policy.access.approval
        below: Path = ("access", "approval")
        for office in approval.offices or ():
            self._office(office, below, "approval")
        if isinstance(approval.basis, ClauseBasis):
            self._refs(approval.basis.clauses, below, "approval")
        if approval.position is None:
            return
        for case in self._reaches(approval.position, approval.case):
            stance = self._stance(approval.position, case)
            if stance is None:
                sentence = f"{approval.position} cannot be read"
                self.note("access_position", below, sentence, "approval")
            elif not stance.is_answer or not stance.offices:
                sentence = f"the stance on {approval.position} names no office"
                self.note("access_approver", below, sentence, "approval")

    def _reaches(self, name: str, case: str | None) -> tuple[str | None, ...]:
        """The cases that are read: without one, those of an academy's account and of the organisation's own."""
        position = self.positions.get(name)
        by_reach = case is None and position is not None and {"academy", "trust"} <= set(position.cases or ())
        return ("academy", "trust") if by_reach else (case,)

    def _check_requirement_position(self, requirement: Requirement, name: str, below: Path) -> None:
        stance = self._stance(name, requirement.case)
        if stance is None:
            self.note("access_position", below, f"{name} cannot be read", name)
            return
        for answer in requirement.on:
            if answer not in self.positions[name].answers:
                self.note("unknown_answer", (*below, "on"), f"{answer} is no answer of {name}", name)
        for ref in {*(requirement.only or ())} - {citation.ref for citation in stance.clauses}:
            self.note("access_clause", (*below, "only"), f"the stance on {name} does not cite {ref}", name)

    def _stance(self, name: str, case: str | None) -> Stance | None:
        position = self.positions.get(name)
        stances = self.policy.positions.get(name)
        if position is None or stances is None or (case is None) != (not position.cases):
            return None
        if case is not None and case not in position.cases:
            return None
        return stances.stance(case)

    # courses.yaml

    def _check_courses(self) -> None:
        for number, name in duplicates(course.id for course in self.policy.courses):
            self.note("duplicate_id", ("courses", number), f"course {name} is there twice", name)
        for number, course in enumerate(self.policy.courses):
            below: Path = ("courses", number)
            self._confirmed(course.proposed, below, f"the course {course.id}", course.id)
            for topic in {*course.topics, *course.must_get_right} - self.topics:
                self.note("unknown_topic", below, f"there is no topic {topic}", course.id)
            if course.pass_mark > course.questions:
                sentence = f"{course.pass_mark} of {course.questions} must be right"
                self.note("course_pass", (*below, "pass"), sentence, course.id)
            drawn = sum(course.topics.values())
            if drawn > course.questions:
                sentence = f"the topics ask for {drawn} of {course.questions} questions"
                self.note("course_topics", (*below, "topics"), sentence, course.id)
            for topic in course.must_get_right:
                if not course.topics.get(topic):
                    sentence = f"{topic} decides by itself but is not drawn from"
                    self.note("course_must", (*below, "must_get_right"), sentence, course.id)
            if course.basis != "product":
                self._refs(course.basis, (*below, "basis"), course.id)
