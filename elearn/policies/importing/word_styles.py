"""What the styles of a Word document say of a paragraph: a title of which rank, in which list, how far in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from elearn.policies.importing.word_numbers import W, read_indent
from elearn.policies.importing.word_package import Element

_DEEPEST_CHAIN = 20
_HEADING = re.compile(r"^heading (\d)$", re.IGNORECASE)
_CONTENTS = re.compile(r"^(?:toc \d|table of figures|contents \d)$", re.IGNORECASE)
_CONTENTS_TITLE = re.compile(r"^(?:toc heading|contents heading)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ParagraphStyle:
    """What a paragraph takes from its style and those the style is based on."""

    rank: int = 0
    is_contents: bool = False
    list_id: str | None = None
    depth: int | None = None
    left: int | None = None
    hanging: int | None = None


class Styles:
    """The paragraph styles of a document by id."""

    def __init__(self, styles: Element | None) -> None:
        entries = [] if styles is None else styles.findall(f"{W}style")
        self._entries = {entry.get(f"{W}styleId", ""): entry for entry in entries}
        self._default = next(
            (
                entry.get(f"{W}styleId", "")
                for entry in entries
                if entry.get(f"{W}type") == "paragraph" and entry.get(f"{W}default") in ("1", "true")
            ),
            "",
        )
        self._read: dict[str, ParagraphStyle] = {}

    def paragraph(self, style_id: str | None) -> ParagraphStyle:
        """What the style of a paragraph says; the document's usual one where it names none."""
        name = style_id or self._default
        if name not in self._read:
            self._read[name] = self._resolve(name)
        return self._read[name]

    def lists(self) -> dict[str, tuple[str, int]]:
        """The list that each style stands for (numbering styles)."""
        found: dict[str, tuple[str, int]] = {}
        for name, entry in self._entries.items():
            list_id, depth = read_list(entry.find(f"{W}pPr"))
            if list_id is not None:
                found[name] = list_id, depth or 0
        return found

    def _resolve(self, name: str) -> ParagraphStyle:
        rank, in_contents = 0, False
        list_id: str | None = None
        depth = left = hanging = None
        for entry in self._chain(name):
            called = _attribute(entry, "name") or ""
            properties = entry.find(f"{W}pPr")
            rank = rank or _rank(called, properties)
            in_contents = in_contents or _CONTENTS.match(called) is not None
            own_list, own_depth = read_list(properties)
            list_id = own_list if list_id is None else list_id
            depth = own_depth if depth is None else depth
            own_left, own_hanging = read_indent(None if properties is None else properties.find(f"{W}ind"))
            left = own_left if left is None else left
            hanging = own_hanging if hanging is None else hanging
        return ParagraphStyle(rank, in_contents, list_id, depth, left, hanging)

    def _chain(self, name: str) -> list[Element]:
        """The style and those it is based on, its own words first."""
        chain: list[Element] = []
        while name in self._entries and len(chain) < _DEEPEST_CHAIN:
            chain.append(self._entries[name])
            name = _attribute(chain[-1], "basedOn") or ""
        return chain


def read_list(properties: Element | None) -> tuple[str | None, int | None]:
    """The list and the level that a paragraph's properties name."""
    if properties is None:
        return None, None
    list_id = properties.find(f"{W}numPr/{W}numId")
    depth = properties.find(f"{W}numPr/{W}ilvl")
    level = "" if depth is None else depth.get(f"{W}val", "")
    return (
        None if list_id is None else list_id.get(f"{W}val"),
        int(level) if re.fullmatch(r"[0-8]", level) else None,
    )


def outline_rank(properties: Element | None) -> int:
    """The rank of title that a paragraph's outline level gives, 0 for text."""
    level = "" if properties is None else (_attribute(properties, "outlineLvl") or "")
    return min(int(level) + 1, 6) if re.fullmatch(r"[0-8]", level) else 0


def _rank(called: str, properties: Element | None) -> int:
    if called.casefold() == "title":
        return 1
    match = _HEADING.match(called)
    if match:
        return min(int(match[1]), 6)
    return 0 if _CONTENTS_TITLE.match(called) else outline_rank(properties)


def _attribute(element: Element, name: str) -> str | None:
    child = element.find(f"{W}{name}")
    return None if child is None else child.get(f"{W}val")
