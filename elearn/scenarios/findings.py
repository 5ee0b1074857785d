"""What the checker can find: each kind of finding has a code, a level and a way to mend it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from elearn.scenarios.content import Content, Override, Path


class Level(StrEnum):
    """An error keeps content from being used; a warning is for somebody to judge."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. `at` is the id an override names: a scenario, position, clause or course."""

    code: str
    level: Level
    sentence: str
    file: str
    line: int
    mend: str
    at: str
    policy: str = ""

    @property
    def told(self) -> str:
        """The sentence for a place where what it is about stands before it: "It ..." in place of the id."""
        rest = self.sentence.removeprefix(f"{self.at} ")
        text = self.sentence if rest == self.sentence else f"it {rest}"
        return text[:1].upper() + text[1:]

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        policy = f" [{self.policy}]" if self.policy else ""
        return f"{where}: {self.level} {self.code}{policy}: {self.sentence}. {self.mend}"


@dataclass(frozen=True, slots=True)
class Overridden:
    """A finding that somebody accepted, with the reason."""

    finding: Finding
    reason: str


_TABLE = "Give every combination of answers exactly one row"
_NAME = "Use an id of catalogue.yaml, or add it there"
_GRAPH = "Let every step be reached and every way come to an end"

ERRORS: dict[str, str] = {
    # ids and words
    "duplicate_id": "Give it an id of its own",
    "answer_reserved": "Choose another word: this one is a non-answer or answers position?office",
    "unknown_topic": _NAME,
    "unknown_office": _NAME,
    "unknown_channel": _NAME,
    "unknown_word_group": "Use a group of word_groups in catalogue.yaml, or add it there",
    # decide
    "decide_unreadable": "Write position, position[case] or position?office",
    "unknown_position": _NAME,
    "case_missing": "Name a case: position[case], or position[{case}] with a case in every variant",
    "unknown_case": "Use a case of this position, or leave it out where the position has none",
    "office_never_named": "Ask about an office only where the position's stances name one",
    "unknown_decide_name": "Use a name of decide",
    "unknown_answer": "Use an answer of this position in catalogue.yaml",
    # table
    "hole": _TABLE,
    "overlap": _TABLE,
    "dead_row": "Take the row out, or mend the rows that hide it",
    "unknown_option": "Use the id of an option",
    "right_dropped": "Do not drop what is right",
    "right_count": "choose: one; choose_all and mark: one to all but one",
    "not_a_permutation": "Name every offered option once, in order",
    "too_few_options": "Offer at least three (two in a step of a branch): add options or drop fewer",
    "does_disagrees": "not_allowed: avoid; allowed, not_barred: do; ask_first, allowed_if, judgement: after",
    "does_missing": "Say what the option does: do, after, avoid or tell",
    "consequence_missing": "Say what happens next",
    "consequence_one_sided": "Write then with right and wrong: the option is right for some only",
    # slots
    "unknown_slot": "Use a key of every variant, name.who, name.how, name.must, office.id or organisation",
    "slot_without_who": "The position's stances name nobody: take the slot out, or let its who be optional",
    "slot_empty": "Give the stance what the slot shows, or add a row for it that is not asked",
    # branches
    "unknown_step": "Name a step of this scenario, or end",
    "next_missing": "Say which step follows, or end",
    "loop": _GRAPH,
    "unreachable_step": _GRAPH,
    # positions of a policy
    "position_unanswered": "Write a stance; where the policy says nothing, write silent",
    "case_unanswered": "Add a default or an exception for the case",
    "case_twice": "Name each case in one exception",
    "clauses_missing": "Cite the clauses that say so or bear on it",
    "silent_with_clauses": "Silence cites nothing: take the clauses out, or write indirect",
    "unknown_clause": "Use a ref of clauses.yaml",
    "unknown_part": "Use a part that clauses.yaml lists for this clause",
    "force_too_weak": "Cite a clause that says it with that force, or choose another answer",
    "who_missing": "Say who: any or all of which offices",
    "who_unwanted": "Take who out, or let the position's who be optional in the catalogue",
    "name_missing": "Add this policy's words for it under names in policy.yaml",
    "unknown_name": _NAME,
    "clash_unresolved": "Add resolved (by, on, why), or write unclear",
    "unknown_flag": "Use the id of a flag of policy.yaml",
    # the rest of a policy
    "covers_missing": "Say which clauses cover this kind of person, or silent",
    "key_rule_count": "Write six to ten key rules",
    "key_rule_position": "Name a position that this policy answers, with its case",
    "statement_slot": "Use name, organisation, title, version, dated, who_to_ask",
    "access_clause": "Name clauses that the stance cites, or cite them there",
    "access_position": "Read a position that this policy answers, with its case",
    "access_approver": "Name offices with a basis: the stance names nobody",
    "access_course": "Name a course of courses.yaml",
    "course_too_short": "Lower the number, or write more situations that this organisation is asked",
    "course_pass": "Ask for no more right answers than there are questions",
    "course_topics": "Draw no more from the topics together than there are questions",
    "course_must": "Draw from every topic that decides by itself",
    "not_confirmed": "Read it against its clauses, mend it where it is wrong, then take proposed out",
    "unknown_parent": "Use a ref of clauses.yaml",
    # cells
    "right_not_offered": "Keep the right option where this organisation is asked",
    "right_names_wrong_office": "Name the office with a {name.who} slot, or add a row for other offices",
    "options_alike": "Word the options so that no two read the same",
    "key_without_clause": "Let a cited stance carry the key, or do not ask it here",
    # writing
    "story_far_off": "Write 60 to 90 words",
    # mutations
    "flip_changes_no_key": "Let a situation that reads it tell the two apart, or say in overrides.yaml why none does",
    "removal_changes_nothing": "Let the check of policies look up whatever cites it",
    # texts
    "fingerprint_differs": "Read the clause again, mend its summary and positions, then its fingerprint",
    "clause_not_in_text": "Use the ref that the import of the policy's text gives",
}

