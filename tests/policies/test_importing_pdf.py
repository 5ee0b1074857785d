"""PDFs: paragraphs, bullets and running lines told by their place, and files that cannot be read."""

from __future__ import annotations

import contextlib
import io
import random
import re
import zlib

import pytest
from pypdf import PdfReader, PdfWriter
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from elearn.errors import InvalidInput
from elearn.policies.importing import ImportedPolicy, read_policy
from elearn.policies.importing.pdf import MOST_PAGES
from tests.cost import cost
from tests.policies.documents import page_by_page_pdf, pdf_file, typed_word

TEXT = "# Media Policy\n\n1. Scope\n\n1.1 Staff must ask.\n\n1.2 Staff must not post pictures of pupils.\n"
GOOD = pdf_file(TEXT)
HEIGHT = A4[1]


def texts(policy: ImportedPolicy) -> list[tuple[str, str]]:
    return [(clause.ref, clause.text) for clause in policy.clauses]


def read_pages(*pages: list[tuple[float, float, str]]) -> ImportedPolicy:
    return read_policy(page_by_page_pdf(pages), "policy.pdf")


def column(*lines: str, x: float = 72, top: float = 700, step: float = 14) -> list[tuple[float, float, str]]:
    """Lines below one another; an empty one leaves its space free."""
    return [(x, top - step * place, line) for place, line in enumerate(lines) if line]


START = ("Media Policy", "", "1. Scope", "")


# What the place tells


def test_a_paragraph_cut_by_the_page_is_one_and_what_runs_on_each_page_is_left_out() -> None:
    def running(number: int) -> list[tuple[float, float, str]]:
        return [(72, HEIGHT - 40, "Oak Trust Media Policy"), (280, 30, f"{number}"), (400, 30, "Version 3")]

    first = column(*START, "1.1 Staff must not post pictures of the pupils whom they teach in")
    second = column(
        "Oak School or of their brothers and sisters, whoever asks them to do so.", "", "1.2 Ask."
    )
    policy = read_pages([*running(1), *first], [*running(2), *second], [*running(3), *column("1.3 Tell.")])
    assert texts(policy) == [
        (
            "1.1",
            "Staff must not post pictures of the pupils whom they teach in Oak School or of their brothers and "
            "sisters, whoever asks them to do so.",
        ),
        ("1.2", "Ask."),
        ("1.3", "Tell."),
    ]
    reasons = {row.why for row in policy.left_out if row.text.startswith(("Oak Trust", "1\t", "2\t"))}
    assert reasons == {"running header or footer"}
    assert policy.version == "3"


def test_rules_that_stand_at_one_height_on_each_page_are_no_running_lines() -> None:
    pages = [column(*START, "1.1 Rule 1 is that staff must ask.", top=790)]
    pages += [
        column(f"1.{n} Rule {7 - n} is that staff must ask.", "", "Nothing else.", top=790) for n in (2, 3, 4)
    ]
    refs = [ref for ref, _ in texts(read_pages(*pages))]
    assert [ref for ref in refs if "¶" not in ref] == ["1.1", "1.2", "1.3", "1.4"]


def test_bullets_of_two_kinds_keep_their_levels() -> None:
    lines = column(*START, "Staff must not:", "")
    lines += [(80, 616, "•"), (94, 616, "post:"), (100, 602, "o"), (114, 602, "pictures of pupils, whoever")]
    lines += [
        (114, 588, "has asked them to;"),
        (100, 574, "o"),
        (114, 574, "names;"),
        (80, 560, "•"),
        (94, 560, "share."),
    ]
    assert texts(read_pages(lines))[1:] == [
        ("1 ¶1 bullet 1", "post:"),
        ("1 ¶1 bullet 1.1", "pictures of pupils, whoever has asked them to;"),
        ("1 ¶1 bullet 1.2", "names;"),
        ("1 ¶1 bullet 2", "share."),
    ]


