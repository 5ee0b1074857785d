"""The check itself: it passes on the program as it is, and names the link that is broken on any other."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest
from flask import Flask

from elearn.app import create_app
from elearn.config import Settings, load_settings
from elearn.db import db
from elearn.demo import commands
from elearn.demo.check import STEPS
from elearn.demo.commands import check
from elearn.demo.sample import Demonstration
from elearn.demo.walk import Walk
from tests.command_line import run as typed
from tests.conftest import Databases

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


@dataclass(frozen=True)
class Original:
    """A demonstration with its folder and its database, for walks to begin from copies of it."""

    folder: Path
    database_url: str
    made: Demonstration

    def copy(self, databases: Databases, folder: Path, port: int) -> Flask:
        """The application of a copy in this folder."""
        shutil.copytree(self.folder, folder)
        given = {
            "ELEARN_INSTANCE": str(folder),
            "ELEARN_BASE_URL": f"http://{commands.HOST}:{port}",
            "DATABASE_URL": databases.copy(self.database_url, "walked"),
        }
        return create_app(load_settings(given))


@pytest.fixture(scope="module")
def original(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Original:
    """A demonstration made once on each database."""
    folder, url = tmp_path_factory.mktemp("made") / "demo", databases.empty("demo")

    def create(settings: Settings) -> Flask:
        return create_app(replace(settings, database_url=url))

    app, made = commands.prepare(create, folder, 1, None, only=(commands.OWN_TEXT, commands.PRACTISED))
    with app.app_context():
        db.engine.dispose()
    return Original(folder, url, made)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, databases: Databases, original: Original) -> None:
    """Walk through a copy of the demonstration, and run commands in this process: neither is what is broken."""

    def prepare(
        _create: object, folder: Path, port: int, *_rest: object, **_only: object
    ) -> tuple[Flask, Demonstration]:
        return original.copy(databases, folder, port), original.made

    def command(_walk: Walk, *words: str) -> subprocess.CompletedProcess[str]:
        db.session.rollback()
        done = typed(*words)
        db.session.rollback()
        return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)

    monkeypatch.setattr(commands, "prepare", prepare)
    monkeypatch.setattr(Walk, "command", command)


ALL_HOLDS = ["ok      the server answers", *(f"ok      {name}" for name, _ in STEPS)]


@pytest.mark.usefixtures("quick")
def test_every_link_of_the_program_as_it_is_holds(walked: Walked) -> None:
    """Walked as those with a broken link are, so that it is the broken link which they name."""
    assert walked("elearn.app:create_app") == (True, ALL_HOLDS)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("broken", "link"),
    [
        ("questions_kept_from_hr", "what somebody asks is read and answered by HR"),
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


@pytest.mark.usefixtures("quick")
def test_by_command_a_broken_link_is_named_and_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(commands, "check", partial(check, app_factory="tests.demo.broken:answer_not_stored"))
    done = typed("demo", "--check")
    assert done.exit_code == 1
    assert done.stdout.splitlines()[-1].startswith("FAILED  the situations are answered: ")


@pytest.mark.usefixtures("quick")
def test_a_server_that_does_not_start_is_said(walked: Walked) -> None:
    assert walked("tests.demo.broken:nothing") == (False, ["FAILED  the server answers: it did not start"])


def test_a_command_of_a_walk_is_a_process_of_its_own_on_the_walks_database(
    databases: Databases, original: Original, tmp_path: Path
) -> None:
    app, made = original.copy(databases, tmp_path / "demo", 1), original.made
    walk = Walk("http://127.0.0.1:1", app, made.trusts[commands.OWN_TEXT], made.password)
    done = walk.command("organisation", "list", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert {found["slug"] for found in json.loads(done.stdout)} == set(made.trusts)


def test_by_command_every_link_holds_too_without_a_setting_or_a_database() -> None:
    """The whole walk: a demonstration made afresh, and each command of it in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "elearn", "demo", "--check"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert done.stdout.splitlines() == ALL_HOLDS
