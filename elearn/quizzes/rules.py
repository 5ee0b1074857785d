"""Right answers, score, pass, number of rounds; and how papers were drawn at first. Pure.

A paper is drawn from its seed by hashing, not by a random generator, so that the same seed and content give the
same paper in every version of the language. `drawing.py` draws today's papers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from elearn.scenarios.vocabulary import Difficulty

VARIANTS_PER_MISSED_TOPIC = 2
"""How many unseen situations of each missed topic a further round asks."""


@dataclass(frozen=True, slots=True)
class Situation:
    """One scenario in one variant that can be put to a person."""

    scenario: str
    variant: int
    topic: str
    difficulty: Difficulty = Difficulty.MEDIUM
    own: bool = False
    """Whether it is told for the job of the person rather than for everyone."""

    @property
    def key(self) -> tuple[str, int]:
        """What identifies it among the situations somebody has seen."""
        return (self.scenario, self.variant)


@dataclass(frozen=True, slots=True)
class PaperRules:
    """What a course asks: number of situations, at least so many of each topic, and what passes."""

    questions: int
    pass_mark: int
    topics: Mapping[str, int]
    must_get_right: frozenset[str]
    rounds: int


@dataclass(frozen=True, slots=True)
class PaperItem:
    """One situation of a paper."""

    scenario: str
    variant: int
    topic: str

    def plain(self) -> list[Any]:
        """As it is stored: `from_plain` reads it back."""
        return [self.scenario, self.variant, self.topic]

    @classmethod
    def from_plain(cls, stored: Sequence[Any]) -> PaperItem:
        """The item stored as `stored`."""
        return cls(str(stored[0]), int(stored[1]), str(stored[2]))


@dataclass(frozen=True, slots=True)
class MarkedAnswer:
    """One situation of a paper and whether every choice made in it was right."""

    topic: str
    right: bool


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one round. Missed topics are those with a wrong answer, in paper order."""

    passed: bool
    right: int
    questions: int
    missed_topics: tuple[str, ...]
    missed_must_get_right: tuple[str, ...]


def narrowed(rules: PaperRules, pool: Iterable[Situation]) -> PaperRules:
    """The rules for somebody whom the policy binds in some topics only: a topic that has no situation at all for
    them is not asked of them, and can't be missed. The check of content says where a course is short for some."""
    theirs = {situation.topic for situation in pool}
    topics = {topic: number for topic, number in rules.topics.items() if topic in theirs}
    return replace(rules, topics=topics, must_get_right=rules.must_get_right & theirs)


def draw_order(seed: str, *parts: object) -> str:
    """The sort key that shuffles: fixed by the seed and what is sorted."""
    return sha256("|".join([seed, *map(str, parts)]).encode()).hexdigest()


def draw_paper(
    pool: Iterable[Situation], rules: PaperRules, *, seed: str, seen: Collection[tuple[str, int]] = ()
) -> list[PaperItem]:
    """A first round as it was first drawn: its topics' minimum each, every must-get-right topic, then the rest.

    Unseen situations come first, and no scenario stands twice in a paper. Where the pool is too small the paper
    is as long as it can be: whether that is enough is for `paper_is_whole` to say.
    """
    ordered = sorted(pool, key=lambda s: (s.key in seen, draw_order(seed, "draw", *s.key)))
    wanted = {topic: number for topic, number in rules.topics.items() if number}
    for topic in rules.must_get_right:
        wanted[topic] = max(1, wanted.get(topic, 0))
    chosen: list[Situation] = []
    for topic in sorted(wanted, key=lambda name: (name not in rules.must_get_right, name)):
        _take(chosen, (s for s in ordered if s.topic == topic), wanted[topic])
    _take(chosen, _spread(ordered, chosen), rules.questions - len(chosen))
    return shuffled(chosen[: rules.questions], seed)


def draw_further_paper(
    pool: Iterable[Situation], missed: Sequence[str], *, seed: str, seen: Collection[tuple[str, int]]
) -> list[PaperItem]:
    """A further round as it was first drawn: two situations of each missed topic, unseen ones and other stories
    first."""
    seen_stories = {scenario for scenario, _ in seen}
    ordered = sorted(
        pool, key=lambda s: (s.key in seen, s.scenario in seen_stories, draw_order(seed, "draw", *s.key))
    )
    chosen: list[Situation] = []
    for topic in missed:
        of_topic = [s for s in ordered if s.topic == topic]
        before = len(chosen)
        _take(chosen, of_topic, VARIANTS_PER_MISSED_TOPIC)
        lacking = VARIANTS_PER_MISSED_TOPIC - (len(chosen) - before)
        chosen += [s for s in of_topic if s not in chosen][:lacking]
    return shuffled(chosen, seed)


