"""`elearn policy import`: what it prints, and how it refuses what it cannot read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from elearn.policies.importing import read_policy, to_json
from elearn.scenarios.importing_commands import policy as policy_commands
from tests.policies import documents

TEXT = "Media Policy\n\n1. Pictures\n\n1.1 Staff must not post a photo of a pupil without consent.\n"


def look(file: Path, *options: str) -> Result:
    return CliRunner().invoke(policy_commands, ["import", str(file), "--dry-run", *options])


def test_json_has_the_agreed_shape_with_topics_for_each_clause(tmp_path: Path) -> None:
    file = tmp_path / "p.txt"
    file.write_text(TEXT, encoding="utf-8")
    result = look(file, "--json")
    printed = json.loads(result.stdout)
    assert result.exit_code == 0
    assert list(printed) == [
        "organisation", "title", "version", "dates", "clauses", "headings", "left_out", "warnings"
    ]  # fmt: skip
    assert list(printed["clauses"][0]) == [
        "ref", "parent", "heading", "kind", "text", "force", "line_start", "line_end", "topics"
    ]  # fmt: skip
    assert list(printed["left_out"][0]) == ["line", "text", "why"]
    assert printed["clauses"][0].pop("topics")[:1] == ["images"]
    assert printed == json.loads(json.dumps(to_json(read_policy(file.read_bytes(), "p.txt"))))


def test_a_summary_for_people_says_what_was_proposed_and_left_out(tmp_path: Path) -> None:
    file = tmp_path / "p.txt"
    file.write_text(TEXT, encoding="utf-8")
    result = look(file)
    assert "1 clauses, 1 headings, 1 lines left out" in result.stdout
    assert "Force (proposed): 1 prohibition" in result.stdout
    assert "Topics (proposed): 1 images" in result.stdout


@pytest.mark.parametrize(("name", "make"), [("p.docx", documents.typed_word), ("p.pdf", documents.pdf_file)])
def test_word_and_pdf_are_read_from_the_command_line(tmp_path: Path, name: str, make: object) -> None:
    file = tmp_path / name
    assert callable(make)
    file.write_bytes(make(TEXT))
    result = look(file, "--json")
    assert [clause["ref"] for clause in json.loads(result.stdout)["clauses"]] == ["1.1"]


@pytest.mark.parametrize("name", ["p.txt", "p.docx", "p.pdf"])
@pytest.mark.parametrize("content", [None, b"", b"\x00" * 40])
def test_what_cannot_be_read_exits_with_2_and_names_the_file(
    tmp_path: Path, content: bytes | None, name: str
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    result = look(file)
    assert result.exit_code == 2
    assert name in result.stderr
    assert result.stdout == ""
