"""What the page of a situation asks and what comes back: radios, checkboxes, or a place for each step.

Its values are the places of the options on the page, so that nothing in it tells which one is right. It is read here
rather than by the form library: its fields are those of one person's paper, which the library would put together as
a form anew for every answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from werkzeug.datastructures import MultiDict

from elearn.quizzes.service import Choice
from elearn.scenarios.asked import Asked
from elearn.scenarios.vocabulary import ScenarioType

SURE = {"yes": True, "no": False}
ONE_OF_SEVERAL = frozenset({ScenarioType.CHOOSE, ScenarioType.BRANCH})

NOTHING_CHOSEN = {
    ScenarioType.CHOOSE: "Choose what you would do",
    ScenarioType.BRANCH: "Choose what you would do",
    ScenarioType.CHOOSE_ALL: "Choose at least one",
    ScenarioType.MARK: "Mark at least one part",
}


class Posed(Protocol):
    """What a page asks: a question of somebody's paper, or an author's preview of one."""

    @property
    def asked(self) -> Asked:
        """The situation."""

    @property
    def step(self) -> str:
        """Its step."""

    @property
    def choices(self) -> Sequence[Choice]:
        """Its options as they stand on the page."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A situation as its page asks it, its options in the order written."""

    asked: Asked

    @property
    def step(self) -> str:
        """Its step."""
        return self.asked.step

    @property
    def choices(self) -> list[Choice]:
        """Its options, by their places."""
        return [Choice(str(place), option.text) for place, option in enumerate(self.asked.options)]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A situation as its page draws it: its options, what somebody has filled in, and what is wrong with that."""

    step: str
    choices: Sequence[Choice]
    chosen: Sequence[str] = ()
    """The values chosen, each once."""
    places: Mapping[str, str] = field(default_factory=dict)
    """By an option's value, the place given to it, where the steps are to be put in order."""
    sure: str | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    """By the name of a field, what is wrong with it: a sentence."""

    ask_sure: ClassVar[str] = "Are you sure enough to act on this today?"
    are_you_sure: ClassVar[tuple[tuple[str, str], ...]] = (("yes", "Yes"), ("no", "Not yet"))

    @property
    def offered_places(self) -> list[tuple[str, str]]:
        """What can be chosen for each step that is to be put in order."""
        return [("", "Choose"), *((place, place) for place in _places(self.choices))]

    @property
    def is_sure(self) -> bool | None:
        """Sure, not yet, or not said. It never counts for or against anybody."""
        return SURE.get(self.sure or "")

    @property
    def answer(self) -> Sequence[str]:
        """The values chosen or, where the steps were put in order, all of them in that order; without errors only."""
        return sorted(self.places, key=lambda value: int(self.places[value])) or self.chosen


def empty_sheet(question: Posed) -> Sheet:
    """A situation that nobody has answered."""
    return Sheet(question.step, question.choices)


def read_sheet(question: Posed, sent: MultiDict[str, str]) -> Sheet:
    """What was filled in, with an error where it can't be kept: nothing, or what was not offered."""
    kind = question.asked.type
    sure = sent.get("sure") if sent.get("sure") in SURE else None
    if kind is ScenarioType.ORDER:
        places = {value: sent.get(f"place-{value}", "") for value, _ in question.choices}
        errors = _misplaced(question.choices, places)
        return Sheet(question.step, question.choices, places=places, sure=sure, errors=errors)
    chosen = list(dict.fromkeys(sent.getlist("choice")))
    if kind in ONE_OF_SEVERAL:
        chosen = chosen[:1]
    can_be_kept = chosen and set(chosen) <= {choice.value for choice in question.choices}
    errors = {} if can_be_kept else {"choice": NOTHING_CHOSEN[kind]}
    return Sheet(question.step, question.choices, chosen, sure=sure, errors=errors)


def _places(choices: Sequence[Choice]) -> list[str]:
    return [str(place) for place in range(1, len(choices) + 1)]


def _misplaced(choices: Sequence[Choice], places: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with the places given, by field: every step needs one, and no two the same."""
    free, errors = set(_places(choices)), {}
    for value, text in choices:
        place = places[value]
        if place in free:
            free.remove(place)
        elif place in _places(choices):
            errors[f"place-{value}"] = f"Give one step only the place {place}"
        else:
            errors[f"place-{value}"] = f"Choose a place for: {text}"
    return errors
