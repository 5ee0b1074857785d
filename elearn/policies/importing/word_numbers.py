"""The numbers that Word generates: worked out from the definitions of lists, and given as they are printed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from elearn.policies.importing.word_package import Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LEVELS = 9
_ROMANS = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
    (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


@dataclass(slots=True)
class Level:
    """How one level of a list counts, is printed, and how far in it stands (twips)."""

    form: str = "decimal"
    text: str = ""
    start: int = 1
    restarts_after: int | None = None
    is_legal: bool = False
    left: int | None = None
    hanging: int = 0


@dataclass(slots=True)
class _List:
    abstract: str
    levels: dict[int, Level]
    starts: dict[int, int]


@dataclass(frozen=True, slots=True)
class Printed:
    """What Word prints before a paragraph: a number, or a bullet (then `number` is empty)."""

    number: str
    is_bullet: bool
    depth: int
    left: int
    hanging: int


class Numbers:
    """Counts through a document: call `next` for each paragraph in the order of the page."""

    def __init__(self, numbering: Element | None, style_lists: dict[str, tuple[str, int]]) -> None:
        self._lists = {} if numbering is None else _read_lists(numbering, style_lists)
        self._counts: dict[str, dict[int, int]] = {}
        self._begun: set[str] = set()

    def next(self, list_id: str, depth: int) -> Printed | None:
        """Count one paragraph on; None where the document defines no such list or prints nothing."""
        found = self._lists.get(list_id)
        level = found.levels.get(depth) if found else None
        if found is None or level is None:
            return None
        if level.form == "bullet":
            return Printed("", True, depth, _left(level, depth), level.hanging)
        count = self._counts.setdefault(found.abstract, {})
        self._begin(list_id, found, count)
        self._step(found, count, depth)
        number = _printed(level, found.levels, count)
        return Printed(number, False, depth, _left(level, depth), level.hanging) if number else None

    def _begin(self, list_id: str, found: _List, count: dict[int, int]) -> None:
        """A list that is told to start again does so where it is first used."""
        if list_id not in self._begun:
            self._begun.add(list_id)
            for depth, start in found.starts.items():
                count[depth] = start - 1
                for deeper in range(depth + 1, _LEVELS):
                    count.pop(deeper, None)

    def _step(self, found: _List, count: dict[int, int], depth: int) -> None:
        for above in range(depth):
            if above not in count and above in found.levels:
                count[above] = found.levels[above].start
        level = found.levels[depth]
        count[depth] = count.get(depth, level.start - 1) + 1
        for deeper in range(depth + 1, _LEVELS):
            after = found.levels[deeper].restarts_after if deeper in found.levels else None
            # Word writes 0 for a level that never begins again, n for one that does so after level n - 1.
            if after is None or depth < after:
                count.pop(deeper, None)


def _left(level: Level, depth: int) -> int:
    return 720 * (depth + 1) if level.left is None else level.left


def _printed(level: Level, levels: dict[int, Level], values: dict[int, int]) -> str:
    def value(match: re.Match[str]) -> str:
        depth = int(match[1]) - 1
        own = levels.get(depth, Level())
        form = "decimal" if level.is_legal and own.form != "decimalZero" else own.form
        return in_form(values.get(depth, own.start), form)

    return re.sub(r"%([1-9])", value, level.text).strip()


def in_form(value: int, form: str) -> str:
    """A number as a list prints it: decimal, letters or romans; nothing for the form "none"."""
    forms: dict[str, Callable[[int], str]] = {
        "none": lambda _: "",
        "lowerLetter": _letters,
        "upperLetter": lambda number: _letters(number).upper(),
        "lowerRoman": _roman,
        "upperRoman": lambda number: _roman(number).upper(),
        "decimalZero": lambda number: f"{number:02}",
    }
    return forms.get(form, str)(value)


def _letters(value: int) -> str:
    """a … z, aa, bb, as Word goes on."""
    return chr(97 + (value - 1) % 26) * ((value - 1) // 26 + 1) if 0 < value <= 780 else str(value)


def _roman(value: int) -> str:
    if not 0 < value < 4000:
        return str(value)
    printed = ""
    for worth, letters in _ROMANS:
        printed += letters * (value // worth)
        value %= worth
    return printed


def _read_lists(numbering: Element, style_lists: dict[str, tuple[str, int]]) -> dict[str, _List]:
    abstracts = {entry.get(f"{W}abstractNumId", ""): entry for entry in numbering.iter(f"{W}abstractNum")}
    of_number = {
        entry.get(f"{W}numId", ""): _value(entry, "abstractNumId") or ""
        for entry in numbering.findall(f"{W}num")
    }
    lists: dict[str, _List] = {}
    for entry in numbering.findall(f"{W}num"):
        list_id = entry.get(f"{W}numId", "")
        name = of_number[list_id]
        link = _value(abstracts[name], "numStyleLink") if name in abstracts else None
        if link and link in style_lists:
            name = of_number.get(style_lists[link][0], name)
        levels = _read_levels(abstracts[name]) if name in abstracts else {}
        starts: dict[int, int] = {}
        for override in entry.findall(f"{W}lvlOverride"):
            depth = _whole(override.get(f"{W}ilvl"), 0)
            for level in override.findall(f"{W}lvl"):
                levels[depth] = _read_level(level)
            start = _value(override, "startOverride")
            if start is not None:
                starts[depth] = _whole(start, 1)
        lists[list_id] = _List(name, levels, starts)
    return lists


def styled_levels(numbering: Element | None) -> dict[tuple[str, str], int]:
    """For a list and a paragraph style, the level of the list that the style is tied to."""
    found: dict[tuple[str, str], int] = {}
    if numbering is None:
        return found
    abstracts = {entry.get(f"{W}abstractNumId", ""): entry for entry in numbering.iter(f"{W}abstractNum")}
    for entry in numbering.findall(f"{W}num"):
        abstract = abstracts.get(_value(entry, "abstractNumId") or "")
        for level in abstract.findall(f"{W}lvl") if abstract is not None else ():
            style = _value(level, "pStyle")
            if style:
                found[entry.get(f"{W}numId", ""), style] = _whole(level.get(f"{W}ilvl"), 0)
    return found


def _read_levels(abstract: Element) -> dict[int, Level]:
    return {_whole(level.get(f"{W}ilvl"), 0): _read_level(level) for level in abstract.findall(f"{W}lvl")}


def _read_level(level: Element) -> Level:
    indent = level.find(f"{W}pPr/{W}ind")
    restart = _value(level, "lvlRestart")
    left, hanging = read_indent(indent)
    return Level(
        form=_value(level, "numFmt") or "decimal",
        text=_value(level, "lvlText") or "",
        start=_whole(_value(level, "start"), 1),
        restarts_after=None if restart is None else _whole(restart, 0),
        is_legal=level.find(f"{W}isLgl") is not None,
        left=left,
        hanging=hanging or 0,
    )


def read_indent(indent: Element | None) -> tuple[int | None, int | None]:
    """How far in a text and its first line stand, in twips; None where it does not say."""
    if indent is None:
        return None, None
    left = indent.get(f"{W}left", indent.get(f"{W}start"))
    hanging = indent.get(f"{W}hanging")
    return (
        None if left is None else _whole(left, 0),
        None if hanging is None else _whole(hanging, 0),
    )


def _value(element: Element, name: str) -> str | None:
    child = element.find(f"{W}{name}")
    return None if child is None else child.get(f"{W}val")


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and re.fullmatch(r"-?\d{1,7}", text) else otherwise
