"""What a policy seems to answer to each position: an answer with its clauses, or silence. Pure.

Only words are compared. Every proposal is for a person to confirm, to change, or to answer otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from elearn.drafts.answering import (
    REQUIRES,
    answers,
    carrying,
    channels_in,
    holds,
    joins_all,
    of_this_case,
    offices_in,
    whose_permission,
)
from elearn.drafts.nearness import Near, nearness_of, why_near
from elearn.drafts.passages import Passage, SourceClause, passages
from elearn.scenarios.checking_policy import needs_who
from elearn.scenarios.content import Catalogue, Named, Position
from elearn.scenarios.policy_content import CaseStance, Citation, Stance, Stances, Who
from elearn.scenarios.vocabulary import Answer, CitationForce, NonAnswer, WhoRule
from elearn.scenarios.words import Idea, Role, folded, ideas_of

_MOST_CLAUSES = 6
"""How many clauses a proposal names at most: those that come nearest."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed for one position, the clauses that come near it, and why, in a sentence.

    `is_of_just_this` is False where the clauses speak of the act at large, or only come close.
    """

    position: Position
    stances: Stances
    near: tuple[str, ...]
    why: str
    is_of_just_this: bool = True

    @property
    def is_silent(self) -> bool:
        """Whether no clause was found for it."""
        default = self.stances.default
        return not self.stances.exceptions and default is not None and default.answer == NonAnswer.SILENT

    @property
    def is_plain(self) -> bool:
        """Whether a clause on just this says must, should or may, with one answer for every case."""
        default = self.stances.default
        if default is None or not default.is_answer or self.stances.exceptions:
            return False
        if not default.offices and needs_who(self.position, default.answer):
            return False
        return self.is_of_just_this and default.clauses[0].force is not CitationForce.SAYS


def propose_positions(catalogue: Catalogue, clauses: Sequence[SourceClause]) -> dict[str, Proposal]:
    """A proposal for every position of the catalogue, by its id."""
    proposer = _Proposer(catalogue, clauses)
    return {position.id: proposer.propose(position) for position in catalogue.positions}


class _Proposer:
    """Reads one policy for one catalogue."""

    def __init__(self, catalogue: Catalogue, clauses: Sequence[SourceClause]) -> None:
        self.catalogue = catalogue
        self.passages = passages(clauses)

    @cached_property
    def _offices(self) -> tuple[tuple[str, Idea], ...]:
        return self._named(self.catalogue.offices)

    @cached_property
    def _channels(self) -> tuple[tuple[str, Idea], ...]:
        return self._named(self.catalogue.channels)

    @cached_property
    def _people(self) -> tuple[tuple[str, Idea], ...]:
        """The offices that "their permission" may mean: those whose id is a word group too."""
        groups = self.catalogue.word_groups
        return tuple(
            (item.id, self._ideas((f"@{item.id}",))[0])
            for item in self.catalogue.offices
            if item.id in groups
        )

    def _named(self, named: Iterable[Named]) -> tuple[tuple[str, Idea], ...]:
        return tuple((item.id, self._ideas((item.words,))[0]) for item in named if item.words)

    def _ideas(self, texts: Sequence[str]) -> tuple[Idea, ...]:
        return ideas_of(texts, self.catalogue.word_groups)

    def propose(self, position: Position) -> Proposal:
        """What this policy seems to answer."""
        ideas = self._ideas(position.words)
        is_wider = not self._near(ideas)
        if is_wider:
            ideas = self._ideas(position.wider_words)
        near = self._near(ideas)
        by_case = {case: self._near(ideas, self._ideas(texts)) for case, texts in position.case_words.items()}
        by_case |= {
            case: by_case.get(other, [])
            for case, other in position.case_within.items()
            if not by_case.get(case)
        }
        found = [*near, *(item for there in by_case.values() for item in there)]
        close = [] if found else self._near(self._ideas(position.bearing_words))
        of_all = self._near(ideas, besides=self._of_cases(position)) or near
        default = self._stance(position, of_all, is_wider=is_wider) if near else _indirect(close)
        apart = _indirect(near) if default.is_answer else default
        if position.cases and set(position.cases) <= set(position.cases_apart):
            default = apart
        exceptions = []
        for case in position.cases:
            stance = self._of_case(position, case, by_case, default, is_wider=is_wider)
            if stance is None and case in position.cases_apart:
                stance = apart
            if stance is not None and _says_other(stance, default):
                exceptions.append(CaseStance.model_validate({**_fields(stance), "cases": (case,)}))
        stances = Stances.model_validate({"default": default, "except": tuple(exceptions)})
        refs = tuple(dict.fromkeys(item.ref for item in (found or close)))[: 2 * _MOST_CLAUSES]
        return Proposal(position, stances, refs, why_near(found or close, is_close=is_wider), not is_wider)

    def _of_case(
        self,
        position: Position,
        case: str,
        by_case: Mapping[str, Sequence[Near]],
        default: Stance,
        *,
        is_wider: bool,
    ) -> Stance | None:
        """What is said of one case; None where nothing but the default is.

        A ban whose words limit it to other cases does not reach this one.
        """
        there = by_case.get(case, ())
        if there:
            ideas = self._ideas(position.case_words.get(case, ()))
            return self._stance(position, there, is_wider=is_wider, case=ideas)
        other = position.case_within.get(case)
        if other is not None:
            return self._of_case(position, other, by_case, default, is_wider=is_wider)
        if Answer.NOT_BARRED not in position.answers or default.answer != Answer.NOT_ALLOWED:
            return None
        banned = {citation.ref for citation in default.clauses}
        limits = [
            item
            for other, found in by_case.items()
            for item in found
            if item.ref in banned and item.passage.bans and other not in position.cases_apart
        ]
        if case not in position.case_words or not limits:
            return None
        return self._cited(position, Answer.NOT_BARRED, limits[0].passage.force, limits[0].passage)

    # Which clauses come near

    def _of_cases(self, position: Position) -> list[Idea]:
        """Ideas that speak of one case or another: a sentence with one of them says nothing of all cases."""
        alone = [
            texts
            for case, texts in position.case_words.items()
            if len(texts) == 1 and case not in position.cases_apart
        ]
        return [idea for texts in alone for idea in self._ideas(texts)] if len(alone) > 1 else []

    def _near(
        self, ideas: Sequence[Idea], of_case: Sequence[Idea] = (), besides: Sequence[Idea] = ()
    ) -> list[Near]:
        """The nearest clauses, the nearest first, each with its nearest sentence.

        A sentence speaks of a case where one of the case's ideas is in its own words. Sentences with an idea of
        `besides` are passed over.
        """
        if not any(idea.role is Role.NEEDED for idea in ideas):
            return []
        best: dict[str, Near] = {}
        for passage in self.passages:
            if of_case and not any(
                idea.found_in(passage.own) for idea in of_case if idea.role is Role.NEEDED
            ):
                continue
            if any(idea.found_in(passage.own) for idea in besides):
                continue
            found = nearness_of(passage, (*ideas, *of_case))
            if found and (passage.ref not in best or best[passage.ref].nearness < found.nearness):
                best[passage.ref] = found
        ordered = sorted(best.values(), key=lambda item: -item.nearness)
        return ordered[:_MOST_CLAUSES]

    # What they answer

    def _stance(
        self, position: Position, near: Sequence[Near], *, is_wider: bool, case: Sequence[Idea] = ()
    ) -> Stance:
        for answer, force, passage in self._answers_of(position, near[:3], is_wider=is_wider):
            return self._cited(position, answer, force, passage, case=case)
        return _indirect(near)

    def _answers_of(
        self, position: Position, near: Sequence[Near], *, is_wider: bool
    ) -> Iterator[tuple[str, CitationForce, Passage]]:
        """The answers that these clauses may give, the likeliest first.

        An answer that only its own words give comes last where none of them is found.
        """
        known = {*Answer, *REQUIRES, *position.answer_words}
        others = [answer for answer in position.answers if answer not in known]
        if is_wider:
            for item in near:
                yield from self._by_its_words(position, [item.passage])
        for number, item in enumerate(near):
            yield from self._answers_in(position, item.passage)
            last = number == len(near) - 1
            if not is_wider and (last if position.answer_words else number == 0):
                yield from ((answer, near[0].passage.force, near[0].passage) for answer in others)

    def _answers_in(
        self, position: Position, passage: Passage
    ) -> Iterator[tuple[str, CitationForce, Passage]]:
        """The answers of a sentence: by the words of one, by how it speaks, by what else its clause says."""
        rest = self._rest_of(passage)
        yield from self._by_its_words(position, [passage])
        for candidate in (passage, *rest):
            for answer in answers(position.answers, candidate):
                force = carrying(answer, candidate.force)
                if force is not None:
                    yield answer, force, passage
        yield from self._by_its_words(position, rest)

    def _by_its_words(
        self, position: Position, sentences: Sequence[Passage]
    ) -> Iterator[tuple[str, CitationForce, Passage]]:
        """The answers whose own words one of the sentences holds."""
        for passage in sentences:
            for answer, texts in position.answer_words.items():
                force = carrying(answer, passage.force)
                if force is not None and holds(passage.told, self._ideas(texts)):
                    yield answer, force, passage

    def _rest_of(self, passage: Passage) -> list[Passage]:
        return [other for other in self.passages if other.ref == passage.ref and other is not passage]

    def _cited(
        self,
        position: Position,
        answer: str,
        force: CitationForce,
        passage: Passage,
        *,
        case: Sequence[Idea] = (),
    ) -> Stance:
        text = f"{passage.lead} {passage.clause}"
        how = channels_in(text, self._channels)
        return Stance.model_validate(
            {
                "is": answer,
                "clauses": (Citation(ref=passage.ref, force=force),),
                "who": self._who(position, answer, passage, case),
                "how": how,
            }
        )

    def _who(self, position: Position, answer: str, passage: Passage, case: Sequence[Idea]) -> Who | None:
        if position.who is WhoRule.NONE or answer in _WITHOUT_WHO:
            return None
        asked = folded(position.question)
        for text in (passage.own, *(other.own for other in self._rest_of(passage)), passage.lead):
            meant = whose_permission(text, passage.clause, asked, self._people)
            found = of_this_case(text, offices_in(text, self._offices), case)
            if meant and meant[0] not in {name for name, _start, _end in found}:
                found = sorted([*found, meant], key=lambda item: item[1])
            if found:
                names = tuple(name for name, _start, _end in found)
                return Who(all=names) if joins_all(text, found) else Who(any=names)
        return None


def _indirect(near: Sequence[Near]) -> Stance:
    """That the nearest clause bears on it; silence where none comes near."""
    if not near:
        return Stance.model_validate({"is": NonAnswer.SILENT.value})
    says = Citation(ref=near[0].ref, force=CitationForce.SAYS)
    return Stance.model_validate({"is": NonAnswer.INDIRECT.value, "clauses": (says,)})


_WITHOUT_WHO = frozenset({Answer.ALLOWED, Answer.NOT_BARRED, Answer.JUDGEMENT})


def _says_other(stance: Stance, default: Stance) -> bool:
    return (stance.answer, stance.offices, stance.clauses) != (
        default.answer,
        default.offices,
        default.clauses,
    )


def _fields(stance: Stance) -> dict[str, object]:
    return {**stance.model_dump(by_alias=True), "clauses": stance.clauses, "who": stance.who}
