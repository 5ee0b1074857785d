"""What a policy seems to answer to each position: an answer with its clauses, or silence. Pure.

Only words are compared. Every proposal is for a person to confirm, to change, or to answer otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from elearn.drafts.passages import Passage, SourceClause, passages
from elearn.scenarios.checking_policy import CARRIES
from elearn.scenarios.content import Catalogue, Named, Position
from elearn.scenarios.policy_content import CaseStance, Citation, Stance, Stances, Who
from elearn.scenarios.vocabulary import Answer, CitationForce, NonAnswer, WhoRule
from elearn.scenarios.words import Idea, Role, ideas_of

_MOST_CLAUSES = 6
"""How many clauses a proposal names at most: those that come nearest."""
_ASKS = re.compile(
    r"\b(?:permission|consent|approv\w*|authori\w*|agree(?:d|ment|s)?|ask|asking|seek|consult|check with|get a yes)\b"
)
_TELLS = re.compile(
    r"\b(?:report\w*|tell|inform\w*|notify|notified|refer(?:red)?|alert|raise[ds]?|pass(?:ed)?|contact|discuss\w*"
    r"|declare\w*|disclose\w*|escalat\w*|direct(?:ed)?|bring|brought|speak to|let \w+ know|draw\w* attention)\b"
)
_JUDGES = re.compile(
    r"\b(?:judge?ment|discretion|think|thought|care|careful\w*|caution|cautious|consider\w*|mindful|sensibl\w*"
    r"|appropriate\w*|wary|aware|reflect\w*)\b"
)
_UNLESS = re.compile(r"\b(?:unless|without|until|before|except with|prior|first|only (?:with|if|after))\b")
_IF = re.compile(
    r"\b(?:if|provided|as long as|so long as|unless|only|reasonable|occasional|subject to|must not)\b"
)
_SPARES = re.compile(
    r"\b(?:does not (?:stop|apply|prevent|extend|include)|do(?:es)? not need|need not|no objection)\b"
)
_REQUIRES = {"required": CitationForce.MUST, "recommended": CitationForce.SHOULD}


@dataclass(frozen=True, slots=True)
class Near:
    """A clause that comes near a position: the sentence, how near, and the words that speak of it."""

    passage: Passage
    nearness: float
    words: tuple[str, ...]

    @property
    def ref(self) -> str:
        """Its clause."""
        return self.passage.ref


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed for one position, the clauses that come near it, and why, in a sentence."""

    position: Position
    stances: Stances
    near: tuple[str, ...]
    why: str

    @property
    def is_silent(self) -> bool:
        """Whether no clause was found for it."""
        default = self.stances.default
        return not self.stances.exceptions and default is not None and default.answer == NonAnswer.SILENT


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

    def _named(self, named: Iterable[Named]) -> tuple[tuple[str, Idea], ...]:
        return tuple((item.id, self._ideas((item.words,))[0]) for item in named if item.words)

    def _ideas(self, texts: Sequence[str]) -> tuple[Idea, ...]:
        return ideas_of(texts, self.catalogue.word_groups)

    def propose(self, position: Position) -> Proposal:
        """What this policy seems to answer."""
        ideas = self._ideas(position.words)
        near = self._near(ideas)
        default = self._stance(position, near)
        exceptions, found = [], list(near)
        for case, texts in position.case_words.items():
            there = self._near(ideas, self._ideas(texts))
            stance = self._stance(position, there)
            if there and _says_other(stance, default):
                exceptions.append(CaseStance.model_validate({**_fields(stance), "cases": (case,)}))
            found += there
        stances = Stances.model_validate({"default": default, "except": tuple(exceptions)})
        refs = tuple(dict.fromkeys(item.ref for item in found))[: 2 * _MOST_CLAUSES]
        return Proposal(position, stances, refs, _why(found))

    # Which clauses come near

    def _near(self, ideas: Sequence[Idea], of_case: Sequence[Idea] = ()) -> list[Near]:
        """The nearest clauses, the nearest first, each with its nearest sentence.

        A sentence speaks of a case where one of the case's ideas is in its own words.
        """
        if not any(idea.role is Role.NEEDED for idea in ideas):
            return []
        best: dict[str, Near] = {}
        for passage in self.passages:
            if of_case and not any(
                idea.found_in(passage.own) for idea in of_case if idea.role is Role.NEEDED
            ):
                continue
            found = _nearness(passage, (*ideas, *of_case))
            if found and (passage.ref not in best or best[passage.ref].nearness < found.nearness):
                best[passage.ref] = found
        ordered = sorted(best.values(), key=lambda item: -item.nearness)
        return ordered[:_MOST_CLAUSES]

    # What they answer

    def _stance(self, position: Position, near: Sequence[Near]) -> Stance:
        for item in near[:3]:
            found = self._answer(position, item.passage)
            if found is not None:
                return self._cited(position, *found, item.passage)
        if not near:
            return Stance.model_validate({"is": NonAnswer.SILENT.value})
        says = Citation(ref=near[0].ref, force=CitationForce.SAYS)
        return Stance.model_validate({"is": NonAnswer.INDIRECT.value, "clauses": (says,)})

    def _answer(self, position: Position, passage: Passage) -> tuple[str, CitationForce] | None:
        """The answer that a sentence gives, else one that its clause gives, and with which force."""
        for answer, texts in position.answer_words.items():
            if all(idea.found_in(passage.told) for idea in self._ideas(texts)):
                return answer, passage.force
        for candidate in (passage, *self._rest_of(passage)):
            for answer in _answers(position.answers, candidate):
                force = _carrying(answer, candidate.force)
                if force is not None:
                    return answer, force
        own_words = [answer for answer in position.answers if answer not in set(Answer)]
        return (own_words[0], passage.force) if own_words else None

    def _rest_of(self, passage: Passage) -> list[Passage]:
        return [other for other in self.passages if other.ref == passage.ref and other is not passage]

    def _cited(self, position: Position, answer: str, force: CitationForce, passage: Passage) -> Stance:
        text = f"{passage.lead} {passage.clause}"
        how = tuple(name for name, idea in self._channels if idea.found_in(text))
        return Stance.model_validate(
            {
                "is": answer,
                "clauses": (Citation(ref=passage.ref, force=force),),
                "who": self._who(position, answer, passage),
                "how": how,
            }
        )

    def _who(self, position: Position, answer: str, passage: Passage) -> Who | None:
        if position.who is WhoRule.NONE or answer in _WITHOUT_WHO:
            return None
        for text in (passage.own, *(other.own for other in self._rest_of(passage)), passage.lead):
            found = _offices_in(text, self._offices)
            if found:
                names = tuple(name for name, _start, _end in found)
                return Who(all=names) if _joins_all(text, found) else Who(any=names)
        return None


