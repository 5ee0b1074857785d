"""`elearn content`: what it prints and how it exits."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from elearn.scenarios.commands import content_commands

FOLDER = Path(__file__).parent / "content"


def _run(*arguments: str, folder: Path = FOLDER) -> Result:
    return CliRunner().invoke(content_commands, [*arguments, "--folder", str(folder)], catch_exceptions=False)


def test_check_exits_with_0_for_sound_content() -> None:
    result = _run("check")
    assert result.exit_code == 0
    assert "2 organisations, 4 positions, 6 scenarios" in result.output
    assert "0 errors, 0 warnings, 0 overridden" in result.output


def test_check_flips_every_stance_and_takes_every_cited_clause_away() -> None:
    result = _run("check")
    assert "10 stances flipped in 30 ways: 0 change no key; 12 cited clauses taken away: 0 would not be" in (
        result.output
    )
    data = json.loads(_run("check", "--json").output)
    assert data["counts"]["mutations"] == {
        "stances": 10,
        "flips": 30,
        "flips_unseen": 0,
        "clauses": 12,
        "clauses_unseen": 0,
    }


def test_check_exits_with_1_for_a_flip_that_changes_no_key(edited_folder: Callable[..., Path]) -> None:
    """Whether north asks first or bars a post for the trust, the same parts of the post are marked."""
    rows = (
        "    - {when: {ok: [ask_first]}, right: [promise, blame]}\n"
        "    - {when: {ok: [not_allowed]}, right: [blame], drop: [promise]}\n"
    )
    one = "    - {when: {ok: [ask_first, not_allowed]}, right: [promise, blame]}\n"
    result = _run("check", folder=edited_folder(("bank/speaking.yaml", rows, one)))
    assert result.exit_code == 1
    assert (
        "policies/north/positions.yaml:8: error flip_changes_no_key [north]: speak ask_first/not_allowed: "
        "no key would change if the answer were not_allowed. Let a situation"
    ) in result.output


def test_check_of_one_organisation_reads_its_policy_alone() -> None:
    result = _run("check", "--organisation", "south")
    assert result.exit_code == 0
    assert "1 organisations" in result.output


def test_check_exits_with_1_for_an_error_and_names_its_line(edited_folder: Callable[..., Path]) -> None:
    folder = edited_folder(("bank/speaking.yaml", "decide: {ok: speak}", "decide: {ok: speaks}"))
    result = _run("check", folder=folder)
    assert result.exit_code == 1
    assert "bank/speaking.yaml:38: error unknown_position" in result.output


def test_check_exits_with_0_for_a_warning(edited_folder: Callable[..., Path]) -> None:
    folder = edited_folder(("bank/contact.yaml", "text: Accept it and say", "text: Never say"))
    result = _run("check", "--json", folder=folder)
    assert result.exit_code == 0
    data = json.loads(result.output)
    assert [finding["code"] for finding in data["findings"]] == ["absolute_word"]
    assert data["counts"]["warnings"] == 1
    assert {item["scenario"] for item in data["scenarios"] if not item["differs"]} == {"risky-post"}


def test_check_tells_files_that_cannot_be_read(edited_folder: Callable[..., Path]) -> None:
    folder = edited_folder(("bank/speaking.yaml", "type: mark", "type: marks"))
    plain, as_json = _run("check", folder=folder), _run("check", "--json", folder=folder)
    assert (plain.exit_code, as_json.exit_code) == (1, 1)
    assert "bank/speaking.yaml:29: 1.type" in plain.output
    assert len(json.loads(as_json.output)["problems"]) == 1


def test_coverage_lists_gaps_first(edited_folder: Callable[..., Path]) -> None:
    row = "{when: {train: [required]}, right: [course, consent, post]}"
    folder = edited_folder(("bank/speaking.yaml", row, "{when: {train: [required]}, not_asked: it is plain}"))
    lines = _run("coverage", "--organisation", "north", folder=folder).output.splitlines()
    assert lines[0] == "3.2 (procedure): GAP: Training comes first."
    assert (
        lines[-3]
        == "3 of 4 duties, prohibitions and procedures that staff can get right or wrong are covered"
    )
    assert lines[-2].startswith("gaps: 1; not quizable, with a reason: 0 (0.0%); ")


def test_coverage_counts_recommendations_by_themselves(edited_folder: Callable[..., Path]) -> None:
    """One that no situation covers is a gap, and one part can have a reason of its own."""
    clauses = "policies/north/clauses.yaml"
    open_one = (
        '- {ref: "3.4", force: recommendation, summary: Think first., fingerprint: "0000000000000034", parts: '
        "[{part: '1', force: recommendation, summary: Think.}, "
        "{part: '2', force: recommendation, summary: Read., not_quizable: unclear}]}\n"
    )
    folder = edited_folder((clauses, '- {ref: "3.3"', open_one + '- {ref: "3.3"'))
    lines = _run("coverage", "--organisation", "north", folder=folder).output.splitlines()
    assert lines[-5] == "3.4 part 1 (recommendation): GAP: Think."
    assert lines[-4] == "3.4 part 2 (recommendation): not quizable: unclear: Read."
    assert lines[-1] == (
        "recommendations: 1 of 3 are covered; gaps: 1; not quizable, with a reason: 1; not counted: 0"
    )
    data = json.loads(_run("coverage", "--organisation", "north", "--json", folder=folder).output)
    assert data["recommendations"]["gaps"] == 1
    assert data["tally"]["gaps"] == 0
    check = json.loads(_run("check", "--json", folder=folder).output)
    assert [item["code"] for item in check["findings"]] == ["uncovered_recommendation"]


def test_coverage_tells_what_is_not_quizable_last(edited_folder: Callable[..., Path]) -> None:
    folder = edited_folder(
        ("policies/north/clauses.yaml", '{ref: "3.3", force: information', '{ref: "3.3", force: duty')
    )
    lines = _run("coverage", "--organisation", "north", folder=folder).output.splitlines()
    assert lines[-4] == "3.3 (duty): not quizable: duplicate_of_3.2: Training may be asked for."
    data = json.loads(_run("coverage", "--organisation", "north", "--json", folder=folder).output)
    assert data["tally"]["left_out"] == 1
    assert data["tally"]["total"] == data["tally"]["covered"] + 1
    covered = {(item["ref"], item["part"]): item for item in data["clauses"]}
    assert covered["2.3", "1"]["positions"] == ["report"]
    assert covered["2.3", "1"]["scenarios"] == ["follow", "night-message", "worry"]
    assert not covered["2.3", "2"]["is_duty"]


def test_a_clause_whose_situations_no_course_draws_is_a_gap(edited_folder: Callable[..., Path]) -> None:
    """A situation covers 3.1 and 3.2, but no course asks from its topic, so nobody ever meets it."""
    folder = edited_folder(("policies/north/courses.yaml", "{contact: 2, speaking: 1}", "{contact: 2}"))
    lines = _run("coverage", "--organisation", "north", folder=folder).output.splitlines()
    assert lines[0].startswith(
        "3.1 (duty): GAP, no course puts first-post, press, risky-post to anybody (speaking): "
    )
    assert lines[-3].startswith("2 of 4 duties")
    data = json.loads(_run("coverage", "--organisation", "north", "--json", folder=folder).output)
    undrawn = [(row["ref"], row["topics"]) for row in data["clauses"] if row["is_undrawn"]]
    assert undrawn == [("3.1", ["speaking"]), ("3.2", ["speaking"])]
    assert data["tally"]["gaps"] == 2
    found = json.loads(_run("check", "--organisation", "north", "--json", folder=folder).output)["findings"]
    told = [item["sentence"] for item in found if item["code"] == "clause_never_drawn"]
    assert told[0] == (
        "a situation covers the duty 3.1, but no course puts it to anybody: first-post, press, risky-post (speaking)"
    )
    assert len(told) == 2
    south = json.loads(_run("coverage", "--organisation", "south", "--json", folder=folder).output)
    assert not [row for row in south["clauses"] if row["is_undrawn"]]


def test_coverage_counts_what_some_course_puts_to_somebody(edited_folder: Callable[..., Path]) -> None:
    """`worry` is told to teachers. Where those in the kitchen alone take the course, it covers nothing."""
    folder = edited_folder(("policies/north/courses.yaml", "job_groups: everyone", "job_groups: [kitchen]"))
    for where, names in (
        (FOLDER, ["follow", "night-message", "worry"]),
        (folder, ["follow", "night-message"]),
    ):
        data = json.loads(_run("coverage", "--organisation", "north", "--json", folder=where).output)
        covered = {(item["ref"], item["part"]): item for item in data["clauses"]}
        assert covered["2.3", "1"]["scenarios"] == names
        assert covered["2.3", "1"]["is_drawn"]


def test_a_topic_is_drawn_where_a_course_fills_up_from_it(edited_folder: Callable[..., Path]) -> None:
    """Without a number of its own, but in a course that asks more questions than its numbers come to."""
    file = "policies/north/courses.yaml"
    filled = edited_folder((file, "{contact: 2, speaking: 1}", "{contact: 2, speaking: 0}"))
    data = json.loads(_run("coverage", "--organisation", "north", "--json", folder=filled).output)
    assert data["tally"]["gaps"] == 0
    exact = edited_folder(
        (file, "{contact: 2, speaking: 1}", "{contact: 3, speaking: 0}"),
        (file, "questions: 4", "questions: 3"),
    )
    data = json.loads(_run("coverage", "--organisation", "north", "--json", folder=exact).output)
    assert data["tally"]["gaps"] == 2


def test_a_folder_of_one_policy_is_not_told_of_situations_left_to_others(
    edited_folder: Callable[..., Path],
) -> None:
    """What this policy is not asked, another trust may be: only several policies together show what nobody is."""
    row = "{when: {train: [required]}, right: [course, consent, post]}"
    folder = edited_folder(("bank/speaking.yaml", row, "{when: {train: [required]}, not_asked: it is plain}"))
    shutil.rmtree(folder / "policies" / "south")
    found = json.loads(_run("check", "--json", folder=folder).output)["findings"]
    assert [item["code"] for item in found] == ["uncovered_clause"]


def test_show_prints_the_grid_of_one_scenario() -> None:
    lines = _run("show", "follow").output.splitlines()
    assert lines[0] == (
        "north, variant 1 (under_18): friend not_allowed, tellwho tell: "
        "Leave it and tell the Safeguarding Lead [2.1 (must), 2.3 part 1 (must)]"
    )
    assert lines[-1].endswith("friend not_barred, tellwho tell: not asked because nothing is at stake")
    assert "step hint" in _run("show", "night-message").output


@pytest.mark.parametrize("answer", ["indirect", "unclear"])
def test_show_prints_the_clauses_that_bear_on_what_is_not_asked(
    answer: str, edited_folder: Callable[..., Path]
) -> None:
    """Each once, though two positions were read from it; none where the policy is silent."""
    stance = f'is: {answer}, clauses: [{{ref: "2.1", force: says}}, {{ref: "2.3", part: "1", force: says}}]'
    file, friend, report = (
        "policies/north/positions.yaml",
        'is: not_allowed, clauses: [{ref: "2.1", force: must}]',
        'is: tell, who: {any: [dsl]}, how: [log], if: working_day, clauses: [{ref: "2.3", part: "1", force: must}]',
    )
    both = edited_folder((file, friend, stance), (file, report, stance))
    first = _run("show", "follow", folder=both).output.splitlines()[0]
    assert first.startswith(
        f"north, variant 1 (under_18): friend {answer}, tellwho {answer}: not asked because "
    )
    assert first.endswith(" [2.1 (says), 2.3 part 1 (says)]")
    silent = edited_folder((file, friend, "is: silent"), (file, report, "is: silent"))
    assert "[" not in _run("show", "follow", folder=silent).output.splitlines()[0]


def test_show_of_an_unknown_scenario_is_refused() -> None:
    result = _run("show", "nowhere")
    assert result.exit_code == 1
    assert "there is no scenario nowhere" in result.output
