"""What a policy's own words propose as the names of offices and channels."""

from __future__ import annotations

import pytest

from elearn.config import data_folder
from elearn.drafts.naming import propose_names
from elearn.drafts.passages import SourceClause
from elearn.scenarios.content import Catalogue
from elearn.scenarios.loader import load_content


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_content(data_folder("scenarios")).catalogue


@pytest.mark.parametrize(
    ("text", "office", "name"),
    [
        (
            "Line managers must know. Line managers decide. A line manager may help.",
            "line_manager",
            "the line manager",
        ),
        ("Ask your line manager. Your line manager decides.", "line_manager", "your line manager"),
        ("Speak to the Principal. The Principal decides.", "head", "the Principal"),
        ("Human resources keeps a note. Tell human resources.", "hr", "human resources"),
        ("Tell HR at once.", "hr", "HR"),
        ("The DSL must be told.", "dsl", "the DSL"),
        ("Log it on CPOMS.", "cpoms", "CPOMS"),
    ],
)
def test_a_name_is_one_that_can_stand_in_a_sentence(
    catalogue: Catalogue, text: str, office: str, name: str
) -> None:
    assert propose_names(catalogue, [SourceClause("1", "", "", text, "")])[office] == name
