"""`elearn demo`: where it may write, what it prints, and what it leaves out."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from elearn.cli import main
from elearn.demo import commands
from elearn.demo.sample import STAFF


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instance folder of its own, and a server that stops at once."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("ELEARN_INSTANCE", str(tmp_path))
    monkeypatch.setattr(commands, "serve", lambda app, **options: None)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["demo", "--port", str(commands._free_port()), *arguments])


def test_it_refuses_where_a_database_is_set(instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://localhost/real")
    result = run()
    assert result.exit_code == 1
    assert "must not touch that database" in result.stderr
    assert not (instance / "demo").exists()


def test_it_refuses_a_port_in_use_before_it_changes_anything(instance: Path) -> None:
    with socket.socket() as taken:
        taken.bind((commands.HOST, 0))
        taken.listen()
        result = run("--port", str(taken.getsockname()[1]))
    assert result.exit_code == 1
    assert "choose another with --port" in result.stderr
    assert not (instance / "demo").exists()


def test_it_refuses_a_folder_that_is_not_a_demonstration(instance: Path) -> None:
    (instance / "demo").mkdir()
    (instance / "demo" / "something.txt").write_text("mine")
    assert run().exit_code == 1
    assert (instance / "demo" / "something.txt").read_text() == "mine"


def test_it_writes_in_its_own_folder_and_prints_every_way_in(instance: Path) -> None:
    result = run()
    assert result.exit_code == 0, result.output
    assert [path.name for path in instance.iterdir()] == ["demo"]
    for role in ("manager", "approver", "hr", "it", "author", "auditor", "administrator"):
        assert f"{role}@model.example" in result.output
    for starter in ("teacher", "kitchen", "governor"):
        assert starter in result.output
    for slug in ("raleigh", "voyage", "creating-tomorrow", "clt", "lead"):
        assert re.search(
            rf"administrator@{slug}\.example +[A-Z0-9]{{4}}-[A-Z0-9]{{4}} +practise\n", result.output
        )
    assert "the policy's own text is not here" in result.output
    assert commands.LOOK_AT.keys() == {post.key for post in STAFF}
    assert f"with ELEARN_INSTANCE={instance / 'demo'}:" in result.output


def test_the_commands_that_it_prints_answer(instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = re.findall(r"^  elearn (.+?)  ", run().output, re.MULTILINE)
    assert len(printed) == 2
    monkeypatch.setenv("ELEARN_INSTANCE", str(instance / "demo"))
    answers = [CliRunner().invoke(main, command.split()) for command in printed]
    assert [answer.exit_code for answer in answers] == [1, 0], [answer.output for answer in answers]
    assert "Not yet." in answers[0].stdout


def test_a_second_demonstration_begins_afresh(instance: Path) -> None:
    first, second = run(), run()
    assert second.exit_code == 0, second.output
    assert first.output != second.output


@pytest.mark.shared
def test_with_the_texts_every_trust_is_published(instance: Path, policy_texts: Path) -> None:
    result = run("--policies", str(policy_texts))
    assert result.exit_code == 0, result.output
    assert "could not be published" not in result.output
    assert "practise" not in result.output
