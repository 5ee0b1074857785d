"""`elearn standing`: where somebody is with a course."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from elearn.assignments.rules import Standing
from elearn.assignments.service import standing_of
from elearn.courses.service import INDUCTION
from elearn.people.options import json_option
from elearn.people.service import PersonView, resolve_person
from elearn.terminal import DAY, PERSON_HELP, needs_database, print_json


@click.command("standing", epilog=PERSON_HELP)
@click.argument("person")
@click.option("--on", "day", type=DAY, default="today", show_default=True, help="The day asked about.")
@click.option("--course", default=INDUCTION, show_default=True, help="The course.")
@json_option
@needs_database
def show_standing(person: str, day: date, course: str, as_json: bool) -> None:
    """Say where a person stands with their training and signature on a day.

    Example: elearn standing fernhill/10042 --on 2026-09-30
    """
    somebody = resolve_person(person)
    found = standing_of(somebody.id, organisation_id=somebody.organisation_id, day=day, key=course)
    if as_json:
        print_json(_data(somebody, day, course, found))
        return
    for line in _lines(somebody, day, course, found):
        click.echo(line)


def _data(person: PersonView, day: date, course: str, standing: Standing | None) -> dict[str, Any]:
    given = {"person": str(person.id), "name": person.name, "on": day.isoformat(), "course": course}
    if standing is None:
        return given | {"state": "not_published"}
    return given | {
        "state": standing.state.value,
        "due_on": _iso(standing.due_on),
        "valid_until": _iso(standing.valid_until),
        "next_change_on": _iso(standing.next_change_on),
        "left": [reason.code for reason in standing.left],
    }


def _lines(person: PersonView, day: date, course: str, standing: Standing | None) -> list[str]:
    if standing is None:
        return [f"No course '{course}' is published for {person.name}'s organisation on {day}"]
    lines = [f"{person.name}, {course}, on {day}: {standing.state.value.replace('_', ' ')}"]
    if standing.left:
        lines.append(f"Still needed: {' and '.join(reason.message for reason in standing.left)}")
    if standing.due_on:
        lines.append(f"Due on {standing.due_on}")
    if standing.valid_until:
        lines.append(f"Counts until {standing.valid_until}")
    return lines


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
