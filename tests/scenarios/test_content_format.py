"""The examples of docs/content-format.md have the shapes that the loader accepts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from elearn.people.rules import JobGroup, PersonKind
from elearn.scenarios.bank_content import Scenario
from elearn.scenarios.content import Catalogue
from elearn.scenarios.loader import read_yaml, shape
from elearn.scenarios.policy_content import Access, Course, Policy, Stances
from elearn.scenarios.vocabulary import (
    Answer,
    CitationForce,
    ClauseForce,
    Does,
    NonAnswer,
    RequirementCode,
    ScenarioType,
)

PAGE = (Path(__file__).parents[2] / "docs/content-format.md").read_text(encoding="utf-8")


def _example(file: str) -> str:
    """The first block of YAML under a heading."""
    section = PAGE.partition(f"\n## {file}\n")[2]
    return section.partition("```yaml\n")[2].partition("```")[0]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("catalogue.yaml", Catalogue),
        ("policies/&lt;slug&gt;/positions.yaml", dict[str, Stances]),
        ("policies/&lt;slug&gt;/policy.yaml", Policy),
        ("policies/&lt;slug&gt;/courses.yaml", tuple[Course, ...]),
        ("policies/&lt;slug&gt;/access.yaml", Access),
        ("bank/&lt;topic&gt;.yaml", tuple[Scenario, ...]),
    ],
)
def test_an_example_of_the_page_is_accepted(file: str, expected: Any) -> None:
    value, lines = read_yaml(_example(file), file)
    shape(value, expected, file, lines)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("kinds of person", PersonKind),
        ("job groups", JobGroup),
        ("non-answers", NonAnswer),
        ("force of a clause", ClauseForce),
        ("force of a citation", CitationForce),
        ("what an option does", Does),
        ("types", ScenarioType),
    ],
)
def test_the_fixed_words_of_the_page_are_those_of_the_program(row: str, words: Any) -> None:
    told = re.search(rf"^\| {row} \| (.*) \|$", PAGE, re.M)
    assert told is not None
    assert told[1].split(", ") == [word.value for word in words]


def test_answers_and_requirement_codes_of_the_page_are_those_of_the_program() -> None:
    assert ", ".join(Answer) + ", or a position's own words" in PAGE
    assert f"Codes: {', '.join(RequirementCode)}." in " ".join(PAGE.split())
