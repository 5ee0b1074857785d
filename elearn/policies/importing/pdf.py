"""From a PDF to lines of text: pypdf tells what stands where, and the place tells paragraphs and furniture."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pypdf import PageObject, PasswordType, PdfReader
from pypdf.errors import LimitReachedError, PyPdfError

from elearn.errors import InvalidInput
from elearn.policies.importing.extracted import Extracted, to_extracted
from elearn.policies.importing.pdf_lines import Fragment, Page
from elearn.policies.importing.pdf_marks import ShapeReader, drawn_bullets
from elearn.policies.importing.pdf_rows import page_rows

MOST_PAGES = 300
MOST_CONTENT_BYTES = 20 * 1024 * 1024
MOST_LETTERS = 2_000_000
MOST_OPERATIONS = 1_000_000
_FEWEST_LETTERS = 10  # on a page, on average: fewer are the marks of a scanner
# What pypdf raises on files that are cut short or made to be wrong, beside its own errors.
_DAMAGED = (
    PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, AssertionError,
    NotImplementedError, OverflowError, ZeroDivisionError, OSError,
)  # fmt: skip
Matrix = list[float]


def read_pdf(data: bytes, filename: str) -> Extracted:
    """The text of a PDF, a line for each line of the page. Raises InvalidInput saying what is wrong."""
    with _quiet():
        try:
            reader = PdfReader(io.BytesIO(data))
            _unlock(reader, filename)
            pages = list(_pages(reader, filename))
        except LimitReachedError as error:
            raise _too_large(filename) from error
        except _DAMAGED as error:
            raise InvalidInput(
                f"{filename}: the PDF is damaged or cut short. Ask for it again, or save the document as a new PDF"
            ) from error
    without = [page.number for page in pages if page.letters == 0]
    if sum(page.letters for page in pages) < _FEWEST_LETTERS * len(pages):
        raise InvalidInput(
            f"{filename}: this PDF holds pictures of pages, not text. Ask for the Word file or PDF that was "
            "printed and scanned, or have the text recognised (OCR) and give that file"
        )
    warnings = [
        f"Page {number} holds no text, perhaps a picture of it; what it says is not read"
        for number in without
    ]
    return to_extracted(page_rows(pages), warnings)


def _unlock(reader: PdfReader, filename: str) -> None:
    """A PDF that only forbids changes opens without a password; one that forbids reading does not."""
    if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
        raise InvalidInput(
            f"{filename}: it is protected with a password. Save a copy without the password and give that"
        )


def _pages(reader: PdfReader, filename: str) -> Iterator[Page]:
    count = len(reader.pages)
    if count > MOST_PAGES:
        raise InvalidInput(f"{filename}: it has {count} pages; at most {MOST_PAGES} are read")
    size = letters = operations = 0
    for number, page in enumerate(reader.pages, start=1):
        contents = page.get_contents()
        size += 0 if contents is None else len(contents.get_data())
        if size > MOST_CONTENT_BYTES or letters > MOST_LETTERS:
            raise _too_large(filename)
        read, done = _read_page(page, number, MOST_OPERATIONS - operations)
        letters, operations = letters + read.letters, operations + done
        if operations >= MOST_OPERATIONS:
            raise _too_large(filename)
        yield read


def _too_large(filename: str) -> InvalidInput:
    return InvalidInput(f"{filename}: unpacked, its pages are too large to be read")


def _read_page(page: PageObject, number: int, most: int) -> tuple[Page, int]:
    """A page, and how many drawing operations it took: parts that draw parts that draw parts have no end."""
    width, height = float(page.mediabox.width), float(page.mediabox.height)
    left, bottom = float(page.mediabox.left), float(page.mediabox.bottom)
    turned = page.rotation % 360
    found: list[Fragment] = []

    def visit(text: str, above: Matrix, own: Matrix, font: Any, size: float) -> None:
        matrix = _times(own, above)
        x, y, along, aside = matrix[4] - left, matrix[5] - bottom, matrix[0], matrix[1]
        x, y, along, aside = _upright(x, y, along, aside, turned, width, height)
        if not text.strip():
            if found and abs(found[-1].y - y) < 1 and x > found[-1].x:
                found[-1].end = x
            return
        height_of = abs(matrix[0] * matrix[3] - matrix[1] * matrix[2]) ** 0.5
        is_level = along > 0 and abs(aside) <= abs(along) * 0.1
        name = str(font.get("/BaseFont", "")) if font else ""
        found.append(Fragment(text, x, y, max(abs(size * height_of), 1), name, is_level))

    drawn, done = ShapeReader(), 0

    def watch(operator: Any, operands: Any, above: Matrix, _: Matrix) -> None:
        nonlocal done
        done += 1
        if done > most:
            raise LimitReachedError("too many operations")
        drawn.take(operator, operands, above)

    page.extract_text(visitor_text=visit, visitor_operand_before=watch)
    if not turned and not left and not bottom:
        found = drawn_bullets(drawn.shapes, found)
    if turned in (90, 270):
        width, height = height, width
    return Page(number, width, height, found), done


def _times(one: Matrix, two: Matrix) -> Matrix:
    a, b, c, d, e, f = one
    g, h, i, j, k, m = two
    return [
        a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m,
    ]  # fmt: skip


def _upright(
    x: float, y: float, along: float, aside: float, turned: int, width: float, height: float
) -> tuple[float, float, float, float]:
    """A place and direction on a page that is shown turned clockwise."""
    if turned == 90:
        return y, width - x, aside, -along
    if turned == 180:
        return width - x, height - y, -along, -aside
    if turned == 270:
        return height - y, x, -aside, along
    return x, y, along, aside


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep pypdf's remarks on odd files out of the log: what matters is said in the error."""
    logger = logging.getLogger("pypdf")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before
