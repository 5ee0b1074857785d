"""The content that a policy's decisions amount to: everything a folder of a policy holds. Pure.

What nobody has decided is left out, so that the checks say that it is missing; what follows from the decisions
(courses, the gate, what a clause does) is worked out here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field

from elearn.drafts.passages import SourceClause
from elearn.people.rules import JobGroup, PersonKind
from elearn.policies.importing import clause_fingerprint
from elearn.scenarios.bank_content import Scenario
from elearn.scenarios.content import Bundle, Catalogue, Position, Topic
from elearn.scenarios.policy_content import (
    Access,
    Clause,
    ClausePart,
    Course,
    KeyRule,
    Policy,
    PolicyContent,
    Stance,
    Stances,
)
from elearn.scenarios.rules import CompiledBundle, cells
from elearn.scenarios.vocabulary import EVERYONE, Answer, CitationForce, ClauseForce, CourseId

STATEMENT = (
    "I, {name}, have read the {title} of {organisation}, version {version}, dated {dated}. I understand that it "
    "applies to me as it says. I know that I can ask {who_to_ask} if I am unsure what it means."
)
_SUMMARY = 240
"""How long a summary may be: the trust's own words, for its own installation."""
_NOT_ASKED = {
    ClauseForce.INFORMATION: "information",
    ClauseForce.DEFINITION: "definition",
    ClauseForce.CONSEQUENCE: "information",
}


@dataclass(frozen=True, slots=True)
class About:
    """Whose policy it is, and which text."""

    slug: str
    organisation: str
    short_name: str
    title: str
    version: str
    approved_on: str
    review_due_on: str


@dataclass(frozen=True, slots=True)
class RuleText:
    """Somebody's own words for a key rule."""

    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Decisions:
    """What people have decided; what is None or not there is still to be decided."""

    positions: Mapping[str, Stances]
    covers: Mapping[PersonKind, str | tuple[str, ...]]
    names: Mapping[str, str]
    key_rules: tuple[str, ...]
    statement: str
    who_to_ask: tuple[str, ...]
    parts: Mapping[str, tuple[ClausePart, ...]] = field(default_factory=dict)
    rule_texts: Mapping[str, RuleText] = field(default_factory=dict)


def assemble(
    catalogue: Catalogue,
    bank: tuple[Scenario, ...],
    clauses: Sequence[SourceClause],
    about: About,
    decided: Decisions,
) -> Bundle:
    """The whole content of a policy, as far as it is decided."""
    names = {item.id: default_name(item.title) for item in (*catalogue.offices, *catalogue.channels)}
    policy = Policy.model_validate(
        {
            "slug": about.slug,
            "organisation": about.organisation,
            "short_name": about.short_name,
            "title": about.title,
            "version": about.version,
            "approved_on": about.approved_on or None,
            "review_due_on": about.review_due_on or None,
            "names": names | dict(decided.names) if decided.names else {},
            "covers": dict(decided.covers),
            "statement": decided.statement or STATEMENT,
            "who_to_ask": decided.who_to_ask or ("line_manager",),
        }
    )
    parts = PolicyContent(
        policy=policy,
        clauses=_clauses(catalogue, clauses, decided),
        positions=dict(decided.positions),
        key_rules=tuple(
            key_rule(catalogue, name, decided, clauses)
            for name in decided.key_rules
            if name in decided.positions
        ),
        access=_access(decided),
        courses=(),
    )
    bundle = Bundle(catalogue=catalogue, bank=bank, policy=parts)
    courses = _courses(CompiledBundle(bundle))
    return bundle.model_copy(update={"policy": parts.model_copy(update={"courses": courses})})


def default_name(title: str) -> str:
    """What an office or channel is called where the policy has no words of its own for it."""
    if re.match(r"(?:an?|the|written|official|usual) ", title):
        return title
    return f"the {title}"


# Clauses


def _clauses(catalogue: Catalogue, clauses: Sequence[SourceClause], decided: Decisions) -> tuple[Clause, ...]:
    topics = {position.id: position.topic for position in catalogue.positions}
    cited: dict[str, dict[str, None]] = {}
    of_part: dict[tuple[str, str], dict[str, None]] = {}
    for name, stances in decided.positions.items():
        for stance in all_stances(stances):
            for citation in stance.clauses:
                cited.setdefault(citation.ref, {})[topics[name]] = None
                if citation.part is not None:
                    of_part.setdefault((citation.ref, citation.part), {})[topics[name]] = None
    refs = {clause.ref for clause in clauses}
    parts = {
        ref: tuple(
            part.model_copy(update={"topics": tuple(of_part.get((ref, part.part), ()))}) for part in found
        )
        for ref, found in decided.parts.items()
    }
    return tuple(
        _clause(clause, tuple(cited.get(clause.ref, ())), refs, parts.get(clause.ref, ()))
        for clause in clauses
    )


