"""What a policy and the product ask of somebody who is to use an account, read from the content.

Pure: it reads content models that have been loaded and checked already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from elearn.scenarios.policy_content import (
        ApprovalRule,
        Basis,
        Citation,
        PolicyContent,
        Requirement,
        Stance,
    )

INDUCTION = "induction"
ACCOUNT_HOLDER = "account_holder"
CRISIS_HOLD = "crisis_hold"
"""The position whose stance is the basis of a hold, where the policy takes one."""


class RequirementsUnusable(ValueError):
    """The content cannot be read as requirements: it asks for a position or a course that is not there."""


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that is asked for. Without clauses it is the product's own rule."""

    clauses: tuple[str, ...] = ()
    by: str = ""
    offices: tuple[str, ...] = field(default=(), kw_only=True)
    """Who does it, any one of them; `by` is the same in the policy's words. None: the policy does not say."""

    @property
    def basis(self) -> str:
        """ "clause" or "product", as in a reason."""
        return "clause" if self.clauses else "product"


PRODUCT = Need()


@dataclass(frozen=True, slots=True)
class TrainingNeed(Need):
    """A course that must be passed."""

    course: str = INDUCTION
    title: str = "Induction"
    valid_months: int = 12


@dataclass(frozen=True, slots=True)
class ContactsNeed(Need):
    """How many different administrative contacts an account must have."""

    count: int = 2


@dataclass(frozen=True, slots=True)
class ApprovalNeed(Need):
    """Whose approval is asked for: any one of the offices, or (`all_needed`) someone who holds them all.

    No offices: the policy does not say, and nobody has been chosen.
    """

    all_needed: bool = False


@dataclass(frozen=True, slots=True)
class AccessRequirements:
    """What the gate asks for at one account. A need that is None is not asked for.

    Training, signature and approval are always asked for: where the content leaves one out, it is the
    product's own rule.
    """

    approval: ApprovalNeed
    training: tuple[TrainingNeed, ...]
    signature: Need = PRODUCT
    covered_kinds: frozenset[str] = field(default_factory=frozenset)
    registered: Need | None = None
    two_contacts: ContactsNeed | None = None
    account_induction: Need | None = None
    equipment: Need | None = None
    two_step: Need | None = None
    hold: Need = PRODUCT


def read_requirements(content: PolicyContent, *, central: bool) -> AccessRequirements:
    """The requirements of an account of an academy, or (`central`) of the organisation as a whole.

    Raises RequirementsUnusable naming what is missing.
    """
    reader = _Reader(content, central)
    asked = {r.code.value: need for r in content.access.requirements if (need := reader.need(r)) is not None}
    training = tuple(
        reader.training(INDUCTION if r.course is None else r.course.value, need)
        for r in content.access.requirements
        if r.code.value == "training" and (need := reader.need(r)) is not None
    )
    contacts = next((r for r in content.access.requirements if r.code.value == "two_contacts"), None)
    two_contacts = asked.get("two_contacts")
    return AccessRequirements(
        approval=reader.approval(content.access.approval),
        training=training or (reader.training(INDUCTION, PRODUCT),),
        signature=asked.get("signature", PRODUCT),
        covered_kinds=frozenset(
            kind.value for kind, refs in content.policy.covers.items() if refs != "silent"
        ),
        registered=asked.get("registered"),
        two_contacts=None
        if contacts is None or two_contacts is None
        else ContactsNeed(two_contacts.clauses, two_contacts.by, count=contacts.count or 2),
        account_induction=asked.get("account_induction"),
        equipment=asked.get("equipment"),
        two_step=asked.get("two_step"),
        hold=reader.hold(),
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads requirements against one policy's positions, names and courses."""

    content: PolicyContent
    central: bool

    def need(self, requirement: Requirement) -> Need | None:
        """The need with its basis, or None where the position does not ask for it."""
        basis: Basis | None = requirement.basis
        if requirement.position is not None:
            stance = self._stance(requirement.position, requirement.case)
            if stance.answer in requirement.on:
                refs = [
                    ref
                    for ref in _refs(stance.clauses)
                    if requirement.only is None or ref in requirement.only
                ]
                return self._need(tuple(refs), requirement.by or stance.offices)
            basis = None if requirement.otherwise is None else requirement.otherwise.basis
        if basis is None:
            return None
        return self._need(_clauses(basis), requirement.by or ())

    def _need(self, clauses: tuple[str, ...], offices: tuple[str, ...]) -> Need:
        return Need(clauses, self.words(offices), offices=offices)

    def training(self, key: str, need: Need) -> TrainingNeed:
        """The course that must be passed. Raises RequirementsUnusable where the policy does not give it."""
        for course in self.content.courses:
            if course.id.value == key:
                return TrainingNeed(need.clauses, need.by, key, course.title, course.valid_months)
        raise RequirementsUnusable(f"access.yaml asks for the course '{key}', which is not in courses.yaml")

    def approval(self, rule: ApprovalRule) -> ApprovalNeed:
        """Who approves, as named in access.yaml or by the stance it points to."""
        if rule.position is None:
            offices = rule.offices or ()
            basis = () if rule.basis is None else _clauses(rule.basis)
            return ApprovalNeed(basis, self.words(offices), offices=offices)
        stance = self._stance(rule.position, rule.case)
        all_needed = stance.who is not None and stance.who.all is not None
        words = self.words(stance.offices, " and " if all_needed else " or ")
        return ApprovalNeed(_refs(stance.clauses), words, offices=stance.offices, all_needed=all_needed)

    def hold(self) -> Need:
        """The basis of a hold: the policy's stance on a pause, where it takes one."""
        stances = self.content.positions.get(CRISIS_HOLD)
        stance = None if stances is None else stances.stance(None)
        return Need(_refs(stance.clauses)) if stance is not None and stance.is_answer else PRODUCT

    def words(self, offices: tuple[str, ...], between: str = " or ") -> str:
        """The offices in this organisation's words."""
        names: Mapping[str, str] = self.content.policy.names
        return between.join(names.get(office, office.replace("_", " ")) for office in offices)

    def _stance(self, position: str, case: str | None) -> Stance:
        """The stance on a position; where no case is named, that of this account's own reach."""
        stances = self.content.positions.get(position)
        if stances is None:
            raise RequirementsUnusable(f"access.yaml reads the position '{position}', which is not answered")
        stance = stances.stance(case or ("trust" if self.central else "academy"))
        if stance is None:
            raise RequirementsUnusable(f"the position '{position}' has no answer for the case '{case}'")
        return stance


def _clauses(basis: Basis) -> tuple[str, ...]:
    return () if isinstance(basis, str) else basis.clauses


def _refs(citations: tuple[Citation, ...]) -> tuple[str, ...]:
    """The clauses as printed, each once: a part of a clause has no reference of its own in the text."""
    return tuple(dict.fromkeys(citation.ref for citation in citations))
