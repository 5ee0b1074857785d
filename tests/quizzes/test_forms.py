"""What is read from the page of a situation, and what it draws again where that can't be kept."""

from __future__ import annotations

import pytest
from flask import Flask, render_template_string
from werkzeug.datastructures import MultiDict

from elearn.quizzes.forms import Preview, Sheet, empty_sheet, read_sheet
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
        sheet = read_sheet(Preview(asked), MultiDict(sent))
        assert sheet.errors
        return sheet, render_template_string(DRAWN, asked=asked, sheet=sheet)


@pytest.mark.parametrize("kind", [ScenarioType.CHOOSE_ALL, ScenarioType.MARK])
def test_what_was_ticked_stays_ticked(app: Flask, kind: ScenarioType) -> None:
    sheet, page = refused(app, kind, ("choice", "1"), ("choice", "99"), ("sure", "no"))
    assert list(sheet.errors) == ["choice"]
    assert 'type="checkbox" value="1" checked' in page
    assert 'type="checkbox" value="2" checked' not in page
    assert 'value="no" checked' in page


def test_places_given_stay_given(app: Flask) -> None:
    places = ("place-0", "2"), ("place-1", "2"), ("place-2", "1"), ("place-3", "3")
    sheet, page = refused(app, ScenarioType.ORDER, *places)
    assert list(sheet.errors) == ["place-1"]
    assert page.count('<option value="2" selected>') == 2
    assert page.count('<option value="1" selected>') == 1
    assert page.count("govuk-form-group--error") == 1


def test_nothing_is_chosen_before_somebody_has_answered(app: Flask) -> None:
    asked = one_of(ScenarioType.CHOOSE)
    with app.test_request_context("/"):
        page = render_template_string(DRAWN, asked=asked, sheet=empty_sheet(Preview(asked)))
    assert " checked" not in page
    assert "error" not in page


def read(kind: ScenarioType, *sent: tuple[str, str]) -> Sheet:
    return read_sheet(Preview(one_of(kind)), MultiDict(sent))


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (ScenarioType.CHOOSE, "Choose what you would do"),
        (ScenarioType.BRANCH, "Choose what you would do"),
        (ScenarioType.CHOOSE_ALL, "Choose at least one"),
        (ScenarioType.MARK, "Mark at least one part"),
    ],
)
def test_nothing_chosen_and_what_was_not_offered_are_no_answer(kind: ScenarioType, sentence: str) -> None:
    for sent in ([], [("choice", "99")], [("choice", "")]):
        assert read(kind, *sent).errors == {"choice": sentence}


def test_of_several_where_one_is_asked_the_first_counts() -> None:
    sheet = read(ScenarioType.CHOOSE, ("choice", "2"), ("choice", "1"))
    assert (list(sheet.answer), sheet.errors) == (["2"], {})


def test_what_is_ticked_twice_counts_once() -> None:
    sheet = read(ScenarioType.CHOOSE_ALL, ("choice", "2"), ("choice", "0"), ("choice", "2"))
    assert (list(sheet.answer), sheet.errors) == (["2", "0"], {})


def test_steps_come_in_the_order_given_to_them() -> None:
    places = ("place-0", "3"), ("place-1", "1"), ("place-2", "4"), ("place-3", "2")
    sheet = read(ScenarioType.ORDER, *places)
    assert (list(sheet.answer), sheet.errors) == (["1", "3", "0", "2"], {})


def test_every_step_needs_a_place_that_there_is() -> None:
    sheet = read(ScenarioType.ORDER, ("place-0", "1"), ("place-1", "9"))
    assert list(sheet.errors) == ["place-1", "place-2", "place-3"]
    assert all(sentence.startswith("Choose a place for: ") for sentence in sheet.errors.values())


@pytest.mark.parametrize(("said", "means"), [("yes", True), ("no", False), ("", None), ("perhaps", None)])
def test_whether_somebody_was_sure_is_theirs_to_say(said: str, means: bool | None) -> None:
    sheet = read(ScenarioType.CHOOSE, ("choice", "1"), ("sure", said))
    assert (sheet.is_sure, sheet.errors) == (means, {})