_WITHOUT_WHO = frozenset({Answer.ALLOWED, Answer.NOT_BARRED, Answer.JUDGEMENT})
_ACTS = re.compile(r"\s(?:must|may|should|shall|will|hears|who)\b")


def _offices_in(text: str, offices: Iterable[tuple[str, Idea]]) -> list[tuple[str, int, int]]:
    """The offices that a text names, in its order.

    One that is part of another's words is left out, and so is one that acts ("the head must tell …") beside others.
    """
    found = [
        (name, match.start(), match.end()) for name, idea in offices for match in idea.pattern.finditer(text)
    ]
    whole = [
        item
        for item in found
        if not any(
            other is not item
            and other[1] <= item[1]
            and item[2] <= other[2]
            and other[2] - other[1] > item[2] - item[1]
            for other in found
        )
    ]
    first: dict[str, tuple[str, int, int]] = {}
    for item in sorted(whole, key=lambda item: item[1]):
        first.setdefault(item[0], item)
    named = list(first.values())
    asked = [item for item in named if not _ACTS.match(text, item[2])]
    return asked or named


def _joins_all(text: str, found: Sequence[tuple[str, int, int]]) -> bool:
    """Whether "and", rather than "or", stands between the last two."""
    if len(found) < 2:
        return False
    return bool(re.search(r"\band\b", text[found[-2][2] : found[-1][1]]))


