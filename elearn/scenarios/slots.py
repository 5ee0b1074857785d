"""Slots in texts, such as `{age}`, `{friend.who}`, `{office.head}`: filled from one policy's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from elearn.scenarios.bank_content import Step
from elearn.scenarios.policy_content import Stance
from elearn.scenarios.vocabulary import CitationForce

SLOT = re.compile(r"\{([^{}]*)\}")
STANCE_SLOTS = ("who", "how", "must")
OFFICE = "office"
ORGANISATION = "organisation"


class UnfilledSlot(Exception):
    """A slot for which this policy has no words. The message says which and why."""


@dataclass(frozen=True, slots=True)
class Words:
    """What the slots of one situation in one organisation are filled from."""

    organisation: str
    names: Mapping[str, str]
    variant: Mapping[str, str]
    stances: Mapping[str, Stance]

    def fill(self, text: str) -> str:
        """The text with every slot filled. Raises UnfilledSlot."""
        return SLOT.sub(lambda found: self.word(found[1]), text) if "{" in text else text

    def word(self, slot: str) -> str:
        """What one slot stands for. Raises UnfilledSlot."""
        if slot == ORGANISATION:
            return self.organisation
        name, dot, what = slot.partition(".")
        if not dot:
            return self._own_word(slot)
        if name == OFFICE:
            return self.names.get(what) or capitalised(self._name(uncapitalised(what)))
        stance = self.stances.get(name)
        if stance is None:
            raise UnfilledSlot(f"{{{slot}}} is no slot of this situation")
        words = self._of_stance(stance, what.lower(), slot)
        return capitalised(words) if what[:1].isupper() else words

    def _own_word(self, slot: str) -> str:
        if slot not in self.variant:
            raise UnfilledSlot(f"{{{slot}}} is no word of this variant")
        return self.variant[slot]

    def _name(self, name: str) -> str:
        if name not in self.names:
            raise UnfilledSlot(f"the policy has no name for {name}")
        return self.names[name]

    def _of_stance(self, stance: Stance, what: str, slot: str) -> str:
        if what == "who" and stance.who is not None:
            return joined(
                [self._name(name) for name in stance.who.offices], "or" if stance.who.any else "and"
            )
        if what == "how" and stance.how:
            return joined([self._name(name) for name in stance.how], "or")
        if what == "must" and stance.clauses and stance.clauses[0].force is not CitationForce.SAYS:
            return stance.clauses[0].force.value
        raise UnfilledSlot(f"{{{slot}}} has nothing to say here")


def slots_of(text: str) -> list[str]:
    """The slots of a text, without their braces, in order."""
    return SLOT.findall(text)


def texts_of(step: Step) -> dict[tuple[str | int, ...], str]:
    """Every text of a step that may hold slots, by its path in the step."""
    found: dict[tuple[str | int, ...], str] = {("story",): step.story, ("ask",): step.ask}
    for number, option in enumerate(step.options):
        found["options", number, "text"] = option.text
        if isinstance(option.then, str):
            found["options", number, "then"] = option.then
        elif option.then is not None:
            found["options", number, "then", "right"] = option.then.right
            found["options", number, "then", "wrong"] = option.then.wrong
    if step.artefact is not None:
        _collect(step.artefact.model_dump(by_alias=True, exclude_defaults=True), ("artefact",), found)
    return found


def _collect(value: object, path: tuple[str | int, ...], found: dict[tuple[str | int, ...], str]) -> None:
    if isinstance(value, str):
        found[path] = str(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            _collect(item, (*path, key), found)
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            _collect(item, (*path, number), found)


def filled(value: object, fill: Callable[[str], str]) -> object:
    """The same data with every text filled."""
    if isinstance(value, str):
        return fill(str(value))
    if isinstance(value, dict):
        return {key: filled(item, fill) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(filled(item, fill) for item in value)
    return value


def joined(words: list[str], last: str) -> str:
    """`a`, `a or b`, `a, b or c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def capitalised(text: str) -> str:
    """The text with its first letter large and the rest as it is."""
    return text[:1].upper() + text[1:]


def uncapitalised(text: str) -> str:
    """The text with its first letter small and the rest as it is."""
    return text[:1].lower() + text[1:]
