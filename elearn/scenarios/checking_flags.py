"""Checks of what is noted as wrong with a policy's text: people are not scored on it without a word about it.

A definite answer that rests on a flagged clause is set apart by the flag with a reason, or stands in spite of it with
who decided and why; on one side of a contradiction it names the other. What a flag says is open has no answer. No key
rule and nothing that the gate asks for rests on what is unsafe.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from elearn.scenarios.asked import Asked
from elearn.scenarios.content import Path, Position
from elearn.scenarios.findings import Findings
from elearn.scenarios.flags import is_open, named, resting, stances_by_case, told, why_apart
from elearn.scenarios.policy_content import Clause, ClauseBasis, Flag, PolicyContent, Stance
from elearn.scenarios.vocabulary import FlagKind

_SAYS: Mapping[FlagKind, str] = {
    FlagKind.AMBIGUOUS: "is ambiguous",
    FlagKind.OUTDATED: "is outdated",
    FlagKind.GAP: "leaves a gap",
    FlagKind.UNSAFE: "is unsafe",
}


def check_flags(findings: Findings) -> None:
    """The flags of every policy, and every stance and key rule that they bear on."""
    for slug, policy in findings.content.policies.items():
        _FlagCheck(findings, slug, policy).run()


def words_told(flag: Flag, texts: Iterator[str]) -> list[str]:
    """The words of `never_say` that these texts use, in either case of letters."""
    if not flag.never_say:
        return []
    text = "\n".join(texts).casefold()
    return [words for words in flag.never_say if words.casefold() in text]


def texts_of(asked: Asked) -> Iterator[str]:
    """All that staff read in a situation, as filled."""
    yield from (asked.story, asked.ask)
    for option in asked.options:
        yield from (option.text, option.consequence)
    if asked.artefact is not None:
        yield from _texts(asked.artefact.model_dump(mode="json", exclude={"kind"}))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


@dataclass(slots=True)
class _FlagCheck:
    """The checks of one policy's flags."""

    findings: Findings
    slug: str
    policy: PolicyContent
    flags: tuple[Flag, ...] = field(init=False)
    clauses: Mapping[str, Clause] = field(init=False)
    positions: Mapping[str, Position] = field(init=False)

    def __post_init__(self) -> None:
        self.flags = self.policy.policy.flags
        self.clauses = {clause.ref: clause for clause in self.policy.clauses}
        self.positions = {position.id: position for position in self.findings.content.catalogue.positions}

    def note(self, code: str, below: Path, sentence: str, at: str) -> None:
        self.findings.add(code, ("policy", self.slug, *below), sentence, at, self.slug)

    def run(self) -> None:
        """Run all checks."""
        for number, flag in enumerate(self.flags):
            self._check_names(flag, ("policy", "flags", number))
        for name, stances in self.policy.positions.items():
            position = self.positions.get(name)
            if position is None:
                continue
            for stance, cases in stances_by_case(position, stances):
                below: Path = ("positions", name, "default")
                if stance is not stances.default:
                    below = ("positions", name, "except", stances.exceptions.index(stance))
                self._check_stance(position, stance, cases, below)
        self._check_key_rules()
        self._check_access()

    # What a flag names

    def _check_names(self, flag: Flag, below: Path) -> None:
        for number, piece in enumerate(flag.parts):
            clause = self.clauses.get(piece.ref)
            known = {part.part for part in clause.parts} if clause and piece.ref in flag.refs else set()
            if piece.part not in known:
                sentence = f"{flag.id} is about no part {piece.part} of clause {piece.ref}"
                self.note("unknown_part", (*below, "parts", number), sentence, flag.id)
        for name in flag.open:
            self._cases(name, (*below, "open"), flag.id)
        for number, apart in enumerate(flag.apart):
            for name in apart.positions:
                path: Path = (*below, "apart", number)
                cases = self._cases(name, path, flag.id)
                if cases and not any(self._rests(flag, named(name)[0], case) for case in cases):
                    sentence = f"{flag.id} sets {name} apart, and no answer there rests on its clauses"
                    self.note("flag_names_nothing", path, sentence, flag.id)

    def _cases(self, name: str, below: Path, at: str) -> list[str | None]:
        """The cases that `position` or `position[case]` stands for; none where there is no such position or case."""
        base, case = named(name)
        position = self.positions.get(base)
        if position is None or name != told(base, case):
            sentence = f"there is no position {base if position is None else name}"
            self.note("unknown_position", below, sentence, at)
            return []
        if case and case not in position.cases:
            self.note("unknown_case", below, f"{base} has no case {case}", at)
            return []
        return [case] if case else list(position.cases) or [None]

    def _rests(self, flag: Flag, name: str, case: str | None) -> bool:
        stances = self.policy.positions.get(name)
        stance = stances.stance(case) if stances else None
        return stance is not None and stance.is_answer and bool(resting(flag, stance))

    # Stances

    def _check_stance(self, position: Position, stance: Stance, cases: list[str | None], below: Path) -> None:
        for flag_id in stance.despite:
            flag = next((flag for flag in self.flags if flag.id == flag_id), None)
            if flag is None:
                sentence = f"there is no flag {flag_id}"
                self.note("unknown_flag", (*below, "despite"), sentence, position.id)
            elif not stance.is_answer or not (
                resting(flag, stance) or any(is_open(flag, position.id, case) for case in cases)
            ):
                sentence = f"{position.id} stands despite {flag_id}, which does not bear on it"
                self.note("flag_names_nothing", (*below, "despite"), sentence, position.id)
        if stance.is_answer:
            for flag in self.flags:
                self._check_answer(position, stance, cases, flag, below)

    def _check_answer(
        self, position: Position, stance: Stance, cases: list[str | None], flag: Flag, below: Path
    ) -> None:
        """What one flag says of one definite answer, in the cases that it does not set apart."""
        if flag.id in stance.despite:
            return
        opened = [told(position.id, case) for case in cases if is_open(flag, position.id, case)]
        if opened:
            sentence = f"{', '.join(opened)} is {stance.answer}, and {flag.id} says that it is open"
            self.note("flag_open", below, sentence, position.id)
        borne = [told(position.id, case) for case in cases if not why_apart(flag, position.id, case)]
        refs = resting(flag, stance)
        if not borne or not refs:
            return
        rests = f"rests on {', '.join(refs)}"
        if flag.kind is FlagKind.CONTRADICTORY:
            cited = {*stance.but, *(citation.ref for citation in stance.clauses)}
            others = [ref for ref in flag.refs if ref not in cited]
            if others:
                sentence = f"{position.id} {rests}: {flag.id} says {', '.join(others)} contradicts it"
                self.note("flag_one_sided", (*below, "clauses"), sentence, position.id)
            return
        what = position.id if len(borne) == len(cases) else ", ".join(borne)
        sentence = f"{what} {rests}, which {flag.id} says {_SAYS[flag.kind]}"
        self.note("flag_unsettled", (*below, "clauses"), sentence, position.id)

    # What else rests on clauses: key rules, which are read before the situations, and what the gate asks for

    def _check_key_rules(self) -> None:
        for number, rule in enumerate(self.policy.key_rules):
            below: Path = ("key_rules", number)
            self._check_basis(rule.clauses, (*below, "clauses"), rule.id)
            for flag in self.flags:
                for words in words_told(flag, iter((rule.title, rule.why))):
                    self.note(
                        "flag_word_told", below, f"it says {words}, and {flag.id} rules that out", rule.id
                    )

    def _check_access(self) -> None:
        approval = self.policy.access.approval.basis
        if isinstance(approval, ClauseBasis):
            self._check_basis(approval.clauses, ("access", "approval"), "approval")
        for number, asked in enumerate(self.policy.access.requirements):
            for basis in (asked.basis, asked.otherwise and asked.otherwise.basis):
                if isinstance(basis, ClauseBasis):
                    self._check_basis(basis.clauses, ("access", "requirements", number), asked.code)

    def _check_basis(self, clauses: Sequence[str], below: Path, at: str) -> None:
        for flag in self.flags:
            refs = [ref for ref in clauses if ref in flag.refs]
            if refs and flag.kind is FlagKind.UNSAFE:
                sentence = f"{at} rests on {', '.join(refs)}, which {flag.id} says {_SAYS[flag.kind]}"
                self.note("unsafe_basis", below, sentence, at)
