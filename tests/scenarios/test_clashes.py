"""Decisions between clauses that clash: which are the trust's own, and which it has still to confirm."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from elearn.scenarios.clashes import clashes_to_confirm
from elearn.scenarios.loader import load_content
from elearn.scenarios.policy_content import AUTHOR, PolicyContent
from tests.content.courses import taught


def test_what_the_trust_decided_is_not_asked_again_and_what_the_author_decided_is(
    edited_folder: Callable[..., Path],
) -> None:
    before = load_content(edited_folder(), ["north"])
    positions = {position.id: position for position in before.catalogue.positions}
    assert clashes_to_confirm(before.policies["north"], positions) == []
    folder = edited_folder(("policies/north/positions.yaml", "by: IT lead", "by: author"))
    [clash] = clashes_to_confirm(load_content(folder, ["north"]).policies["north"], positions)
    assert (clash.position, clash.answer, clash.on) == ("training", "required", "2026-11-20")
    assert (clash.clauses, clash.against) == (("3.2",), ("3.3",))
    assert clash.why == "the training section is specific"


def test_the_cases_of_a_decision_are_told_in_words() -> None:
    content = taught()
    positions = {position.id: position for position in content.catalogue.positions}
    found = {clash.position: clash for clash in clashes_to_confirm(content.policies["voyage"], positions)}
    assert found["pupil_friend_request"].cases == (positions["pupil_friend_request"].cases["adult"],)
    assert found["parent_friend"].cases == ()


def _resolved(policy: PolicyContent) -> list[str]:
    stances = [
        stance
        for found in policy.positions.values()
        for stance in (found.default, *found.exceptions)
        if stance is not None and stance.resolved is not None
    ]
    return [stance.resolved.by for stance in stances if stance.resolved]


@pytest.mark.parametrize("slug", taught().policies)
def test_nobody_of_a_trust_is_said_to_have_decided_who_has_not(slug: str) -> None:
    """No trust has been asked yet: every decision in the content that comes with the program is the author's."""
    policy = taught().policies[slug]
    positions = {position.id: position for position in taught().catalogue.positions}
    assert set(_resolved(policy)) <= {AUTHOR}
    assert len(clashes_to_confirm(policy, positions)) == len(_resolved(policy))
