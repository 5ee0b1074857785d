"""What a page says of an answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from elearn.quizzes.wording import (
    INCOMPLETE,
    ORDER,
    OTHERWISE,
    RISK,
    SAFE,
    SOME,
    button_words,
    consequence_title,
)
from elearn.scenarios.asked import Offered
from elearn.scenarios.vocabulary import Does, ScenarioType


def option(does: Does | None = None, *, right: bool = False) -> Offered:
    return Offered("a", "Text", "What follows.", right, does=does)


def title(kind: ScenarioType, *chosen: Offered, right: bool = False) -> str:
    question: Any = SimpleNamespace(asked=SimpleNamespace(type=kind))
    found: Any = SimpleNamespace(question=question, chosen=chosen, right=right)
    return consequence_title(found)


@pytest.mark.parametrize("kind", list(ScenarioType))
def test_what_is_right_keeps_everyone_safe(kind: ScenarioType) -> None:
    assert title(kind, option(Does.DO, right=True), right=True) == SAFE


@pytest.mark.parametrize("kind", [ScenarioType.CHOOSE, ScenarioType.BRANCH])
def test_only_an_act_that_is_not_allowed_is_called_a_risk(kind: ScenarioType) -> None:
    assert title(kind, option(Does.DO)) == RISK
    assert title(kind, option(Does.AVOID)) == OTHERWISE
    assert title(kind, option(Does.AFTER)) == OTHERWISE
    assert title(kind, option(Does.TELL)) == OTHERWISE
    assert title(kind, option()) == OTHERWISE


@pytest.mark.parametrize("kind", [ScenarioType.MARK, ScenarioType.CHOOSE_ALL])
def test_a_harmless_line_that_was_marked_puts_nobody_at_risk(kind: ScenarioType) -> None:
    assert title(kind, option(), option(right=True)) == SOME
    assert title(kind, option(right=True)) == INCOMPLETE


def test_a_wrong_order_is_said_to_be_one() -> None:
    assert title(ScenarioType.ORDER, option(right=True), option(right=True)) == ORDER


def test_the_button_says_what_one_does_there() -> None:
    assert {kind: button_words(kind) for kind in ScenarioType} == {
        ScenarioType.CHOOSE: "Choose this",
        ScenarioType.BRANCH: "Choose this",
        ScenarioType.CHOOSE_ALL: "Choose these",
        ScenarioType.MARK: "Save these marks",
        ScenarioType.ORDER: "Save this order",
    }
