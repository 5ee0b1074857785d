"""From segments to clauses with the references that the document's own numbers give."""

from __future__ import annotations

from dataclasses import dataclass

from elearn.policies.importing.force import propose_force
from elearn.policies.importing.lines import Gap
from elearn.policies.importing.model import Clause, Force, Heading, Kind
from elearn.policies.importing.numbering import Series, path_text
from elearn.policies.importing.segments import Segment
from elearn.policies.importing.wording import ends_in_function_word, is_normative, is_open, starts_lower

_NESTING_MARKS = frozenset("o◦▪○□")


@dataclass(slots=True)
class _Level:
    """One open list: how it is marked, how far in, whose it is, and its last item."""

    series: Series
    style: str
    indent: int
    owner: str
    count: int = 0
    item: str = ""


class ClauseBuilder:
    """Walks the segments once, keeping the place: heading, section number, paragraph, open lists."""

    def __init__(self, segments: list[Segment], *, title: str | None) -> None:
        self.clauses: list[Clause] = []
        self.headings: list[Heading] = []
        self.warnings: list[str] = []
        self._segments = segments
        self.is_numbered = any(segment.number for segment in segments)
        self._between = " " if self.is_numbered else " > "
        self._next_numbers = _next_numbers(segments)
        self._used: dict[str, int] = {}
        self._tails: dict[str, int] = {}
        self._forces: dict[str, Force] = {}
        self._leads: dict[str, bool] = {}
        self._goes_on: dict[str, bool] = {}
        self._lists: list[_Level] = []
        self._bullets: dict[str, int] = {}
        self._heading_ref = title or ""
        self._heading_text = title
        self._heading_number: tuple[int, ...] = ()
        self._titles: dict[tuple[int, ...], tuple[str, str]] = {}
        self._number: tuple[int, ...] = ()
        self._number_is_title = True
        self._known: dict[tuple[int, ...], str] = {}
        self._scope = ""
        self._paragraphs = 0
        self._anchor = self._heading_ref

    def build(self) -> None:
        """Fill clauses, headings and warnings."""
        for index, segment in enumerate(self._segments):
            if segment.number:
                self._take_number(segment)
            elif segment.is_title:
                self._take_heading(segment)
            elif segment.is_item:
                self._take_item(segment)
            else:
                self._take_paragraph(segment, index)

    # Titles and numbers

    def _take_heading(self, segment: Segment) -> None:
        name = segment.text.rstrip(" :")
        ref = self._unique(name)
        self.headings.append(Heading(ref, segment.text, segment.first))
        self._enter(ref, name)
        self._heading_number = ()
        self._number_is_title, self._number = True, ()
        if is_normative(segment.text):
            self._add(segment, ref, None, Kind.HEADING, unique=False)

    def _enter(self, ref: str, name: str) -> None:
        self._heading_ref, self._heading_text, self._anchor = ref, name, ref
        self._paragraphs, self._lists = 0, []

    def _take_number(self, segment: Segment) -> None:
        path = segment.number
        if segment.restarts:
            self._scope, self._known, self._titles = f"{self._heading_ref} ", {}, {}
        printed = segment.mark.printed if segment.mark and segment.mark.has_letter else path_text(path)
        ref = self._unique(f"{self._scope}{printed}", line=segment.first)
        parent = self._ancestor(path)
        self._known[path] = ref
        self._number, self._number_is_title = path, segment.is_title
        if segment.is_title:
            self.headings.append(Heading(ref, segment.text, segment.first))
            name = segment.text.rstrip(" :") or ref
            self._enter(ref, name)
            self._heading_number, self._titles[path] = path, (ref, name)
            if is_normative(segment.text):
                self._add(segment, ref, parent, Kind.HEADING, unique=False)
            return
        self._leave_headings(path)
        self._anchor, self._lists, self._paragraphs = ref, [], 1
        self._add(segment, ref, parent, Kind.CLAUSE, unique=False)

    def _leave_headings(self, path: tuple[int, ...]) -> None:
        """A clause 5.2 after a title 5.1 stands under the title 5 again."""
        while self._heading_number and self._heading_number != path[: len(self._heading_number)]:
            self._heading_number = self._heading_number[:-1]
            if self._heading_number in self._titles:
                self._heading_ref, self._heading_text = self._titles[self._heading_number]
                continue
        if not self._heading_number and self._titles and self._heading_ref in self._known.values():
            self._heading_text = None

    def _ancestor(self, path: tuple[int, ...]) -> str | None:
        for length in range(len(path) - 1, 0, -1):
            if path[:length] in self._known:
                return self._known[path[:length]]
        named_by_words = self._heading_ref and self._heading_ref not in self._known.values()
        return self._heading_ref if named_by_words and self.headings else None

    # Paragraphs

    def _take_paragraph(self, segment: Segment, index: int) -> None:
        if self._lists and starts_lower(segment.text):
            self._close_list(segment, self._lists[-1].owner)
            del self._lists[-1]
            return
        if self._number_is_title:
            self._paragraphs += 1
            self._add_paragraph(segment, self._under_heading(f"¶{self._paragraphs}"), self._heading_parent())
            return
        ended = self._section_that_ends(index)
        if ended == self._number:
            owner = self._known[ended]
            if self._lists:
                self._close_list(segment, owner)
                self._lists = []
            else:
                self._paragraphs += 1
                self._add_paragraph(segment, f"{owner} ¶{self._paragraphs}", owner)
            return
        owner = self._known.get(ended, f"{self._scope}{path_text(ended)}")
        self._leave_headings(ended)
        ref = self._numbered_on(f"{owner} closing ¶")
        self._add(segment, ref, owner, Kind.CLOSING)
        self._anchor, self._lists = ref, []

    def _add_paragraph(self, segment: Segment, ref: str, parent: str | None) -> None:
        added = self._add(segment, ref, parent, Kind.PARAGRAPH)
        self._anchor, self._lists = added.ref, []

    def _close_list(self, segment: Segment, owner: str) -> None:
        ref = self._numbered_on(f"{owner} closing words")
        self._add(segment, ref, owner, Kind.CLOSING, lead=owner)
        if segment.text.endswith(":"):
            self._anchor, self._lists = ref, []

    def _section_that_ends(self, index: int) -> tuple[int, ...]:
        """The outermost numbered section that is over after the paragraph at `index`."""
        following = self._next_numbers[index]
        shared = 0
        while shared < min(len(following), len(self._number)) and following[shared] == self._number[shared]:
            shared += 1
        return self._number[: shared + 1]

    def _heading_parent(self) -> str | None:
        return self._heading_ref if self.headings else None

    def _under_heading(self, tail: str) -> str:
        if not self._heading_ref:
            return tail
        return f"{self._heading_ref}{self._between}{tail}"

    # Lists

    def _take_item(self, segment: Segment) -> None:
        if segment.series is Series.BULLET:
            level = self._bullet_level(segment)
            level.count += 1
            printed = level.count
        elif segment.series is Series.ORDERED and segment.mark and segment.mark.style != "(x)":
            level = self._mark_level(segment)
            if segment.mark.style == "step":
                ref = self._below(level.owner, segment.mark.printed)
                level.item = self._add(segment, ref, level.owner or None, Kind.ITEM, lead=level.owner).ref
                return
            printed = segment.mark.path[0]
        else:
            self._take_lettered(segment)
            return
        ref = self._counted_ref(level, printed)
        if level.owner == self._anchor and level.series is Series.BULLET:
            self._bullets[level.owner] = level.count
        level.item = self._add(segment, ref, level.owner or None, Kind.BULLET, lead=level.owner).ref

    def _counted_ref(self, level: _Level, printed: int) -> str:
        outer = self._lists[-2] if len(self._lists) > 1 else None
        if outer and outer.item == level.owner and outer.series in (Series.BULLET, Series.ORDERED):
            return f"{level.owner}.{printed}"
        return self._below(level.owner, f"bullet {printed}")

    def _below(self, owner: str, tail: str) -> str:
        if owner == self._heading_ref:
            return self._under_heading(tail)
        return f"{owner} {tail}"

    def _take_lettered(self, segment: Segment) -> None:
        level = self._mark_level(segment)
        mark = segment.mark
        printed = mark.printed if mark else ""
        bracketed = mark is not None and mark.style == "(x)"
        if level.owner == self._heading_ref:
            tail = f"({printed})" if bracketed else printed
            joined = bracketed and bool(self._number)
            ref = f"{level.owner}{tail}" if joined else self._under_heading(tail)
        else:
            ref = f"{level.owner}({printed})"
        level.item = self._add(segment, ref, level.owner or None, Kind.ITEM, lead=level.owner).ref

    def _mark_level(self, segment: Segment) -> _Level:
        """The open list that a number or letter goes on with, or a new one below the last item."""
        style = segment.mark.style if segment.mark else ""
        if segment.series is Series.ORDERED:
            style += "ordered"
        elif segment.mark:
            style += str(segment.mark.printed[0].isupper())
        # The same setting never nests in itself: a list that begins again stands beside the first.
        for depth in range(len(self._lists) - 1, -1, -1):
            level = self._lists[depth]
            if level.series is segment.series and level.style == style:
                del self._lists[depth + 1 :]
                return level
        return self._open_list(segment, style)

    def _bullet_level(self, segment: Segment) -> _Level:
        for depth in range(len(self._lists) - 1, -1, -1):
            level = self._lists[depth]
            if level.series is not Series.BULLET:
                if segment.indent >= level.indent:
                    break
                continue
            if self._is_level_of(segment, level, depth):
                del self._lists[depth + 1 :]
                return level
            if segment.indent > level.indent or (
                segment.indent == level.indent and segment.bullet != level.style
            ):
                break
        else:
            self._lists = []
            return self._open_list(segment, segment.bullet)
        del self._lists[depth + 1 :]
        return self._open_list(segment, segment.bullet)

    def _is_level_of(self, segment: Segment, level: _Level, depth: int) -> bool:
        if segment.indent == level.indent:
            nests = (
                segment.bullet != level.style
                and segment.bullet in _NESTING_MARKS
                and level.style not in _NESTING_MARKS
            )
            return not nests
        if segment.indent < level.indent:
            outer = [other for other in self._lists[:depth] if other.series is Series.BULLET]
            return not outer or segment.indent > outer[-1].indent
        # A page may be set further in than the one before; the same mark after a page break goes on.
        return segment.gap is Gap.PAGE and segment.bullet == level.style and segment.bullet in "•●▪"

    def _open_list(self, segment: Segment, style: str) -> _Level:
        owner = self._lists[-1].item if self._lists else self._anchor
        assert segment.series is not None
        level = _Level(segment.series, style, segment.indent, owner)
        if not self._lists and segment.series is Series.BULLET:
            level.count = self._bullets.get(owner, 0)
        self._lists.append(level)
        return level

    # Adding

    def _add(
        self,
        segment: Segment,
        ref: str,
        parent: str | None,
        kind: Kind,
        *,
        lead: str | None = None,
        unique: bool = True,
    ) -> Clause:
        inherited = self._inherited(lead, segment.text)
        force = Force.INFORMATION if kind is Kind.HEADING else propose_force(segment.text, inherited)
        clause = Clause(
            ref=self._unique(ref, line=segment.first) if unique else ref,
            parent=parent,
            heading=self._heading_text,
            kind=kind,
            text=segment.text,
            force=force,
            line_start=segment.first,
            line_end=segment.last,
        )
        self.clauses.append(clause)
        self._forces[clause.ref] = force
        stops_short = is_open(segment.text) and force is not Force.INFORMATION
        self._leads[clause.ref] = (
            segment.text.endswith((":", "–", "-"))
            or (inherited is not None and kind is Kind.ITEM)
            or (stops_short and ends_in_function_word(segment.text))
        )
        self._goes_on[clause.ref] = stops_short and kind is not Kind.BULLET
        return clause

    def _inherited(self, lead: str | None, text: str) -> Force | None:
        """The force of the words above the list, where they lead to it or stop short and this goes on from them."""
        if lead is None:
            return None
        leads = self._leads.get(lead) or (self._goes_on.get(lead) and starts_lower(text))
        return self._forces.get(lead) if leads else None

    def _numbered_on(self, ref: str) -> str:
        """The same ref with 2, 3 … where one of its kind is there already."""
        count = self._tails.get(ref, 0) + 1
        self._tails[ref] = count
        if count == 1:
            return ref
        return f"{ref}{count}" if ref.endswith("¶") else f"{ref} {count}"

    def _unique(self, ref: str, *, line: int | None = None) -> str:
        count = self._used.get(ref, 0) + 1
        self._used[ref] = count
        if count == 1:
            return ref
        if line is not None:
            self.warnings.append(
                f"Line {line}: the reference {ref} is used more than once; this one is {ref} ({count})"
            )
        return self._unique(f"{ref} ({count})")


def _next_numbers(segments: list[Segment]) -> list[tuple[int, ...]]:
    """For each segment the section number that comes next; () where there is none before a plain title."""
    found: list[tuple[int, ...]] = []
    following: tuple[int, ...] = ()
    for segment in reversed(segments):
        found.append(following)
        if segment.number or (segment.is_title and segment.is_plain):
            following = () if segment.restarts else segment.number
    return found[::-1]


def running_clauses(rules: list[tuple[int, str]], *, numbered: bool) -> list[Clause]:
    """One clause for each running line that makes a rule: it is furniture, but nothing normative is lost."""
    between = " " if numbered else " > "
    return [
        Clause(
            f"Running line{between}¶{place}",
            None,
            None,
            Kind.PARAGRAPH,
            text,
            propose_force(text),
            number,
            number,
        )
        for place, (number, text) in enumerate(rules, start=1)
    ]
