"""A policy as a Word document or a PDF gives the clauses that its text gives.

How like two imports are: of the words in the clauses of the text, the share that stand in a clause of the
document with the same reference and the same text, white space folded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from elearn.config import data_folder
from elearn.policies.importing import ImportedPolicy, read_policy
from elearn.policies.importing.wording import fold
from tests.policies import documents
from tests.policies.test_importing_generated import build_numbered, build_unnumbered

NORMATIVE = re.compile(r"\b(must|should|never|not)\b", re.IGNORECASE)
FEWEST = 0.98
PUBLISHED = ("clt", "creating_tomorrow", "lead", "raleigh", "voyage")


def automatic_word(text: str) -> bytes:
    return documents.AutomaticWord(text).file()


CONVERSIONS: dict[str, tuple[Callable[[str], bytes], str]] = {
    "Word, typed numbers": (documents.typed_word, ".docx"),
    "Word, automatic numbers": (automatic_word, ".docx"),
    "Word, line by line": (documents.line_by_line_word, ".docx"),
    "PDF": (documents.pdf_file, ".pdf"),
    "PDF, large letters": (lambda text: documents.pdf_file(text, size=12), ".pdf"),
    "PDF, as plain text is printed": (documents.printed_pdf, ".pdf"),
}
every_conversion = pytest.mark.parametrize("conversion", CONVERSIONS)


def converted(text: str, conversion: str) -> ImportedPolicy:
    make, extension = CONVERSIONS[conversion]
    return read_policy(make(text), f"policy{extension}")


def likeness(text: ImportedPolicy, document: ImportedPolicy) -> float:
    """The share of the text's words that the document has in the same clause."""
    there = {(clause.ref, fold(clause.text)) for clause in document.clauses}
    counts = {(clause.ref, fold(clause.text)): len(clause.text.split()) for clause in text.clauses}
    return sum(count for clause, count in counts.items() if clause in there) / sum(counts.values())


def assert_alike(text: str, conversion: str) -> None:
    read = read_policy(text.encode(), "policy.md")
    document = converted(text, conversion)
    assert likeness(read, document) >= FEWEST
    assert [clause.ref for clause in document.clauses] == [clause.ref for clause in read.clauses]
    assert [row for row in document.left_out if NORMATIVE.search(row.text)] == []
    assert document == converted(text, conversion)


def model_text() -> str:
    return (data_folder("scenarios") / "policies" / "model" / "policy.md").read_text(encoding="utf-8")


@every_conversion
def test_the_model_policy_gives_the_same_clauses(conversion: str) -> None:
    assert_alike(model_text(), conversion)


@pytest.mark.shared
@every_conversion
@pytest.mark.parametrize("name", PUBLISHED)
def test_each_published_policy_gives_the_same_clauses(name: str, conversion: str, policy_texts: Path) -> None:
    assert_alike((policy_texts / f"{name}.txt").read_text(encoding="utf-8"), conversion)


@every_conversion
@pytest.mark.parametrize("seed", range(12))
def test_a_policy_made_up_at_random_gives_the_same_clauses(seed: int, conversion: str) -> None:
    build = build_numbered if seed % 2 else build_unnumbered
    assert_alike("\n".join(build(seed).lines), conversion)


def test_most_numbers_of_the_model_policy_are_words_own_where_they_are_automatic() -> None:
    document = documents.AutomaticWord(model_text())
    document.file()
    assert document.automatic > 150


def test_likeness_counts_words_in_the_same_clause_alone() -> None:
    one = read_policy(b"1. Scope\n\n1.1 Staff must ask.\n\n1.2 They may post on it.\n", "p.txt")
    two = read_policy(b"1. Scope\n\n1.1 Staff must ask.\n\n1.3 They may post on it.\n", "p.txt")
    assert likeness(one, one) == 1
    assert likeness(one, two) == 3 / 8
