"""Word documents: the numbers Word makes, what it keeps beside the text, and files that are none."""

from __future__ import annotations

import contextlib
import io
import random
import re
import zipfile

import pytest

from elearn.errors import InvalidInput
from elearn.policies.importing import ImportedPolicy, read_policy
from elearn.policies.importing.word import read_word
from elearn.policies.importing.word_numbers import in_form
from tests.cost import cost
from tests.policies.documents import (
    BULLET_LEVELS,
    W,
    in_list,
    level,
    numbering,
    paragraph,
    run,
    styles,
    table,
    typed_word,
    word_file,
)

TITLE = paragraph(run("Social Media Policy"), '<w:pStyle w:val="Heading1"/>')
SCOPE = paragraph(run("1. Scope"), '<w:pStyle w:val="Heading2"/>')


def read(body: str, **parts: str) -> ImportedPolicy:
    parts.setdefault("styles", styles())
    return read_policy(word_file(TITLE + body, **parts), "policy.docx")


def texts(policy: ImportedPolicy) -> list[tuple[str, str]]:
    return [(clause.ref, clause.text) for clause in policy.clauses]


def item(text: str, number: int, depth: int = 0) -> str:
    return paragraph(run(text), in_list(number, depth))


# Numbers


DECIMAL = level(0, "decimal", "%1.") + level(1, "decimal", "%1.%2") + level(2, "lowerLetter", "(%3)")
WITH_ROMANS = DECIMAL + level(3, "lowerRoman", "(%4)")


def test_numbers_that_word_makes_are_read_as_they_are_printed() -> None:
    body = "".join(
        item(text, 1, depth)
        for text, depth in (
            ("Scope", 0),
            ("Staff must ask.", 1),
            ("Staff must not:", 1),
            ("post pictures;", 2),
            ("say:", 2),
            ("names;", 3),
            ("ages;", 3),
            ("share passwords.", 2),
            ("Use", 0),
            ("Staff may read.", 1),
        )
    )
    policy = read(body, numbering=numbering([WITH_ROMANS], [(0, {})]))
    refs = [clause.ref for clause in policy.clauses]
    assert refs == ["1.1", "1.2", "1.2(a)", "1.2(b)", "1.2(b)(i)", "1.2(b)(ii)", "1.2(c)", "2.1"]
    assert policy.warnings == ()


def test_a_list_that_is_told_to_start_again_does_and_one_that_is_not_goes_on() -> None:
    letters = level(0, "lowerLetter", "(%1)")
    body = SCOPE + paragraph(run("1.1 Staff must not:")) + item("post;", 1) + item("share.", 1)
    body += paragraph(run("1.2 Staff must:")) + item("ask;", 2) + item("tell.", 2)
    again = read(body, numbering=numbering([letters], [(0, {}), (0, {0: 1})]))
    assert [ref for ref, _ in texts(again)] == ["1.1", "1.1(a)", "1.1(b)", "1.2", "1.2(a)", "1.2(b)"]
    on = read(body, numbering=numbering([letters], [(0, {}), (0, {})]))
    assert [ref for ref, _ in texts(on)][-2:] == ["1.2(c)", "1.2(d)"]


def test_numbers_come_from_the_style_of_a_heading_and_those_it_is_based_on() -> None:
    tied = level(0, "decimal", "%1", more='<w:pStyle w:val="Part"/>') + level(
        1, "decimal", "%1.%2", more='<w:pStyle w:val="Rule"/>'
    )
    extra = (
        '<w:style w:type="paragraph" w:styleId="Part"><w:name w:val="Part"/><w:pPr><w:outlineLvl w:val="0"/>'
        '<w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Rule"><w:name w:val="Rule"/><w:pPr><w:numPr><w:numId '
        'w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Small"><w:basedOn w:val="Rule"/><w:name w:val="Small"/></w:style>'
    )
    body = (
        paragraph(run("Scope"), '<w:pStyle w:val="Part"/>')
        + paragraph(run("Staff must ask."), '<w:pStyle w:val="Rule"/>')
        + paragraph(run("Staff may read."), f'<w:pStyle w:val="Small"/>{in_list(1, 1)}')
        + paragraph(run("No number here."), '<w:pStyle w:val="Rule"/><w:numPr><w:numId w:val="0"/></w:numPr>')
    )
    policy = read(body, styles=styles(extra), numbering=numbering([tied], [(0, {})]))
    assert [ref for ref, _ in texts(policy)] == ["1.1", "1.2", "1 closing ¶"]
    assert policy.headings[-1].text == "Scope"