def _take(chosen: list[Situation], candidates: Iterable[Situation], number: int) -> None:
    """Add up to `number` candidates whose scenario is not in the paper yet."""
    scenarios = {s.scenario for s in chosen}
    for candidate in candidates:
        if number <= 0:
            return
        if candidate.scenario not in scenarios:
            chosen.append(candidate)
            scenarios.add(candidate.scenario)
            number -= 1


def _spread(ordered: Sequence[Situation], chosen: Sequence[Situation]) -> list[Situation]:
    """Candidates for the rest of a paper, the topics that have fewest so far first, turn by turn."""
    count = Counter(s.topic for s in chosen)
    ranked = []
    for candidate in ordered:
        ranked.append((count[candidate.topic], candidate))
        count[candidate.topic] += 1
    return [candidate for _, candidate in sorted(ranked, key=lambda pair: pair[0])]


def shuffled(chosen: Sequence[Situation], seed: str) -> list[PaperItem]:
    """A paper of these situations, in the order that the seed gives them."""
    ordered = sorted(chosen, key=lambda s: draw_order(seed, "order", *s.key))
    return [PaperItem(s.scenario, s.variant, s.topic) for s in ordered]


def paper_is_whole(paper: Sequence[PaperItem], rules: PaperRules) -> bool:
    """Whether a first paper has all its questions and every must-get-right topic."""
    return len(paper) == rules.questions and rules.must_get_right <= {item.topic for item in paper}


def option_order(seed: str, number: int, step: str, options: Sequence[str], *, fixed: bool) -> list[str]:
    """The options of one question as this person sees them; parts of a post keep their place."""
    return (
        list(options) if fixed else sorted(options, key=lambda option: draw_order(seed, number, step, option))
    )


def mark_choice(chosen: Sequence[str], right: Sequence[str], *, in_order: bool) -> bool:
    """Whether a choice is right: the same options, and where order is asked, in the same order."""
    return list(chosen) == list(right) if in_order else set(chosen) == set(right)


def mark_round(answers: Sequence[MarkedAnswer], rules: PaperRules, *, round_number: int) -> Result:
    """The outcome of a round.

    The first passes at the pass mark with no must-get-right topic missed; a further round with all right.
    """
    right = sum(answer.right for answer in answers)
    missed = tuple(dict.fromkeys(answer.topic for answer in answers if not answer.right))
    missed_must = tuple(topic for topic in missed if topic in rules.must_get_right)
    needed = rules.pass_mark if round_number == 1 else len(answers)
    return Result(
        bool(answers) and right >= needed and not missed_must, right, len(answers), missed, missed_must
    )


def still_asked(missed: Sequence[str], pool: Iterable[Situation]) -> tuple[str, ...]:
    """Those of the missed topics that a further round asks: the ones that still have a situation for this person.

    Somebody may have changed jobs since they missed one. A topic that no longer binds them falls away; where all
    of them do, the next round is a first one again, for the work they do now: a pass is never given for topics
    that nobody was asked about.
    """
    theirs = {situation.topic for situation in pool}
    return tuple(topic for topic in missed if topic in theirs)


def rounds_to_last(outcomes: Sequence[tuple[int, Result]]) -> tuple[Result, ...]:
    """The outcomes that the last one rests on: from the last first round on. Each comes with its round's number."""
    first = max((place for place, (number, _) in enumerate(outcomes) if number == 1), default=0)
    return tuple(result for _, result in outcomes[first:])


def score_of(rounds: Sequence[Result]) -> str:
    """How the rounds went, as a record keeps it: 4/4, or with further rounds 6/8+2/2."""
    return "+".join(f"{result.right}/{result.questions}" for result in rounds)


def score_words(score: str) -> str:
    """A score as people read it: 4 of 4, or 6 of 8, then 2 of 2 on the topics missed."""
    first, *further = [part.replace("/", " of ") for part in score.split("+")]
    return f"{first}, then {' and '.join(further)} on the topics missed" if further else first


def may_start_round(rounds_done: int, last: Result | None, rules: PaperRules) -> str:
    """Whether somebody may start a round: "" for yes, else a code: `passed` or `needs_help`."""
    if last is not None and last.passed:
        return "passed"
    if rounds_done >= rules.rounds:
        return "needs_help"
    return ""


def next_open(numbers: Sequence[int], answered: Callable[[int], bool]) -> int | None:
    """The first question that is not answered through, or None when all are."""
    return next((number for number in numbers if not answered(number)), None)
