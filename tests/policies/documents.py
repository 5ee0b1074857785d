"""Turns the text of a policy into a Word document or a PDF, as offices make them, for tests of the importer."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Table

_HEADING = re.compile(r"^(#{1,6})\s+(.*)$")
_BULLET = re.compile(r"^( *)(?:[-•*–]|o(?= )) +(.*)$")
_MARK_UP = re.compile(r"</?(?:b|i)>|\*\*|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)|(?<=<)(?=https?:)", re.IGNORECASE)
_ROMANS = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")


@dataclass(frozen=True)
class Block:
    """One paragraph of a document: its words, and how it is set."""

    text: str
    rank: int = 0
    bullet: int = 0
    cells: tuple[str, ...] = ()


def blocks(text: str) -> Iterator[Block]:
    """The paragraphs of a text in which each line that is not blank is one."""
    for line in text.replace("\f", "").split("\n"):
        if not line.strip():
            continue
        if match := _HEADING.match(line.strip()):
            yield Block(plain(match[2]), rank=len(match[1]))
        elif match := _BULLET.match(line):
            yield Block(plain(match[2]), bullet=2 if match[1] else 1)
        elif "\t" in line:
            yield Block(plain(line), cells=tuple(plain(cell) for cell in line.split("\t")))
        else:
            yield Block(plain(line))


def plain(text: str) -> str:
    """The words without mark-up."""
    return re.sub(r"<(https?://[^>]+)>", r"\1", _MARK_UP.sub("", text)).strip()


# Word

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def run(text: str, looks: str = "") -> str:
    """A run of text; tabs become Word's."""
    parts = "<w:tab/>".join(
        f'<w:t xml:space="preserve">{html.escape(part, quote=False)}</w:t>' for part in text.split("\t")
    )
    return f"<w:r>{f'<w:rPr>{looks}</w:rPr>' if looks else ''}{parts}</w:r>"


def paragraph(content: str, properties: str = "") -> str:
    """A paragraph of runs."""
    return f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{content}</w:p>"


def in_list(number: int, depth: int = 0) -> str:
    """The properties of a paragraph in a list."""
    return f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>'


def table(rows: Iterable[Sequence[str]]) -> str:
    """A table of rows of cells of text."""
    written = "".join(
        "<w:tr>" + "".join(f"<w:tc>{paragraph(run(cell))}</w:tc>" for cell in row) + "</w:tr>" for row in rows
    )
    return f"<w:tbl>{written}</w:tbl>"


def level(depth: int, form: str, text: str, *, left: int = 0, more: str = "") -> str:
    """One level of a list."""
    return (
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{text}"/>'
        f'<w:pPr><w:ind w:left="{left or 720 * (depth + 1)}" w:hanging="360"/></w:pPr></w:lvl>'
    )


def numbering(abstracts: Sequence[str], lists: Sequence[tuple[int, dict[int, int]]]) -> str:
    """The numbering part: abstract lists, and lists (numbered from 1) of one of them with starts of their own."""
    written = "".join(
        f'<w:abstractNum w:abstractNumId="{place}">{levels}</w:abstractNum>'
        for place, levels in enumerate(abstracts)
    )
    for number, (abstract, starts) in enumerate(lists, start=1):
        overrides = "".join(
            f'<w:lvlOverride w:ilvl="{depth}"><w:startOverride w:val="{start}"/></w:lvlOverride>'
            for depth, start in starts.items()
        )
        written += f'<w:num w:numId="{number}"><w:abstractNumId w:val="{abstract}"/>{overrides}</w:num>'
    return f'<w:numbering xmlns:w="{W}">{written}</w:numbering>'


def styles(extra: str = "") -> str:
    """The styles part: Normal, Title, the headings and whatever else."""
    headings = "".join(
        f'<w:style w:type="paragraph" w:styleId="Heading{rank}"><w:name w:val="heading {rank}"/></w:style>'
        for rank in range(1, 7)
    )
    return (
        f'<w:styles xmlns:w="{W}"><w:style w:type="paragraph" w:default="1" w:styleId="Normal">'
        f'<w:name w:val="Normal"/></w:style>{headings}{extra}</w:styles>'
    )


