"""What the documents say is so: settings, tables, commands."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

import elearn.tables  # noqa: F401 - registers every table
from elearn import __version__
from elearn.cli import main
from elearn.config import SETTINGS
from elearn.db import Base

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def table_rows(text: str, cells: int) -> list[tuple[str, ...]]:
    """The rows of a document's tables whose first cell is code."""
    rows = re.findall(r"^\| `([^`]+)` \|" + r" (.*?) \|" * (cells - 1) + "$", text, re.MULTILINE)
    return [tuple(row) for row in rows]


def test_the_settings_are_those_of_the_program_in_its_words() -> None:
    assert table_rows(README, 2) == list(SETTINGS.items())


def test_every_table_is_in_the_retention_schedule_under_its_own_class() -> None:
    text = (ROOT / "docs" / "retention.md").read_text(encoding="utf-8")
    listed = {name: kept for name, kept, _ in table_rows(text, 3)}
    assert listed == {
        str(mapper.class_.__tablename__): kept_class(mapper.class_.__doc__ or "")
        for mapper in Base.registry.mappers
    }


def kept_class(docstring: str) -> str:
    """The class that a table's docstring names: A to C, D for ever, or a rule of its own."""
    kept = " ".join(docstring.split()).partition("Kept: ")[2]
    named = re.search(r"class ([ABC])", kept)
    if named:
        return named[1]
    return "D" if kept.startswith("for ever") else "own"


@pytest.mark.parametrize("line", re.findall(r"(?:^ {4}|`)(elearn [a-z][^`\n#]*)", README, re.MULTILINE))
def test_every_command_of_the_readme_exists_with_its_options(line: str) -> None:
    words = shlex.split(line)[1:]
    command: click.Command = main
    while isinstance(command, click.Group) and words:
        command = command.commands[words.pop(0)]
    options = {name for option in command.params for name in option.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_links_of_the_readme_lead_somewhere() -> None:
    for target in re.findall(r"\]\(((?!http)[^)]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_two_commands_are_at_the_top_and_in_the_makefile() -> None:
    assert README.split("\n", 4)[2:4] == ["    make demo", "    make test"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("help", "demo", "test", "check", "format"):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_this_version_has_its_place_in_the_changes() -> None:
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_what_is_required_of_a_change_checks_and_tests_everything() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert "set -euo pipefail" in lines
    assert "make check" in lines
    [tests] = [line for line in lines if line.endswith(" make test")]
    required = re.fullmatch(r'ELEARN_TEST_REQUIRE="\$\{ELEARN_TEST_REQUIRE:-([\w,]+)\}" make test', tests)
    assert required is not None
    assert set(required[1].split(",")) == {"browser", "postgresql", "pdfsig"}


NOTICES = (ROOT / "THIRD_PARTY_NOTICES.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", ["elearn/static/vendor", "elearn/fonts"])
def test_everything_of_others_that_comes_with_it_is_in_the_notices(folder: str) -> None:
    found = [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    assert found
    for path in found:
        assert f"`{path.parent.relative_to(ROOT).as_posix()}/" in NOTICES, path
        assert path.name in NOTICES, path


def test_the_version_of_what_is_vendored_is_that_of_the_notices() -> None:
    about = (ROOT / "elearn" / "static" / "vendor" / "README.md").read_text(encoding="utf-8")
    [version] = re.findall(r"npm `govuk-frontend` \*\*([\d.]+)\*\*", about)
    assert f"### GOV.UK Frontend {version}\n" in NOTICES


def test_every_package_that_it_needs_is_in_the_notices_with_its_licence() -> None:
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    names: set[str] = set()
    for line in needed:
        name, extra = re.findall(r"^([\w.-]+)(?:\[(\w+)\])?", line.lower())[0]
        names |= {name, f"{name}-{extra}"} if extra else {name}
    part = NOTICES.partition("### Named in pyproject.toml")[2].partition("###")[0]
    rows = dict(re.findall(r"^\| ([a-z\d-]+) \| (.*\S.*) \|$", part, re.MULTILINE))
    assert rows.pop("package") == "licence"
    assert set(rows) == names