ACCEPTABLE = frozenset({"flip_changes_no_key"})
"""Errors that an override may accept, as it may every warning: no situation can tell some answers apart."""

WARNINGS: dict[str, str] = {
    "part_not_named": "Say which part of the clause",
    "resolved_without_clash": "List the clause that clashes under but, the flag under despite, or take resolved out",
    "flag_one_sided": "Name the other clauses of the flag under but, with resolved, or write unclear",
    "flag_unsettled": "Write unclear; or say why the flag does not bear on it under its apart; or name the flag under "
    "despite, with resolved",
    "flag_open": "Write a non-answer, take it out of the flag's open, or name the flag under despite, with resolved",
    "unsafe_basis": "Rest it on other clauses, or take it out",
    "flag_names_nothing": "Take it out: nothing there rests on the flag any more",
    "flag_word_told": "Say it in words that are right today",
    "rule_of_one_policy": "Do not ask it where the policy is silent: only one policy has this rule",
    "office_unmarked": "Mark the option with office: so that it is dropped where it would be right too",
    "course_leaves_out": "Draw from the topic and let it decide, or say why this course leaves it out",
    "course_short_for_some": "Lower the number, or write more situations that these people are put",
    "never_asked": "Widen the table, or take the scenario out",
    "uncovered_clause": "Write a situation for it, or say why it is not_quizable",
    "situation_never_drawn": "Let a course for such people draw from its topic, or do not ask it here",
    "clause_never_drawn": "Let a course for such people draw one of these topics, or say why it is not_quizable",
    "uncovered_recommendation": "Write a situation for it, or say why it is not_quizable",
    "clause_unlisted": "Add the clause to clauses.yaml",
    "key_rule_length": "Write 40 to 60 words",
    "story_length": "Write 60 to 90 words",
    "reading_age": "Use shorter sentences and words: grade 8 at most, 10 in an option by itself",
    "right_longest": "Shorten the right option or lengthen a wrong one",
    "all_of_the_above": "Offer acts, not sums of other options",
    "absolute_word": "Say it without always, never or only, which give the key away",
    "negative_stem": "Ask for what to do, not for what not to do",
    "stem_words_in_right": "Word the right option differently from the story",
    "near_duplicate": "Rewrite one of them, or count them once",
    "names_one_trust": "Write {organisation}: the bank is for every organisation",
    "real_name": "Use a forename alone and no place, or list it as nobody's name in checking_names.py",
    "unused_override": "Take the override out: nothing is found there any more",
}


@dataclass(slots=True)
class Findings:
    """Gathers findings and looks up where they are written."""

    content: Content
    found: list[Finding] = field(default_factory=list)
    _seen: set[tuple[str, str, int, str, str]] = field(default_factory=set)

    def add(self, code: str, path: Path, sentence: str, at: str, policy: str = "") -> None:
        """Note a finding at a path of the content; the same one is noted once."""
        level = Level.ERROR if code in ERRORS else Level.WARNING
        mend = ERRORS[code] if code in ERRORS else WARNINGS[code]
        place = self.content.place(path)
        key = (code, place.file, place.line, sentence, policy)
        if key not in self._seen:
            self._seen.add(key)
            self.found.append(Finding(code, level, sentence, place.file, place.line, mend, at, policy))


def duplicates(ids: Iterable[str]) -> list[tuple[int, str]]:
    """The number and id of every item whose id came before."""
    seen: set[str] = set()
    again = []
    for number, name in enumerate(ids):
        if name in seen:
            again.append((number, name))
        seen.add(name)
    return again


def apply_overrides(
    findings: Findings, not_looked_for: Collection[str] = ()
) -> tuple[list[Finding], list[Overridden]]:
    """The findings that stand, and those that an override accepts: warnings, and of the errors the acceptable.

    An override of a code that was `not_looked_for` may accept nothing.
    """
    standing: list[Finding] = []
    accepted: list[Overridden] = []
    unused = dict(enumerate(findings.content.overrides)) if findings.content.is_whole else {}
    for finding in findings.found:
        fitting = [
            number for number, override in enumerate(findings.content.overrides) if _fits(override, finding)
        ]
        if not fitting:
            standing.append(finding)
            continue
        accepted.append(Overridden(finding, findings.content.overrides[fitting[0]].reason))
        for number in fitting:
            unused.pop(number, None)
    before = len(findings.found)
    for number, override in unused.items():
        if override.code in not_looked_for:
            continue
        sentence = f"no {override.code} is found at {override.at}"
        findings.add("unused_override", ("override", number), sentence, override.at, override.policy or "")
    return standing + findings.found[before:], accepted


def _fits(override: Override, finding: Finding) -> bool:
    return (
        (finding.level is Level.WARNING or finding.code in ACCEPTABLE)
        and override.code == finding.code
        and override.at == finding.at
        and override.policy in {None, finding.policy}
    )
