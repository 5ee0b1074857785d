"""Who does not read does not pass: always the longest option, the second, one that reports or one that refuses, and
plain guessing, through all rounds of every course.

Each course is taken many times, by everybody whom it is put, on papers drawn as the program draws them, with options in
the order that the page shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import factorial, prod
from random import Random
from statistics import mean
from typing import cast

import pytest

from elearn.quizzes.lazy import Fitting
from elearn.quizzes.rules import (
    VARIANTS_PER_MISSED_TOPIC,
    MarkedAnswer,
    PaperItem,
    PaperRules,
    mark_choice,
    mark_round,
    option_order,
)
from elearn.scenarios.asked import Asked
from elearn.scenarios.rules import resolve
from elearn.scenarios.vocabulary import Does, ScenarioType
from tests.content import courses
from tests.content.courses import Taker

PAPERS = 1_000
"""Papers a course, spread over the people who are put it."""
EXPECTED = 60
"""Papers a course over which a guesser's chance is worked out."""
GUESSES = 500
"""How often a guesser sits each paper: with all papers of a course, tens of thousands of times."""


@dataclass(frozen=True)
class Step:
    """One question as somebody meets it: what a lazy way of answering can go by, and what is right."""

    name: str
    type: ScenarioType
    ids: tuple[str, ...]
    length: Mapping[str, int]
    does: Mapping[str, Does | None]
    leads_to: Mapping[str, str | None]
    right: tuple[str, ...]

    def order(self, seed: str, number: int) -> list[str]:
        """The options from top to bottom of the page."""
        return option_order(seed, number, self.name, self.ids, fixed=self.type is ScenarioType.MARK)

    def marked(self, chosen: Sequence[str]) -> bool:
        """Whether a choice is right."""
        return mark_choice(chosen, self.right, in_order=self.type is ScenarioType.ORDER)


Strategy = Callable[[Step, Sequence[str]], list[str]]
"""What somebody chooses of the options, which are given in the order shown."""


def longest(step: Step, order: Sequence[str]) -> list[str]:
    """The longest option, read or not; where an order is asked, from the longest to the shortest."""
    by_length = sorted(order, key=lambda name: -step.length[name])
    return by_length if step.type is ScenarioType.ORDER else by_length[:1]


def second(step: Step, order: Sequence[str]) -> list[str]:
    """The second option; where an order is asked, that shown."""
    return list(order) if step.type is ScenarioType.ORDER else [order[1]]


def report(step: Step, order: Sequence[str]) -> list[str]:
    """Whatever tells somebody; else whatever asks first; else the first option."""
    if step.type is ScenarioType.ORDER:
        return list(order)
    telling = [name for name in order if step.does[name] is Does.TELL]
    asking = [name for name in order if step.does[name] is Does.AFTER]
    found = telling or asking or list(order)
    return found if step.type is ScenarioType.CHOOSE_ALL and (telling or asking) else found[:1]


def refuse(step: Step, order: Sequence[str]) -> list[str]:
    """Whatever keeps off the matter; else the first option."""
    if step.type is ScenarioType.ORDER:
        return list(order)
    keeping_off = [name for name in order if step.does[name] is Does.AVOID]
    found = keeping_off or list(order)
    return found if step.type is ScenarioType.CHOOSE_ALL and keeping_off else found[:1]


def knowing(step: Step, order: Sequence[str]) -> list[str]:
    """What is right: else the simulations would prove nothing."""
    return list(step.right)


@cache
def situation(slug: str, scenario: str, variant: int) -> tuple[str, Mapping[str, Step]]:
    """The first step of a situation, and all of them by name."""
    content = courses.compiled(slug)
    found: dict[str, Step] = {}
    asked = resolve(content, scenario, variant)
    assert isinstance(asked, Asked)
    first, waiting = asked.step, [asked]
    while waiting:
        asked = waiting.pop()
        in_bank = {option.id: option.does for option in content.situations[scenario][asked.step].options}
        found[asked.step] = Step(
            asked.step,
            asked.type,
            tuple(option.id for option in asked.options),
            {option.id: len(option.text) for option in asked.options},
            {option.id: in_bank[option.id] for option in asked.options},
            {option.id: option.leads_to for option in asked.options},
            asked.right,
        )
        for name in {option.leads_to for option in asked.options} - {None, *found}:
            following = resolve(content, scenario, variant, name)
            assert isinstance(following, Asked)
            waiting.append(following)
    return first, found


def is_right(slug: str, item: PaperItem, seed: str, number: int, strategy: Strategy) -> bool:
    """Whether every choice made in a situation is right. In a branch the choice says what comes next."""
    name, steps = situation(slug, item.scenario, item.variant)
    right, here = True, cast("str | None", name)
    while here is not None:
        step = steps[here]
        chosen = strategy(step, step.order(seed, number))
        right &= step.marked(chosen)
        here = step.leads_to[chosen[0]]
    return right


FIRST_PAPERS: dict[tuple[str, str], Fitting] = {}


def first_paper(taker: Taker, seed: str) -> Fitting:
    """The first paper that follows from a seed, drawn once for all ways to answer it."""
    key = (str(taker), seed)
    if key not in FIRST_PAPERS:
        FIRST_PAPERS[key] = taker.drawer.give(seed, round_number=1)
    return FIRST_PAPERS[key]


def passes(taker: Taker, seed: str, strategy: Strategy) -> bool:
    """Whether somebody who answers so passes the course in one of its rounds."""
    seen: set[tuple[str, int]] = set()
    given = first_paper(taker, seed)
    for round_number in range(1, taker.rules.rounds + 1):
        marked = [
            MarkedAnswer(item.topic, is_right(taker.slug, item, given.seed, number, strategy))
            for number, item in enumerate(given.paper, start=1)
        ]
        result = mark_round(marked, taker.rules, round_number=round_number)
        if result.passed:
            return True
        seen |= {(item.scenario, item.variant) for item in given.paper}
        further = replace(taker.drawer, seen=seen, missed=result.missed_topics)
        given = further.give(f"{given.seed} {round_number}", round_number=round_number + 1)
    return False


