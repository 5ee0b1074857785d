"""Which paper somebody is given, so that any two papers of one course are worth the same. Pure.

How many situations of each topic a paper has follows from the course, and how many of each difficulty from the
course and the bank: never from the seed. The seed says which situations those are. Papers drawn before there were
difficulties to balance are drawn again by `rules.draw_paper`: `DRAWN_BY` numbers the ways.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from math import comb, lcm
from typing import NamedTuple

from elearn.quizzes.rules import (
    VARIANTS_PER_MISSED_TOPIC,
    PaperItem,
    PaperRules,
    Situation,
    draw_order,
    shuffled,
)
from elearn.scenarios.vocabulary import Difficulty

DRAWN_BY = 2
"""The way in which papers are drawn now; it is stored with each."""
RETOLD_BY = 3
"""The way for somebody who by that one has no fitting paper left: a new telling of a story they met counts as new."""

Counts = int
"""How many are easy, medium, hard, as three digits of one number: so they add and compare as fast as numbers do."""
_BASE = 10_000
_ONE: Mapping[Difficulty, Counts] = {Difficulty.EASY: _BASE**2, Difficulty.MEDIUM: _BASE, Difficulty.HARD: 1}
_Ideal = tuple[int, tuple[int, int, int]]
"""A whole number, and the difficulties that a paper should have, times that number."""
_WORN_OUT = 2


class _Story(NamedTuple):
    """One scenario, and those of its tellings of which one is asked, if any: they differ in nothing that counts here.

    `worn` is 0 where somebody never met the story, 1 where they have not met these tellings, else 2 (`_WORN_OUT`).
    Stories sort by it and by the order in which a seed comes to them, which is each one's own.
    """

    worn: int
    order: str
    topic: str
    own: bool
    counts: Counts
    tellings: Sequence[Situation]

    def told(self, seed: str) -> Situation:
        """The telling that this seed asks."""
        if len(self.tellings) == 1:
            return self.tellings[0]
        return min(self.tellings, key=lambda s: draw_order(seed, "telling", *s.key))


def draw_first(
    pool: Sequence[Situation],
    rules: PaperRules,
    *,
    mix: Mapping[str, Counts],
    seed: str,
    seen: Collection[tuple[str, int]] = (),
    retold: bool = False,
) -> list[PaperItem]:
    """The paper of a first round. `mix` is that of all that anybody is asked in this course: what papers are alike
    in. `retold` draws as `RETOLD_BY` says.

    Every topic has its number, no story stands twice, unseen ones come first, one at least is of the person's own
    job where there is any, and the difficulties are as near to the course's as the pool allows.
    """
    needs = topic_numbers(rules, pool, mix)
    chosen = _choose(_stories(pool, seed, seen, retold), needs, _ideal(needs, mix), seed=seed, own=True)
    return shuffled([story.told(seed) for story in chosen], seed)


def draw_further(
    pool: Sequence[Situation],
    missed: Sequence[str],
    *,
    mix: Mapping[str, Counts],
    seed: str,
    seen: Collection[tuple[str, int]],
    retold: bool = False,
) -> list[PaperItem]:
    """The paper of a further round: two situations of each missed topic, unseen ones first, other stories first.

    Where a topic has no two stories with an unseen telling, another telling of one stands in. `retold` draws as
    `RETOLD_BY` says.
    """
    needs = dict.fromkeys(missed, VARIANTS_PER_MISSED_TOPIC)
    theirs = [situation for situation in pool if situation.topic in needs]
    fresh = [story for story in _stories(theirs, seed, seen, retold) if story.worn < _WORN_OUT]
    chosen = _choose(fresh, needs, _ideal(needs, mix), seed=seed, own=False)
    asked = [story.told(seed) for story in chosen]
    for topic in missed:
        lacking = VARIANTS_PER_MISSED_TOPIC - sum(situation.topic == topic for situation in asked)
        if not lacking:
            continue
        others = [situation for situation in pool if situation.topic == topic and situation not in asked]
        asked += sorted(others, key=lambda s: (s.key in seen, draw_order(seed, "again", *s.key)))[:lacking]
    return shuffled(asked, seed)


def topic_numbers(rules: PaperRules, pool: Iterable[Situation], mix: Mapping[str, Counts]) -> dict[str, int]:
    """How many situations of each topic a first paper has: the course's, then one more of each topic turn by turn,
    those with most stories in the course first, as far as this pool goes."""
    there = Counter(topic for topic, _ in {(s.topic, s.scenario) for s in pool})
    wanted = {topic: number for topic, number in rules.topics.items() if number}
    wanted |= {topic: max(1, wanted.get(topic, 0)) for topic in rules.must_get_right}
    needs: dict[str, int] = {}
    for topic in sorted(wanted, key=lambda name: (name not in rules.must_get_right, name)):
        needs[topic] = min(wanted[topic], there[topic], rules.questions - sum(needs.values()))
    while sum(needs.values()) < rules.questions:
        open_topics = [topic for topic in there if needs.get(topic, 0) < there[topic]]
        if not open_topics:
            break
        fewest = min(open_topics, key=lambda name: (needs.get(name, 0), -sum(_apart(mix.get(name, 0))), name))
        needs[fewest] = needs.get(fewest, 0) + 1
    return needs


def profile(situations: Iterable[Situation]) -> tuple[int, int, int]:
    """How many of these situations are easy, medium, hard."""
    return _apart(_counts(situations))


def mix_of(whole: Iterable[Situation]) -> dict[str, Counts]:
    """How many stories of each difficulty every topic of a course has."""
    of_topic: dict[str, dict[str, Situation]] = {}
    for situation in whole:
        of_topic.setdefault(situation.topic, {})[situation.scenario] = situation
    return {topic: _counts(stories.values()) for topic, stories in of_topic.items()}


def _ideal(needs: Mapping[str, int], mix: Mapping[str, Counts]) -> _Ideal:
    """The difficulties that so many situations of each topic have on average."""
    there = {topic: _apart(mix.get(topic, 0)) for topic in needs}
    scale = lcm(*map(sum, there.values()))
    easy = medium = hard = 0
    for topic, need in needs.items():
        share = need * scale // sum(there[topic])
        easy += share * there[topic][0]
        medium += share * there[topic][1]
        hard += share * there[topic][2]
    return scale, (easy, medium, hard)


def _stories(
    pool: Iterable[Situation], seed: str, seen: Collection[tuple[str, int]], retold: bool
) -> list[_Story]:
    """The stories of a pool in the order in which this seed comes to them, the least worn first. `retold` takes
    a new telling for as little worn as a new story."""
    known = {scenario for scenario, _ in seen}
    tellings: dict[str, list[Situation]] = {}
    for situation in pool:
        tellings.setdefault(situation.scenario, []).append(situation)
    stories = []
    for scenario, told in tellings.items():
        worn, fresh = 0, told
        if scenario in known:
            unseen = [situation for situation in told if situation.key not in seen]
            worn, fresh = (0 if retold else 1, unseen) if unseen else (_WORN_OUT, told)
        best = [situation for situation in fresh if situation.own] or fresh
        like = best[0]
        order = draw_order(seed, "story", scenario)
        stories.append(_Story(worn, order, like.topic, like.own, _ONE[like.difficulty], best))
    return sorted(stories)


def _choose(
    stories: Sequence[_Story],
    needs: Mapping[str, int],
    ideal: _Ideal,
    *,
    seed: str,
    own: bool,
) -> list[_Story]:
    """As many stories of each topic as are needed. A more worn one is taken only when the less worn ones all are;
    among equally worn ones every choice of the nearest mix of difficulties is as likely as any other."""
    chosen: list[_Story] = []
    open_stories: dict[str, list[_Story]] = {}
    left: dict[str, int] = {}
    groups: dict[tuple[str, int], list[_Story]] = {}
    for story in stories:
        groups.setdefault((story.topic, story.worn), []).append(story)
    for topic in sorted(needs):
        left[topic] = needs[topic]
        for worn in range(_WORN_OUT + 1):
            group = groups.get((topic, worn), [])
            if len(group) > left[topic]:
                open_stories[topic] = group
                break
            chosen += group
            left[topic] -= len(group)
    if own and not any(story.own for story in chosen):
        _take_own(chosen, open_stories, left, ideal)
    return chosen + _balanced(open_stories, left, ideal, sum(story.counts for story in chosen), seed)


def _take_own(
    chosen: list[_Story],
    open_stories: dict[str, list[_Story]],
    left: dict[str, int],
    ideal: _Ideal,
) -> None:
    """Take one story of the person's own job, the first after which the rest can come nearest to the ideal."""
    so_far = sum(story.counts for story in chosen)
    best: tuple[int, str] | None = None
    taken: _Story | None = None
    supplies = dict(zip(open_stories, _supply(open_stories, left), strict=True))
    for topic, group in open_stories.items():
        need, there = supplies[topic]
        for story in group if need else ():
            if not story.own:
                continue
            supply = tuple(({**supplies, topic: (need - 1, there - story.counts)}).values())
            distance, _ = _nearest(supply, so_far + story.counts, ideal)
            if best is None or (distance, story.order) < best:
                best, taken = (distance, story.order), story
    if taken is not None:
        topic = taken.topic
        chosen.append(taken)
        left[topic] -= 1
        open_stories[topic] = [other for other in open_stories[topic] if other is not taken]


