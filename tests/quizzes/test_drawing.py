"""Papers as they are drawn now: on a made-up pool, and on every course that the program teaches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elearn.quizzes.drawing import draw_first, draw_further, mix_of, profile
from elearn.quizzes.rules import PaperItem, PaperRules, Situation, paper_is_whole
from elearn.scenarios.vocabulary import Difficulty
from tests.content import courses

RULES = PaperRules(
    questions=8,
    pass_mark=7,
    topics={"contact": 2, "images": 1, "reporting": 1, "respect": 1},
    must_get_right=frozenset({"contact", "images", "reporting"}),
    rounds=3,
)
TOPICS = ("contact", "images", "reporting", "respect", "profile", "work")
LEVELS = tuple(Difficulty)
POOL = [
    Situation(f"{topic}-{story}", variant, topic, LEVELS[story % 3], own=topic == "work" and story == 0)
    for topic in TOPICS
    for story in range(4)
    for variant in range(2)
]
MIX = mix_of(POOL)
SEEDS = 1_000


def first(
    seed: str, pool: Sequence[Situation] = POOL, seen: set[tuple[str, int]] | None = None
) -> list[PaperItem]:
    return draw_first(pool, RULES, mix=MIX, seed=seed, seen=seen or set())


def mix(paper: Sequence[PaperItem], pool: Sequence[Situation] = POOL) -> tuple[int, int, int]:
    by_key = {situation.key: situation for situation in pool}
    return profile(by_key[item.scenario, item.variant] for item in paper)


@given(st.text(min_size=1, max_size=20))
def test_a_paper_is_whole_asks_no_story_twice_and_has_one_of_the_persons_own_job(seed: str) -> None:
    paper = first(seed)
    assert paper_is_whole(paper, RULES)
    assert len({item.scenario for item in paper}) == 8
    topics = Counter(item.topic for item in paper)
    assert all(topics[topic] >= number for topic, number in RULES.topics.items())
    assert "work-0" in {item.scenario for item in paper}


@given(st.text(min_size=1, max_size=20), st.randoms())
def test_the_same_seed_gives_the_same_paper_whatever_order_the_pool_comes_in(
    seed: str, random: Random
) -> None:
    mixed = POOL[:]
    random.shuffle(mixed)
    assert first(seed, mixed) == first(seed)


def test_a_paper_from_a_known_seed_stays_what_it_was() -> None:
    """Papers of past years are drawn again from their seed: a change of this list breaks them."""
    assert [(item.scenario, item.variant) for item in first("golden")] == GOLDEN


GOLDEN = [
    ("work-0", 0),
    ("reporting-0", 0),
    ("images-1", 1),
    ("contact-2", 0),
    ("respect-1", 1),
    ("contact-0", 0),
    ("profile-2", 1),
    ("images-0", 0),
]


def test_papers_of_any_seeds_have_the_same_topics_and_difficulties() -> None:
    papers = [first(str(seed)) for seed in range(200)]
    assert len({mix(paper) for paper in papers}) == 1
    assert len({tuple(sorted(item.topic for item in paper)) for paper in papers}) == 1
    assert len({tuple(sorted(item.scenario for item in paper)) for paper in papers}) > 100


def test_each_story_of_a_topic_and_difficulty_is_drawn_about_as_often_as_the_others() -> None:
    drawn = Counter(item.scenario for seed in range(SEEDS) for item in first(str(seed)))
    for topic in ("contact", "images", "reporting", "respect"):
        one, other = drawn[f"{topic}-0"], drawn[f"{topic}-3"]
        assert abs(one - other) < 0.25 * (one + other), topic


def test_unseen_tellings_come_first_and_stories_never_met_before_all() -> None:
    seen = {s.key for s in POOL if s.variant == 0 and s.scenario.endswith(("0", "1"))}
    for seed in range(50):
        paper = first(str(seed), seen=seen)
        assert not {(item.scenario, item.variant) for item in paper} & seen
        met = {scenario for scenario, _ in seen}
        assert [item for item in paper if item.scenario in met] == []


def test_a_pool_that_is_too_small_gives_a_paper_that_is_not_whole() -> None:
    pool = [s for s in POOL if s.topic != "images"]
    assert not paper_is_whole(first("x", pool), RULES)
    assert not paper_is_whole(first("x", POOL[:4]), RULES)


def test_a_further_round_asks_two_unseen_situations_of_each_missed_topic() -> None:
    seen = {("contact-0", 0), ("respect-1", 1)}
    paper = draw_further(POOL, ["contact", "respect"], mix=MIX, seed="x", seen=seen)
    assert Counter(item.topic for item in paper) == {"contact": 2, "respect": 2}
    assert not {item.scenario for item in paper} & {"contact-0", "respect-1"}


def test_a_further_round_tells_the_one_story_again_where_there_is_no_other() -> None:
    pool = [Situation("only", variant, "contact") for variant in range(3)]
    paper = draw_further(pool, ["contact"], mix=mix_of(pool), seed="x", seen={("only", 0)})
    assert {(item.scenario, item.variant) for item in paper} == {("only", 1), ("only", 2)}


def test_a_new_telling_counts_as_new_where_stories_are_told_again() -> None:
    """Then a further round may have it though there are stories that were never met; a telling met stays worn."""
    seen = {("contact-0", 0)}

    def drawn(*, retold: bool) -> set[tuple[str, int]]:
        papers = [
            draw_further(POOL, ["contact"], mix=MIX, seed=str(seed), seen=seen, retold=retold)
            for seed in range(50)
        ]
        return {(item.scenario, item.variant) for paper in papers for item in paper}

    assert ("contact-0", 1) in drawn(retold=True) - drawn(retold=False)
    assert not drawn(retold=True) & seen


@pytest.mark.parametrize(("slug", "course"), courses.COURSES)
def test_a_thousand_papers_of_a_course_are_worth_the_same(slug: str, course: str) -> None:
    """The same topics for all who are bound in them, the same difficulties for everybody, one of one's own job."""
    people = courses.of_course(slug, course)
    mixes: set[tuple[int, int, int]] = set()
    topics: dict[frozenset[str], set[tuple[str, ...]]] = {}
    for seed in range(SEEDS):
        taker = people[seed % len(people)]
        paper = draw_first(taker.pool, taker.rules, mix=taker.mix, seed=f"paper {seed}")
        assert paper_is_whole(paper, taker.rules), taker
        asked = {situation.key: situation for situation in taker.pool}
        drawn = [asked[item.scenario, item.variant] for item in paper]
        mixes.add(profile(drawn))
        bound = frozenset(taker.rules.topics)
        topics.setdefault(bound, set()).add(tuple(sorted(item.topic for item in paper)))
        assert any(situation.own for situation in drawn) or not any(s.own for s in taker.pool), taker
    assert len(mixes) == 1
    assert {bound: len(found) for bound, found in topics.items() if len(found) > 1} == {}


