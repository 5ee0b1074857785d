"""`elearn paper`: which papers somebody was given, and any of them drawn again."""

from __future__ import annotations

from typing import Any

import click

from elearn.courses.service import get_course
from elearn.people.options import json_option
from elearn.people.service import resolve_person
from elearn.quizzes.papers import Redrawn, redraw
from elearn.quizzes.service import list_attempts
from elearn.terminal import FAILED, PERSON_HELP, needs_database, print_json


@click.group("paper")
def paper_commands() -> None:
    """Look at the papers that people were given."""


@paper_commands.command("list", epilog=PERSON_HELP)
@click.argument("person")
@json_option
@needs_database
def list_papers(person: str, as_json: bool) -> None:
    """List somebody's rounds, oldest first, each with the id that `paper show` takes.

    Example: elearn paper list fernhill/10042
    """
    rows = [
        {
            "attempt": str(attempt.id),
            "course": get_course(attempt.course_id).key,
            "round": attempt.round,
            "situations": len(attempt.paper),
            "started_at": attempt.started_at.isoformat(timespec="seconds"),
        }
        for attempt in list_attempts(resolve_person(person))
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(
            f"{row['attempt']}  {row['course']}, round {row['round']}, {row['situations']} situations, "
            f"started {row['started_at']}"
        )
    if not rows:
        click.echo("They have not started any situations yet")


@paper_commands.command("show")
@click.argument("attempt", type=click.UUID)
@json_option
@click.pass_context
@needs_database
def show_paper(context: click.Context, attempt: Any, as_json: bool) -> None:
    """Draw a paper again from its seed and its content, and say whether it is the one that was given.

    With --json, `paper` is the whole paper and `sha256` that of its canonical JSON (sorted keys, no spare space,
    UTF-8). Exits with 0 when it is as stored, with 1 when it is not.

    Example: elearn paper show 6f1c9f0e-8a55-4a0e-9d55-0d6b4a0f3a11
    """
    redrawn = redraw(attempt)
    if as_json:
        print_json({"paper": redrawn.paper, "sha256": redrawn.sha256, "differences": redrawn.differences})
    else:
        for line in _lines(redrawn):
            click.echo(line)
    context.exit(FAILED if redrawn.differences else 0)


def _lines(redrawn: Redrawn) -> list[str]:
    paper = redrawn.paper
    lines = [
        f"{paper['course']}, round {paper['round']}, seed {paper['seed']}, drawn by way {paper['drawn_by']}",
        f"Content {paper['content']}",
    ]
    for situation in paper["situations"]:
        telling = f"{situation['scenario']}, telling {situation['variant'] + 1}"
        lines += ["", f"{situation['number']}. {telling} ({situation['topic']}, {situation['difficulty']})"]
        for step in situation["steps"]:
            lines += [f"   {step['story'].strip()}", f"   {step['ask']}"]
            lines += [f"     {place}. {option['text']}" for place, option in enumerate(step["options"], 1)]
    as_stored = ["It is the paper that was given"] if not redrawn.differences else []
    return [*lines, "", f"SHA-256 {redrawn.sha256}", *redrawn.differences, *as_stored]