def _balanced(
    open_stories: Mapping[str, Sequence[_Story]],
    left: Mapping[str, int],
    ideal: _Ideal,
    so_far: Counts,
    seed: str,
) -> list[_Story]:
    supply = _supply(open_stories, left)
    ways = _ways(supply)
    _, goal = _nearest(supply, so_far, ideal)
    number = int(draw_order(seed, "difficulties"), 16) % ways[0][goal]
    chosen: list[_Story] = []
    for place, topic in enumerate(open_stories):
        for split, count in _splits(*supply[place]):
            rest = goal - split
            here = count * ways[place + 1].get(rest, 0)
            if number < here:
                break
            number -= here
        number, goal = number // count, rest
        for level, wanted in zip(_ONE.values(), _apart(split), strict=True):
            chosen += [story for story in open_stories[topic] if story.counts == level][:wanted]
    return chosen


_Supply = tuple[tuple[int, Counts], ...]


def _supply(open_stories: Mapping[str, Sequence[_Story]], left: Mapping[str, int]) -> _Supply:
    """For each topic how many are needed, and how many there are of each difficulty."""
    return tuple((left[topic], sum(story.counts for story in group)) for topic, group in open_stories.items())


@lru_cache(maxsize=2_000)
def _ways(supply: _Supply) -> tuple[Mapping[Counts, int], ...]:
    """From each topic on: for every mix of difficulties, how many choices of stories give it."""
    table: list[Mapping[Counts, int]] = [{0: 1}]
    for need, there in reversed(supply):
        row: dict[Counts, int] = defaultdict(int)
        for split, count in _splits(need, there):
            for rest, more in table[-1].items():
                row[split + rest] += count * more
        table.append(row)
    return tuple(reversed(table))


