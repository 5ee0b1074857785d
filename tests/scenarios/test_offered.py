"""What the bank offers to choose from, in every organisation."""

from __future__ import annotations

import pytest

from elearn.config import data_folder
from elearn.scenarios.loader import load_content
from elearn.scenarios.rules import CompiledBundle, cells

CONTENT = load_content(data_folder("scenarios"))


@pytest.mark.parametrize("slug", sorted(CONTENT.policies))
def test_every_situation_offers_four_options_so_that_a_guess_is_seldom_right(slug: str) -> None:
    """The steps of a branch that are asked here count together."""
    compiled = CompiledBundle(CONTENT.bundle(slug))
    few = [
        (asked.scenario, asked.variant, len(asked.options))
        for cell in cells(compiled)
        for asked in cell.asked
        if len(cell.asked) == 1 and len(asked.options) < 4
    ]
    assert few == []
