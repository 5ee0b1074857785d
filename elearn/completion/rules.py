"""Whether training and signature count, and until when. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from elearn.courses.rules import add_months


@dataclass(frozen=True, slots=True)
class Passed:
    """A passed course: on which policy version, which day (United Kingdom)."""

    on: date
    version_id: UUID


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature: under which policy version, which day (United Kingdom), and its reference."""

    on: date
    version_id: UUID
    reference: str


@dataclass(frozen=True, slots=True)
class TrainingRules:
    """What counts on a day: the versions accepted for training and for signature, and for how long."""

    valid_months: int
    training_versions: frozenset[UUID]
    signature_versions: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """How far somebody is with one course on the policy in force.

    `passed` and `signed` are the latest that are accepted, None without one; each counts through its
    `…_until`, a day that still counts.
    """

    passed: Passed | None
    signed: Signed | None
    training_until: date | None
    signature_until: date | None

    def training_counts_on(self, day: date) -> bool:
        """Whether the training stands on a day; its last day counts."""
        return self.training_until is not None and day <= self.training_until

    def signature_counts_on(self, day: date) -> bool:
        """Whether the signature stands on a day; its last day counts."""
        return self.signature_until is not None and day <= self.signature_until

    def counts_on(self, day: date) -> bool:
        """Whether both stand."""
        return self.training_counts_on(day) and self.signature_counts_on(day)

    @property
    def valid_until(self) -> date | None:
        """The last day on which both stand, or None while either is missing."""
        if self.training_until is None or self.signature_until is None:
            return None
        return min(self.training_until, self.signature_until)


def training_record(
    passes: Iterable[Passed], signatures: Iterable[Signed], rules: TrainingRules
) -> TrainingRecord:
    """What of these passes and signatures is accepted, and until when."""
    passed = max(
        (p for p in passes if p.version_id in rules.training_versions), key=lambda p: p.on, default=None
    )
    signed = max(
        (s for s in signatures if s.version_id in rules.signature_versions), key=lambda s: s.on, default=None
    )
    return TrainingRecord(
        passed,
        signed,
        add_months(passed.on, rules.valid_months) if passed else None,
        add_months(signed.on, rules.valid_months) if signed else None,
    )