@lru_cache(maxsize=2_000)
def _splits(need: int, there: Counts) -> tuple[tuple[Counts, int], ...]:
    """Every way to take so many from what is there, by difficulty, with how many choices each leaves."""
    found = []
    all_easy, all_medium, all_hard = _apart(there)
    for easy in range(min(need, all_easy) + 1):
        for medium in range(min(need - easy, all_medium) + 1):
            hard = need - easy - medium
            if hard <= all_hard:
                choices = comb(all_easy, easy) * comb(all_medium, medium) * comb(all_hard, hard)
                found.append((easy * _BASE**2 + medium * _BASE + hard, choices))
    return tuple(found)


@lru_cache(maxsize=2_000)
def _nearest(supply: _Supply, so_far: Counts, ideal: _Ideal) -> tuple[int, Counts]:
    """The mix to be had that with what is chosen comes nearest to the ideal, and how far off it is."""
    scale, wanted = ideal

    def distance(mix: Counts) -> int:
        easy, medium, hard = _apart(so_far + mix)
        return (
            (easy * scale - wanted[0]) ** 2
            + (medium * scale - wanted[1]) ** 2
            + (hard * scale - wanted[2]) ** 2
        )

    return min((distance(mix), mix) for mix in _ways(supply)[0])


def _counts(situations: Iterable[Situation]) -> Counts:
    return sum(_ONE[situation.difficulty] for situation in situations)


def _apart(counts: Counts) -> tuple[int, int, int]:
    """How many are easy, how many medium, how many hard."""
    easy, others = divmod(counts, _BASE**2)
    medium, hard = divmod(others, _BASE)
    return (easy, medium, hard)
