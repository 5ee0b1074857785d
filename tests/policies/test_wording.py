"""Where a clause stands under its heading, in words."""

from __future__ import annotations

import pytest

from elearn.policies.wording import place_under


@pytest.mark.parametrize(
    ("heading", "ref", "said"),
    [
        ("Scope", "Scope > ¶3 bullet 2", "Paragraph 3, bullet 2"),
        ("Scope", "Scope ¶3", "Paragraph 3"),
        ("Scope", "Scope", "Scope"),
        ("Scope", "2.1 bullet 4", "2.1, bullet 4"),
        ("", "4 ¶1", "4, paragraph 1"),
    ],
)
def test_the_heading_a_clause_stands_under_is_not_said_again(heading: str, ref: str, said: str) -> None:
    assert place_under(heading, ref) == said