def word_file(body: str, **parts: str) -> bytes:
    """A .docx file. `parts` are further parts by kind: numbering, styles, footnotes, header, footer."""
    types = "".join(
        f'<Override PartName="/word/{kind}.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        f'wordprocessingml.{kind}+xml"/>'
        for kind in parts
    )
    links = "".join(
        f'<Relationship Id="rId{place}" Type="{_R}/{kind}" Target="{kind}.xml"/>'
        for place, kind in enumerate(parts, start=1)
    )
    files = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        'ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/'
        f'vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_R}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{W}" xmlns:r="{_R}" xmlns:mc="http://schemas.openxmlformats.org/'
        f'markup-compatibility/2006"><w:body>{body}</w:body></w:document>',
        **{f"word/{kind}.xml": content for kind, content in parts.items()},
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    return packed.getvalue()


BULLET_LEVELS = level(0, "bullet", "\uf0b7") + level(1, "bullet", "o")


def typed_word(text: str) -> bytes:
    """The text as a Word document whose numbers are typed and whose bullets are Word's."""
    body = "".join(
        table([block.cells]) if block.cells else paragraph(run(block.text), _properties(block, 1))
        for block in blocks(text)
    )
    return word_file(
        body,
        styles=styles(),
        numbering=numbering([BULLET_LEVELS], [(0, {})]),
        header=_running("header", "Oakfield Academy Trust"),
        footer=_running("footer", "Social Media Policy\tPage 1 of 9"),
    )


def line_by_line_word(text: str) -> bytes:
    """The text as a Word document with a paragraph for each line, blank ones too, as it was pasted in."""
    return word_file("".join(paragraph(run(line)) for line in text.replace("\f", "").split("\n")))


def _running(kind: str, text: str) -> str:
    tag = {"header": "hdr", "footer": "ftr"}[kind]
    return f'<w:{tag} xmlns:w="{W}">{paragraph(run(text))}</w:{tag}>'


def _properties(block: Block, bullets: int) -> str:
    if block.rank:
        return f'<w:pStyle w:val="Heading{block.rank}"/>'
    return in_list(bullets, block.bullet - 1) if block.bullet else ""


@dataclass
class AutomaticWord:
    """Takes the typed numbers out of a text and has Word generate them."""

    text: str
    automatic: int = 0
    _lists: list[tuple[int, dict[int, int]]] = field(default_factory=list)
    _path: list[int] = field(default_factory=list)
    _open: dict[str, tuple[int, int]] = field(default_factory=dict)

    def file(self) -> bytes:
        """The document. `automatic` then says how many paragraphs have a number of Word's."""
        self._lists = [(0, {}), (1, {})]
        found = list(blocks(self.text))
        dots = self._dots(found)
        body = "".join(
            table([block.cells]) if block.cells else self._paragraph(block, dots) for block in found
        )
        decimal = "".join(
            level(depth, "decimal", ".".join(f"%{n}" for n in range(1, depth + 2)) + dot)
            for depth, dot in enumerate(dots)
        )
        letters = [level(0, form, text) for form, text in _FORMS.values()]
        return word_file(
            body, styles=styles(), numbering=numbering([BULLET_LEVELS, decimal, *letters], self._lists)
        )

    def _dots(self, found: list[Block]) -> list[str]:
        """For each depth of number, whether this document prints a full stop after it."""
        dots: dict[int, str] = {}
        for block in found:
            if match := _DECIMAL.match(block.text):
                dots.setdefault(match[1].count("."), match[2])
        return [dots.get(depth, "") for depth in range(4)]

    def _paragraph(self, block: Block, dots: list[str]) -> str:
        style = f'<w:pStyle w:val="Heading{block.rank}"/>' if block.rank else ""
        if match := _DECIMAL.match(block.text):
            path = [int(part) for part in match[1].split(".")]
            self._open = {}
            if len(path) <= 4 and dots[len(path) - 1] == match[2] and self._follows(path):
                self._path = path
                self.automatic += 1
                return paragraph(run(block.text[match.end() :]), style + in_list(2, len(path) - 1))
            return paragraph(run(block.text), style)
        if match := _LETTERED.match(block.text):
            number = self._letter(match)
            if number is not None:
                self.automatic += 1
                return paragraph(run(block.text[match.end() :]), style + in_list(number))
            return paragraph(run(block.text), style)
        return paragraph(run(block.text), _properties(block, 1))

    def _follows(self, path: list[int]) -> bool:
        """Whether Word would count so."""
        shared = self._path[: len(path)]
        expected = [*shared, *[0] * (len(path) - len(shared))]
        expected[-1] += 1
        return expected == path and (len(path) == 1 or len(self._path) >= len(path) - 1)

    def _letter(self, match: re.Match[str]) -> int | None:
        printed, bracketed = (match[1], True) if match[1] else (match[2], False)
        setting = "(x)" if bracketed else "x."
        roman = _ROMANS.index(printed) if printed in _ROMANS else 0
        letter = ord(printed) - 96 if len(printed) == 1 else 0
        for kind, value in (("letter", letter), ("roman", roman)):
            name = f"{kind}{setting}"
            if value and name in self._open and self._open[name][1] == value - 1:
                self._open[name] = (self._open[name][0], value)
                return self._open[name][0]
        if 1 not in (letter, roman):
            return None
        name = f"{'letter' if letter == 1 else 'roman'}{setting}"
        self._lists.append((2 + list(_FORMS).index(name), {0: 1}))
        self._open[name] = (len(self._lists), 1)
        return len(self._lists)


