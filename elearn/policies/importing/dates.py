"""Dates of the document's own record, read day first and never more precise than printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from elearn.policies.importing.lines import Line
from elearn.policies.importing.model import DateRole, PolicyDate

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_PATTERNS = (
    re.compile(r"\b(?P<year>(?:19|20)\d\d)-(?P<m>\d\d)(?:-(?P<d>\d\d))?\b"),
    re.compile(r"(?<![\d./-])(?P<d>\d{1,2})[./-](?P<m>\d{1,2})[./-](?P<year>(?:19|20)?\d\d)(?![\d/])"),
    re.compile(r"(?<![\d./-])(?P<m>\d{1,2})[./-](?P<year>(?:19|20)\d\d)(?![\d/])"),
    re.compile(
        rf"\b(?:(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)?[ -])?{_MONTH},?[ -]+(?P<year>(?:19|20)\d\d)\b", re.I
    ),
    re.compile(rf"\b{_MONTH} (?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>(?:19|20)\d\d)\b", re.I),
    re.compile(rf"\b(?:(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[ -])?{_MONTH}[ -]'?(?P<year>\d\d)\b", re.I),
)
_ROLES = (
    (r"signature|signed", DateRole.SIGNED),
    (r"last (?:date )?review|reviewed(?! by)|date of (?:last )?review", DateRole.LAST_REVIEWED),
    (
        r"(?:next|future|due for|date (?:of|for) next).*review|review (?:due|date|by|on)\b"
        r"|to be reviewed|^review$",
        DateRole.REVIEW_DUE,
    ),
    (r"ratif", DateRole.RATIFIED),
    (r"consult", DateRole.CONSULTED),
    (r"approv|agreed|adopt", DateRole.APPROVED),
    (r"publish|publication|upload|issue", DateRole.PUBLISHED),
    (r"effective|in force|from date|implement", DateRole.EFFECTIVE),
    (r"written|created|compiled|drafted", DateRole.WRITTEN),
    (r"\bdated?\b", DateRole.DATED),
)
_ASKS_DATE = re.compile(r"\bdate\b|\bsigned\b|\bsignature\b", re.IGNORECASE)
_VERSION_CELL = re.compile(r"^v?\d+(?:\.\d+)*$", re.IGNORECASE)


def read_date(text: str) -> str | None:
    """The first date in a text as 2024-01-31 or 2024-01, day before month; None where there is none."""
    found = _find_date(text)
    return found[1] if found else None


def states_date(text: str) -> bool:
    """Whether the text is a label that says what a date is for, a colon and then the date."""
    label, _colon, value = text.partition(":")
    found = _find_date(value.strip())
    return found is not None and found[0] == 0 and _role(label.strip()) is not None


def find_dates(lines: list[Line]) -> tuple[tuple[PolicyDate, ...], list[str]]:
    """The dates that lines of a record state, with role; a place left blank is unknown. And warnings."""
    dates: list[PolicyDate] = []
    warnings: list[str] = []
    for line in lines:
        dates.extend(_dates_of(line))
        warnings.extend(_impossible(line))
    return tuple(dates), warnings


def _find_date(text: str) -> tuple[int, str] | None:
    found = [
        (match.start(), value)
        for pattern in _PATTERNS
        for match in [pattern.search(text)]
        if match and (value := _as_iso(match.groupdict())) is not None
    ]
    return min(found, key=lambda pair: (pair[0], -len(pair[1]))) if found else None


def _as_iso(parts: dict[str, str | None]) -> str | None:
    year = int(parts["year"] or 0)
    year += 2000 if year < 100 else 0
    name = parts.get("month")
    month = _MONTHS.index(name[:3].lower()) + 1 if name else int(parts.get("m") or 0)
    day = parts.get("d")
    try:
        moment = date(year, month, int(day) if day else 1)
    except ValueError:
        return None
    return moment.isoformat() if day else moment.isoformat()[:7]


def _dates_of(line: Line) -> Iterator[PolicyDate]:
    found = _find_date(line.text)
    label = _label(line, found[0] if found else None)
    if found and _VERSION_CELL.match(label):
        yield PolicyDate(DateRole.VERSION, label, found[1], line.number)
        return
    role = _role(label)
    if role is None and not found:
        return
    if found:
        yield PolicyDate(role or DateRole.DATED, label, found[1], line.number)
    elif _ASKS_DATE.search(label) and not line.cells[1:2]:
        yield PolicyDate(role or DateRole.DATED, label, None, line.number)


def _label(line: Line, date_at: int | None) -> str:
    if len(line.cells) > 1:
        return line.cells[0].strip(" :")
    label = line.text if date_at is None else line.text[:date_at]
    return label.strip(" :–—-_.…\t")


def _role(label: str) -> DateRole | None:
    for pattern, role in _ROLES:
        if re.search(pattern, label, re.IGNORECASE):
            return role
    return None


def _impossible(line: Line) -> Iterator[str]:
    match = _PATTERNS[1].search(line.text)
    if match and _as_iso(match.groupdict()) is None:
        yield f"Line {line.number}: {match.group()} is not a date when read day first; it is left unknown"