def _clause(
    clause: SourceClause, topics: tuple[str, ...], refs: Collection[str], parts: tuple[ClausePart, ...]
) -> Clause:
    force = ClauseForce(clause.force)
    opens_list = clause.text.rstrip().endswith(":")
    why = "heading" if opens_list and not topics else _NOT_ASKED.get(force)
    return Clause.model_validate(
        {
            "ref": clause.ref,
            "parent": clause.parent if clause.parent in refs else None,
            "heading": clause.heading or None,
            "force": force,
            "topics": topics,
            "summary": shortened(clause.text, _SUMMARY),
            "fingerprint": clause_fingerprint(clause.text),
            "not_quizable": None if topics or parts else why,
            "parts": parts,
        }
    )


def shortened(text: str, most: int) -> str:
    """The text in at most so many characters, cut between words."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"


def all_stances(stances: Stances) -> list[Stance]:
    """The default and every exception."""
    return [*([stances.default] if stances.default else []), *stances.exceptions]


# Key rules


def key_rule(catalogue: Catalogue, name: str, decided: Decisions, clauses: Sequence[SourceClause]) -> KeyRule:
    """A rule to be shown first, made from a position that the policy answers, in somebody's own words if there are."""
    position = next(item for item in catalogue.positions if item.id == name)
    stance = next(stance for stance in all_stances(decided.positions[name]) if stance.is_answer)
    own = decided.rule_texts.get(name)
    texts = {clause.ref: clause.text for clause in clauses}
    ref = stance.clauses[0].ref
    room = 58 - len(position.why.split()) - 5
    words = texts.get(ref, "").split()
    quoted = " ".join(words[:room]) + (" …" if len(words) > room else "")
    return KeyRule.model_validate(
        {
            "id": name.replace("_", "-"),
            "title": own.title if own else rule_title(position, stance),
            "why": own.why if own else f"{position.why} The policy says in clause {ref}: “{quoted}”",
            "clauses": tuple(dict.fromkeys(citation.ref for citation in stance.clauses)),
            "position": name,
        }
    )


def rule_title(position: Position, stance: Stance) -> str:
    """A position and its answer as one plain sentence."""
    asked = position.question.rstrip("?")
    must = "should" if stance.clauses[0].force is CitationForce.SHOULD else "must"
    if asked.startswith("May staff ") and stance.answer == Answer.NOT_ALLOWED:
        return f"Staff {must} not {asked.removeprefix('May staff ')}."
    if asked.startswith("May staff ") and stance.answer == Answer.ASK_FIRST:
        return f"Staff {must} ask first before they {asked.removeprefix('May staff ')}."
    if (
        asked.startswith("Must staff ")
        and " who " not in asked
        and stance.answer in (Answer.TELL, "required")
    ):
        return f"Staff {must} {re.split(r', and |, how', asked.removeprefix('Must staff '))[0]}."
    return f"{position.question} {stance.answer.replace('_', ' ').capitalize()}."


def rules_to_choose(catalogue: Catalogue, decided: Mapping[str, Stances]) -> list[str]:
    """Positions that may become key rules: answered, those of topics that must be right first, in turn by topic."""
    order = sorted(catalogue.topics, key=lambda topic: not topic.must_get_right)
    by_topic = {topic.id: _rules_of(topic, catalogue, decided) for topic in order}
    first = [topic.id for topic in order if topic.must_get_right]
    rest = [topic.id for topic in order if not topic.must_get_right]
    return _in_turn([by_topic[name] for name in first]) + _in_turn([by_topic[name] for name in rest])


def _rules_of(topic: Topic, catalogue: Catalogue, decided: Mapping[str, Stances]) -> list[str]:
    """The positions of a topic, those with a plain rule for everybody before the others."""
    plain = (Answer.NOT_ALLOWED, Answer.ASK_FIRST, Answer.TELL)
    ranked: list[tuple[int, int, str]] = []
    for number, position in enumerate(catalogue.positions):
        stances = decided.get(position.id)
        answered = [stance for stance in all_stances(stances) if stance.is_answer] if stances else []
        if position.topic == topic.id and answered:
            is_plain = answered[0].answer in plain and "staff" in position.question
            strong = answered[0].clauses[0].force is CitationForce.MUST
            ranked.append((-(2 * is_plain + strong), number, position.id))
    return [name for _rank, _number, name in sorted(ranked)]


def _in_turn(lists: Sequence[list[str]]) -> list[str]:
    longest = max((len(found) for found in lists), default=0)
    return [found[place] for place in range(longest) for found in lists if place < len(found)]


# The gate

_TRAINED = "An official account needs more than a personal one."
_SIGNED = "Nobody should speak for the trust under rules that they have not signed."


