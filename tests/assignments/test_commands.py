"""`elearn standing`."""

from __future__ import annotations

import json
from datetime import timedelta

from flask import Flask

from elearn import clock
from tests.command_line import run
from tests.factories import make_done, make_organisation, make_person


def test_standing_says_what_is_still_needed(app: Flask) -> None:
    trust = make_organisation()
    person = make_person(trust)
    result = run("standing", f"{trust.organisation.slug}/{person.payroll_number}")
    assert result.exit_code == 0, result.output
    assert "not started" in result.output
    assert "Still needed: the situations and the signature" in result.output


def test_standing_as_data_on_another_day(app: Flask) -> None:
    trust = make_organisation()
    person = make_person(trust)
    make_done(trust, person)
    today = json.loads(run("standing", str(person.id), "--json").stdout)
    assert (today["state"], today["left"]) == ("current", [])
    later = clock.today() + timedelta(days=800)
    assert (
        json.loads(run("standing", str(person.id), "--on", str(later), "--json").stdout)["state"] == "lapsed"
    )


def test_standing_without_a_published_course_says_so(app: Flask) -> None:
    person = make_person(make_organisation(published=False))
    assert "No course 'induction' is published" in run("standing", str(person.id)).output
