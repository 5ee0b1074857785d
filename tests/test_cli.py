"""The command line as a whole: its exit codes, what it says when it cannot go on, and its help."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from elearn import cli, terminal
from elearn.app import create_app
from elearn.cli import main
from elearn.config import make_secret, newest_migration
from elearn.db import db
from tests.command_line import run

ROOT = Path(__file__).resolve().parents[1]


def tables() -> list[str]:
    """What tables the server's database has by now; none where SQLite's file is a file of the installation."""
    if "DATABASE_URL" not in os.environ:
        return []
    engine = create_engine(os.environ["DATABASE_URL"])
    found = inspect(engine).get_table_names()
    engine.dispose()
    return found


def commands(
    group: click.Group = main, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


# --- how it ends ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [("nothing",), ("verify", "--nothing"), ("db",), ("standing",), ("standing", "x", "--on", "31/02/2026")],
)
def test_a_usage_error_exits_with_64(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 64


def test_a_date_that_is_none_is_named_with_its_option() -> None:
    result = run("standing", "x", "--on", "2026-02-31")
    assert result.exit_code == 64
    assert "'--on': '2026-02-31' is not a date of the form 2026-09-01" in result.stderr


def test_help_and_version_exit_with_0() -> None:
    assert run("--help").exit_code == 0
    assert run("--version").exit_code == 0


@pytest.mark.usefixtures("installation")
def test_an_expected_failure_exits_with_1_and_its_sentence_on_standard_error() -> None:
    result = run("organisation", "list")
    assert result.exit_code == 1
    assert result.stderr == "The database has not been set up. Run `elearn db upgrade`\n"
    assert result.stdout == ""


def test_asking_about_a_database_that_is_not_there_does_not_make_it(instance: Path) -> None:
    run("organisation", "list")
    assert not (instance / "elearn.db").exists()


READING = {
    ("verify",),
    ("db", "check"),
    ("organisation", "list"),
    ("person", "list"),
    ("role", "list"),
    ("office", "list"),
    ("slip", "list"),
    ("standing",),
    ("content", "check"),
    ("content", "coverage"),
    ("content", "propose"),
    ("content", "export"),
    ("content", "show"),
    ("policy", "import"),
    ("paper", "list"),
    ("paper", "show"),
    ("access", "check"),
    ("access", "list"),
    ("account", "list"),
    ("hold", "list"),
    ("witness", "export"),
}
"""Commands that only read, or that can do nothing where nothing is set up yet."""


@pytest.mark.parametrize(
    ("path", "command"),
    [pytest.param(*each, id=" ".join(each[0])) for each in commands() if each[0] in READING],
)
def test_reading_writes_nothing_into_an_instance_that_is_not_set_up(
    installation: Path, path: tuple[str, ...], command: click.Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(installation.parent)
    [example, *_] = re.findall(r"Example: elearn (.+?)(?:\n\n|\Z)", command.help or "", re.S)
    run(*shlex.split(example.partition(" > ")[0]))
    assert not installation.exists()
    assert tables() == []


def test_every_command_of_a_name_that_reads_is_among_those_that_write_nothing() -> None:
    reads = {path for path, _ in commands() if path[-1] in ("list", "show", "check", "export", "verify")}
    assert reads <= READING
    assert {path for path, _ in commands()} >= READING


def test_a_secret_key_is_made_once_it_is_needed(installation: Path) -> None:
    run("db", "upgrade")
    run("organisation", "add", "fernhill", "--name", "Fernhill", "--short-name", "Fernhill")
    run("person", "add", "--organisation", "fernhill", "--payroll-number", "1", "--name", "Kim Shah")
    assert not (installation / "secret_key").exists()
    assert run("slip", "issue", "fernhill/1").exit_code == 0
    made = (installation / "secret_key").read_text(encoding="ascii")
    assert len(made) >= 32
    assert create_app().config["SECRET_KEY"] == made


def test_a_server_has_a_secret_key_before_its_first_request(instance: Path) -> None:
    assert len(create_app().config["SECRET_KEY"]) >= 32
    assert (instance / "secret_key").stat().st_mode & 0o077 == 0 or sys.platform == "win32"


def test_a_database_that_does_not_answer_is_an_expected_failure(
    instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:secret@127.0.0.1:1/nothing")
    result = run("organisation", "list")
    assert result.exit_code == 1
    assert "does not answer: check DATABASE_URL" in result.stderr
    assert "secret" not in result.stderr


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("", "The database has not been set up. Run `elearn db upgrade`"),
        ("postgresql://nobody:secret@127.0.0.1:1/nothing", "does not answer: check DATABASE_URL"),
    ],
)
@pytest.mark.usefixtures("installation")
def test_the_gate_says_in_json_that_it_cannot_say_where_the_database_cannot_be_asked(
    monkeypatch: pytest.MonkeyPatch, address: str, why: str
) -> None:
    if address:
        monkeypatch.setenv("DATABASE_URL", address)
    result = run("access", "check", "fernhill/1", "fernhill/millroad", "--json")
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["answer"], answer["allowed"]) == (2, "cannot_say", False)
    [reason] = answer["reasons"]
    assert why in reason["message"]
    assert "secret" not in result.output
    result = run("access", "list", "--organisation", "fernhill")
    assert (result.exit_code, result.stdout) == (2, "")
    assert why in result.stderr


def test_a_crash_exits_with_70_in_one_line_with_a_reference(
    instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "load_settings", lambda: 1 // 0)
    result = run("organisation", "list")
    assert result.exit_code == 70
    assert re.fullmatch(
        r"Something unexpected went wrong \(ZeroDivisionError, reference \w{8}\): .*\n", result.stderr
    )


def test_a_crash_is_logged_under_its_reference_and_shown_with_debug(
    instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(settings: object) -> object:
        raise RuntimeError("a fault of the program")

    monkeypatch.setattr(cli, "create_app", crash)
    result = run("--debug", "organisation", "list")
    assert result.exit_code == 70
    assert "Traceback" in result.stderr
    reference = re.search(r"reference (\w{8})", result.stderr)
    assert reference is not None
    log = (instance / "elearn.log").read_text(encoding="utf-8")
    assert reference[1] in log
    assert "a fault of the program" in log


def test_a_setting_that_is_wrong_is_named(instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELEARN_BASE_URL", "policy.example.org")
    result = run("organisation", "list")
    assert result.exit_code == 1
    assert "ELEARN_BASE_URL" in result.stderr


# --- help ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "command"), [pytest.param(*each, id=" ".join(each[0])) for each in commands()]
)
def test_every_command_says_what_it_does(path: tuple[str, ...], command: click.Command) -> None:
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not isinstance(
            parameter.type, click.Choice | click.IntRange
        ):
            assert parameter.help or parameter.show_default or parameter.required or parameter.metavar, (
                f"{' '.join(path)} {parameter.name}"
            )


@pytest.mark.parametrize(
    ("path", "command"), [pytest.param(*each, id=" ".join(each[0])) for each in commands()]
)
def test_every_command_has_an_example_that_it_takes(path: tuple[str, ...], command: click.Command) -> None:
    examples = re.findall(r"Example: (elearn .+?)(?:\n\n|\Z)", command.help or "", re.S)
    assert examples, f"elearn {' '.join(path)} has no example"
    for example in examples:
        words = shlex.split(example.partition(" > ")[0])
        assert words[1 : 1 + len(path)] == list(path)
        command.make_context(path[-1], words[1 + len(path) :])


def test_python_m_elearn_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "elearn", "--version"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.split(",")[0]) == (0, "elearn")


# --- an installation from nothing ----------------------------------------------------------------


def test_an_installation_can_be_set_up_step_by_step(installation: Path) -> None:
    for arguments in (
        ("keys", "init", "--name", "policy.example.org"),
        ("db", "upgrade"),
        ("db", "upgrade"),
        ("db", "check"),
        ("organisation", "add", "fernhill", "--name", "Fernhill Academies Trust", "--short-name", "Fernhill"),
        ("academy", "add", "mill-road", "--organisation", "fernhill", "--name", "Mill Road Academy"),
    ):
        result = run(*arguments)
        assert result.exit_code == 0, (arguments, result.output)
    administrator = ("--payroll-number", "1", "--name", "Jo Reed", "--login", "jo@fernhill.example")
    result = run(
        "admin",
        "add",
        "--organisation",
        "fernhill",
        *administrator,
        "--password-stdin",
        text="three brown teapots\n",
    )
    assert result.exit_code == 0, result.output
    assert "Jo Reed is administrator of Fernhill Academies Trust" in result.output
    result = run("verify")
    assert result.exit_code == 0, result.output
    assert "fernhill: sound" in result.output


def test_the_installation_of_the_readme_works_line_by_line_in_a_new_folder(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder without a checkout, up to the server; the last line before that puts the policy in force."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    steps = readme.partition("## A real installation")[2].partition("elearn serve")[0]
    lines = re.findall(r"^    elearn (.+)$", steps, re.MULTILINE)
    assert len(lines) > 9
    installation.mkdir()
    monkeypatch.chdir(installation)
    for line in lines:
        words = shlex.split(line, comments=True)
        typed = "three brown teapots\n" if words[:2] == ["admin", "add"] else None
        result = run(*words, *(["--password-stdin"] if typed else []), text=typed)
        assert result.exit_code == 0, (line, result.output)
    assert "is in force at Fernhill Academies Trust" in result.output
    assert "Published by Jo Reed" in result.output
    assert run("verify").exit_code == 0


def test_a_downgrade_that_would_lose_records_is_refused(installation: Path) -> None:
    run("db", "upgrade")
    run("organisation", "add", "fernhill", "--name", "Fernhill", "--short-name", "Fernhill")
    refused = run("db", "downgrade", "base")
    assert refused.exit_code == 1
    assert "1 organisations" in refused.stderr
    assert run("db", "downgrade", "base", "--discard-records").exit_code == 0


@pytest.mark.usefixtures("installation")
def test_a_database_behind_this_version_is_told_apart() -> None:
    run("db", "upgrade")
    run("db", "downgrade", "0005")
    result = run("db", "check")
    assert result.exit_code == 1
    assert "The database is at 0005" in result.output


@pytest.mark.usefixtures("installation")
def test_no_command_but_those_of_its_version_touches_a_database_of_another_version() -> None:
    """Verification least of all, which would take what is not there yet for what was taken away."""
    run("db", "upgrade")
    run("organisation", "add", "fernhill", "--name", "Fernhill", "--short-name", "Fernhill")
    newest = newest_migration()
    assert newest == ScriptDirectory(str(ROOT / "migrations")).get_current_head()
    run("db", "downgrade", f"{int(newest) - 1:04}", "--discard-records")
    for words, code in ((("verify",), 2), (("organisation", "list"), 1), (("serve",), 1), (("nightly",), 1)):
        result = run(*words)
        assert result.exit_code == code, words
        assert "Stop the server, run `elearn db upgrade`, and start it again" in result.stderr
    assert "Stop the server, run" in started_by_gunicorn().stderr.decode()
    run("db", "upgrade")
    assert run("verify").exit_code == 0
    assert started_by_gunicorn().returncode == 0
    app = create_app()
    with app.app_context(), db.engine.connect().execution_options(purpose="write") as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with app.app_context():
        db.engine.dispose()
    result = run("verify")
    assert result.exit_code == 2
    assert (
        f"The database is at 9999, and this program knows {newest} only: update the program" in result.stderr
    )


def started_by_gunicorn() -> subprocess.CompletedProcess[bytes]:
    """What comes of loading the application as gunicorn does."""
    return subprocess.run([sys.executable, "-c", "import elearn.wsgi"], capture_output=True)


def test_a_secret_key_file_that_is_empty_is_named(instance: Path) -> None:
    instance.mkdir()
    (instance / "secret_key").touch()
    result = run("slip", "issue", "fernhill/1")
    assert result.exit_code == 1
    assert "secret_key is empty: restore it from a backup" in result.stderr


def test_of_two_that_make_a_secret_key_at_once_one_is_kept(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(make_secret, [tmp_path] * 8))
    assert len(made) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


@pytest.mark.usefixtures("installation")
def test_serving_refuses_debug(monkeypatch: pytest.MonkeyPatch) -> None:
    run("db", "upgrade")
    monkeypatch.setenv("FLASK_DEBUG", "1")
    result = run("serve")
    assert result.exit_code == 1
    assert "debugging is on" in result.stderr.lower()
