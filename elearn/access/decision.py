"""What the gate answers, with every reason. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from elearn.access.facts import Right
from elearn.access.requirements import Need
from elearn.decisions import Reason


class Answer(StrEnum):
    """What the gate answers."""

    YES = "yes"
    NOT_YET = "not_yet"
    CANNOT_SAY = "cannot_say"


@dataclass(frozen=True, slots=True)
class Met:
    """One requirement that is met: which, since or until when, and on what basis it is asked for."""

    code: str
    message: str
    basis: str = "product"
    clauses: tuple[str, ...] = ()
    on: date | None = None


@dataclass(frozen=True, slots=True)
class AccessDecision:
    """Yes, not yet or cannot say, with every reason, and what is met already.

    `next_change_on` is the next day on which the answer changes by the calendar alone, if nothing else
    happens; None where it does not.
    """

    answer: Answer
    reasons: tuple[Reason, ...] = ()
    met: tuple[Met, ...] = ()
    next_change_on: date | None = None
    right: Right | None = None
    conditions: str = ""

    @property
    def allowed(self) -> bool:
        """Whether the account may be used: for yes only."""
        return self.answer is Answer.YES

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the reasons, in order."""
        return tuple(reason.code for reason in self.reasons)


def cannot_decide(code: str, message: str, *, next_step: str = "", who: str = "") -> AccessDecision:
    """The answer where something failed: cannot say, so refused."""
    return AccessDecision(Answer.CANNOT_SAY, (Reason(code, message, next_step=next_step, who=who),))


def unmet(code: str, message: str, need: Need | None, next_step: str, who: str) -> Reason:
    """The reason of a requirement that is not met: on its clauses, or as the product's own rule."""
    clauses = () if need is None else need.clauses
    return Reason(code, message, "clause" if clauses else "product", clauses, next_step, who)