_DECIMAL = re.compile(r"^(\d+(?:\.\d+)*)(\.?)\s+")
_LETTERED = re.compile(r"^(?:\(([a-z]{1,4})\)|([a-z])\.)\s+")
_FORMS = {
    "letter(x)": ("lowerLetter", "(%1)"),
    "roman(x)": ("lowerRoman", "(%1)"),
    "letterx.": ("lowerLetter", "%1."),
    "romanx.": ("lowerRoman", "%1."),
}


# PDF


def pdf_file(text: str, *, size: float = 10.5, header: str = "Oakfield Academy Trust") -> bytes:
    """The text as a PDF of wrapped paragraphs, with a header and a footer on each page."""
    sheet = getSampleStyleSheet()
    body = ParagraphStyle("body", parent=sheet["Normal"], fontSize=size, leading=size * 1.25, spaceAfter=7)
    flow: list[Flowable] = []
    for block in blocks(text):
        words = html.escape(block.text, quote=False)
        if block.rank:
            flow.append(Paragraph(words, sheet[f"Heading{min(block.rank, 4)}"]))
        elif block.bullet:
            inner = 18 * block.bullet
            item = ParagraphStyle("item", parent=body, leftIndent=inner, bulletIndent=inner - 12)
            flow.append(Paragraph(words, item, bulletText="•" if block.bullet == 1 else "o"))
        elif block.cells:
            flow.append(Table([[Paragraph(html.escape(cell, quote=False), body) for cell in block.cells]]))
        else:
            flow.append(Paragraph(words, body))

    def furnish(canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(60, A4[1] - 40, header)
        canvas.drawString(60, 30, "Social Media Policy")
        canvas.drawRightString(A4[0] - 60, 30, f"Page {document.page}")

    made = io.BytesIO()
    page = SimpleDocTemplate(made, pagesize=A4, topMargin=72, bottomMargin=72)
    page.build(flow, onFirstPage=furnish, onLaterPages=furnish)
    return made.getvalue()


def page_by_page_pdf(pages: Sequence[Sequence[tuple[float, float, str]]], size: float = 11) -> bytes:
    """A PDF with each text put at a place (points from the left and from the foot) of its page."""
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=A4)
    for page in pages:
        canvas.setFont("Helvetica", size)
        for x, y, text in page:
            canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()
    return made.getvalue()


def printed_pdf(text: str, width: int = 95) -> bytes:
    """The text as a word processor prints a plain text file: letters of one width, lines folded."""
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=A4)
    height = 0.0
    for line in text.replace("\f", "").split("\n"):
        for piece in _folded(line.expandtabs(8), width):
            if height < 60:
                if height:
                    canvas.showPage()
                canvas.setFont("Courier", 9)
                height = 780
            canvas.drawString(50, height, piece)
            height -= 11
    canvas.save()
    return made.getvalue()


def _folded(line: str, width: int) -> Iterator[str]:
    while len(line) > width and " " in line[:width].strip():
        at = line.rindex(" ", 0, width)
        yield line[:at]
        line = line[at + 1 :]
    yield line
