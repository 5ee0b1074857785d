"""Papers, marking and rounds."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elearn.quizzes import rules
from elearn.quizzes.rules import MarkedAnswer, PaperRules, Situation

RULES = PaperRules(
    questions=8,
    pass_mark=7,
    topics={"contact": 2, "images": 1, "reporting": 1, "respect": 1},
    must_get_right=frozenset({"contact", "images", "reporting"}),
    rounds=3,
)
TOPICS = ("contact", "images", "reporting", "respect", "profile", "work")
POOL = [
    Situation(f"{topic}-{story}", variant, topic)
    for topic in TOPICS
    for story in range(4)
    for variant in range(2)
]


@given(st.text(min_size=1, max_size=20))
def test_a_paper_is_whole_and_asks_no_story_twice(seed: str) -> None:
    paper = rules.draw_paper(POOL, RULES, seed=seed)
    assert rules.paper_is_whole(paper, RULES)
    assert len({item.scenario for item in paper}) == 8
    topics = Counter(item.topic for item in paper)
    assert all(topics[topic] >= number for topic, number in RULES.topics.items())


@given(st.text(min_size=1, max_size=20), st.randoms())
def test_the_same_seed_gives_the_same_paper_whatever_order_the_pool_comes_in(
    seed: str, random: Random
) -> None:
    mixed = POOL[:]
    random.shuffle(mixed)
    assert rules.draw_paper(mixed, RULES, seed=seed) == rules.draw_paper(POOL, RULES, seed=seed)


def test_a_paper_from_a_known_seed_stays_what_it_was() -> None:
    """Papers of past years are drawn again from their seed: a change of this list breaks them."""
    paper = rules.draw_paper(POOL, RULES, seed="golden")
    assert [(item.scenario, item.variant) for item in paper] == GOLDEN


GOLDEN = [
    ("profile-1", 0),
    ("images-2", 0),
    ("respect-1", 0),
    ("profile-0", 1),
    ("contact-2", 1),
    ("work-2", 0),
    ("reporting-2", 1),
    ("contact-1", 1),
]


def test_unseen_situations_come_first() -> None:
    seen = {s.key for s in POOL if s.variant == 0}
    paper = rules.draw_paper(POOL, RULES, seed="x", seen=seen)
    assert all(item.variant == 1 for item in paper)


def test_a_pool_that_is_too_small_gives_a_paper_that_is_not_whole() -> None:
    pool = [s for s in POOL if s.topic != "images"]
    assert not rules.paper_is_whole(rules.draw_paper(pool, RULES, seed="x"), RULES)
    assert not rules.paper_is_whole(rules.draw_paper(POOL[:4], RULES, seed="x"), RULES)


def test_a_further_round_asks_two_unseen_situations_of_each_missed_topic() -> None:
    seen = {("contact-0", 0), ("respect-1", 1)}
    paper = rules.draw_further_paper(POOL, ["contact", "respect"], seed="x", seen=seen)
    assert Counter(item.topic for item in paper) == {"contact": 2, "respect": 2}
    assert not {(item.scenario, item.variant) for item in paper} & seen
    assert not {item.scenario for item in paper} & {"contact-0", "respect-1"}


def test_a_topic_that_no_longer_binds_falls_away() -> None:
    assert rules.still_asked(["contact", "chemistry"], POOL) == ("contact",)
    assert rules.still_asked(["chemistry"], POOL) == ()


def outcome(right: int, questions: int) -> rules.Result:
    return rules.Result(right == questions, right, questions, (), ())


def test_a_score_tells_every_round_since_the_last_first_one() -> None:
    rounds = [
        (1, outcome(1, 8)),
        (2, outcome(3, 4)),
        (1, outcome(6, 8)),
        (2, outcome(3, 4)),
        (3, outcome(2, 2)),
    ]
    score = rules.score_of(rules.rounds_to_last(rounds))
    assert score == "6/8+3/4+2/2"
    assert rules.score_words(score) == "6 of 8, then 3 of 4 and 2 of 2 on the topics missed"
    assert rules.score_of(rules.rounds_to_last(rounds[:1])) == "1/8"
    assert rules.score_words("8/8") == "8 of 8"
    assert rules.score_of(rules.rounds_to_last([])) == ""


def test_the_longest_score_fits_its_column() -> None:
    assert len(rules.score_of([outcome(99, 99)] * 3)) <= 20


def test_a_further_round_tells_the_one_story_again_where_there_is_no_other() -> None:
    pool = [Situation("only", variant, "contact") for variant in range(3)]
    paper = rules.draw_further_paper(pool, ["contact"], seed="x", seen={("only", 0)})
    assert {(item.scenario, item.variant) for item in paper} == {("only", 1), ("only", 2)}


def answers(right: int, wrong: tuple[str, ...] = ()) -> list[MarkedAnswer]:
    return [MarkedAnswer("profile", True)] * right + [MarkedAnswer(topic, False) for topic in wrong]


@pytest.mark.parametrize(
    ("given_answers", "round_number", "passed", "missed"),
    [
        (answers(8), 1, True, ()),
        (answers(7, ("profile",)), 1, True, ("profile",)),
        (answers(6, ("profile", "work")), 1, False, ("profile", "work")),
        (answers(7, ("contact",)), 1, False, ("contact",)),
        (answers(4), 2, True, ()),
        (answers(3, ("profile",)), 2, False, ("profile",)),
        ([], 1, False, ()),
    ],
)
def test_a_round_passes_at_its_mark_and_never_with_a_must_get_right_topic_missed(
    given_answers: list[MarkedAnswer], round_number: int, passed: bool, missed: tuple[str, ...]
) -> None:
    result = rules.mark_round(given_answers, RULES, round_number=round_number)
    assert (result.passed, result.missed_topics) == (passed, missed)


@pytest.mark.parametrize(
    ("done", "last_passed", "expected"),
    [
        (0, None, ""),
        (1, False, ""),
        (2, False, ""),
        (3, False, "needs_help"),
        (1, True, "passed"),
        (3, True, "passed"),
    ],
)
def test_three_rounds_in_all_then_a_person_helps(done: int, last_passed: bool | None, expected: str) -> None:
    last = None if last_passed is None else rules.Result(last_passed, 0, 0, (), ())
    assert rules.may_start_round(done, last, RULES) == expected


@pytest.mark.parametrize(
    ("chosen", "right", "in_order", "expected"),
    [
        (["a"], ["a"], False, True),
        (["b"], ["a"], False, False),
        (["b", "a"], ["a", "b"], False, True),
        (["b", "a"], ["a", "b"], True, False),
        (["a", "b"], ["a", "b"], True, True),
        (["a", "b", "c"], ["a", "b"], False, False),
        ([], ["a"], False, False),
    ],
)
def test_a_choice_is_right_when_it_is_the_same_options(
    chosen: list[str], right: list[str], in_order: bool, expected: bool
) -> None:
    assert rules.mark_choice(chosen, right, in_order=in_order) is expected


def test_a_random_guesser_passes_within_the_rounds_with_less_than_one_in_a_thousand() -> None:
    random = Random(1)
    trials = 20_000
    passes = sum(guesses_through(random, options=4) for _ in range(trials))
    assert passes / trials < 0.001


def guesses_through(random: Random, *, options: int) -> bool:
    asked = [item.topic for item in rules.draw_paper(POOL, RULES, seed=str(random.random()))]
    for round_number in range(1, RULES.rounds + 1):
        marked = [MarkedAnswer(topic, random.randrange(options) == 0) for topic in asked]
        result = rules.mark_round(marked, RULES, round_number=round_number)
        if result.passed:
            return True
        asked = [topic for topic in result.missed_topics for _ in range(rules.VARIANTS_PER_MISSED_TOPIC)]
    return False


def test_the_right_option_stands_in_every_place_equally_often() -> None:
    places = Counter(
        rules.option_order(str(seed), 1, "s", ["right", "b", "c", "d"], fixed=False).index("right")
        for seed in range(4000)
    )
    expected = 1000
    assert (
        sum((count - expected) ** 2 / expected for count in places.values()) < 16.3
    )  # chi-squared, p = 0.001


def test_parts_of_a_post_keep_their_place() -> None:
    assert rules.option_order("seed", 1, "s", ["a", "b", "c"], fixed=True) == ["a", "b", "c"]


def test_somebody_whom_the_policy_does_not_bind_in_a_topic_is_not_asked_it_and_cannot_miss_it() -> None:
    pool = [s for s in POOL if s.topic not in ("contact", "images")]
    theirs = rules.narrowed(RULES, pool)
    assert theirs.must_get_right == {"reporting"}
    assert rules.paper_is_whole(rules.draw_paper(pool, theirs, seed="x"), theirs)
    assert rules.narrowed(RULES, POOL) == RULES
