"""A new trust by command line: its policy's file, what comes next, and files to edit; content back to files."""

from __future__ import annotations

import json
import re
import secrets
from pathlib import Path

import pytest
import yaml
from click.testing import Result
from flask import Flask

from elearn import clock
from elearn.drafts.service import as_proposed, decide, get_draft, stances_to_json
from elearn.people.organisations import add_academy, find_organisation, get_organisation_by_slug
from elearn.people.service import PersonView
from elearn.permissions import Role
from elearn.scenarios.service import BundleView, find_latest_bundle
from tests.command_line import run
from tests.factories import Trust, make_person

MARK = "proposed: 'yes'"
POLICY = Path(__file__).parents[2] / "scenarios" / "policies" / "model" / "policy.md"


def add(slug: str, file: Path) -> Result:
    names = ("--name", "Hill Trust", "--short-name", "Hill")
    return run("organisation", "add", slug, *names, "--policy-file", str(file))


@pytest.fixture
def slug(app: Flask) -> str:
    return f"hill-{secrets.token_hex(4)}"


def test_a_trust_with_its_policys_file_is_told_the_page_and_the_command_that_come_next(slug: str) -> None:
    result = add(slug, POLICY)
    assert result.exit_code == 0, result.output
    assert f"No administrator yet: elearn admin add --organisation {slug} " in result.output
    assert "clauses found; they seem to answer 98 of 102 questions" in result.output
    assert "http://localhost/content/setup" in result.output
    assert f"elearn content propose --organisation {slug} --to FOLDER" in result.output


def test_a_file_that_is_no_policy_adds_no_trust(slug: str, tmp_path: Path) -> None:
    file = tmp_path / "policy.md"
    file.write_bytes(b"")
    result = add(slug, file)
    assert result.exit_code == 1
    assert "the file is empty" in result.stderr
    assert find_organisation(slug) is None


def propose(slug: str, folder: Path) -> Result:
    result = run("content", "propose", "--organisation", slug, "--to", str(folder))
    assert result.exit_code == 0, result.output
    return result


def load(slug: str, folder: Path) -> Result:
    by = str(author_of(slug).id)
    return run(
        "content", "load", "--organisation", slug, "--policy", slug, "--folder", str(folder), "--by", by
    )


def author_of(slug: str) -> PersonView:
    trust = get_organisation_by_slug(slug)
    academy = add_academy(trust.id, secrets.token_hex(4), name="Mill", at=clock.now())
    return make_person(Trust(trust, academy), roles=[Role.AUTHOR])


def confirm(folder: Path, *files: str) -> None:
    """Take the mark out of what is proposed, as an author does who has read it."""
    for file in files:
        path = next((folder / "policies").glob(f"*/{file}.yaml"))
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(line for line in lines if line.strip() != MARK), encoding="utf-8")


def loaded_of(slug: str) -> BundleView | None:
    return find_latest_bundle(get_organisation_by_slug(slug).id)


def test_what_is_proposed_is_written_as_files_and_nothing_is_written_over(slug: str, tmp_path: Path) -> None:
    add(slug, POLICY)
    folder = tmp_path / "files"
    result = propose(slug, folder)
    assert "is not loaded while it is there" in result.output
    written = (folder / "policies" / slug / "positions.yaml").read_text(encoding="utf-8")
    assert written.startswith("# Proposed from the words of the policy's text")
    again = run("content", "propose", "--organisation", slug, "--to", str(folder))
    assert again.exit_code == 1
    assert "is there already" in again.stderr


def test_what_nobody_has_confirmed_is_not_loaded_and_each_is_named_with_its_line(
    slug: str, tmp_path: Path
) -> None:
    add(slug, POLICY)
    propose(slug, tmp_path)
    refused = load(slug, tmp_path)
    assert refused.exit_code == 1
    lines = (tmp_path / "policies" / slug / "positions.yaml").read_text(encoding="utf-8").splitlines()
    at = 1 + next(n for n, line in enumerate(lines) if line.strip() == MARK)
    assert f"policies/{slug}/positions.yaml:{at}: the answer to " in refused.stderr
    assert "is not confirmed yet" in refused.stderr
    assert loaded_of(slug) is None

    confirm(tmp_path, "positions")
    refused = load(slug, tmp_path)
    assert refused.exit_code == 1
    assert f"policies/{slug}/policy.yaml:" in refused.stderr
    assert f"policies/{slug}/key_rules.yaml:" in refused.stderr
    assert loaded_of(slug) is None