def test_a_level_that_counts_on_and_one_in_plain_figures_are_followed() -> None:
    on = level(0, "upperRoman", "%1.") + level(1, "decimal", "%2.", more='<w:lvlRestart w:val="0"/>')
    legal = on + level(2, "decimal", "%1.%3", more="<w:isLgl/>")
    body = item("A", 1) + item("x", 1, 1) + item("B", 1) + item("y", 1, 1) + item("z", 1, 2)
    text = read_lines_of(body, numbering([legal], [(0, {})]))
    assert text == ["I. A", "1. x", "II. B", "2. y", "2.1 z"]


def read_lines_of(body: str, lists: str) -> list[str]:
    lines = read_word(word_file(body, styles=styles(), numbering=lists), "p.docx").text.split("\n")
    return [line.strip() for line in lines if line.strip()]


@pytest.mark.parametrize(
    ("value", "form", "printed"),
    [
        (27, "lowerLetter", "aa"),
        (3, "upperLetter", "C"),
        (49, "lowerRoman", "xlix"),
        (4, "upperRoman", "IV"),
        (7, "decimalZero", "07"),
        (7, "none", ""),
        (7, "ordinalText", "7"),
    ],
)
def test_a_number_is_printed_in_its_form(value: int, form: str, printed: str) -> None:
    assert in_form(value, form) == printed


def test_bullets_at_two_levels_keep_their_levels() -> None:
    body = SCOPE + paragraph(run("Staff must not:"))
    body += item("post:", 1) + item("pictures", 1, 1) + item("names", 1, 1) + item("share", 1)
    policy = read(body, numbering=numbering([BULLET_LEVELS], [(0, {})]))
    assert [ref for ref, _ in texts(policy)] == [
        "1 ¶1",
        "1 ¶1 bullet 1",
        "1 ¶1 bullet 1.1",
        "1 ¶1 bullet 1.2",
        "1 ¶1 bullet 2",
    ]


# What stands beside the text


def test_deleted_text_is_out_and_inserted_text_in() -> None:
    change = '<w:del w:id="1" w:author="A"><w:r><w:delText>never </w:delText></w:r></w:del>'
    added = f'<w:ins w:id="2" w:author="A">{run("always ")}</w:ins>'
    gone = (
        '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr><w:rPr><w:del w:id="3"/></w:rPr>'
        '</w:pPr><w:del w:id="4"><w:r><w:delText>share;</w:delText></w:r></w:del></w:p>'
    )
    body = SCOPE + paragraph(run("1.1 Staff must ") + change + added + run("ask:"))
    body += item("first;", 1) + gone + item("second.", 1)
    lists = numbering([level(0, "lowerLetter", "(%1)")], [(0, {})])
    assert texts(read(body, numbering=lists)) == [
        ("1.1", "Staff must always ask:"),
        ("1.1(a)", "first;"),
        ("1.1(b)", "second."),
    ]


def test_notes_at_the_foot_are_paragraphs_of_their_own() -> None:
    mark = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    notes = (
        f'<w:footnotes xmlns:w="{W}"><w:footnote w:type="separator" w:id="0">{paragraph("")}</w:footnote>'
        f'<w:footnote w:id="2">{paragraph(run("A photo must never be kept."))}</w:footnote></w:footnotes>'
    )
    body = SCOPE + paragraph(run("1.1 Staff must ask") + mark + run(" first."))
    assert texts(read(body, footnotes=notes)) == [
        ("1.1", "Staff must ask first."),
        ("Notes ¶1", "A photo must never be kept."),
    ]


