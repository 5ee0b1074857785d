"""Papers that nobody passes without reading: which ways of answering without thought would pass one. Pure.

Somebody who always takes the option at the same place, always the longest, always the one that asks or tells somebody,
or always the one that keeps off, must fail. How often that comes out right by luck depends on which situations a paper
has and in which order its options stand; both follow from its seed. So `draw_fitting` takes the first seed whose paper
no such way passes, and draws in another way where there is none. The paper can be drawn again from that seed as from
any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from elearn.quizzes.rules import (
    MarkedAnswer,
    PaperItem,
    PaperRules,
    draw_order,
    mark_choice,
    mark_round,
    option_order,
)
from elearn.scenarios.asked import Asked
from elearn.scenarios.vocabulary import Does, ScenarioType

TRIES = 40
"""So many seeds are tried for one paper."""


@dataclass(frozen=True)
class Question:
    """What a lazy way goes by in one question, and what is right: worked out once for all papers that have it."""

    asked: Asked

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Its options."""
        return tuple(option.id for option in self.asked.options)

    @cached_property
    def length(self) -> Mapping[str, int]:
        """How long each option is."""
        return {option.id: len(option.text) for option in self.asked.options}

    @cached_property
    def does(self) -> Mapping[str, Does | None]:
        """What each option comes to."""
        return {option.id: option.does for option in self.asked.options}

    @cached_property
    def leads_to(self) -> Mapping[str, str | None]:
        """The step that follows each option."""
        return {option.id: option.leads_to for option in self.asked.options}

    @cached_property
    def in_order(self) -> bool:
        """Whether all options are to be put in order."""
        return self.asked.type is ScenarioType.ORDER

    @cached_property
    def several(self) -> bool:
        """Whether several options may be chosen."""
        return self.asked.type in (ScenarioType.CHOOSE_ALL, ScenarioType.MARK)

    def laid_out(self, seed: str, number: int) -> list[str]:
        """Its options in the order in which they stand where this is in a paper's situation of that number."""
        fixed = self.asked.type is ScenarioType.MARK
        return option_order(seed, number, self.asked.step, self.ids, fixed=fixed)


Way = Callable[[Question, Sequence[str]], list[list[str]]]
"""What somebody who answers this way may choose, of a question whose options stand in this order."""


@dataclass(frozen=True)
class Walk:
    """One situation of a paper: its topic, its steps as they are asked by name, and which comes first."""

    topic: str
    first: str
    steps: Mapping[str, Question]

    @classmethod
    def of(cls, topic: str, first: str, asked: Iterable[Asked]) -> Walk:
        """The walk through these steps."""
        return cls(topic, first, {step.step: Question(step) for step in asked})

    @cached_property
    def places(self) -> int:
        """The most options that a step of it has."""
        return max(len(step.ids) for step in self.steps.values())

    def laid_out(self, seed: str, number: int) -> dict[str, list[str]]:
        """Each step's options in the order in which they stand where this is a paper's situation of that number."""
        return {name: step.laid_out(seed, number) for name, step in self.steps.items()}


def at_place(place: int) -> Way:
    """Always the option at this place, from 0 (from -1 backwards from the last); an order as it stands."""

    def choose(question: Question, order: Sequence[str]) -> list[list[str]]:
        if question.in_order:
            return [list(order)]
        return [[order[place]]] if place < len(order) else [[order[-1]]]

    return choose


def longest(question: Question, order: Sequence[str]) -> list[list[str]]:
    """Always the longest option; an order from the longest to the shortest."""
    by_length = sorted(order, key=lambda name: -question.length[name])
    return [by_length if question.in_order else by_length[:1]]


def asking(question: Question, order: Sequence[str]) -> list[list[str]]:
    """Any option that tells somebody, or else any that asks first; where there is none, the first one.

    Where several are to be chosen, it may also be all of them. An order stays as it stands.
    """
    if question.in_order:
        return [list(order)]
    telling = [name for name in order if question.does[name] is Does.TELL]
    after = [name for name in order if question.does[name] is Does.AFTER]
    return _any_of(telling or after or [order[0]], question)


def refusing(question: Question, order: Sequence[str]) -> list[list[str]]:
    """Any option that keeps off the matter; where there is none, the first one. An order stays as it stands.

    Where several are to be chosen, it may also be all of them.
    """
    if question.in_order:
        return [list(order)]
    keeping_off = [name for name in order if question.does[name] is Does.AVOID]
    return _any_of(keeping_off or [order[0]], question)


def _any_of(found: Sequence[str], question: Question) -> list[list[str]]:
    """One of these options, or where several may be chosen all of them too."""
    return [[name] for name in found] + ([list(found)] if question.several else [])


def ways_that_pass(
    walks: Sequence[Walk], rules: PaperRules, *, seed: str, round_number: int
) -> tuple[str, ...]:
    """The names of the lazy ways that pass this paper when its options stand in the order of this seed."""
    places = max((walk.places for walk in walks), default=0)
    ways: dict[str, Way] = {f"place {place + 1}": at_place(place) for place in range(places)}
    ways |= {"last": at_place(-1), "longest": longest, "asking": asking, "refusing": refusing}
    all_right = [MarkedAnswer(walk.topic, right=True) for walk in walks]
    orders = cache(lambda number: walks[number - 1].laid_out(seed, number))

    def passes(way: Way) -> bool:
        # All right until found wrong, so that most ways need a look at two or three situations.
        marked = all_right.copy()
        for number, walk in enumerate(walks, start=1):
            if not _is_right(walk, way, walk.first, orders(number)):
                marked[number - 1] = MarkedAnswer(walk.topic, right=False)
                if not mark_round(marked, rules, round_number=round_number).passed:
                    return False
        return bool(marked)

    return tuple(name for name, way in ways.items() if passes(way))


@dataclass(frozen=True, slots=True)
class Fitting:
    """A paper to be given: its seed, the way by which it was drawn, and its situations."""

    seed: str
    drawn_by: int
    paper: list[PaperItem]


def draw_fitting(
    seed: str,
    drawers: Mapping[int, Callable[[str], list[PaperItem]]],
    walk_of: Callable[[PaperItem], Walk],
    rules: PaperRules,
    *,
    round_number: int,
) -> Fitting:
    """The first paper that no lazy way passes: of the seeds that follow from this one, itself among them, by the
    first of the ways to draw, else by the next.

    Somebody may have so few situations left of a topic that there is none: then the paper that the fewest pass.
    """
    found: list[tuple[int, Fitting]] = []
    for drawn_by, draw in drawers.items():
        for tried in _seeds(seed):
            paper = draw(tried)
            walks = [walk_of(item) for item in paper]
            passing = len(ways_that_pass(walks, rules, seed=tried, round_number=round_number))
            found.append((passing, Fitting(tried, drawn_by, paper)))
            if not passing:
                return found[-1][1]
    return min(found, key=lambda one: one[0])[1]


def _seeds(seed: str) -> Iterator[str]:
    yield seed
    for number in range(1, TRIES):
        yield draw_order(seed, "seed", number)[:32]


def _is_right(walk: Walk, way: Way, name: str, orders: Mapping[str, Sequence[str]]) -> bool:
    question = walk.steps[name]
    for chosen in way(question, orders[name]):
        if mark_choice(chosen, question.asked.right, in_order=question.in_order):
            following = question.leads_to[chosen[0]]
            if following is None or _is_right(walk, way, following, orders):
                return True
    return False
