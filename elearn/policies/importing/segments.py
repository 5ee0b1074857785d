"""From lines to segments: wrapped lines joined, marks told by sequence, texts cut by a page made whole."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from elearn.policies.importing.lead_ins import begins_lead_in
from elearn.policies.importing.lines import Gap, Line
from elearn.policies.importing.numbering import (
    Mark,
    Series,
    follows,
    letter_value,
    path_text,
    read_mark,
    roman_value,
)
from elearn.policies.importing.sections import lettered_numbers, lone_titles
from elearn.policies.importing.wording import (
    ends_in_function_word,
    ends_sentence,
    fold,
    is_capitals,
    is_open,
    is_title_case,
    is_title_like,
    starts_lower,
    words,
)

_LEADS_ON = re.compile(r"(?:[:;.,]|\b(?:and|or))$", re.IGNORECASE)
RESTARTS = re.compile(r"^(?:appendix|annexe?|schedule|part)\b", re.IGNORECASE)
_REFERS = re.compile(
    r"\b(?:sections?|paragraphs?|clauses?|rules?|parts?|appendix|years?|pages?|and|or|to|of|in|the|see)$",
    re.IGNORECASE,
)
_LEAP = 2
_SHORT_TITLE = 50


@dataclass(slots=True)
class Segment:
    """A stretch of text that stands by itself: a title, a numbered clause, a list item or a paragraph."""

    text: str
    first: int
    last: int
    gap: Gap
    indent: int
    series: Series | None = None
    mark: Mark | None = None
    bullet: str = ""
    hashes: int = 0
    bold: bool = False
    restarts: bool = False
    is_title: bool = False
    lines: list[Line] = field(default_factory=list)

    @property
    def number(self) -> tuple[int, ...]:
        """The section number, or ()."""
        return self.mark.path if self.mark and self.series is Series.SECTION else ()

    @property
    def is_item(self) -> bool:
        """Whether this is an entry of a list of any kind."""
        return self.series in (Series.BULLET, Series.ORDERED, Series.LETTER, Series.ROMAN)

    @property
    def is_plain(self) -> bool:
        """Whether nothing is printed before the text."""
        return self.series is None

    def absorb(self, other_text: str, last: int) -> None:
        """Take in text that goes on from this."""
        self.text = fold(f"{self.text} {other_text}")
        self.last = last


class SegmentReader:
    """Reads line by line; keeps the place in the numbers to tell a section from a list and from mere text."""

    def __init__(self, lines: list[Line], *, sections: bool) -> None:
        self.segments: list[Segment] = []
        self.warnings: list[str] = []
        self._lines = lines
        self._sections = sections
        self._path: tuple[int, ...] = ()
        self._lettered_path: tuple[int, ...] = ()
        self._ordered: tuple[str, int, int] | None = (
            None  # style, last number, indent of the open ordered list
        )
        self._letters: list[tuple[str, int]] = []
        marks = [read_mark(line.body) for line in lines]
        self._heads = {mark.path[0] for mark in marks if mark and mark.style == "dotted"}
        self._lone = lone_titles(lines)
        self._lettered = lettered_numbers(lines)
        self._at = 0
        self._width = 0
        self._parts: list[str] = []

    def read(self) -> list[Segment]:
        """All segments, in the order printed."""
        for index, line in enumerate(self._lines):
            self._at = index
            self._width = self._block_width(index) if line.gap or not index else self._width
            self._take(line)
        self._close()
        return self.segments

    def _block_width(self, index: int) -> int:
        width = len(self._lines[index].raw)
        for line in self._lines[index + 1 :]:
            if line.gap:
                break
            width = max(width, len(line.raw))
        return width

    def _close(self) -> None:
        if self.segments and self._parts:
            self.segments[-1].text = fold(" ".join(self._parts))

    def _take(self, line: Line) -> None:
        mark = read_mark(line.body)
        series = self._series(mark, line) if mark else None
        if series is None and line.bullet:
            series, mark = Series.BULLET, None
        if series is None:
            if self._goes_on(line):
                self._parts.append(line.body)
                self.segments[-1].last = line.number
                self.segments[-1].lines.append(line)
                return
            mark = None
        self._open(line, series, mark)

    def _open(self, line: Line, series: Series | None, mark: Mark | None) -> None:
        self._close()
        text = mark.rest if mark else line.body
        previous = self.segments[-1] if self.segments else None
        segment = Segment(
            text=fold(text),
            first=line.number,
            last=line.number,
            gap=line.gap,
            indent=line.indent,
            series=series,
            mark=mark,
            bullet=line.bullet,
            hashes=line.hashes,
            bold=line.bold,
            lines=[line],
        )
        if series is Series.SECTION and mark:
            segment.restarts = bool(self._path) and previous is not None and self._restarts(mark, previous)
            if mark.has_letter:
                self._lettered_path = mark.path
            else:
                self._path = mark.path
            self._ordered, self._letters = None, []
        elif series is Series.ORDERED and mark:
            self._ordered = (mark.style, mark.path[0], line.indent)
        elif series is None and not starts_lower(text):
            self._ordered = None if line.hashes or line.bold else self._ordered
            self._letters = [] if line.hashes else self._letters
        self._parts = [text]
        self.segments.append(segment)

    # Does an unmarked line go on from the one above?

    def _goes_on(self, line: Line) -> bool:
        if not self.segments:
            return False
        current = self.segments[-1]
        above = current.lines[-1]
        if line.hashes or above.hashes or line.feed or line.raw.startswith("|"):
            return False
        if not self._parts[-1].strip():
            return not line.gap
        if line.gap:
            inside = line.gap is Gap.BLANK and current.is_item and line.indent >= current.indent + 2
            return inside and not line.bold
        if line.bold != above.bold and (len(words(line.text)) <= 14 or above.bold):
            return False
        return not self._breaks(above, line, current)

    def _breaks(self, above: Line, line: Line, current: Segment) -> bool:
        """Whether the line above was ended on purpose: the next word would have had room on it."""
        if starts_lower(line.body):
            return False
        first_word = line.body.split(" ", 1)[0]
        room = len(above.raw) + 1 + len(first_word) <= max(self._width, 1) * 0.85
        over = current.is_item and (room or ends_sentence(self._parts[-1]))
        if over and begins_lead_in(self._lines, self._at, current.lines[0]):
            return True
        if not is_open(self._parts[-1]):
            return room and (not current.is_item or line.indent <= current.indent)
        alone = len(current.lines) == 1
        if is_capitals(above.body) != is_capitals(line.body) and alone and not above.bullet:
            return is_title_like(current.text)
        short = is_title_case(above.body) and len(above.raw) <= _SHORT_TITLE
        return alone and (room or short) and not above.bullet and is_title_like(current.text)

    # What is a printed mark: a section, an item of a list, or only text?

    def _series(self, mark: Mark, line: Line) -> Series | None:
        fresh = bool(line.gap or line.bullet or line.hashes or line.bold or self._is_below_title())
        if mark.is_number:
            return self._number_series(mark, line, fresh)
        begins = fresh or self._ready(line) or self._begins_below_title(mark)
        if not (begins or self._letters) or self._is_lettered_title(mark, line):
            return None
        return self._letter_series(mark, begins)

    def _begins_below_title(self, mark: Mark) -> bool:
        """Whether numbers or letters begin right under a title or words that stop short, and the next is there too."""
        is_first = mark.path == (1,) or mark.printed.lower() in ("a", "i")
        if not is_first or not self.segments or self._refers():
            return False
        below_title = not self._parts[1:] and self.segments[-1].is_plain and is_title_like(self._parts[0])
        return (below_title or ends_in_function_word(self._parts[-1])) and self._next_in_block(mark)

    def _next_in_block(self, first: Mark) -> bool:
        """Whether the second of a sequence is printed the same way before the next blank line."""
        for line in self._lines[self._at + 1 :]:
            mark = None if line.gap else read_mark(line.body)
            if line.gap or (mark and mark.style == first.style):
                return mark is not None and (mark.path == (2,) or mark.printed.lower() in ("b", "ii"))
        return False

    def _is_lettered_title(self, mark: Mark, line: Line) -> bool:
        """Whether "A. Title" stands by itself above a paragraph, and is no entry of a list."""
        if not (mark.style == "x." and mark.printed.isupper() and (line.gap or line.hashes or line.bold)):
            return False
        after = self._lines[self._at + 1] if self._at + 1 < len(self._lines) else None
        if after is None or after.bullet or not is_title_like(mark.rest):
            return False
        below = read_mark(after.body)
        return bool(after.gap) if below is None else self._is_below_letter(mark, below, after)

    def _is_below_letter(self, letter: Mark, below: Mark, line: Line) -> bool:
        """Whether "A1" stands below "A. Title"."""
        counts = below.has_letter and line.number in self._lettered
        return counts and below.printed.startswith(letter.printed)

    def _is_below_title(self) -> bool:
        if not self.segments:
            return True
        above = self.segments[-1]
        return bool(above.hashes or above.bold) or (above.is_plain and RESTARTS.match(above.text) is not None)

    def _number_series(self, mark: Mark, line: Line, fresh: bool) -> Series | None:
        if mark.style in ("dotted", "lettered"):
            return self._dotted_series(mark, line, fresh)
        if mark.style == "step":
            return self._step_series(mark, line)
        if mark.style == "(x)":
            begins = fresh or self._list_next(mark) or self._ready(line) or self._begins_below_title(mark)
            return Series.ORDERED if begins else None
        if mark.style == "bare":
            follows_on = self._is_next_section(mark) and fresh and self._sections and is_title_like(mark.rest)
            if not follows_on and (self._list_next(mark) or self._begins_below_title(mark)):
                return Series.ORDERED
            return Series.SECTION if follows_on and not line.bullet else None
        return self._single_series(mark, line, fresh)

    def _step_series(self, mark: Mark, line: Line) -> Series | None:
        """A step is an entry of a list, unless it is marked as a title by itself."""
        is_title = line.hashes or (line.bold and is_title_like(mark.rest))
        begins = mark.path == (1,) or self._list_next(mark) or line.gap or line.bullet
        return Series.ORDERED if begins and not is_title and not self._refers() else None

    def _dotted_series(self, mark: Mark, line: Line, fresh: bool) -> Series | None:
        if mark.has_letter and line.number not in self._lettered:
            return None
        last = self._lettered_path if mark.has_letter else self._path
        hanging = bool(self._parts) and ends_in_function_word(self._parts[-1]) and not line.gap
        if follows(mark.path, last) and not hanging and (fresh or not starts_lower(mark.rest)):
            return Series.SECTION
        if hanging or starts_lower(mark.rest) or (len(words(mark.rest)) < 2 and not fresh):
            return None
        later = mark.path > last and mark.path[0] <= (last[0] if last else 0) + 1 + _LEAP
        if not fresh and not (later and self._ready(line)):
            return None
        printed, number = path_text(mark.path), line.number
        before = path_text(last) if last else "the beginning"
        if not (self.segments and self._restarts(mark, self.segments[-1])):
            self.warnings.append(f"Line {number}: {printed} does not follow {before}; it is kept as printed")
        return Series.SECTION

    def _single_series(self, mark: Mark, line: Line, fresh: bool) -> Series | None:
        marked = bool(line.hashes or line.bold)
        next_section = self._sections and self._is_next_section(mark)
        goes_on = (self._list_next(mark) or (next_section and bool(self._path))) and not self._refers()
        if not (fresh or goes_on or self._ready(line) or self._begins_below_title(mark)):
            return None
        if self._list_next(mark) and not (next_section and (marked or self._unlike_list(mark, line))):
            return Series.ORDERED
        if next_section:
            return Series.SECTION
        later = marked and bool(self._path) and mark.path[0] > self._path[0]
        if line.number in self._lone or (self._sections and (later or self._leaps(mark))):
            before = self._path[0] if self._path else "the beginning"
            self.warnings.append(f"Line {line.number}: section {mark.printed} does not follow {before}")
            return Series.SECTION
        if mark.path[0] == 1 or self._list_next(mark):
            return Series.ORDERED
        return Series.ORDERED if fresh and not starts_lower(mark.rest) else None

    def _is_next_section(self, mark: Mark) -> bool:
        if self.segments and self._restarts(mark, self.segments[-1]):
            return True
        return follows(mark.path, self._path)

    def _leaps(self, mark: Mark) -> bool:
        if not self._path:
            return mark.path[0] in self._heads
        return follows(mark.path, self._path, leap=_LEAP) and is_title_like(mark.rest)

    def _restarts(self, mark: Mark, previous: Segment) -> bool:
        """Numbers begin again under an appendix."""
        begins = all(part == 1 for part in mark.path)
        return begins and previous.is_plain and RESTARTS.match(previous.text) is not None

    def _list_next(self, mark: Mark) -> bool:
        return self._ordered is not None and self._ordered[:2] == (mark.style, mark.path[0] - 1)

    def _unlike_list(self, mark: Mark, line: Line) -> bool:
        """Whether a number that could go on a list looks like the next section instead."""
        if self._ordered and line.indent < self._ordered[2]:
            return True
        item = self.segments[-1].text if self.segments else ""
        return bool(line.gap) and is_title_like(mark.rest) and not is_title_like(item)

    def _ready(self, line: Line) -> bool:
        """Whether the text above is over, or the line set in, so that a mark may begin something."""
        if not self._parts or _LEADS_ON.search(self._parts[-1]):
            return True
        current = self.segments[-1]
        return (
            line.indent > current.indent + len(current.mark.printed if current.mark else "") + 2
            and not self._refers()
        )

    def _refers(self) -> bool:
        """Whether the text above ends in a word after which a number or letter is only a reference."""
        return bool(self._parts) and _REFERS.search(self._parts[-1]) is not None

    def _letter_series(self, mark: Mark, fresh: bool) -> Series | None:
        letter, roman = letter_value(mark.printed), roman_value(mark.printed)
        for depth in range(len(self._letters) - 1, -1, -1):
            style, last = self._letters[depth]
            value = roman if style.startswith("roman") else letter
            romans_begin = not style.startswith("roman") and roman == 1 and self._next_letter() == "ii"
            if value == last + 1 and style.endswith(mark.style) and not romans_begin:
                return self._continue_letters(depth, style, value)
        case = mark.printed[0].isupper()
        if mark.printed.lower() == "a" and fresh:
            return self._begin_letters(f"letter{case}{mark.style}", 1)
        if roman == 1 and fresh:
            return self._begin_letters(f"roman{case}{mark.style}", 1)
        if not fresh or mark.style != "(x)":
            return None
        return self._begin_letters(
            *((f"roman{case}(x)", roman) if len(mark.printed) > 1 and roman else (f"letter{case}(x)", letter))
        )

    def _next_letter(self) -> str:
        """The next letter or roman printed in this section, which tells (i) after (h) from a roman."""
        for line in self._lines[self._at + 1 : self._at + 60]:
            mark = read_mark(line.body)
            if mark and mark.style == "dotted":
                break
            if mark and not mark.is_number:
                return mark.printed.lower()
        return ""

    def _continue_letters(self, depth: int, style: str, value: int) -> Series:
        del self._letters[depth:]
        return self._begin_letters(style, value)

    def _begin_letters(self, style: str, value: int) -> Series:
        again = next(
            (depth for depth, (open_style, _) in enumerate(self._letters) if open_style == style), None
        )
        if again is not None:
            del self._letters[again:]
        self._letters.append((style, value))
        return Series.ROMAN if style.startswith("roman") else Series.LETTER
