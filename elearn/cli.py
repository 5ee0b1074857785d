"""The command line: which packages have commands, and how any command ends. Wiring only."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from elearn import __version__
from elearn.access.account_commands import account as account_commands
from elearn.access.commands import access as access_commands
from elearn.access.hold_commands import hold as hold_commands
from elearn.app import create_app
from elearn.assignments.commands import show_standing
from elearn.auth.commands import add_administrator, password_commands, slip_commands, token_commands
from elearn.commands import db_commands, nightly, serve
from elearn.courses.commands import publish_policy
from elearn.demo.commands import demo
from elearn.drafts.commands import (
    add_organisation_command,
    content_changes_command,
    export_content_command,
    propose_content_command,
)
from elearn.errors import ElearnError
from elearn.people.commands import person_commands, placement_commands
from elearn.people.holding_commands import office_commands, role_commands
from elearn.people.ledger_commands import key_commands, verify, witness_commands
from elearn.people.organisation_commands import academy_commands, admin_commands, organisation_commands
from elearn.quizzes.commands import paper_commands
from elearn.scenarios.commands import content_commands
from elearn.scenarios.importing_commands import policy as policy_commands
from elearn.scenarios.loading_commands import load_content_command
from elearn.terminal import (
    CRASH,
    FAILED,
    USAGE,
    Program,
    crash_reference,
    tell,
)


class CommandLine(click.Group):
    """The top group: turns every way to end into an exit code."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> NoReturn:
        """Run, and exit with 0, the command's own code, 1 (expected failure), 64 (usage) or 70 (crash)."""
        program = extra.setdefault("obj", Program(create_app))
        extra["standalone_mode"] = False
        try:
            code = super().main(args, *rest, **extra)
        except click.UsageError as error:
            error.show()
            sys.exit(USAGE)
        except click.ClickException as error:
            error.show()
            sys.exit(FAILED)
        except click.Abort:
            click.echo("Stopped", err=True)
            sys.exit(FAILED)
        except ElearnError as error:
            tell(error)
            sys.exit(FAILED)
        except Exception as error:
            _tell_crash(error, debug=program.debug)
            sys.exit(CRASH)
        sys.exit(code if isinstance(code, int) else 0)


def _tell_crash(error: Exception, *, debug: bool) -> None:
    reference, log = crash_reference(error)
    where = f"details are in {log}" if log else "run it again with --debug for details"
    click.echo(
        f"Something unexpected went wrong ({type(error).__name__}, reference {reference}): {where}", err=True
    )
    if debug:
        click.echo("".join(traceback.format_exception(error)), err=True)


@click.group("elearn", cls=CommandLine)
@click.version_option(__version__, prog_name="elearn")
@click.option("--debug", is_flag=True, help="Print the details of an unexpected error.")
@click.pass_obj
def main(program: Program, debug: bool) -> None:
    """Social media policy training, signature and account access for academy trusts.

    Start with `elearn demo`. An installation starts with `elearn db upgrade`, `elearn keys init` and
    `elearn organisation add`.
    """
    program.debug = debug


policy_commands.add_command(publish_policy)
organisation_commands.add_command(add_organisation_command)
for _command in (
    load_content_command,
    propose_content_command,
    content_changes_command,
    export_content_command,
):
    content_commands.add_command(_command)
admin_commands.add_command(add_administrator)

for _command in (
    demo,
    serve,
    nightly,
    db_commands,
    key_commands,
    verify,
    witness_commands,
    organisation_commands,
    academy_commands,
    person_commands,
    placement_commands,
    role_commands,
    office_commands,
    admin_commands,
    password_commands,
    slip_commands,
    token_commands,
    content_commands,
    policy_commands,
    paper_commands,
    show_standing,
    access_commands,
    account_commands,
    hold_commands,
):
    main.add_command(_command)
