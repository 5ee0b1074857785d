"""The lines of a document with the mark-up taken off, and what the mark-up said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from elearn.policies.importing.wording import fold

_HASHES = re.compile(r"^(#{1,6})(?:\s+|$)")
_BULLET = re.compile(r"^([-*•●▪‣◦·○■□➢➤✓✔–—+]|o(?=\s))(?:\s+|(?<=[•●▪‣◦○■□➢➤✓✔])(?=\S)|$)")
_TAG = re.compile(
    r"</?(?:b|i|u|em|strong|su[bp]|span|br|p|div|font|a|h[1-6]|small|mark)\b[^<>]{0,200}>", re.IGNORECASE
)
_LINK = re.compile(r"<((?:https?://|mailto:|www\.)[^<>\s]{1,500}|[\w.+-]{1,60}@[\w.-]{1,100})>")
_MARKDOWN_LINK = re.compile(r"(?<!!)\[([^\[\]]{1,300})\]\([^()\s]{1,500}\)")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~])")
_STAR = re.compile(r"(?<![\w*])\*(?=[^\s*])|(?<=[^\s*])\*(?![\w*])")
_UNDERSCORE = re.compile(r"(?<![\w_])_(?=[^\s_])|(?<=[^\s_])_(?![\w_])")
_WHOLLY_BOLD = re.compile(
    r"^(?:\*\*|__|<b>|<strong>)(?P<body>.+?)(?:\*\*|__|</b>|</strong>)\s*:?$", re.IGNORECASE
)
_PIPE_ROW = re.compile(r"^\|.*\|$")
PAGE_BLANKS = 2


class Gap(IntEnum):
    """What stands between a line and the one kept before it."""

    NONE = 0
    BLANK = 1
    PAGE = 2


@dataclass(slots=True)
class Line:
    """One line that is not blank. `text` is the whole without mark-up, `body` what follows the bullet."""

    number: int
    raw: str
    text: str
    body: str
    indent: int
    bullet: str
    hashes: int
    bold: bool
    cells: list[str]
    blanks: int
    feed: bool
    tabbed: bool
    gap: Gap = Gap.NONE


def read_lines(text: str) -> list[Line]:
    """The lines that are not blank, numbered from 1 as in the file; a form feed marks the line after it."""
    lines: list[Line] = []
    blanks, feed, rule = 0, False, False
    for number, raw in enumerate(text.split("\n"), start=1):
        if not raw:
            blanks += 1
            continue
        for position, piece in enumerate(raw.split("\f")):
            feed = feed or position > 0
            if not piece.strip(" \t\v\xa0\u200b\ufeff\x1a"):
                blanks += position == 0
                continue
            rule = _underlines(piece, lines, blanks)
            lines.append(_line(number, piece, blanks, feed))
            if rule:
                lines[-2].hashes = 1
            blanks, feed = 0, False
    return lines


def _underlines(piece: str, lines: list[Line], blanks: int) -> bool:
    """Whether this is the rule under a title (Markdown's other way to mark one)."""
    under = re.fullmatch(r"={3,}|-{3,}", piece.strip()) is not None
    return under and bool(lines) and blanks == 0 and not lines[-1].bullet and len(lines[-1].text) <= 90


def _line(number: int, piece: str, blanks: int, feed: bool) -> Line:
    expanded = piece.replace("\xa0", " ").replace("\u200b", "").expandtabs(4)
    indent = len(expanded) - len(expanded.lstrip())
    stripped = piece.replace("\xa0", " ").replace("\u200b", "").strip(" \v\x1a").lstrip("\t")
    if stripped.startswith(">"):
        stripped = stripped.lstrip("> ")
    hashes = _HASHES.match(stripped)
    bare = stripped[hashes.end() :] if hashes else stripped
    bullet = None if _PIPE_ROW.match(bare) else _BULLET.match(bare)
    rest = bare[bullet.end() :] if bullet else bare
    bold = _is_wholly_bold(rest.strip())
    body = " | ".join(_cells(rest)) if _PIPE_ROW.match(bare) else clean(rest)
    return Line(
        number=number,
        raw=piece.strip(),
        text=fold(f"{bullet.group(1)} {body}" if bullet else body),
        body=body,
        indent=indent,
        bullet=bullet.group(1) if bullet else "",
        hashes=len(hashes.group(1)) if hashes else 0,
        bold=bold,
        cells=_cells(rest),
        blanks=blanks,
        feed=feed,
        tabbed="\t" in stripped or _PIPE_ROW.match(bare) is not None,
    )


def clean(text: str) -> str:
    """The words of a line without emphasis, tags, links' targets and escapes; white space folded."""
    if "<" in text:
        text = _LINK.sub(r"\1", text)
        text = re.sub(r"<br\s*/?>", " ", text, flags=re.IGNORECASE)
        text = _TAG.sub("", text)
    if "](" in text:
        text = _MARKDOWN_LINK.sub(r"\1", text)
    text = text.replace("**", "")
    if re.search(r"__\S.*\S__", text[:2000]):
        text = text.replace("__", "")
    if text.count("*") % 2 == 0 and "*" in text:
        text = _STAR.sub("", text)
    if text.count("_") % 2 == 0 and "_" in text and "://" not in text and "@" not in text:
        text = _UNDERSCORE.sub("", text)
    if "\\" in text:
        text = _ESCAPE.sub(r"\1", text)
    if "&" in text:
        text = text.replace("&amp;", "&").replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">")
    return fold(text)


def _is_wholly_bold(text: str) -> bool:
    match = _WHOLLY_BOLD.match(text)
    return match is not None and not re.search(r"\*\*|__|</?(?:b|strong)>", match["body"], re.IGNORECASE)


def _cells(text: str) -> list[str]:
    parts: Iterator[str]
    if _PIPE_ROW.match(text.strip()):
        parts = (clean(cell) for cell in text.strip().strip("|").split("|"))
    else:
        parts = (clean(cell) for cell in text.split("\t"))
    return [cell for cell in parts if cell]