def test_bullets_that_are_drawn_and_not_printed_are_seen() -> None:
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=A4)
    canvas.setFont("Helvetica", 11)
    for x, y, text in [
        *column(*START, "Staff must not:", ""),
        (94, 616, "post pictures;"),
        (94, 600, "share."),
    ]:
        canvas.drawString(x, y, text)
    canvas.rect(60, 500, 300, 200)
    for y in (620, 604):
        canvas.circle(84, y, 2, stroke=0, fill=1)
    canvas.save()
    found = texts(read_policy(made.getvalue(), "policy.pdf"))
    assert found[1:] == [("1 ¶1 bullet 1", "post pictures;"), ("1 ¶1 bullet 2", "share.")]


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("1.1 Staff must not communicate by private communi-", "cation with pupils.", "communication with"),
        ("1.1 Staff must be well-informed and well-", "informed staff must ask.", "and well-informed staff"),
        ("1.1 Staff must never use light-", "hearted posts.", "light-hearted posts"),
        ("1.1 Staff must ask the head and/", "or the trust.", "head and/or the trust"),
        ("1.1 Staff must ask, the ﬁrst of", "all.", "the first of all"),
    ],
)
def test_words_cut_by_the_end_of_a_line_are_made_whole(first: str, second: str, whole: str) -> None:
    first = first.replace("ﬁ", "fi")
    assert whole in texts(read_pages(column(*START, first, second)))[0][1]


def test_the_cells_of_a_table_row_are_one_line() -> None:
    record = [
        (72, 760, "Media Policy"),
        (72, 730, "Document owner"), (250, 730, "Head of"), (250, 716, "people"),
        (72, 690, "Approved on"), (250, 690, "1 March 2024"),
    ]  # fmt: skip
    policy = read_pages([*record, *column("1. Scope", "", "1.1 Staff must ask.", top=640)])
    assert [row.text for row in policy.left_out if "owner" in row.text] == ["Document owner\tHead of people"]
    assert [date.on for date in policy.dates] == ["2024-03-01"]
    assert texts(policy) == [("1.1", "Staff must ask.")]


def test_text_across_the_page_is_no_part_of_the_policy() -> None:
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=A4)
    canvas.setFont("Helvetica", 11)
    for x, y, text in column(*START, "1.1 Staff must ask."):
        canvas.drawString(x, y, text)
    canvas.rotate(45)
    canvas.drawString(400, 100, "DRAFT")
    canvas.save()
    assert texts(read_policy(made.getvalue(), "policy.pdf")) == [("1.1", "Staff must ask.")]


def test_a_page_that_is_shown_turned_reads_the_same() -> None:
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=(A4[1], A4[0]))
    canvas.setFont("Helvetica", 11)
    canvas.translate(A4[1], 0)
    canvas.rotate(90)
    for x, y, text in column(*START, "1.1 Staff must ask.", "", "1.2 Staff may read."):
        canvas.drawString(x, y, text)
    canvas.save()
    writer = PdfWriter(clone_from=io.BytesIO(made.getvalue()))
    writer.pages[0].rotate(90)
    turned = io.BytesIO()
    writer.write(turned)
    assert texts(read_policy(turned.getvalue(), "policy.pdf")) == [
        ("1.1", "Staff must ask."),
        ("1.2", "Staff may read."),
    ]


# Files that cannot be read


