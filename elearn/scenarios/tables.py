"""Decision tables: what a scenario reads from a policy, and which row follows from it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from elearn.scenarios.bank_content import Row, Step, Variant
from elearn.scenarios.content import Position
from elearn.scenarios.policy_content import Stance
from elearn.scenarios.vocabulary import NonAnswer, OfficeAnswer

_ID = r"[a-z][a-z0-9_-]*"
_DECIDE = re.compile(rf"(?P<position>{_ID})(?:\[(?P<case>{_ID}|\{{case\}})\])?(?:\?(?P<office>{_ID}))?")


@dataclass(frozen=True, slots=True)
class Reading:
    """One entry of `decide`: the answer on a position (in a case), or whether it names an office."""

    name: str
    position: str
    case: str | None
    office: str | None


def parse_decide(name: str, text: str, variant: Variant) -> Reading | None:
    """The reading that `position`, `position[case]` or `position?office` stands for; None if it is none.

    `{case}` is the variant's; where the variant has no case, the reading has none either.
    """
    found = _DECIDE.fullmatch(text)
    if found is None:
        return None
    case = variant.case if found["case"] == "{case}" else found["case"]
    return Reading(name, found["position"], case, found["office"])


def domain(reading: Reading, position: Position) -> tuple[str, ...]:
    """Every answer that this reading can give, without non-answers."""
    return tuple(OfficeAnswer) if reading.office else position.answers


def answer_of(reading: Reading, stance: Stance) -> str:
    """What the stance answers to this reading; a non-answer stays one."""
    if not stance.is_answer or reading.office is None:
        return stance.answer
    if stance.who is None:
        return OfficeAnswer.UNNAMED
    return OfficeAnswer.YES if reading.office in stance.who.offices else OfficeAnswer.NO


def matching_rows(rows: Sequence[Row], answers: Mapping[str, str]) -> list[int]:
    """The numbers of the rows that these answers meet. A sound table has exactly one."""
    return [
        number
        for number, row in enumerate(rows)
        if all(answers.get(name) in wanted for name, wanted in row.when.items())
    ]


def combinations(
    step: Step, readings: Sequence[Reading], positions: Mapping[str, Position]
) -> Iterator[dict[str, str]]:
    """Every combination of answers that a policy could give and this step would be asked on.

    Only names that some row asks about vary. Two readings of one position and case are silent together, and
    unnamed together.
    """
    used = {name for row in step.answers for name in row.when}
    varying = [reading for reading in readings if reading.name in used]
    domains = []
    for reading in varying:
        silent = (NonAnswer.SILENT.value,) if reading.name in step.may_be_silent else ()
        domains.append((*domain(reading, positions[reading.position]), *silent))
    for values in product(*domains):
        if _is_possible(varying, values):
            yield {reading.name: str(value) for reading, value in zip(varying, values, strict=True)}


def _is_possible(readings: Sequence[Reading], values: Sequence[str]) -> bool:
    silent: dict[tuple[str, str | None], bool] = {}
    unnamed: dict[tuple[str, str | None], bool] = {}
    answered: dict[tuple[str, str | None], str] = {}
    for reading, value in zip(readings, values, strict=True):
        key = (reading.position, reading.case)
        if silent.setdefault(key, value == NonAnswer.SILENT) != (value == NonAnswer.SILENT):
            return False
        if reading.office is None:
            if answered.setdefault(key, value) != value:
                return False
        elif value != NonAnswer.SILENT and unnamed.setdefault(key, value == OfficeAnswer.UNNAMED) != (
            value == OfficeAnswer.UNNAMED
        ):
            return False
    return True