def test_what_follows_from_the_answers_is_not_loaded_either_before_somebody_confirmed_it(
    slug: str, tmp_path: Path
) -> None:
    add(slug, POLICY)
    propose(slug, tmp_path)
    confirm(tmp_path, "positions", "policy", "key_rules")
    refused = load(slug, tmp_path)
    assert refused.exit_code == 1
    for file, told in (
        ("clauses", "what is said of clause 1.1"),
        ("courses", "the course induction"),
        ("access", "what this file asks for"),
    ):
        lines = (tmp_path / "policies" / slug / f"{file}.yaml").read_text(encoding="utf-8").splitlines()
        marked = [number for number, line in enumerate(lines, start=1) if line.strip() == MARK]
        place = rf"policies/{slug}/{file}\.yaml:(\d+)"
        named = re.findall(rf"{place}: .+ is not confirmed yet\. Read it", refused.stderr)
        assert marked
        assert [int(number) for number in named] == marked
        assert f"{told} is not confirmed yet" in refused.stderr
    assert loaded_of(slug) is None


def test_confirmed_files_are_loaded_once_the_check_finds_no_error(slug: str, tmp_path: Path) -> None:
    add(slug, POLICY)
    propose(slug, tmp_path)
    confirm(tmp_path, "positions", "policy", "key_rules", "clauses", "courses", "access")
    refused = load(slug, tmp_path)
    assert refused.exit_code == 1
    assert re.fullmatch(
        rf"policies/{slug}/positions.yaml:\d+: approval_conditions is may_set_limits and names nobody\. .+\n"
        r"Nothing was loaded: 1 error\n",
        refused.stderr,
    )
    assert loaded_of(slug) is None

    positions = tmp_path / "policies" / slug / "positions.yaml"
    told = yaml.safe_load(positions.read_text(encoding="utf-8"))
    told["approval_conditions"] = {"default": {"is": "silent"}}
    positions.write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")
    loaded = load(slug, tmp_path)
    assert loaded.exit_code == 0, loaded.output
    assert loaded_of(slug) is not None

    before = loaded_of(slug)
    told["tag_pupil"]["default"]["clauses"] = [{"ref": "99.1", "force": "must"}]
    positions.write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")
    refused = load(slug, tmp_path)
    assert "there is no clause 99.1" in refused.stderr
    assert loaded_of(slug) == before


def test_what_was_confirmed_on_pages_has_no_mark(slug: str, tmp_path: Path) -> None:
    add(slug, POLICY)
    author, draft = author_of(slug), get_draft(get_organisation_by_slug(slug))
    value = stances_to_json(draft.proposal("tag_pupil").stances)
    decide(draft, {"position:tag_pupil": value}, decided_by_id=author.id, at=clock.now())
    propose(slug, tmp_path)
    text = (tmp_path / "policies" / slug / "positions.yaml").read_text(encoding="utf-8")
    told = yaml.safe_load(text)
    marked = {name for name, stances in told.items() if "proposed" in json.dumps(stances)}
    assert set(told) - marked == {"tag_pupil"}


def test_what_was_all_confirmed_on_pages_has_no_mark_in_any_file(slug: str, tmp_path: Path) -> None:
    add(slug, POLICY)
    trust = get_organisation_by_slug(slug)
    author = make_person(Trust(trust, add_academy(trust.id, "mill", name="Mill", at=clock.now())))
    draft = get_draft(trust)
    decide(draft, as_proposed(draft).values, decided_by_id=author.id, at=clock.now())
    propose(slug, tmp_path)
    assert not [path for path in tmp_path.rglob("*.yaml") if MARK in path.read_text(encoding="utf-8")]


def test_content_goes_to_files_and_comes_back_the_same(slug: str, tmp_path: Path) -> None:
    names = ("--name", "Hill Trust", "--short-name", "Hill")
    assert run("organisation", "add", slug, *names).exit_code == 0
    load = ("content", "load", "--organisation", slug, "--policy", "model", "--by", str(author_of(slug).id))
    assert run(*load).exit_code == 0
    assert run("content", "export", "--organisation", slug, "--to", str(tmp_path)).exit_code == 0
    loaded = run(*load, "--folder", str(tmp_path))
    assert "This content was loaded already; nothing changed" in loaded.output


def test_without_a_text_or_content_each_command_says_what_is_missing(slug: str, tmp_path: Path) -> None:
    assert run("organisation", "add", slug, "--name", "Hill", "--short-name", "Hill").exit_code == 0
    for command, words in (("propose", "No policy text yet"), ("export", "no content loaded")):
        result = run("content", command, "--organisation", slug, "--to", str(tmp_path / command))
        assert result.exit_code == 1
        assert words in result.stderr
