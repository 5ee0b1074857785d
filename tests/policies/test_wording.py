"""Where a clause stands under its heading, in words."""

from __future__ import annotations

import pytest

from elearn.policies.wording import cited, place_under


@pytest.mark.parametrize(
    ("heading", "ref", "said"),
    [
        ("Scope", "Scope > ¶3 bullet 2", "Paragraph 3, bullet 2"),
        ("Scope", "Scope ¶3", "Paragraph 3"),
        ("Scope", "Scope", "Scope"),
        ("Scope", "2.1 bullet 4", "2.1, bullet 4"),
        ("", "4 ¶1", "4, paragraph 1"),
        ("Misuse", "Misuse > Step 2", "Step 2"),
        ("Misuse", "Misuse ¶1 Step 2", "Paragraph 1, step 2"),
    ],
)
def test_the_heading_a_clause_stands_under_is_not_said_again(heading: str, ref: str, said: str) -> None:
    assert place_under(heading, ref) == said


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("4.1 bullet 2", "Clause 4.1, bullet 2"),
        ("A1.1", "Clause A1.1"),
        ("B.2 Step 3", "Clause B.2, step 3"),
        ("Next Step > ¶1", "Section Next Step, paragraph 1"),
        ("A Word on Pupils > ¶1", "Section A Word on Pupils, paragraph 1"),
    ],
)
def test_what_has_a_number_is_a_clause_and_the_rest_a_section(ref: str, said: str) -> None:
    assert cited(ref) == said
