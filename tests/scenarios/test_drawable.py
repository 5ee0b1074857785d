"""What courses ever put to anybody."""

from __future__ import annotations

import pytest

from elearn.people.rules import JobGroup
from elearn.scenarios.drawable import is_drawn, topics_drawn
from elearn.scenarios.policy_content import Course
from elearn.scenarios.rules import CompiledBundle, cells
from tests.content.courses import compiled, takers, taught


def _course(topics: dict[str, int], questions: int, must: tuple[str, ...] = ()) -> Course:
    [course] = [item for item in taught().policies["clt"].courses if item.id == "induction"]
    return course.model_copy(update={"topics": topics, "questions": questions, "must_get_right": must})


@pytest.mark.parametrize(
    ("course", "drawn"),
    [
        (_course({"images": 2, "respect": 1}, 3), {"images", "respect"}),
        (_course({"images": 2, "respect": 0}, 2), {"images"}),
        (_course({"images": 2, "respect": 0}, 3), {"images", "respect"}),
        (_course({"images": 1, "respect": 0, "profile": 0}, 2), {"images"}),
        (_course({"images": 1, "respect": 0, "profile": 0}, 3), {"images", "respect", "profile"}),
        (_course({"images": 1, "respect": 0}, 2, must=("respect",)), {"images", "respect"}),
        (_course({"images": 2}, 2, must=("respect",)), {"images"}),
    ],
)
def test_a_topic_is_drawn_that_has_a_number_or_a_turn(course: Course, drawn: set[str]) -> None:
    assert topics_drawn(course) == drawn


@pytest.mark.parametrize("slug", taught().policies)
def test_what_is_drawn_is_what_stands_in_the_pools_that_papers_are_drawn_from(slug: str) -> None:
    pools = {situation.key for taker in takers(slug) for situation in taker.pool}
    there = cells(compiled(slug))
    assert {(cell.scenario, cell.variant) for cell in there if is_drawn(compiled(slug), cell)} == pools


def test_a_telling_for_governors_is_drawn_where_the_policy_covers_them_alone() -> None:
    told = {
        slug: [
            is_drawn(compiled(slug), cell)
            for cell in cells(compiled(slug))
            if cell.asked and _told_to_governors(compiled(slug), cell.scenario, cell.variant)
        ]
        for slug in ("clt", "model")
    }
    assert not any(told["clt"])
    assert told["model"]
    assert all(told["model"])


def _told_to_governors(here: CompiledBundle, scenario: str, variant: int) -> bool:
    return here.scenarios[scenario].variants[variant].job_groups == (JobGroup.GOVERNOR,)
