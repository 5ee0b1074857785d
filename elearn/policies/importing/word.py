"""From a Word document to lines of text: mammoth reads what is written, Word's own numbers are worked out."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from xml.etree import ElementTree

import mammoth
from mammoth import documents

from elearn.errors import InvalidInput
from elearn.policies.importing.extracted import Extracted, Row, to_extracted
from elearn.policies.importing.furniture import CONTENTS, RUNNING
from elearn.policies.importing.numbering import read_mark
from elearn.policies.importing.word_numbers import Numbers, W, read_indent, styled_levels
from elearn.policies.importing.word_package import Element, WordPackage
from elearn.policies.importing.word_styles import Styles, outline_rank, read_list
from elearn.policies.importing.wording import fold, is_clause_like

MOST_PARAGRAPHS = 20_000
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
# What mammoth raises where a part is well-formed but not as Word writes it.
_UNREADABLE = (RecursionError, KeyError, ValueError, TypeError, AttributeError, IndexError)
_TWIPS = 180  # of one letter's width
_PICTURES = frozenset({f"{W}drawing", f"{W}pict", f"{W}object", f"{_MC}AlternateContent"})
_KEPT_LOOKS = frozenset({f"{W}b", f"{W}rStyle"})
_KEY = re.compile("\ue000(\\d+)\ue001")
_LEADING_TAB = re.compile(r"^(\S{1,12})\t+\s*")


@dataclass(frozen=True, slots=True)
class _Look:
    """What is known of a paragraph beside its words."""

    number: str = ""
    is_bullet: bool = False
    indent: int = 0
    rank: int = 0
    is_contents: bool = False


def read_word(data: bytes, filename: str) -> Extracted:
    """The text of a .docx file, one line for each paragraph. Raises InvalidInput saying what is wrong."""
    package = WordPackage(data, filename)
    try:
        document, looks = _prepare(package, filename)
        rows = list(_Lines(looks).all(_through_mammoth(package, document)))
        running = [*_running(package, "header"), *_running(package, "footer")]
    except _UNREADABLE as error:
        raise package.damaged() from error
    if not any(row.text.strip() for row in rows):
        raise InvalidInput(
            f"{filename}: the Word file holds no text. If its pages are pictures, ask for the file they were made from"
        )
    return to_extracted([*rows, *running])


# What mammoth does not tell is worked out first, and travels through it as a key before each paragraph.


def _prepare(package: WordPackage, filename: str) -> tuple[Element, list[_Look]]:
    document = package.document()
    body = document.find(f"{W}body")
    if body is None:
        raise InvalidInput(f"{filename}: the Word file holds no text")
    _set_free_text_boxes(body)
    paragraphs = list(body.iter(f"{W}p"))
    if len(paragraphs) > MOST_PARAGRAPHS:
        raise InvalidInput(f"{filename}: it has more than {MOST_PARAGRAPHS} paragraphs, so it is not read")
    styles = Styles(next(iter(package.related("styles")), None))
    numbering = next(iter(package.related("numbering")), None)
    counting = _Counting(Numbers(numbering, styles.lists()), styles, styled_levels(numbering))
    looks = [counting.look(paragraph) for paragraph in paragraphs]
    _simplify(body)
    for place, paragraph in enumerate(paragraphs):
        _put_key(paragraph, place)
    return document, looks


class _Counting:
    """Gives each paragraph its look, in the order of the page."""

    def __init__(self, numbers: Numbers, styles: Styles, styled: dict[tuple[str, str], int]) -> None:
        self._numbers, self._styles, self._styled = numbers, styles, styled

    def look(self, paragraph: Element) -> _Look:
        """Count the paragraph and say how it is printed."""
        properties = paragraph.find(f"{W}pPr")
        named = None if properties is None else properties.find(f"{W}pStyle")
        style_id = None if named is None else named.get(f"{W}val")
        style = self._styles.paragraph(style_id)
        left, hanging = read_indent(None if properties is None else properties.find(f"{W}ind"))
        look = _Look(
            rank=outline_rank(properties) or style.rank,
            is_contents=style.is_contents,
            indent=_letters(
                (left if left is not None else style.left or 0) - (hanging or style.hanging or 0)
            ),
        )
        list_id, depth = read_list(properties)
        list_id = style.list_id if list_id is None else list_id
        if list_id in (None, "0") or _is_gone(paragraph) or not _has_words(paragraph):
            return look
        if depth is None:
            depth = self._styled.get((str(list_id), style_id or ""), style.depth or 0)
        printed = self._numbers.next(str(list_id), depth)
        if printed is None:
            return look
        inner = left if left is not None else printed.left
        indent = _letters(inner - (hanging if hanging is not None else printed.hanging))
        return replace(look, number=printed.number, is_bullet=printed.is_bullet, indent=indent)


def _letters(twips: int) -> int:
    return min(max(twips, 0) // _TWIPS, 40)


def _is_gone(paragraph: Element) -> bool:
    """Whether the end of the paragraph is deleted or moved away by a tracked change, so that it is not counted."""
    return any(paragraph.find(f"{W}pPr/{W}rPr/{W}{mark}") is not None for mark in ("del", "moveFrom"))


def _has_words(paragraph: Element) -> bool:
    return any((part.text or "").strip() for part in paragraph.iter(f"{W}t"))


def _set_free_text_boxes(parent: Element) -> None:
    """Put the paragraphs of each text box after the paragraph it hangs on."""
    place = 0
    while place < len(parent):
        child = parent[place]
        if child.tag == f"{W}p":
            parent[place + 1 : place + 1] = _boxed(child)
        else:
            _set_free_text_boxes(child)
        place += 1


def _boxed(holder: Element) -> list[Element]:
    """The blocks of the paragraph's text boxes, taken out of it. Word writes each box twice; one is enough."""
    found: list[Element] = []
    for child in list(holder):
        if child.tag not in _PICTURES:
            found.extend(_boxed(child))
            continue
        found.extend(next(child.iter(f"{W}txbxContent"), ()))
        holder.remove(child)
    return found


