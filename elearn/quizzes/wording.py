"""What a page says of an answer: true of what was chosen, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from elearn.scenarios.asked import Asked, Offered
from elearn.scenarios.vocabulary import Does, ScenarioType

SAFE = "This keeps everyone safe"
INCOMPLETE = "This is right, but something is missing"
ORDER = "The policy gives another order"
SOME = "Some of this is not what the policy says"
RISK = "This would put you and others at risk"
OTHERWISE = "The policy asks something else of you"


MISSED = {ScenarioType.MARK: "What to mark", ScenarioType.CHOOSE_ALL: "What to choose"}


BUTTONS = {
    ScenarioType.CHOOSE_ALL: "Choose these",
    ScenarioType.MARK: "Save these marks",
    ScenarioType.ORDER: "Save this order",
}


def button_words(kind: ScenarioType) -> str:
    """What the button below a situation says: what pressing it does."""
    return BUTTONS.get(kind, "Choose this")


class HasAsked(Protocol):
    """A question as somebody was given it."""

    @property
    def asked(self) -> Asked:
        """The situation with its options."""


class Answered(Protocol):
    """An answer, in training or in practice."""

    @property
    def question(self) -> HasAsked:
        """What was asked."""

    @property
    def chosen(self) -> Sequence[Offered]:
        """What was chosen."""

    @property
    def right(self) -> bool:
        """Whether it was right as a whole."""

    @property
    def sure(self) -> bool | None:
        """Whether they said that they were sure."""


@dataclass(frozen=True, slots=True)
class ConsequenceWords:
    """The heading over what follows an answer, that over what was right, and whether being sure is worth a word."""

    title: str
    better: str
    was_sure: bool


def consequence_words(found: Answered) -> ConsequenceWords:
    """What a page says of an answer beside its own consequence."""
    title = consequence_title(found)
    better = MISSED.get(found.question.asked.type, "Better")
    return ConsequenceWords(title, better, was_sure=bool(found.sure) and title == RISK)


def consequence_title(found: Answered) -> str:
    """The heading over what follows an answer. Only an act that the policy does not let one do puts people at risk:
    somebody who was too careful, or marked a harmless line, is told that and nothing worse."""
    if found.right:
        return SAFE
    kind = found.question.asked.type
    if kind is ScenarioType.ORDER:
        return ORDER
    wrong = [option for option in found.chosen if not option.is_right]
    if not wrong:
        return INCOMPLETE
    if kind in (ScenarioType.CHOOSE_ALL, ScenarioType.MARK):
        return SOME
    return RISK if all(option.does is Does.DO for option in wrong) else OTHERWISE
