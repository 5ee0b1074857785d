"""The document's own record (dates, owners, versions; cover lines): left out, but read for facts."""

from __future__ import annotations

import re
from itertools import pairwise

from elearn.policies.importing.dates import read_date, states_date
from elearn.policies.importing.lines import Line
from elearn.policies.importing.numbering import read_mark
from elearn.policies.importing.wording import (
    ends_sentence,
    fold,
    is_capitals,
    is_normative,
    is_sentence,
    starts_lower,
    words,
)

METADATA = "metadata table"
RECORD = "document record"
_LABEL = re.compile(
    r"^(?:(?:document|policy|procedure) (?:owner|type|number|no|ref\w*|title|status|version|author|lead"
    r"|holder|date|level|name|control)"
    r"|owner|author|lead (?:officer|person)|compiled by|prepared by|written by|produced by|drafted by"
    r"|agreed (?:by|on)"
    r"|approv(?:ed|al|ing)\b|adopt(?:ed|ion)\b|ratifi(?:ed|cation)\b|(?:last )?reviewed\b|last review"
    r"|next review"
    r"|review (?:date|due|body|frequency|cycle|period|process|by)|date of|date\b|version\b|status\b"
    r"|reference\b|ref\b|effective"
    r"|issued?\b|published\b|publication|signed\b|signature|first written|created\b|(?:last )?updated\b"
    r"|target audience|audience"
    r"|associated documents|statutory\b|category|department|acknowledged by|date uploaded"
    r"|summary of changes|uploaded"
    r"|(?:[\w()/&-]+ ){1,6}(?:approval|ratification|consultation|signature|signed by|review date"
    r"|contribution)"
    r"|title|organisation|trust|school|academy|name|print name|position|job title|chair\b|headteacher"
    r"|location)",
    re.IGNORECASE,
)
_BLANK_LABEL = r"(?:signed|signature|dated?|name|print name|position|chair|role)(?: (?:by|of [\w ]{1,40}))?"
_BLANK = re.compile(rf"^{_BLANK_LABEL}\s*[:.…_ –-]*(?:{_BLANK_LABEL}\s*[:.…_ –-]*){{0,2}}$", re.IGNORECASE)
_TITLE_WORD = re.compile(
    r"\b(?:policy|policies|procedures?|code of conduct|guidance|guidelines|handbook|protocol|statement"
    r"|standards?|agreement)\b",
    re.IGNORECASE,
)
_NOT_TITLE = re.compile(
    r"^(?:introduction|purpose|aims?|scope|about|review|who|what|how|why|related|other|associated"
    r"|monitoring|breach|policy statement)\b"
    r"|\b(?:this|the) policy\b",
    re.IGNORECASE,
)
_BODY = re.compile(
    r"\b(?:trust|academy|academies|schools?|college|federation|partnership|foundation|diocese|university"
    r"|council)\b",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"((?:[A-Z][\w.'’&-]*\s+|(?:of|and|the|for|&)\s+){1,7}?[A-Z][\w.'’-]*)\s*\(\s*(?:(?:referred to as "
    r"|known as )?(?:[Tt]he\s+|[“\"‘'])"
    r"[“\"‘']?(?:Trust|Academy|School|College|Partnership|Federation)|([A-Z]{2,6})\))"
)
_YEAR = re.compile(r"[\s,(–-]*\b(?P<version>(?:19|20)\d\d(?:\s*[-/–]\s*(?:20)?\d\d)?)\)?$")
_VERSION = re.compile(
    r"\b(?:version|v)\s*\.?\s*(?:no\.?|number)?\s*[:.]?\s*(?P<version>v?\d+(?:\.\d+){0,3}\w?)\b",
    re.IGNORECASE,
)
_PAGE_AT_END = re.compile(r"[\s|–—-]*\bpage \d+(?: of \d+)?$", re.IGNORECASE)
_VERSION_LABEL = re.compile(r"\bversion(?: no| number)?\b\.?:?$", re.IGNORECASE)


_ORDERS = re.compile(
    r"\bmay\b|\b(?:required|obliged|expected|allowed|permitted|need|needs|has|have) to\b|\b(?:prohibited|forbidden)\b"
    r"|\b(?:is|are) responsible for\b|\bwill (?!be reviewed)\w+|\bplease\b"
    r"|^(?:[Rr]eport|[Tt]ell|[Cc]ontact|[Ii]nform|[Aa]sk|[Kk]eep|[Ee]nsure|[Aa]void|[Ss]eek|[Uu]se|[Pp]ost)\b"
)
"""What makes a rule of a cell; "May" with a capital is the month."""
_FEWEST_WORDS_OF_RULE = 4


def makes_rule(line: Line) -> bool:
    """Whether what stands after the label of a row says what somebody has to do or is free to do."""
    _label, _colon, value = line.text.partition(":")
    values = line.cells[1:] or [value.strip()]
    return any(_ORDERS.search(text) and len(words(text)) >= _FEWEST_WORDS_OF_RULE for text in values)


def is_record_row(line: Line, *, in_front: bool) -> bool:
    """Whether this line of cells or "label: value" belongs to the record. No line that makes rules does."""
    return _is_in_record(line, in_front=in_front) and not makes_rule(line)