def _access(decided: Decisions) -> Access:
    requirements: list[dict[str, object]] = [
        {
            "code": "training",
            "course": CourseId.INDUCTION,
            "from": "training_before",
            "on": ("required", "may_be_required"),
            "else": {"basis": "product"},
        },
        {"code": "training", "course": CourseId.ACCOUNT_HOLDER, "basis": "product", "why": _TRAINED},
        {"code": "signature", **_basis(decided, "signature_before", "required", _SIGNED)},
    ]
    two = _refs(decided, "two_contacts", "required")
    if two:
        requirements.append({"code": "two_contacts", "basis": {"clauses": two}, "count": 2})
    inducted = decided.positions.get("account_induction")
    by = inducted.default.offices if inducted and inducted.default else ()
    refs = _refs(decided, "account_induction", "induction_given")
    if refs and by:
        requirements.append({"code": "account_induction", "basis": {"clauses": refs}, "by": by})
    for code, position in (("equipment", "trust_equipment"), ("two_step", "two_step")):
        refs = _refs(decided, position, "required")
        if refs:
            requirements.append({"code": code, "basis": {"clauses": refs}})
    return Access.model_validate({"approval": _approval(decided), "requirements": tuple(requirements)})


def _approval(decided: Decisions) -> dict[str, object]:
    """Who approves: the offices that the policy names for any account; where it names none, the head."""
    stances = decided.positions.get("speak_for_trust")
    found = [s for s in all_stances(stances) if s.answer == Answer.ASK_FIRST and s.offices] if stances else []
    if not found:
        return {"offices": ("head",), "basis": "product"}
    offices = dict.fromkeys(office for stance in found for office in stance.offices)
    refs = dict.fromkeys(citation.ref for stance in found for citation in stance.clauses)
    return {"offices": tuple(offices), "basis": {"clauses": tuple(refs)}}


def _basis(decided: Decisions, position: str, answer: str, why: str) -> dict[str, object]:
    refs = _refs(decided, position, answer)
    return {"basis": {"clauses": refs}} if refs else {"basis": "product", "why": why}


def _refs(decided: Decisions, position: str, answer: str) -> tuple[str, ...]:
    """The clauses that give this answer."""
    stances = decided.positions.get(position)
    stance = stances.default if stances else None
    if stance is None or stance.answer != answer:
        return ()
    return tuple(dict.fromkeys(citation.ref for citation in stance.clauses))


# Courses


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a course would like to draw."""

    id: CourseId
    title: str
    job_groups: str | tuple[JobGroup, ...]
    wanted: Mapping[str, int]
    most: int
    due_days: int


_EVERYBODY = {
    "pupil-contact": 2,
    "images": 1,
    "reporting": 1,
    "ex-pupils": 1,
    "confidentiality": 1,
    "respect": 1,
}
_PLANS = (
    _Plan(CourseId.INDUCTION, "Induction", EVERYONE, _EVERYBODY, 8, 14),
    _Plan(CourseId.REFRESHER, "Annual refresher", EVERYONE, _EVERYBODY, 8, 28),
    _Plan(
        CourseId.ACCOUNT_HOLDER,
        "Posting for the trust",
        (JobGroup.ACCOUNT_HOLDER,),
        {
            "trust-accounts": 3,
            "images": 1,
            "pupil-contact": 1,
            "reporting": 1,
            "enquiries": 1,
            "copyright": 1,
        },
        8,
        14,
    ),
)


def _courses(compiled: CompiledBundle) -> tuple[Course, ...]:
    """The three courses, with as many situations as everybody they are for can be asked."""
    asked = {cell.scenario for cell in cells(compiled) if cell.asked}
    return tuple(course for plan in _PLANS if (course := _course(plan, compiled, asked)) is not None)


def _course(plan: _Plan, compiled: CompiledBundle, asked: Set[str]) -> Course | None:
    there: dict[str, int] = {}
    for scenario in asked:
        found = compiled.scenarios[scenario]
        if found.job_groups == EVERYONE or set(plan.job_groups) & set(found.job_groups):
            there[found.topic] = there.get(found.topic, 0) + 1
    # The topics that decide by themselves come first, so that a short course still has them all.
    musts = [topic.id for topic in compiled.bundle.catalogue.topics if topic.must_get_right]
    topics: dict[str, int] = {}
    for topic in sorted(plan.wanted, key=lambda name: name not in musts):
        count = min(plan.wanted[topic], there.get(topic, 0), plan.most - sum(topics.values()))
        if count > 0:
            topics[topic] = count
    questions = min(plan.most, sum(there.values()))
    if not topics or questions < 3:
        return None
    return Course.model_validate(
        {
            "id": plan.id,
            "title": plan.title,
            "kinds": EVERYONE,
            "job_groups": plan.job_groups,
            "topics": topics,
            "questions": questions,
            "pass": questions - 1,
            "must_get_right": tuple(topic for topic in musts if topic in topics),
            "rounds": 3,
            "valid_months": 12,
            "due_days": plan.due_days,
            "basis": "product",
        }
    )
