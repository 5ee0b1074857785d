"""What the page of a situation draws again where what was posted can't be kept."""

from __future__ import annotations

import pytest
from flask import Flask, render_template_string
from werkzeug.datastructures import MultiDict

from elearn.quizzes.forms import Preview, Sheet, practice_form, sheet_of
from elearn.scenarios.asked import Asked
from elearn.scenarios.rules import cells
from elearn.scenarios.vocabulary import ScenarioType
from tests.content.courses import compiled

DRAWN = '{% from "quizzes/situation.html" import situation %}{{ situation(asked, sheet) }}'


def one_of(kind: ScenarioType) -> Asked:
    return next(asked for cell in cells(compiled("model")) for asked in cell.asked if asked.type is kind)


def refused(app: Flask, kind: ScenarioType, *sent: tuple[str, str]) -> tuple[Sheet, str]:
    """The sheet of a situation of this kind after this was sent, and what it looks like."""
    asked = one_of(kind)
    with app.test_request_context("/"):
        form = practice_form(Preview(asked), MultiDict(sent))
        assert not form.validate()
        sheet = sheet_of(Preview(asked), form)
        return sheet, render_template_string(DRAWN, asked=asked, sheet=sheet)


@pytest.mark.parametrize("kind", [ScenarioType.CHOOSE_ALL, ScenarioType.MARK])
def test_what_was_ticked_stays_ticked(app: Flask, kind: ScenarioType) -> None:
    sheet, page = refused(app, kind, ("choice", "1"), ("choice", "99"), ("sure", "no"))
    assert [name for name, _ in sheet.problems] == ["choice"]
    assert 'type="checkbox" value="1" checked' in page
    assert 'type="checkbox" value="2" checked' not in page
    assert 'value="no" checked' in page


def test_places_given_stay_given(app: Flask) -> None:
    sheet, page = refused(app, ScenarioType.ORDER, ("place-0", "2"), ("place-1", "2"), ("place-2", "1"))
    assert [name for name, _ in sheet.problems] == ["place-1"]
    assert page.count('<option value="2" selected>') == 2
    assert page.count('<option value="1" selected>') == 1
    assert page.count("govuk-form-group--error") == 1


def test_nothing_is_chosen_before_somebody_has_answered(app: Flask) -> None:
    asked = one_of(ScenarioType.CHOOSE)
    with app.test_request_context("/"):
        page = render_template_string(DRAWN, asked=asked, sheet=sheet_of(Preview(asked)))
    assert " checked" not in page
    assert "error" not in page
