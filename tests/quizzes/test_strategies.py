"""Who does not read does not pass: lazy ways to answer and plain guessing, through all rounds of every course.

Each course is taken many times, by everybody whom it is put, on papers drawn as the program draws them, with options in
the order that the page shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from math import factorial, prod
from statistics import mean

import pytest

from elearn.quizzes.drawing import draw_first, draw_further
from elearn.quizzes.rules import MarkedAnswer, PaperItem, mark_choice, mark_round, option_order
from elearn.scenarios.asked import Asked
from elearn.scenarios.bank_content import Option
from elearn.scenarios.rules import resolve
from elearn.scenarios.vocabulary import Does, ScenarioType
from tests.content import courses
from tests.content.courses import Taker

PAPERS = 60
"""For each of eighteen courses: over a thousand papers in all."""
Strategy = Callable[[Asked, Sequence[str], dict[str, Option]], list[str]]
"""What somebody chooses of the options, which are given in the order shown, with what they are in the bank."""


def longest(asked: Asked, order: Sequence[str], options: dict[str, Option]) -> list[str]:
    """The longest option, read or not; where an order is asked, from the longest to the shortest."""
    texts = {option.id: option.text for option in asked.options}
    by_length = sorted(order, key=lambda name: -len(texts[name]))
    return by_length if asked.type is ScenarioType.ORDER else by_length[:1]


def second(asked: Asked, order: Sequence[str], options: dict[str, Option]) -> list[str]:
    """The second option; where an order is asked, that shown."""
    return list(order) if asked.type is ScenarioType.ORDER else [order[1]]


def report(asked: Asked, order: Sequence[str], options: dict[str, Option]) -> list[str]:
    """Whatever tells somebody; where nothing does, the first option."""
    telling = [name for name in order if options[name].does is Does.TELL]
    if asked.type is ScenarioType.ORDER:
        return list(order)
    return (
        (telling or list(order[:1]))
        if asked.type is ScenarioType.CHOOSE_ALL
        else (telling or list(order))[:1]
    )


def steps(
    taker: Taker, item: PaperItem, seed: str, number: int
) -> Iterator[tuple[Asked, list[str], dict[str, Option]]]:
    """The steps of a situation that somebody comes to who answers as they are told: send the option chosen."""
    content = courses.compiled(taker.slug)
    step: str | None = None
    while True:
        asked = resolve(content, item.scenario, item.variant, step)
        assert isinstance(asked, Asked)
        fixed = asked.type is ScenarioType.MARK
        order = option_order(seed, number, asked.step, [option.id for option in asked.options], fixed=fixed)
        in_bank = {option.id: option for option in content.situations[item.scenario][asked.step].options}
        chosen = yield asked, order, in_bank
        step = next(option.leads_to for option in asked.options if option.id == chosen)
        if step is None:
            return


def is_right(taker: Taker, item: PaperItem, seed: str, number: int, strategy: Strategy) -> bool:
    walk = steps(taker, item, seed, number)
    right = True
    shown = next(walk)
    try:
        while True:
            chosen = strategy(*shown)
            asked = shown[0]
            right &= mark_choice(chosen, asked.right, in_order=asked.type is ScenarioType.ORDER)
            shown = walk.send(chosen[0])
    except StopIteration:
        return right


def passes(taker: Taker, seed: str, strategy: Strategy) -> bool:
    """Whether somebody who answers so passes the course in one of its rounds."""
    seen: set[tuple[str, int]] = set()
    paper = draw_first(taker.pool, taker.rules, whole=taker.whole, seed=seed)
    for round_number in range(1, taker.rules.rounds + 1):
        marked = [
            MarkedAnswer(item.topic, is_right(taker, item, seed, number, strategy))
            for number, item in enumerate(paper, start=1)
        ]
        result = mark_round(marked, taker.rules, round_number=round_number)
        if result.passed:
            return True
        seen |= {(item.scenario, item.variant) for item in paper}
        seed = f"{seed} {round_number}"
        paper = draw_further(taker.pool, result.missed_topics, whole=taker.whole, seed=seed, seen=seen)
    return False


@pytest.mark.parametrize("strategy", [longest, second, report])
def test_who_always_chooses_alike_passes_at_most_once_in_a_thousand_papers(strategy: Strategy) -> None:
    """Over all courses: as seldom as somebody who guesses, whose luck is all that is left to them."""
    passed = []
    for slug, course in courses.COURSES:
        people = courses.of_course(slug, course)
        for seed in range(PAPERS):
            if passes(people[seed % len(people)], f"lazy {seed}", strategy):
                passed.append((slug, course, seed))
    assert PAPERS * len(courses.COURSES) >= 1_000
    assert len(passed) <= 1, passed


def test_who_knows_the_rules_passes_every_course() -> None:
    """Else the simulations would prove nothing."""

    def knowing(asked: Asked, order: Sequence[str], options: dict[str, Option]) -> list[str]:
        return list(asked.right)

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
        right /= ways.get(asked.type, 2**count - 1)
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
    for number in range(PAPERS):
        taker = people[number % len(people)]
        paper = draw_first(taker.pool, taker.rules, whole=taker.whole, seed=f"guess {number}")
        at_once = pass_chance(taker, paper, taker.rules.pass_mark)
        in_the_end = prod(topic_chance(taker, paper, topic) for topic in {item.topic for item in paper})
        chances.append(at_once + in_the_end)
    assert mean(chances) < 0.001, f"{mean(chances):.4%}"
