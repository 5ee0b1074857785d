"""Which lazy ways pass a paper, and the seed that is taken so that none does: on made-up questions."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elearn.quizzes.lazy import TRIES, Fitting, Walk, draw_fitting, ways_that_pass
from elearn.quizzes.rules import PaperItem, PaperRules, option_order
from elearn.scenarios.asked import Asked, Offered
from elearn.scenarios.vocabulary import Does, ScenarioType

RULES = PaperRules(questions=4, pass_mark=3, topics={}, must_get_right=frozenset(), rounds=3)
LEFT = [Does.DO, Does.AVOID, Does.AFTER, Does.TELL]


def question(
    right: Sequence[str],
    *,
    kind: ScenarioType = ScenarioType.CHOOSE,
    does: Sequence[Does] = LEFT,
    lengths: Sequence[int] = (10, 10, 10, 10),
    leads_to: str | None = None,
    step: str = "whole",
) -> Asked:
    """One question with an option a letter."""
    options = tuple(
        Offered(name, "x" * length, "", name in right, leads_to=leads_to, does=act)
        for name, act, length in zip("abcd", does, lengths, strict=False)
    )
    return Asked("s", 0, step, kind, "", "", None, options, tuple(right), (), (), (), (), 0, "")


def walk(*asked: Asked) -> Walk:
    return Walk.of("respect", asked[0].step, asked)


def passing(walks: Sequence[Walk], *, seed: str = "seed", round_number: int = 1) -> set[str]:
    return set(ways_that_pass(walks, RULES, seed=seed, round_number=round_number))


@pytest.mark.parametrize(("right", "way"), [("a", None), ("b", "refusing"), ("c", None), ("d", "asking")])
def test_who_asks_or_refuses_passes_where_that_is_right_often_enough(right: str, way: str | None) -> None:
    found = passing([walk(question([right]))] * 3 + [walk(question(["a"]))]) & {"asking", "refusing"}
    assert found == ({way} if way else set())
    often = [walk(question([right]))] * 2 + [walk(question(["a"]))] * 2
    assert passing(often) & {"asking", "refusing"} == set()


def test_asking_first_is_asking_where_nobody_is_told() -> None:
    does = [Does.DO, Does.AVOID, Does.AFTER, Does.AFTER]
    assert "asking" in passing([walk(question(["c"], does=does)), walk(question(["d"], does=does))] * 2)


def test_who_asks_where_there_is_nobody_to_ask_takes_the_first() -> None:
    does = [Does.DO, Does.AVOID, Does.DO, Does.DO]
    first = option_order("seed", 1, "whole", list("abcd"), fixed=False)[0]
    alone = question([first], does=does)
    assert "asking" in passing([walk(alone)], round_number=2)
    assert "place 1" in passing([walk(alone)], round_number=2)


@given(st.text(min_size=1, max_size=8), st.integers(0, 3))
def test_a_place_passes_where_the_right_options_stand_there(seed: str, place: int) -> None:
    walks = [
        walk(question([option_order(seed, number, "whole", list("abcd"), fixed=False)[place]]))
        for number in range(1, 5)
    ]
    assert f"place {place + 1}" in passing(walks, seed=seed)
    assert ("last" in passing(walks, seed=seed)) == (place == 3)


def test_the_longest_passes_where_the_right_ones_are_longest() -> None:
    long = question(["b"], lengths=(10, 11, 10, 10))
    assert "longest" in passing([walk(long)] * 4)
    assert "longest" not in passing([walk(long)] * 2 + [walk(question(["a"], lengths=(10, 11, 10, 10)))] * 2)


def test_all_that_ask_count_where_several_are_to_be_chosen() -> None:
    does = [Does.TELL, Does.TELL, Does.DO, Does.AVOID]
    several = question(["a", "b"], kind=ScenarioType.CHOOSE_ALL, does=does)
    assert "asking" in passing([walk(several)] * 4)
    assert "asking" not in passing(
        [walk(question(["a", "b", "c"], kind=ScenarioType.CHOOSE_ALL, does=does))] * 4
    )


def test_an_order_is_right_by_luck_where_it_is_shown_as_it_should_be() -> None:
    shown = [option_order("seed", number, "whole", list("abcd"), fixed=False) for number in (1, 2, 3, 4)]
    lucky = [walk(question(order, kind=ScenarioType.ORDER)) for order in shown]
    assert {"place 1", "asking", "refusing"} <= passing(lucky)
    turned = [walk(question(order[::-1], kind=ScenarioType.ORDER)) for order in shown]
    assert passing(turned) & {"place 1", "asking", "refusing"} == set()


def test_every_step_of_a_branch_must_be_right() -> None:
    def branch(last: str) -> Walk:
        first = question(["d"], kind=ScenarioType.BRANCH, leads_to="then", step="first")
        return walk(first, question([last], kind=ScenarioType.BRANCH, step="then"))

    assert "asking" in passing([branch("d")] * 4)
    assert "asking" not in passing([branch("b")] * 4)


def test_a_topic_that_must_be_got_right_decides() -> None:
    rules = PaperRules(4, 3, {}, frozenset({"respect"}), 3)
    walks = [walk(question(["d"]))] * 3 + [walk(question(["a"]))]
    assert "asking" not in ways_that_pass(walks, rules, seed="seed", round_number=1)


def item(name: str) -> PaperItem:
    return PaperItem(name, 0, "respect")


@given(st.text(min_size=1, max_size=30))
def test_the_seed_taken_is_the_first_whose_paper_no_lazy_way_passes(seed: str) -> None:
    tried: list[str] = []

    def draw(each: str) -> list[PaperItem]:
        tried.append(each)
        return [item("a" if len(tried) > 3 else "d")] * 4

    found = draw_fitting(
        seed, {2: draw}, lambda drawn: walk(question([drawn.scenario])), RULES, round_number=1
    )
    assert tried[0] == seed
    assert found == Fitting(tried[-1], 2, [item("a")] * 4)
    assert len(tried) >= 4
    assert len(set(tried)) == len(tried)
    assert all(len(each) <= 32 for each in tried)
    assert passing([walk(question(["a"]))] * 4, seed=found.seed) == set()


def test_where_no_paper_will_do_the_one_that_the_fewest_ways_pass_is_taken() -> None:
    tried: list[str] = []

    def draw(each: str) -> list[PaperItem]:
        tried.append(each)
        return [item("d")]

    told = walk(question(["d"]))
    found = draw_fitting("seed", {2: draw, 3: draw}, lambda _: told, RULES, round_number=2)
    assert len(tried) == 2 * TRIES
    ways = {each: passing([told], seed=each, round_number=2) for each in tried}
    assert len(ways[found.seed]) == min(map(len, ways.values()))
    assert "asking" in ways[found.seed]


def test_another_way_to_draw_is_taken_only_where_the_first_has_no_paper_that_will_do() -> None:
    def bad(seed: str) -> list[PaperItem]:
        return [item("d")] * 4

    def good(seed: str) -> list[PaperItem]:
        return [item("a")] * 4

    def walks(drawn: PaperItem) -> Walk:
        return walk(question([drawn.scenario]))

    assert draw_fitting("seed", {2: bad, 3: good}, walks, RULES, round_number=1).drawn_by == 3
    assert draw_fitting("seed", {2: good, 3: bad}, walks, RULES, round_number=1).drawn_by == 2
