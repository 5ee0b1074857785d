"""Reading a policy document: every normative line in exactly one clause, everything else listed with why.

Pure: bytes in, values out. It knows no organisation and no phrase of any particular policy.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import PurePath
from typing import Any

from elearn.errors import InvalidInput
from elearn.policies.importing.clauses import ClauseBuilder, running_clauses
from elearn.policies.importing.cuts import join_cut_texts
from elearn.policies.importing.dates import find_dates
from elearn.policies.importing.force import without_quotations
from elearn.policies.importing.formats import EXTENSIONS, MAX_BYTES, read_file
from elearn.policies.importing.furniture import RUNNING, Sorted, sort_out
from elearn.policies.importing.lines import Gap, Line, read_lines
from elearn.policies.importing.model import (
    Clause,
    DateRole,
    Force,
    Heading,
    ImportedPolicy,
    Kind,
    LeftOut,
    PolicyDate,
)
from elearn.policies.importing.outline import mark_titles, split_cover
from elearn.policies.importing.record import (
    METADATA,
    RECORD,
    find_organisation,
    find_title,
    find_version,
    front_ends_at,
    is_record_row,
    split_title,
)
from elearn.policies.importing.sections import has_section_numbers
from elearn.policies.importing.segments import Segment, SegmentReader
from elearn.policies.importing.wording import fold, is_sentence

__all__ = [
    "EXTENSIONS",
    "MAX_BYTES",
    "Clause",
    "DateRole",
    "Force",
    "Heading",
    "ImportedPolicy",
    "Kind",
    "LeftOut",
    "PolicyDate",
    "clause_fingerprint",
    "read_policy",
    "to_json",
    "without_quotations",
]

_COVER = "cover matter"
_TITLE = "title of the document"
_EMPTY_SECTION = "heading of what was left out"


def read_policy(data: bytes, filename: str) -> ImportedPolicy:
    """The policy that a .txt, .md, .docx or .pdf file holds. Raises InvalidInput saying what is wrong with it.

    Lines are those of the file, and of its text where it is a Word document or a PDF.
    """
    extracted = read_file(data, filename)
    warnings = list(extracted.warnings)
    sorted_lines = sort_out(read_lines(extracted.text), extracted.known)
    record = _take_record(sorted_lines)
    running = [line for line, why in sorted_lines.left_out if why == RUNNING]
    front = _front_lines(sorted_lines.kept)
    title_line = find_title(front, record, running)
    _drop_empty_titles(sorted_lines, title_line)
    segments, cover, reader = _segments(sorted_lines, title_line)
    owner, title, title_version = _name(title_line, record, filename, warnings)

    builder = ClauseBuilder(segments, title=title if title_line else None)
    builder.build()
    rules = [(line.number, line.text) for line in sorted_lines.running_rules]
    clauses = (*builder.clauses, *running_clauses(rules, numbered=builder.is_numbered))
    if not clauses:
        raise InvalidInput(f"{filename}: no clause was found in it")
    dates, date_warnings = find_dates([*record, *_cover_lines(cover)])
    bodies = [*(line.text for line in record), *(clause.text for clause in builder.clauses)]
    return ImportedPolicy(
        organisation=owner or find_organisation(_cover_lines(cover), running, bodies),
        title=title,
        version=find_version(title_version, record, running),
        dates=dates,
        clauses=clauses,
        headings=tuple(builder.headings),
        left_out=_left_out(sorted_lines, cover, title_line),
        warnings=(*warnings, *reader.warnings, *builder.warnings, *date_warnings),
    )


def clause_fingerprint(text: str) -> str:
    """The first 16 hex digits of the SHA-256 of the text, white space folded to single spaces and trimmed."""
    return hashlib.sha256(fold(text).encode()).hexdigest()[:16]


def to_json(policy: ImportedPolicy) -> dict[str, Any]:
    """The policy as plain values, ready for JSON; `on` of a date is null where it is unknown."""
    plain = asdict(policy)
    return {key: list(value) if isinstance(value, tuple) else value for key, value in plain.items()}


def _take_record(found: Sorted) -> list[Line]:
    """Take the document's record out of the kept lines."""
    front = front_ends_at(found.kept)
    record: list[Line] = []
    kept: list[Line] = []
    gap = Gap.NONE
    for index, line in enumerate(found.kept):
        if is_record_row(line, in_front=index < front):
            record.append(line)
            found.left_out.append((line, METADATA if line.tabbed else RECORD))
            gap = max(gap, Gap.BLANK, line.gap)
            continue
        line.gap, gap = max(line.gap, gap), Gap.NONE
        kept.append(line)
    found.kept = kept
    return record


def _drop_empty_titles(found: Sorted, title_line: Line | None) -> None:
    """A marked title above nothing but record or contents goes with them."""
    kept = found.kept
    removed = sorted(line.number for line, why in found.left_out if why in (METADATA, RECORD))
    remaining: list[Line] = []
    for index, line in enumerate(kept):
        following = kept[index + 1].number if index + 1 < len(kept) else float("inf")
        between = any(line.number < number < following for number in removed)
        next_is_title = index + 1 < len(kept) and bool(kept[index + 1].hashes)
        if line.hashes and between and next_is_title and line is not title_line:
            found.left_out.append((line, _EMPTY_SECTION))
        else:
            remaining.append(line)
    found.kept = remaining


def _front_lines(kept: list[Line]) -> list[Line]:
    front: list[Line] = []
    for line in kept:
        if line.bullet or is_sentence(line.text) or line.body[:1].isdigit():
            break
        front.append(line)
    return front


def _segments(found: Sorted, title_line: Line | None) -> tuple[list[Segment], list[Segment], SegmentReader]:
    reader = SegmentReader(found.kept, sections=has_section_numbers(found.kept))
    segments = join_cut_texts(reader.read())
    mark_titles(segments)
    cover, body = split_cover(segments, {title_line.number} if title_line else set())
    return body, cover, reader


def _name(
    title_line: Line | None, record: list[Line], filename: str, warnings: list[str]
) -> tuple[str | None, str, str | None]:
    if title_line is None:
        warnings.append("No title was found; the file's name stands in for it")
        return None, PurePath(filename).stem.replace("_", " "), None
    if title_line in record and len(title_line.cells) > 1:
        return split_title(title_line.cells[1])
    return split_title(title_line.text)


def _cover_lines(cover: list[Segment]) -> list[Line]:
    return [line for segment in cover for line in segment.lines]


def _left_out(found: Sorted, cover: list[Segment], title_line: Line | None) -> tuple[LeftOut, ...]:
    rows = [LeftOut(line.number, line.raw, why) for line, why in found.left_out]
    for line in _cover_lines(cover):
        rows.append(LeftOut(line.number, line.raw, _TITLE if line is title_line else _COVER))
    return tuple(sorted(rows, key=lambda row: row.line))