def test_a_text_box_is_read_once_where_it_hangs() -> None:
    box = f"<w:txbxContent>{paragraph(run('Staff must never guess.'))}</w:txbxContent>"
    drawing = (
        f"<w:r><mc:AlternateContent><mc:Choice><w:drawing>{box}</w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    body = SCOPE + paragraph(run("1.1 Staff must ask.") + drawing) + paragraph(run("1.2 Staff may read."))
    assert texts(read(body)) == [
        ("1.1", "Staff must ask."),
        ("1.1 ¶2", "Staff must never guess."),
        ("1.2", "Staff may read."),
    ]


def test_the_contents_list_headers_and_footers_are_left_out_with_the_reason() -> None:
    extra = '<w:style w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style>'
    contents = paragraph(run("Scope of what staff must not do\t3"), '<w:pStyle w:val="TOC1"/>')
    header = f'<w:hdr xmlns:w="{W}">{paragraph(run("Oak Trust"))}</w:hdr>'
    version = run("Version 3.1\t") + run("1")
    footer = f'<w:ftr xmlns:w="{W}">{paragraph(version)}</w:ftr>'
    body = contents + SCOPE + paragraph(run("1.1 Staff must ask."))
    policy = read(body, styles=styles(extra), header=header, footer=footer)
    assert [ref for ref, _ in texts(policy)] == ["1.1"]
    reasons = {row.text: row.why for row in policy.left_out}
    assert reasons["Scope of what staff must not do\t3"] == "contents list"
    assert reasons["Oak Trust"] == reasons["Version 3.1 1"] == "running header or footer"
    assert policy.organisation == "Oak Trust"


def test_a_rule_in_the_footer_is_a_clause() -> None:
    footer = f'<w:ftr xmlns:w="{W}">{paragraph(run("Staff must not copy this."))}</w:ftr>'
    policy = read(SCOPE + paragraph(run("1.1 Staff must ask.")), footer=footer)
    assert texts(policy)[-1] == ("Running line ¶1", "Staff must not copy this.")


def test_a_table_of_the_record_is_left_out_and_one_of_rules_is_kept() -> None:
    record = table([("Document owner", "HR"), ("Approved on", "1 March 2024"), ("Next review", "March 2026")])
    rules = table([("The head", "must answer within a day."), ("Staff", "must not answer the press.")])
    policy = read(record + SCOPE + paragraph(run("1.1 Who does what:")) + rules)
    assert [(date.role.value, date.on) for date in policy.dates] == [
        ("approved", "2024-03-01"),
        ("review_due", "2026-03"),
    ]
    assert [row.why for row in policy.left_out if "HR" in row.text] == ["metadata table"]
    assert [text for _, text in texts(policy)] == [
        "Who does what:",
        "The head must answer within a day.",
        "Staff must not answer the press.",
    ]


def test_hidden_text_is_not_read() -> None:
    body = SCOPE + paragraph(run("1.1 Staff must ask.") + run(" Draft note.", "<w:vanish/>"))
    assert texts(read(body)) == [("1.1", "Staff must ask.")]


def test_a_clause_styled_as_a_title_is_a_clause() -> None:
    styled = '<w:pStyle w:val="Heading2"/>'
    body = SCOPE + paragraph(run("1.1 Staff must not post pictures of pupils."), styled)
    body += paragraph(run("1.2 Staff may read."), styled)
    policy = read(body)
    assert [(clause.ref, clause.kind.value) for clause in policy.clauses] == [
        ("1.1", "clause"),
        ("1.2", "clause"),
    ]


# Files that are none


def zipped(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return packed.getvalue()


OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
GOOD = typed_word("# Media Policy\n\n1. Scope\n\n1.1 Staff must ask.\n")
DEEP = f'<w:document xmlns:w="{W}"><w:body>' + "<w:sdt>" * 5000 + "</w:sdt>" * 5000 + "</w:body></w:document>"
LAUGHS = (
    b'<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    + f'<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>'.encode()
)


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (OLD_WORD, "policy.docx", "old Word file (.doc). Open it in Word, save it as .docx"),
        (OLD_WORD + "EncryptedPackage".encode("utf-16-le"), "policy.docx", "protected with a password"),
        (b"{\\rtf1 Staff must ask.}", "policy.docx", "rich text file"),
        (b"<html><p>Staff must ask.</p></html>", "policy.docx", "web page"),
        (b"%PDF-1.7 ...", "policy.docx", "this is a PDF; give it a name that ends in .pdf"),
        (b"1.1 Staff must ask.", "policy.docx", "the name says a Word document"),
        (GOOD, "policy.pdf", "if it is a Word document, give it a name that ends in .docx"),
        (GOOD, "policy.txt", "if it is a Word document, give it a name that ends in .docx"),
        (GOOD[: len(GOOD) // 2], "policy.docx", "the Word file is damaged"),
        (GOOD.replace(b"word/document.xml", b"word/dokument.xml"), "policy.docx", "not a Word document"),
        (zipped(xl__workbook_xml=b"<a/>"), "policy.docx", "an Excel workbook"),
        (zipped(readme=b"hello"), "policy.docx", "a zip file, not a Word document"),
        (zipped(word__document_xml=b"<w:document"), "policy.docx", "damaged"),
        (zipped(word__document_xml=b"<document/>"), "policy.docx", "holds no text"),
        (zipped(word__document_xml=DEEP.encode()), "policy.docx", "damaged"),
        (zipped(word__document_xml=LAUGHS), "policy.docx", "damaged"),
        (word_file(paragraph(run(" "))), "policy.docx", "holds no text"),
        (word_file(paragraph(run("Contents"))), "policy.docx", "no clause was found"),
    ],
)
def test_what_is_no_word_document_is_refused_with_what_to_do(data: bytes, name: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(words)) as refused:
        read_policy(data, name)
    assert str(refused.value).startswith(f"{name}: ")


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused_at_once() -> None:
    bomb = zipped(word__document_xml=b"<a>" + b" " * 60_000_000 + b"</a>")
    assert len(bomb) < 100_000
    larger = zipped(word__document_xml=b"<a>" + b" " * 240_000_000 + b"</a>")

    def refuse(data: bytes) -> None:
        with pytest.raises(InvalidInput, match="larger than 20 MB"):
            read_policy(data, "policy.docx")

    assert cost(lambda: refuse(larger)) < 2 * cost(lambda: refuse(bomb))


def test_a_document_with_more_paragraphs_than_any_policy_is_refused() -> None:
    with pytest.raises(InvalidInput, match="20000 paragraphs"):
        read_policy(word_file(paragraph("") * 20_001), "policy.docx")


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_word_file_is_refused_or_read_but_never_fails_otherwise(seed: int) -> None:
    chance = random.Random(seed)
    archive = zipfile.ZipFile(io.BytesIO(GOOD))
    files = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice([name for name in files if name.startswith("word/") and name.endswith(".xml")])
    content = bytearray(files[name])
    tags = [match.span() for match in re.finditer(rb"<w:[^>]*/>|<w:\w+>|w:val=\"[^\"]*\"", content)]
    for start, end in sorted(chance.sample(tags, min(3, len(tags))), reverse=True):
        content[start:end] = chance.choice([b"", b'w:val="-1"', b'w:val=""', b"<w:p/>", b"<w:tbl/>", b"&#9;"])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as again:
        for one, data in (files | {name: bytes(content)}).items():
            again.writestr(one, data)
    with contextlib.suppress(InvalidInput):
        assert read_policy(packed.getvalue(), "policy.docx").clauses
