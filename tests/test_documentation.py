"""What the documents say is so: settings, tables, commands."""

from __future__ import annotations

import re
import shlex
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