def _is_in_record(line: Line, *, in_front: bool) -> bool:
    if is_normative(line.text) or line.bullet or line.hashes:
        return False
    mark = read_mark(line.body)
    if mark and mark.is_number and not (line.tabbed and in_front):
        return False
    if line.tabbed and in_front:
        return len(line.cells) > 1 or not is_sentence(line.text)
    return _is_labelled(line) or (line.tabbed and _LABEL.match(line.body) is not None and len(line.cells) > 1)


def _is_labelled(line: Line) -> bool:
    if starts_lower(line.text):
        return False
    if _BLANK.match(line.text):
        return True
    if ends_sentence(line.text) or len(words(line.text)) > 16:
        return False
    if not _LABEL.match(line.text):
        return len(words(line.text)) <= 10 and states_date(line.text)
    label, colon, value = line.text.partition(":")
    if colon and len(words(label)) <= 7 and (value.strip() or line.tabbed):
        return True
    found = read_date(line.text) is not None
    return found and len(words(line.text)) <= 10


def front_ends_at(lines: list[Line]) -> int:
    """The index of the first line of the policy proper: a number or prose, outside tables."""
    for index, line in enumerate(lines):
        if line.tabbed and not _number_then_tab(line):
            continue
        mark = read_mark(line.body)
        if (mark and mark.is_number and mark.rest) or (is_sentence(line.text) and not _is_labelled(line)):
            return index
        if line.bullet and line.body:
            return index
    return len(lines)


def _number_then_tab(line: Line) -> bool:
    return (
        len(line.cells) == 2 and read_mark(line.cells[0] + " X") is not None and line.cells[0][:1].isdigit()
    )


def find_title(front: list[Line], record: list[Line], running: list[Line]) -> Line | None:
    """The line that names the document, or None."""
    marked = [line for line in front if line.hashes or line.bold]
    for group in (marked, front, running):
        for line in group:
            if _names_document(line.text):
                return line
    for line in record:
        if len(line.cells) > 1 and re.match(
            r"(?:policy |document )?(?:title|name)\b", line.cells[0], re.IGNORECASE
        ):
            return line
    return next((line for line in front if line.hashes == 1), None)


def _names_document(text: str) -> bool:
    return _TITLE_WORD.search(text) is not None and not _NOT_TITLE.search(text) and not is_sentence(text)


def split_title(text: str) -> tuple[str | None, str, str | None]:
    """Organisation, title and version that a title line may hold together."""
    version = None
    text = _PAGE_AT_END.sub("", text)
    if match := _YEAR.search(text):
        version, text = match["version"], text[: match.start()].strip()
    elif match := _VERSION.search(text):
        version, text = match["version"], text[: match.start()].strip(" -–—|(,")
    found = list(_BODY.finditer(text))
    if found:
        before, after = text[: found[-1].end()].strip(), text[found[-1].end() :].strip(" -–—|:,")
        if _TITLE_WORD.search(after) and len(words(before)) > 1:
            return before, after, version
        if _TITLE_WORD.search(before) and re.search(r"[-–—|:]", before):
            title, _, owner = (
                re.split(r"\s([-–—|])\s", before, maxsplit=1)
                if re.search(r"\s[-–—|]\s", before)
                else (before, "", "")
            )
            return owner or None, title, version
    return None, text, version


def find_organisation(front: list[Line], running: list[Line], body: list[str]) -> str | None:
    """Whose policy it is: a name on the cover or in a running line, or one that the text defines."""
    joined = _joined_capitals(front)
    for text in (*joined, *(line.text for line in front), *(line.text for line in running)):
        owner, _, _ = split_title(text)
        if owner:
            return owner
        if (
            _BODY.search(text)
            and not _TITLE_WORD.search(text)
            and 1 < len(words(text)) <= 8
            and not is_sentence(text)
        ):
            return text.strip(" :")
    for text in body:
        match = _NAMED.search(text[:4000])
        if match and (match[2] is None or _initials(match[1]).endswith(match[2])):
            return re.sub(r"^(?:the|of|and|for|at|by)\s+", "", fold(match[1]), flags=re.IGNORECASE)
    return None


def _joined_capitals(front: list[Line]) -> list[str]:
    """Names in capitals that run over two cover lines."""
    pairs = pairwise(front)
    return [
        f"{one.text} {two.text}"
        for one, two in pairs
        if not two.blanks and is_capitals(one.text) and is_capitals(two.text)
    ]


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split() if word[0].isupper())


def find_version(title_version: str | None, record: list[Line], running: list[Line]) -> str | None:
    """The version as printed (text, never a number): from the record, the title or a running line."""
    for line in record:
        if len(line.cells) > 1 and _VERSION_LABEL.search(line.cells[0]) and re.search(r"\d", line.cells[1]):
            return line.cells[1]
        match = _VERSION.search(line.text)
        if match and len(line.cells) == 1:
            return match["version"]
    if title_version:
        return title_version
    found = (_VERSION.search(line.text) for line in running)
    return next((match["version"] for match in found if match), None)
