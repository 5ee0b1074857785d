"""Content as authors read it: grids over organisations, to whom a situation is put, percentages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elearn.config import data_folder
from elearn.people.rules import JobGroup, PersonKind
from elearn.scenarios.content import Content
from elearn.scenarios.coverage import Tally, whole_percentages
from elearn.scenarios.forms import answer_words
from elearn.scenarios.grids import Teaching, list_bank, list_positions, position_grid, scenario_grid
from elearn.scenarios.loader import load_content
from elearn.scenarios.previews import draws_for, reasons_not_put
from elearn.scenarios.rules import CompiledBundle, cells, is_put_to


def teachings(content: Content) -> list[Teaching]:
    return [
        Teaching(slug, number == 0, CompiledBundle(content.bundle(slug)))
        for number, slug in enumerate(sorted(content.policies))
    ]


def test_every_cell_of_a_grid_says_its_right_option_or_why_it_is_not_asked(sound: Content) -> None:
    found = teachings(sound)
    for scenario in sound.bank:
        for section in scenario_grid(found, scenario.id):
            assert [row.organisation for row in section.rows] == [teaching.name for teaching in found]
            for row in section.rows:
                assert bool(row.right) == bool(row.clauses) == row.is_asked == (not row.reason)
                assert "{" not in "".join(row.right)


def test_tellings_of_one_case_share_a_section(sound: Content) -> None:
    for scenario in sound.bank:
        sections = scenario_grid(teachings(sound), scenario.id)
        first = [section for section in sections if section.step_number == 1]
        assert sorted(n for section in first for n in section.variants) == list(range(len(scenario.variants)))
        assert len({section.anchor for section in sections}) == len(sections)


def test_an_organisation_without_the_situation_says_so(sound: Content) -> None:
    found = teachings(sound)
    gone = found[1].compiled
    del gone.scenarios[sound.bank[0].id]
    rows = scenario_grid(found, sound.bank[0].id)[0].rows
    assert rows[1].reason == "its content does not have this situation"
    assert rows[0].reason != rows[1].reason


def test_a_position_is_shown_for_each_case_and_organisation(sound: Content) -> None:
    found = teachings(sound)
    for position in sound.catalogue.positions:
        grid = position_grid(found, position.id)
        assert [shown.case for shown in grid] == list(position.cases or (None,))
        for shown in grid:
            for row, teaching in zip(shown.rows, found, strict=True):
                stance = teaching.compiled.stance(position.id, shown.case)
                assert stance is not None
                assert row.stance is not None
                assert row.stance.answer == stance.answer
                assert [clause.ref for clause in row.clauses] == [c.ref for c in stance.clauses]
                assert all(clause.summary for clause in row.clauses)


def test_a_position_that_is_not_answered_is_shown_as_open(sound: Content) -> None:
    found = teachings(sound)
    policy = found[0].compiled.bundle.policy
    position = next(iter(policy.positions))
    without = {key: stances for key, stances in policy.positions.items() if key != position}
    bundle = found[0].compiled.bundle.model_copy(
        update={"policy": policy.model_copy(update={"positions": without})}
    )
    grid = position_grid([Teaching("one", True, CompiledBundle(bundle))], position)
    assert all(row.stance is None for shown in grid for row in shown.rows)


def test_the_bank_says_of_each_scenario_how_many_tellings_are_asked_or_why_none_is(sound: Content) -> None:
    for teaching in teachings(sound):
        for item in list_bank(teaching.compiled, cells(teaching.compiled)):
            assert 0 <= item.asked <= item.tellings
            assert bool(item.asked) != bool(item.reason)
            assert item.opening
            assert "{" not in item.opening


def test_reasons_are_given_exactly_where_a_situation_is_not_put_to_somebody(sound: Content) -> None:
    for teaching in teachings(sound):
        compiled = teaching.compiled
        courses = compiled.bundle.policy.courses
        for scenario in sound.bank:
            for variant in range(len(scenario.variants)):
                for kind in PersonKind:
                    for group in JobGroup:
                        put = is_put_to(compiled, scenario.id, variant, kind, [group])
                        drawn = any(draws_for(course, scenario.topic, kind, group) for course in courses)
                        reasons = reasons_not_put(compiled, scenario.id, variant, kind, group)
                        assert (not reasons) == (put and drawn), reasons


def test_a_rule_that_binds_employees_alone_is_the_reason_for_others(sound: Content) -> None:
    slug = sorted(sound.policies)[0]
    compiled = CompiledBundle(sound.bundle(slug))
    asked = next(cell for cell in cells(compiled) if cell.asked)
    used = asked.asked[0].used[0]
    policy = compiled.bundle.policy
    stances = policy.positions[used.position]
    bound = stances.model_copy(
        update={
            "default": stances.default
            and stances.default.model_copy(update={"binds": (PersonKind.EMPLOYEE,)}),
            "exceptions": tuple(
                e.model_copy(update={"binds": (PersonKind.EMPLOYEE,)}) for e in stances.exceptions
            ),
        }
    )
    changed = policy.model_copy(update={"positions": {**policy.positions, used.position: bound}})
    narrowed = CompiledBundle(compiled.bundle.model_copy(update={"policy": changed}))
    reasons = reasons_not_put(
        narrowed, asked.scenario, asked.variant, PersonKind.VOLUNTEER, JobGroup.VOLUNTEER
    )
    assert any("binds only employee" in reason for reason in reasons)


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=6))
def test_percentages_add_up_to_a_hundred_and_are_off_by_less_than_one(counts: list[int]) -> None:
    found = whole_percentages(counts)
    total = sum(counts)
    assert sum(found) == (100 if total else 0)
    for count, percentage in zip(counts, found, strict=True):
        assert abs(percentage * total - 100 * count) < max(total, 1)


@pytest.mark.parametrize(("counts", "shares"), [((1, 1, 1), (34, 33, 33)), ((0, 0, 0), (0, 0, 0))])
def test_the_shares_of_a_tally_add_up(counts: tuple[int, int, int], shares: tuple[int, int, int]) -> None:
    tally = Tally(*counts)
    assert tally.percentages == shares
    assert tally.total == sum(counts)


def test_whom_to_ask_is_worded_plainly_and_names_them() -> None:
    compiled = CompiledBundle(load_content(data_folder("scenarios")).bundle("raleigh"))
    item = next(item for item in list_positions(compiled) if item.position.id == "policy_question")
    told = [(answer_words(answer.answer), answer.who) for answer in item.answers]
    assert told == [("Ask somebody whom the policy names", "the Principal or the CEO")]
