"""Bullets that a PDF draws as small shapes instead of printing them: browsers do so for every list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from elearn.policies.importing.pdf_lines import Fragment

_SMALLEST, _LARGEST = 1.2, 8.0  # points
_FARTHEST = 3.0  # letter heights between a bullet and its text
_MOST_SHAPES = 2_000
_CORNERS = {b"m": 1, b"l": 1, b"c": 3, b"v": 2, b"y": 2}
_PAINTS = {
    b"f": True,
    b"F": True,
    b"f*": True,
    b"B": True,
    b"B*": True,
    b"b": True,
    b"b*": True,
    b"S": False,
    b"s": False,
}
Matrix = Sequence[float]


@dataclass(frozen=True, slots=True)
class Shape:
    """A small drawn shape: its middle, and the bullet it looks like."""

    x: float
    y: float
    bullet: str


@dataclass(slots=True)
class ShapeReader:
    """Follows what a page draws, and keeps the shapes that may be bullets."""

    shapes: list[Shape] = field(default_factory=list)
    _points: list[tuple[float, float]] = field(default_factory=list)
    _is_round: bool = False

    def take(self, operator: Any, operands: Any, matrix: Matrix) -> None:
        """One drawing operation, before it is carried out."""
        if operator in _CORNERS:
            self._add(operands, _CORNERS[operator], matrix)
            self._is_round = self._is_round or operator == b"c"
        elif operator == b"re":
            x, y, width, height = (float(value) for value in operands)
            self._add((x, y, x + width, y + height), 2, matrix)
        elif operator in _PAINTS:
            self._paint(is_filled=_PAINTS[operator])
        elif operator == b"n":
            self._clear()

    def _add(self, operands: Any, count: int, matrix: Matrix) -> None:
        if len(self._points) > 400:
            return
        values = [float(value) for value in operands[: 2 * count]]
        a, b, c, d, e, f = matrix
        for x, y in zip(values[::2], values[1::2], strict=False):
            self._points.append((a * x + c * y + e, b * x + d * y + f))

    def _paint(self, *, is_filled: bool) -> None:
        if self._points and len(self.shapes) < _MOST_SHAPES:
            columns, rows = zip(*self._points, strict=True)
            width, height = max(columns) - min(columns), max(rows) - min(rows)
            is_small = min(width, height) >= _SMALLEST and max(width, height) <= _LARGEST
            if is_small and 0.7 <= width / height <= 1.4:
                bullet = ("•" if is_filled else "o") if self._is_round else "▪"
                self.shapes.append(Shape(min(columns) + width / 2, min(rows) + height / 2, bullet))
        self._clear()

    def _clear(self) -> None:
        self._points, self._is_round = [], False


def drawn_bullets(shapes: list[Shape], fragments: list[Fragment]) -> list[Fragment]:
    """The shapes that stand just before the first text of a line, as the bullets they are."""
    found: list[tuple[int, Fragment]] = []
    for shape in shapes:
        beside = [
            (fragment.x - shape.x, place)
            for place, fragment in enumerate(fragments)
            if -0.1 * fragment.size <= shape.y - fragment.y <= 0.8 * fragment.size
        ]
        if not beside or min(beside)[0] <= 0:
            continue
        distance, place = min(beside)
        text = fragments[place]
        if distance <= _FARTHEST * text.size:
            found.append(
                (place, Fragment(shape.bullet, shape.x, text.y, text.size, text.font, True, shape.x + 2))
            )
    whole = list(fragments)
    for place, bullet in sorted(found, key=lambda pair: -pair[0]):
        whole.insert(place, bullet)
    return whole