def _simplify(root: Element) -> None:
    """Take out what does not matter to the words: mammoth's time grows with every element."""
    for holder in list(root.iter()):
        if holder.tag == f"{W}r":
            _simplify_run(holder)
        elif holder.tag == f"{W}pPr":
            holder[:] = [child for child in holder if child.tag == f"{W}rPr"]
        elif holder.tag == f"{W}hyperlink":
            holder.attrib.clear()
        holder[:] = [child for child in holder if child.tag not in _PICTURES]


def _simplify_run(run: Element) -> None:
    looks = run.find(f"{W}rPr")
    if looks is None:
        return
    hidden = looks.find(f"{W}vanish")
    if hidden is not None and hidden.get(f"{W}val") not in ("0", "false"):
        run[:] = []
        return
    looks[:] = [look for look in looks if look.tag in _KEPT_LOOKS]


def _put_key(paragraph: Element, place: int) -> None:
    run = ElementTree.Element(f"{W}r")
    ElementTree.SubElement(run, f"{W}t").text = f"\ue000{place}\ue001"
    properties = paragraph.find(f"{W}pPr")
    paragraph.insert(0 if properties is None else 1, run)


def _through_mammoth(package: WordPackage, document: Element) -> documents.Document:
    kept: list[documents.Document] = []

    def keep(read: documents.Document) -> documents.Document:
        kept.append(read)
        return documents.document([])

    mammoth.convert_to_html(io.BytesIO(_repacked(package, document)), transform_document=keep)
    return kept[0]


