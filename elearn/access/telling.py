"""What commands of access share: their options, and how what a rule refuses is told.

They exit with 0 when done, 1 when a rule refused (with every reason), 2 when something does not exist or cannot be
used.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import click

from elearn.decisions import Reason
from elearn.errors import ActionRefused, ElearnError
from elearn.terminal import needs_database, tell

REFUSED, UNUSABLE = 1, 2

P = ParamSpec("P")

by_option = click.option("--by", required=True, metavar="PERSON", help="Who does it.")


def telling(command: Callable[P, None]) -> Callable[P, None]:
    """Run with the database; turn what a rule refuses, and what does not exist, into plain lines and an exit code."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            needs_database(command)(*args, **kwargs)
        except ActionRefused as refused:
            click.echo("Refused:", err=True)
            for reason in refused.refusal.reasons:
                click.echo(f"- {reason_line(reason)}", err=True)
            raise SystemExit(REFUSED) from refused
        except ElearnError as error:
            tell(error)
            raise SystemExit(UNUSABLE) from error

    return wrapped


def reason_line(reason: Reason) -> str:
    """A reason in one line: what, on what basis, what to do, who can."""
    if not reason.clauses:
        basis = "product rule"
    else:
        basis = ("clause " if len(reason.clauses) == 1 else "clauses ") + ", ".join(reason.clauses)
    step = f" {reason.next_step} ({reason.who})." if reason.who else f" {reason.next_step}."
    return f"{reason.message} [{basis}].{step if reason.next_step else ''}"
