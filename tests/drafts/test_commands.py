"""A new trust by command line: its policy's file, what comes next, and files to edit; content back to files."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from elearn.people.organisations import find_organisation, get_organisation_by_slug
from elearn.scenarios.service import find_latest_bundle
from tests.command_line import run

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


def test_what_is_proposed_is_written_as_files_that_the_loader_takes(slug: str, tmp_path: Path) -> None:
    add(slug, POLICY)
    folder = tmp_path / "files"
    result = run("content", "propose", "--organisation", slug, "--to", str(folder))
    assert result.exit_code == 0, result.output
    written = (folder / "policies" / slug / "positions.yaml").read_text(encoding="utf-8")
    assert written.startswith("# Proposed from the words of the policy's text")
    again = run("content", "propose", "--organisation", slug, "--to", str(folder))
    assert again.exit_code == 1
    assert "is there already" in again.stderr

    loaded = run("content", "load", "--organisation", slug, "--policy", slug, "--folder", str(folder))
    assert loaded.exit_code == 0, loaded.output
    assert find_latest_bundle(get_organisation_by_slug(slug).id) is not None


def test_content_goes_to_files_and_comes_back_the_same(slug: str, tmp_path: Path) -> None:
    names = ("--name", "Hill Trust", "--short-name", "Hill")
    assert run("organisation", "add", slug, *names, "--policy", "model").exit_code == 0
    assert run("content", "export", "--organisation", slug, "--to", str(tmp_path)).exit_code == 0
    loaded = run("content", "load", "--organisation", slug, "--policy", "model", "--folder", str(tmp_path))
    assert "This content was loaded already; nothing changed" in loaded.output


def test_without_a_text_or_content_each_command_says_what_is_missing(slug: str, tmp_path: Path) -> None:
    assert run("organisation", "add", slug, "--name", "Hill", "--short-name", "Hill").exit_code == 0
    for command, words in (("propose", "No policy text yet"), ("export", "no content loaded")):
        result = run("content", command, "--organisation", slug, "--to", str(tmp_path / command))
        assert result.exit_code == 1
        assert words in result.stderr