def papers(slug: str, course: str) -> Iterator[tuple[Taker, str]]:
    """Who takes which paper of a course: everybody who is put it by turns."""
    people = courses.of_course(slug, course)
    for number in range(PAPERS):
        yield people[number % len(people)], f"lazy {number}"


@pytest.mark.slow
@pytest.mark.parametrize(("slug", "course"), courses.COURSES)
@pytest.mark.parametrize(
    "strategy", [longest, second, report, refuse], ids=lambda strategy: strategy.__name__
)
def test_who_always_chooses_alike_fails_a_thousand_papers_of_every_course(
    strategy: Strategy, slug: str, course: str
) -> None:
    """In all of their rounds, and not one gets through by luck."""
    passed = [(str(taker), seed) for taker, seed in papers(slug, course) if passes(taker, seed, strategy)]
    assert passed == []


def test_who_knows_the_rules_passes_every_course() -> None:
    for slug, course in courses.COURSES:
        assert all(passes(taker, "knowing", knowing) for taker in courses.of_course(slug, course))


@cache
def chance(slug: str, scenario: str, variant: int) -> float:
    """How likely a guess gets a situation right. Steps of a branch count while the right way is taken."""
    content = courses.compiled(slug)
    right, step = 1.0, None
    while True:
        asked = resolve(content, scenario, variant, step)
        assert isinstance(asked, Asked)
        count = len(asked.options)
        ways = {ScenarioType.CHOOSE: count, ScenarioType.BRANCH: count, ScenarioType.ORDER: factorial(count)}
        right /= ways.get(asked.type, (1 << count) - 1)
        step = next(option.leads_to for option in asked.options if option.id == asked.right[0])
        if step is None:
            return right


def pass_chance(taker: Taker, paper: Sequence[PaperItem], needed: int) -> float:
    """How likely a guesser gets at least so many right, with all of the topics that must be."""
    must = taker.rules.must_get_right
    spread = [1.0]
    for item in paper:
        guess = chance(taker.slug, item.scenario, item.variant)
        missed = 0.0 if item.topic in must else 1 - guess
        spread = [
            (spread[n] * missed if n < len(spread) else 0.0) + (spread[n - 1] * guess if n else 0.0)
            for n in range(len(spread) + 1)
        ]
    return sum(spread[needed:])


def topic_chance(taker: Taker, paper: Sequence[PaperItem], topic: str) -> float:
    """How likely a guesser has a topic right at last: in the first round, or with two situations in a later one."""
    at_once = prod(chance(taker.slug, item.scenario, item.variant) for item in paper if item.topic == topic)
    later = mean(chance(taker.slug, *s.key) for s in taker.pool if s.topic == topic) ** 2
    missed_so_far = 1 - at_once
    for _ in range(taker.rules.rounds - 1):
        missed_so_far *= 1 - later
    return 1 - missed_so_far


@pytest.mark.parametrize(("slug", "course"), courses.COURSES)
def test_a_guesser_passes_within_the_rounds_with_less_than_one_in_a_thousand(slug: str, course: str) -> None:
    """On drawn papers; worked out rather than tried, since passes would be too few to count."""
    people = courses.of_course(slug, course)
    chances = []
    for number in range(EXPECTED):
        taker = people[number % len(people)]
        paper = first_paper(taker, f"guess {number}").paper
        at_once = pass_chance(taker, paper, taker.rules.pass_mark)
        in_the_end = prod(topic_chance(taker, paper, topic) for topic in {item.topic for item in paper})
        chances.append(at_once + in_the_end)
    assert mean(chances) < 0.001, f"{mean(chances):.4%}"


def guesser_passes(
    rules: PaperRules,
    questions: list[tuple[str, float]],
    topics: Mapping[str, Sequence[float]],
    luck: Random,
) -> bool:
    """Whether somebody who guesses passes in one of the rounds. `questions` are a first paper's topics, each with how
    likely a guess is right; `topics` are those chances for all that a further round may ask."""
    for round_number in range(1, rules.rounds + 1):
        marked = [MarkedAnswer(topic, luck.random() < guess) for topic, guess in questions]
        result = mark_round(marked, rules, round_number=round_number)
        if result.passed:
            return True
        questions = [
            (t, luck.choice(topics[t]))
            for t in result.missed_topics
            for _ in range(VARIANTS_PER_MISSED_TOPIC)
        ]
    return False


@pytest.mark.slow
@pytest.mark.parametrize(("slug", "course"), courses.COURSES)
def test_guessers_who_are_tried_pass_less_than_one_in_a_thousand(slug: str, course: str) -> None:
    """The same again by trial, through all rounds, tens of thousands of times a course."""
    luck, tried, passed = Random(slug + course), 0, 0
    for number, (taker, seed) in enumerate(papers(slug, course)):
        if number >= EXPECTED:
            break
        topics: dict[str, list[float]] = {}
        for told in taker.pool:
            topics.setdefault(told.topic, []).append(chance(slug, *told.key))
        drawn = first_paper(taker, seed).paper
        paper = [(item.topic, chance(slug, item.scenario, item.variant)) for item in drawn]
        for _ in range(GUESSES):
            tried += 1
            passed += guesser_passes(taker.rules, paper, topics, luck)
    assert tried == EXPECTED * GUESSES
    assert passed / tried < 0.001, f"{passed} of {tried}"