def _nearness(passage: Passage, ideas: Sequence[Idea]) -> Near | None:
    """How near a sentence comes; None where an idea that is needed is not there."""
    score, words, own = 0.0, [], 0
    for idea in ideas:
        if idea.role is Role.EXCLUDES:
            if idea.found_in(passage.told):
                return None
            continue
        weight, word = _weight(passage, idea)
        if word:
            words.append(word)
        if idea.role is Role.HELPS:
            score += weight / 2
        elif not weight:
            return None
        else:
            score += weight
            own += weight == 1
    if not own:
        return None
    if passage.force is not CitationForce.SAYS:
        score += 0.4
    return Near(passage, score - len(passage.own) / 1500, tuple(dict.fromkeys(words)))


def _weight(passage: Passage, idea: Idea) -> tuple[float, str]:
    for weight, text in (
        (1.0, passage.own),
        (0.7, passage.lead),
        (0.5, passage.clause),
        (0.3, passage.heading),
    ):
        word = idea.found_in(text)
        if word:
            return weight, word
    return 0.0, ""


def _answers(answers: Sequence[str], passage: Passage) -> Iterator[str]:
    """What a sentence may answer by how it speaks, the likeliest first."""
    told, offered = passage.told, set(answers)
    possible: list[str] = []
    if _SPARES.search(told):
        possible += [Answer.NOT_BARRED, "not_required", "exempt", Answer.ALLOWED]
    if _ASKS.search(told) and (not passage.bans or _UNLESS.search(told)):
        possible.append(Answer.ASK_FIRST)
    if _TELLS.search(told):
        possible.append(Answer.TELL)
    if passage.bans:
        possible.append(Answer.NOT_ALLOWED)
    if _JUDGES.search(passage.own):
        possible.append(Answer.JUDGEMENT)
    if passage.force is CitationForce.MAY and not passage.bans:
        has_condition = _IF.search(told)
        possible += (
            [Answer.ALLOWED_IF, Answer.ALLOWED] if has_condition else [Answer.ALLOWED, Answer.ALLOWED_IF]
        )
        possible.append(Answer.NOT_BARRED)
    possible += [answer for answer, force in _REQUIRES.items() if passage.force is force]
    return (answer for answer in possible if answer in offered)


def _carrying(answer: str, force: CitationForce) -> CitationForce | None:
    """The force with which a clause carries an answer, or None where it cannot."""
    needed = CARRIES.get(answer)
    if needed is None or force in needed:
        return force
    if CitationForce.SAYS in needed:
        return CitationForce.SAYS
    return None


def _says_other(stance: Stance, default: Stance) -> bool:
    return (stance.answer, stance.offices, stance.clauses) != (
        default.answer,
        default.offices,
        default.clauses,
    )


def _fields(stance: Stance) -> dict[str, object]:
    return {**stance.model_dump(by_alias=True), "clauses": stance.clauses, "who": stance.who}


def _why(near: Sequence[Near]) -> str:
    if not near:
        return "No clause speaks of it"
    first = near[0]
    *others, last = first.words
    told = f"{', '.join(others)} and {last}" if others else last
    return f"Clause {first.ref} speaks of {told}{_VERBS[first.passage.force]}"


_VERBS: Mapping[CitationForce, str] = {
    CitationForce.MUST: " and says must, or as much",
    CitationForce.SHOULD: " and says should, or as much",
    CitationForce.MAY: " and says may, or as much",
    CitationForce.SAYS: "",
}
