"""Rows of text from the lines of a PDF: paragraphs, titles, running headers and footers by their place. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise

from elearn.policies.importing.extracted import Row
from elearn.policies.importing.furniture import PAGE_NUMBER, RUNNING
from elearn.policies.importing.numbering import read_mark
from elearn.policies.importing.pdf_lines import BULLETS, Page, PageLine, lines_of, whole_table_rows
from elearn.policies.importing.pdf_words import mend_cut_words
from elearn.policies.importing.wording import ends_sentence, fold, is_clause_like, is_normative, starts_lower

_ZONE = 0.14  # of the page's height, at the top and at the bottom, where running lines stand
_LARGE = 1.14  # times the usual size: a title
_SHORT = 0.7  # of the usual length: a line that ends its paragraph
_PAGE_WORDS = re.compile(
    r"^(?:page|p\.?|pg\.?)?\s*#(?:\s*(?:of|/|\|)\s*#)?$|^[-–—|\[\s]*#[-–—|\]\s]*$", re.IGNORECASE
)


def page_rows(pages: list[Page]) -> Iterator[Row]:
    """The rows of the document; running headers, footers and page numbers say why they are left out."""
    printed = [lines_of(page) for page in pages]
    _mark_running(pages, printed)
    bodies = [whole_table_rows([line for line in lines if not line.why]) for lines in printed]
    usual = _Usual(bodies)
    mend_cut_words(bodies, usual.is_apart)
    above: PageLine | None = None
    for page, body in zip(pages, bodies, strict=True):
        for place, row in enumerate(usual.rows(body, page)):
            if place or above is None:
                yield row
            elif usual.may_be_cut(above, body[0]):
                yield Row(f"\f{row.text}", row.blanks, row.why)
            else:
                yield Row(row.text, 1, row.why)
        above = body[-1] if body else above
    yield from (Row(line.text, 1, line.why) for lines in printed for line in lines if line.why)


# Running headers and footers


def _mark_running(pages: list[Page], printed: list[list[PageLine]]) -> None:
    """A line that stands at one height near the edge of many pages runs; digits may differ."""
    places: dict[str, list[tuple[int, PageLine]]] = defaultdict(list)
    for page, lines in zip(pages, printed, strict=True):
        for line in lines:
            ends_paragraph = starts_lower(line.text) and ends_sentence(line.text)
            if not ends_paragraph and not _ZONE * page.height < line.y < (1 - _ZONE) * page.height:
                places[_key(line.text)].append((page.number, line))
    fewest = max(2, round(len(pages) * 0.4))
    for key, found in places.items():
        heights: dict[int, list[tuple[int, PageLine]]] = defaultdict(list)
        for number, line in found:
            heights[round(line.y / 6)].append((number, line))
        top = max(heights, key=lambda height: len(heights[height]))
        here = [pair for near in (top - 1, top, top + 1) for pair in heights.get(near, [])]
        if len({number for number, _ in here}) >= fewest and _counts_pages(here):
            for _, line in here:
                line.why = PAGE_NUMBER if _PAGE_WORDS.match(key) else RUNNING


def _key(text: str) -> str:
    """The same for each printing of a running line, whatever its digits and spaces."""
    return re.sub(r"\d+", "#", re.sub(r"\s+", "", text.casefold()))


def _counts_pages(here: list[tuple[int, PageLine]]) -> bool:
    """Whether lines that differ in digits alone differ by the number of their page."""
    first = here[0][1].text
    if len({line.text for _, line in here}) == 1:
        return True
    mark = read_mark(first)
    if is_normative(first) or (mark is not None and mark.style != "bare" and mark.rest):
        return False
    rows = [[int(digits) - number for digits in re.findall(r"\d{1,6}", line.text)] for number, line in here]
    return any(len(set(column)) == 1 for column in zip(*rows, strict=False))


# Rows


class _Usual:
    """What is usual in the document: size, distance of lines, margin; and rows by comparison with it."""

    def __init__(self, bodies: list[list[PageLine]]) -> None:
        lines = [line for body in bodies for line in body]
        sizes: Counter[float] = Counter()
        for line in lines:
            sizes[round(line.size, 1)] += len(line.text)
        self._size = max(sizes, key=lambda size: sizes[size], default=10.0)
        bold = sum(len(line.text) for line in lines if line.is_bold)
        self._bold_is_usual = bold * 2 > sum(len(line.text) for line in lines)
        lengths = sorted(len(line.text) for line in lines)
        self._width = lengths[int(0.9 * (len(lengths) - 1))] if lengths else 0
        self._steps = self._usual_steps(bodies)
        self._margins = [self._margin(bodies[parity::2]) for parity in (0, 1)]

    def _usual_steps(self, bodies: list[list[PageLine]]) -> dict[int, float]:
        """For each size of letter, how far the lines of one paragraph stand apart."""
        steps: dict[int, Counter[float]] = defaultdict(Counter)
        wrapped: dict[int, Counter[float]] = defaultdict(Counter)
        for body in bodies:
            for line, below in pairwise(body):
                step = (line.low or line.y) - below.y
                if 0.7 * line.size < step < 3 * line.size and abs(line.size - below.size) < 0.3:
                    size, nearly = round(line.size), round(step * 2) / 2
                    steps[size][nearly] += 1
                    wrapped[size][nearly] += starts_lower(below.text) and below.text[0] not in BULLETS
        return {size: _inner_step(size, counts, wrapped[size]) for size, counts in steps.items()}

    def _margin(self, bodies: list[list[PageLine]]) -> float:
        starts = Counter(round(line.x) for body in bodies for line in body)
        usual = [x for x, count in starts.items() if count * 50 >= sum(starts.values())]
        return float(min(usual, default=0))

    def rows(self, body: list[PageLine], page: Page) -> Iterator[Row]:
        """The rows of one page's text."""
        above: PageLine | None = None
        margin = self._margins[(page.number - 1) % 2]
        for line in _whole_titles(body, self._rank):
            yield Row(self._written(line, margin), int(above is not None and self.is_apart(above, line)))
            above = line

    def may_be_cut(self, above: PageLine, line: PageLine) -> bool:
        """Whether a paragraph may go on from the foot of one page at the head of the next."""
        return starts_lower(line.text) or len(above.text) > _SHORT * self._width

    def is_apart(self, above: PageLine, line: PageLine) -> bool:
        """Whether there is more space between two lines than inside a paragraph, or a change to a title."""
        step = self._steps.get(round(line.size), 1.3 * line.size)
        apart = (above.low or above.y) - line.y
        is_other_size = abs(above.size - line.size) > 0.1 * line.size and (
            self._rank(above) or self._rank(line)
        )
        return apart > step * 1.22 or apart < 0 or bool(is_other_size)

    def _rank(self, line: PageLine) -> int:
        """The rank of title that the size of the letters gives, 0 for text."""
        if line.size < self._size * _LARGE or is_clause_like(line.text) or "\t" in line.text:
            return 0
        return 1 if line.size >= 1.5 * self._size else 2

    def _written(self, line: PageLine, margin: float) -> str:
        text = line.text
        if rank := self._rank(line):
            return f"{'#' * rank} {text}"
        bullet, _, rest = text.partition(" ")
        if bullet in BULLETS and rest:
            text = f"{bullet} {rest.strip()}"
        elif text[0] in "•●▪➢✓" and len(text) > 1:
            text = f"{text[0]} {text[1:].strip()}"
        elif line.is_bold and not self._bold_is_usual and "\t" not in text:
            text = f"**{text}**"
        indent = max(0, round((line.x - margin) / (0.5 * self._size)))
        return " " * min(indent, 60) + text


def _inner_step(size: int, counts: Counter[float], wrapped: Counter[float]) -> float:
    """The smallest distance that comes often, or between lines that go on with a small letter.

    Where paragraphs of one line stand apart there is none, and letters tell what it would be.
    """
    often = [
        step
        for step, count in counts.items()
        if wrapped[step] * 4 >= count > 1 or (step <= 1.4 * size and count * 12 >= sum(counts.values()))
    ]
    return min(often, default=1.3 * size)


def _whole_titles(body: list[PageLine], rank: Callable[[PageLine], int]) -> Iterator[PageLine]:
    """Lines of one large title, set close together, as one line."""
    waiting: PageLine | None = None
    for line in body:
        if (
            waiting is not None
            and rank(waiting)
            and rank(waiting) == rank(line)
            and abs(waiting.size - line.size) < 0.2
            and 0 < waiting.y - line.y < 1.45 * line.size
            and read_mark(line.text) is None
        ):
            waiting.text, waiting.y = fold(f"{waiting.text} {line.text}"), line.y
            continue
        if waiting is not None:
            yield waiting
        waiting = line
    if waiting is not None:
        yield waiting
