"""What a changed file of a policy changes: lines of it, and situations as staff meet them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from elearn.scenarios.asked import Asked, Cell
from elearn.scenarios.bank_content import Scenario
from elearn.scenarios.checking import changed_cells
from elearn.scenarios.content import Bundle
from elearn.scenarios.grids import opening_of

_NAMES = ("id", "ref", "code", "part")


@dataclass(frozen=True, slots=True)
class CellTold:
    """One telling as staff would meet it: what is right and the clauses, or why it is not asked; empty: not there."""

    right: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CellChange:
    """One telling (from 0) before and after. `opening` is how its story begins."""

    scenario: str
    variant: int
    opening: str
    before: CellTold
    after: CellTold


@dataclass(frozen=True, slots=True)
class ValueChange:
    """One value of the files before and after; empty where it is not there.

    `about` is the question that a value of positions.yaml answers, empty elsewhere.
    """

    where: str
    about: str
    before: str
    after: str


def cell_changes(before: Sequence[Cell], after: Sequence[Cell], bank: Iterable[Scenario]) -> list[CellChange]:
    """Every telling of the bank that staff would meet differently."""
    old, new = _told(before), _told(after)
    scenarios = {scenario.id: scenario for scenario in bank}
    stories = {(cell.scenario, cell.variant): cell.asked[0].story for cell in (*before, *after) if cell.asked}
    return [
        CellChange(
            *key,
            stories.get(key) or opening_of(scenarios[key[0]], key[1]),
            old.get(key, CellTold()),
            new.get(key, CellTold()),
        )
        for key in changed_cells(before, after)
    ]


def _told(cells: Sequence[Cell]) -> dict[tuple[str, int], CellTold]:
    return {(cell.scenario, cell.variant): _cell_told(cell) for cell in cells}


def _cell_told(cell: Cell) -> CellTold:
    if not isinstance(cell.result, Asked):
        return CellTold(reason=cell.result.reason)
    right, clauses = [], []
    for asked in cell.asked:
        texts = {option.id: option.text for option in asked.options}
        right += [texts[name] for name in asked.right]
        clauses += [cited.ref + (f" part {cited.part}" if cited.part else "") for cited in asked.citations]
    return CellTold(tuple(right), tuple(dict.fromkeys(clauses)))


def value_changes(before: Bundle, after: Bundle, name: str) -> list[ValueChange]:
    """Every value that differs in one file of the policy, by its path."""
    old, new = (dict(_values(_data(bundle, name), ())) for bundle in (before, after))
    questions = {position.id: position.question for position in after.catalogue.positions}
    asked = questions if name == "positions" else {}
    return [
        ValueChange(path, asked.get(path.partition(".")[0], ""), old.get(path, ""), new.get(path, ""))
        for path in dict.fromkeys([*old, *new])
        if old.get(path) != new.get(path)
    ]


def _data(bundle: Bundle, name: str) -> Any:
    return bundle.policy.model_dump(mode="json", by_alias=True, exclude_defaults=True)[name]


def _values(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _values(item, (*path, str(key)))
    elif isinstance(value, list | tuple):
        if any(isinstance(item, Mapping) for item in value):
            for number, item in enumerate(value, start=1):
                yield from _values(item, (*path, _name_of(item, number)))
        else:
            yield ".".join(path), ", ".join(str(item) for item in value)
    else:
        yield ".".join(path), str(value)


def _name_of(item: Any, number: int) -> str:
    """What a list's item is called: by its id where it has one, so that moving it changes nothing."""
    named = next((item[key] for key in _NAMES if key in item), None) if isinstance(item, Mapping) else None
    return str(named or number)