@pytest.mark.parametrize("slug", courses.taught().policies)
def test_nobody_meets_a_telling_twice_in_three_rounds_even_if_they_miss_every_topic(slug: str) -> None:
    for taker in courses.takers(slug):
        seen: list[tuple[str, int]] = []
        paper = draw_first(taker.pool, taker.rules, mix=taker.mix, seed=str(taker))
        for round_number in range(2, taker.rules.rounds + 2):
            seen += [(item.scenario, item.variant) for item in paper]
            if round_number > taker.rules.rounds:
                break
            missed = list(dict.fromkeys(item.topic for item in paper))
            seed = f"{taker} {round_number}"
            paper = draw_further(taker.pool, missed, mix=taker.mix, seed=seed, seen=set(seen))
            assert Counter(item.topic for item in paper) == dict.fromkeys(missed, 2), taker
        assert len(set(seen)) == len(seen), taker


NOT_BOUND = {"lead": {("pupil-contact", 0): {"volunteer", "governor", "trustee"}}}
"""Whom a policy does not bind in such a topic: they are asked none of it. See scenarios/overrides.yaml."""


@pytest.mark.parametrize("slug", courses.taught().policies)
def test_every_topic_that_must_be_got_right_has_five_tellings_for_all_whom_it_binds(slug: str) -> None:
    few: dict[tuple[str, int], set[str]] = {}
    for taker in courses.takers(slug):
        tellings = Counter(situation.topic for situation in taker.pool)
        for topic in taker.course.must_get_right:
            if tellings[topic] < 5:
                few.setdefault((topic, tellings[topic]), set()).add(taker.kind.value)
    assert few == NOT_BOUND.get(slug, {})
