"""`elearn demo`: a fresh demonstration to look at, or to walk through and report on."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click
from flask import Flask
from flask_migrate import upgrade
from waitress import serve

from elearn.config import Settings, load_settings, secret_key
from elearn.db import db, let_go
from elearn.demo.check import run_check
from elearn.demo.sample import OWN_TEXT, Demonstration, SampleTrust, make_demonstration
from elearn.errors import ConfigurationError
from elearn.ledger.keys import create_keys
from elearn.terminal import Program, table

HOST = "127.0.0.1"
PRACTISED = "raleigh"
"""The organisation without its text that the check practises at."""
WITHOUT_TEXT = """\
Where it says practise, the policy's own text is not here: its situations can be tried, with our words for the
clauses, and nothing counts or can be signed. Give a folder of texts called raleigh.txt and so on with --policies."""
CreateApp = Callable[[Settings], Flask]


@click.command("demo")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option(
    "--policies",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder with the other trusts' texts, called SLUG.txt; they are then published too.",
)
@click.option(
    "--check", "only_check", is_flag=True, help="Walk the main job over HTTP and stop: 0 ok, 1 broken."
)
@click.pass_obj
def demo(program: Program, port: int, policies: Path | None, only_check: bool) -> None:
    """Make a fresh demonstration in instance/demo/ and serve it: sample trusts, staff, and a sign-in for each role.

    Example: elearn demo --port 8000
    """
    if only_check:
        click.get_current_context().exit(0 if check(program.create_app) else 1)
    if os.environ.get("DATABASE_URL"):
        raise ConfigurationError(
            "DATABASE_URL is set, and the demonstration must not touch that database: unset it"
        )
    _check_free(port)
    app, made = prepare(program.create_app, _fresh_folder(), port, policies)
    for line in _introduction(made, port, Path(app.instance_path)):
        click.echo(line)
    serve(app, host=HOST, port=port, threads=8, ident=None)


def check(create_app: CreateApp, *, app_factory: str = "elearn.app:create_app") -> bool:
    """Walk the main job against a real server in a temporary installation; whether every step held.

    `app_factory` names what the server serves, as module:function. Each step is printed with ok or FAILED.
    """
    with tempfile.TemporaryDirectory(prefix="elearn-check-", ignore_cleanup_errors=True) as folder:
        port = _free_port()
        app, made = prepare(create_app, Path(folder) / "demo", port, None, only=(OWN_TEXT, PRACTISED))
        try:
            return run_check(app, made, port=port, app_factory=app_factory, say=click.echo)
        finally:
            with app.app_context():
                let_go()
                db.engine.dispose()


def prepare(
    create_app: CreateApp, folder: Path, port: int, texts: Path | None, *, only: tuple[str, ...] = ()
) -> tuple[Flask, Demonstration]:
    """A demonstration's application in an empty folder, with its keys, tables and sample organisations."""
    create_keys(folder / "keys", "elearn-demo")
    environment = {"ELEARN_INSTANCE": str(folder), "ELEARN_BASE_URL": f"http://{HOST}:{port}"}
    app = create_app(load_settings(environment))
    with app.app_context():
        secret_key()
        upgrade()
        made = make_demonstration(texts, only=only)
        let_go()
    return app, made


def _fresh_folder() -> Path:
    """instance/demo/, without what an earlier demonstration left there."""
    folder = Path(os.environ.get("ELEARN_INSTANCE", "instance")).resolve() / "demo"
    if folder.is_symlink() or (
        folder.exists() and not (folder / "secret_key").is_file() and any(folder.iterdir())
    ):
        raise ConfigurationError(f"{folder} does not look like an earlier demonstration: move it away first")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise ConfigurationError(f"port {port} is in use: choose another with --port") from error


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


LOOK_AT = {
    "manager": "Staff: who is done, and asking for access",
    "approver": "Requests of Mill Road Academy",
    "hr": "People and their slips; Staff",
    "it": "Accounts: who may post, holds",
    "author": "Policy and Content",
    "auditor": "Evidence: is every record as it was made",
    "administrator": "People, Accounts, Policy, Content",
    "ceo": "Requests of the whole trust",
}
"""What each of the sample staff has beside their own training."""


def _introduction(made: Demonstration, port: int, folder: Path) -> list[str]:
    """What to open and how to sign in."""
    address = f"http://{HOST}:{port}"
    main = made.trusts.get(OWN_TEXT)
    lines = ["", f"The demonstration is at {address}  (Ctrl+C stops it)", ""]
    if main is not None:
        lines += [f"{main.organisation.name}: new starters, by code at {address}", ""]
        lines += [_indented(table(_starters(main), ("who", "job", "code"))), ""]
        lines += ["Begin with Amira's code: rules, situations, signature, about 15 minutes.", ""]
        lines += [f"Staff, by password at {address}/sign-in; the password is {made.password}", ""]
        lines += [_indented(table(_logins(main), ("who", "sign-in name", "what to look at"))), ""]
    others = [
        (
            trust.organisation.name,
            trust.logins["administrator"],
            trust.codes["teacher"],
            "do and sign" if trust.is_published else "practise",
        )
        for trust in made.trusts.values()
        if trust is not main
    ]
    if others:
        lines += ["Other organisations, with the same password", ""]
        lines += [
            _indented(table(others, ("name", "administrator", "a teacher's code", "what you can do"))),
            "",
        ]
    if any(not trust.is_published for trust in made.trusts.values()):
        lines += [WITHOUT_TEXT, ""]
    if main is not None:
        lines += [f"In another window, with ELEARN_INSTANCE={folder}:", ""]
        commands = (
            (f"{_program()} access check model/10001 model/millroad", "may Amira post, and why not"),
            (f"{_program()} verify", "is every record as it was made"),
        )
        lines += [_indented(table(commands, ("command", "what it answers"))), ""]
    remarks = [*made.remarks, *(remark for trust in made.trusts.values() for remark in trust.remarks)]
    return [*lines, *remarks, ""]


def _program() -> str:
    """What to type for this program: as it was typed, where it was by its name."""
    return sys.argv[0] if Path(sys.argv[0]).stem == "elearn" else "elearn"


def _starters(trust: SampleTrust) -> list[tuple[str, ...]]:
    return [(trust.people[key].name, key, code) for key, code in trust.codes.items()]


def _logins(trust: SampleTrust) -> list[tuple[str, ...]]:
    return [(trust.people[key].name, login, LOOK_AT[key]) for key, login in trust.logins.items()]


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))
