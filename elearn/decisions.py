"""What a rule answers: allowed, or refused with every reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One unmet requirement.

    `basis` is "clause" where the organisation's own policy says so (then `clauses` holds its references,
    never empty) and "product" where it is this product's own rule. The two are never confused.
    """

    code: str
    message: str
    basis: str = "product"
    clauses: tuple[str, ...] = ()
    next_step: str = ""
    who: str = ""

    def __post_init__(self) -> None:
        if (self.basis == "clause") != bool(self.clauses):
            raise ValueError(
                f"reason {self.code}: basis {self.basis!r} does not fit clauses {self.clauses!r}"
            )

    @property
    def sentence(self) -> str:
        """What is wrong, and what to do next where that is known."""
        return f"{self.message}. {self.next_step}" if self.next_step else self.message


@dataclass(frozen=True, slots=True)
class Allowed:
    """Yes."""

    reasons: tuple[Reason, ...] = ()

    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Refused:
    """No, and every reason why."""

    reasons: tuple[Reason, ...]

    def __bool__(self) -> bool:
        return False


Decision = Allowed | Refused


def decide(reasons: Iterable[Reason]) -> Decision:
    """Allowed when there is no reason against it."""
    found = tuple(reasons)
    return Refused(found) if found else Allowed()


CHANGED_MEANWHILE = Refused(
    (
        Reason(
            "changed_meanwhile",
            "Somebody else changed this a moment ago. What they entered is kept, and what you entered is not: "
            "look at it as it is now, and change it again if it still needs it",
        ),
    )
)
"""The refusal of whoever comes second when two people change one thing at the same moment."""

BUSY = Refused(
    (
        Reason(
            "busy",
            "Others were saving at the same moment, so nothing that you entered was saved",
            next_step="Try again",
        ),
    )
)
"""The refusal of whoever the database could not let in beside others."""


def refuse(code: str, message: str, *, next_step: str = "", who: str = "") -> Refused:
    """A refusal with one reason of the product's own."""
    return Refused((Reason(code, message, next_step=next_step, who=who),))
