"""How near a sentence of a policy comes to a position, and in which words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from elearn.drafts.passages import Passage
from elearn.scenarios.vocabulary import CitationForce
from elearn.scenarios.words import Idea, Role


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


def nearness_of(passage: Passage, ideas: Sequence[Idea]) -> Near | None:
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


def why_near(near: Sequence[Near], *, is_close: bool) -> str:
    if not near:
        return "No clause speaks of it"
    first = near[0]
    *others, last = first.words
    told = f"{', '.join(f'“{word}”' for word in others)} and “{last}”" if others else f"“{last}”"
    spoken = f"Clause {first.ref} speaks of {told}{_VERBS[first.passage.force]}"
    return f"No clause speaks of just this. {spoken}" if is_close else spoken


_VERBS: Mapping[CitationForce, str] = {
    CitationForce.MUST: ". It says “must”, or a word as strong",
    CitationForce.SHOULD: ". It says “should”, or a word as strong",
    CitationForce.MAY: ". It says “may”, or a word like it",
    CitationForce.SAYS: "",
}
