"""The reading grade of texts."""

from __future__ import annotations

import pytest

from elearn.scenarios.readability import grade, sentences, syllables


@pytest.mark.parametrize(
    ("word", "count"),
    [("cat", 1), ("table", 2), ("asked", 1), ("wanted", 2), ("notes", 1), ("changes", 2), ("policy", 3), ("the", 1),
     ("safe", 1), ("don't", 1), ("organisation", 5), ("rhythm", 1), ("hmm", 1)],
)  # fmt: skip
def test_syllables_are_counted(word: str, count: int) -> None:
    assert syllables(word) == count


def test_sentences_end_with_stops_and_lines() -> None:
    assert sentences("One. Two! Three?\nFour") == 4
    assert sentences("at 7.10 it rang") == 1
    assert sentences("") == 1


def test_hard_text_has_a_higher_grade_than_easy_text() -> None:
    assert grade("The cat sat on the mat. It was a good day.") < 3
    assert grade("Institutional accountability necessitates comprehensive documentation procedures.") > 15
    assert grade("") == 0
