"""`elearn policy publish`, with the import and the content that go before it."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from elearn import clock
from elearn.courses.service import INDUCTION, current_course
from elearn.people.organisations import get_organisation_by_slug
from tests.command_line import run
from tests.factories import CONTENT, POLICY_TEXT, make_organisation


@pytest.fixture
def slug(app: Flask) -> str:
    """An organisation with content, still without its text."""
    slug = f"fernhill-{secrets.token_hex(4)}"
    added = ("--name", "Fernhill Academies Trust", "--short-name", "Fernhill", "--policy", "fernhill")
    result = run("organisation", "add", slug, *added, "--folder", str(CONTENT))
    assert result.exit_code == 0, result.output
    assert "No policy text yet" in result.output
    return slug


def import_text(slug: str, folder: Path, text: str = POLICY_TEXT, *more: str) -> Result:
    path = folder / "policy.md"
    path.write_text(text, encoding="utf-8")
    return run("policy", "import", str(path), "--organisation", slug, *more)


def test_a_policy_is_imported_and_published_with_its_courses(slug: str, tmp_path: Path) -> None:
    assert import_text(slug, tmp_path).exit_code == 0
    result = run("policy", "publish", "--organisation", slug)
    assert result.exit_code == 0, result.output
    assert "is in force at Fernhill Academies Trust" in result.output
    assert current_course(get_organisation_by_slug(slug).id, INDUCTION, clock.today()) is not None


def test_the_same_file_again_changes_nothing(slug: str, tmp_path: Path) -> None:
    import_text(slug, tmp_path)
    assert "already; nothing changed" in import_text(slug, tmp_path).output


def test_publishing_twice_is_refused(slug: str, tmp_path: Path) -> None:
    import_text(slug, tmp_path)
    run("policy", "publish", "--organisation", slug)
    result = run("policy", "publish", "--organisation", slug)
    assert (result.exit_code, result.stderr) == (1, "This version is in force already\n")


def test_a_text_that_the_content_was_not_written_for_is_refused_clause_by_clause(
    slug: str, tmp_path: Path
) -> None:
    import_text(slug, tmp_path, POLICY_TEXT.replace("must", "may"))
    result = run("policy", "publish", "--organisation", slug)
    assert result.exit_code == 1
    assert "reads differently" in result.stderr


def test_of_several_versions_one_is_named(slug: str, tmp_path: Path) -> None:
    import_text(slug, tmp_path)
    import_text(slug, tmp_path, POLICY_TEXT + "\n", "--version", "9")
    result = run("policy", "publish", "--organisation", slug)
    assert result.exit_code == 1
    assert "--version" in result.stderr
    assert run("policy", "publish", "--organisation", slug, "--version", "8").exit_code == 1
    assert run("policy", "publish", "--organisation", slug, "--version", "9").exit_code == 0


def test_without_text_or_content_nothing_is_published(app: Flask, slug: str, tmp_path: Path) -> None:
    result = run("policy", "publish", "--organisation", slug)
    assert result.exit_code == 1
    assert "elearn policy import" in result.stderr
    bare = make_organisation(published=False).organisation.slug
    import_text(bare, tmp_path)
    result = run("policy", "publish", "--organisation", bare)
    assert result.exit_code == 1
    assert "elearn content load" in result.stderr


def test_import_needs_an_organisation_or_a_dry_run(tmp_path: Path) -> None:
    path = tmp_path / "policy.md"
    path.write_text(POLICY_TEXT, encoding="utf-8")
    assert run("policy", "import", str(path)).exit_code == 64
    assert run("policy", "import", str(path), "--dry-run").exit_code == 0
    assert run("policy", "import", str(tmp_path / "missing.md"), "--dry-run").exit_code == 2


def test_content_is_loaded_again_without_change(slug: str) -> None:
    again = run("content", "load", "--organisation", slug, "--folder", str(CONTENT))
    assert again.exit_code == 0, again.output
    assert "nothing changed" in again.output
    assert run("content", "load", "--organisation", slug, "--policy", "nobody").exit_code == 1