def _repacked(package: WordPackage, document: Element) -> bytes:
    """A Word file with nothing but the text and the notes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as zipped:
        zipped.writestr("word/document.xml", ElementTree.tostring(document))
        for kind in ("footnotes", "endnotes"):
            for part in package.related(kind)[:1]:
                _simplify(part)
                zipped.writestr(f"word/{kind}.xml", ElementTree.tostring(part))
    return packed.getvalue()


def _running(package: WordPackage, kind: str) -> Iterator[Row]:
    """The lines of the headers or footers, each once; they stand on every page and in no clause."""
    seen: set[str] = set()
    for part in package.related(kind):
        for paragraph in part.iter(f"{W}p"):
            text = fold(
                " ".join(
                    "".join(part.text or "" for part in run.iter(f"{W}t")) for run in paragraph.iter(f"{W}r")
                )
            )
            if text and text not in seen:
                seen.add(text)
                yield Row(text, blanks=1, why=RUNNING)


# From what mammoth read to lines


class _Lines:
    """Writes the document down in lines; a paragraph's key finds its look."""

    def __init__(self, looks: list[_Look]) -> None:
        self._looks = looks
        self._notes: list[Any] = []
        self._empty = 0

    def all(self, document: Any) -> Iterator[Row]:
        """The body and below it the notes, each a paragraph of its own under a title."""
        yield from self._blocks(document.children)
        notes = [document.notes.resolve(reference) for reference in self._notes]
        rows = [row for note in notes for row in self._blocks(note.body)]
        if rows:
            yield Row("# Notes", blanks=1)
            yield from rows

    def _blocks(self, blocks: list[Any]) -> Iterator[Row]:
        for block in blocks:
            if isinstance(block, documents.Paragraph):
                yield from self._paragraph(block)
            elif isinstance(block, documents.Table):
                for row in block.children:
                    yield from self._table_row(row)

    def _table_row(self, row: Any) -> Iterator[Row]:
        """One line, its cells set off by tabs; but where a cell holds several paragraphs, each stands alone."""
        cells = [list(self._blocks(getattr(cell, "children", []))) for cell in row.children]
        filled = [cell for cell in cells if cell]
        if len(filled) < 2 or any(len(cell) > 1 for cell in filled):
            yield from (line for cell in filled for line in cell)
            return
        yield Row("\t".join(cell[0].text.strip() if cell else "" for cell in cells), blanks=1)

    def _paragraph(self, paragraph: Any) -> Iterator[Row]:
        text, is_bold = self._words(paragraph)
        keys = _KEY.findall(text)
        text = _KEY.sub("", text).replace("\u2011", "-").replace("\u00ad", "")
        if not text.strip():
            self._empty += 1
            if "\f" in text:
                yield Row("\f")
            return
        # A deleted paragraph mark leaves two keys in one paragraph, which looks as the last of them.
        look = self._looks[int(keys[-1])] if keys else _Look()
        blanks, self._empty = max(1, self._empty), 0
        for part in text.strip("\t\n").split("\n"):
            line = _line(part, look, is_bold=is_bold)
            yield Row(line, blanks, CONTENTS if look.is_contents else "")
            look, blanks = replace(look, number="", is_bullet=False, rank=0), 0

    def _words(self, paragraph: Any) -> tuple[str, bool]:
        """The words of a paragraph, and whether all of them are bold."""
        written: list[str] = []
        bold: set[bool] = set()
        self._collect(paragraph, written, bold, is_bold=False)
        return "".join(written), bold == {True}

    def _collect(self, element: Any, written: list[str], bold: set[bool], *, is_bold: bool) -> None:
        for child in element.children:
            if isinstance(child, documents.Text):
                written.append(child.value)
                if _KEY.sub("", child.value).strip():
                    bold.add(is_bold)
            elif isinstance(child, documents.Tab):
                written.append("\t")
            elif isinstance(child, documents.Break):
                written.append("\f" if child.break_type == "page" else "\n")
            elif isinstance(child, documents.NoteReference):
                self._notes.append(child)
            elif isinstance(child, documents.HasChildren):
                inner = bool(child.is_bold) if isinstance(child, documents.Run) else is_bold
                self._collect(child, written, bold, is_bold=inner)


def _line(text: str, look: _Look, *, is_bold: bool) -> str:
    """The paragraph as the reader of lines wants it: marks of titles, bold and bullets; the number printed."""
    indent = look.indent + len(text) - len(text.lstrip(" "))
    text = _LEADING_TAB.sub(_after_mark, text.strip(" ")).lstrip("\t ")
    if look.number:
        text = f"{look.number} {text}"
    if is_bold:
        text = f"**{text.strip()}**"
    if look.rank and not is_clause_like(text):
        return f"{'#' * look.rank} {text}"
    return f"{' ' * indent}{'- ' if look.is_bullet else ''}{text}"


def _after_mark(match: re.Match[str]) -> str:
    """A number or bullet that was typed with a tab after it, with a space instead."""
    mark = match[1]
    is_mark = (
        read_mark(f"{mark} X") is not None or not any(letter.isalnum() for letter in mark) or mark == "o"
    )
    return f"{mark} " if is_mark else match[0]
