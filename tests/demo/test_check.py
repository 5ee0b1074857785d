"""The check itself: it passes on the program as it is, and names the link that is broken on any other."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from elearn.app import create_app
from elearn.demo.check import STEPS
from elearn.demo.commands import check

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow

Walked = Callable[[str], tuple[bool, list[str]]]


@pytest.fixture
def walked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Walked:
    """Run the check against a server made by this factory: (whether all held, what was printed)."""
    monkeypatch.chdir(ROOT)

    def run(factory: str) -> tuple[bool, list[str]]:
        held = check(create_app, app_factory=factory)
        return held, capsys.readouterr().out.splitlines()

    return run


def test_every_link_of_the_program_as_it_is_holds(walked: Walked) -> None:
    held, lines = walked("elearn.app:create_app")
    assert lines == ["ok      the server answers", *(f"ok      {name}" for name, _ in STEPS)]
    assert held


@pytest.mark.parametrize(
    ("broken", "link"),
    [
        ("answer_not_stored", "the situations are answered"),
        ("answer_stored_as_right", "a wrong answer is stored as wrong"),
        ("sign_accepts_another_version", "the page of the old version does not sign"),
        ("gate_always_yes", "the gate says not yet"),
        ("gate_always_no", "the gate opens"),
        ("hold_ignored", "a hold shuts the gate and lifting opens it"),
        ("no_practice", "where a policy's text is missing it is practised, and nothing is kept"),
        ("practice_kept", "where a policy's text is missing it is practised, and nothing is kept"),
        ("row_edited", "the ledger is sound"),
    ],
)
def test_a_broken_link_is_found_and_named(walked: Walked, broken: str, link: str) -> None:
    held, lines = walked(f"tests.demo.broken:{broken}")
    assert not held
    assert lines[-1].startswith(f"FAILED  {link}: "), "\n".join(lines)
    assert all(line.startswith("ok ") for line in lines[:-1])


def test_a_server_that_does_not_start_is_said(walked: Walked) -> None:
    assert walked("tests.demo.broken:nothing") == (False, ["FAILED  the server answers: it did not start"])


def test_the_command_exits_with_0_and_needs_no_setting_and_no_database(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "elearn", "demo", "--check"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