def locked(data: bytes, *, user: str, owner: str = "owner") -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(data))
    writer.encrypt(user_password=user, owner_password=owner, algorithm="AES-256")
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def pictures(count: int = 2) -> bytes:
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=A4)
    for _ in range(count):
        canvas.rect(50, 50, 400, 700, fill=1)
        canvas.showPage()
    canvas.save()
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (GOOD[:40], "policy.pdf", "the PDF is damaged or cut short"),
        (b"%PDF-1.7\n" + b"nonsense " * 200, "policy.pdf", "the PDF is damaged or cut short"),
        (locked(GOOD, user="secret"), "policy.pdf", "protected with a password"),
        (pictures(), "policy.pdf", "holds pictures of pages, not text. Ask for the Word file"),
        (b"<!DOCTYPE html><p>1.1 Staff must ask.", "policy.pdf", "this is a web page"),
        (typed_word(TEXT), "policy.pdf", "if it is a Word document"),
        (b"1.1 Staff must ask.", "policy.pdf", "the name says a PDF"),
        (GOOD, "policy.docx", "give it a name that ends in .pdf"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(data: bytes, name: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(words)) as refused:
        read_policy(data, name)
    assert str(refused.value).startswith(f"{name}: ")


def test_a_pdf_that_only_forbids_changes_is_read() -> None:
    assert texts(read_policy(locked(GOOD, user=""), "policy.pdf")) == texts(read_policy(GOOD, "policy.pdf"))


def test_a_page_that_is_a_picture_among_pages_of_text_is_warned_about() -> None:
    writer = PdfWriter()
    for data in (GOOD, pictures(1)):
        writer.append(PdfReader(io.BytesIO(data)))
    made = io.BytesIO()
    writer.write(made)
    assert read_policy(made.getvalue(), "policy.pdf").warnings == (
        "Page 2 holds no text, perhaps a picture of it; what it says is not read",
    )


def pdf_of(pages: int) -> bytes:
    """A PDF of so many pages, each with one clause."""
    made = io.BytesIO()
    canvas = Canvas(made)
    for _ in range(pages):
        canvas.drawString(72, 700, "1.1 Staff must ask.")
        canvas.showPage()
    canvas.save()
    return made.getvalue()


def test_a_pdf_of_more_pages_than_any_policy_is_refused_before_it_is_read() -> None:
    most, more = pdf_of(MOST_PAGES), pdf_of(MOST_PAGES + 1)

    def refuse() -> None:
        with pytest.raises(InvalidInput, match=f"at most {MOST_PAGES} are read"):
            read_policy(more, "policy.pdf")

    assert cost(refuse) < cost(lambda: read_policy(most, "policy.pdf"), times=1) / 2


def bare_pdf(*objects: bytes) -> bytes:
    """A PDF of one page: objects 4 and on are these, the first of them what the page draws."""
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</A 5 0 R>>>>>>",
        *objects,
    ]
    data = b"%PDF-1.4\n"
    for number, part in enumerate(parts, start=1):
        data += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    return data + b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n0\n%%%%EOF" % (len(parts) + 1)


def stream(content: bytes, more: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (more, len(content), content)


def refuse_as_too_large(data: bytes) -> None:
    assert len(data) < 400_000
    with pytest.raises(InvalidInput, match="too large to be read"):
        read_policy(data, "policy.pdf")


def test_ten_times_as_much_to_unpack_is_refused_for_less_than_half_as_much_more() -> None:
    def unpacking_to(size: int) -> bytes:
        content = zlib.compress(b"BT (1.1 Staff must ask.) Tj ET " + b" " * size)
        return bare_pdf(stream(content, b"/Filter/FlateDecode"))

    small, huge = unpacking_to(30_000_000), unpacking_to(300_000_000)
    assert cost(lambda: refuse_as_too_large(huge)) < 5 * cost(lambda: refuse_as_too_large(small))


def test_a_pdf_whose_parts_draw_one_another_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</A %d 0 R>>>>"
    parts = [stream(b"/A Do " * 20, form % number) for number in range(6, 12)]
    data = bare_pdf(stream(b"/A Do " * 20), *parts, stream(b"q Q " * 20, form % 12))

    def refuse(operations: int) -> None:
        monkeypatch.setattr("elearn.policies.importing.pdf.MOST_OPERATIONS", operations)
        refuse_as_too_large(data)

    few = cost(lambda: refuse(4_000))
    assert (
        cost(lambda: refuse(20_000)) < 10 * few
    )  # what it costs goes by what is allowed, not by what is asked


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_pdf_is_refused_or_read_but_never_fails_otherwise(seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(GOOD)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(data))
        data[at : at + chance.randint(1, 30)] = chance.randbytes(chance.randint(0, 30))
    with contextlib.suppress(InvalidInput):
        assert read_policy(bytes(data), "policy.pdf").clauses


def test_a_footer_that_is_spaced_otherwise_from_page_ten_on_still_runs() -> None:
    pages = [column(*START, "1.1 Staff must ask.")]
    pages += [column(f"1.{number} Staff must tell the head of part {number * 7}.") for number in range(2, 13)]
    for number, page in enumerate(pages, start=1):
        page += [(72, 30, "Oak"), (100 + 100 * (number < 10), 30, f"{number}"), (230, 30, "/12")]
    policy = read_pages(*pages)
    assert [ref for ref, _ in texts(policy)] == [f"1.{number}" for number in range(1, 13)]
