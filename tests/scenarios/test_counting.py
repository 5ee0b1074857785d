"""The page that says how duties are counted has the numbers of the content."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from elearn.scenarios.coverage import NOBODYS, RECOMMENDATIONS, Covered, coverage, tally
from elearn.scenarios.rules import cells
from elearn.scenarios.vocabulary import ClauseForce
from tests.content.courses import compiled, taught

PAGE = Path(__file__).parents[2] / "docs" / "decisions" / "0012-what-counts-as-a-duty.md"
NAMES = {
    "Raleigh": "raleigh",
    "Voyage": "voyage",
    "Creating Tomorrow": "creating_tomorrow",
    "City Learning": "clt",
    "L.E.A.D.": "lead",
    "Model": "model",
}
FORCES = (ClauseForce.DUTY, ClauseForce.PROHIBITION, ClauseForce.PROCEDURE)


def printed_rows() -> dict[str, list[str]]:
    """The cells of the page's table by the name in the first."""
    found = re.findall(r"^\| ([A-Z].+?) \| (\d.+?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: [cell.strip() for cell in cells.split("|")] for name, cells in found}


def printed_refs() -> dict[str, str]:
    """The clauses for the organisation that the page lists, by name."""
    return dict(re.findall(r"^- ([^*:]+): (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))


def rows_of(slug: str) -> list[Covered]:
    return coverage(compiled(slug), cells(compiled(slug)))


def for_the_organisation(rows: list[Covered]) -> list[Covered]:
    return [row for row in rows if row.is_duty and row.not_quizable == "for_the_organisation"]


def counts(slug: str) -> list[int]:
    rows = rows_of(slug)
    counted = [row for row in rows if row.not_quizable not in NOBODYS]
    by_force = [sum(row.force is force for row in counted) for force in FORCES]
    duties, recommended = tally(rows), tally(rows, RECOMMENDATIONS)
    assert sum(by_force) == duties.total
    together = [duties.total, recommended.total, duties.total + recommended.total]
    return [*by_force, *together, duties.left_out, len(for_the_organisation(rows))]


@pytest.mark.parametrize("name", NAMES)
def test_the_page_has_the_numbers_of_each_policy(name: str) -> None:
    found = counts(NAMES[name])
    total, left_out, organisations = found[3], found[6], found[7]
    shares = [100 * left_out / total, 100 * (left_out + organisations) / (total + organisations)]
    assert printed_rows()[name] == [*map(str, found), *(f"{share:.1f}" for share in shares)]


def test_the_page_adds_up_the_five() -> None:
    five = [counts(slug) for slug in NAMES.values() if slug != "model"]
    assert printed_rows()["The five"][:8] == [str(sum(column)) for column in zip(*five, strict=True)]


@pytest.mark.parametrize("name", NAMES)
def test_the_page_lists_what_is_left_to_the_organisation(name: str) -> None:
    refs = [
        row.ref + (f" part {row.part}" if row.part else "")
        for row in for_the_organisation(rows_of(NAMES[name]))
    ]
    assert printed_refs()[name] == (", ".join(refs) or "none")


def test_the_items_that_complete_a_recommendation_are_recommendations() -> None:
    """Voyage 7 ¶1 says "should follow"; the introductions of Creating Tomorrow 5 and Raleigh 10 lead no list."""
    policies = taught().policies
    bullets = [clause for clause in policies["voyage"].clauses if clause.parent == "7 ¶1"]
    assert len(bullets) == 18
    assert {clause.force for clause in bullets} == {ClauseForce.RECOMMENDATION}
    bans = [("raleigh", ref) for ref in ("10.5(c)", "10.6(a)", "10.6(b)")]
    bans += [("creating_tomorrow", f"5.3 bullet {number}") for number in (4, 6, 7)]
    forces = {(slug, clause.ref): clause.force for slug in policies for clause in policies[slug].clauses}
    assert {forces[ban] for ban in bans} == {ClauseForce.PROHIBITION}
