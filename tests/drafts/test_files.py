"""Content kept in files when its policy is renumbered: what stands, moved or is lost, and files to go on with."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from elearn import clock
from elearn.cli import main
from elearn.drafts.carrying import worded
from elearn.drafts.passages import SourceClause
from elearn.drafts.renumbering import Outcome, citations, compare_content, renumbered
from elearn.permissions import Role
from elearn.policies.importing import read_policy
from elearn.policies.service import import_policy
from elearn.scenarios.checking import check_content
from elearn.scenarios.content import Content
from elearn.scenarios.loader import load_content
from elearn.scenarios.service import load_bundle
from tests.factories import Trust, make_organisation, make_person
from tests.staff_world import browser

SCENARIOS = Path(__file__).parents[2] / "scenarios"
POLICY = (SCENARIOS / "policies" / "model" / "policy.md").read_text(encoding="utf-8")
NEW = "6.1 Everybody reads this section at the start of each school year."


def with_a_clause_before(text: str = POLICY) -> str:
    """Section 6 with a new first clause: 6.1 becomes 6.2, and so on."""
    lines = re.sub(r"(?m)^6\.(\d+) ", lambda found: f"6.{int(found[1]) + 1} ", text)
    return re.sub(r"(?m)^(6\.2 )", rf"{NEW}\n\n\1", lines, count=1)


RENUMBERED = with_a_clause_before()


def source(text: str) -> list[SourceClause]:
    found = read_policy(text.encode(), "policy.md").clauses
    return [SourceClause(c.ref, c.parent or "", c.heading or "", c.text, c.force.value) for c in found]


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content(SCENARIOS, ["model"])


def test_after_a_renumbering_every_citation_is_known_and_none_is_lost(content: Content) -> None:
    policy = content.policies["model"]
    comparison = compare_content(policy, worded(source(RENUMBERED)), {})
    found = citations(policy, comparison)
    assert {cited.outcome for cited in found} == {Outcome.STANDS, Outcome.MOVED}
    moved = {(cited.ref, cited.now) for cited in found if cited.outcome is Outcome.MOVED}
    assert {("6.1", "6.2"), ("6.3(b)", "6.4(b)"), ("6.9", "6.10")} <= moved
    assert all(ref.startswith("6.") for ref, _now in moved)
    assert [change.ref for change in comparison.added] == ["6.1"]
    for stands in found:
        written = content.place(stands.path)
        line = (SCENARIOS / written.file).read_text(encoding="utf-8").splitlines()[written.line - 1]
        assert stands.ref in line


def test_the_renumbered_content_passes_every_check_against_the_new_text(content: Content) -> None:
    policy = content.policies["model"]
    new = source(RENUMBERED)
    after = renumbered(policy, compare_content(policy, worded(new), {}))
    texts = {clause.ref: clause.text for clause in new}
    old = Content(content.catalogue, content.bank, {"model": policy}, content.overrides, is_whole=False)
    now = Content(content.catalogue, content.bank, {"model": after}, content.overrides, is_whole=False)
    assert check_content(old, {"model": texts}).errors
    assert check_content(now, {"model": texts}).errors == ()
    assert after.positions["message_pupil_personal"].default is not None
    assert after.positions["message_pupil_personal"].default.clauses[0].ref == "6.2"


def test_content_for_the_same_text_stays_as_it_is(content: Content) -> None:
    policy = content.policies["model"]
    comparison = compare_content(policy, worded(source(POLICY)), {})
    assert {cited.outcome for cited in citations(policy, comparison)} == {Outcome.STANDS}
    assert renumbered(policy, comparison) == policy


def test_a_reference_to_a_clause_that_is_gone_is_never_taken_for_the_one_that_has_its_number(
    content: Content,
) -> None:
    text = re.sub(r"(?ms)^6\.7 .*?(?=^6\.8 )", "", POLICY)
    text = re.sub(r"(?m)^6\.(8|9|\d\d) ", lambda found: f"6.{int(found[1]) - 1} ", text)
    policy = content.policies["model"]
    new = source(text)
    comparison = compare_content(policy, worded(new), {})
    assert [change.ref for change in comparison.gone] == ["6.7"]
    after = renumbered(policy, comparison)
    tag, shared = after.positions["tag_pupil"].default, after.positions["collaboration_account"].default
    assert tag is not None
    assert shared is not None
    assert (tag.clauses[0].ref, shared.clauses[0].ref) == ("6.7 (gone)", "6.7")
    checked = Content(content.catalogue, content.bank, {"model": after}, content.overrides, is_whole=False)
    texts = {clause.ref: clause.text for clause in new}
    assert "tag_pupil" in {error.at for error in check_content(checked, {"model": texts}).errors}


@pytest.fixture
def trust(app: Flask, content: Content) -> Trust:
    trust = make_organisation(published=False)
    load_bundle(trust.organisation.id, content, "model", at=clock.now())
    import_policy(trust.organisation.id, POLICY.encode(), "policy.md", version="1", at=clock.now())
    return trust


def changes(trust: Trust, *more: str) -> Result:
    return CliRunner().invoke(main, ["content", "changes", "--organisation", trust.organisation.slug, *more])


def test_the_command_names_file_and_line_of_what_moved_changed_or_is_lost(trust: Trust) -> None:
    text = RENUMBERED.replace("6.8 You must not tag", "6.8 You must never tag")
    text = re.sub(r"(?ms)^15\.4 .*?(?=^## 16)", "", text)
    import_policy(trust.organisation.id, text.encode(), "policy.md", version="2", at=clock.now())
    told = changes(trust)
    assert told.exit_code == 0, told.output
    lines = told.output.splitlines()
    assert lines[0].startswith("Files of policy model against version 2: ")
    positions = (SCENARIOS / "policies/model/positions.yaml").read_text(encoding="utf-8").splitlines()
    at = 1 + next(n for n, line in enumerate(positions) if line.startswith("message_pupil_personal:")) + 1
    assert f"policies/model/positions.yaml:{at}: clause 6.1 is now 6.2" in lines
    assert any(line.endswith("clause 15.4 is gone") for line in lines)
    assert f"New: clause 6.1: {NEW.removeprefix('6.1 ')}" in lines
    found = json.loads(changes(trust, "--json").output)
    assert found["renumbered"]["6.3(b)"] == "6.4(b)"
    stands = [row for row in found["citations"] if row["outcome"] == "stands"]
    assert f"{len(stands)} citations stand" in lines[-1]
    assert {row["ref"] for row in found["citations"] if row["outcome"] == "lost"} >= {"15.4"}
    assert all(re.fullmatch(r"policies/model/\w+\.yaml:\d+", row["at"]) for row in found["citations"])


def test_the_command_writes_files_with_the_new_numbers_that_load(trust: Trust, tmp_path: Path) -> None:
    import_policy(trust.organisation.id, RENUMBERED.encode(), "policy.md", version="2", at=clock.now())
    folder = tmp_path / "renumbered"
    told = changes(trust, "--to", str(folder))
    assert told.exit_code == 0, told.output
    assert f"elearn content check --folder {folder}" in told.output
    also = changes(trust, "--json", "--to", str(tmp_path / "also"))
    assert json.loads(also.stdout)["version"] == "2"
    again = changes(trust, "--folder", str(folder))
    assert ", 0 moved, 0 rest on" in again.output
    by = str(make_person(trust, roles=[Role.AUTHOR]).id)
    load = ["content", "load", "--organisation", trust.organisation.slug, "--policy", "model", "--by", by]
    loaded = CliRunner().invoke(main, [*load, "--folder", str(folder)])
    assert loaded.exit_code == 0, loaded.output


def test_the_overview_says_how_content_from_files_is_carried_over(app: Flask, trust: Trust) -> None:
    page = browser(app, make_person(trust, roles=[Role.AUTHOR])).get("/content/setup").text
    assert "Answers that came from files are not put in here" in page
    assert "elearn content changes" in page


def test_without_files_of_the_policy_the_command_says_how_to_get_them(trust: Trust, tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    told = changes(trust, "--folder", str(tmp_path))
    assert told.exit_code == 1
    assert "elearn content export --organisation" in told.stderr
